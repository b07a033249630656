"""Azure's plan, its catalog, its failure texts and what it reads of the account's answers."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayfare.blueprints import AcceleratorName, CloudName, InferenceCluster, Purchase, TrainingCluster
from wayfare.components.azure import CLOUD
from wayfare.components.azure.account import item, search_query, usable_zones
from wayfare.components.azure.control_plane import kubeconfig
from wayfare.components.azure.failures import RULES
from wayfare.components.azure.plan import AzurePlan, account_name, groups_of
from wayfare.components.azure.plan_platform import assignment_name
from wayfare.components.azure.planning import plan
from wayfare.components.catalog import CloudCatalog, Fabric, Sale, shipped_rows
from wayfare.components.contract import Holding, NotFeasible, Placement, Request, ZoneQuestion
from wayfare.components.failures import FailureKind, Scope, classify

CATALOG: CloudCatalog = shipped_rows(CloudName.AZURE)
NC = "Standard_NC24ads_A100_v4"
ND = "Standard_ND96isr_H100_v5"
#: A reservation that somebody bought.
BOUGHT = (
    "/subscriptions/00000000-0000-0000-0000-0000000000a1/resourceGroups/bought/providers/"
    "Microsoft.Compute/capacityReservationGroups/accelerators"
)
#: What depends on neither zone, machine type, purchase nor holding.
LASTING = ("groups", "tags", "network", "control_plane", "system_pool", "bucket", "identity")


def request(
    machine_type: str = NC,
    purchase: Purchase = Purchase.ON_DEMAND,
    *,
    region: str = "eastus",
    zone: str = "1",
    nodes: int = 2,
    name: str = "llm-pretrain",
    kind: str = "TrainingCluster",
    holding: Holding | None = None,
    checkpoints: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Request:
    machine = CATALOG.machine_type(machine_type)
    data = {
        "apiVersion": "wayfare.dev/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": dict(labels or {})},
        "spec": {
            "accelerators": [{"name": machine.accelerator, "perNode": machine.accelerators, "nodes": nodes}],
            "access": {"allow": ["203.0.113.0/24"]},
            "workload": {"image": "registry.example/train:1"},
            "storage": {"checkpoints": dict(checkpoints or {})},
        },
    }
    model = TrainingCluster if kind == "TrainingCluster" else InferenceCluster
    blueprint = model.model_validate(data, strict=False)
    return Request(
        blueprint=blueprint,
        digest="0123456789abcdef" * 4,
        placement=Placement(
            CloudName.AZURE,
            region,
            zone,
            machine_type,
            purchase,
            BOUGHT if purchase is Purchase.RESERVED else None,
        ),
        machine=machine,
        accelerator=blueprint.spec.accelerators[0],
        holding=holding or (Holding.HELD if machine.holds(purchase) else Holding.NONE),
        hold_until=datetime(2026, 11, 24, 12, tzinfo=UTC),
    )


def sold() -> list[tuple[str, Purchase]]:
    return [
        (machine.name, purchase)
        for machine in CATALOG.machine_types
        for purchase in Purchase
        if machine.sells(purchase) and machine.fabric is not Fabric.NVL72
    ]


def lasting(made: AzurePlan) -> list[object]:
    return [getattr(made, part) for part in LASTING]


@given(
    choice=st.sampled_from(sold()),
    nodes=st.integers(1, 100),
    kind=st.sampled_from(("TrainingCluster", "InferenceCluster")),
)
def test_never_fewer_accelerators_than_asked(choice: tuple[str, Purchase], nodes: int, kind: str) -> None:
    made = plan(request(*choice, nodes=nodes, kind=kind))
    assert made.accelerator_pool.nodes == nodes
    resource = "amd.com/gpu" if made.request.machine.accelerator is AcceleratorName.MI300X else "nvidia.com/gpu"
    assert made.pods.accelerators == {resource: made.request.accelerator.per_node}
    assert made.capacity.quantity == (nodes if made.request.holding is Holding.HELD else 0)


@given(
    choice=st.sampled_from(sold()),
    zone=st.sampled_from(("1", "2", "3")),
    released=st.booleans(),
    until=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2030, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_another_placement_in_the_region_changes_capacity_and_pool_alone(
    choice: tuple[str, Purchase], zone: str, released: bool, until: datetime
) -> None:
    before = plan(request(nodes=4))
    wanted = replace(request(*choice, zone=zone, nodes=4), hold_until=until.replace(tzinfo=UTC))
    if released and wanted.holding is Holding.HELD:
        wanted = replace(wanted, holding=Holding.RELEASED)
    # The same blueprint lists alternatives; what it asks for otherwise is the same.
    wanted = replace(wanted, blueprint=before.request.blueprint)
    assert lasting(plan(wanted)) == lasting(before)


@pytest.mark.parametrize(("machine_type", "purchase"), sold())
def test_releasing_capacity_sets_the_quantity_to_zero_and_leaves_the_pool(
    machine_type: str, purchase: Purchase
) -> None:
    asked = request(machine_type, purchase)
    if asked.holding is Holding.NONE:
        assert not plan(asked).capacity.reserved
        return
    held, released = plan(asked), plan(replace(asked, holding=Holding.RELEASED))
    assert released.accelerator_pool == held.accelerator_pool
    assert released.capacity.quantity == 0
    tags = dict(held.capacity.reservation_tags)
    assert tags.pop("wayfare-hold-until") == "2026-11-24T12:00:00Z"
    assert held.capacity.hold is not None
    assert held.capacity.hold.until == "2026-11-24T12:00:00Z"
    assert released.capacity == replace(held.capacity, quantity=0, reservation_tags=tags, hold=None)


def test_only_zone_type_and_purchase_reach_capacity_and_pool_differently() -> None:
    first, second = plan(request()), plan(request(ND, Purchase.SPOT, zone="3"))
    differing = {
        field.name
        for field in fields(first.accelerator_pool)
        if getattr(first.accelerator_pool, field.name) != getattr(second.accelerator_pool, field.name)
    }
    assert differing == {"zone", "machine_type", "spot", "healed", "driver", "node_labels", "node_taints"}
    assert second.pods.tolerations[1].key == "kubernetes.azure.com/scalesetpriority"


@given(
    name=st.from_regex(r"[a-z]([a-z0-9-]{0,22}[a-z0-9])?", fullmatch=True).filter(
        lambda text: not re.search("microsoft|windows|google|^(login|goog|xn--|sthree-|amzn-s3-demo-)", text)
    ),
    region=st.sampled_from([row.name for row in CATALOG.regions]),
)
def test_names_are_within_azures_limits(name: str, region: str) -> None:
    made = plan(request(name=name, region=region))
    assert re.fullmatch(r"[a-z0-9]{3,24}", account_name(made.bucket, "00000000-0000-0000-0000-0000000000a1"))
    assert all(len(group) <= 80 and not group.endswith((".", "-")) for group in made.groups.names)
    assert len(set(made.groups.names)) == 3
    assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9]{0,52}[A-Za-z0-9])?", made.control_plane.dns_prefix)
    assert re.fullmatch(r"[a-z][a-z0-9]{0,11}", made.accelerator_pool.name)
    assert re.fullmatch(r"[a-z][a-z0-9]{0,11}", made.system_pool.name)
    assert len(f"{made.control_plane.name}-cluster") <= 128
    assert groups_of(name, region) == made.groups


def test_the_same_names_at_every_run_and_others_elsewhere() -> None:
    here = plan(request())
    assert account_name(here.bucket, "a") == account_name(plan(request()).bucket, "a")
    assert account_name(here.bucket, "a") != account_name(here.bucket, "b")
    assert account_name(here.bucket, "a") != account_name(plan(request(region="westus3")).bucket, "a")
    assert assignment_name("a", "g", "admin") == assignment_name("a", "g", "admin")
    assert len({assignment_name(s, g, p) for s in "ab" for g in "gh" for p in "xy"}) == 8


def test_networks_are_apart_and_large_enough() -> None:
    made = plan(request())
    nodes, (space, storage) = IPv4Network(made.network.nodes), map(IPv4Network, made.network.space)
    pods, services = IPv4Network(made.control_plane.pods), IPv4Network(made.control_plane.services)
    assert nodes.subnet_of(space)
    assert not any(pods.overlaps(each) or services.overlaps(each) for each in (space, storage))
    assert not services.overlaps(nodes)
    assert not services.overlaps(pods)
    assert IPv4Address(made.control_plane.dns) in services
    # The overlay gives each node a /24, and a blueprint asks for at most 512 nodes.
    assert pods.num_addresses // 256 >= 512 + made.system_pool.nodes + 1
    assert nodes.num_addresses >= 2 * (512 + made.system_pool.nodes)


def test_everything_that_can_be_tagged_carries_the_clusters_tags() -> None:
    made = plan(request(labels={"team": "research"}))
    for part in (
        made.tags,
        made.capacity.tags,
        made.capacity.reservation_tags,
        made.network.tags,
        made.control_plane.tags,
        made.system_pool.tags,
        made.accelerator_pool.tags,
        made.bucket.tags,
        made.identity.tags,
    ):
        assert made.request.tags.items() <= part.items()


def test_the_bucket_keeps_and_expires_as_asked() -> None:
    durable = plan(request(checkpoints={"expireAfter": "30d"})).bucket
    assert (durable.durable, durable.sku, durable.expire_after_days) == (True, "Standard_ZRS", 30)
    scratch = plan(request(checkpoints={"keep": "scratch"})).bucket
    assert (scratch.durable, scratch.expire_after_days) == (False, None)
    assert scratch.tags["wayfare-keep"] == "scratch"


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (request(ND, holding=Holding.HELD), "cannot be reserved beforehand"),
        (request(NC, Purchase.SPOT, holding=Holding.HELD), "cannot be reserved beforehand"),
        (request(ND, nodes=101), "at most 100 machines"),
        (request("Standard_ND128isr_GB300_v6", nodes=1), "needs Ubuntu 24.04, which AKS gives to Kubernetes 1.35"),
        (request(labels={f"label{number}": "x" for number in range(12)}), "15 tags"),
        (replace(request(ND), machine=CATALOG.machine_type(NC)), "has 1 accelerators"),
    ],
    ids=["unholdable size", "held spot", "placement group", "nvl72", "tags", "shape"],
)
def test_what_azure_cannot_do_is_refused_with_the_reason(asked: Request, reason: str) -> None:
    with pytest.raises(NotFeasible, match=reason):
        plan(replace(asked, accelerator=request(ND).accelerator) if reason.startswith("has") else asked)


def test_more_machines_serve_than_one_placement_group_joins() -> None:
    assert plan(request(ND, nodes=200, kind="InferenceCluster")).accelerator_pool.nodes == 200


def test_the_catalog_holds_only_what_azure_reserves() -> None:
    for machine in CATALOG.machine_types:
        assert machine.regions
        assert set(machine.regions) <= {row.name for row in CATALOG.regions}
        assert set(machine.holdable) <= {Sale.ON_DEMAND}
        assert (machine.fabric in {Fabric.INFINIBAND, Fabric.NVL72}) == machine.name.startswith("Standard_ND")
        if machine.fabric is Fabric.INFINIBAND:
            assert not machine.holdable
            assert machine.fabric_interfaces == 8


def test_the_provider_gets_the_region() -> None:
    assert CLOUD.configuration("eastus") == {"azure-native:location": "eastus"}


_QUOTA = (
    "Operation could not be completed as it results in exceeding approved standardNDSH100v5Family Cores quota. "
    "Additional details - Deployment Model: Resource Manager, Location: westus3, Current Limit: {limit}, Current "
    "Usage: 0, Additional Required: 1536, (Minimum) New Limit Required: 1536."
)
_TOO_FEW = (
    "Allocation failed. VM(s) with the following constraints cannot be allocated, because the condition is too "
    "restrictive. Please remove some constraints and try again. Constraints applied are:\\n  - Availability Zone\\n"
    "  - Networking Constraints (such as Accelerated Networking or IPv6)\\n  - VM Size\\n"
)
_NOT_HERE = "is currently not available in location 'eastus'"


@pytest.mark.parametrize(
    ("message", "kind", "scope", "hours"),
    [
        (
            'Code="ZonalAllocationFailed" Message="Allocation failed. We do not have sufficient capacity for the '
            'requested VM size in this zone."',
            FailureKind.STOCKOUT,
            Scope.ZONE,
            1,
        ),
        (
            "Allocation failed. We do not have sufficient capacity for the requested VM size in this region. Read more",
            FailureKind.STOCKOUT,
            Scope.REGION,
            1,
        ),
        ('Code="AllocationFailed" Message="Allocation failed."', FailureKind.STOCKOUT, Scope.REGION, 1),
        (
            'Code="ReconcileVMSSAgentPoolFailed" Message="Code=\\"ResourceOperationFailure\\" Details=[{\\"code\\":'
            f'\\"OverconstrainedZonalAllocationRequest\\",\\"message\\":\\"{_TOO_FEW}\\"}}]"',
            FailureKind.OVERCONSTRAINED,
            Scope.ZONE,
            1,
        ),
        (
            f"Failed to scale node pool 'gpu' in Kubernetes service 'x'. Error: {_TOO_FEW}",
            FailureKind.OVERCONSTRAINED,
            Scope.ZONE,
            1,
        ),
        ('Code="OverconstrainedAllocationRequest"', FailureKind.OVERCONSTRAINED, Scope.REGION, 1),
        (f'Code="QuotaExceeded" Message="{_QUOTA.format(limit=0)}"', FailureKind.QUOTA, Scope.FAMILY, 1),
        (f'Code="OperationNotAllowed" Message="{_QUOTA.format(limit=96)}"', FailureKind.QUOTA, Scope.FAMILY, 1 / 6),
        (
            "ErrCode_InsufficientVCPUQuota: Insufficient vcpu quota requested 2, remaining 0 for family "
            "StandardDasv7Family for region eastus. Surge nodes would also consume vcpu quota.",
            FailureKind.QUOTA,
            Scope.FAMILY,
            1 / 6,
        ),
        (
            f"Code=\"SkuNotAvailable\" Message=\"The requested size for resource 'x' {_NOT_HERE} zones '1' for "
            "subscription 'y'.\"",
            FailureKind.RESTRICTED,
            Scope.ZONE,
            23,
        ),
        (
            f'Code="SkuNotAvailable" Message="The requested size for resource \'x\' {_NOT_HERE} for subscription.\'"',
            FailureKind.RESTRICTED,
            Scope.REGION,
            23,
        ),
        (
            f'Code="SkuNotAvailable" Message="The requested tier for resource \'x\' {_NOT_HERE} for subscription"',
            FailureKind.RESTRICTED,
            Scope.REGION,
            1,
        ),
        (
            "(BadRequest) The VM size of AgentPoolProfile:gpu is not allowed in your subscription in location 'x'.",
            FailureKind.RESTRICTED,
            Scope.REGION,
            23,
        ),
        (
            "Code=\"AvailabilityZoneNotSupported\" Message=\"The zone(s) '2' for resource 'agentPoolProfiles.gpu' is "
            "not supported. The supported zones for location 'x' are '1,3'\"",
            FailureKind.NOT_OFFERED,
            Scope.ZONE,
            23,
        ),
        (
            'Code="AuthorizationFailed" Message="The client \'x\' does not have authorization to perform action '
            "'Microsoft.Resources/subscriptions/resourcegroups/write' over scope\"",
            FailureKind.CREDENTIALS,
            Scope.ZONE,
            0,
        ),
        ("AADSTS70043: The refresh token has expired", FailureKind.CREDENTIALS, Scope.ZONE, 0),
        ('Code="SubnetIsFull" Message="Subnet nodes is full."', FailureKind.ADDRESS_SPACE, Scope.ZONE, 0),
        (
            'Code="OperationNotAllowed" Message="Operation is not allowed because there\'s an in progress create node '
            'pool operation on the managed cluster"',
            FailureKind.TRANSIENT,
            Scope.ZONE,
            1 / 60,
        ),
        ('Status=429 Code="TooManyRequests"', FailureKind.TRANSIENT, Scope.ZONE, 1 / 60),
        ('Status=503 Code="ServiceUnavailable"', FailureKind.TRANSIENT, Scope.ZONE, 1 / 60),
        ('Code="InvalidParameter" Message="The value of parameter imageReference is invalid"', None, Scope.ZONE, 0),
        ('Code="OperationNotAllowed" Message="something else"', None, Scope.ZONE, 0),
        ('Code="PropertyChangeNotAllowed" Message="Changing property is not allowed."', None, Scope.ZONE, 0),
        ("a pool of 429 nodes in 503 zones", None, Scope.ZONE, 0),
    ],
)
def test_failures_mean_what_azure_means(message: str, kind: FailureKind | None, scope: Scope, hours: float) -> None:
    meaning = classify(message, RULES)
    assert meaning.kind is (kind or FailureKind.UNKNOWN)
    assert meaning.scope is scope
    assert meaning.lasts.total_seconds() == pytest.approx(hours * 3600)


def size(zones: list[str], *restrictions: Mapping[str, Any], location: str = "eastus") -> dict[str, Any]:
    return {
        "resourceType": "virtualMachines",
        "name": ND,
        "locationInfo": [{"location": location, "zones": zones}],
        "restrictions": list(restrictions),
    }


@pytest.mark.parametrize(
    ("sizes", "zones"),
    [
        ([size(["3", "1"])], ["1", "3"]),
        ([size(["1", "2"], location="EastUS")], ["1", "2"]),
        ([size(["1", "2"], {"type": "Zone", "restrictionInfo": {"zones": ["2"]}})], ["1"]),
        ([size(["1"], {"type": "Location", "values": ["eastus"], "reasonCode": "NotAvailableForSubscription"})], []),
        ([size([])], []),
        ([{**size(["1"]), "resourceType": "disks"}], []),
        ([{**size(["1"]), "name": "Standard_D4s_v5"}], []),
        ([], []),
    ],
)
def test_zones_are_those_that_the_subscription_may_use(sizes: list[dict[str, Any]], zones: list[str]) -> None:
    assert list(usable_zones(sizes, ZoneQuestion("eastus", ND))) == zones


def test_the_inventory_asks_for_tags_and_for_the_clusters_groups() -> None:
    query = search_query("llm", "eastus")
    assert "tags['wayfare-cluster'] == 'llm'" in query
    assert all(f"'{name}'" in query for name in groups_of("llm", "eastus").names)
    row = {"id": "/subscriptions/s/resourceGroups/g", "type": "t", "tags": {"wayfare-keep": "durable"}}
    assert item(row).retained
    assert not item({**row, "tags": None}).retained


def test_the_kubeconfig_signs_in_without_a_person_and_holds_no_credential() -> None:
    given_by_aks = """
apiVersion: v1
kind: Config
clusters:
- cluster: {certificate-authority-data: Q0E=, server: "https://x.azmk8s.io:443"}
  name: wf-x
users:
- name: clusterUser_g_wf-x
  user:
    token: must-not-survive
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: kubelogin
      args: [get-token, --environment, AzureUSGovernment, --server-id, s, --login, devicecode, --tenant-id, t]
"""
    made = json.loads(kubeconfig(given_by_aks))
    assert "must-not-survive" not in json.dumps(made)
    assert made["clusters"][0]["cluster"] == {
        "server": "https://x.azmk8s.io:443",
        "certificate-authority-data": "Q0E=",
    }
    arguments = made["users"][0]["user"]["exec"]["args"]
    assert arguments[-2:] == ["--login", "azurecli"]
    assert arguments.count("--login") == 1
    assert "AzureUSGovernment" in arguments
    assert made["current-context"] == made["contexts"][0]["name"]
