"""A blueprint's exceptions against the controls that there are."""

from collections.abc import Mapping

import pytest

from tests.golden.cases import ROOT
from wayfare.blueprints import BlueprintInvalid, Loaded, loads
from wayfare.components.catalog import shipped_catalog
from wayfare.components.failures import FailureKind
from wayfare.stacks.cli.render import said_lines
from wayfare.stacks.engine.outcome import Refusal
from wayfare.stacks.exceptions import excepted, refuse_unknown
from wayfare.stacks.ground import decisive
from wayfare.stacks.placement import Candidate, candidates

SMALL = (ROOT / "blueprints" / "library" / "serve-small.yaml").read_text(encoding="utf-8").rstrip()


def excepting(*controls: str, more: Mapping[str, str] | None = None) -> Loaded:
    """A library blueprint with exceptions."""
    rows = "".join(f"\n    - {{control: {control}, reason: a driver cannot do without}}" for control in controls)
    text = f"{SMALL}\n  exceptions:{rows}\n"
    for old, new in (more or {}).items():
        assert old in text
        text = text.replace(old, new)
    return loads(text, "small.yaml")


def test_every_unknown_control_is_told_at_once_with_its_place() -> None:
    loaded = excepting("eks-imdsv2", "gke-flowlogs", "something-else")
    with pytest.raises(BlueprintInvalid) as raised:
        refuse_unknown(loaded)
    first = len(SMALL.splitlines()) + 3
    assert str(raised.value).splitlines() == [
        f"small.yaml:{first}:17: spec.exceptions[1].control: there is no control gke-flowlogs; "
        "did you mean gke-flow-logs?",
        f"small.yaml:{first + 1}:17: spec.exceptions[2].control: there is no control something-else; "
        "`wayfare controls` lists them",
    ]


def test_an_exception_that_can_except_nothing_is_told() -> None:
    shown = excepted(excepting("eks-imdsv2", "aws-own-key", "k8s-seccomp").blueprint)
    assert [(row.control.name, row.idle) for row in shown] == [
        ("eks-imdsv2", None),
        ("aws-own-key", "the control is asked only with `encryption: own`"),
        ("k8s-seccomp", None),
    ]
    assert {row.reason for row in shown} == {"a driver cannot do without"}
    elsewhere = excepting("eks-imdsv2", more={"\n  exceptions:": "\n  placement: {avoid: [aws]}\n  exceptions:"})
    assert [row.idle for row in excepted(elsewhere.blueprint)] == ["the blueprint leaves aws out"]


def test_a_control_is_no_shortage_whatever_its_words_are(candidate: Candidate) -> None:
    words = "control gke-flow-logs: the quota of ZONE_RESOURCE_POOL_EXHAUSTED\ntry: change that"
    failure = decisive(candidate, [Refusal("urn:pulumi:s::p::gcp:compute/subnetwork:Subnetwork::x", words, True)])
    assert failure.meaning.kind is FailureKind.CONTROL
    assert not failure.meaning.kind.leads_on
    assert list(said_lines(failure, "refused: ")) == [
        "refused: control gke-flow-logs: the quota of ZONE_RESOURCE_POOL_EXHAUSTED",
        "         try: change that",
    ]


@pytest.fixture
def candidate() -> Candidate:
    """A placement on Google Cloud."""
    blueprint = loads(f"{SMALL}\n", "small.yaml").blueprint

    return next(each for each in candidates(blueprint, shipped_catalog(), {}) if each.cloud == "gcp" and each.machine)
