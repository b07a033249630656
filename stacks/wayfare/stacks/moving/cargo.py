"""What a move carries: the objects of the checkpoint bucket, copied by rclone and proven by their content."""

import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from wayfare.blueprints import Checkpoint
from wayfare.blueprints.checkpoints import newest
from wayfare.components.along import DATA
from wayfare.components.aws.plan_platform import KEY_ALIAS
from wayfare.stacks.carrying.carrier import Carrier
from wayfare.stacks.carrying.order import Place
from wayfare.stacks.copying.buckets import Bucket
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.comparing import Verdict, late
from wayfare.stacks.copying.copies import copy
from wayfare.stacks.copying.events import Report
from wayfare.stacks.copying.evidence import NAMED, Evidence
from wayfare.stacks.copying.failures import CopyingError
from wayfare.stacks.copying.listing import listed
from wayfare.stacks.copying.manifest import Manifest, ManifestTorn
from wayfare.stacks.copying.running import Rclone
from wayfare.stacks.copying.sandboxed import in_sandbox
from wayfare.stacks.copying.verifying import NOT_ARRIVED, SOURCE_MANIFEST, not_arrived, verify
from wayfare.stacks.moving.journey import Copied, Proof, Stopped, Whole
from wayfare.stacks.moving.proving import proven
from wayfare.stacks.project import StackName
from wayfare.stacks.session import Session


