"""The contract about checkpoints: what it refuses, and which checkpoints in a bucket are whole."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.strategies import contracts
from wayfare.blueprints import BlueprintInvalid, Checkpoint, TrainingCluster, loads, patterns
from wayfare.blueprints.checkpoints import LONGEST_NAME, Complete, complete, newest
from wayfare.blueprints.steps import Step

TEXT = """\
apiVersion: wayfare.dev/v1
kind: TrainingCluster
metadata: {name: llm}
spec:
  accelerators: [{name: H100, nodes: 2}]
  access: {allow: [203.0.113.0/24]}
  storage: {data: [{from: "s3://corpus/v7", mount: /data/text}]}
  workload:
    image: registry.example/train:1
    checkpoint: {complete: "step-*/DONE", step: 'step-(\\d+)/'}
"""
DONE = Checkpoint(complete="step-*/DONE", step=r"step-(\d+)/")
ZEROS = "0" * 40
FLAT = Checkpoint(complete="step-*.done", step=r"^step-(\d+)[.]")


def said(**fields: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Checkpoint.model_validate({"complete": "step-*/DONE", "step": r"step-(\d+)/", **fields})
    (error,) = caught.value.errors()
    return str(error["msg"])


def test_what_is_not_said_has_its_default() -> None:
    blueprint = loads(TEXT, "b.yaml").blueprint
    assert isinstance(blueprint, TrainingCluster)
    contract = blueprint.spec.workload.checkpoint
    assert contract is not None
    assert contract == DONE
    assert (contract.path, contract.grace) == ("/checkpoints", timedelta(seconds=30))


@pytest.mark.parametrize("path", ["/dev", "/dev/shm", "/shared", "/scratch/x", "/proc", "/etc/x"])  # noqa: S108
def test_a_place_that_is_not_free_is_refused(path: str) -> None:
    assert "such as /checkpoints" in said(path=path)


@pytest.mark.parametrize("path", ["/data", "/data/text", "/data/text/more"])
def test_a_place_within_or_around_a_data_set_is_refused(path: str) -> None:
    with pytest.raises(BlueprintInvalid, match=f"checkpoints are mounted at {path} and data at /data/text"):
        loads(TEXT.replace("{complete", f"{{path: {path}, complete"), "b.yaml")


@pytest.mark.parametrize(
    "pattern", ["/step-*/DONE", "../step-*", "step-*/../DONE", ".step-*", "step-*//DONE", "step-*/", "step [*]", ""]
)
def test_a_marker_that_is_no_path_below_the_mount_is_refused(pattern: str) -> None:
    assert "pattern" in said(complete=pattern)


def test_a_marker_without_a_place_for_the_step_and_one_over_several_directories_are_refused() -> None:
    assert "names one file for all checkpoints" in said(complete="DONE")
    assert "write a `*` for each directory" in said(complete="**/DONE")


@pytest.mark.parametrize(
    "step",
    [
        "step-",
        "(\\d+)(\\d+)",
        "(?:a)(\\d+)",
        "(a+)+(\\d+)",
        "(\\w+)",
        "(\\d+)|x",
        "(?P<n>\\d+)",
        "(\\d+)\\1",
        "(?=x)(\\d+)",
        "(\\d+",
        "a{1000}(\\d+)",
        "\\b(\\d+)",
        "(\\d+?)",
    ],
)
def test_an_expression_beyond_what_all_languages_read_alike_is_refused(step: str) -> None:
    assert "pattern" in said(step=step)


@pytest.mark.parametrize(
    "step",
    [".*(\\d+)/", "[^/]*(\\d+)/", "(\\d+)\\d/", "(\\d+)[0-9a-f]*/", "a*a*(\\d+)/", "a?a{1,9}(\\d+)", "-*b?-+(\\d+)/"],
)
def test_an_expression_that_can_be_read_in_two_ways_is_refused(step: str) -> None:
    assert "could go on where" in said(step=step)


def test_an_expression_that_python_cannot_compile_is_told() -> None:
    assert "is no regular expression: bad character range z-a" in said(step=r"[z-a](\d+)/")


@pytest.mark.parametrize(
    ("pattern", "step"),
    [("step-*/DONE", r"iter-(\d+)/"), ("v1-*/DONE", r"v(\d)"), ("*/DONE", r"/(\d+)"), ("step-*", r"step-0(\d+)")],
)
def test_a_marker_in_whose_path_the_expression_does_not_find_the_step_is_refused(pattern: str, step: str) -> None:
    assert "`step` does not find 1200 in" in said(complete=pattern, step=step)


def test_a_grace_that_no_cloud_waits_for_is_refused() -> None:
    assert "at most 1h" in said(grace="61m")
    assert Checkpoint(complete="s*", step=r"s(\d+)", grace=timedelta(hours=1)).grace == timedelta(hours=1)


@pytest.mark.parametrize(
    ("contract", "names", "found"),
    [
        (DONE, ["step-7/a.pt", "step-7/DONE", "step-8/a.pt"], [(7, "step-7/DONE", "step-7/")]),
        (DONE, ["step-7/DONE/", "x/step-7/DONE", "step-7/DONE/x", "step-/DONE", "step-a/DONE", "step-7/done"], []),
        (
            DONE,
            ["step-007/DONE", "step-10/DONE"],
            [(7, "step-007/DONE", "step-007/"), (10, "step-10/DONE", "step-10/")],
        ),
        (
            DONE,
            [f"step-{'9' * 19}/DONE", f"step-{'0' * 40}5/DONE"],
            [(5, f"step-{'0' * 40}5/DONE", f"step-{'0' * 40}5/")],
        ),
        (FLAT, ["step-7.pt", "step-7.done", "step-70.pt"], [(7, "step-7.done", "step-7")]),
        (
            Checkpoint(complete="step-*/rank-*.done", step=r"step-(\d+)/"),
            ["step-7/rank-1.done", "step-7/rank-0.done"],
            [(7, "step-7/rank-0.done", "step-7/")],
        ),
        (
            Checkpoint(complete="run-*/step-*/DONE", step=r"step-(\d+)/"),
            ["run-b/step-7/DONE", "run-a/step-7/DONE"],
            [(7, "run-a/step-7/DONE", "run-a/step-7/"), (7, "run-b/step-7/DONE", "run-b/step-7/")],
        ),
        (Checkpoint(complete="*/DONE", step=r"(\d+)/"), [".tmp-9/DONE", "9/DONE"], [(9, "9/DONE", "9/")]),
        (
            Checkpoint(complete="a*b*c/D", step=r"b(\d+)c"),
            ["axb5c/D", "ab5c/D", "a5c/D"],
            [(5, "ab5c/D", "ab5c/"), (5, "axb5c/D", "axb5c/")],
        ),
    ],
)
def test_what_is_whole_is_found_with_its_step_and_its_objects(
    contract: Checkpoint, names: list[str], found: list[tuple[int, str, str]]
) -> None:
    assert [(each.step, each.marker, each.prefix) for each in complete(names, contract)] == found


def test_a_checkpoint_holds_its_own_objects_and_no_longer_step_s() -> None:
    (whole,) = complete(["step-7/DONE"], DONE)
    assert [name for name in ("step-7/a", "step-7/b/c", "step-70/a", "step-7") if whole.holds(name)] == [
        "step-7/a",
        "step-7/b/c",
    ]
    (flat,) = complete(["step-7.done"], FLAT)
    assert [name for name in ("step-7.pt", "step-7", "step-70.pt", "step-7/x") if flat.holds(name)] == [
        "step-7.pt",
        "step-7",
        "step-7/x",
    ]


def written(step: int, contract: Checkpoint) -> str:
    """A marker's path, as a training of the contract would write it: with 7 digits where it asks for so many."""
    return contract.complete.replace("*", f"{step:07}")


