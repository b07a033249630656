"""Mistakes that Azure would notice: most of them pass every schema, the SDK's and the API's."""

from collections.abc import Mapping
from typing import Any

from tests.contract.planted import Mistake
from tests.golden.cases import INFERENCE, TRAINING
from wayfare.blueprints import CloudName, Purchase
from wayfare.sandbox.clouds.azure.names import group_id

_ELSEWHERE = f"{group_id('wf-elsewhere')}/providers"
_SUBNET = f"{_ELSEWHERE}/Microsoft.Network/virtualNetworks/other/subnets/nodes"
_RESERVATIONS = f"{_ELSEWHERE}/Microsoft.Compute/capacityReservationGroups/none"
_STRANGER = "11111111-2222-4333-8444-555555555555"


def _mistake(
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
    _mistake(
        "a pool's name of more than twelve characters",
        "AgentPool",
        {"agentPoolName": "acceleratorpool"},
        "agentPoolName",
        "does not match",
    ),
    _mistake(
        "an image that only a later API version has",
        "AgentPool",
        {"osSKU": "Ubuntu2404"},
        "osSKU",
        "'Ubuntu2404' is not one of",
    ),
    _mistake(
        "a priority that does not exist", "AgentPool", {"scaleSetPriority": "Low"}, "scaleSetPriority", "is not one of"
    ),
    _mistake("a mode with a typing error", "AgentPool", {"mode": "Users"}, "mode", "did you mean 'User'?"),
    _mistake(
        "GB200 on the usual image",
        "AgentPool",
        {"vmSize": "Standard_ND128isr_NDR_GB200_v6"},
        "osSKU",
        "needs Ubuntu2404",
    ),
    _mistake(
        "a spot pool with a capacity reservation group",
        "AgentPool",
        {"capacityReservationGroupID": _RESERVATIONS},
        "capacityReservationGroupID",
        "spot machines cannot use a capacity reservation group",
        spot=True,
    ),
    _mistake(
        "a spot pool with a surge",
        "AgentPool",
        {"upgradeSettings.maxSurge": "1"},
        "upgradeSettings.maxSurge",
        "Spot pools can't set max surge",
        spot=True,
    ),
    _mistake(
        "an eviction policy without spot",
        "AgentPool",
        {"scaleSetEvictionPolicy": "Delete"},
        "scaleSetEvictionPolicy",
        "only if scaleSetPriority is Spot",
    ),
    _mistake(
        "a spot price of nothing", "AgentPool", {"spotMaxPrice": 0}, "spotMaxPrice", "-1, or more than 0", spot=True
    ),
    _mistake(
        "the autoscaler's bounds without the autoscaler",
        "AgentPool",
        {"minCount": 1},
        "minCount",
        "only if enableAutoScaling is true",
    ),
    _mistake(
        "a count beyond the autoscaler's bounds",
        "AgentPool",
        {"enableAutoScaling": True, "minCount": 1, "maxCount": 8},
        "count",
        "is outside of minCount 1 to maxCount 8",
    ),
    _mistake(
        "an upgrade that may take no node and add none",
        "AgentPool",
        {"upgradeSettings": {"maxSurge": "0", "maxUnavailable": "0"}},
        "upgradeSettings.maxUnavailable",
        "maxSurge and maxUnavailable cannot both be 0",
    ),
    _mistake(
        "a drain of more than a day",
        "AgentPool",
        {"upgradeSettings.drainTimeoutInMinutes": 2000},
        "upgradeSettings.drainTimeoutInMinutes",
        "is more than 1440",
    ),
    _mistake(
        "a disk of more than two terabytes", "AgentPool", {"osDiskSizeGB": 4096}, "osDiskSizeGB", "is more than 2048"
    ),
    _mistake(
        "a driver for accelerators on a machine without any",
        "AgentPool",
        {"vmSize": "Standard_D4s_v5"},
        "gpuProfile",
        "Standard_D4s_v5 has no GPU",
    ),
    _mistake(
        "a zone that the region does not have",
        "AgentPool",
        {"availabilityZones": ["4"]},
        "",
        "AvailabilityZoneNotSupported",
    ),
    _mistake(
        "a subnet that is not there",
        "AgentPool",
        {"vnetSubnetID": _SUBNET},
        "",
        "The Resource 'Microsoft.Network/virtualNetworks/other/subnets/nodes' under resource group 'wf-elsewhere'",
    ),
    _mistake("a cluster that is not there", "AgentPool", {"resourceName": "wf-other"}, "", "ParentResourceNotFound"),
)

