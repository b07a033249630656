"""Azure in the sandbox: what its APIs and its provider do beyond the schema.

Replacements are those that the provider knows: parts of an id, the location, what the API's description marks as fixed
(`x-ms-mutability`), and its own table, `forceNewMap` in pulumi-azure-native's `provider/pkg/gen/replacement.go`. Since
its pull request 4771 of July 2026 it names a cluster's network property by property. What else Azure does not change,
it refuses when asked. The seconds are what creating takes in practice, rounded.
"""

from collections.abc import Mapping

from wayfare.sandbox.behaviour import Behaviour, ResourceRules
from wayfare.sandbox.clouds.azure import (
    agentpools,
    checks,
    compute,
    containerservice,
    faults,
    identity,
    limits,
    logic,
    names,
    network,
    resources,
    rules_platform,
    storage,
    storagecache,
    texts,
)
from wayfare.sandbox.clouds.azure.answers import INVOKES, rest
from wayfare.sandbox.clouds.azure.reading import reads, writes
from wayfare.sandbox.clouds.kubernetes_drivers import aks_pool_unready

#: Of a cluster's `networkProfile`; the rest of it, load balancer and NAT gateway profile among it, changes in place.
_FIXED_NETWORK = (
    *("dnsServiceIP", "networkDataplane", "networkMode", "networkPlugin", "networkPluginMode", "networkPolicy"),
    *("outboundType", "podCidr", "serviceCidr", "serviceCidrs"),
)

_RULES: Mapping[str, ResourceRules] = {
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
        create=network.address,
        delete=network.delete_address,
    ),
    names.GATEWAY: ResourceRules(
        seconds=10,
        delete_seconds=10,
        replace_on=frozenset({"natGatewayName"}),
        check=checks.gateway,
        create=network.gateway,
        delete=network.delete_gateway,
    ),
    names.NETWORK: ResourceRules(
        seconds=5,
        delete_seconds=10,
        replace_on=frozenset({"virtualNetworkName"}),
        check=checks.network,
        create=network.network,
        delete=network.delete_network,
    ),
    names.SUBNET: ResourceRules(
        seconds=5,
        delete_seconds=10,
        replace_on=frozenset({"subnetName", "virtualNetworkName"}),
        check=checks.subnet,
        create=network.subnet,
        delete=network.delete_subnet,
        tags=None,
    ),
    names.IDENTITY: ResourceRules(
        seconds=3,
        delete_seconds=3,
        replace_on=frozenset({"resourceName"}),
        check=checks.identity,
        create=identity.identity,
    ),
    names.FEDERATION: ResourceRules(
        seconds=3,
        delete_seconds=3,
        replace_on=frozenset({"resourceName", "federatedIdentityCredentialResourceName"}),
        check=checks.federation,
        create=identity.federation,
        tags=None,
    ),
    names.ASSIGNMENT: ResourceRules(
        seconds=5,
        delete_seconds=3,
        replace_on=frozenset({"principalId", "scope", "roleAssignmentName"}),
        check=checks.assignment,
        create=identity.assignment,
        update=identity.change_assignment,
        tags=None,
    ),
    names.RESERVATION_GROUP: ResourceRules(
        seconds=3,
        delete_seconds=3,
        replace_on=frozenset({"capacityReservationGroupName"}),
        check=checks.reservation_group,
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
                "nodeResourceGroup",
                "windowsProfile",
                "agentPoolProfiles.networkProfile.nodePublicIPTags",
                *(f"networkProfile.{name}" for name in _FIXED_NETWORK),
            }
        ),
        check=checks.cluster,
        create=containerservice.cluster,
    ),
    names.POOL: ResourceRules(
        seconds=180,
        delete_seconds=180,
        replace_on=frozenset(
            {"resourceName", "agentPoolName", "gpuInstanceProfile", "vmSize", "networkProfile.nodePublicIPTags"}
        ),
        check=checks.pool,
        create=agentpools.pool,
        update=agentpools.change_pool,
        nodes=agentpools.running,
        half_made=True,
        unready=aks_pool_unready,
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
    names.POLICY: ResourceRules(
        seconds=2,
        delete_seconds=2,
        replace_on=frozenset({"accountName", "managementPolicyName"}),
        check=checks.policy,
        create=storage.policy,
        tags=None,
    ),
    names.WORKFLOW: ResourceRules(
        seconds=5,
        delete_seconds=3,
        replace_on=frozenset({"workflowName"}),
        check=checks.workflow,
        create=logic.workflow,
        update=logic.change_workflow,
        deeds=logic.deeds,
    ),
    names.LUSTRE: ResourceRules(
        seconds=900,
        delete_seconds=600,
        replace_on=frozenset({"amlFilesystemName"}),
        check=checks.lustre,
        create=storagecache.file_system,
        update=storagecache.change_file_system,
    ),
}

RULES: Mapping[str, ResourceRules] = rules_platform.under_locks({**_RULES, **rules_platform.RULES})

BEHAVIOUR = Behaviour(
    package="azure-native",
    rules=RULES,
    invokes=INVOKES,
    stockout=texts.stockout,
    over_quota=texts.over_quota,
    reads=reads,
    writes=writes,
    faults=faults.TEXTS,
    account={"subscriptionId": names.SUBSCRIPTION, "tenantId": names.TENANT},
    failed_status="Failed",
    limits=limits.limits,
    rest=rest,
)
