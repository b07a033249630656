"""The end of a hold, kept by Azure itself: a timer that sets the reservation to zero when its time has come.

Compute has no end date for a capacity reservation, and whoever would give it back may have died. So a Logic App stands
in the cluster's resource group before anything is held (Microsoft, "Schedules for recurring triggers in Azure Logic
Apps workflows": with a start time in the future and no schedule, the first run is at that time). It asks again each
hour, because a single run could meet an outage of Azure, or rights that have not spread: zero set to zero is no change.

The subscription must have the resource provider `Microsoft.Logic` registered: that belongs to the account and not to a
cluster.
"""

from typing import Any

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.account import CONTRIBUTOR, ENDPOINT
from wayfare.components.azure.caller import Caller
from wayfare.components.azure.plan_compute import CapacityPlan, HoldPlan
from wayfare.components.azure.plan_platform import assignment_name

#: Of Compute, in which the provider makes reservations too (azure-native 3.29).
RESERVATIONS_VERSION = "2024-11-01"
SCHEMA = "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#"


def bound(
    name: str,
    plan: CapacityPlan,
    hold: HoldPlan,
    holder: azure.compute.CapacityReservationGroup,
    group: pulumi.Input[str],
    caller: Caller,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """What must stand before machines are held in `holder`.

    Contributor is the least built-in role that may write a reservation ("Azure built-in roles for Compute": Virtual
    Machine Contributor may not). It is given on the reservation's group alone, which holds nothing else.
    """
    path = f"/capacityReservations/{plan.reservation}?api-version={RESERVATIONS_VERSION}"
    timer = azure.logic.Workflow(
        f"{name}-timer",
        workflow_name=hold.workflow,
        resource_group_name=group,
        location=hold.location,
        identity=azure.logic.ManagedServiceIdentityArgs(type=azure.logic.ManagedServiceIdentityType.SYSTEM_ASSIGNED),
        state=azure.logic.WorkflowState.ENABLED,
        definition=definition(hold.until, pulumi.Output.concat(ENDPOINT, holder.id, path)),
        tags=dict(hold.tags),
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=True),
    )
    rights = azure.authorization.RoleAssignment(
        f"{name}-timer-rights",
        role_assignment_name=caller.subscription.apply(lambda known: assignment_name(known, plan.group, "hold")),
        principal_id=timer.identity.apply(_principal),
        principal_type="ServicePrincipal",
        role_definition_id=caller.role(CONTRIBUTOR),
        scope=holder.id,
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=True),
    )
    return [timer, rights]


def definition(until: str, reservation: pulumi.Input[str]) -> dict[str, Any]:
    """A workflow in Logic Apps' own language: from `until` on, each hour, set the reservation at that URL to zero.

    The request is that of Microsoft, "Modify a capacity reservation". The audience is the default one, named.
    """
    return {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "triggers": {
            "hold_ends": {
                "type": "Recurrence",
                "recurrence": {"frequency": "Hour", "interval": 1, "startTime": until},
            }
        },
        "actions": {
            "give_back": {
                "type": "Http",
                "inputs": {
                    "method": "PATCH",
                    "uri": reservation,
                    "body": {"sku": {"capacity": 0}},
                    "authentication": {"type": "ManagedServiceIdentity", "audience": f"{ENDPOINT}/"},
                },
                "runAfter": {},
            }
        },
    }


def _principal(identity: azure.logic.outputs.ManagedServiceIdentityResponse | None) -> str:
    if identity is None:
        raise ValueError("Azure did not say what the timer acts as")
    return identity.principal_id
