"""Mistakes that Azure would notice."""

from tests.contract.mistakes_azure_aks import AKS, ELSEWHERE, mistake
from tests.contract.planted import Mistake

_STRANGER = "11111111-2222-4333-8444-555555555555"

_NETWORKS = (
    mistake(
        "a subnet without the NAT gateway that the cluster goes out through",
        "Subnet",
        {"natGateway": ...},
        "",
        "must have a NAT gateway associated for outbound connection",
        refused="control-plane-cluster",
    ),
    mistake(
        "a NAT gateway without an address",
        "NatGateway",
        {"publicIpAddresses": []},
        "",
        "NATGatewayNotAssociatedWithPublicIPOrIPPrefix",
        refused="control-plane-cluster",
    ),
    mistake(
        "a NAT gateway with a Basic address",
        "PublicIPAddress",
        {"sku.name": "Basic"},
        "",
        "of the Basic SKU: it must be Standard",
        refused="network-nat",
    ),
    mistake(
        "a subnet with too few addresses",
        "Subnet",
        {"addressPrefix": "10.64.0.0/28"},
        "",
        "InsufficientSubnetSize",
        refused="accelerator-pool",
    ),
    mistake(
        "a subnet outside of its network",
        "Subnet",
        {"addressPrefix": "10.9.0.0/20"},
        "",
        "NetcfgSubnetRangeOutsideVnet",
    ),
    mistake(
        "a service endpoint of a service that has none",
        "Subnet",
        {"serviceEndpoints[0].service": "Microsoft.Blob"},
        "serviceEndpoints[0].service",
        "is not one of",
    ),
    mistake(
        "a range with an address beyond its prefix",
        "VirtualNetwork",
        {"addressSpace.addressPrefixes[0]": "10.0.0.1/16"},
        "addressSpace.addressPrefixes[0]",
        "the address prefix should be 10.0.0.0/16",
    ),
    mistake(
        "a resource group that is not there",
        "VirtualNetwork",
        {"resourceGroupName": "wf-elsewhere"},
        "",
        "Resource group 'wf-elsewhere' could not be found.",
    ),
)

_DATA = (
    mistake(
        "an account's name with hyphens",
        "StorageAccount",
        {"accountName": "wf-checkpoints"},
        "accountName",
        "does not match",
        name="checkpoints-account",
    ),
    mistake(
        "copies in zones of a kind that has none",
        "StorageAccount",
        {"kind": "BlobStorage", "sku.name": "Standard_ZRS"},
        "sku.name",
        "'Standard_ZRS' is not one of those of BlobStorage",
        name="checkpoints-account",
    ),
    mistake(
        "a public container of an account that forbids it",
        "BlobContainer",
        {"publicAccess": "Blob"},
        "",
        "Public access is not permitted on this storage account.",
    ),
    mistake(
        "two audiences",
        "FederatedIdentityCredential",
        {"audiences[1]": "api://other"},
        "audiences",
        "exactly one audience is allowed",
    ),
    mistake(
        "an issuer without TLS",
        "FederatedIdentityCredential",
        {"issuer": "http://eastus.oic.prod-aks.azure.com/"},
        "issuer",
        "must be an https address",
    ),
    mistake(
        "rights on something that is not there",
        "RoleAssignment",
        {"scope": f"{ELSEWHERE}/Microsoft.Storage/storageAccounts/none"},
        "",
        "Resource group 'wf-elsewhere' could not be found.",
        name="identity-rights",
    ),
    mistake(
        "rights for nobody",
        "RoleAssignment",
        {"principalId": _STRANGER},
        "",
        "PrincipalNotFound",
        name="control-plane-admin",
    ),
    mistake(
        "an identity's rights given as to a person",
        "RoleAssignment",
        {"principalType": "User"},
        "",
        "UnmatchedPrincipalType",
        name="control-plane-rights",
    ),
)

MISTAKES: tuple[Mistake, ...] = (*AKS, *_NETWORKS, *_DATA)