texts = st.text(st.characters(exclude_categories=[])) | st.text("step-/DON0123.\n*", max_size=30)


@given(contracts(), st.lists(texts))
@example(DONE, ["step-\u0661/DONE", "step-7/DONE\n", "step-7\x00/DONE", "\ud800", "/" * 2000])
def test_no_name_is_too_odd(contract: Checkpoint, names: list[str]) -> None:
    for whole in complete(names, contract):
        assert whole.marker in names
        assert whole.holds(whole.marker)
        assert 0 <= whole.step < 10**18
        assert len(whole.marker) <= LONGEST_NAME


@given(contracts(), st.sets(st.integers(0, 10**7 - 1), max_size=20), st.lists(texts), st.randoms())
def test_the_order_of_names_and_what_lies_between_them_do_not_matter(
    contract: Checkpoint, steps: set[int], garbage: list[str], random: Any
) -> None:
    markers = [written(step, contract) for step in steps]
    names = [*markers, *(f"{marker}/part" for marker in markers), *garbage]
    found = complete(names, contract)
    random.shuffle(names)
    assert complete(names, contract) == found == complete([*names, *names], contract)
    assert {each.step for each in found} >= steps
    assert found == sorted(found)
    assert newest(names, contract) == (found[-1] if found else None)


@given(contracts(), st.sets(st.integers(0, 10**7 - 1), min_size=1, max_size=20))
def test_a_checkpoint_without_its_marker_is_never_chosen(contract: Checkpoint, steps: set[int]) -> None:
    last = max(steps)
    names = [f"{written(step, contract)}{suffix}" for step in steps for suffix in ("", "/part")]
    names.remove(written(last, contract))
    before = newest(names, contract)
    assert (None if before is None else before.step) == max(steps - {last}, default=None)
    after = newest([*names, written(last, contract)], contract)
    assert after is not None
    assert after.step == last


expressions = st.from_regex(
    patterns.STEP.regex.removesuffix("$") + r"\Z", alphabet=st.characters(min_codepoint=32, max_codepoint=126)
)


@given(expressions, st.lists(texts))
def test_an_expression_is_refused_or_reads_every_name(text: str, names: list[str]) -> None:
    try:
        step = Step.read(text)
    except ValueError:
        return
    assert re.compile(text).groups == 1
    for name in [*names, "0/" * 500, "1" * LONGEST_NAME]:
        if (found := step.find(name)) is not None:
            number, end = found
            assert name[:end].endswith(str(number))


def test_checkpoints_are_told_apart_by_step_and_then_by_name() -> None:
    rows = [Complete(7, "b", "b"), Complete(12, "a", "a"), Complete(7, "a", "a")]
    assert [(each.step, each.marker) for each in sorted(rows)] == [(7, "a"), (7, "b"), (12, "a")]


def test_a_hundred_thousand_names_are_read_once_each() -> None:
    names = [f"step-{step}/rank-{rank}.pt" for step in range(1_000) for rank in range(99)]
    asked: list[str] = []

    def listed() -> Any:
        for name in [*names, *(f"step-{step}/DONE" for step in range(1_000))]:
            asked.append(name)
            yield name

    whole = newest(listed(), DONE)
    assert whole == Complete(999, "step-999/DONE", "step-999/")
    assert len(asked) == 100_000
