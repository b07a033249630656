"""Limits of single values that documentation states and no model carries."""

from collections.abc import Mapping

from wayfare.sandbox.behaviour import Limit, Limits
from wayfare.sandbox.clouds.azure import names

_AKS = "AKS REST API 2025-09-01"
_LIMITS = "Microsoft, Azure subscription and service limits"


def _range(source: str, least: float, most: float) -> Limit:
    return Limit(source, least=least, most=most)


#: Of a pool, whether it is a resource or a part of its cluster.
_POOL: Limits = {
    "count": _range(f"{_AKS}, AgentPool.count", 0, 1000),
    "minCount": _range(f"{_AKS}, AgentPool.minCount", 0, 1000),
    "maxCount": _range(f"{_AKS}, AgentPool.maxCount", 0, 1000),
    "maxPods": _range("Microsoft, Configure maximum pods per node in AKS", 10, 250),
    "osDiskSizeGB": _range(f"{_AKS}, AgentPool.osDiskSizeGB", 0, 2048),
    "upgradeSettings.drainTimeoutInMinutes": _range(f"{_AKS}, AgentPoolUpgradeSettings", 1, 1440),
    "upgradeSettings.nodeSoakDurationInMinutes": _range(f"{_AKS}, AgentPoolUpgradeSettings", 0, 30),
}

LIMITS: Mapping[str, Limits] = {
    names.POOL: _POOL,
    names.CLUSTER: {
        **{f"agentPoolProfiles.{path}": limit for path, limit in _POOL.items()},
        "agentPoolProfiles": Limit("Microsoft, AKS quotas: node pools per cluster", longest=100),
        "networkProfile.loadBalancerProfile.allocatedOutboundPorts": _range(_AKS, 0, 64000),
        "networkProfile.loadBalancerProfile.idleTimeoutInMinutes": _range(_AKS, 4, 120),
        "networkProfile.loadBalancerProfile.managedOutboundIPs.count": _range(_AKS, 1, 100),
        "networkProfile.natGatewayProfile.idleTimeoutInMinutes": _range(_AKS, 4, 120),
        "networkProfile.natGatewayProfile.managedOutboundIPProfile.count": _range(_AKS, 1, 16),
    },
    names.ADDRESS: {
        "idleTimeoutInMinutes": _range("Microsoft, Public IP addresses: idle timeout", 4, 30),
        "zones[]": Limit("Microsoft, Availability zones", pattern="[1-9]"),
    },
    names.GATEWAY: {
        "idleTimeoutInMinutes": _range("Microsoft, Azure NAT Gateway resource: TCP idle timeout", 4, 120),
        "publicIpAddresses": Limit("Microsoft, Azure NAT Gateway resource: public IPs", longest=16),
        "zones": Limit("Microsoft, NAT gateway and availability zones: one zone or none", longest=1),
        "zones[]": Limit("Microsoft, Availability zones", pattern="[1-9]"),
    },
    names.NETWORK: {"flowTimeoutInMinutes": _range("Microsoft, Virtual network flow timeout", 4, 30)},
    names.FEDERATION: {
        "issuer": Limit("Microsoft, Important considerations for federated identity credentials", longest=600),
        "subject": Limit("Microsoft, Important considerations for federated identity credentials", longest=600),
    },
    names.ASSIGNMENT: {
        "conditionVersion": Limit("azure-mgmt RoleAssignmentCreateParameters", values=("2.0",)),
        "description": Limit(_LIMITS, longest=1024),
    },
    names.WORKFLOW: {
        "identity.type": Limit(
            "azure-native ManagedServiceIdentityType", values=("SystemAssigned", "UserAssigned", "None"), any_case=True
        ),
        "state": Limit(
            "azure-native WorkflowState",
            values=("NotSpecified", "Completed", "Enabled", "Disabled", "Deleted", "Suspended"),
            any_case=True,
        ),
    },
    names.ACCOUNT: {
        "networkRuleSet.ipRules": Limit("Microsoft, Storage firewall rules: at most 400", longest=400),
        "networkRuleSet.virtualNetworkRules": Limit("Microsoft, Storage firewall rules: at most 400", longest=400),
    },
    names.POLICY: {
        "policy.rules": Limit("Microsoft, Lifecycle management: at most 100 rules", shortest=1, longest=100),
        "policy.rules.definition.filters.blobTypes[]": Limit(
            "azure-mgmt ManagementPolicyFilter.blobTypes", values=("blockBlob", "appendBlob"), any_case=True
        ),
        "policy.rules.definition.filters.prefixMatch": Limit(
            "Microsoft, Lifecycle management: at most 10 prefixes", longest=10
        ),
    },
}
