"""Two places with a training that moves between them, and a process that may die at any moment.

Everything that the workflow can do goes through `point`, before and after it has its effect; a test lets the process
die at one of them. What is in the world, and what the journal has recorded, outlives it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from random import Random

from pydantic import JsonValue

from tests.unit.stacks.moving.clouds import AWS, AZURE, Cloud
from tests.unit.stacks.moving.dying import BOUNDARY, Death
from tests.unit.stacks.moving.site import FakeSite
from wayfare.components.along import DATA
from wayfare.stacks.moving.journey import Copied, Proof, Stopped
from wayfare.stacks.moving.workflow import Attempt

#: An object of a data set that comes along.
CORPUS = f"{DATA}/corpus/one"

#: Of the moments that a process passes, time passes at one in so many.
_TIME_PASSES = 12


@dataclass
class World:
    """Both places, and what is noticed of them."""

    here: Cloud = AWS
    there: Cloud = AZURE
    seed: int = 0
    """Decides at which moments time passes: where the training is when the process comes to something."""
    death: Death = field(default_factory=Death)
    most_at_once: int = 0
    lease_lost: bool = False
    lost_at: int | None = None
    """The moment of a process from which the lease is another's."""
    refuses: dict[str, str] = field(default_factory=dict[str, str])
    """Operations that fail, with the cloud's words."""
    trusting: bool = False
    """Whether the target's pods may read the source's bucket."""
    manifests: dict[str, dict[str, bytes]] = field(default_factory=dict[str, dict[str, bytes]])
    source: FakeSite = field(init=False)
    target: FakeSite = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311 - a case, no secret
        stands = set(self.here.made)
        self.source = FakeSite(self.here, self.point, up=True, held=False, made=stands, known=set(stands))
        self.target = FakeSite(self.there, self.point)
        for _ in range(16):
            self.tick()

    def point(self, what: str) -> None:
        """A moment at which the process may die. The training does not wait for it."""
        if not self._random.randrange(_TIME_PASSES):
            self.tick()
        self.death.point(what)

    def tick(self) -> None:
        for site in (self.source, self.target):
            site.tick()
        both = (self.source.pods > 0) + (self.target.pods > 0)
        self.most_at_once = max(self.most_at_once, both)

    def bring_up(self) -> None:
        self._refuse("bring_up")
        self.target.build()

    def closed(self) -> str | None:
        return self.refuses.get("closed")

    def trust(self) -> str | None:
        self._refuse("trust")
        self.point("lets the pods read")
        self.trusting = True
        self.point("let the pods read")
        return "llm-1"

    def distrust(self) -> None:
        self.point("takes that back")
        self.trusting = False
        self.point("took that back")

    def bring_along(self) -> Mapping[str, JsonValue]:
        self._refuse("bring_along")
        self.point("copies data")
        self.target.bucket[CORPUS] = b"tokens"
        self.point("copied data")
        return {"data": {"s3://corpus": "digest"}}

    def copy(self) -> Copied:
        assert self.trusting, "who copies may read"
        self._refuse("copy")
        lacking = {name: content for name, content in self.source.bucket.items() if not self._looks_arrived(name)}
        for name in lacking:
            self._upload(name)
        return Copied(len(lacking), sum(map(len, lacking.values())))

    def prove(self) -> Proof:
        self._refuse("prove")
        here, there = self._manifests()
        if differing := [name for name in here if there.get(name) != here[name]]:
            for name in differing:
                self._upload(name)
            here, there = self._manifests()
        for name in here:
            if there.get(name) != here[name]:
                raise Stopped(f"{name} differs")
        size = sum(len(self.source.bucket[name]) for name in here)
        return Proof(len(here), size, self._written(here), self._foreign(here, there))

    def _foreign(self, here: dict[str, bytes], there: dict[str, bytes]) -> list[str]:
        return sorted(name for name in there.keys() - here.keys() if not name.startswith(f"{DATA}/"))

    def late(self, digest: str) -> Sequence[str]:
        self._refuse("late")
        known, now = self.manifests[digest], self._manifest(self.source)
        return sorted(name for name, hash in now.items() if known.get(name) != hash)

    def bring(self, names: Sequence[str]) -> str:
        assert self.trusting, "who copies may read"
        here, there = self._manifests()
        for name in names:
            if there.get(name, here[name]) != here[name]:
                raise Stopped(f"{name} is there twice")
        for name in names:
            self._upload(name)
        return self._written(here)

    def looks(self, within: timedelta) -> Iterator[None]:
        for _ in range(int(within.total_seconds() // 60)):
            yield
            self.tick()

    def begins(self, step: str, what: str) -> None:
        assert what
        self.death.step = step
        self.point("begins")

    def fence(self) -> None:
        self.point("looks at the lease")
        if self.lease_lost or (self.lost_at is not None and len(self.death.passed) > self.lost_at):
            raise Stopped("somebody else moves it")

    def _looks_arrived(self, name: str) -> bool:
        """As rclone looks before it copies: by the hash that both stores tell, else by size."""
        here, there = self.source.bucket[name], self.target.bucket.get(name)
        if there is None or len(here) != len(there):
            return False
        told = self.here.hashes(here) and self.there.hashes(there)
        return here == there if told else True

    def _upload(self, name: str) -> None:
        content = self.source.bucket[name]
        self.point(f"sends {name}")
        self.target.bucket[name] = bytes(len(content)) if name in self.target.spoils else content
        self.point(f"sent {name}")

    def _manifests(self) -> tuple[dict[str, bytes], dict[str, bytes]]:
        return self._manifest(self.source), self._manifest(self.target)

    def _manifest(self, site: FakeSite) -> dict[str, bytes]:
        """A hash for each object that was there when the listing began."""
        self.point("lists objects")
        listed = dict(site.bucket)
        for name, content in listed.items():
            self.point(f"{'takes the hash' if site.cloud.hashes(content) else 'reads the bytes'} of {name}")
        return {name: sha256(content).digest() for name, content in listed.items()}

    def _written(self, manifest: dict[str, bytes]) -> str:
        digest = sha256(repr(sorted(manifest.items())).encode()).hexdigest()
        self.point("writes the manifest")
        self.manifests[digest] = manifest
        return digest

    def _refuse(self, operation: str) -> None:
        if operation in self.refuses:
            raise Stopped(self.refuses[operation])


@dataclass
class FakeJournal:
    """Attempts in their order, which outlive the process."""

    death: Death
    recorded: list[tuple[str, Attempt]] = field(default_factory=list[tuple[str, Attempt]])
    at: int = 0
    """How far this process has read."""

    def do(self, name: str, act: Callable[[], Attempt]) -> Attempt:
        if self.at < len(self.recorded):
            there, attempt = self.recorded[self.at]
            assert there == name, "a process that reads the same journal must go the same way"
        else:
            self.death.step = name
            self.death.point(BOUNDARY)
            attempt = Attempt.read(act().as_data())
            self.death.point(BOUNDARY)
            self.recorded.append((name, attempt))
            self.death.point(BOUNDARY)
        self.at += 1
        return attempt

    def reopened(self) -> "FakeJournal":
        """As another process finds it."""
        return FakeJournal(self.death, self.recorded)
