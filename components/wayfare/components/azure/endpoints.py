"""Private endpoints: the bucket and the registry by addresses of the cluster's network."""

from collections.abc import Sequence

import pulumi
import pulumi_azure_native as azure

from wayfare.components.azure.network import Network
from wayfare.components.azure.plan_platform import EndpointPlan, EndpointsPlan


class Endpoints(pulumi.ComponentResource):
    """For each service an endpoint, and a zone in which its public name leads there. Empty where none is asked for.

    A name that the zone does not have is asked of the internet, so that other accounts with endpoints elsewhere stay
    reachable. A network takes one zone of a name: where an existing network has one linked already, Azure refuses ours.
    """

    def __init__(
        self,
        name: str,
        plan: EndpointsPlan,
        network: Network,
        group: azure.resources.ResourceGroup,
        bucket: pulumi.Input[str],
        registry: pulumi.Input[str] | None,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:Endpoints", name, None, opts)
        self.ready: list[pulumi.Resource] = []
        """What must stand before the services' names lead here."""
        for endpoint, target in ((plan.bucket, bucket), (plan.registry, registry)):
            if endpoint is not None and target is not None and network.endpoints is not None:
                self.ready.append(self._make(name, plan, endpoint, target, network.id, network.endpoints, group, after))
        self.register_outputs({})

    def _make(
        self,
        name: str,
        plan: EndpointsPlan,
        endpoint: EndpointPlan,
        target: pulumi.Input[str],
        network: pulumi.Input[str],
        subnet: pulumi.Input[str],
        group: azure.resources.ResourceGroup,
        after: Sequence[pulumi.Resource],
    ) -> azure.network.PrivateDnsZoneGroup:
        own = f"{name}-{endpoint.service}"
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        zone = azure.privatedns.PrivateZone(
            f"{own}-zone",
            private_zone_name=endpoint.zone,
            resource_group_name=group.name,
            location="global",
            tags=dict(plan.tags),
            opts=child,
        )
        link = azure.privatedns.VirtualNetworkLink(
            f"{own}-link",
            virtual_network_link_name="cluster",
            private_zone_name=zone.name,
            resource_group_name=group.name,
            location="global",
            virtual_network=azure.privatedns.SubResourceArgs(id=network),
            registration_enabled=False,
            resolution_policy=azure.privatedns.ResolutionPolicy.NX_DOMAIN_REDIRECT,
            tags=dict(plan.tags),
            opts=child,
        )
        made = azure.network.PrivateEndpoint(
            f"{own}-endpoint",
            private_endpoint_name=f"wf-{endpoint.service}",
            resource_group_name=group.name,
            location=plan.location,
            subnet=azure.network.SubnetArgs(id=subnet),
            private_link_service_connections=[
                azure.network.PrivateLinkServiceConnectionArgs(
                    name=endpoint.service, private_link_service_id=target, group_ids=[endpoint.service]
                )
            ],
            tags=dict(plan.tags),
            opts=child,
        )
        return azure.network.PrivateDnsZoneGroup(
            f"{own}-names",
            private_dns_zone_group_name="default",
            private_endpoint_name=made.name,
            resource_group_name=group.name,
            private_dns_zone_configs=[
                azure.network.PrivateDnsZoneConfigArgs(name=endpoint.service, private_dns_zone_id=zone.id)
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[link]),
        )
