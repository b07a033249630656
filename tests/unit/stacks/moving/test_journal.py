"""The journal in a real database: what a process leaves, the next one finds."""

import sqlite3
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import JsonValue
from sqlalchemy import Engine, event

from tests.unit.stacks.moving.dying import Death, Killed
from tests.unit.stacks.moving.runs import ORDER, expect, expect_moved, expect_rolled_back, moments
from tests.unit.stacks.moving.world import World
from wayfare.stacks.moving.journal import JournalSilent, Moves, Recorded, State
from wayfare.stacks.moving.workflow import End, How, Intent, Suspended, move

WANTED: Mapping[str, JsonValue] = {
    "cluster": "llm",
    "source": "llm.aws-us-east-1",
    "target": {"cloud": "azure", "region": "eastus"},
}

#: Moments within the steps; those between them are the database's here.
WITHIN = [moment for moment in moments() if moment.within]


@dataclass
class Disk:
    """Lets SQLite itself find that there is no room: its pages are small here, and may not be more than so many."""

    pages: int | None = None
    """Of 512 bytes, in all; None for no limit."""

    def mounted(self, connection: sqlite3.Connection, _: object) -> None:
        """A database is opened; of a new one the pages are made small."""
        connection.execute("pragma page_size = 512")
        if self.pages is not None:
            connection.execute(f"pragma max_page_count = {self.pages}")


@pytest.fixture
def moves(tmp_path: Path) -> Moves:
    return Moves(f"sqlite:///{tmp_path / 'journal' / 'moves.sqlite'}")


def begin(moves: Moves, world: World, id: str = "m1") -> End:
    return moves.begin(id, WANTED, "0.1.0", lambda steps: move(world, steps, Intent()))


def resume(moves: Moves, world: World, id: str = "m1", *, roll_back: bool = False) -> End:
    return moves.resume(id, "0.1.0", lambda steps: move(world, steps, Intent(roll_back=roll_back)))


def found(moves: Moves, id: str = "m1") -> Recorded:
    recorded = moves.find(id)
    assert recorded is not None
    return recorded


def test_a_move_and_its_timeline_are_written_down(moves: Moves) -> None:
    world = World()
    assert begin(moves, world) is End.MOVED
    expect_moved(world)
    move = found(moves)
    assert (move.state, move.wanted, move.version) == (State.MOVED, WANTED, "0.1.0")
    assert [entry.name for entry in move.timeline] == ORDER
    assert all(entry.began <= entry.ended for entry in move.timeline)
    assert move.has_done("cut-over")
    assert moves.unfinished("llm") is None


def test_the_journal_holds_text_and_no_pickle(moves: Moves, tmp_path: Path) -> None:
    begin(moves, World())
    written = b"".join(file.read_bytes() for file in (tmp_path / "journal").iterdir())
    assert b'"cluster": "llm"' in written


def test_before_any_move_nothing_is_there_and_nothing_is_made(moves: Moves, tmp_path: Path) -> None:
    assert moves.find("m1") is None
    assert moves.all() == []
    assert moves.unfinished("llm") is None
    assert list(tmp_path.iterdir()) == []


def test_what_has_failed_is_told_and_another_process_goes_on(moves: Moves) -> None:
    world = World(refuses={"prove": "step-1/model differs"})
    with pytest.raises(Suspended):
        begin(moves, world)
    waiting = moves.unfinished("llm")
    assert waiting is not None
    assert waiting.id == "m1"
    assert found(moves).failed == "step-1/model differs"
    world.refuses.clear()
    assert resume(moves, world) is End.MOVED
    expect_moved(world)
    attempts = [(entry.name, entry.attempt.how) for entry in found(moves).timeline if entry.name == "verify"]
    assert attempts == [("verify", How.FAILED), ("verify", How.DONE)]


@pytest.mark.parametrize("roll_back", [False, True])
@pytest.mark.parametrize("dies_at", [len(WITHIN) * part // 4 for part in range(4)])
def test_a_process_that_died_within_a_step_is_followed_by_another(
    moves: Moves, dies_at: int, *, roll_back: bool
) -> None:
    world = World(death=Death(at=dies_at))
    with pytest.raises(Killed):
        begin(moves, world)
    world.death.at = None
    assert found(moves).state is State.UNFINISHED
    over = found(moves).has_done("cut-over")
    end = resume(moves, world, roll_back=roll_back)
    assert end is (End.ROLLED_BACK if roll_back and not over else End.MOVED)
    assert found(moves).state.value == end.value
    (expect_moved if end is End.MOVED else expect_rolled_back)(world)


def test_a_defect_is_no_end_of_a_move(moves: Moves) -> None:
    world = World()
    world.prove = lambda: 1 // 0  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(ZeroDivisionError):
        begin(moves, world)
    del world.prove
    assert resume(moves, world) is End.MOVED
    expect_moved(world)


def test_one_process_does_not_take_up_the_move_of_another(moves: Moves) -> None:
    first, second = World(refuses={"copy": "throttled"}), World()
    with pytest.raises(Suspended):
        begin(moves, first, "m1")
    assert begin(moves, second, "m2") is End.MOVED
    assert not first.source.held
    assert [each.id for each in moves.all()] == ["m2", "m1"]


def test_a_journal_that_does_not_answer_is_told_without_its_password() -> None:
    nowhere = Moves("postgresql://ann:hunter22@127.0.0.1:9/moves")
    with pytest.raises(JournalSilent, match=r"postgresql://ann:\*\*\*@127\.0\.0\.1:9/moves, does not answer") as raised:
        nowhere.unfinished("llm")
    assert "hunter22" not in str(raised.value)


@pytest.fixture
def disk() -> Generator[Disk]:
    """What every database of this process is written to from now on."""
    made = Disk()
    event.listen(Engine, "connect", made.mounted)
    yield made
    event.remove(Engine, "connect", made.mounted)


@pytest.mark.parametrize("room", range(3))
def test_where_the_disk_is_full_it_is_told_and_nothing_is_lost(
    moves: Moves, disk: Disk, tmp_path: Path, room: int
) -> None:
    world = World(refuses={"bring_up": "throttled"})
    with pytest.raises(Suspended):
        begin(moves, world)
    world.refuses.clear()
    disk.pages = (tmp_path / "journal" / "moves.sqlite").stat().st_size // 512 + room
    with pytest.raises(JournalSilent, match=r"moves\.sqlite, does not answer: .*database or disk is full.* has room"):
        resume(moves, world)
    disk.pages = None
    assert found(moves).state is State.UNFINISHED
    assert resume(moves, world, roll_back=room % 2 == 1) in (End.MOVED, End.ROLLED_BACK)
    expect(world, End(found(moves).state.value))


def test_a_file_that_is_no_journal_is_told(tmp_path: Path) -> None:
    file = tmp_path / "moves.sqlite"
    file.write_text("notes about moves, and no database at all" * 100, encoding="utf-8")
    with pytest.raises(JournalSilent, match="file is not a database"):
        Moves(f"sqlite:///{file}").all()
    with pytest.raises(JournalSilent, match="file is not a database"):
        begin(Moves(f"sqlite:///{file}"), World())
