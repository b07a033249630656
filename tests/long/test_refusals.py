"""What stops, what is tried again and what is refused before anything runs."""

import re
from typing import Any

from tests.engine.rehearsal import Rehearsal

SMALL = "blueprints/serve-small.yaml"
GROUP, CLUSTER = "azure-native:resources:ResourceGroup", "azure-native:containerservice:ManagedCluster"
#: What ends a hold on Azure, as long as there is one.
TIMER = ["serve-small-capacity-timer", "serve-small-capacity-timer-rights"]

DENIED = (
    'Code="AuthorizationFailed" Message="The client \'deploy\' does not have authorization to perform action '
    "'Microsoft.Resources/subscriptions/resourcegroups/write' over scope '/subscriptions/…'.\""
)
UNHEARD_OF = 'Code="OddlyShaped" Message="The cluster is oddly shaped."'
THROTTLED = 'Code="TooManyRequests" Message="The request is being throttled."'


def tried(rehearsal: Rehearsal, expect: int) -> tuple[Any, Any, str]:
    """An `up` of two small nodes in one region of Azure: its result, its one attempt, and what it told."""
    arguments = ("up", SMALL, "--sandbox", "--yes", "--cloud", "azure", "--region", "westeurope", "-o", "json")
    done = rehearsal.wayfare(*arguments, expect=expect)
    assert "Traceback" not in done.err
    result = done.data
    assert result["end"] == ("stopped" if expect else "stands")
    assert result["cleaned_up"] == {}
    (attempt,) = result["attempts"]
    return result, attempt, done.err


def test_an_error_that_is_no_shortage_stops_until_a_person_has_mended_it(rehearsal: Rehearsal) -> None:
    rehearsal.sandbox.fail("azure", GROUP, DENIED)
    _, attempt, told = tried(rehearsal, expect=3)
    assert attempt["failure"]["taken_for"] == "credentials"
    assert DENIED in attempt["failure"]["message"]
    assert DENIED in told
    assert attempt["failure"]["urn"].split("::")[2].endswith(GROUP)

    rehearsal.sandbox.fail("azure", CLUSTER, UNHEARD_OF)
    _, attempt, told = tried(rehearsal, expect=4)
    assert attempt["failure"]["taken_for"] == "unknown"
    assert UNHEARD_OF in attempt["failure"]["message"]
    assert UNHEARD_OF in told
    stack = f"serve-small.azure-{attempt['region']}"
    assert rehearsal.stacks() == [stack]
    (row,) = rehearsal.wayfare("get", "--sandbox", "-o", "json").data["clusters"]
    assert (row["stack"], row["state"]) == (stack, "remains")
    left = {resource["id"]: resource["name"] for resource in rehearsal.sandbox.inventory()["resources"]}
    # Nobody gave the machines back: what ends their hold stays too.
    assert set(TIMER) <= set(left.values())

    # Throttled: tried again at once, in the same place. What was left before has become part of the cluster.
    rehearsal.sandbox.fail("azure", CLUSTER, THROTTLED)
    result, attempt, _ = tried(rehearsal, expect=0)
    assert attempt["failure"] is None
    refused = [event["text"] for event in rehearsal.sandbox.events() if event["kind"] == "refused"]
    assert refused == [DENIED, UNHEARD_OF, THROTTLED]
    there = {resource["id"]: resource["token"] for resource in rehearsal.sandbox.inventory()["resources"]}
    assert sorted(left[id] for id in left.keys() - there.keys()) == TIMER
    assert len([token for token in there.values() if token == CLUSTER]) == 1

    # Azure gives held machines back by setting the reservation to nothing; the pool goes on naming its group.
    recorded = rehearsal.resources(stack)
    (reservation,) = [row for row in recorded if row["type"] == "azure-native:compute:CapacityReservation"]
    assert reservation["outputs"]["sku"]["capacity"] == 0

    # It serves from as many replicas as it has nodes.
    (deployment,) = [row for row in recorded if row["type"] == "kubernetes:apps/v1:Deployment"]
    assert deployment["inputs"]["spec"]["replicas"] == result["outputs"]["nodes"] == 2
    assert [row["token"] for row in rehearsal.sandbox.inventory("serve-small")["kubernetes"]].count(
        "kubernetes:apps/v1:Deployment"
    ) == 1

    # Its bucket holds nothing that cannot be fetched again, so nothing is kept.
    rehearsal.wayfare("destroy", "serve-small", "--sandbox", "--yes")
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}
    assert rehearsal.stacks() == []
    assert rehearsal.settings_files() == []


def test_a_stack_of_the_sandbox_is_refused_without_the_sandbox(rehearsal: Rehearsal) -> None:
    rehearsal.configure(
        "llm-pretrain.aws-us-west-2",
        {
            "wayfare:blueprint": "blueprints/pretrain-h100-16.yaml",
            "wayfare:placement.cloud": "aws",
            "wayfare:placement.region": "us-west-2",
            "wayfare:placement.zone": "us-west-2a",
            "wayfare:placement.machineType": "p5.48xlarge",
            "wayfare:mode": "sandbox",
        },
    )
    # A shell that has lost one word: the same backend and the same providers, and nothing said of a sandbox.
    shell = {key: value for key, value in rehearsal.sandbox_shell.items() if key != "WAYFARE_SANDBOX"}
    for command in (
        ("get",),
        ("destroy", "llm-pretrain", "--yes"),
        ("up", "blueprints/pretrain-h100-16.yaml", "--yes"),
    ):
        done = rehearsal.wayfare(*command, expect=2, shell=shell)
        assert "belongs to the sandbox" in done.err, command
        assert "--sandbox" in done.err, command
        assert "Traceback" not in done.err, command
    assert rehearsal.sandbox.events() == []
    assert rehearsal.stacks() == ["llm-pretrain.aws-us-west-2"]


def test_a_wrong_blueprint_and_an_unasked_question_run_nothing(rehearsal: Rehearsal) -> None:
    wrong = rehearsal.project.root / "blueprints" / "wrong.yaml"
    text = (rehearsal.project.root / SMALL).read_text(encoding="utf-8")
    wrong.write_text(text.replace("nodes: 2", "nodes: none").replace("purchase:", "purchases:"), encoding="utf-8")
    for command in (
        ("validate", str(wrong)),
        ("plan", str(wrong), "--offline"),
        ("up", str(wrong), "--sandbox", "--yes"),
    ):
        done = rehearsal.wayfare(*command, expect=2)
        places = re.findall(r"wrong\.yaml:\d+:\d+: ", done.err)
        assert len(places) >= 4, done.err
        assert "Traceback" not in done.err

    done = rehearsal.wayfare("up", SMALL, "--sandbox", "--cloud", "gcp", expect=2)
    assert "pass --yes" in done.err
    assert rehearsal.sandbox.events() == []
    assert rehearsal.stacks() == []
    assert rehearsal.settings_files() == []
