"""Azure's rules in the sandbox: what is refused, what is filled in, and how a shortage reads."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.sandbox.azure_store import NC, ND, FakeRow, FakeStore, call, delete, make
from wayfare.components.azure.account import search_query, usable_zones
from wayfare.components.azure.failures import RULES as FAILURES
from wayfare.components.azure.plan import groups_of
from wayfare.components.contract import ZoneQuestion
from wayfare.components.failures import FailureKind, Scope, classify
from wayfare.sandbox.behaviour import Nodes, Refused
from wayfare.sandbox.clouds.azure import BEHAVIOUR, names
from wayfare.sandbox.difference import changes

GROUP = names.group_id("g")
TAGS = {"wayfare-cluster": "llm", "wayfare-region": "eastus"}


@pytest.fixture
def store() -> FakeStore:
    made = FakeStore()
    make(made, names.GROUP, resourceGroupName="g", location="eastus", tags=TAGS)
    return made


def cluster(store: FakeStore) -> FakeRow:
    identity = make(store, names.IDENTITY, resourceName="cluster")
    return make(
        store,
        names.CLUSTER,
        resourceName="c",
        location="eastus",
        dnsPrefix="c",
        nodeResourceGroup=groups_of("llm", "eastus").nodes,
        identity={"type": "UserAssigned", "userAssignedIdentities": [identity.id]},
        oidcIssuerProfile={"enabled": True},
        agentPoolProfiles=[{"name": "system", "mode": "System"}],
        tags=TAGS,
    )


def reserve(store: FakeStore, quantity: int = 4) -> tuple[FakeRow, FakeRow]:
    group = make(store, names.RESERVATION_GROUP, capacityReservationGroupName="r", zones=["1"])
    member = make(
        store,
        names.RESERVATION,
        capacityReservationGroupName="r",
        capacityReservationName="a",
        zones=["1"],
        sku={"name": NC, "capacity": quantity},
    )
    return group, member


def pool(store: FakeStore, **more: Any) -> FakeRow:
    inputs: dict[str, Any] = {"vmSize": NC, "availabilityZones": ["1"], "count": 4, **more}
    return make(store, names.POOL, resourceName="c", agentPoolName="gpu", **inputs)


def test_identities_go_in_as_a_list_and_come_out_as_a_map(store: FakeStore) -> None:
    made = cluster(store)
    (id,) = made.inputs["identity"]["userAssignedIdentities"]
    assert set(made.outputs["identity"]["userAssignedIdentities"][id]) == {"clientId", "principalId"}
    assert made.outputs["fqdn"].endswith(".hcp.eastus.azmk8s.io")


def test_a_reservation_is_reduced_in_place_and_stays_while_machines_name_it(store: FakeStore) -> None:
    cluster(store)
    group, member = reserve(store)
    running = pool(store, capacityReservationGroupID=group.id)
    rules = BEHAVIOUR.rules[names.RESERVATION]
    assert rules.update is not None
    assert rules.nodes is not None
    lower = {**member.inputs, "sku": {"name": NC, "capacity": 0}}
    assert rules.update(call(store, names.RESERVATION, lower, member.id))["sku"]["capacity"] == 0
    assert rules.nodes(call(store, names.RESERVATION, lower)) == Nodes("1", NC, "on-demand", 0, reserves=True)
    with pytest.raises(Refused, match="PropertyChangeNotAllowed"):
        rules.update(call(store, names.RESERVATION, {**member.inputs, "sku": {"name": ND, "capacity": 4}}, member.id))
    with pytest.raises(Refused, match="associated virtual machines"):
        delete(store, member)
    store.held.remove(running)
    with pytest.raises(Refused, match="member capacity reservations"):
        delete(store, group)
    delete(store, member)
    delete(store, group)


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({"count": 5}, True),
        ({"nodeTaints": ["a=b:NoSchedule"]}, True),
        ({"availabilityZones": ["2"]}, False),
        ({"scaleSetPriority": "Spot"}, False),
        ({"capacityReservationGroupID": "/other"}, False),
    ],
)
def test_a_pool_changes_little_in_place(store: FakeStore, change: Mapping[str, Any], allowed: bool) -> None:
    cluster(store)
    row = pool(store)
    update = BEHAVIOUR.rules[names.POOL].update
    assert update is not None
    asked = call(store, names.POOL, {**row.inputs, **change}, row.id)
    if allowed:
        assert change.items() <= update(asked).items()
    else:
        with pytest.raises(Refused, match="Changing property"):
            update(asked)


def test_what_the_region_does_not_have_is_refused_in_azures_words(store: FakeStore) -> None:
    cluster(store)
    for more, kind in (
        ({"availabilityZones": ["3"]}, FailureKind.NOT_OFFERED),
        ({"vmSize": ND, "availabilityZones": ["2"]}, FailureKind.RESTRICTED),
    ):
        with pytest.raises(Refused) as refused:
            pool(store, **more)
        assert classify(str(refused.value), FAILURES).kind is kind


@pytest.mark.parametrize(
    ("nodes", "kind"),
    [
        (Nodes("1", NC, "on-demand", 4, reserves=True), FailureKind.STOCKOUT),
        (Nodes("1", ND, "on-demand", 4, reserves=False), FailureKind.STOCKOUT),
        (Nodes("1", ND, "spot", 4, reserves=False), FailureKind.OVERCONSTRAINED),
    ],
)
def test_shortages_are_understood(nodes: Nodes, kind: FailureKind) -> None:
    meaning = classify(BEHAVIOUR.stockout(nodes, "eastus"), FAILURES)
    assert (meaning.kind, meaning.scope) == (kind, Scope.ZONE)
    over = BEHAVIOUR.over_quota(nodes, "eastus", "standardNDSH100v5Family", 0, 384)
    assert "Current Limit: 0" in over
    assert classify(over, FAILURES).kind is FailureKind.QUOTA


def test_azure_deletes_an_account_with_its_data_and_a_name_is_taken_once(store: FakeStore) -> None:
    make(store, names.GROUP, resourceGroupName="h", location="eastus")
    account = make(store, names.ACCOUNT, accountName="wfx", location="eastus")
    with pytest.raises(Refused, match="StorageAccountAlreadyTaken"):
        make(store, names.ACCOUNT, accountName="wfx", location="eastus", resourceGroupName="h")
    assert store.buckets == {"wfx"}
    delete(store, account)
    assert not store.buckets


def subnet(store: FakeStore, prefix: str, **more: Any) -> FakeRow:
    if not store.rows(names.NETWORK):
        space = {"addressPrefixes": ["10.0.0.0/16"]}
        make(store, names.NETWORK, virtualNetworkName="n", location="eastus", addressSpace=space)
    name = f"s{len(store.rows(names.SUBNET))}"
    return make(store, names.SUBNET, virtualNetworkName="n", subnetName=name, addressPrefix=prefix, **more)


def test_subnets_of_a_network_do_not_overlap(store: FakeStore) -> None:
    subnet(store, "10.0.0.0/20")
    subnet(store, "10.0.16.0/20")
    with pytest.raises(Refused, match="NetcfgSubnetRangesOverlap"):
        subnet(store, "10.0.8.0/24")


def test_an_address_has_one_gateway(store: FakeStore) -> None:
    held = make(store, names.ADDRESS, publicIpAddressName="a", location="eastus", sku={"name": "Standard"})
    given = {"location": "eastus", "publicIpAddresses": [{"id": held.id}]}
    make(store, names.GATEWAY, natGatewayName="one", **given)
    with pytest.raises(Refused, match="PublicIPAddressInUse"):
        make(store, names.GATEWAY, natGatewayName="two", **given)


def test_nodes_get_a_subnet_of_their_own(store: FakeStore) -> None:
    cluster(store)
    with pytest.raises(Refused, match="SubnetIsDelegated"):
        pool(store, vnetSubnetID=subnet(store, "10.0.1.0/24", delegations=[{"name": "lustre"}]).id)
    one = subnet(store, "10.0.2.0/24")
    pool(store, vnetSubnetID=one.id)
    elsewhere = replace(one, id=one.id.replace("/virtualNetworks/n/", "/virtualNetworks/m/"))
    store.held.append(elsewhere)
    with pytest.raises(Refused, match="must be in the same virtual network"):
        make(store, names.POOL, resourceName="c", agentPoolName="more", vmSize=NC, vnetSubnetID=elsewhere.id)


def test_a_file_system_keeps_its_subnet(store: FakeStore) -> None:
    place = subnet(store, "10.0.3.0/24")
    row = make(
        store,
        names.LUSTRE,
        amlFilesystemName="l",
        location="eastus",
        sku={"name": "AMLFS-Durable-Premium-250"},
        storageCapacityTiB=16,
        filesystemSubnet=place.id,
    )
    assert row.outputs["throughputProvisionedMBps"] == 4000
    with pytest.raises(Refused, match=r"is in use by .*/amlFilesystems/l"):
        delete(store, place)
    store.held.remove(row)
    delete(store, place)


def test_a_workloads_trust_is_given_once(store: FakeStore) -> None:
    make(store, names.IDENTITY, resourceName="workload")
    trust = {"resourceName": "workload", "issuer": "https://issuer", "subject": "s", "audiences": ["a"]}
    make(store, names.FEDERATION, federatedIdentityCredentialResourceName="one", **trust)
    with pytest.raises(Refused, match="Issuer and subject combination already exists"):
        make(store, names.FEDERATION, federatedIdentityCredentialResourceName="two", **trust)


def test_copies_in_zones_need_a_region_with_three(store: FakeStore) -> None:
    with pytest.raises(Refused, match="RedundancyConfigurationNotAvailableInRegion"):
        make(store, names.ACCOUNT, accountName="wfx", location="eastus", sku={"name": "Standard_ZRS"})


def test_a_role_assignment_does_not_change_its_role(store: FakeStore) -> None:
    row = make(
        store, names.ASSIGNMENT, principalId=names.CALLER, roleDefinitionId="/a", scope=GROUP, roleAssignmentName="n"
    )
    update = BEHAVIOUR.rules[names.ASSIGNMENT].update
    assert update is not None
    assert update(call(store, names.ASSIGNMENT, {**row.inputs, "description": "why"}, row.id))["description"] == "why"
    with pytest.raises(Refused, match="RoleAssignmentUpdateNotPermitted"):
        update(call(store, names.ASSIGNMENT, {**row.inputs, "roleDefinitionId": "/b"}, row.id))


def test_sizes_and_inventory_are_answered_over_http(store: FakeStore) -> None:
    assert BEHAVIOUR.rest is not None
    cluster(store)
    make(store, names.GROUP, resourceGroupName="other", location="eastus")
    path = f"subscriptions/{names.SUBSCRIPTION}"
    answer = BEHAVIOUR.rest(
        "GET", f"{path}/providers/Microsoft.Compute/skus", {"$filter": "location eq 'eastus'"}, store
    )
    assert usable_zones(answer["value"], ZoneQuestion("eastus", ND)) == ["1"]
    assert usable_zones(answer["value"], ZoneQuestion("eastus", NC)) == ["1", "2"]
    query = {"query": search_query("llm", "eastus")}
    rows = BEHAVIOUR.rest("POST", "providers/Microsoft.ResourceGraph/resources", query, store)["data"]
    node_group = groups_of("llm", "eastus").nodes
    assert {row["id"].rpartition("/")[2] for row in rows if "/providers/" not in row["id"]} == {"g", node_group}
    assert any("virtualMachineScaleSets/aks-system-" in row["id"] for row in rows)
    listed = BEHAVIOUR.rest("GET", f"{path}/resourcegroups", {}, store)["value"]
    assert {row["name"] for row in listed} == {"g", "other", node_group}
    with pytest.raises(Refused):
        BEHAVIOUR.rest("GET", "elsewhere", {}, store)


@pytest.mark.parametrize(
    ("token", "old", "new", "replaces"),
    [
        (names.CLUSTER, {"networkProfile": {"podCidr": "a"}}, {"networkProfile": {"podCidr": "b"}}, True),
        (names.CLUSTER, {"networkProfile": {}}, {"networkProfile": {"loadBalancerSku": "standard"}}, False),
        (names.CLUSTER, {"nodeResourceGroup": "a"}, {"nodeResourceGroup": "b"}, True),
        (names.CLUSTER, {"location": "eastus"}, {"location": "westus3"}, True),
        (names.POOL, {"vmSize": NC}, {"vmSize": ND}, True),
        (names.POOL, {"scaleSetPriority": "Spot"}, {}, False),
        (names.ADDRESS, {"sku": {"name": "Basic"}}, {"sku": {"name": "Standard"}}, True),
        (names.ACCOUNT, {"isHnsEnabled": False}, {"isHnsEnabled": True}, True),
        (names.ASSIGNMENT, {"roleDefinitionId": "/a"}, {"roleDefinitionId": "/b"}, False),
    ],
)
def test_the_provider_replaces_what_its_own_table_names(
    token: str, old: dict[str, Any], new: dict[str, Any], replaces: bool
) -> None:
    assert {change.replaces for change in changes(old, new, BEHAVIOUR.rules[token].replace_on)} == {replaces}
