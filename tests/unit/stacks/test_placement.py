"""Candidates: complete, ranked, and each rejection with its reason."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wayfare.blueprints import AcceleratorName, Area, Blueprint, CloudName, Purchase, TrainingCluster
from wayfare.components.catalog import Catalog, CloudCatalog, Fabric, MachineType, Price, Region, Sale
from wayfare.components.contract import ZoneQuestion
from wayfare.components.requesting import fitting
from wayfare.stacks.placement import Zones, candidates, questions

SPEC: Mapping[str, Any] = {
    "accelerators": [
        {"name": "H100", "perNode": 8, "nodes": 16, "interconnectGbps": 1600},
        {"name": "H200", "perNode": 8, "nodes": 16, "interconnectGbps": 1600},
    ],
    "purchase": ["on-demand", "spot"],
    "access": {"allow": ["203.0.113.0/24"]},
    "workload": {"image": "registry.example/train:1"},
}


def blueprint(**spec: Any) -> Blueprint:
    data = {
        "apiVersion": "wayfare.dev/v1",
        "kind": "TrainingCluster",
        "metadata": {"name": "llm"},
        "spec": {**SPEC, **spec},
    }
    return TrainingCluster.model_validate(data, strict=False)


def machine(name: str, accelerator: str, usd: float | None, regions: tuple[str, ...], **more: Any) -> MachineType:
    price = None if usd is None else Price(usd_per_hour=usd, as_of=date(2026, 7, 1), region=regions[0], source="test")
    values: dict[str, Any] = {
        "name": name,
        "accelerator": AcceleratorName(accelerator),
        "accelerators": 8,
        "memory_gib": 80,
        "vcpus": 192,
        "ram_gib": 2048,
        "family": "f",
        "fabric": Fabric.EFA,
        "interconnect_gbps": 3200,
        "local_ssd_gb": 0,
        "regions": regions,
        "sales": (Sale.ON_DEMAND, Sale.SPOT),
        "price": price,
        **more,
    }
    return MachineType(**values)


def rows(cloud: CloudName, *machines: MachineType) -> CloudCatalog:
    regions = (
        Region(name="east", area=Area.US),
        Region(name="paris", area=Area.EU),
        Region(name="tokyo", area=Area.ASIA),
    )
    return CloudCatalog(cloud=cloud, regions=regions, machine_types=machines)


CATALOG: Catalog = {
    CloudName.AWS: rows(
        CloudName.AWS,
        machine("aws-h100", "H100", 50.0, ("east", "tokyo")),
        machine("aws-h100-slow", "H100", 10.0, ("east",), interconnect_gbps=400),
        machine("aws-h100-single", "H100", 6.0, ("east",), accelerators=1),
    ),
    CloudName.AZURE: rows(CloudName.AZURE, machine("azure-h200", "H200", 20.0, ("paris",), sales=(Sale.RESERVED,))),
    CloudName.GCP: rows(
        CloudName.GCP,
        machine("gcp-h100", "H100", 40.0, ("paris",)),
        machine("gcp-h200", "H200", None, ("east",)),
    ),
}


def zones_for(wanted: Blueprint) -> Zones:
    return {
        (cloud, question): (f"{question.region}-a", f"{question.region}-b")
        for cloud, asked in questions(wanted, CATALOG).items()
        for question in asked
    }


def ranked(wanted: Blueprint) -> list[str]:
    found = candidates(wanted, CATALOG, zones_for(wanted))
    return [f"{c.zone} {c.machine.name if c.machine else ''} {c.purchase}" for c in found if c.rejected is None]


def reasons(wanted: Blueprint) -> set[str]:
    return {c.rejected for c in candidates(wanted, CATALOG, zones_for(wanted)) if c.rejected}


def test_rank_is_accelerator_then_purchase_then_price() -> None:
    assert ranked(blueprint(placement={"within": ["us", "eu"]})) == [
        "paris-a gcp-h100 on-demand",
        "paris-b gcp-h100 on-demand",
        "east-a aws-h100 on-demand",
        "east-b aws-h100 on-demand",
        "paris-a gcp-h100 spot",
        "paris-b gcp-h100 spot",
        "east-a aws-h100 spot",
        "east-b aws-h100 spot",
        "east-a gcp-h200 on-demand",
        "east-b gcp-h200 on-demand",
        "east-a gcp-h200 spot",
        "east-b gcp-h200 spot",
    ]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({}, "400 Gbps between nodes, at least 1600 Gbps wanted"),
        ({}, "1 H100 in a node, 8 wanted"),
        ({}, "azure has no machine type with H100 in the catalog"),
        ({}, "azure-h200 is not sold on-demand; it is sold as reserved"),
        ({"placement": {"within": ["eu"]}}, "in asia, outside of eu"),
        ({"placement": {"clouds": ["aws"]}}, "the blueprint's placement.clouds leaves it out"),
        ({"placement": {"avoid": ["gcp"]}}, "the blueprint avoids gcp"),
        ({"placement": {"avoid": ["aws/east"]}}, "the blueprint avoids aws/east"),
        ({"budget": {"perHour": 700}}, "800.00 USD/h is over the budget of 700.00 USD/h"),
        ({"budget": {"perHour": 700}}, "its price is not published; budget.unknownPrice: allow would take it"),
        (
            {"accelerators": [{"name": "H100", "nodes": 1, "memoryGiB": 90}]},
            "80 GiB in an accelerator, at least 90 GiB wanted",
        ),
    ],
)
def test_every_rejection_says_why(spec: dict[str, Any], reason: str) -> None:
    assert reason in reasons(blueprint(**spec))


def test_an_unknown_price_can_be_allowed() -> None:
    wanted = blueprint(budget={"perHour": 700, "unknownPrice": "allow"})
    assert {line.split()[1] for line in ranked(wanted)} == {"gcp-h100", "gcp-h200"}


def test_a_region_without_the_machine_type_is_rejected_and_an_unasked_one_keeps_no_zone() -> None:
    wanted = blueprint()
    empty: Zones = {(CloudName.AWS, ZoneQuestion("east", "aws-h100")): ()}
    found = candidates(wanted, CATALOG, empty)
    assert any(c.rejected == "the account sees no aws-h100 in east" for c in found)
    assert all(c.zone is None for c in found)
    assert any(c.rejected is None and c.cloud is CloudName.GCP for c in found)


def test_the_cloud_has_the_last_word() -> None:
    found = candidates(blueprint(), CATALOG, {}, lambda c: "too large" if c.cloud is CloudName.GCP else None)
    assert {c.rejected for c in found if c.cloud is CloudName.GCP} == {"too large"}


def test_spot_has_no_price_but_a_ceiling() -> None:
    found = [c for c in candidates(blueprint(), CATALOG, {}) if c.rejected is None and c.machine]
    for candidate in found:
        spot = candidate.purchase is Purchase.SPOT
        assert (candidate.price_per_hour is None) is (spot or candidate.ceiling_per_hour is None)


def test_rows_of_the_plan_have_the_agreed_keys() -> None:
    row = candidates(blueprint(), CATALOG, {})[0].as_data(chosen=True)
    assert list(row) == [
        *("cloud", "region", "zone", "machine_type", "accelerator", "nodes", "purchase"),
        *("reservation", "price_per_hour", "model", "chosen", "rejected"),
    ]


def test_fitting_finds_the_alternative_of_a_machine_type() -> None:
    wanted = blueprint()
    slow, h200 = CATALOG[CloudName.AWS].machine_type("aws-h100-slow"), CATALOG[CloudName.GCP].machine_type("gcp-h200")
    assert fitting(wanted, slow) is None
    assert fitting(wanted, h200) == wanted.spec.accelerators[1]


RESERVED = {"cloud": "aws", "id": "cr-0123456789abcdef0", "region": "east", "zone": "east-b"}
DATES = {"start": datetime(2026, 12, 1, tzinfo=UTC), "end": datetime(2026, 12, 8, tzinfo=UTC)}


def test_a_reservation_is_tried_in_its_own_zone_and_nowhere_else() -> None:
    wanted = blueprint(purchase=["reserved", "on-demand"], reservations=[RESERVED])
    catalog = {
        **CATALOG,
        CloudName.AWS: rows(
            CloudName.AWS, machine("m", "H100", 10.0, ("east", "paris"), sales=(Sale.RESERVED, Sale.ON_DEMAND))
        ),
    }
    found = [c for c in candidates(wanted, catalog, zones_for(wanted)) if c.purchase is Purchase.RESERVED]
    (open,) = [c for c in found if c.rejected is None]
    assert (open.cloud, open.region, open.zone) == (CloudName.AWS, "east", "east-b")
    assert open.placement.reservation == "cr-0123456789abcdef0"
    assert "the blueprint names no reservation for reserved on gcp" in {c.rejected for c in found}
    # Its zone is its own: nobody is asked for it.
    assert all("east-b" not in str(question) for question in questions(wanted, catalog)[CloudName.AWS])


def test_a_reservation_with_dates_serves_block_alone() -> None:
    wanted = blueprint(purchase=["block"], reservations=[{**RESERVED, **DATES}])
    catalog = {
        **CATALOG,
        CloudName.AWS: rows(CloudName.AWS, machine("m", "H100", None, ("east",), sales=(Sale.BLOCK, Sale.RESERVED))),
    }
    (open,) = [c for c in candidates(wanted, catalog, {}) if c.rejected is None]
    assert (open.purchase, open.reservation) == (Purchase.BLOCK, wanted.spec.reservations[0])
    with pytest.raises(ValidationError, match="serves purchase block, which is not wanted"):
        blueprint(purchase=["on-demand"], reservations=[{**RESERVED, **DATES}])


def test_a_cloud_with_a_network_of_ones_own_is_used_where_that_is() -> None:
    network = {
        "cloud": "aws",
        "region": "east",
        "vpc": "vpc-01234567",
        "clusterSubnets": ["subnet-01234567", "subnet-01234568"],
        "acceleratorSubnets": {"east-a": "subnet-01234569"},
        "reach": "10.0.0.2:443",
    }
    aws = rows(CloudName.AWS, machine("m", "H100", 10.0, ("east", "paris")))
    wanted = blueprint(network={"existing": [network]})
    found = candidates(wanted, {**CATALOG, CloudName.AWS: aws}, {})
    elsewhere = {c.rejected for c in found if c.cloud is CloudName.AWS and c.region == "paris"}
    assert elsewhere == {"the blueprint's network.existing names none in aws/paris"}
    assert any(c.rejected is None and c.region == "east" for c in found if c.cloud is CloudName.AWS)
    assert any(c.rejected is None for c in found if c.cloud is CloudName.GCP), "where none is named, one is made"
    private = blueprint(network={"existing": [network]}, access={"api": "private", "allow": ["10.0.0.0/8"]})
    gcp = [c for c in candidates(private, {**CATALOG, CloudName.AWS: aws}, {}) if c.cloud is CloudName.GCP]
    assert all(c.rejected is not None for c in gcp)


@given(st.permutations(["H100", "H200"]), st.integers(1, 64), st.sets(st.sampled_from(["us", "eu", "asia"])))
def test_a_candidate_never_holds_fewer_accelerators_than_asked(order: list[str], nodes: int, within: set[str]) -> None:
    wanted = blueprint(
        accelerators=[{"name": name, "perNode": 8, "nodes": nodes} for name in order],
        placement={"within": sorted(within)},
    )
    for candidate in candidates(wanted, CATALOG, zones_for(wanted)):
        if candidate.rejected is None:
            assert candidate.machine is not None
            assert candidate.machine.accelerators * candidate.accelerator.nodes >= 8 * nodes
            assert candidate.machine.accelerator == candidate.accelerator.name
