"""Capacity, quotas and scenarios."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayfare.blueprints import AcceleratorName, Area, CloudName, Purchase
from wayfare.components.catalog import CloudCatalog, Fabric, MachineType, Price, Region, Sale
from wayfare.sandbox.behaviour import Nodes
from wayfare.sandbox.ledger import DEFAULT_NODES, Ledger, OverQuota, Scarce
from wayfare.sandbox.scenario import BadScenario, CapacityRow, QuotaRow, Scenario, read_scenario
from wayfare.sandbox.store import Store

MACHINE = "p5.48xlarge"
REGION = "us-east-1"
ZONE = "us-east-1a"


def machine(cloud: CloudName, name: str = MACHINE, region: str = REGION) -> CloudCatalog:
    row = MachineType(
        name=name,
        accelerator=AcceleratorName.H100,
        accelerators=8,
        memory_gib=80,
        vcpus=192,
        ram_gib=2048,
        family="P",
        fabric=Fabric.EFA,
        interconnect_gbps=3200,
        local_ssd_gb=30400,
        regions=(region,),
        sales=(Sale.ON_DEMAND,),
        price=Price(usd_per_hour=55.04, as_of=date(2026, 7, 1), region=region, source="test"),
    )
    return CloudCatalog(cloud=cloud, regions=(Region(name=region, area=Area.US),), machine_types=(row,))


CATALOG = {CloudName.AWS: machine(CloudName.AWS), CloudName.GCP: machine(CloudName.GCP, "a3", "us-east4")}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store, CATALOG)


def nodes(count: int, *, reserves: bool = False, purchase: str = "on-demand", zone: str = ZONE) -> Nodes:
    return Nodes(zone, MACHINE, purchase, count, reserves)


def keep(store: Store, id: str, held: Nodes, package: str = "aws", region: str = REGION) -> int:
    store.add(
        package=package,
        token="aws:eks/nodeGroup:NodeGroup",  # noqa: S106 - a type
        id=id,
        region=region,
        urn=id,
        name=id,
        inputs={},
        outputs={},
        tags={},
        failed=False,
        nodes=held,
        at=0.0,
    )
    return store.resources(id=id)[0].number


def test_what_the_catalog_sells_is_there_by_default(ledger: Ledger) -> None:
    assert ledger.capacity(CloudName.AWS, REGION, ZONE, MACHINE, "on-demand", 0) == DEFAULT_NODES
    assert ledger.capacity(CloudName.AWS, REGION, ZONE, MACHINE, "spot", 0) == 0, "the row sells no spot"
    assert ledger.capacity(CloudName.AWS, "eu-west-1", ZONE, MACHINE, "on-demand", 0) == 0
    assert ledger.capacity(CloudName.AWS, REGION, ZONE, "m7i.large", "on-demand", 0) is None
    assert ledger.zones(CloudName.AWS, REGION) == ("us-east-1a", "us-east-1b", "us-east-1c")
    assert ledger.zones(CloudName.AWS, "mars-north-1") == ()
    assert not ledger.offered(CloudName.AWS, "eu-west-1", "eu-west-1a", MACHINE)


def test_a_pool_fills_an_open_reservation_and_outlives_its_release(store: Store, ledger: Ledger) -> None:
    ledger.set_capacity(CapacityRow(cloud=CloudName.AWS, region=REGION, machine_type=MACHINE, nodes=4), 0)
    reservation = keep(store, "cr", ledger.grant(CloudName.AWS, REGION, nodes(4, reserves=True), 0))
    keep(store, "pool", ledger.grant(CloudName.AWS, REGION, nodes(4), 0))
    with pytest.raises(Scarce):
        ledger.grant(CloudName.AWS, REGION, nodes(1), 0)
    store.remove(reservation)
    assert ledger.in_use(CloudName.AWS, REGION, ZONE, MACHINE, "on-demand") == 4
    with pytest.raises(Scarce):
        ledger.grant(CloudName.AWS, REGION, nodes(1), 0)


@settings(max_examples=40, deadline=None)
@given(
    capacity=st.integers(0, 12),
    asked=st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.booleans()), max_size=12),
)
def test_no_series_of_grants_and_releases_exceeds_capacity(capacity: int, asked: list[tuple[int, bool, bool]]) -> None:
    with TemporaryDirectory() as directory:
        store = Store(Path(directory))
        ledger = Ledger(store, CATALOG)
        ledger.set_capacity(CapacityRow(cloud=CloudName.AWS, region=REGION, machine_type=MACHINE, nodes=capacity), 0)
        pools = reservations = 0
        for number, (count, reserves, released) in enumerate(asked):
            grown = max(pools, reservations + count) if reserves else max(pools + count, reservations)
            if grown > capacity and count:
                with pytest.raises(Scarce):
                    ledger.grant(CloudName.AWS, REGION, nodes(count, reserves=reserves), 0)
                continue
            kept = keep(store, str(number), ledger.grant(CloudName.AWS, REGION, nodes(count, reserves=reserves), 0))
            if released:
                store.remove(kept)
            else:
                pools, reservations = pools + count * (not reserves), reservations + count * reserves
            used = ledger.in_use(CloudName.AWS, REGION, ZONE, MACHINE, "on-demand")
            assert used == max(pools, reservations) <= capacity
        store.close()


def test_capacity_can_vanish_later_and_a_pool_keeps_what_it_has(store: Store, ledger: Ledger) -> None:
    scenario = Scenario.model_validate(
        {
            "capacity": [
                {"cloud": "aws", "region": REGION, "machineType": MACHINE, "nodes": 8},
                {"cloud": "aws", "region": REGION, "machineType": MACHINE, "nodes": 0, "after": "8m"},
            ]
        }
    )
    ledger.load(scenario)
    keep(store, "pool", ledger.grant(CloudName.AWS, REGION, nodes(6), 479))
    with pytest.raises(Scarce):
        ledger.grant(CloudName.AWS, REGION, nodes(1), 480)
    ledger.set_capacity(CapacityRow(cloud=CloudName.AWS, region=REGION, machine_type=MACHINE, nodes=7), 500)
    assert ledger.grant(CloudName.AWS, REGION, nodes(1), 500).count == 1


def test_spot_and_zones_are_apart(ledger: Ledger, store: Store) -> None:
    row = CapacityRow(
        cloud=CloudName.AWS, region=REGION, zone="us-east-1b", machine_type=MACHINE, purchase=Purchase.SPOT, nodes=2
    )
    ledger.set_capacity(row, 0)
    keep(store, "spot", ledger.grant(CloudName.AWS, REGION, nodes(2, purchase="spot", zone="us-east-1b"), 0))
    with pytest.raises(Scarce):
        ledger.grant(CloudName.AWS, REGION, nodes(1, purchase="spot", zone=ZONE), 0)
    assert ledger.grant(CloudName.AWS, REGION, nodes(2), 0).zone == ZONE


def test_a_pool_without_a_zone_goes_where_there_is_room(ledger: Ledger) -> None:
    for zone in ("us-east-1a", "us-east-1b"):
        row = CapacityRow(cloud=CloudName.AWS, region=REGION, zone=zone, machine_type=MACHINE, nodes=0)
        ledger.set_capacity(row, 0)
    assert ledger.grant(CloudName.AWS, REGION, nodes(1, zone=""), 0).zone == "us-east-1c"


@pytest.mark.parametrize(
    ("cloud", "region", "machine_type", "limit"),
    [(CloudName.AWS, REGION, MACHINE, 384), (CloudName.GCP, "us-east4", "a3", 16)],
)
def test_quotas_count_vcpus_and_on_gcp_accelerators(
    store: Store, ledger: Ledger, cloud: CloudName, region: str, machine_type: str, limit: int
) -> None:
    ledger.set_quota(QuotaRow(cloud=cloud, region=region, family="P", limit=limit))
    two = Nodes(ledger.zones(cloud, region)[0], machine_type, "on-demand", 2, reserves=False)
    keep(store, "pool", ledger.grant(cloud, region, two, 0), str(cloud), region)
    with pytest.raises(OverQuota) as raised:
        ledger.grant(cloud, region, two, 0)
    assert (raised.value.family, raised.value.limit, raised.value.wanted) == ("P", limit, 2 * limit)


def test_a_scenario_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("capacity:\n  - {cloud: aws, region: us-east-1, machineType: p5, nodes: -1, afterwards: 3m}\n")
    with pytest.raises(BadScenario) as raised:
        read_scenario(file)
    assert "scenario.yaml:2:61: capacity[0].nodes: " in str(raised.value)
    assert "scenario.yaml:2:65: capacity[0].afterwards: unknown key" in str(raised.value)
    file.write_text("capacity: [")
    with pytest.raises(BadScenario, match="not valid YAML"):
        read_scenario(file)
    with pytest.raises(BadScenario):
        read_scenario(tmp_path / "absent.yaml")


def test_offered_and_zones_follow_the_scenario(ledger: Ledger) -> None:
    ledger.load(
        Scenario.model_validate(
            {
                "zones": {"aws": {REGION: ["us-east-1d"]}},
                "offered": [{"cloud": "aws", "region": REGION, "zone": "us-east-1d", "machineType": MACHINE}],
            }
        )
    )
    assert ledger.zones(CloudName.AWS, REGION) == ("us-east-1d",)
    assert not ledger.offered(CloudName.AWS, REGION, "us-east-1d", MACHINE)
