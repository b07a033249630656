"""What `up` and `destroy` ask before they work on a cluster: whether anybody moves it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.stacks.moving.test_journal import WANTED
from tests.unit.stacks.moving.test_leases import ELSEWHERE, silent_for
from tests.unit.stacks.moving.world import World
from wayfare.sandbox.client import Sandbox
from wayfare.stacks.accounts import Accounts
from wayfare.stacks.engine.automation import Stacks
from wayfare.stacks.engine.install import Engine, Way
from wayfare.stacks.moving.book import VARIABLE, BeingMoved, unmoved
from wayfare.stacks.moving.journal import Moves
from wayfare.stacks.moving.journey import Stopped
from wayfare.stacks.moving.leases import RUNS_OUT, Leases, LeaseTaken
from wayfare.stacks.moving.workflow import Intent, Suspended, move
from wayfare.stacks.project import Project
from wayfare.stacks.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Of a sandbox that has not begun."""
    engine = Engine(Way.BUILT, tmp_path, "3.250.0", None)
    project = Project.create(tmp_path / "project")
    stacks = Stacks(project.root, engine, {})
    return Session(project, stacks, Accounts(engine, {}), Sandbox(tmp_path / "sandbox"), engine, {})


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Moves:
    """A journal that everybody is told of."""
    url = f"sqlite:///{tmp_path / 'shared' / 'moves.sqlite'}"
    monkeypatch.setenv(VARIABLE, url)
    return Moves(url)


@pytest.fixture
def own(session: Session, monkeypatch: pytest.MonkeyPatch) -> Moves:
    """The journal of this machine, of which nobody is told."""
    monkeypatch.delenv(VARIABLE, raising=False)
    assert session.sandbox is not None
    return Moves(f"sqlite:///{session.sandbox.directory / 'moves.sqlite'}")


def stand_still(moves: Moves, mode: str) -> None:
    """A move that is not ended."""
    world = World(refuses={"copy": "throttled"})
    with pytest.raises(Suspended):
        moves.begin("m1", {**WANTED, "mode": mode}, "0.1.0", lambda steps: move(world, steps, Intent()))


def expect_left_alone_while_moved(session: Session, moves: Moves) -> None:
    with unmoved(session, "llm"):
        pass
    stand_still(moves, "sandbox")
    with pytest.raises(BeingMoved, match="wayfare move --resume m1"), unmoved(session, "llm"):
        pass
    with unmoved(session, "another"):
        pass


def test_a_cluster_that_is_moved_is_left_alone(session: Session, own: Moves) -> None:
    expect_left_alone_while_moved(session, own)


def test_also_where_a_journal_is_given(session: Session, given: Moves) -> None:
    expect_left_alone_while_moved(session, given)


def test_a_move_of_a_real_cluster_is_none_of_the_sandboxs(session: Session, own: Moves) -> None:
    stand_still(own, "cloud")
    with unmoved(session, "llm"):
        pass


def test_where_a_journal_is_given_the_lease_is_held(session: Session, given: Moves) -> None:
    with unmoved(session, "llm") as leased:
        leased()
        with pytest.raises(LeaseTaken, match="llm is being worked on by"), unmoved(session, "llm"):
            pass
        with unmoved(session, "another"):
            pass
    with unmoved(session, "llm"):
        pass
    assert given.all() == []


def test_who_was_silent_for_too_long_is_told_before_anything_is_done(session: Session, given: Moves) -> None:
    engine = given.engine
    with unmoved(session, "llm") as leased:
        silent_for(Leases(engine), RUNS_OUT * 2)
        Leases(engine).take("llm", ELSEWHERE)
        with pytest.raises(Stopped, match="taken over by bob@another-machine"):
            leased()
    engine.dispose()


def test_where_there_is_no_journal_nothing_is_imported_for_one(tmp_path: Path) -> None:
    asked = (
        "import sys; from pathlib import Path\n"
        "from wayfare.sandbox.client import Sandbox\n"
        "from wayfare.stacks.cli import clusters\n"
        "from wayfare.stacks.moving.book import unmoved\n"
        "class Session: sandbox, mode = Sandbox(Path(sys.argv[1])), 'sandbox'\n"
        "with unmoved(Session(), 'llm') as leased: leased()\n"
        "print(sorted({'dbos', 'sqlalchemy'} & sys.modules.keys()))\n"
    )
    command = (sys.executable, "-c", asked, str(tmp_path / "sandbox"))
    ended = subprocess.run(command, env={"PATH": ""}, capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
    assert not (tmp_path / "sandbox").exists()
