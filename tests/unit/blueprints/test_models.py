import ast
import inspect
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import wayfare.blueprints
from wayfare.blueprints import (
    Accelerator,
    AcceleratorName,
    Access,
    Budget,
    Checkpoints,
    Metadata,
    PlacementWish,
    Storage,
    TrainingCluster,
    Workload,
)
from wayfare.blueprints.base import Model
from wayfare.blueprints.patterns import FORMS
from wayfare.blueprints.quantities import format_duration, parse_duration

EXPORTED = [
    "API_VERSION",
    "Accelerator",
    "AcceleratorName",
    "Access",
    "Admins",
    "Area",
    "Blueprint",
    "BlueprintInvalid",
    "Budget",
    "Checkpoint",
    "Checkpoints",
    "CloudName",
    "ControlException",
    "DataSet",
    "ExistingAwsNetwork",
    "ExistingAzureNetwork",
    "ExistingGcpNetwork",
    "ExistingNetwork",
    "Gateway",
    "InferenceCluster",
    "Kubernetes",
    "Latent",
    "Loaded",
    "Loc",
    "Maker",
    "Metadata",
    "Monitoring",
    "Network",
    "PlacementWish",
    "Probe",
    "Problem",
    "Purchase",
    "Reservation",
    "Scale",
    "Scratch",
    "Secrets",
    "ServedModel",
    "ServingSpec",
    "ServingWorkload",
    "SharedStore",
    "SlidingWindow",
    "Spec",
    "Storage",
    "TrainingCluster",
    "TrainingSpec",
    "TrainingWorkload",
    "Weights",
    "Workload",
    "digest",
    "dump",
    "json_schema",
    "load",
    "load_all",
    "loads",
]


def test_what_the_package_offers_is_locked() -> None:
    assert wayfare.blueprints.__all__ == EXPORTED
    assert all(hasattr(wayfare.blueprints, name) for name in EXPORTED)


def test_blueprints_know_nothing_of_pulumi_or_of_the_other_portions() -> None:
    for path in Path(inspect.getfile(wayfare.blueprints)).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert not name.startswith("pulumi"), path
                assert not name.startswith("wayfare.") or name.startswith("wayfare.blueprints"), path


def _all(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for below in model.__subclasses__():
        yield below
        yield from _all(below)


MODELS = list(_all(Model))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_says_what_it_is(model: type[BaseModel]) -> None:
    assert all(field.description for field in model.model_fields.values())
    assert model.model_config.get("frozen")


def test_every_pattern_explains_itself() -> None:
    assert len({form.regex for form in FORMS}) == len(FORMS)
    assert all(form.says.startswith("must ") for form in FORMS)


def test_models_are_built_in_python_by_their_own_names() -> None:
    accelerator = Accelerator(name=AcceleratorName.A100, per_node=8, nodes=1, memory_gib=80)
    assert accelerator.model_dump(by_alias=True, exclude_defaults=True) == {
        "name": "A100",
        "nodes": 1,
        "memoryGiB": 80,
    }
    assert Budget(per_hour=16).per_hour == 16.0


def test_an_address_becomes_a_network() -> None:
    assert Access(allow=("203.0.113.7",)).allow == ("203.0.113.7/32",)
    with pytest.raises(ValidationError, match="twice"):
        Access(allow=("203.0.113.7", "203.0.113.7/32"))


@pytest.mark.parametrize(
    "image",
    [
        *(
            "a",
            "a/b",
            "a:1",
            "registry.example/a",
            "registry.example:5000/a/b:1.4",
            "localhost/a",
            "a/b_c--d.e__f:V1_2",
        ),
        *("nvcr.io/nvidia/pytorch:25.10-py3", "a@sha256:" + "0" * 64, "a:1@sha256:" + "0" * 64),
    ],
)
def test_an_image_is_accepted(image: str) -> None:
    assert Workload(image=image).image == image


@pytest.mark.parametrize(
    "image", ["", " ", "a b", "A", "a/B", "a:", "a//b", "-a", "a:1\n", "https://a/b", "a@sha256:0"]
)
def test_what_is_no_image_is_refused(image: str) -> None:
    with pytest.raises(ValidationError):
        Workload(image=image)


@pytest.mark.parametrize("name", ["a", "a1", "a-b", "a" * 24])
def test_a_name_is_accepted(name: str) -> None:
    assert Metadata(name=name).name == name


@pytest.mark.parametrize("name", ["", "1a", "a-", "-a", "A", "a_b", "a" * 25, "a\n", "login-1", "a-windows", "xn--a"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Metadata(name=name)


def test_more_labels_than_clouds_have_room_for_are_refused() -> None:
    labels = {f"label{number}": "" for number in range(40)}
    assert len(Metadata(name="a", labels=labels).labels) == 40
    with pytest.raises(ValidationError):
        Metadata(name="a", labels={**labels, "another": ""})


@pytest.mark.parametrize(
    "wish",
    [{"avoid": ("aws", "azure", "gcp")}, {"clouds": ()}, {"avoid": ("aws", "aws")}, {"avoid": ("oracle",)}],
)
def test_a_wish_that_leaves_nowhere_or_repeats_itself_is_refused(wish: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PlacementWish(**wish)


def test_a_cloud_with_some_of_its_regions_avoided_is_left() -> None:
    assert PlacementWish(avoid=("aws", "azure", "gcp/us-central1")).avoid[2] == "gcp/us-central1"


def test_objects_expire_after_whole_days() -> None:
    assert Checkpoints(expire_after=timedelta(days=2)).expire_after == timedelta(days=2)
    with pytest.raises(ValidationError):
        Checkpoints(expire_after=timedelta(hours=30))


def test_data_that_a_move_copies_lies_in_no_bucket_whose_objects_expire() -> None:
    data = {"from": "s3://corpus/v7", "mount": "/data"}
    expiring = {"checkpoints": {"expireAfter": "30d"}}
    with pytest.raises(ValidationError, match="would delete the data"):
        Storage.model_validate({**expiring, "data": [{**data, "elsewhere": "copy"}]}, strict=False)
    assert Storage.model_validate({**expiring, "data": [data]}, strict=False).data[0].elsewhere == "refuse"


def test_a_blueprint_cannot_change() -> None:
    with pytest.raises(ValidationError):
        setattr(Metadata(name="a"), "name", "b")  # noqa: B010 - the type checker refuses the plain form, rightly
    assert TrainingCluster.model_config.get("extra") == "forbid"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1s", timedelta(seconds=1)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("30d", timedelta(days=30)),
        ("86400s", timedelta(days=1)),
    ],
)
def test_a_duration_is_read(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "5", "5 m", "m", "0m", "-5m", "5M", "1.5h", "5m ", "\u0665m", "1w", "4000d", 5, None]
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(microseconds=1), timedelta(days=-1), timedelta(days=3651)])
def test_a_length_that_cannot_be_written_is_refused(length: timedelta) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(length)


def test_a_duration_is_written_in_its_largest_unit() -> None:
    assert [format_duration(timedelta(minutes=n)) for n in (1, 60, 90, 1440)] == ["1m", "1h", "90m", "1d"]
