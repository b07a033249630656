"""What a copy's Job is told, as a file: too much for a stack's settings, and nothing of it is secret."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from wayfare.components.kubernetes.carrying import Carriage
from wayfare.components.pods import PodNeeds, Toleration
from wayfare.components.trusting import Trusted
from wayfare.stacks.copying import commands
from wayfare.stacks.copying.buckets import Bucket, from_url
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.running import version

#: The least that a pod of a copy may take of a bandwidth that is shared out, in bytes a second.
_LEAST = 1024


class Place(BaseModel):
    """A bucket, as `from_url` takes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    region: str
    key: str | None = None

    @property
    def bucket(self) -> Bucket:
        """The bucket itself, wherever it is."""
        return from_url(self.url, region=self.region, key=self.key)


class CopyOrder(BaseModel):
    """One copy. The next one is another."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    name: str
    """Of its Job, never used before."""
    stack: str
    """Of the cluster in which it runs."""
    image: str
    source: Place
    target: Place
    shares: tuple[str, ...]
    """For each pod, the text of the file that says which objects."""
    named: bool = False
    """Whether those are names, each ended by NUL; else they are rules."""
    anew: bool = False
    """Whether objects are copied whatever the target has."""
    bandwidth: int | None = None
    """Bytes a second of all pods together."""
    tolerations: tuple[tuple[str, str | None], ...] = ()
    labels: dict[str, str] = {}

    @classmethod
    def new(
        cls,
        stack: str,
        source: Place,
        target: Place,
        shares: Sequence[str],
        pods: PodNeeds,
        image: str | None,
        *,
        bandwidth: int | None = None,
        named: bool = False,
        anew: bool = False,
    ) -> "CopyOrder":
        """An order of its own name. `pods`: what the target's cluster asks of pods on its accelerator pool."""
        return cls(
            name=f"wayfare-copy-{secrets.token_hex(4)}",
            stack=stack,
            image=image or default_image(),
            source=source,
            target=target,
            shares=tuple(shares),
            named=named,
            anew=anew,
            bandwidth=bandwidth,
            tolerations=tuple((each.key, each.value) for each in pods.tolerations),
            labels=dict(pods.labels),
        )

    def write(self, path: Path) -> None:
        """Write it whole, or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = path.with_name(f"{path.name}.new")
        new.write_text(self.model_dump_json(by_alias=True), encoding="utf-8")
        new.replace(path)

    @classmethod
    def read(cls, path: Path) -> "CopyOrder":
        """The order in a file. Raises OSError and ValueError."""
        return cls.model_validate_json(path.read_text(encoding="utf-8"))

    def carriage(self, trusted: Trusted) -> Carriage:
        """What its pods run, with what they are told to read the source."""
        source = self.source.bucket
        source = Bucket(source.store, source.url, source.path, {**source.settings, **trusted.settings})
        limit = None if self.bandwidth is None else max(_LEAST, self.bandwidth // len(self.shares))
        command = commands.copy(source, self.target.bucket, Pace(bandwidth=limit), anew=self.anew)
        return Carriage(
            name=self.name,
            image=self.image,
            arguments=command.arguments,
            chosen=commands.NAMED if self.named else commands.FILTERED,
            shares=self.shares,
            environment=command.environment,
            trusted=trusted,
            tolerations=tuple(Toleration(key, value) for key, value in self.tolerations),
            labels=self.labels,
        )


def default_image() -> str:
    """rclone's own image (hub.docker.com/r/rclone/rclone), of the version that is installed with Wayfare."""
    return f"rclone/rclone:{version()}"
