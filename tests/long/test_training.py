"""A training in the sandbox, as a person has it: up, held, opened again, failed and gone, by the real engine."""

from tests.engine.rehearsal import Rehearsal
from tests.unit.sandbox.trained import ended, watched

NAME, STACK = "llm-pretrain", "llm-pretrain.aws-us-east-1"
JOB_SET = "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet"


def doing(rehearsal: Rehearsal) -> str:
    """What `get` says of the workload."""
    told = rehearsal.wayfare("get", NAME, "--sandbox").out
    (line,) = (line for line in told.splitlines() if line.startswith("workload in "))
    return line.removeprefix(f"workload in {STACK}: ")


def test_a_local_process_stands_for_the_pods_of_a_training(rehearsal: Rehearsal) -> None:
    up = ("up", "blueprints/pretrain-h100-16.yaml", "--sandbox", "--yes", "--cloud", "aws")
    rehearsal.wayfare(*up, "--train")
    running = rehearsal.sandbox.await_training(NAME, ["running"], beyond=1)
    assert running is not None
    assert running["stack"] == STACK
    assert doing(rehearsal) == "running 16/16: a local process stands for the pods"

    # Its queue is held: it is told to end, and begins again when the queue is open.
    handle = watched(running["pid"])
    rehearsal.pulumi("config", "set", "wayfare:queue", "held", "--stack", STACK)
    rehearsal.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
    assert ended(handle)
    held = rehearsal.sandbox.await_training(NAME, ["waiting"])
    assert held is not None
    assert doing(rehearsal) == "waiting 0/16: the queue accelerators is held and drained"
    rehearsal.pulumi("config", "rm", "wayfare:queue", "--stack", STACK)
    rehearsal.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
    again = rehearsal.sandbox.await_training(NAME, ["running"])
    assert again is not None
    assert (again["state"], again["restarts"]) == ("running", 0)

    # A set that has failed is no drift: what was asked for is there.
    rehearsal.wayfare("sandbox", "training", "crash", NAME, "--times", "4")
    failed = rehearsal.sandbox.await_training(NAME, ["failed"])
    assert failed is not None
    assert failed["restarts"] == 3
    refreshed = rehearsal.wayfare("get", NAME, "--sandbox", "--refresh")
    assert "failed 0/16: its container failed 4 times; the last one said: crashed in the midst" in refreshed.out
    assert f"{STACK}: the cloud holds what the state records" in refreshed.out

    # Whoever takes the set away waits for its pods.
    rehearsal.wayfare("destroy", NAME, "--sandbox", "--yes", "--delete-data")
    assert rehearsal.sandbox.trainings() == []
    kinds = [event["kind"] for event in rehearsal.sandbox.events() if event["token"] == JOB_SET]
    assert kinds.count("began") == 5
    assert kinds.count("told to end") == 1
