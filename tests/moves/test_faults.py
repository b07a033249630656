"""What goes wrong in a move, through the engine: each stops it in words that tell what to do, and it goes on."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

from tests.engine.rehearsal import Done, Rehearsal
from tests.kills.moving import BLUEPRINT, CLUSTER, at_once, bring_up, bucket, every_object_is_as_trained, the_move
from wayfare.blueprints import CloudName

FULL_DISK = Path(__file__).parent / "surroundings" / "full_disk.py"

#: In the target region.
MACHINES = ("a3-highgpu-8g", "a3-megagpu-8g")


class Move:
    """A move of a test's own, from AWS to Google Cloud."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal

    def begin(self, expect: int) -> Done:
        """Ask for it."""
        asked = ("move", CLUSTER, "--to", "gcp/us-east4", "--copy-through", "here", "--sandbox", "--yes", "-o", "json")
        return self.rehearsal.wayfare(*asked, expect=expect, through=FULL_DISK)

    def resume(self, expect: int, pages: int | None = None) -> Done:
        """Go on with it; `pages`: all that its journal may have."""
        shell = {**self.rehearsal.shell, **({} if pages is None else {"DATABASE_PAGES": str(pages)})}
        asked = ("move", "--resume", self.id, "--sandbox", "-o", "json")
        return self.rehearsal.wayfare(*asked, expect=expect, shell=shell, through=FULL_DISK)

    def stops(self, step: str, *words: str) -> None:
        """Go on with it, and it must stop in a step, in these words."""
        done = self.resume(expect=21)
        last = done.data["steps"][-1]
        assert (last["step"], last["how"]) == (step, "failed"), done.err
        for each in words:
            assert each in last["said"], last["said"]
            assert each in done.err

    def stops_while_the_source_trains(self, step: str, *words: str) -> None:
        """The same before the source is suspended: it trains on, and nothing of it is gone."""
        self.stops(step, *words)
        assert self.source in self.rehearsal.stacks()
        self.expect_running(self.source)

    def expect_running(self, stack: str) -> None:
        """It trains there, and nowhere else."""
        trainings = self.rehearsal.sandbox.trainings()
        assert [each["stack"] for each in trainings if each["state"] == "running"] == [stack]

    @property
    def id(self) -> str:
        """The one move that there is."""
        return the_move(self.rehearsal)["id"]

    @property
    def source(self) -> str:
        """Its stack."""
        return f"{CLUSTER}.aws-us-east-1"

    @contextmanager
    def edited(self) -> Generator[None]:
        """While somebody has edited the blueprint."""
        file = self.rehearsal.project.root / "moving.yaml"
        file.write_text(BLUEPRINT.replace("nodes: 2", "nodes: 3"), encoding="utf-8")
        yield
        file.write_text(BLUEPRINT, encoding="utf-8")


def test_whatever_goes_wrong_stops_a_move_that_then_goes_on(rehearsal: Rehearsal) -> None:
    sandbox = rehearsal.sandbox
    bring_up(rehearsal, CloudName.AWS)
    move = Move(rehearsal)

    # The target has run out.
    for machine in MACHINES:
        sandbox.set_capacity("gcp", "us-east4", machine, 0)
    assert "no capacity" in move.begin(expect=21).err
    for machine in MACHINES:
        sandbox.set_capacity("gcp", "us-east4", machine, 8)

    # Somebody has edited the blueprint: nothing is done, and nothing written down.
    with move.edited():
        assert "was changed since the move began" in move.resume(expect=2).err

    # Credentials have expired: when the account is asked, and when the engine makes something.
    sandbox.fail("gcp", "gcp:compute/getZones:getZones", kind="expired-credentials", operation="invoke")
    move.stops_while_the_source_trains("target-up", "gcp did not answer", "invalid_grant")
    assert rehearsal.stacks() == [move.source]
    sandbox.fail("gcp", "gcp:container/nodePool:NodePool", kind="expired-credentials")
    move.stops_while_the_source_trains("target-up", "refused", "invalid_grant")

    # The copy fails half-way: one object has no place.
    there = bucket(rehearsal, "gcp")
    blocked = next(iter(sorted(bucket(rehearsal, "aws").glob("step-*/weights.bin"))))
    (there / blocked.parent.name / blocked.name).mkdir(parents=True)
    move.stops_while_the_source_trains("bulk-copy", blocked.parent.name)
    assert any(file.is_file() for file in there.rglob("*"))
    (there / blocked.parent.name / blocked.name).rmdir()

    # The source's control plane does not answer: the operator is elsewhere.
    sandbox.set_operator("198.51.100.7")
    move.stops_while_the_source_trains("suspend", move.source)
    sandbox.set_operator()

    # An object is corrupted on the target, and its size and time say nothing of it.
    sound = there / blocked.parent.name / blocked.name
    corrupt(sound)

    # The journal's disk is full: the step is done, and nobody can write it down.
    journal = sandbox.directory / "moves.sqlite"
    full = move.resume(expect=1, pages=journal.stat().st_size // 512)
    assert "database or disk is full" in full.err
    assert "has room" in full.err
    assert the_move(rehearsal)["state"] == "unfinished"

    # The source's cloud does not let it go: what is proven to have arrived trains on, on the target.
    sandbox.fail("aws", "aws:eks/nodeGroup:NodeGroup", operation="delete", kind="server-error")
    move.stops("destroy", "ServerException")
    move.expect_running(f"{CLUSTER}.gcp-us-east4")

    # Two go on with it at once: one works, and the other is told who does.
    resume = ("move", "--resume", move.id, "--sandbox", "-o", "json")
    told = at_once(*(rehearsal.started(*resume, stderr=PIPE) for _ in range(2)))
    assert sorted(code for code, _ in told) == [0, 1], told
    (loser,) = (words for code, words in told if code == 1)
    assert "is being worked on by" in loser

    moved = rehearsal.wayfare("moves", "show", move.id, "--sandbox", "-o", "json").data
    assert moved["state"] == "moved"
    done = {each["step"]: each["evidence"] for each in moved["steps"] if each["how"] == "done"}
    assert done["progress"]["step"] > done["suspend"]["step"]
    assert rehearsal.stacks() == [f"{CLUSTER}.gcp-us-east4"]
    assert {row["package"] for row in sandbox.inventory()["resources"]} == {"gcp"}
    every_object_is_as_trained(rehearsal)


def corrupt(file: Path) -> None:
    """Change an object's bytes, and neither its size nor its time."""
    before = file.stat()
    file.write_bytes(bytes(before.st_size))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
