"""The accelerators' capacity, held before anything that costs time or money is built."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.caller import Caller
from wayfare.components.azure.hold import bound
from wayfare.components.azure.plan_compute import CapacityPlan


class Capacity(pulumi.ComponentResource):
    """A capacity reservation group with one reservation, where the machine type can be reserved; or one that exists.

    When the pool runs, the reservation is set to zero in place: Azure gives the held machines back, those of the pool
    run on, and group and reservation stay, because a pool cannot change the group that it names (Microsoft: "Remove a
    virtual machine scale set association", "Update the reserved quantity to zero"). Azure ends no reservation by
    itself, so a timer in Azure does, which stands before machines are held and goes after they are given back (`hold`).
    """

    def __init__(
        self,
        name: str,
        plan: CapacityPlan,
        group: pulumi.Input[str],
        caller: Caller,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:Capacity", name, None, opts)
        self.group_id: pulumi.Output[str] | None = None
        if plan.existing is not None:
            self.group_id = pulumi.Output.from_input(plan.existing)
        if plan.reserved:
            self.group_id = self._reserve(name, plan, group, caller)
        self.reservation_id: pulumi.Input[str | None] = self.group_id if plan.quantity else None
        self.register_outputs({"group": self.group_id})

    def _reserve(self, name: str, plan: CapacityPlan, group: pulumi.Input[str], caller: Caller) -> pulumi.Output[str]:
        holder = azure.compute.CapacityReservationGroup(
            f"{name}-group",
            capacity_reservation_group_name=plan.group,
            resource_group_name=group,
            location=plan.location,
            zones=[plan.zone],
            tags=_tags(plan.tags),
            opts=self._child("zones"),
        )
        bounds = [] if plan.hold is None else bound(name, plan, plan.hold, holder, group, caller, self)
        reservation = azure.compute.CapacityReservation(
            f"{name}-reservation",
            capacity_reservation_name=plan.reservation,
            capacity_reservation_group_name=holder.name,
            resource_group_name=group,
            location=plan.location,
            zones=[plan.zone],
            sku=azure.compute.SkuArgs(name=plan.machine_type, capacity=plan.quantity),
            tags=_tags(plan.reservation_tags),
            opts=self._child("zones", "sku.name", after=bounds),
        )
        # The pool names the group and needs the reservation in it.
        return pulumi.Output.all(holder.id, reservation.id).apply(lambda known: known[0])

    def _child(self, *fixed: str, after: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        """Azure changes none of `fixed` in place, and the provider does not know it."""
        return pulumi.ResourceOptions(
            parent=self, depends_on=list(after), delete_before_replace=True, replace_on_changes=list(fixed)
        )


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    return dict(tags)
