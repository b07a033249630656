"""The proof that a bucket's objects have arrived in another: by content, never by size or time.

Both sides' manifests are held against each other, and the source is listed once more. A hash counts that the store has
computed itself; where it has none the bytes are read, of that object and on that side alone.
"""

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import chain
from pathlib import Path

from wayfare.stacks.copying.buckets import Bucket
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.comparing import Finding, Verdict, compared, late
from wayfare.stacks.copying.events import Report
from wayfare.stacks.copying.evidence import Evidence, Tally
from wayfare.stacks.copying.listing import listed, scratched, taken
from wayfare.stacks.copying.manifest import Manifest
from wayfare.stacks.copying.running import Rclone, version

SOURCE_MANIFEST, TARGET_MANIFEST, FINDINGS, EVIDENCE = "source.jsonl", "target.jsonl", "findings.jsonl", "evidence.json"
FILES = (SOURCE_MANIFEST, TARGET_MANIFEST, FINDINGS, EVIDENCE)
"""What a verification leaves in its folder."""

NOT_ARRIVED = (Verdict.MISSING, Verdict.DIFFERING)


def verify(
    rclone: Rclone,
    source: Bucket,
    target: Bucket,
    folder: Path,
    manifest: Manifest | None = None,
    pace: Pace | None = None,
    report: Report | None = None,
    *,
    all: bool = False,
) -> Evidence:
    """Compare the target with the source's manifest, by default with one that is taken now.

    What it found is in `folder` afterwards: both manifests, every finding but `same` a line of JSON, and the evidence.
    `all` reads all bytes of both sides, whatever hashes their stores know. Two threads call `report`. Raises
    CopyFailed, RcloneMissing, or Interrupted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {} if manifest is not None else {folder / SOURCE_MANIFEST: source}
    wanted[folder / TARGET_MANIFEST] = target
    *first, arrived = _manifests(rclone, wanted, pace, report, all)
    manifest = manifest or first[0]
    tally = Tally()
    with scratched(folder / FINDINGS) as scratch:
        findings = chain(compared(manifest, arrived), _late(rclone, source, manifest, scratch, pace))
        _write(folder / FINDINGS, _lines(tally.take(findings)))
    evidence = tally.evidence(source.url, target.url, (manifest.digest, arrived.digest), version())
    _write(folder / EVIDENCE, [json.dumps({**evidence.as_data(), "digest": evidence.digest}, ensure_ascii=False)])
    return evidence


def not_arrived(folder: Path, verdicts: Collection[Verdict] = NOT_ARRIVED) -> Iterator[str]:
    """The names that a verification has found missing or differing, for `copy(…, again=…)`."""
    with (folder / FINDINGS).open(encoding="utf-8", newline="\n") as file:
        for line in file:
            found = json.loads(line)
            if found["verdict"] in verdicts:
                yield found["name"]


def _manifests(
    rclone: Rclone, wanted: Mapping[Path, Bucket], pace: Pace | None, report: Report | None, all: bool
) -> list[Manifest]:
    """Take manifests at the same time. Where one fails the others are not waited for."""
    with rclone.part() as part, ThreadPoolExecutor(len(wanted)) as pool:
        try:
            futures = [pool.submit(taken, part, bucket, path, pace, report, all=all) for path, bucket in wanted.items()]
            for future in as_completed(futures):
                future.result()
        except BaseException:
            part.stop()
            raise
    return [future.result() for future in futures]


def _late(rclone: Rclone, source: Bucket, manifest: Manifest, scratch: Path, pace: Pace | None) -> Iterator[Finding]:
    # Listed only when the comparison has been gone through.
    yield from late(manifest, listed(rclone, source, scratch, pace))


def _lines(findings: Iterable[Finding]) -> Iterator[str]:
    for each in findings:
        if each.verdict is not Verdict.SAME:
            data = {"name": each.name, "verdict": each.verdict, "size": each.size}
            yield json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _write(path: Path, lines: Iterable[str]) -> None:
    """Whole, or not at all."""
    made = path.with_name(f"{path.name}.new")
    with made.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)
