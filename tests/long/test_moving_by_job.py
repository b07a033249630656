"""A move whose copy runs as a Job in the target's cluster: by the trust alone, and by nobody's keys."""

from pathlib import Path

from tests.engine.rehearsal import Rehearsal
from tests.kills.moving import CLUSTER, bring_up, every_step_is_there
from wayfare.blueprints import CloudName
from wayfare.sandbox.copies.jobs import JOB

_POLICY = "aws:iam/rolePolicy:RolePolicy"


def bucket_of(rehearsal: Rehearsal, package: str) -> Path:
    (found,) = (rehearsal.sandbox.directory / "buckets" / package).iterdir()
    return found


def test_pods_of_the_target_copy_and_a_copy_that_may_not_read_stands_still(rehearsal: Rehearsal) -> None:
    bring_up(rehearsal, CloudName.AWS)
    source = bucket_of(rehearsal, "aws")
    objects = {f"notes/{n:02d} $(HOME) [a]{{b}}.txt": f"{n}\n".encode() for n in range(30)}
    for name, data in objects.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_bytes(data)

    # The policy by which the role may read is not made as it should be: the right is missing when the pods ask.
    rehearsal.sandbox.fail("aws", _POLICY, "AccessDenied: no", operation="create")
    done = rehearsal.wayfare("move", CLUSTER, "--to", "gcp/us-east4", "--sandbox", "--yes", "-o", "json", expect=None)
    print(done.code, done.err, done.out)
    moved = rehearsal.wayfare("move", "--resume", done.data["id"], "--sandbox", "-o", "json").data
    assert moved["state"] == "moved"
    for name, data in objects.items():
        assert (bucket_of(rehearsal, "gcp") / name).read_bytes() == data
    begun = [event for event in rehearsal.sandbox.events() if event["token"] == JOB]
    print(begun)
    every_step_is_there(rehearsal)
