"""Two machines that share the state of the stacks and the journal, both in one Postgres: one at a time on a cluster."""

import shutil
from collections.abc import Generator
from pathlib import Path
from subprocess import PIPE, Popen

import psutil
import pytest
from sqlalchemy import create_engine, text

from tests import postgres
from tests.engine.rehearsal import Rehearsal
from tests.kills.moving import CLUSTER, at_once, bring_up, bucket, every_object_is_as_trained, the_move, until
from wayfare.blueprints import CloudName
from wayfare.sandbox.client import BACKEND
from wayfare.stacks.engine.install import Engine
from wayfare.stacks.moving.book import VARIABLE
from wayfare.stacks.moving.leases import RUNS_OUT

WRONG_CLOCK = Path(__file__).parent / "surroundings" / "wrong_clock.py"

BUSY = "is being worked on by"

#: An object, and how long its copy takes.
LARGE, SECONDS = "base-model.bin", 40

#: Seconds after which something hangs.
PATIENCE = 600


@pytest.fixture
def url() -> Generator[str]:
    """Of the Postgres that both share."""
    with postgres.running() as made:
        yield made


@pytest.fixture
def machines(engine: Engine, tmp_path: Path, url: str) -> Generator[tuple[Rehearsal, Rehearsal]]:  # noqa: ARG001
    """Two with a project and a state directory of their own, and the same clouds."""
    shared = {BACKEND: postgres.backend(url), VARIABLE: url}
    with Rehearsal.running(tmp_path / "one", {**shared, "XDG_STATE_HOME": str(tmp_path / "one" / "state")}) as one:
        # Its own clock is a day ahead.
        more = {**shared, "XDG_STATE_HOME": str(tmp_path / "two" / "state"), "AHEAD": "86400"}
        yield one, Rehearsal(tmp_path / "two", more, one.sandbox)


def test_two_machines_do_not_work_on_one_cluster_at_a_time(machines: tuple[Rehearsal, Rehearsal], url: str) -> None:
    one, two = machines
    bring_up(one, CloudName.AWS)
    assert not list((one.sandbox.directory / "backend").rglob("*.json"))
    shutil.copytree(one.project.root, two.project.root, dirs_exist_ok=True)

    # One moves it, and takes its time for the largest object. The other is told so, whatever it wants.
    (bucket(one, "aws") / LARGE).write_bytes(bytes(SECONDS * 10**6))
    begin = (
        "move",
        CLUSTER,
        "--to",
        "gcp/us-east4",
        "--copy-through",
        "here",
        "--sandbox",
        "--yes",
        "--bandwidth",
        "1",
    )
    moving = one.started(*begin, stderr=PIPE)
    assert "bulk-copy: " in until(moving, "bulk-copy: ")
    others = (("up", "moving.yaml"), ("destroy", CLUSTER, "--delete-data"))
    for code, words in at_once(*(two.started(*each, "--sandbox", "--yes", stderr=PIPE) for each in others)):
        assert code == 1
        assert BUSY in words

    # It dies. Nobody can tell from here that it has, until its lease runs out.
    killed(moving)
    id = the_move(one)["id"]
    resume = ("move", "--resume", id, "--sandbox")
    assert BUSY in two.wayfare(*resume, expect=1, through=WRONG_CLOCK).err
    run_out(url)
    # Its own project does not know what the other one has brought up since; then it does.
    lost = two.wayfare(*resume, expect=21, through=WRONG_CLOCK)
    assert f"Pulumi.{CLUSTER}.gcp-us-east4.yaml is missing" in lost.err
    shutil.copytree(one.project.root, two.project.root, dirs_exist_ok=True)
    told = at_once(one.started(*resume, stderr=PIPE), two.started(*resume, stderr=PIPE, through=WRONG_CLOCK))
    assert sorted(code for code, _ in told) == [0, 1], told
    (loser,) = (words for code, words in told if code == 1)
    assert BUSY in loser

    assert the_move(one)["state"] == the_move(two)["state"] == "moved"
    assert one.stacks() == [f"{CLUSTER}.gcp-us-east4"]
    assert {row["package"] for row in one.sandbox.inventory()["resources"]} == {"gcp"}
    every_object_is_as_trained(one, {LARGE: bytes(SECONDS * 10**6)})

    # Nor does anybody bring it up while it is destroyed.
    destroying = one.begun("destroy", CLUSTER, "--sandbox", "--yes", "--delete-data", stderr=PIPE)
    assert BUSY in two.wayfare("up", "moving.yaml", "--sandbox", "--yes", expect=1, through=WRONG_CLOCK).err
    ((code, words),) = at_once(destroying)
    assert code == 0, words
    assert one.sandbox.inventory() == {"resources": [], "kubernetes": []}
    assert one.stacks() == []


def killed(tool: Popen[bytes]) -> None:
    """Kill it, and wait until what it has started has ended by itself."""
    family = psutil.Process(tool.pid).children(recursive=True)
    tool.kill()
    assert tool.stderr is not None
    tool.stderr.close()
    tool.wait(PATIENCE)
    _, alive = psutil.wait_procs(family, timeout=PATIENCE)
    assert not alive


def run_out(url: str) -> None:
    """Time passes by the database's clock."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as database:
        database.execute(
            text("update wayfare_leases set renewed = renewed - :seconds"), {"seconds": RUNS_OUT.total_seconds() + 60}
        )
    engine.dispose()
