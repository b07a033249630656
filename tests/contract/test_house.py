"""All clouds have the same shape: files, components, outputs."""

from pathlib import Path

import pytest

import wayfare.components.aws
from tests.golden.cases import BLUEPRINTS, TRAINING, declared, one
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud, sdk_missing
from wayfare.components.failures import Rule
from wayfare.sandbox.packages import PACKAGE_OF
from wayfare.stacks.facts import BUCKETS, CONTROL_PLANES, POOLS, subject

COMPONENTS = Path(wayfare.components.aws.__file__).parents[1]

#: What only one cloud has: AWS nodes read their configuration from user data, its key is found by an alias, and its
#: collector of metrics is told what to ask for; Azure ends no hold by itself, its role assignments name the
#: subscription and whoever makes them, what its account lacks takes several questions, and its nodes' software takes a
#: file; Google Cloud's needs are told apart by their kind, and it has TPUs, in slices.
OWN = {
    CloudName.AWS: {"flow_log.py", "keys.py", "planning_monitoring.py", "user_data.jinja"},
    CloudName.AZURE: {
        *("account_compute.py", "caller.py", "hold.py", "lock.py", "reaper.py"),
        *("keys.py", "software.py"),
    },
    CloudName.GCP: {"needs.py", "software.py", "tpu.py", "watching.py"},
}


#: Files of one cloud's own that hold no component.
HELD_BY_NONE = {
    CloudName.AWS: {"Keys", "PlanningMonitoring"},
    CloudName.AZURE: {"AccountCompute", "Caller", "Hold", "Lock", "Reaper", "Software"},
    CloudName.GCP: {"Needs", "Software", "Tpu", "Watching"},
}

#: Files of a cloud's package that are no component: what decides, asks, and joins the components.
AROUND = {
    *("__init__.py", "account.py", "adoption.py", "build.py", "cloud.py", "failures.py", "gives.py"),
    *("plan.py", "plan_compute.py", "plan_platform.py", "planning.py", "planning_compute.py", "planning_platform.py"),
    "planning_storage.py",
    # Once for an account, and no part of a cluster.
    *("bootstrap.py", "bootstrap_plan.py"),
    # Beside a cluster for a short time, and no part of it either.
    *("trust.py", "trust_plan.py"),
    # How the account's own key is found.
    "keys.py",
}


def files(name: CloudName) -> set[str]:
    return {path.name for path in (COMPONENTS / name).iterdir() if path.name != "__pycache__"} - OWN.get(name, set())


def components(name: CloudName, blueprint: str) -> set[str]:
    return {row.type for row in declared(name, blueprint).values() if row.type.startswith("wayfare:")}


@pytest.mark.parametrize("name", CloudName)
def test_the_files_have_the_same_names(name: CloudName) -> None:
    assert files(name) == files(CloudName.AWS)
    assert {path.name for path in (COMPONENTS / "catalog_data").glob("*.yaml")} == {
        f"{each}.yaml" for each in CloudName
    }


@pytest.mark.parametrize("name", CloudName)
@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_every_component_is_in_a_file_of_its_name(name: CloudName, blueprint: str) -> None:
    """`ControlPlane` in `control_plane.py`. Some are declared only where a blueprint asks for them."""
    whole = {path.name for path in (COMPONENTS / name).glob("*.py")}
    tokens = {f"wayfare:{name}:{file.removesuffix('.py').title().replace('_', '')}": file for file in whole - AROUND}
    declares = {token for token, file in tokens.items() if f'"{token}"' in (COMPONENTS / name / file).read_text()}
    assert components(name, blueprint) <= {"wayfare:index:Cluster", "wayfare:kubernetes:Workload", *declares}
    assert set(tokens) - declares <= {f"wayfare:{name}:{part}" for part in HELD_BY_NONE.get(name, ())}


@pytest.mark.parametrize("name", CloudName)
def test_a_person_has_a_word_for_every_component(name: CloudName) -> None:
    tokens = components(name, TRAINING) - {"wayfare:index:Cluster"}
    words = [subject(f"urn:pulumi:s::wayfare::wayfare:index:Cluster${token}::x") for token in tokens]
    assert "cluster" not in words
    assert len(set(words)) == len(tokens)


@pytest.mark.parametrize("name", CloudName)
@pytest.mark.parametrize("mains", [POOLS, CONTROL_PLANES, BUCKETS], ids=["pool", "control-plane", "bucket"])
def test_what_is_not_replaced_without_consent_is_known(name: CloudName, mains: frozenset[str]) -> None:
    assert {row.type for row in declared(name, TRAINING).values()} & mains


@pytest.mark.parametrize("name", CloudName)
@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_the_outputs_have_the_same_names(name: CloudName, blueprint: str) -> None:
    """An output without a value, such as the capacity of what cannot be held, is not sent to the engine."""
    outputs = one(declared(name, blueprint), "Cluster", blueprint_name(blueprint)).outputs
    assert (
        outputs.keys() | {"capacity"}
        == one(declared(CloudName.AWS, blueprint), "Cluster", blueprint_name(blueprint)).outputs.keys()
    )
    assert outputs["cloud"] == name


def blueprint_name(blueprint: str) -> str:
    return "llm-pretrain" if blueprint == TRAINING else blueprint


@pytest.mark.parametrize("name", CloudName)
def test_a_clouds_package_exports_what_the_contract_asks_for(name: CloudName) -> None:
    chosen = cloud(name)
    assert chosen.name is name
    assert sdk_missing(name) is None
    assert chosen.failures
    assert all(isinstance(rule, Rule) for rule in chosen.failures)


@pytest.mark.parametrize("name", CloudName)
def test_the_providers_configuration_names_the_region(name: CloudName) -> None:
    found = cloud(name).configuration("somewhere-1")
    assert any("somewhere-1" in value for value in found.values())
    assert {key.split(":")[0] for key in found} == {PACKAGE_OF[name]}
