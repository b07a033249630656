"""The cluster's network: private nodes in every zone of the region, and a way out for images."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.plan import NetworkPlan

#: Names of the subnetwork's secondary ranges.
PODS, SERVICES = "pods", "services"


class Network(pulumi.ComponentResource):
    """A VPC network with one regional subnetwork, private access to Google's APIs, and NAT.

    Subnetworks are regional on Google Cloud, so that a change of zone leaves them as they are. The fabric's own
    networks are made by GKE with the accelerator pool.
    """

    def __init__(self, name: str, plan: NetworkPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wayfare:gcp:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.network = gcp.compute.Network(
            f"{name}-network",
            name=plan.name,
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=child,
        )
        self.subnetwork = gcp.compute.Subnetwork(
            f"{name}-subnetwork",
            name=plan.name,
            region=plan.region,
            network=self.network.id,
            ip_cidr_range=plan.nodes,
            private_ip_google_access=True,
            secondary_ip_ranges=[
                gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=PODS, ip_cidr_range=plan.pods),
                gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=SERVICES, ip_cidr_range=plan.services),
            ],
            opts=child,
        )
        self.router = gcp.compute.Router(
            f"{name}-router", name=plan.name, region=plan.region, network=self.network.id, opts=child
        )
        self.nat = gcp.compute.RouterNat(
            f"{name}-nat",
            name=plan.name,
            region=plan.region,
            router=self.router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                gcp.compute.RouterNatSubnetworkArgs(name=self.subnetwork.id, source_ip_ranges_to_nats=["ALL_IP_RANGES"])
            ],
            log_config=gcp.compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=child,
        )
        self.register_outputs({"networkId": self.network.id})
