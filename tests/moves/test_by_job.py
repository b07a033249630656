"""A move whose copy runs as a Job in the target's cluster: by the trust alone, and while that lasts."""

from collections import Counter
from pathlib import Path
from subprocess import DEVNULL

from tests.engine.rehearsal import Rehearsal
from tests.kills.killing import Victim
from tests.kills.moving import CLUSTER, Kill, Then, bring_up, every_step_is_there, interrupted, the_move
from wayfare.blueprints import CloudName
from wayfare.components.aws.trust_plan import read_alone
from wayfare.sandbox.copies.jobs import JOB

_POLICY = "aws:iam/rolePolicy:RolePolicy"

#: Nobody may anything by it.
_NOTHING = '{"Version": "2012-10-17", "Statement": []}'

OBJECTS = {f"notes/{n:02d} $(HOME) [a]{{b}}.txt": f"{n}\n".encode() * n for n in range(30)}


def bucket_of(rehearsal: Rehearsal, package: str) -> Path:
    (found,) = (rehearsal.sandbox.directory / "buckets" / package).iterdir()
    return found


def happened(rehearsal: Rehearsal, kind: str) -> list[str]:
    """The Jobs to which something happened."""
    return [event["id"] for event in rehearsal.sandbox.events() if (event["token"], event["kind"]) == (JOB, kind)]


def test_pods_of_the_target_copy_and_those_that_may_not_read_stop_the_move(rehearsal: Rehearsal) -> None:
    bring_up(rehearsal, CloudName.AWS)
    source = bucket_of(rehearsal, "aws")
    for name, data in OBJECTS.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_bytes(data)

    # Between the trust and the copy somebody takes the right away that the trust has given.
    begin = ("move", CLUSTER, "--to", "gcp/us-east4", "--sandbox", "--yes")
    told = interrupted(rehearsal, begin, Kill(CloudName.AWS, CloudName.GCP, "bulk-copy", Victim.TOOL, Then.RESUME))
    assert "the bytes go through pods of the target" in told
    id = the_move(rehearsal)["id"]
    held = rehearsal.sandbox.inventory()["resources"]
    (right,) = (row["id"] for row in held if row["token"] == _POLICY and id in row["id"])
    rehearsal.sandbox.drift("aws", _POLICY, right, "policy", _NOTHING)
    refused = rehearsal.wayfare("move", "--resume", id, "--sandbox", "-o", "json", expect=21)
    assert "AccessDenied" in refused.err
    assert "by the Job wayfare-copy-" in refused.err
    assert refused.data["steps"][-1]["step"] == "bulk-copy"
    assert not any(path.is_file() for path in bucket_of(rehearsal, "gcp").rglob("*"))

    rehearsal.sandbox.drift("aws", _POLICY, right, "policy", read_alone(source.name, None, "us-east-1"))
    moved = rehearsal.wayfare("move", "--resume", id, "--sandbox", "-o", "json").data
    assert moved["state"] == "moved"
    for name, data in OBJECTS.items():
        assert (bucket_of(rehearsal, "gcp") / name).read_bytes() == data
    every_step_is_there(rehearsal)

    # Jobs in the target's cluster have copied, each by a pod for each node; none is left, nor what let them read.
    ended = Counter(happened(rehearsal, "ended"))
    assert len(ended) >= 2
    assert set(ended.values()) == {2}
    assert {event["name"] for event in rehearsal.sandbox.events() if event["id"] in ended and event["text"]} == {
        f"{CLUSTER}.gcp-us-east4"
    }
    assert rehearsal.sandbox.copies() == []
    assert {row["package"] for row in rehearsal.sandbox.inventory()["resources"]} == {"gcp"}
    steps = {each["step"]: each["evidence"] for each in moved["steps"] if each["how"] == "done"}
    assert steps["bulk-copy"]["objects"] >= len(OBJECTS)


def test_a_move_may_copy_through_the_machine_that_runs_it(rehearsal: Rehearsal) -> None:
    bring_up(rehearsal, CloudName.AZURE)
    done = rehearsal.wayfare(
        "move", CLUSTER, "--to", "aws", "--sandbox", "--yes", "--copy-through", "here", "-o", "json"
    )
    assert done.data["state"] == "moved"
    assert done.data["plan"]["copy_through"] == "here"
    assert "the bytes go through this machine" in done.err
    assert happened(rehearsal, "began") == []
    every_step_is_there(rehearsal)


def test_a_job_outlives_the_tool_and_is_waited_for_by_the_next(rehearsal: Rehearsal) -> None:
    bring_up(rehearsal, CloudName.AWS)
    (bucket_of(rehearsal, "aws") / "large").write_bytes(bytes(8_000_000))
    begin = ("move", CLUSTER, "--to", "gcp/us-east4", "--sandbox", "--yes", "--bandwidth", "1")
    tool = rehearsal.started(*begin, stderr=DEVNULL)
    while not happened(rehearsal, "began") and tool.poll() is None:
        seen = rehearsal.sandbox.events()
        rehearsal.sandbox.await_events(seen[-1]["number"], 1)
    assert tool.poll() is None
    tool.kill()
    tool.wait()
    (row,) = rehearsal.sandbox.copies()
    assert row["pids"], "it copies on"
    job = f"workload/{row['job']['metadata']['name']}"

    resume = ("move", "--resume", the_move(rehearsal)["id"], "--sandbox")
    interrupted(rehearsal, resume, Kill(CloudName.AWS, CloudName.GCP, "suspend", Victim.TOOL, Then.RESUME))
    assert set(happened(rehearsal, "began")) == {job}
    assert "told to end" not in {event["kind"] for event in rehearsal.sandbox.events() if event["id"] == job}
    (row,) = rehearsal.sandbox.copies()
    assert row["job"]["status"]["conditions"][0]["type"] == "Complete"
    assert (bucket_of(rehearsal, "gcp") / "large").stat().st_size == 8_000_000
