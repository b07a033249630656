"""The workflow that gives back reservations whose hold has ended, in the language of Logic Apps."""

from typing import Any

from wayfare.components.azure.hold import RESERVATIONS_VERSION, SCHEMA

_GRAPH_VERSION = "2022-10-01"


def query() -> str:
    """In the language of Azure Resource Graph: reservations that are held past the time in their tag."""
    return (
        "resources | where type =~ 'microsoft.compute/capacityreservationgroups/capacityreservations'"
        " | where isnotempty(tags['wayfare-hold-until']) and todatetime(tags['wayfare-hold-until']) < now()"
        " | where toint(sku.capacity) > 0 | project id"
    )


def definition(endpoint: str, subscription: str) -> dict[str, Any]:
    """Each hour: ask which, and set each of them to zero, one after the other.

    Resource Graph follows changes with a delay of minutes; zero set to zero is no change.
    """
    identity = {"type": "ManagedServiceIdentity", "audience": f"{endpoint}/"}
    return {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "triggers": {"each_hour": {"type": "Recurrence", "recurrence": {"frequency": "Hour", "interval": 1}}},
        "actions": {
            "ask": {
                "type": "Http",
                "inputs": {
                    "method": "POST",
                    "uri": f"{endpoint}/providers/Microsoft.ResourceGraph/resources?api-version={_GRAPH_VERSION}",
                    "body": {
                        "subscriptions": [subscription],
                        "query": query(),
                        "options": {"resultFormat": "objectArray"},
                    },
                    "authentication": identity,
                },
                "runAfter": {},
            },
            "each": {
                "type": "Foreach",
                "foreach": "@body('ask')?['data']",
                "runtimeConfiguration": {"concurrency": {"repetitions": 1}},
                "actions": {
                    "give_back": {
                        "type": "Http",
                        "inputs": {
                            "method": "PATCH",
                            "uri": f"{endpoint}@{{item()['id']}}?api-version={RESERVATIONS_VERSION}",
                            "body": {"sku": {"capacity": 0}},
                            "authentication": identity,
                        },
                        "runAfter": {},
                    }
                },
                "runAfter": {"ask": ["Succeeded"]},
            },
        },
    }