_RESERVED = (
    _mistake(
        "a reservation group that is not there",
        "AgentPool",
        {"capacityReservationGroupID": _RESERVATIONS},
        "",
        "ResourceNotFound",
    ),
    _mistake(
        "a pool in two zones with a reservation in one",
        "AgentPool",
        {"availabilityZones": ["1", "2"]},
        "",
        "no capacity reservation of that size in zone(s) 2",
        blueprint=INFERENCE,
    ),
    _mistake(
        "a reservation of another size than the pool's",
        "CapacityReservation",
        {"sku.name": "Standard_NV36ads_A10_v5"},
        "",
        "no capacity reservation of that size",
        blueprint=INFERENCE,
        refused="accelerator-pool",
    ),
    _mistake(
        "a reservation in another zone than its group's",
        "CapacityReservation",
        {"zones": ["2"]},
        "",
        "are not among those of the group",
        blueprint=INFERENCE,
    ),
    _mistake(
        "a reservation of a size that cannot be reserved",
        "CapacityReservation",
        {"sku.name": "Standard_ND96isr_H100_v5"},
        "sku.name",
        "capacity reservations do not support",
        blueprint=INFERENCE,
    ),
)

_CLUSTERS = (
    _mistake(
        "no local accounts and no directory",
        "ManagedCluster",
        {"aadProfile": ...},
        "disableLocalAccounts",
        "needs a cluster with managed Entra integration",
    ),
    _mistake(
        "authorized ranges on a private cluster",
        "ManagedCluster",
        {"apiServerAccessProfile.enablePrivateCluster": True},
        "apiServerAccessProfile.authorizedIPRanges",
        "not supported on private clusters",
    ),
    _mistake(
        "a DNS address beyond the services' range",
        "ManagedCluster",
        {"networkProfile.dnsServiceIP": "10.2.0.10"},
        "networkProfile.dnsServiceIP",
        "10.2.0.10 is not in 10.1.0.0/16",
    ),
    _mistake(
        "pods over the nodes' range",
        "ManagedCluster",
        {"networkProfile.podCidr": "10.0.0.0/16"},
        "",
        "The specified pod CIDR 10.0.0.0/16 is conflicted with an existing subnet CIDR 10.0.0.0/20",
    ),
    _mistake(
        "services over the nodes' range",
        "ManagedCluster",
        {"networkProfile.serviceCidr": "10.0.0.0/16", "networkProfile.dnsServiceIP": "10.0.0.10"},
        "",
        "ServiceCidrOverlapExistingSubnetsCidr",
    ),
    _mistake(
        "a range that AKS keeps for itself",
        "ManagedCluster",
        {"networkProfile.podCidr": "172.30.0.0/16"},
        "networkProfile.podCidr",
        "which AKS reserves",
    ),
    _mistake(
        "Cilium's policies on another data plane",
        "ManagedCluster",
        {"networkProfile.networkDataplane": "azure"},
        "networkProfile.networkPolicy",
        "cilium needs networkDataplane 'cilium'",
    ),
    _mistake(
        "a load balancer that has no NAT gateway beside it",
        "ManagedCluster",
        {"networkProfile.loadBalancerSku": "basic"},
        "networkProfile.loadBalancerSku",
        "UnexpectedLoadBalancerSkuForCurrentOutboundConfiguration",
    ),
    _mistake(
        "a NAT gateway of one's own without a network of one's own",
        "ManagedCluster",
        {"agentPoolProfiles[0].vnetSubnetID": ...},
        "agentPoolProfiles[0].vnetSubnetID",
        "is not using custom VNet, which is not allowed",
    ),
    _mistake(
        "no system pool",
        "ManagedCluster",
        {"agentPoolProfiles[0].mode": "User"},
        "agentPoolProfiles",
        "Must define at least one system pool.",
    ),
    _mistake(
        "a burstable system pool",
        "ManagedCluster",
        {"agentPoolProfiles[0].vmSize": "Standard_B4ms"},
        "agentPoolProfiles[0].vmSize",
        "B series VMs are not supported for system node pools",
    ),
    _mistake(
        "workload identity without an issuer",
        "ManagedCluster",
        {"oidcIssuerProfile": ...},
        "securityProfile.workloadIdentity",
        "needs oidcIssuerProfile.enabled",
    ),
    _mistake(
        "the nodes' resource group is the cluster's",
        "ManagedCluster",
        {"nodeResourceGroup": "same", "resourceGroupName": "same"},
        "nodeResourceGroup",
        "must be another one",
    ),
    _mistake(
        "a cluster that acts as an identity that is not there",
        "ManagedCluster",
        {"identity.userAssignedIdentities[0]": f"{_ELSEWHERE}/Microsoft.ManagedIdentity/userAssignedIdentities/x"},
        "",
        "ResourceNotFound",
    ),
)

