"""rclone for real, between folders and an S3 server on loopback: what is quick enough for every day.

`tests/copying` has the same and more between stores of three kinds.
"""

import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from tests.copying.killing import MEBIBYTES, SLOW, Midst, ended, rclones, tool
from tests.copying.objects import MIB, contents
from tests.copying.servers import S3Server, s3_server
from wayfare.stacks.copying.buckets import Bucket, folder
from wayfare.stacks.copying.commands import Pace, listing
from wayfare.stacks.copying.commands import copy as command
from wayfare.stacks.copying.comparing import Verdict
from wayfare.stacks.copying.copies import Copied, copy
from wayfare.stacks.copying.events import Event, Progress
from wayfare.stacks.copying.evidence import Count
from wayfare.stacks.copying.failures import CopyFailed, Kind, RcloneMissing
from wayfare.stacks.copying.listing import taken
from wayfare.stacks.copying.manifest import Manifest
from wayfare.stacks.copying.running import Rclone, installed, version
from wayfare.stacks.copying.verifying import FILES, FINDINGS, TARGET_MANIFEST, not_arrived, verify
from wayfare.stacks.engine.process import Interrupted


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("store") / "s3") as started:
        yield started


def _filled(path: Path, objects: dict[str, bytes]) -> Bucket:
    for name, data in objects.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return folder(path)


def _large(path: Path) -> Bucket:
    """More than a slow copy brings over before it is killed."""
    return _filled(path, {f"object {number}": bytes([number]) * MIB for number in range(MEBIBYTES)})


def _held(path: Path) -> dict[str, bytes]:
    return {str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()}


#: A program that takes no notice of SIGTERM.
_DEAF = f"""#!{sys.executable}
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
while True:
    signal.pause()
"""


def test_the_pinned_rclone_runs() -> None:
    assert installed().is_file()
    assert version() == "1.75.2"


def test_from_a_folder_to_s3_and_back(server: S3Server, tmp_path: Path) -> None:
    objects = contents()
    here, there = _filled(tmp_path / "here", objects), server.make("there-and-back")
    told = list[Event]()
    copied = copy(Rclone(), here, there.bucket, report=told.append)
    assert (copied.objects, copied.bytes) == (len(objects), sum(map(len, objects.values())))
    assert isinstance(told[-1], Progress)
    assert told[-1].objects == copied.objects
    evidence = verify(Rclone(), here, there.bucket, tmp_path / "proof")
    assert evidence.complete
    assert evidence.proven == {"the source's bytes read, the target's hash": Count(copied.objects, copied.bytes)}
    copy(Rclone(), there.bucket, folder(tmp_path / "back"))
    assert _held(tmp_path / "back") == objects
    assert copy(Rclone(), here, there.bucket).objects == 0


def test_what_is_wrong_is_found_and_repaired(tmp_path: Path) -> None:
    here = _filled(tmp_path / "here", {"rotten": b"good", "short": b"whole", "gone": b"there", "kept": b"kept"})
    there = folder(tmp_path / "there")
    copy(Rclone(), here, there)
    _filled(tmp_path / "there", {"rotten": b"evil", "short": b"whol", "more": b"more"})
    (tmp_path / "there" / "gone").unlink()
    found = verify(Rclone(), here, there, tmp_path / "proof")
    assert not found.complete
    assert found.names == {
        Verdict.MISSING: ("gone",),
        Verdict.DIFFERING: ("rotten", "short"),
        Verdict.EXTRA: ("more",),
    }
    assert len((tmp_path / "proof" / FINDINGS).read_text(encoding="utf-8").splitlines()) == 4
    assert copy(Rclone(), here, there, again=not_arrived(tmp_path / "proof")).objects == 3
    assert verify(Rclone(), here, there, tmp_path / "proof").complete
    assert _held(tmp_path / "there") == {**_held(tmp_path / "here"), "more": b"more"}
    assert copy(Rclone(), here, there, again=[]) == Copied(0, 0, 0, 0.0, version())


def test_what_is_written_after_the_manifest_is_late(tmp_path: Path) -> None:
    here, there = _filled(tmp_path / "here", {"one": b"1", "two": b"2"}), folder(tmp_path / "there")
    manifest = taken(Rclone(), here, tmp_path / "manifest")
    copy(Rclone(), here, there)
    _filled(tmp_path / "here", {"two": b"22", "three": b"3"})
    evidence = verify(Rclone(), here, there, tmp_path / "proof", manifest)
    assert not evidence.complete
    assert evidence.names == {Verdict.LATE: ("three", "two")}
    assert Manifest.read(tmp_path / "proof" / TARGET_MANIFEST).digest == manifest.digest


