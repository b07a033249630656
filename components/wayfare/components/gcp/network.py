"""The cluster's network: private nodes in every zone of the region, and a way out for images."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.plan_platform import ExistingNetworkPlan, NetworkPlan


class Network(pulumi.ComponentResource):
    """A VPC network with one regional subnetwork, private access to Google's APIs, and NAT; or one that exists already.

    Subnetworks are regional on Google Cloud, so that a change of zone leaves them as they are. The fabric's own
    networks are made by GKE with the accelerator pool.
    """

    def __init__(
        self, name: str, plan: NetworkPlan | ExistingNetworkPlan, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("wayfare:gcp:Network", name, None, opts)
        self.network_id: pulumi.Input[str]
        self.subnetwork_id: pulumi.Input[str]
        self.pods_range, self.services_range = plan.pods_range, plan.services_range
        if isinstance(plan, ExistingNetworkPlan):
            self.network_id, self.subnetwork_id = plan.network, plan.subnetwork
        else:
            self.network_id, self.subnetwork_id = self._made(name, plan)
        self.register_outputs({"networkId": self.network_id})

    def _made(self, name: str, plan: NetworkPlan) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        child = pulumi.ResourceOptions(parent=self)
        network = gcp.compute.Network(
            f"{name}-network",
            name=plan.name,
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=child,
        )
        subnetwork = gcp.compute.Subnetwork(
            f"{name}-subnetwork",
            name=plan.name,
            region=plan.region,
            network=network.id,
            ip_cidr_range=plan.nodes,
            private_ip_google_access=True,
            # A sample of the flows, in the project's log (VPC: "Configure VPC Flow Logs").
            log_config=gcp.compute.SubnetworkLogConfigArgs(
                aggregation_interval="INTERVAL_10_MIN", flow_sampling=0.1, metadata="EXCLUDE_ALL_METADATA"
            ),
            secondary_ip_ranges=[
                gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=plan.pods_range, ip_cidr_range=plan.pods),
                gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=plan.services_range, ip_cidr_range=plan.services),
            ],
            opts=child,
        )
        router = gcp.compute.Router(
            f"{name}-router", name=plan.name, region=plan.region, network=network.id, opts=child
        )
        gcp.compute.RouterNat(
            f"{name}-nat",
            name=plan.name,
            region=plan.region,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                gcp.compute.RouterNatSubnetworkArgs(name=subnetwork.id, source_ip_ranges_to_nats=["ALL_IP_RANGES"])
            ],
            log_config=gcp.compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=child,
        )
        return network.id, subnetwork.id
