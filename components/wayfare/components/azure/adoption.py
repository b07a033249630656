"""Which id a resource has on Azure whose maker died before it was written down: ids are paths made of names."""

from collections.abc import Mapping, Sequence

from wayfare.components.adoption import Templates, by_template
from wayfare.components.asking import asked
from wayfare.components.azure.account import CLIENT_CONFIG
from wayfare.components.contract import Lost

_GROUP = "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}"
_COMPUTE = f"{_GROUP}/providers/Microsoft.Compute"
_NETWORK = f"{_GROUP}/providers/Microsoft.Network"
_CLUSTERS = f"{_GROUP}/providers/Microsoft.ContainerService/managedClusters/{{resourceName}}"
_IDENTITIES = f"{_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{{resourceName}}"
_ACCOUNTS = f"{_GROUP}/providers/Microsoft.Storage/storageAccounts/{{accountName}}"
_RESERVATIONS = f"{_COMPUTE}/capacityReservationGroups/{{capacityReservationGroupName}}"
_ENDPOINTS = f"{_NETWORK}/privateEndpoints/{{privateEndpointName}}"
_ZONES = f"{_NETWORK}/privateDnsZones/{{privateZoneName}}"
_NETWORKS = f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}"

BY_NAME: Templates = {
    "azure-native:authorization:RoleAssignment": (
        "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}"
    ),
    "azure-native:alertsmanagement:PrometheusRuleGroup": (
        f"{_GROUP}/providers/Microsoft.AlertsManagement/prometheusRuleGroups/{{ruleGroupName}}"
    ),
    "azure-native:authorization:ManagementLockByScope": "{scope}/providers/Microsoft.Authorization/locks/{lockName}",
    "azure-native:compute:CapacityReservation": f"{_RESERVATIONS}/capacityReservations/{{capacityReservationName}}",
    "azure-native:compute:CapacityReservationGroup": _RESERVATIONS,
    "azure-native:containerregistry:Registry": (
        f"{_GROUP}/providers/Microsoft.ContainerRegistry/registries/{{registryName}}"
    ),
    "azure-native:containerservice:AgentPool": f"{_CLUSTERS}/agentPools/{{agentPoolName}}",
    "azure-native:containerservice:ManagedCluster": _CLUSTERS,
    "azure-native:logic:Workflow": f"{_GROUP}/providers/Microsoft.Logic/workflows/{{workflowName}}",
    "azure-native:managedidentity:FederatedIdentityCredential": (
        f"{_IDENTITIES}/federatedIdentityCredentials/{{federatedIdentityCredentialResourceName}}"
    ),
    "azure-native:managedidentity:UserAssignedIdentity": _IDENTITIES,
    "azure-native:monitor:ActionGroup": f"{_GROUP}/providers/Microsoft.Insights/actionGroups/{{actionGroupName}}",
    "azure-native:monitor:AzureMonitorWorkspace": (
        f"{_GROUP}/providers/Microsoft.Monitor/accounts/{{azureMonitorWorkspaceName}}"
    ),
    "azure-native:monitor:DataCollectionEndpoint": (
        f"{_GROUP}/providers/Microsoft.Insights/dataCollectionEndpoints/{{dataCollectionEndpointName}}"
    ),
    "azure-native:monitor:DataCollectionRule": (
        f"{_GROUP}/providers/Microsoft.Insights/dataCollectionRules/{{dataCollectionRuleName}}"
    ),
    "azure-native:monitor:DataCollectionRuleAssociation": (
        "{resourceUri}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{associationName}"
    ),
    "azure-native:monitor:DiagnosticSetting": "{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
    "azure-native:network:NatGateway": f"{_NETWORK}/natGateways/{{natGatewayName}}",
    "azure-native:network:PrivateDnsZoneGroup": f"{_ENDPOINTS}/privateDnsZoneGroups/{{privateDnsZoneGroupName}}",
    "azure-native:network:PrivateEndpoint": _ENDPOINTS,
    "azure-native:network:PublicIPAddress": f"{_NETWORK}/publicIPAddresses/{{publicIpAddressName}}",
    "azure-native:network:Subnet": f"{_NETWORKS}/subnets/{{subnetName}}",
    "azure-native:network:VirtualNetwork": _NETWORKS,
    "azure-native:privatedns:PrivateZone": _ZONES,
    "azure-native:privatedns:VirtualNetworkLink": f"{_ZONES}/virtualNetworkLinks/{{virtualNetworkLinkName}}",
    "azure-native:resources:ResourceGroup": _GROUP,
    "azure-native:storagecache:AmlFilesystem": (
        f"{_GROUP}/providers/Microsoft.StorageCache/amlFilesystems/{{amlFilesystemName}}"
    ),
    "azure-native:storage:BlobServiceProperties": f"{_ACCOUNTS}/blobServices/{{blobServicesName}}",
    "azure-native:storage:BlobContainer": f"{_ACCOUNTS}/blobServices/default/containers/{{containerName}}",
    "azure-native:storage:ManagementPolicy": f"{_ACCOUNTS}/managementPolicies/{{managementPolicyName}}",
    "azure-native:storage:StorageAccount": _ACCOUNTS,
}


async def ids(lost: Sequence[Lost]) -> Mapping[str, str]:
    """By URN, the id of each lost resource that its names and the subscription tell."""
    client = await asked(CLIENT_CONFIG)
    return by_template(BY_NAME, lost, subscription=client["subscriptionId"])