def test_an_empty_bucket_is_copied_and_proven(server: S3Server, tmp_path: Path) -> None:
    here, there = server.make("nothing-here"), server.make("nothing-there")
    assert copy(Rclone(), here.bucket, there.bucket).objects == 0
    evidence = verify(Rclone(), here.bucket, there.bucket, tmp_path)
    assert evidence.complete
    assert not evidence.verdicts


def test_a_killed_rclone_is_told_and_the_next_one_goes_on(tmp_path: Path) -> None:
    here, there = _large(tmp_path / "here"), folder(tmp_path / "there")
    midst = Midst(Rclone(), here, there)
    (rclone,) = rclones(psutil.Process())
    rclone.kill()
    with pytest.raises(CopyFailed, match="call again") as failed:
        midst.end()
    assert failed.value.kind is Kind.KILLED
    assert 0 < copy(Rclone(), here, there).objects < MEBIBYTES
    assert _held(tmp_path / "there") == _held(tmp_path / "here")


def test_a_killed_leash_leaves_no_rclone(tmp_path: Path) -> None:
    here, there = _large(tmp_path / "here"), folder(tmp_path / "there")
    rclone = Rclone()
    midst = Midst(rclone, here, there)
    (copying,) = rclones(psutil.Process())
    leash = copying.parent()
    assert leash is not None
    leash.kill()
    os.waitid(os.P_PID, leash.pid, os.WEXITED | os.WNOWAIT)
    assert rclone.stop()
    with pytest.raises(Interrupted):
        midst.end()
    assert ended(copying)


def test_a_killed_tool_leaves_no_rclone(tmp_path: Path) -> None:
    _large(tmp_path / "here")
    with tool(tmp_path / "here", tmp_path / "there") as process:
        (copying,) = rclones(psutil.Process(process.pid))
        process.send_signal(signal.SIGKILL)
    assert ended(copying)
    copy(Rclone(), folder(tmp_path / "here"), folder(tmp_path / "there"))
    assert _held(tmp_path / "there") == _held(tmp_path / "here")


def test_a_stopped_copy_ends_and_no_other_begins(tmp_path: Path) -> None:
    here, there = _large(tmp_path / "here"), folder(tmp_path / "there")
    rclone = Rclone()
    midst = Midst(rclone, here, there)
    (copying,) = rclones(psutil.Process())
    assert rclone.stop()
    with pytest.raises(Interrupted):
        midst.end()
    assert not copying.is_running()
    assert not rclone.stop()
    with pytest.raises(Interrupted):
        copy(rclone, here, there)


def test_an_rclone_that_does_not_heed_sigterm_is_killed(tmp_path: Path) -> None:
    rclone = Rclone(_program(tmp_path, _DEAF), grace=0.05)
    said = rclone.run(listing(folder(tmp_path), SLOW))
    assert next(said) == "deaf"
    rclone.stop()
    with pytest.raises(Interrupted):
        list(said)


#: An rclone whose bucket loses an object between its listing and its reading, and one whose listing breaks off.
_LOSES = """#!/bin/sh
case $1 in
lsjson) echo '[' && echo '{"Path":"a","Size":1,"ModTime":"now"},' && echo '{"Path":"b","Size":1,"ModTime":"now"}' ;;
hashsum) echo '0cc175b9c0f1b6a831c399e269772661  a' ;;
esac
"""
_BREAKS = """#!/bin/sh
echo '[' && echo '{"Path":"a","Size":1,"ModTime":"now","Hashes":{"md5":"0cc175b9c0f1b6a831c399e269772661"}},'
echo '{"level":"error","msg":"api error SlowDown: Please reduce your request rate."}' >&2
exit 1
"""


#: An rclone that reads one bucket without an end, and may not read the other.
_ONE_SIDE = f"""#!{sys.executable}
import signal, sys
if "locked" in sys.argv[2] or "locked" in sys.argv[3]:
    sys.exit("api error AccessDenied")
if sys.argv[1] == "lsjson":
    print('{{"Path":"a","Size":1,"ModTime":"now"}}')
else:
    print('{{"stats":{{"bytes":1}}}}', file=sys.stderr, flush=True)
    signal.pause()
"""


