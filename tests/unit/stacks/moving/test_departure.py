"""What may be moved, and what a person is told before it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from wayfare.blueprints import AcceleratorName, CloudName, Loaded, Maker, loads
from wayfare.components.catalog import shipped_rows
from wayfare.stacks.moving.book import NotMovable
from wayfare.stacks.moving.departure import left_behind
from wayfare.stacks.moving.journey import Through
from wayfare.stacks.moving.order import Order, contract, ordered
from wayfare.stacks.moving.outlook import Outlook, as_data, lines
from wayfare.stacks.placement import Candidate, candidates
from wayfare.stacks.project import StackName
from wayfare.stacks.prospect import Wish

CONTRACT = "checkpoint: {complete: 'step-*/DONE', step: 'step-([0-9]+)/', grace: 5m}"
TPU = AcceleratorName("TPUv6e")
SOURCE = StackName("llm", CloudName.AWS, "us-east-1")


def blueprint(workload: str = CONTRACT, more: str = "", kind: str = "TrainingCluster") -> Loaded:
    text = (
        f"apiVersion: wayfare.dev/v1\nkind: {kind}\nmetadata: {{name: llm}}\nspec:\n"
        "  accelerators: [{name: H100, nodes: 2}, {name: TPUv6e, topology: 4x4}]\n"
        f"  access: {{allow: [203.0.113.0/24]}}\n  workload: {{image: 'registry.example/train:1', {workload}}}\n{more}"
    )
    return loads(text, "llm.yaml")


def order(loaded: Loaded) -> Order:
    return ordered("cloud", loaded, SOURCE, Wish(CloudName.AZURE, maker=Maker.NVIDIA), "0.1.0", bandwidth=None)


def test_an_order_is_what_the_journal_says_of_it() -> None:
    made = order(blueprint())
    assert Order.model_validate(made.model_dump(mode="json", by_alias=True)) == made
    assert made.stack == SOURCE
    assert made.wish == Wish(CloudName.AZURE, maker=Maker.NVIDIA)
    assert "step-*/DONE" in made.text


@pytest.mark.parametrize(
    ("loaded", "says"),
    [
        (blueprint(""), "workload.checkpoint"),
        (blueprint("", kind="InferenceCluster"), "only trainings"),
        (blueprint(f"{CONTRACT}, apply: elsewhere"), "applied elsewhere"),
        (blueprint(more="  deletionProtection: true\n"), "deletionProtection"),
        (blueprint(more="  storage: {shared: {capacity: 48TiB, keep: durable}}\n"), "shared store is durable"),
    ],
)
def test_what_could_not_end_well_is_refused_with_what_to_do(loaded: Loaded, says: str) -> None:
    with pytest.raises(NotMovable, match=says):
        order(loaded)


def test_a_chip_of_another_maker_is_out_unless_checkpoints_are_portable() -> None:
    catalog = {name: shipped_rows(name) for name in CloudName}
    found = candidates(blueprint().blueprint, catalog, {}, Wish(maker=Maker.NVIDIA).against)
    open = {each.accelerator.name for each in found if each.rejected is None}
    assert open == {AcceleratorName.H100}
    said = {each.rejected for each in found if each.accelerator.name is TPU and each.cloud is CloudName.GCP}
    assert any(each is not None and "workload.checkpoint.portable" in each for each in said)
    found = candidates(blueprint().blueprint, catalog, {}, Wish().against)
    assert {each.accelerator.name for each in found if each.rejected is None} == {AcceleratorName.H100, TPU}


def place(cloud: CloudName, machine: str, region: str, zone: str, nodes: int = 2) -> Candidate:
    accelerator = blueprint().blueprint.spec.accelerators[0].model_copy(update={"nodes": nodes})
    (purchase,) = blueprint().blueprint.spec.purchase
    return Candidate(cloud, accelerator, purchase, (0, 0), region, zone, shipped_rows(cloud).machine_type(machine))


@pytest.fixture
def outlook() -> Outlook:
    return Outlook(
        source=SOURCE,
        here=place(CloudName.AWS, "p5.48xlarge", "us-east-1", "us-east-1a"),
        there=place(CloudName.AZURE, "Standard_ND96isr_H100_v5", "eastus", "1"),
        others=3,
        objects=1000,
        size=900 * 10**9,
        images=(),
        data=(),
        rate=125_000_000,
        through=Through.CLUSTER,
        contract=contract(blueprint()),
        differences=(("network", "a VPC", "a virtual network"),),
        lost=("older versions",),
        keeps_data=False,
    )


def test_the_plan_tells_time_price_and_what_cannot_be_undone(outlook: Outlook) -> None:
    assert outlook.copying == timedelta(hours=2)
    assert outlook.egress == 81.00
    assert outlook.pause == timedelta(minutes=5 + 4 + 12)
    price = outlook.both_per_hour
    assert price is not None
    assert price == pytest.approx((outlook.here.price_per_hour or 0) + (outlook.there.price_per_hour or 0))
    text = "\n".join(lines(outlook))
    for part in ("1,000 objects, 900.0 GB", "81.00 USD", "only goes forward", "older versions", "network: a VPC -> "):
        assert part in text
    assert as_data(outlook)["bytes"] == 900 * 10**9
    assert "must reshard" not in text


def test_it_says_by_what_the_bytes_go_and_what_the_proof_reads_here(outlook: Outlook) -> None:
    text = "\n".join(lines(outlook))
    assert "through pods of the target" in text
    assert "on aws those in parts or under a key of KMS and on azure those in blocks" in text
    assert as_data(outlook)["copy_through"] == "cluster"
    here = "\n".join(lines(replace(outlook, through=Through.HERE)))
    assert "through this machine" in here
    assert "pods" not in here


def test_another_number_of_accelerators_is_told(outlook: Outlook) -> None:
    other = replace(outlook, there=place(CloudName.AZURE, "Standard_ND96isr_H100_v5", "eastus", "1", nodes=4))
    assert "from 16 to 32 accelerators: the training must reshard" in "\n".join(lines(other))


def test_what_the_blueprint_keeps_elsewhere_stays_behind() -> None:
    assert left_behind(blueprint()) == ()
    found = left_behind(
        blueprint(more="  storage: {shared: {capacity: 48TiB}, scratch: {perNode: 1TiB}}\n  registry: private\n")
    )
    assert len(found) == 3