_NETWORKS = (
    _mistake(
        "a subnet without the NAT gateway that the cluster goes out through",
        "Subnet",
        {"natGateway": ...},
        "",
        "must have a NAT gateway associated for outbound connection",
        refused="control-plane-cluster",
    ),
    _mistake(
        "a NAT gateway without an address",
        "NatGateway",
        {"publicIpAddresses": []},
        "",
        "NATGatewayNotAssociatedWithPublicIPOrIPPrefix",
        refused="control-plane-cluster",
    ),
    _mistake(
        "a NAT gateway with a Basic address",
        "PublicIPAddress",
        {"sku.name": "Basic"},
        "",
        "of the Basic SKU: it must be Standard",
        refused="network-nat",
    ),
    _mistake(
        "a subnet with too few addresses",
        "Subnet",
        {"addressPrefix": "10.0.0.0/28"},
        "",
        "InsufficientSubnetSize",
        refused="accelerator-pool",
    ),
    _mistake(
        "a subnet outside of its network",
        "Subnet",
        {"addressPrefix": "10.9.0.0/20"},
        "",
        "NetcfgSubnetRangeOutsideVnet",
    ),
    _mistake(
        "a service endpoint of a service that has none",
        "Subnet",
        {"serviceEndpoints[0].service": "Microsoft.Blob"},
        "serviceEndpoints[0].service",
        "is not one of",
    ),
    _mistake(
        "a range with an address beyond its prefix",
        "VirtualNetwork",
        {"addressSpace.addressPrefixes[0]": "10.0.0.1/16"},
        "addressSpace.addressPrefixes[0]",
        "the address prefix should be 10.0.0.0/16",
    ),
    _mistake(
        "a resource group that is not there",
        "VirtualNetwork",
        {"resourceGroupName": "wf-elsewhere"},
        "",
        "Resource group 'wf-elsewhere' could not be found.",
    ),
)

_DATA = (
    _mistake(
        "an account's name with hyphens",
        "StorageAccount",
        {"accountName": "wf-checkpoints"},
        "accountName",
        "does not match",
    ),
    _mistake(
        "copies in zones of a kind that has none",
        "StorageAccount",
        {"kind": "BlobStorage", "sku.name": "Standard_ZRS"},
        "sku.name",
        "'Standard_ZRS' is not one of those of BlobStorage",
    ),
    _mistake(
        "a public container of an account that forbids it",
        "BlobContainer",
        {"publicAccess": "Blob"},
        "",
        "Public access is not permitted on this storage account.",
    ),
    _mistake(
        "two audiences",
        "FederatedIdentityCredential",
        {"audiences[1]": "api://other"},
        "audiences",
        "exactly one audience is allowed",
    ),
    _mistake(
        "an issuer without TLS",
        "FederatedIdentityCredential",
        {"issuer": "http://eastus.oic.prod-aks.azure.com/"},
        "issuer",
        "must be an https address",
    ),
    _mistake(
        "rights on something that is not there",
        "RoleAssignment",
        {"scope": f"{_ELSEWHERE}/Microsoft.Storage/storageAccounts/none"},
        "",
        "Resource group 'wf-elsewhere' could not be found.",
        name="identity-rights",
    ),
    _mistake(
        "rights for nobody",
        "RoleAssignment",
        {"principalId": _STRANGER},
        "",
        "PrincipalNotFound",
        name="control-plane-admin",
    ),
    _mistake(
        "an identity's rights given as to a person",
        "RoleAssignment",
        {"principalType": "User"},
        "",
        "UnmatchedPrincipalType",
        name="control-plane-rights",
    ),
)

MISTAKES: tuple[Mistake, ...] = (*_POOLS, *_RESERVED, *_CLUSTERS, *_NETWORKS, *_DATA)
