"""The buckets that a copy is between, as rclone is told of them: by its arguments and its environment (rclone.org,
"Environment Variables")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wayfare.sandbox.store import Store

#: By rclone's name for a store, whose buckets those are.
_PACKAGES: Mapping[str, str] = {"s3": "aws", "azureblob": "azure-native", "google cloud storage": "gcp"}


class Unreadable(ValueError):
    """The container's arguments are not those of a copy between two buckets."""


@dataclass(frozen=True)
class Remote:
    """A bucket, or what is below a prefix of one."""

    name: str
    """rclone's for it: `source`."""
    package: str
    path: str
    """Bucket and prefix, as they stand in the arguments."""
    account: str
    """Of Azure's; else empty."""

    @property
    def bucket(self) -> str:
        """The bucket's name, or the container's."""
        return self.path.partition("/")[0]

    @property
    def named(self) -> str:
        """The bucket as its cloud's store knows it: `ACCOUNT/CONTAINER` on Azure."""
        return f"{self.account}/{self.bucket}" if self.account else self.bucket

    def folder(self, store: Store) -> Path:
        """Where the bucket's objects lie."""
        return store.bucket(self.package, self.named)

    def environment(self, store: Store) -> dict[str, str]:
        """What makes its name stand for the folder that holds the cloud's buckets, with the same path below it."""
        prefix = f"RCLONE_CONFIG_{self.name.upper()}_"
        return {f"{prefix}TYPE": "alias", f"{prefix}REMOTE": str(self.folder(store).parent)}


def remotes(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[Remote, Remote]:
    """(source, target) of a copy. Raises Unreadable."""
    command, *rest = arguments or ("",)
    places = [each for each in rest if not each.startswith("-")]
    if command != "copy" or len(places) != 2:
        raise Unreadable(f"rclone is called for {command!r} with {len(places)} places, and not to copy between two")
    source, target = (_remote(each, environment) for each in places)
    return source, target


def _remote(place: str, environment: Mapping[str, str]) -> Remote:
    name, _, path = place.partition(":")
    prefix = f"RCLONE_CONFIG_{name.upper()}_"
    kind = environment.get(f"{prefix}TYPE", "")
    if kind not in _PACKAGES or not path:
        raise Unreadable(f"didn't find section in config file: {prefix}TYPE is {kind!r}")
    if environment.get(f"{prefix}ENV_AUTH") != "true":
        raise Unreadable(f"{place} is not read as whoever the pod is: {prefix}ENV_AUTH is not set")
    return Remote(name, _PACKAGES[kind], path, environment.get(f"{prefix}ACCOUNT", ""))
