import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import strategies
from wayfare.blueprints import Blueprint, BlueprintInvalid, digest, dump, loads
from wayfare.blueprints.check import BLUEPRINT
from wayfare.blueprints.quantities import LONGEST, format_duration, parse_duration

# Generating a whole blueprint takes a while on a busy machine; what is tested does not.
calm = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@calm
@given(strategies.blueprints())
def test_a_dumped_blueprint_reads_back_as_itself(blueprint: Blueprint) -> None:
    loaded = loads(dump(blueprint), "dumped.yaml")
    assert loaded.blueprint == blueprint
    assert loaded.digest == digest(blueprint)
    assert dump(loaded.blueprint) == dump(blueprint)


@calm
@given(strategies.blueprints())
def test_json_is_yaml_too_and_writing_defaults_out_changes_nothing(blueprint: Blueprint) -> None:
    text = json.dumps(BLUEPRINT.dump_python(blueprint, mode="json", by_alias=True), indent=1)
    assert loads(text, "all.json").digest == digest(blueprint)


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(BlueprintInvalid):
        loads(text, "any.yaml")


# Texts that look like YAML find more than arbitrary ones do.
_TOKENS = (
    *(
        "a",
        "kind",
        ": ",
        "\n",
        "\n  ",
        "- ",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a ",
        "*a",
        "!t ",
        "|",
        ">",
        '"',
        "'",
        "#",
    ),
    *("%YAML 1.1\n", "---\n", "...\n", "<<", '"\\U', '"\\xZ', "\t", "1", "2026-01-01", "\ufeff", "\x85", "\0", "\r"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_TOKENS), max_size=30).map("".join))
def test_anything_like_yaml_is_read_or_refused(text: str) -> None:
    with pytest.raises(BlueprintInvalid):
        loads(text, "any.yaml")


@given(st.integers(1, LONGEST // timedelta(seconds=1)).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_duration_is_written_as_it_is_read(length: timedelta) -> None:
    assert parse_duration(format_duration(length)) == length


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        length = parse_duration(text)
    except ValueError:
        return
    assert timedelta(0) < length <= LONGEST
