"""What goes wrong between real stores is found, told and repaired."""

import subprocess
from pathlib import Path
from random import Random

import psutil
import pytest

from tests.copying.conftest import Make
from tests.copying.killing import MEBIBYTES, Midst, rclones
from tests.copying.objects import IN_PARTS, MIB, PARTS, contents, everything, fill
from tests.copying.servers import Server
from wayfare.stacks.copying.buckets import folder
from wayfare.stacks.copying.comparing import Verdict
from wayfare.stacks.copying.copies import copy
from wayfare.stacks.copying.failures import CopyFailed, Kind
from wayfare.stacks.copying.listing import taken
from wayfare.stacks.copying.running import Rclone, installed
from wayfare.stacks.copying.verifying import not_arrived, verify

KINDS = ("s3", "azure", "google")
DIRECTIONS = [(source, target) for source in KINDS for target in KINDS if source != target]
ROTTEN, SHORT, GONE, MORE = "!bang~", "with space/and more .txt", "#hash?and=query&more", "of the target"


@pytest.mark.parametrize(("source", "target"), DIRECTIONS)
def test_what_is_wrong_on_the_target_is_found_and_repaired(
    make: Make, tmp_path: Path, source: str, target: str
) -> None:
    here, there = make(source), make(target)
    objects = contents()
    fill(here.raw, objects)
    copy(Rclone(), here.bucket, there.bucket)
    same_size = bytes(each ^ 1 for each in objects[ROTTEN])
    there.raw.put(ROTTEN, same_size or b"not empty")
    there.raw.put(SHORT, objects[SHORT][:-1])
    there.raw.delete(GONE)
    there.raw.put(MORE, b"nobody asked for it")
    found = verify(Rclone(), here.bucket, there.bucket, tmp_path)
    assert not found.complete
    assert found.names == {
        Verdict.MISSING: (GONE,),
        Verdict.DIFFERING: tuple(sorted((ROTTEN, SHORT))),
        Verdict.EXTRA: (MORE,),
    }
    repaired = copy(Rclone(), here.bucket, there.bucket, again=not_arrived(tmp_path))
    assert repaired.objects == 3
    assert verify(Rclone(), here.bucket, there.bucket, tmp_path).complete
    assert everything(there.raw) == {**everything(here.raw), MORE: b"nobody asked for it"}


def test_other_bytes_of_the_same_size_without_any_hash_are_found_by_reading(make: Make, tmp_path: Path) -> None:
    here, there = make("azure"), make("azure")
    fill(here.raw, {})
    there.raw.put_in_parts(IN_PARTS, [PARTS[0], b"and the END"])
    copy(Rclone(), here.bucket, there.bucket)
    found = verify(Rclone(), here.bucket, there.bucket, tmp_path)
    assert found.names == {Verdict.DIFFERING: (IN_PARTS,)}
    copy(Rclone(), here.bucket, there.bucket, again=not_arrived(tmp_path))
    assert verify(Rclone(), here.bucket, there.bucket, tmp_path).complete
    assert there.raw.get(IN_PARTS) == b"".join(PARTS)


@pytest.mark.parametrize("source", KINDS)
def test_what_is_written_after_the_manifest_is_found(make: Make, tmp_path: Path, source: str) -> None:
    here, there = make(source), make("google" if source == "s3" else "s3")
    objects = contents()
    fill(here.raw, objects)
    manifest = taken(Rclone(), here.bucket, tmp_path / "manifest")
    copy(Rclone(), here.bucket, there.bucket)
    assert verify(Rclone(), here.bucket, there.bucket, tmp_path, manifest).complete
    here.raw.put("checkpoints/step-200/DONE", b"new")
    here.raw.put(ROTTEN, bytes(each ^ 1 for each in objects[ROTTEN]) or b"not empty")
    here.raw.delete(GONE)
    found = verify(Rclone(), here.bucket, there.bucket, tmp_path, manifest)
    assert not found.complete
    assert found.names == {Verdict.LATE: tuple(sorted(("checkpoints/step-200/DONE", ROTTEN, GONE)))}


