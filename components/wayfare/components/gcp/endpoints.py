"""Google's APIs at an address of the cluster's own network."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.network import Network
from wayfare.components.gcp.plan_platform import EndpointsPlan, ZonePlan


class Endpoints(pulumi.ComponentResource):
    """A Private Service Connect endpoint for the bucket, the registry and all other APIs; nothing without a plan.

    The names of Google's APIs lead to it in this network alone, so that no client has to be told.
    """

    def __init__(
        self, name: str, plan: EndpointsPlan | None, network: Network, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("wayfare:gcp:Endpoints", name, None, opts)
        if plan is not None:
            rule = self._endpoint(name, plan, network)
            for zone in plan.zones:
                self._zone(name, plan, zone, network, rule)
        self.register_outputs({})

    def _endpoint(self, name: str, plan: EndpointsPlan, network: Network) -> gcp.compute.GlobalForwardingRule:
        address = gcp.compute.GlobalAddress(
            f"{name}-address",
            name=plan.name,
            address=plan.address,
            address_type="INTERNAL",
            purpose="PRIVATE_SERVICE_CONNECT",
            network=network.network_id,
            labels=dict(plan.labels),
            # It must lie outside of every subnetwork, and so comes after ours.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[network]),
        )
        return gcp.compute.GlobalForwardingRule(
            f"{name}-rule",
            name=plan.rule,
            target=plan.bundle,
            ip_address=address.id,
            network=network.network_id,
            # An endpoint for Google's APIs is no load balancer: the provider wants it said by an empty text.
            load_balancing_scheme="",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _zone(
        self,
        name: str,
        plan: EndpointsPlan,
        zone: ZonePlan,
        network: Network,
        rule: gcp.compute.GlobalForwardingRule,
    ) -> None:
        label = zone.domain.rstrip(".").replace(".", "-")
        made = gcp.dns.ManagedZone(
            f"{name}-{label}",
            name=zone.name,
            dns_name=zone.domain,
            description="Google's APIs by the cluster's private endpoint",
            visibility="private",
            private_visibility_config=gcp.dns.ManagedZonePrivateVisibilityConfigArgs(
                networks=[
                    gcp.dns.ManagedZonePrivateVisibilityConfigNetworkArgs(
                        network_url=pulumi.Output.from_input(network.network_id)
                    )
                ]
            ),
            labels=dict(plan.labels),
            # A name must lead nowhere before there is something to lead to.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[rule]),
        )
        child = pulumi.ResourceOptions(parent=self)
        gcp.dns.RecordSet(
            f"{name}-{label}-address",
            managed_zone=made.name,
            name=zone.domain,
            type="A",
            ttl=plan.ttl_seconds,
            rrdatas=[plan.address],
            opts=child,
        )
        gcp.dns.RecordSet(
            f"{name}-{label}-names",
            managed_zone=made.name,
            name=f"*.{zone.domain}",
            type="CNAME",
            ttl=plan.ttl_seconds,
            rrdatas=[zone.domain],
            opts=child,
        )
