"""What Azure refuses that the inputs alone tell, each with its path."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.sandbox.azure_store import NC, ND, FakeStore, call
from wayfare.sandbox.behaviour import UNKNOWN
from wayfare.sandbox.clouds.azure import BEHAVIOUR, checks, names


@pytest.mark.parametrize(
    ("check", "inputs", "path"),
    [
        (checks.pool, {"agentPoolName": "GPU"}, "agentPoolName"),
        (checks.pool, {"agentPoolName": "windows1", "osType": "Windows"}, "agentPoolName"),
        (checks.pool, {"spotMaxPrice": -1}, "spotMaxPrice"),
        (checks.pool, {"scaleSetPriority": "Spot", "spotMaxPrice": 0.1234567}, "spotMaxPrice"),
        (checks.pool, {"scaleSetPriority": "spot", "mode": "system"}, "scaleSetPriority"),
        (checks.pool, {"scaleSetPriority": "Spot", "capacityReservationGroupID": "x"}, "capacityReservationGroupID"),
        (checks.pool, {"capacityReservationGroupID": "x", "hostGroupID": "y"}, "hostGroupID"),
        (checks.pool, {"upgradeSettings": {"maxSurge": "0"}}, "upgradeSettings.maxUnavailable"),
        (checks.pool, {"upgradeSettings": {"maxSurge": "2", "maxUnavailable": "1"}}, "upgradeSettings.maxUnavailable"),
        (checks.pool, {"upgradeSettings": {"maxSurge": "some"}}, "upgradeSettings.maxSurge"),
        (checks.pool, {"mode": "System", "upgradeSettings": {"maxUnavailable": "1"}}, "upgradeSettings.maxUnavailable"),
        (checks.pool, {"mode": "System", "count": 0}, "count"),
        (checks.pool, {"enableAutoScaling": True, "minCount": 1}, "maxCount"),
        (checks.pool, {"enableAutoScaling": True, "minCount": 3, "maxCount": 2}, "minCount"),
        (checks.pool, {"vmSize": "Standard_ND96isr_MI300X_v5"}, "gpuProfile.driver"),
        (checks.pool, {"osSKU": "Windows2022", "osType": "Linux"}, "osSKU"),
        (checks.pool, {"type": "AvailabilitySet", "availabilityZones": ["1"]}, "availabilityZones"),
        (checks.pool, {"nodeTaints": ["gpu"]}, "nodeTaints[0]"),
        (checks.reservation, {"sku": {"name": ND, "capacity": 1}}, "sku.name"),
        (checks.reservation, {"sku": {"name": NC}}, "sku"),
        (checks.reservation, {"sku": {"name": NC, "capacity": 1}, "zones": ["1", "2"]}, "zones"),
        (checks.reservation_group, {"zones": ["1", "1"]}, "zones"),
        (checks.account, {"accountName": "Has-Hyphens"}, "accountName"),
        (checks.account, {"tags": {f"t{number}": "" for number in range(16)}}, "tags"),
        (checks.account, {"kind": "BlockBlobStorage", "sku": {"name": "Standard_LRS"}}, "sku.name"),
        (checks.account, {"enableNfsV3": True}, "enableNfsV3"),
        (checks.account, {"encryption": {"keySource": "Microsoft.Keyvault"}}, "encryption.keyVaultProperties"),
        (checks.container, {"containerName": "a--b"}, "containerName"),
        (checks.policy, {"managementPolicyName": "expiry"}, "managementPolicyName"),
        (checks.group, {"resourceGroupName": "ends."}, "resourceGroupName"),
        (checks.group, {"tags": {"azure-team": "x"}}, "tags.azure-team"),
        (checks.network, {"addressSpace": {"addressPrefixes": []}}, "addressSpace.addressPrefixes"),
        (
            checks.network,
            {"addressSpace": {"addressPrefixes": ["10.0.0.0/8", "10.1.0.0/16"]}},
            "addressSpace.addressPrefixes[1]",
        ),
        (checks.network, {"addressSpace": {"addressPrefixes": ["169.254.0.0/16"]}}, "addressSpace.addressPrefixes[0]"),
        (checks.subnet, {"addressPrefix": "10.0.0.0/30"}, "addressPrefix"),
        (checks.address, {"sku": {"name": "Standard"}}, "publicIPAllocationMethod"),
        (checks.address, {"zones": ["1"]}, "zones"),
        (checks.identity, {"resourceName": "a"}, "resourceName"),
        (checks.federation, {"audiences": ["a"], "subject": "s "}, "subject"),
        (checks.assignment, {"roleAssignmentName": "admin"}, "roleAssignmentName"),
        (checks.assignment, {"principalId": "me"}, "principalId"),
        (checks.assignment, {"roleDefinitionId": "Contributor"}, "roleDefinitionId"),
        (checks.assignment, {"scope": "my-group"}, "scope"),
        (checks.cluster, {"agentPoolProfiles": []}, "agentPoolProfiles"),
        (checks.cluster, {"agentPoolProfiles": [{"name": "Sys"}]}, "agentPoolProfiles[0].name"),
        (checks.cluster, {"dnsPrefix": "a", "fqdnSubdomain": "b"}, "fqdnSubdomain"),
        (checks.cluster, {"supportPlan": "AKSLongTermSupport", "sku": {"tier": "Standard"}}, "supportPlan"),
        (
            checks.cluster,
            {"apiServerAccessProfile": {"privateDNSZone": "none"}},
            "apiServerAccessProfile.privateDNSZone",
        ),
        (
            checks.cluster,
            {"autoUpgradeProfile": {"upgradeChannel": "node-image", "nodeOSUpgradeChannel": "SecurityPatch"}},
            "autoUpgradeProfile.nodeOSUpgradeChannel",
        ),
        (
            checks.cluster,
            {"networkProfile": {"serviceCidr": "10.1.0.0/16", "dnsServiceIP": "10.1.0.1"}},
            "networkProfile.dnsServiceIP",
        ),
        (checks.cluster, {"networkProfile": {"serviceCidr": "10.0.0.0/8"}}, "networkProfile.serviceCidr"),
        (
            checks.cluster,
            {
                "networkProfile": {
                    "outboundType": "userDefinedRouting",
                    "loadBalancerProfile": {},
                    "natGatewayProfile": {"a": 1},
                }
            },
            "networkProfile.natGatewayProfile",
        ),
        (
            checks.cluster,
            {"agentPoolProfiles": [{"capacityReservationGroupID": "x"}], "identity": {"type": "SystemAssigned"}},
            "agentPoolProfiles[0].capacityReservationGroupID",
        ),
    ],
)
def test_what_azure_refuses_is_found_before_it_is_asked(check: Any, inputs: Mapping[str, Any], path: str) -> None:
    assert path in {found for found, _ in check(call(FakeStore(), "t", inputs))}


@pytest.mark.parametrize(
    ("sku", "size", "path"),
    [
        ("AMLFS-Durable-Premium-300", 48, "sku.name"),
        ("AMLFS-Durable-Premium-40", 16, "storageCapacityTiB"),
        ("AMLFS-Durable-Premium-125", 24, "storageCapacityTiB"),
        ("AMLFS-Durable-Premium-250", 12, "storageCapacityTiB"),
        ("AMLFS-Durable-Premium-500", 6, "storageCapacityTiB"),
        ("AMLFS-Durable-Premium-500", 12, None),
        ("AMLFS-Durable-Premium-40", 96, None),
    ],
)
def test_lustre_comes_in_the_increments_of_its_throughput(sku: str, size: int, path: str | None) -> None:
    inputs = {
        "sku": {"name": sku},
        "storageCapacityTiB": size,
        "filesystemSubnet": "/subnet",
        "maintenanceWindow": {"dayOfWeek": "Sunday", "timeOfDayUTC": "02:00"},
        "zones": ["1"],
    }
    check = BEHAVIOUR.rules[names.LUSTRE].check
    assert check is not None
    assert [found for found, _ in check(call(FakeStore(), names.LUSTRE, inputs))] == ([path] if path else [])


@pytest.mark.parametrize("more", [{}, {"networkProfile": UNKNOWN, "identity": UNKNOWN, "agentPoolProfiles": UNKNOWN}])
def test_unknown_values_offend_no_rule(more: Mapping[str, Any]) -> None:
    inputs = {
        "agentPoolName": UNKNOWN,
        "nodeTaints": [UNKNOWN],
        "gpuProfile": {"driver": UNKNOWN},
        "enableAutoScaling": UNKNOWN,
        "minCount": 1,
        "scaleSetPriority": UNKNOWN,
        "spotMaxPrice": -1,
        "upgradeSettings": {"maxSurge": UNKNOWN, "maxUnavailable": "0"},
    }
    assert checks.pool(call(FakeStore(), "t", inputs)) == []
    cluster_inputs = {
        "dnsPrefix": UNKNOWN,
        "disableLocalAccounts": True,
        "aadProfile": UNKNOWN,
        "securityProfile": {"workloadIdentity": {"enabled": True}},
        "oidcIssuerProfile": UNKNOWN,
        "identity": {"type": UNKNOWN},
        "agentPoolProfiles": [{"mode": "System", "capacityReservationGroupID": UNKNOWN}],
        "networkProfile": {"serviceCidr": UNKNOWN, "dnsServiceIP": "10.0.0.1", "podCidr": UNKNOWN},
        **more,
    }
    found = [path for path, _ in checks.cluster(call(FakeStore(), "t", cluster_inputs))]
    assert found == (["agentPoolProfiles"] if more else []), "the servicer drops what is said of an unknown value"
