"""Limits from Google's discovery documents: how much is covered, some exactly, and that the tables fit both sides."""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import pytest

from tests.golden.cases import BLUEPRINTS, declared
from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import Limit
from wayfare.sandbox.clouds.gcp import BEHAVIOUR
from wayfare.sandbox.clouds.gcp.limits import limits_of
from wayfare.sandbox.clouds.gcp.models import MODELS, NAMES, STATED, UNMODELLED
from wayfare.sandbox.schema import ResourceSchema, Schemas, Shape

POOL, CLUSTER = "gcp:container/nodePool:NodePool", "gcp:container/cluster:Cluster"


def used() -> set[str]:
    return {
        row.type
        for blueprint in BLUEPRINTS
        for row in declared(CloudName.GCP, blueprint).values()
        if row.type.startswith("gcp:")
    }


def document(name: str) -> Mapping[str, Any]:
    path = files("googleapiclient").joinpath("discovery_cache", "documents", f"{name}.json")
    return json.loads(path.read_text(encoding="utf-8"))["schemas"]


def paths(schema: ResourceSchema) -> set[str]:
    """Every property path of a type as limits name it."""

    def below(shape: Shape, path: str) -> Iterator[str]:
        if isinstance(shape, dict) and "list" in shape:
            yield f"{path}[]"
            yield from below(shape["list"], path)
        elif isinstance(shape, dict) and "object" in shape:
            for name, known in schema.objects[str(shape["object"])].items():
                yield from (f"{path}.{name}", *below(known.shape, f"{path}.{name}"))

    return {each for name, known in schema.inputs.items() for each in (name, *below(known.shape, name))}


def test_every_type_that_the_components_use_is_modelled_or_named_with_a_reason() -> None:
    assert used() <= MODELS.keys() | UNMODELLED.keys()
    assert not MODELS.keys() & UNMODELLED.keys()
    assert all(UNMODELLED.values())


def test_so_much_is_covered() -> None:
    counts = {token: len(limits_of(token)) for token in MODELS}
    assert len(counts) >= 9
    assert all(counts.values()), counts
    assert counts[CLUSTER] >= 150
    assert counts[POOL] >= 60
    assert sum(counts.values()) >= 280
    assert sum(1 for token in MODELS for limit in limits_of(token).values() if limit.values) >= 100


@pytest.mark.parametrize("token", MODELS)
def test_every_limit_is_at_a_path_that_the_sdk_has(token: str) -> None:
    schema = Schemas("gcp").get(token)
    assert schema is not None
    assert limits_of(token).keys() <= paths(schema)


@pytest.mark.parametrize("token", BEHAVIOUR.rules)
def test_what_replaces_a_resource_is_a_property_that_the_sdk_has(token: str) -> None:
    schema = Schemas("gcp").get(token)
    assert schema is not None
    assert BEHAVIOUR.rules[token].replace_on - {"*"} <= paths(schema)


@pytest.mark.parametrize(
    ("token", "path", "limit"),
    [
        (
            POOL,
            "nodeConfig.taints.effect",
            Limit("container.v1 NodeTaint.effect", values=("NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE")),
        ),
        (
            POOL,
            "nodeConfig.reservationAffinity.consumeReservationType",
            Limit(
                "container.v1 ReservationAffinity.consumeReservationType",
                values=("NO_RESERVATION", "ANY_RESERVATION", "SPECIFIC_RESERVATION", "ANY_RESERVATION_THEN_FAIL"),
            ),
        ),
        (POOL, "nodeConfig.diskSizeGb", Limit("container.v1 NodeConfig.diskSizeGb", least=12, most=2**31 - 1)),
        (POOL, "maxPodsPerNode", Limit("container.v1 MaxPodsConstraint.maxPodsPerNode", pattern=r"-?\d{1,19}")),
        (
            CLUSTER,
            "gatewayApiConfig.channel",
            Limit(
                "container.v1 GatewayAPIConfig.channel",
                values=("CHANNEL_DISABLED", "CHANNEL_EXPERIMENTAL", "CHANNEL_STANDARD"),
            ),
        ),
        ("gcp:compute/network:Network", "mtu", Limit("compute.v1 Network.mtu", least=1300, most=8896)),
        (
            "gcp:compute/routerNat:RouterNat",
            "subnetworks.sourceIpRangesToNats[]",
            Limit(
                "compute.v1 RouterNatSubnetworkToNat.sourceIpRangesToNat",
                values=("ALL_IP_RANGES", "LIST_OF_SECONDARY_IP_RANGES", "PRIMARY_IP_RANGE"),
            ),
        ),
        (
            "gcp:storage/bucket:Bucket",
            "lifecycleRules.condition.age",
            Limit("storage.v1 Bucket.lifecycle.rule.condition.age", least=-(2**31), most=2**31 - 1),
        ),
        (
            "gcp:serviceaccount/account:Account",
            "displayName",
            Limit("iam.v1 ServiceAccount.displayName", longest=100),
        ),
    ],
)
def test_a_limit_says_what_the_document_says(token: str, path: str, limit: Limit) -> None:
    assert limits_of(token)[path] == limit


def test_what_the_provider_takes_otherwise_is_left_out() -> None:
    assert "releaseChannel.channel" not in limits_of(CLUSTER)
    assert "datapathProvider" not in limits_of(CLUSTER)
    assert "status" not in limits_of("gcp:compute/reservation:Reservation"), "what only the cloud writes"
    assert limits_of("gcp:redis/instance:Instance") == {}
    assert BEHAVIOUR.limits(POOL) == limits_of(POOL)


@pytest.mark.parametrize("name", NAMES)
def test_every_rename_leads_to_something_in_its_document(name: str) -> None:
    schemas = document(name)
    for owner, renamed in NAMES[name].items():
        assert owner in schemas
        for path in renamed.values():
            schema: Mapping[str, Any] = schemas[owner]
            for step in (path or "").split("."):
                if step:
                    found = schema["properties"][step]
                    entry = found.get("items", found)
                    schema = schemas[entry["$ref"]] if "$ref" in entry else entry


@pytest.mark.parametrize("name", STATED)
def test_what_a_document_states_is_still_what_it_states(name: str) -> None:
    schemas = document(name)
    for where, stated in STATED[name].items():
        owner, _, prop = where.partition(".")
        description = " ".join(schemas[owner]["properties"][prop]["description"].split())
        assert stated.words in description, where
