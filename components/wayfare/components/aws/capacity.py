"""The accelerators' capacity: asked for first, and held while the rest is built."""

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.plan_compute import CapacityPlan


class Capacity(pulumi.ComponentResource):
    """A cluster placement group, and an open On-Demand Capacity Reservation in it while capacity is held.

    The launch template does not name the reservation: EC2 puts matching instances into an open one by itself, and they
    go on running as on-demand instances when it is cancelled or ends (EC2 User Guide, "Capacity Reservations").
    """

    def __init__(self, name: str, plan: CapacityPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wayfare:aws:Capacity", name, None, opts)
        self.placement_group: pulumi.Output[str] | None = None
        self.reservation: pulumi.Output[str] | None = None
        arn: pulumi.Output[str] | None = None
        if plan.placement_group is not None:
            # Not deleted before its successor: the old pool is still in it then, and EC2 would refuse.
            group = aws.ec2.PlacementGroup(
                f"{name}-placement",
                name=plan.placement_group,
                strategy="cluster",
                tags=plan.tags,
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.placement_group, arn = group.name, group.arn
        if (held := plan.reservation) is not None:
            reservation = aws.ec2.CapacityReservation(
                f"{name}-reservation",
                availability_zone=held.zone,
                instance_type=held.machine_type,
                instance_platform="Linux/UNIX",
                instance_count=held.nodes,
                instance_match_criteria="open",
                end_date_type="limited",
                end_date=held.end_date,
                placement_group_arn=arn,
                tags=plan.tags,
                # The end is counted from now: a second run would move it on without need.
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, ignore_changes=["endDate"]),
            )
            self.reservation = reservation.id
        self.register_outputs({"placementGroup": self.placement_group, "reservation": self.reservation})
