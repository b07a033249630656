"""Every direction between stores of three kinds: all objects arrive, which is shown by their bytes and nothing else."""

from pathlib import Path

import pytest

from tests.copying.conftest import Make
from tests.copying.objects import IN_PARTS, ODD, PARTS, contents, everything, fill
from wayfare.stacks.copying.comparing import Verdict
from wayfare.stacks.copying.copies import copy
from wayfare.stacks.copying.events import Event, Trouble
from wayfare.stacks.copying.evidence import Count
from wayfare.stacks.copying.losses import losses
from wayfare.stacks.copying.running import Rclone
from wayfare.stacks.copying.verifying import FINDINGS, not_arrived, verify

KINDS = ("s3", "azure", "google")
DIRECTIONS = [(source, target) for source in KINDS for target in KINDS if source != target]

#: Which objects of the tests their stores know no MD5 of: those that were uploaded in parts to Azure, and S3's where it
#: says none. rclone serve s3 and fake-gcs-server know one of an object in parts, as the real stores do not.
BOTH, TARGET, SOURCE, NONE = (
    "both stores' own hashes",
    "the source's hash, the target's bytes read",
    "the source's bytes read, the target's hash",
    "both sides' bytes read",
)


@pytest.mark.parametrize(("source", "target"), DIRECTIONS)
def test_all_objects_arrive(make: Make, tmp_path: Path, source: str, target: str) -> None:
    here, there = make(source), make(target)
    fill(here.raw, contents())
    happened = list[Event]()
    first = copy(Rclone(), here.bucket, there.bucket, report=happened.append)
    evidence = verify(Rclone(), here.bucket, there.bucket, tmp_path)
    assert not [each for each in happened if isinstance(each, Trouble)]
    assert everything(there.raw) == everything(here.raw) == {**contents(), IN_PARTS: b"".join(PARTS)}
    assert first.objects == len(contents()) + 1
    assert evidence.complete
    assert evidence.verdicts == {Verdict.SAME: Count(first.objects, first.bytes)}
    assert evidence.source_manifest == evidence.target_manifest
    assert (tmp_path / FINDINGS).read_text(encoding="utf-8") == ""


@pytest.mark.parametrize(
    ("source", "target", "means"),
    [
        ("s3", "google", {BOTH: 19}),
        ("s3", "azure", {BOTH: 18, TARGET: 1}),
        ("azure", "s3", {BOTH: 18, SOURCE: 1}),
        ("azure", "azure", {BOTH: 18, NONE: 1}),
        ("s3-no-md5", "google", {SOURCE: 19}),
        ("azure", "s3-no-md5", {TARGET: 18, NONE: 1}),
        ("s3-no-md5", "s3-no-md5", {NONE: 19}),
    ],
)
def test_bytes_are_read_where_there_is_no_hash_and_nowhere_else(
    make: Make, tmp_path: Path, source: str, target: str, means: dict[str, int]
) -> None:
    here, there = make(source), make(target)
    fill(here.raw, contents())
    copy(Rclone(), here.bucket, there.bucket)
    evidence = verify(Rclone(), here.bucket, there.bucket, tmp_path)
    assert evidence.complete
    assert {name: count.objects for name, count in evidence.proven.items()} == means


def test_all_bytes_are_read_on_request(make: Make, tmp_path: Path) -> None:
    here, there = make("s3"), make("google")
    fill(here.raw, contents())
    copy(Rclone(), here.bucket, there.bucket)
    evidence = verify(Rclone(), here.bucket, there.bucket, tmp_path, all=True)
    assert evidence.complete
    assert list(evidence.proven) == [NONE]


@pytest.mark.parametrize("target", KINDS)
def test_a_second_copy_copies_nothing(make: Make, target: str) -> None:
    here, there = make("google" if target == "s3" else "s3"), make(target)
    fill(here.raw, contents())
    copy(Rclone(), here.bucket, there.bucket)
    again = copy(Rclone(), here.bucket, there.bucket)
    assert (again.objects, again.bytes, again.compared) == (0, 0, len(contents()) + 1)


def test_names_that_a_store_keeps_arrive_as_they_are(make: Make, tmp_path: Path) -> None:
    here, there = make("azure"), make("azure")
    objects = contents(ODD)
    for name, data in objects.items():
        here.raw.put(name, data)
    here.raw.put_in_parts("/leading slash, in parts", [b"one", b"two"])
    copy(Rclone(), here.bucket, there.bucket)
    assert verify(Rclone(), here.bucket, there.bucket, tmp_path).complete
    assert everything(there.raw) == {**objects, "/leading slash, in parts": b"onetwo"}


def test_an_empty_object_that_stands_for_a_folder_stays_behind(make: Make, tmp_path: Path) -> None:
    here, there = make("azure"), make("azure")
    here.raw.put("folder/", b"")
    here.raw.put("folder/empty", b"")
    copy(Rclone(), here.bucket, there.bucket)
    evidence = verify(Rclone(), here.bucket, there.bucket, tmp_path)
    assert there.raw.names() == ["folder/empty"]
    assert evidence.count(Verdict.SAME) == Count(1, 0)
    assert any("stand for folders" in loss for loss in losses(here.bucket.store, there.bucket.store))


def test_a_name_that_the_target_keeps_otherwise_is_found(make: Make, tmp_path: Path) -> None:
    here, there = make("azure"), make("google")
    here.raw.put("/leading slash", b"bytes")
    here.raw.put("plain", b"bytes")
    copy(Rclone(), here.bucket, there.bucket)
    evidence = verify(Rclone(), here.bucket, there.bucket, tmp_path)
    assert not evidence.complete
    assert evidence.names == {Verdict.MISSING: ("/leading slash",), Verdict.EXTRA: ("leading slash",)}
    assert list(not_arrived(tmp_path)) == ["/leading slash"]
