"""The parallel file system that all nodes mount."""

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.network import Network
from wayfare.components.gcp.plan_compute import SharedStorePlan
from wayfare.components.pods import Volume

_SERVICES = "servicenetworking.googleapis.com"


class SharedStore(pulumi.ComponentResource):
    """A Managed Lustre instance in the accelerators' zone, or nothing where none is asked for.

    Its servers are in a network of Google's, to which the cluster's own network is connected by private services
    access (Managed Lustre: "Configure a VPC network"). Google has one kind of instance: what is to be scratch and what
    is to be durable are the same disks, and differ in what `wayfare destroy` does with them.
    """

    def __init__(
        self,
        name: str,
        plan: SharedStorePlan | None,
        network: Network,
        project: pulumi.Input[str],
        key: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:gcp:SharedStore", name, None, opts)
        self.volumes: Sequence[Volume] = ()
        if plan is not None:
            self.volumes = [self._make(name, plan, network, project, key)]
        self.register_outputs({})

    def _make(
        self,
        name: str,
        plan: SharedStorePlan,
        network: Network,
        project: pulumi.Input[str],
        key: pulumi.Input[str] | None,
    ) -> Volume:
        instance = gcp.lustre.Instance(
            f"{name}-instance",
            instance_id=plan.name,
            location=plan.zone,
            filesystem=plan.filesystem,
            capacity_gib=str(plan.size.capacity_gib),
            per_unit_storage_throughput=str(plan.size.per_tib),
            network=network.network_id,
            kms_key=key,
            deletion_policy="PREVENT" if plan.protected else None,
            labels=dict(plan.labels),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=self._way(name, plan, network),
                # Its name is its zone's; one in the same zone comes after the old one has gone.
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create="90m", update="90m", delete="60m"),
            ),
        )
        return Volume(
            name="shared",
            mount="/shared",
            driver="lustre.csi.storage.gke.io",
            handle=pulumi.Output.concat(project, "/", plan.zone, "/", plan.name),
            attributes={
                "ip": instance.mount_point.apply(lambda point: point.partition("@")[0]),
                "filesystem": plan.filesystem,
            },
            capacity_gib=plan.size.capacity_gib,
        )

    def _way(self, name: str, plan: SharedStorePlan, network: Network) -> list[pulumi.Resource]:
        """Addresses for Google's side, the connection to it, and what lets its servers answer."""
        child = pulumi.ResourceOptions(parent=self)
        first, _, length = plan.range.partition("/")
        range = gcp.compute.GlobalAddress(
            f"{name}-range",
            name=plan.name,
            description="Servers of the shared store",
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=first,
            prefix_length=int(length),
            network=network.network_id,
            labels=dict(plan.labels),
            opts=child,
        )
        connection = gcp.servicenetworking.Connection(
            f"{name}-connection",
            network=network.network_id,
            service=_SERVICES,
            reserved_peering_ranges=[range.name],
            # Google keeps what an instance has left for days, and would not let the connection go until then; nor the
            # network, for as long as the peering is there.
            deletion_policy="REMOVE_PEERING",
            opts=child,
        )
        answers = gcp.compute.Firewall(
            f"{name}-firewall",
            name=plan.name,
            network=network.network_id,
            description="Servers of the shared store answer its clients",
            direction="INGRESS",
            source_ranges=[plan.range],
            allows=[gcp.compute.FirewallAllowArgs(protocol="tcp", ports=[str(plan.port)])],
            opts=child,
        )
        return [connection, answers]