class Cargo:
    """The objects of two stacks' buckets, and what is known of them."""

    def __init__(
        self,
        session: Session,
        contract: Checkpoint,
        directory: Path,
        rclone: Rclone,
        pace: Pace,
        report: Report | None = None,
        *,
        own_key: bool = False,
    ) -> None:
        """`directory`: where manifests are kept, for as long as the move is not over. `own_key`: whether the blueprint
        has its buckets encrypted with the account's own key, which S3 must be told and whose ETag is no MD5."""
        self._session = session
        self._contract = contract
        self._directory = directory
        self._rclone = rclone
        self._pace = pace
        self._report = report
        self._own_key = own_key

    def newest(self, stack: StackName) -> Whole | None:
        """The newest whole checkpoint in a stack's bucket, by the blueprint's contract."""
        with told(), self._scratch() as scratch:
            names = (each.name for each in listed(self._rclone, self.bucket(stack), scratch))
            found = newest(names, self._contract)
        return None if found is None else Whole(found.step, found.marker)

    def weight(self, stack: StackName) -> tuple[int, int]:
        """(objects, bytes) of a stack's bucket."""
        with told(), tempfile.TemporaryDirectory(prefix="wayfare-") as scratch:
            sizes = [each.size for each in listed(self._rclone, self.bucket(stack), Path(scratch))]
        return len(sizes), sum(sizes)

    def copy(self, source: StackName, target: StackName, carrier: Carrier | None = None) -> Copied:
        """Copy what the target has not, or has otherwise: through this machine, or by whoever else carries."""
        with told():
            if carrier is not None:
                with self._listed(source) as objects:
                    carried = carrier.all(lambda: _sizes(objects))
                return Copied(carried.objects, carried.bytes)
            done = copy(self._rclone, self.bucket(source), self.bucket(target), self._pace, self._report)
        return Copied(done.objects, done.bytes)

    def prove(self, source: StackName, target: StackName, carrier: Carrier | None = None) -> Proof:
        """Compare every object by content. What a copy could not tell apart is copied anew once."""

        def again(names: Sequence[str]) -> None:
            self.copy(source, target, carrier)
            self._copy_anew(source, target, names, carrier)

        evidence = proven(lambda: self._verified(source, target), again, self._directory)
        same = evidence.count(Verdict.SAME)
        # Data sets that this move has brought along are the target's alone.
        extra = not_arrived(self._directory, (Verdict.EXTRA,))
        foreign = tuple(islice((name for name in extra if not name.startswith(f"{DATA}/")), NAMED))
        return Proof(same.objects, same.bytes, evidence.source_manifest, foreign)

    def late(self, source: StackName, digest: str) -> Sequence[str]:
        """Objects that are on the source now and were not, or otherwise, when its manifest was taken."""
        with told(), self._scratch() as scratch:
            manifest = self._manifest(digest)
            bucket = self.bucket(source)
            found = {each.name for each in late(manifest, listed(self._rclone, bucket, scratch))}
            if not found:
                return ()
            # What was taken away from the source has arrived already.
            return [each.name for each in listed(self._rclone, bucket, scratch) if each.name in found]

    def bring(self, source: StackName, target: StackName, names: Sequence[str], carrier: Carrier | None = None) -> str:
        """Copy those too, unless the target has others of their name."""
        wanted = set(names)
        missing, differing = self._lacking(source, target, wanted)
        if differing:
            raise Stopped(
                f"{', '.join(sorted(differing))} was written on {source} after its manifest, and {target} has another "
                "object of that name; keep the one that counts under both names, and resume"
            )
        self._copy_anew(source, target, sorted(missing), carrier)
        missing, differing = self._lacking(source, target, wanted)
        if missing or differing:
            raise Stopped(f"{', '.join(sorted(missing | differing))} did not arrive on {target}; resume to copy again")
        return self._kept().digest

    def place(self, stack: StackName) -> Place:
        """Where a stack's bucket is."""
        url = str(self._session.stacks.outputs(str(stack)).get("checkpoints") or "")
        if not url:
            raise Stopped(f"{stack} exports no bucket of checkpoints; run `wayfare up`, then resume")
        return Place(url=url, region=stack.region, key=KEY_ALIAS if self._own_key else None)

    def bucket(self, stack: StackName) -> Bucket:
        """The bucket of a stack; in the sandbox the directory that holds its bytes."""
        found, sandbox = self.place(stack).bucket, self._session.sandbox
        return found if sandbox is None else in_sandbox(found, sandbox.bucket)

    def _copy_anew(self, source: StackName, target: StackName, names: Sequence[str], carrier: Carrier | None) -> None:
        """Copy objects by their names, whatever the target has."""
        with told():
            if carrier is not None:
                carrier.these(names, anew=True)
            else:
                copy(self._rclone, self.bucket(source), self.bucket(target), self._pace, self._report, names)

    @contextmanager
    def _listed(self, stack: StackName) -> Generator[Path]:
        """A file of a bucket's objects by name, `BYTES NAME` each: more than memory should hold."""
        with self._scratch() as scratch:
            path = scratch / "objects"
            with path.open("w", encoding="utf-8", newline="\n") as file:
                found = listed(self._rclone, self.bucket(stack), scratch)
                file.writelines(f"{each.size} {each.name}\n" for each in found)
            yield path

    def _verified(self, source: StackName, target: StackName) -> Evidence:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with told():
            evidence = verify(self._rclone, self.bucket(source), self.bucket(target), self._directory, pace=self._pace)
            self._kept()
        return evidence

    def _lacking(self, source: StackName, target: StackName, names: set[str]) -> tuple[set[str], set[str]]:
        """Of those names (missing, differing) on the target."""
        self._verified(source, target)
        missing, differing = (set(not_arrived(self._directory, (verdict,))) & names for verdict in NOT_ARRIVED)
        return missing, differing

    def _kept(self) -> Manifest:
        """The source's last manifest, kept under its digest."""
        manifest = Manifest.read(self._directory / SOURCE_MANIFEST)
        kept = self._file(manifest.digest)
        if not kept.exists():
            new = kept.with_suffix(".new")
            shutil.copyfile(manifest.path, new)
            new.replace(kept)
        return manifest

    def _manifest(self, digest: str) -> Manifest:
        try:
            return Manifest.read(self._file(digest))
        except (OSError, ManifestTorn) as error:
            raise Stopped(
                f"the manifest of what was proven is not to be had any more ({error}); put it back, or go on from the "
                "machine that has it"
            ) from None

    def _file(self, digest: str) -> Path:
        return self._directory / f"manifest-{digest}.jsonl"

    @contextmanager
    def _scratch(self) -> Generator[Path]:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".scratch-", dir=self._directory) as made:
            yield Path(made)


def _sizes(objects: Path) -> Iterator[tuple[str, int]]:
    with objects.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            size, _, name = line.removesuffix("\n").partition(" ")
            yield name, int(size)


@contextmanager
def told() -> Generator[None]:
    """What fails between buckets, as words that a move stops with."""
    try:
        yield
    except CopyingError as error:
        raise Stopped(str(error)) from None
