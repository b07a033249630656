"""A hold on Azure whose maker died: it ends there by itself, and the next `up` holds again and gives back."""

from typing import Any

from tests.engine.rehearsal import Rehearsal

UP = ("up", "blueprints/serve-small.yaml", "--sandbox", "--yes", "--cloud", "azure", "--region", "westeurope")
NETWORK = "azure-native:network:VirtualNetwork"
TIMER, RESERVATION = "azure-native:logic:Workflow", "azure-native:compute:CapacityReservation"


def types(rows: list[dict[str, Any]]) -> set[str]:
    return {row["token"] for row in rows}


def held(rehearsal: Rehearsal) -> int:
    """Machines in use or held in the region."""
    return sum(row["inUse"] for row in rehearsal.sandbox.capacity() if row["region"] == "westeurope")


def test_what_is_held_ends_and_is_held_again(rehearsal: Rehearsal) -> None:
    rehearsal.sandbox.fail("azure", NETWORK, dead=True)
    rehearsal.wayfare(*UP, expect=None)
    assert {TIMER, RESERVATION} <= types(rehearsal.sandbox.inventory("serve-small")["resources"])
    assert held(rehearsal) == 2

    assert "the sandbox's time is 2026-01-01T02:" in rehearsal.wayfare("sandbox", "pass", "2h").out
    assert held(rehearsal) == 0
    (ended,) = (row for row in rehearsal.sandbox.events() if row["kind"] == "updated")
    assert ended["token"] == RESERVATION
    assert ended["text"].endswith("/providers/Microsoft.Logic/workflows/capacity-hold")

    rehearsal.wayfare("sandbox", "start")
    rehearsal.wayfare(*UP)
    assert held(rehearsal) == 2
    left = types(rehearsal.sandbox.inventory("serve-small")["resources"])
    assert RESERVATION in left
    assert TIMER not in left
    # The timer goes last, when nothing is held any more.
    told = [(row["kind"], row["token"]) for row in rehearsal.sandbox.events()]
    assert told.index(("delete", TIMER)) > len(told) - 1 - told[::-1].index(("updated", RESERVATION))
    (stack,) = rehearsal.stacks()
    (reservation,) = (row for row in rehearsal.resources(stack) if row["type"] == RESERVATION)
    assert reservation["inputs"]["sku"]["capacity"] == 0

    rehearsal.wayfare("destroy", "serve-small", "--sandbox", "--yes")
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}