@pytest.mark.parametrize(("source", "target"), DIRECTIONS)
def test_a_copy_whose_rclone_is_killed_goes_on(make: Make, tmp_path: Path, source: str, target: str) -> None:
    here, there = make(source), make(target)
    moment = Random(f"{source} to {target}").randrange(1, MEBIBYTES - 8)  # noqa: S311 - a moment, and no secret
    for number in range(MEBIBYTES):
        here.raw.put(f"object {number}", bytes([number]) * MIB)
    midst = Midst(Rclone(), here.bucket, there.bucket, moment)
    for each in rclones(psutil.Process()):
        each.kill()
    with pytest.raises(CopyFailed) as failed:
        midst.end()
    assert failed.value.kind is Kind.KILLED
    assert not verify(Rclone(), here.bucket, there.bucket, tmp_path).complete
    rest = copy(Rclone(), here.bucket, there.bucket)
    assert 0 < rest.objects < MEBIBYTES
    assert verify(Rclone(), here.bucket, there.bucket, tmp_path).complete
    assert everything(there.raw) == everything(here.raw)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("s3", {"access_key_id": "AKnobody", "secret_access_key": "0123456789abcdef"}),
        ("azure", {"key": "d3Jvbmcga2V5IGJ1dCBiYXNlNjQ="}),
    ],
)
@pytest.mark.parametrize("side", ["source", "target"])
def test_wrong_credentials_are_told_without_being_repeated(
    make: Make, servers: dict[str, Server], kind: str, wrong: dict[str, str], side: str
) -> None:
    mine, other = make(kind), make("google")
    mine.raw.put("one", b"1")
    other.raw.put("one", b"2")
    stranger = servers[kind].named(mine.bucket.path, wrong)
    pair = (stranger, other.bucket) if side == "source" else (other.bucket, stranger)
    with pytest.raises(CopyFailed) as failed:
        copy(Rclone(), *pair)
    assert failed.value.kind is Kind.CREDENTIALS
    assert str(pair[0]) in str(failed.value)
    assert not any(value in str(failed.value) + "".join(failed.value.said) for value in wrong.values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["source", "target"])
def test_a_bucket_that_is_not_there_is_told_and_not_made(
    make: Make, servers: dict[str, Server], kind: str, side: str
) -> None:
    other = make("google" if kind == "s3" else "s3")
    other.raw.put("one", b"1")
    nowhere = servers[kind].named("nowhere-to-be-found")
    for _ in range(2):
        with pytest.raises(CopyFailed) as failed:
            copy(Rclone(), *((nowhere, other.bucket) if side == "source" else (other.bucket, nowhere)))
        assert failed.value.kind is Kind.NOT_FOUND


def test_a_full_target_is_told_and_goes_on_when_there_is_room(make: Make, tmp_path: Path) -> None:
    here = make("s3")
    here.raw.put("small", b"1")
    here.raw.put("large", bytes(2 * MIB))
    target = tmp_path / "target"
    target.mkdir()
    # A file system of a megabyte, in a namespace of rclone's own.
    program = tmp_path / "rclone"
    inside = f"""mount -t tmpfs -o size=1m tmpfs "{target}" && exec "{installed()}" "$@" """
    outside = f"""exec unshare --mount --map-root-user sh -c '{inside}' sh "$@" """
    program.write_text(f"#!/bin/sh\n{outside}\n", encoding="utf-8")
    program.chmod(0o755)
    subprocess.run([program, "version"], check=True, capture_output=True)
    with pytest.raises(CopyFailed) as failed:
        copy(Rclone(program), here.bucket, folder(target))
    assert failed.value.kind is Kind.FULL
    copy(Rclone(), here.bucket, folder(target))
    assert verify(Rclone(), here.bucket, folder(target), tmp_path / "proof").complete