@pytest.mark.parametrize(("program", "kind"), [(_LOSES, Kind.CHANGED), (_BREAKS, Kind.THROTTLED)])
def test_half_a_manifest_is_none(tmp_path: Path, program: str, kind: Kind) -> None:
    rclone = Rclone(_program(tmp_path, program))
    (tmp_path / "proof").mkdir()
    with pytest.raises(CopyFailed) as failed:
        taken(rclone, folder(tmp_path), tmp_path / "proof" / "manifest")
    assert failed.value.kind is kind
    assert not list((tmp_path / "proof").iterdir())


def test_a_side_that_fails_ends_the_other(tmp_path: Path) -> None:
    program = _program(tmp_path, _ONE_SIDE)
    with pytest.raises(CopyFailed) as failed:
        verify(Rclone(program), folder(tmp_path / "endless"), folder(tmp_path / "locked"), tmp_path / "proof")
    assert failed.value.kind is Kind.CREDENTIALS


def test_a_stopped_proof_ends(tmp_path: Path) -> None:
    rclone, endless = Rclone(_program(tmp_path, _ONE_SIDE)), folder(tmp_path / "endless")
    with pytest.raises(Interrupted):
        verify(rclone, endless, endless, tmp_path / "proof", report=lambda _: _stop(rclone))


def _stop(rclone: Rclone) -> None:
    assert rclone.stop()


def _program(path: Path, text: str) -> Path:
    program = path / "rclone"
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return program


def test_what_a_killed_proof_has_left_is_no_hindrance(tmp_path: Path) -> None:
    here = _filled(tmp_path / "here", {"one": b"1"})
    (tmp_path / "proof" / ".source.jsonl.scratch" / "more").mkdir(parents=True)
    (tmp_path / "proof" / "source.jsonl.new").write_text("half", encoding="utf-8")
    assert verify(Rclone(), here, here, tmp_path / "proof").complete
    assert {each.name for each in (tmp_path / "proof").iterdir()} == set(FILES)


def test_reading_reports_its_progress(tmp_path: Path) -> None:
    here = _filled(tmp_path / "here", {"one": bytes(MIB), "two": bytes(MIB)})
    told = list[Event]()
    taken(Rclone(), here, tmp_path / "manifest", report=told.append)
    assert isinstance(told[-1], Progress)
    assert told[-1].bytes == 2 * MIB


def test_whoever_leaves_off_leaves_nothing_behind(tmp_path: Path) -> None:
    here, there = _large(tmp_path / "here"), folder(tmp_path / "there")
    said = Rclone().run(command(here, there, SLOW))
    next(said)
    (copying,) = rclones(psutil.Process())
    said.close()
    assert not copying.is_running()


def test_wrong_credentials_are_told(server: S3Server, tmp_path: Path) -> None:
    made = server.make("locked")
    stranger = server.named("locked", {"access_key_id": "AKnobody", "secret_access_key": "0123456789abcdef"})
    with pytest.raises(CopyFailed, match="sign in") as failed:
        copy(Rclone(), stranger, folder(tmp_path))
    assert failed.value.kind is Kind.CREDENTIALS
    assert made.bucket.url in str(failed.value)


def test_a_store_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with s3_server(tmp_path / "s3") as server:
        gone = server.named("gone")
    once = Pace(tries=1, rounds=1)
    with pytest.raises(CopyFailed, match="what has arrived stays") as copying:
        copy(Rclone(), gone, folder(tmp_path / "there"), once)
    with pytest.raises(CopyFailed, match="what has arrived stays") as told:
        taken(Rclone(), gone, tmp_path / "manifest", once)
    assert copying.value.kind is told.value.kind is Kind.UNREACHABLE


def test_a_source_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CopyFailed) as failed:
        copy(Rclone(), folder(tmp_path / "nowhere"), folder(tmp_path / "there"))
    assert failed.value.kind is Kind.NOT_FOUND


def test_settings_of_the_callers_rclone_do_not_reach_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RCLONE_DRY_RUN", "true")
    monkeypatch.setenv("RCLONE_MAX_SIZE", "1B")
    here = _filled(tmp_path / "here", {"one": b"more than one byte"})
    assert copy(Rclone(), here, folder(tmp_path / "there")).objects == 1


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RcloneMissing, match="is not there"):
        copy(Rclone(tmp_path / "rclone"), folder(tmp_path), folder(tmp_path / "there"))
