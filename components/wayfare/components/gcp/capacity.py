"""The accelerators' capacity, held before anything that costs time or money is built."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.plan_compute import CapacityPlan


class Capacity(pulumi.ComponentResource):
    """A reservation while capacity is held, nothing before and after.

    Machines consume it by themselves. Such a reservation can be deleted while it is consumed, and the machines keep
    running (Compute Engine: "Delete reservations"); one that must be named could not. It also ends by itself.
    """

    def __init__(self, name: str, plan: CapacityPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wayfare:gcp:Capacity", name, None, opts)
        self.reservation = self._reservation(name, plan) if plan.held else None
        self.reservation_id: pulumi.Input[str | None] = None if self.reservation is None else self.reservation.id
        self.register_outputs({"reservationId": self.reservation_id})

    def _reservation(self, name: str, plan: CapacityPlan) -> gcp.compute.Reservation:
        return gcp.compute.Reservation(
            f"{name}-reservation",
            name=plan.name,
            zone=plan.zone,
            description="Held until the cluster's accelerator pool runs",
            specific_reservation_required=False,
            delete_after_duration=gcp.compute.ReservationDeleteAfterDurationArgs(
                seconds=str(plan.delete_after_seconds), nanos=0
            ),
            specific_reservation=gcp.compute.ReservationSpecificReservationArgs(
                count=plan.count,
                instance_properties=gcp.compute.ReservationSpecificReservationInstancePropertiesArgs(
                    machine_type=plan.machine_type,
                    guest_accelerators=[
                        gcp.compute.ReservationSpecificReservationInstancePropertiesGuestAcceleratorArgs(
                            accelerator_type=plan.accelerator_type, accelerator_count=plan.accelerators
                        )
                    ],
                    local_ssds=[
                        gcp.compute.ReservationSpecificReservationInstancePropertiesLocalSsdArgs(
                            disk_size_gb=375, interface="NVME"
                        )
                        for _ in range(plan.local_ssds)
                    ],
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create="20m", delete="20m"),
            ),
        )
