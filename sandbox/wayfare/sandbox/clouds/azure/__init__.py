"""Azure in the sandbox: what its APIs and its provider do beyond the schema.

Replacements are those that the provider knows: parts of an id, what the API's description marks as fixed, and a few of
its own (`vmSize`). What else Azure does not change, it refuses when asked. The seconds are what creating takes in
practice, rounded.
"""

from collections.abc import Mapping

from wayfare.sandbox.behaviour import Behaviour, ResourceRules
from wayfare.sandbox.clouds.azure import checks, compute, containerservice, faults, names, resources, storage, texts
from wayfare.sandbox.clouds.azure.answers import INVOKES, rest

RULES: Mapping[str, ResourceRules] = {
    names.GROUP: ResourceRules(
        seconds=2,
        delete_seconds=15,
        replace_on=frozenset({"resourceGroupName"}),
        check=checks.group,
        create=resources.group,
    ),
    names.ADDRESS: ResourceRules(
        seconds=5,
        delete_seconds=10,
        replace_on=frozenset({"publicIpAddressName", "publicIPAddressVersion", "publicIPPrefix", "sku"}),
        check=checks.address,
        create=resources.address,
        delete=resources.delete_address,
    ),
    names.GATEWAY: ResourceRules(
        seconds=10,
        delete_seconds=10,
        replace_on=frozenset({"natGatewayName"}),
        check=checks.named,
        create=resources.gateway,
    ),
    names.NETWORK: ResourceRules(
        seconds=5,
        delete_seconds=10,
        replace_on=frozenset({"virtualNetworkName"}),
        check=checks.network,
        create=resources.network,
    ),
    names.SUBNET: ResourceRules(
        seconds=5,
        delete_seconds=10,
        replace_on=frozenset({"subnetName", "virtualNetworkName"}),
        check=checks.subnet,
        create=resources.subnet,
        delete=resources.delete_subnet,
        tags=None,
    ),
    names.IDENTITY: ResourceRules(
        seconds=3, delete_seconds=3, replace_on=frozenset({"resourceName"}), create=resources.identity
    ),
    "azure-native:managedidentity:FederatedIdentityCredential": ResourceRules(
        seconds=3,
        delete_seconds=3,
        replace_on=frozenset({"resourceName", "federatedIdentityCredentialResourceName"}),
        check=checks.federation,
        create=resources.federation,
        tags=None,
    ),
    "azure-native:authorization:RoleAssignment": ResourceRules(
        seconds=5,
        delete_seconds=3,
        replace_on=frozenset({"principalId", "scope", "roleAssignmentName"}),
        check=checks.assignment,
        create=resources.assignment,
        tags=None,
    ),
    names.RESERVATION_GROUP: ResourceRules(
        seconds=3,
        delete_seconds=3,
        replace_on=frozenset({"capacityReservationGroupName"}),
        check=checks.named,
        create=compute.group,
        update=compute.change_group,
        delete=compute.delete_group,
    ),
    names.RESERVATION: ResourceRules(
        seconds=20,
        delete_seconds=10,
        replace_on=frozenset({"capacityReservationGroupName", "capacityReservationName"}),
        check=checks.reservation,
        create=compute.reservation,
        update=compute.change_reservation,
        nodes=compute.reserved,
        delete=compute.delete_reservation,
    ),
    names.CLUSTER: ResourceRules(
        seconds=300,
        delete_seconds=240,
        replace_on=frozenset(
            {
                "resourceName",
                "diskEncryptionSetID",
                "dnsPrefix",
                "fqdnSubdomain",
                "linuxProfile",
                "networkProfile",
                "nodeResourceGroup",
                "windowsProfile",
            }
        ),
        check=checks.cluster,
        create=containerservice.cluster,
    ),
    names.POOL: ResourceRules(
        seconds=180,
        delete_seconds=180,
        replace_on=frozenset({"resourceName", "agentPoolName", "gpuInstanceProfile", "vmSize"}),
        check=checks.pool,
        create=containerservice.pool,
        update=containerservice.change_pool,
        nodes=containerservice.running,
        half_made=True,
    ),
    names.ACCOUNT: ResourceRules(
        seconds=20,
        delete_seconds=5,
        replace_on=frozenset({"accountName", "isHnsEnabled"}),
        check=checks.account,
        create=storage.account,
        delete=storage.delete_account,
    ),
    names.CONTAINER: ResourceRules(
        seconds=2,
        delete_seconds=2,
        replace_on=frozenset({"accountName", "containerName"}),
        check=checks.container,
        create=storage.container,
        delete=storage.delete_container,
        tags=None,
    ),
    "azure-native:storage:ManagementPolicy": ResourceRules(
        seconds=2,
        delete_seconds=2,
        replace_on=frozenset({"accountName", "managementPolicyName"}),
        create=storage.policy,
        tags=None,
    ),
}

BEHAVIOUR = Behaviour(
    package="azure-native",
    rules=RULES,
    invokes=INVOKES,
    stockout=texts.stockout,
    over_quota=texts.over_quota,
    faults=faults.TEXTS,
    account={"subscriptionId": names.SUBSCRIPTION, "tenantId": names.TENANT},
    failed_status="Failed",
    rest=rest,
)
