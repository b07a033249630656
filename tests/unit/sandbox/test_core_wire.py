"""Secrets and unknown values on the wire."""

from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from wayfare.sandbox import wire
from wayfare.sandbox.behaviour import UNKNOWN

NAMES = st.text("abcxyz./", min_size=1, max_size=6)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
PROPERTIES = st.dictionaries(NAMES, VALUES, max_size=4)


def paths_of(value: Any, path: wire.Path = ()) -> list[wire.Path]:
    """Every path inside a value, its own included."""
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(cast("dict[str | int, Any]", value).items())
    elif isinstance(value, list):
        inner = list(enumerate(cast("list[Any]", value)))
    return [path, *(deeper for key, child in inner for deeper in paths_of(child, (*path, key)))]


@given(PROPERTIES)
def test_structs_keep_values(properties: dict[str, Any]) -> None:
    assert wire.from_struct(wire.to_struct(properties)) == properties


@given(PROPERTIES, st.data())
def test_what_is_concealed_is_found_and_stays_the_same_inside(properties: dict[str, Any], data: st.DataObject) -> None:
    everywhere = [path for path in paths_of(properties) if path]
    chosen = data.draw(st.lists(st.sampled_from(everywhere), max_size=3)) if everywhere else []
    concealed = wire.conceal(properties, chosen)
    assert wire.plain(concealed) == properties
    found = set(wire.secret_paths(concealed))
    assert all(any(path[: len(outer)] == outer for outer in found) for path in chosen)


def test_a_path_that_is_gone_conceals_the_whole_property() -> None:
    concealed = wire.conceal({"identities": {"a": {}}}, [("identities", 0)])
    assert concealed == {"identities": wire.secret({"a": {}})}


def test_every_kind_of_unknown_value_and_envelope_is_read() -> None:
    output: dict[str, Any] = {wire.SIGNATURE: wire.OUTPUT, "dependencies": []}
    number = "3eeb2bf0-c639-47a8-9e75-3b44932eb421"
    given: dict[str, Any] = {
        "a": output,
        "b": {**output, "value": 3},
        "c": [number],
        "d": {wire.SIGNATURE: wire.RESOURCE, "id": "x"},
    }
    assert wire.plain(given) == {"a": UNKNOWN, "b": 3, "c": [UNKNOWN], "d": "x"}
    assert wire.has_unknown(given["c"])


def test_paths_read_as_pulumi_writes_them() -> None:
    assert wire.path_text(("spec", "pools", 0, "labels", "a.b/c")) == 'spec.pools[0].labels["a.b/c"]'


def test_an_unknown_value_is_found_on_the_way_to_a_path() -> None:
    assert wire.unknown_at({"vpcConfig": UNKNOWN}, "vpcConfig.subnetIds[0]")
    assert wire.unknown_at({"vpcConfig": {"subnetIds": ["a", UNKNOWN]}}, "vpcConfig.subnetIds[1]")
    assert not wire.unknown_at({"vpcConfig": {"subnetIds": ["a", UNKNOWN]}}, "vpcConfig.subnetIds[0]")
