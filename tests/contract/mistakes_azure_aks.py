"""Mistakes in clusters, pools and reservations that Azure would notice: most of them pass every schema."""

from collections.abc import Mapping
from typing import Any

from tests.contract.planted import Mistake
from tests.golden.cases import INFERENCE, TRAINING
from wayfare.blueprints import CloudName, Purchase
from wayfare.sandbox.clouds.azure.names import group_id

#: Where nothing is.
ELSEWHERE = f"{group_id('wf-elsewhere')}/providers"
_SUBNET = f"{ELSEWHERE}/Microsoft.Network/virtualNetworks/other/subnets/nodes"
_RESERVATIONS = f"{ELSEWHERE}/Microsoft.Compute/capacityReservationGroups/none"


def mistake(
    title: str,
    type: str,
    edits: Mapping[str, Any],
    path: str,
    said: str,
    *,
    name: str = "",
    spot: bool = False,
    blueprint: str = TRAINING,
    refused: str = "",
) -> Mistake:
    """One on Azure, whose placements are those of the golden files."""
    purchase = Purchase.SPOT if spot else Purchase.ON_DEMAND
    return Mistake(
        title=title,
        cloud=CloudName.AZURE,
        type=type,
        edits=edits,
        path=path,
        said=said,
        name=name,
        blueprint=blueprint,
        purchase=purchase,
        refused=refused,
    )


_POOLS = (
    mistake(
        "a pool's name of more than twelve characters",
        "AgentPool",
        {"agentPoolName": "acceleratorpool"},
        "agentPoolName",
        "does not match",
    ),
    mistake(
        "an image that only a later API version has",
        "AgentPool",
        {"osSKU": "Ubuntu2404"},
        "osSKU",
        "'Ubuntu2404' is not one of",
    ),
    mistake(
        "a priority that does not exist", "AgentPool", {"scaleSetPriority": "Low"}, "scaleSetPriority", "is not one of"
    ),
    mistake("a mode with a typing error", "AgentPool", {"mode": "Users"}, "mode", "did you mean 'User'?"),
    mistake(
        "GB200 on the usual image",
        "AgentPool",
        {"vmSize": "Standard_ND128isr_NDR_GB200_v6"},
        "",
        "needs Ubuntu 24.04, and OSSKU Ubuntu is Ubuntu 22.04 with Kubernetes 1.33",
    ),
    mistake(
        "a spot pool with a capacity reservation group",
        "AgentPool",
        {"capacityReservationGroupID": _RESERVATIONS},
        "capacityReservationGroupID",
        "spot machines cannot use a capacity reservation group",
        spot=True,
    ),
    mistake(
        "a spot pool with a surge",
        "AgentPool",
        {"upgradeSettings.maxSurge": "1"},
        "upgradeSettings.maxSurge",
        "Spot pools can't set max surge",
        spot=True,
    ),
    mistake(
        "an eviction policy without spot",
        "AgentPool",
        {"scaleSetEvictionPolicy": "Delete"},
        "scaleSetEvictionPolicy",
        "only if scaleSetPriority is Spot",
    ),
    mistake(
        "a spot price of nothing", "AgentPool", {"spotMaxPrice": 0}, "spotMaxPrice", "-1, or more than 0", spot=True
    ),
    mistake(
        "the autoscaler's bounds without the autoscaler",
        "AgentPool",
        {"minCount": 1},
        "minCount",
        "only if enableAutoScaling is true",
    ),
    mistake(
        "a count beyond the autoscaler's bounds",
        "AgentPool",
        {"enableAutoScaling": True, "minCount": 1, "maxCount": 8},
        "count",
        "is outside of minCount 1 to maxCount 8",
    ),
    mistake(
        "an upgrade that may take no node and add none",
        "AgentPool",
        {"upgradeSettings": {"maxSurge": "0", "maxUnavailable": "0"}},
        "upgradeSettings.maxUnavailable",
        "maxSurge and maxUnavailable cannot both be 0",
    ),
    mistake(
        "a drain of more than a day",
        "AgentPool",
        {"upgradeSettings.drainTimeoutInMinutes": 2000},
        "upgradeSettings.drainTimeoutInMinutes",
        "is more than 1440",
    ),
    mistake(
        "a disk of more than two terabytes", "AgentPool", {"osDiskSizeGB": 4096}, "osDiskSizeGB", "is more than 2048"
    ),
    mistake(
        "a driver for accelerators on a machine without any",
        "AgentPool",
        {"vmSize": "Standard_D4s_v5"},
        "gpuProfile",
        "Standard_D4s_v5 has no GPU",
    ),
    mistake(
        "a zone that the region does not have",
        "AgentPool",
        {"availabilityZones": ["4"]},
        "",
        "AvailabilityZoneNotSupported",
    ),
    mistake(
        "a subnet that is not there",
        "AgentPool",
        {"vnetSubnetID": _SUBNET},
        "",
        "The Resource 'Microsoft.Network/virtualNetworks/other/subnets/nodes' under resource group 'wf-elsewhere'",
    ),
    mistake("a cluster that is not there", "AgentPool", {"resourceName": "wf-other"}, "", "ParentResourceNotFound"),
)

