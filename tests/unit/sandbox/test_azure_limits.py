"""Limits from the azure-mgmt models: what they cover, and that they fit the API versions that the SDK speaks."""

from typing import Any

import pytest

from tests.golden.cases import INFERENCE, TRAINING, declared
from wayfare.blueprints import CloudName
from wayfare.components.contract import Holding
from wayfare.sandbox import limits as held
from wayfare.sandbox.clouds.azure import BEHAVIOUR, documented, limits, names, sdk

#: Parts of a resource's URL, which no body has; rules hold them (`checks`).
URL = {"resourceGroupName", "resourceName", "roleAssignmentName", "federatedIdentityCredentialResourceName"}
#: One model nests `pool.id` where azure-native has `id`.
OTHERWISE = "ipamPoolPrefixAllocations.id"


def test_every_type_that_the_components_declare_has_a_model() -> None:
    graphs = [declared(CloudName.AZURE, each, held) for each in (TRAINING, INFERENCE) for held in Holding]
    used = {row.type for graph in graphs for row in graph.values() if row.type.startswith("azure-native:")}
    assert len(used) >= 13
    assert used - limits.MODELS.keys() == {names.WORKFLOW, names.DIAGNOSTICS} <= limits.WITHOUT_MODEL.keys()
    # What has rules has a model too, or a reason why not.
    assert BEHAVIOUR.rules.keys() == limits.MODELS.keys() | limits.WITHOUT_MODEL.keys()
    assert not limits.MODELS.keys() & limits.WITHOUT_MODEL.keys()


def test_the_models_know_almost_every_property_of_the_sdk() -> None:
    known = {token: limits.derived(token) for token in limits.MODELS}
    assert sum(len(each.covered) for each in known.values()) >= 1140
    assert sum(len(each.limits) for each in known.values()) >= 160
    for token, each in known.items():
        odd = {path for path in each.unknown if path not in URL and not path.endswith(OTHERWISE)}
        assert all("." not in path and path.endswith("Name") for path in odd), (token, odd)


@pytest.mark.parametrize(
    ("token", "path", "values"),
    [
        (names.POOL, "scaleSetPriority", ("Spot", "Regular")),
        (names.POOL, "gpuProfile.driver", ("Install", "None")),
        (names.POOL, "mode", ("System", "User", "Gateway")),
        (names.POOL, "upgradeSettings.undrainableNodeBehavior", ("Cordon", "Schedule")),
        (names.CLUSTER, "agentPoolProfiles.osDiskType", ("Managed", "Ephemeral")),
        (names.CLUSTER, "networkProfile.ipFamilies[]", ("IPv4", "IPv6")),
        (names.CLUSTER, "autoScalerProfile.expander", ("least-waste", "most-pods", "priority", "random")),
        (names.ACCOUNT, "networkRuleSet.defaultAction", ("Allow", "Deny")),
        (names.ACCOUNT, "encryption.services.blob.keyType", ("Service", "Account")),
        (names.SUBNET, "privateLinkServiceNetworkPolicies", ("Enabled", "Disabled")),
    ],
)
def test_enums_come_from_the_models(token: str, path: str, values: tuple[str, ...]) -> None:
    limit = BEHAVIOUR.limits(token)[path]
    assert set(limit.values) == set(values)
    assert limit.any_case
    assert sdk.resource(token).version in limit.source


@pytest.mark.parametrize(
    ("token", "path", "later"),
    [
        (names.POOL, "osSKU", "Ubuntu2404"),
        (names.CLUSTER, "agentPoolProfiles.osSKU", "Ubuntu2404"),
        (names.GATEWAY, "sku.name", "StandardV2"),
        (names.ACCOUNT, "allowedCopyScope", "All"),
    ],
)
def test_what_only_a_later_api_version_lists_is_refused(token: str, path: str, later: str) -> None:
    described = limits.derived(token)
    assert later not in described.limits[path].values
    *outer, last = path.split(".")
    inputs: Any = {last: later}
    for name in reversed(outer):
        inputs = {name: inputs}
    ((where, said),) = held.check(BEHAVIOUR.limits(token), inputs)
    assert where == path
    assert f"{later!r} is not one of" in said


def test_where_models_and_sdk_disagree_is_known() -> None:
    """Each is a difference of API versions. A new one, after an update of either side, wants to be looked at."""
    later = {value for token in limits.MODELS for values in limits.derived(token).later.values() for value in values}
    assert later == {
        *("Ubuntu2404", "Windows2025", "AzureContainerLinux"),  # osSKU of AKS, after 2025-09-01
        "EntraId",  # sshAccess of AKS
        "StandardV2",  # SKU of public addresses and NAT gateways, after 2024-05-01
        "VirtualApplianceEcmp",  # nextHopType of routes, likewise
        *("Smart", "All"),  # accessTier and allowedCopyScope of storage, after 2024-01-01
    }
    earlier = {token: limits.derived(token).earlier for token in limits.MODELS if limits.derived(token).earlier}
    assert earlier == {names.ASSIGNMENT: {"principalType": {"AgentUser", "AgentServicePrincipal"}}}


def test_azure_reads_enums_in_any_case() -> None:
    assert held.check(BEHAVIOUR.limits(names.POOL), {"scaleSetPriority": "spot", "mode": "user"}) == []


@pytest.mark.parametrize(
    ("token", "inputs", "path"),
    [
        (names.POOL, {"osDiskSizeGB": 4096}, "osDiskSizeGB"),
        (names.POOL, {"count": 1001}, "count"),
        (names.POOL, {"maxPods": 9}, "maxPods"),
        (names.POOL, {"upgradeSettings": {"drainTimeoutInMinutes": 0}}, "upgradeSettings.drainTimeoutInMinutes"),
        (
            names.POOL,
            {"upgradeSettings": {"nodeSoakDurationInMinutes": 31}},
            "upgradeSettings.nodeSoakDurationInMinutes",
        ),
        (names.CLUSTER, {"agentPoolProfiles": [{"osDiskSizeGB": -1}]}, "agentPoolProfiles[0].osDiskSizeGB"),
        (names.GATEWAY, {"idleTimeoutInMinutes": 3}, "idleTimeoutInMinutes"),
        (names.GATEWAY, {"zones": ["1", "2"]}, "zones"),
        (names.FEDERATION, {"subject": "s" * 601}, "subject"),
    ],
)
def test_ranges_and_lengths_that_only_documentation_states_hold_too(
    token: str, inputs: dict[str, Any], path: str
) -> None:
    ((where, said),) = held.check(BEHAVIOUR.limits(token), inputs)
    assert where == path
    assert said.endswith(")")


def test_what_is_documented_names_properties_that_exist() -> None:
    for token, said in documented.LIMITS.items():
        if token in limits.MODELS:
            assert {path.removesuffix("[]") for path in said} <= limits.derived(token).covered


def test_a_type_without_a_model_has_no_limits_of_one() -> None:
    assert BEHAVIOUR.limits("azure-native:web:WebApp") == {}
