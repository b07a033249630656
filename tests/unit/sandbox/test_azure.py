"""Azure's rules in the sandbox: what is refused, what is filled in, and how a shortage reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from wayfare.components.azure.account import search_query, usable_zones
from wayfare.components.azure.failures import RULES as FAILURES
from wayfare.components.azure.plan import groups_of
from wayfare.components.contract import ZoneQuestion
from wayfare.components.failures import FailureKind, Scope, classify
from wayfare.sandbox.behaviour import UNKNOWN, Call, Nodes, Properties, Refused
from wayfare.sandbox.clouds.azure import BEHAVIOUR, checks, names

ND = "Standard_ND96isr_H100_v5"
NC = "Standard_NC24ads_A100_v4"
GROUP = names.group_id("g")
TAGS = {"wayfare-cluster": "llm", "wayfare-region": "eastus"}


@dataclass(frozen=True)
class FakeRow:
    token: str
    id: str
    inputs: Properties
    outputs: Properties
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    region: str = "eastus"
    failed: bool = False


@dataclass
class FakeStore:
    """Resources and buckets in memory; eastus has two zones, and only the first has ND machines."""

    held: list[FakeRow] = field(default_factory=list[FakeRow])
    buckets: set[str] = field(default_factory=set[str])
    ids: int = 0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def new_id(self, digits: int = 17) -> str:
        self.ids += 1
        return f"{self.ids:x}".ljust(digits, "a")[:digits]

    def rows(self, token: str | None = None) -> Sequence[FakeRow]:
        return [row for row in self.held if token in (None, row.token)]

    def row(self, token: str, id: str) -> FakeRow | None:
        return next((row for row in self.held if (row.token, row.id) == (token, id)), None)

    def zones(self, region: str) -> Sequence[str]:
        return ("1", "2") if region == "eastus" else ()

    def offered(self, region: str, zone: str, machine_type: str) -> bool:
        zones = ("1",) if machine_type == ND else self.zones(region)
        return zone in zones if zone else bool(zones)

    def bucket_made(self, name: str) -> None:
        self.buckets.add(name)

    def bucket_empty(self, name: str) -> bool:
        return name not in self.buckets

    def bucket_removed(self, name: str) -> None:
        self.buckets.discard(name)


def call(store: FakeStore, token: str, inputs: Mapping[str, Any], id: str | None = None) -> Call:
    row = None if id is None else store.row(token, id)
    return Call(token, "r", "urn", dict(inputs), {"location": "eastus"}, store, id, row.outputs if row else {})


def make(store: FakeStore, token: str, **inputs: Any) -> FakeRow:
    if token != names.GROUP:
        inputs.setdefault("resourceGroupName", "g")
    create = BEHAVIOUR.rules[token].create
    assert create is not None
    made = create(call(store, token, inputs))
    store.held.append(FakeRow(token, made.id, inputs, {**inputs, **made.outputs}, inputs.get("tags", {})))
    return store.held[-1]


def delete(store: FakeStore, row: FakeRow) -> None:
    rule = BEHAVIOUR.rules[row.token].delete
    assert rule is not None
    rule(call(store, row.token, row.inputs, row.id))
    store.held.remove(row)


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


@pytest.mark.parametrize(
    ("check", "inputs", "path"),
    [
        (checks.pool, {"agentPoolName": "GPU"}, "agentPoolName"),
        (checks.pool, {"spotMaxPrice": -1}, "spotMaxPrice"),
        (checks.pool, {"scaleSetPriority": "Spot", "capacityReservationGroupID": "x"}, "capacityReservationGroupID"),
        (checks.pool, {"upgradeSettings": {"maxSurge": "0"}}, "upgradeSettings.maxUnavailable"),
        (checks.pool, {"nodeTaints": ["gpu"]}, "nodeTaints[0]"),
        (checks.reservation, {"sku": {"name": ND, "capacity": 1}}, "sku.name"),
        (checks.reservation, {"sku": {"name": NC}}, "sku"),
        (checks.account, {"accountName": "Has-Hyphens"}, "accountName"),
        (checks.account, {"tags": {f"t{number}": "" for number in range(16)}}, "tags"),
        (checks.container, {"containerName": "a--b"}, "containerName"),
        (checks.group, {"resourceGroupName": "ends."}, "resourceGroupName"),
        (checks.assignment, {"roleAssignmentName": "admin"}, "roleAssignmentName"),
        (checks.cluster, {"agentPoolProfiles": []}, "agentPoolProfiles"),
    ],
)
def test_what_azure_refuses_is_found_before_it_is_asked(check: Any, inputs: Mapping[str, Any], path: str) -> None:
    assert path in {found for found, _ in check(call(FakeStore(), "t", inputs))}


def test_unknown_values_offend_no_rule() -> None:
    inputs = {"agentPoolName": UNKNOWN, "nodeTaints": [UNKNOWN], "gpuProfile": {"driver": UNKNOWN}}
    assert checks.pool(call(FakeStore(), "t", inputs)) == []


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
