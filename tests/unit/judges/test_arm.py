"""Azure's resources in ARM's words."""

from typing import Any

import pytest

from tests.golden.graph import Resource
from tests.judges import arm
from tests.judges.errors import NotConvertible

CLUSTER = {"resourceGroupName": "g", "resourceName": "c"}


def resource(type: str, **inputs: Any) -> Resource:
    return Resource(f"azure-native:{type}", "one", None, frozenset(), (), inputs)


def test_type_and_name_are_the_id_and_its_parts_are_no_properties() -> None:
    made = arm.resource(resource("containerservice:AgentPool", **CLUSTER, agentPoolName="gpu", count=2))
    assert made == {
        "type": "Microsoft.ContainerService/managedClusters/agentPools",
        "apiVersion": "2025-09-01",
        "name": "c/gpu",
        "properties": {"count": 2},
    }


def test_a_part_of_an_id_that_has_no_input_is_in_the_name() -> None:
    made = arm.resource(
        resource(
            "storage:BlobContainer", resourceGroupName="g", accountName="a", containerName="c", publicAccess="None"
        )
    )
    assert made["type"] == "Microsoft.Storage/storageAccounts/blobServices/containers"
    assert made["name"] == "a/default/c"
    assert made["properties"] == {"publicAccess": "None"}


def test_a_resource_group_is_a_resource() -> None:
    made = arm.resource(resource("resources:ResourceGroup", resourceGroupName="g", location="eastus"))
    assert (made["type"], made["name"], made["location"]) == ("Microsoft.Resources/resourceGroups", "g", "eastus")
    assert "properties" not in made


def test_the_envelope_stands_beside_the_properties() -> None:
    made = arm.resource(
        resource(
            "containerservice:ManagedCluster",
            **CLUSTER,
            location="eastus",
            tags={"costCenter": "1"},
            sku={"name": "Base", "tier": "Standard"},
            identity={"type": "UserAssigned", "userAssignedIdentities": ["<Identity i>"]},
            enableRBAC=True,
            apiServerAccessProfile={"authorizedIPRanges": ["192.0.2.0/24"]},
        )
    )
    beside = {key: value for key, value in made.items() if key not in ("type", "apiVersion", "name")}
    assert beside == {
        "location": "eastus",
        "tags": {"costCenter": "1"},
        "sku": {"name": "Base", "tier": "Standard"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {"<Identity i>": {}}},
        "properties": {"enableRBAC": True, "apiServerAccessProfile": {"authorizedIPRanges": ["192.0.2.0/24"]}},
    }


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ({"enableHttpsTrafficOnly": True}, {"supportsHttpsTrafficOnly": True}),
        ({"networkRuleSet": {"defaultAction": "Deny"}}, {"networkAcls": {"defaultAction": "Deny"}}),
    ],
)
def test_what_azure_native_renamed_has_its_name_on_the_wire(given: dict[str, Any], wire: dict[str, Any]) -> None:
    made = arm.resource(resource("storage:StorageAccount", resourceGroupName="g", accountName="a", **given))
    assert made["properties"] == wire


def test_what_a_nested_object_has_under_properties_goes_there() -> None:
    subnets = [{"name": "nodes", "addressPrefix": "10.0.0.0/24"}]
    made = arm.resource(
        resource("network:VirtualNetwork", resourceGroupName="g", virtualNetworkName="v", subnets=subnets)
    )
    assert made["properties"] == {"subnets": [{"name": "nodes", "properties": {"addressPrefix": "10.0.0.0/24"}}]}


def test_an_extension_has_its_scope_beside_its_properties() -> None:
    made = arm.resource(
        resource("authorization:RoleAssignment", scope="<Group g>", roleAssignmentName="r", principalId="p")
    )
    assert (made["type"], made["name"], made["scope"]) == ("Microsoft.Authorization/roleAssignments", "r", "<Group g>")
    assert made["properties"] == {"principalId": "p"}


def test_a_type_without_a_model_has_the_common_envelope() -> None:
    made = arm.resource(
        resource(
            "logic:Workflow",
            resourceGroupName="g",
            workflowName="w",
            location="eastus",
            identity={"type": "SystemAssigned"},
            state="Enabled",
        )
    )
    assert made["identity"] == {"type": "SystemAssigned"}
    assert made["properties"] == {"state": "Enabled"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (resource("insights:Component"), "azure-native:insights:Component has no id in"),
        (resource("network:Subnet", resourceGroupName="g", subnetName="s"), "does not say its virtualNetworkName"),
        (resource("containerservice:ManagedCluster", **CLUSTER, enableRbac=True), "ManagedCluster has no enableRbac"),
        (
            resource("containerservice:ManagedCluster", **CLUSTER, networkProfile={"plugin": "a"}),
            "ManagedCluster.networkProfile: azure-mgmt's .* has no plugin",
        ),
        (resource("containerservice:ManagedCluster", **CLUSTER, dnsPrefix=object()), "a object has no form in JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_converted_is_an_error(row: Resource, said: str) -> None:
    with pytest.raises(NotConvertible, match=said):
        arm.resource(row)
