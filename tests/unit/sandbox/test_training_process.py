"""The process in place of a training's pods: real ones, each over a bucket of its own."""

import json
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from tests.unit.sandbox.trained import CONTRACT, PATIENCE
from wayfare.sandbox.training.contract import objects_in
from wayfare.sandbox.training.trainer import chain, weights


class Process:
    """A training that counts the steps that it is asked for."""

    def __init__(self, directory: Path, contract: Mapping[str, str], variables: Mapping[str, str]) -> None:
        self.bucket, aside = directory / "bucket", directory / "aside"
        for folder in (self.bucket, aside):
            folder.mkdir(parents=True, exist_ok=True)
        paced = {"WAYFARE_TRAINING_PACE": "asked", "WAYFARE_TRAINING_EVERY": "5", "WAYFARE_TRAINING_BYTES": "1000"}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-m", "wayfare.sandbox.training.trainer", str(self.bucket), str(aside)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**contract, **paced, **variables},
            text=True,
        )

    def ask(self, request: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{request}\n")
        self.process.stdin.flush()

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def until(self, said: str) -> list[str]:
        """Everything that it says up to and with that."""
        lines = list[str]()
        while not lines or lines[-1] != said:
            line = self.says()
            assert line, f"it ended and never said {said!r}, but {lines}: {self.complaint()}"
            lines.append(line)
        return lines

    def complaint(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()

    def objects(self) -> set[str]:
        return set(objects_in(self.bucket))


@pytest.fixture
def made() -> Generator[list[Process]]:
    processes = list[Process]()
    yield processes
    for each in processes:
        each.close()


def begun(made: list[Process], directory: Path, contract: Mapping[str, str] = CONTRACT, **variables: str) -> Process:
    process = Process(directory, contract, variables)
    made.append(process)
    return process


def whole(*steps: int) -> set[str]:
    return {f"step-{step}/{name}" for step in steps for name in ("state.json", "weights.bin", "log", "DONE")}


def test_it_writes_whole_checkpoints_and_a_last_one_when_it_is_told_to_end(made: list[Process], tmp_path: Path) -> None:
    process = begun(made, tmp_path)
    process.ask("step 7")
    assert process.until("counted 7") == ["began 0", "whole 5", "counted 7"]
    assert process.objects() == whole(5)
    assert process.end() == 0
    assert process.until("ended 7") == ["whole 7", "ended 7"]
    assert process.objects() == whole(5, 7)
    for step in (5, 7):
        state = json.loads((process.bucket / f"step-{step}/state.json").read_text(encoding="utf-8"))
        assert state == {"bytes": 1000, "chain": chain(step).hex(), "step": step}
        assert (process.bucket / f"step-{step}/weights.bin").read_bytes() == weights(chain(step), 1000)
        assert (process.bucket / f"step-{step}/log").read_bytes() == b""


def test_what_was_interrupted_holds_the_same_as_what_was_not(made: list[Process], tmp_path: Path) -> None:
    one, other = begun(made, tmp_path / "one"), begun(made, tmp_path / "other")
    one.ask("step 20")
    one.until("counted 20")
    other.ask("step 8")
    other.until("counted 8")
    # Steps 6 to 8 are lost with it, and counted again.
    other.process.kill()
    other.process.wait(PATIENCE)
    again = begun(made, tmp_path / "other")
    again.ask("step 15")
    assert again.until("counted 20")[0] == "began 5"
    assert again.objects() == one.objects() == whole(5, 10, 15, 20)
    for name in one.objects():
        assert (one.bucket / name).read_bytes() == (again.bucket / name).read_bytes()


def test_the_chain_shows_a_step_that_was_left_out_or_counted_twice() -> None:
    assert len({chain(step) for step in range(100)}) == 100


def test_a_crash_leaves_a_checkpoint_without_its_marker(made: list[Process], tmp_path: Path) -> None:
    process = begun(made, tmp_path)
    process.ask("step 5")
    process.until("counted 5")
    process.ask("crash")
    assert process.process.wait(PATIENCE) == 1
    assert "in the midst of the checkpoint of step 6" in process.complaint()
    assert process.objects() == whole(5) | {"step-6/state.json", "step-6/log"}
    again = begun(made, tmp_path)
    again.ask("step 1")
    assert again.until("counted 6") == ["began 5", "counted 6"]
    assert again.end() == 0
    assert again.objects() == whole(5, 6)


def test_one_that_hangs_counts_nothing_and_ends_by_force_alone(made: list[Process], tmp_path: Path) -> None:
    process = begun(made, tmp_path)
    process.ask("hang")
    process.until("hangs 0")
    process.ask("step 9")
    process.process.send_signal(signal.SIGTERM)
    process.ask("hang")
    # It takes requests, and of the signal, which came before this one, no notice.
    assert process.until("hangs 0") == ["hangs 0"]
    assert process.process.poll() is None
    process.process.kill()
    assert process.process.wait(PATIENCE) == -signal.SIGKILL
    assert process.objects() == set()


def test_one_that_is_mended_goes_on(made: list[Process], tmp_path: Path) -> None:
    process = begun(made, tmp_path)
    process.ask("hang")
    process.ask("step 9")
    process.ask("mend")
    assert process.until("counted 9") == ["began 0", "hangs 0", "whole 5", "counted 9"]


def test_it_ends_by_itself_at_its_last_step(made: list[Process], tmp_path: Path) -> None:
    process = begun(made, tmp_path, WAYFARE_TRAINING_PACE="0", WAYFARE_TRAINING_UNTIL="12")
    assert process.until("ended 12") == ["began 0", "whole 5", "whole 10", "whole 12", "ended 12"]
    assert process.process.wait(PATIENCE) == 0


def test_two_over_one_bucket_are_never_at_work_at_once(made: list[Process], tmp_path: Path) -> None:
    first = begun(made, tmp_path)
    first.ask("step 5")
    first.until("counted 5")
    second = begun(made, tmp_path)
    second.ask("step 5")
    first.ask("step 4")
    first.until("counted 9")
    assert first.end() == 0
    # Whoever waited goes on from what the other has left.
    assert second.until("counted 14") == ["began 9", "whole 10", "counted 14"]


def test_it_ends_when_nobody_holds_the_other_end(made: list[Process], tmp_path: Path) -> None:
    process = begun(made, tmp_path)
    process.ask("step 4")
    process.until("counted 4")
    assert process.process.stdin is not None
    process.process.stdin.close()
    assert process.process.wait(PATIENCE) == 3
    process.process.stdin = None
    assert process.objects() == set()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("weights.bin", b"other bytes", "is not what step 5 leads to"),
        ("state.json", b"{", "cannot be read"),
        ("state.json", json.dumps({"bytes": 1000, "chain": chain(4).hex(), "step": 5}).encode(), "is not what step 5"),
        ("log", None, "cannot be read"),
    ],
)
def test_a_checkpoint_that_is_not_what_its_marker_promises_is_not_begun_from(
    made: list[Process], tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    process = begun(made, tmp_path)
    process.ask("step 5")
    process.until("counted 5")
    process.end()
    broken = process.bucket / "step-5" / name
    if content is None:
        broken.unlink()
    else:
        broken.write_bytes(content)
    again = begun(made, tmp_path)
    assert again.process.wait(PATIENCE) == 1
    assert said in again.complaint()


def test_a_bucket_that_is_gone_takes_nothing_and_is_not_made_anew(made: list[Process], tmp_path: Path) -> None:
    process = begun(made, tmp_path)
    process.until("began 0")
    process.bucket.rmdir()
    process.ask("step 5")
    assert process.process.wait(PATIENCE) == 1
    assert not process.bucket.exists()


def test_without_a_contract_it_counts_and_keeps_nothing(made: list[Process], tmp_path: Path) -> None:
    process = begun(made, tmp_path, contract={})
    process.ask("step 7")
    assert process.until("counted 7") == ["began 0", "counted 7"]
    assert process.end() == 0
    assert process.objects() == set()


def test_what_cannot_be_written_by_is_said_at_once(made: list[Process], tmp_path: Path) -> None:
    contract = {**CONTRACT, "WAYFARE_CHECKPOINT_STEP": r"epoch-(\d+)/"}
    process = begun(made, tmp_path, contract=contract)
    assert process.process.wait(PATIENCE) == 1
    assert "does not find step 1 in a path of 'step-*/DONE'" in process.complaint()