_RESERVED = (
    mistake(
        "a reservation group that is not there",
        "AgentPool",
        {"capacityReservationGroupID": _RESERVATIONS},
        "",
        "ResourceNotFound",
    ),
    mistake(
        "a pool in two zones with a reservation in one",
        "AgentPool",
        {"availabilityZones": ["1", "2"]},
        "",
        "no capacity reservation of that size in zone(s) 2",
        blueprint=INFERENCE,
    ),
    mistake(
        "a reservation of another size than the pool's",
        "CapacityReservation",
        {"sku.name": "Standard_NV36ads_A10_v5"},
        "",
        "no capacity reservation of that size",
        blueprint=INFERENCE,
        refused="accelerator-pool",
    ),
    mistake(
        "a reservation in another zone than its group's",
        "CapacityReservation",
        {"zones": ["2"]},
        "",
        "are not among those of the group",
        blueprint=INFERENCE,
    ),
    mistake(
        "a reservation of a size that cannot be reserved",
        "CapacityReservation",
        {"sku.name": "Standard_ND96isr_H100_v5"},
        "sku.name",
        "capacity reservations do not support",
        blueprint=INFERENCE,
    ),
)

_CLUSTERS = (
    mistake(
        "no local accounts and no directory",
        "ManagedCluster",
        {"aadProfile": ...},
        "disableLocalAccounts",
        "needs a cluster with managed Entra integration",
    ),
    mistake(
        "authorized ranges on a private cluster",
        "ManagedCluster",
        {"apiServerAccessProfile.enablePrivateCluster": True},
        "apiServerAccessProfile.authorizedIPRanges",
        "not supported on private clusters",
    ),
    mistake(
        "a DNS address beyond the services' range",
        "ManagedCluster",
        {"networkProfile.dnsServiceIP": "10.2.0.10"},
        "networkProfile.dnsServiceIP",
        "10.2.0.10 is not in 10.65.0.0/16",
    ),
    mistake(
        "pods over the nodes' range",
        "ManagedCluster",
        {"networkProfile.podCidr": "10.64.0.0/16"},
        "",
        "The specified pod CIDR 10.64.0.0/16 is conflicted with an existing subnet CIDR 10.64.0.0/20",
    ),
    mistake(
        "services over the nodes' range",
        "ManagedCluster",
        {"networkProfile.serviceCidr": "10.64.0.0/16", "networkProfile.dnsServiceIP": "10.64.0.10"},
        "",
        "ServiceCidrOverlapExistingSubnetsCidr",
    ),
    mistake(
        "a range that AKS keeps for itself",
        "ManagedCluster",
        {"networkProfile.podCidr": "172.30.0.0/16"},
        "networkProfile.podCidr",
        "which AKS reserves",
    ),
    mistake(
        "Cilium's policies on another data plane",
        "ManagedCluster",
        {"networkProfile.networkDataplane": "azure"},
        "networkProfile.networkPolicy",
        "cilium needs networkDataplane 'cilium'",
    ),
    mistake(
        "a load balancer that has no NAT gateway beside it",
        "ManagedCluster",
        {"networkProfile.loadBalancerSku": "basic"},
        "networkProfile.loadBalancerSku",
        "UnexpectedLoadBalancerSkuForCurrentOutboundConfiguration",
    ),
    mistake(
        "a NAT gateway of one's own without a network of one's own",
        "ManagedCluster",
        {"agentPoolProfiles[0].vnetSubnetID": ...},
        "agentPoolProfiles[0].vnetSubnetID",
        "is not using custom VNet, which is not allowed",
    ),
    mistake(
        "no system pool",
        "ManagedCluster",
        {"agentPoolProfiles[0].mode": "User"},
        "agentPoolProfiles",
        "Must define at least one system pool.",
    ),
    mistake(
        "a burstable system pool",
        "ManagedCluster",
        {"agentPoolProfiles[0].vmSize": "Standard_B4ms"},
        "agentPoolProfiles[0].vmSize",
        "B series VMs are not supported for system node pools",
    ),
    mistake(
        "workload identity without an issuer",
        "ManagedCluster",
        {"oidcIssuerProfile": ...},
        "securityProfile.workloadIdentity",
        "needs oidcIssuerProfile.enabled",
    ),
    mistake(
        "the nodes' resource group is the cluster's",
        "ManagedCluster",
        {"nodeResourceGroup": "same", "resourceGroupName": "same"},
        "nodeResourceGroup",
        "must be another one",
    ),
    mistake(
        "a cluster that acts as an identity that is not there",
        "ManagedCluster",
        {"identity.userAssignedIdentities[0]": f"{ELSEWHERE}/Microsoft.ManagedIdentity/userAssignedIdentities/x"},
        "",
        "ResourceNotFound",
    ),
)

AKS: tuple[Mistake, ...] = (*_POOLS, *_RESERVED, *_CLUSTERS)
