"""Data sets that a move brings along: copied into the target's own bucket, below a prefix of its own, and proven.

They are read and not written, so that they are copied while the source runs, and once. Those that an earlier move has
brought lie in the source's own bucket, and come along with it.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from wayfare.blueprints import Blueprint, CloudName, DataSet
from wayfare.components.along import Along, prefix
from wayfare.stacks.copying.buckets import Bucket, from_url
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.copies import copy
from wayfare.stacks.copying.events import Report
from wayfare.stacks.copying.evidence import Evidence
from wayfare.stacks.copying.listing import listed
from wayfare.stacks.copying.running import Rclone
from wayfare.stacks.copying.sandboxed import in_sandbox
from wayfare.stacks.copying.verifying import verify
from wayfare.stacks.moving.cargo import told
from wayfare.stacks.moving.journey import Stopped
from wayfare.stacks.moving.proving import proven
from wayfare.stacks.moving.weights import DataWeight
from wayfare.stacks.session import Session


def to_bring(blueprint: Blueprint, has: Along, target: CloudName) -> tuple[DataSet, ...]:
    """The data sets that must be copied for a cluster to read them on a cloud; `has`: what its source has already."""
    return tuple(
        each
        for each in blueprint.spec.storage.data
        if each.elsewhere == "copy" and each.cloud is not target and each.source not in has.data
    )


def located(session: Session) -> Callable[[DataSet], Bucket]:
    """Where data sets are: in the sandbox in the folders that stand for their buckets."""

    def bucket(data: DataSet) -> Bucket:
        found, sandbox = from_url(data.source), session.sandbox
        if sandbox is None:
            return found
        kept = in_sandbox(found, sandbox.bucket)
        if not Path(kept.path).is_dir():
            raise Stopped(f"in the sandbox a folder stands for {data.source}, and there is none: {kept.path}")
        return kept

    return bucket


class DataSets:
    """The data sets of one move, and how they come to its target."""

    def __init__(
        self,
        bucket: Callable[[DataSet], Bucket],
        wanted: Sequence[DataSet],
        directory: Path,
        rclone: Rclone,
        pace: Pace,
        report: Report | None = None,
    ) -> None:
        """`bucket`: where a data set is. `directory`: where manifests are kept, for as long as the move is not over."""
        self._bucket = bucket
        self._wanted = wanted
        self._directory = directory
        self._rclone = rclone
        self._pace = pace
        self._report = report

    def weights(self) -> tuple[DataWeight, ...]:
        """What each weighs. Raises Stopped where there is nothing: a move would bring along a mount that is empty."""
        return tuple(self._weights())

    def _weights(self) -> Iterator[DataWeight]:
        for each in self._wanted:
            with told(), tempfile.TemporaryDirectory(prefix="wayfare-") as scratch:
                sizes = [found.size for found in listed(self._rclone, self._bucket(each), Path(scratch))]
            if not sizes:
                raise Stopped(f"there is no object at {each.source}, so that nothing of it could be brought along")
            yield DataWeight(each.source, each.cloud, len(sizes), sum(sizes))

    def bring(self, target: Bucket, fence: Callable[[], None]) -> Mapping[str, str]:
        """Copy each below its prefix of the target's bucket, and compare every object by its content.

        Gives the digest of each one's manifest. `fence` raises where this process may not act any more. Raises Stopped.
        """
        manifests: dict[str, str] = {}
        for each in self._wanted:
            fence()
            source, place = self._bucket(each), target.below(prefix(each.source))
            folder = self._directory / prefix(each.source).rpartition("/")[2]
            with told():
                copy(self._rclone, source, place, self._pace, self._report)
                evidence = proven(
                    partial(self._verified, source, place, folder), partial(self._copy_anew, source, place), folder
                )
            manifests[each.source] = evidence.source_manifest
        return manifests

    def _copy_anew(self, source: Bucket, place: Bucket, names: Sequence[str]) -> None:
        copy(self._rclone, source, place, self._pace, self._report)
        copy(self._rclone, source, place, self._pace, self._report, names)

    def _verified(self, source: Bucket, place: Bucket, folder: Path) -> Evidence:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return verify(self._rclone, source, place, folder, pace=self._pace)
