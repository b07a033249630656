"""checkov on every cluster of the library: no failure without a reason, no reason without a failure, no blind pass."""

from collections.abc import Callable, Sequence

import pytest

from tests.judges import figures
from tests.judges.checkov import Verdict
from tests.judges.claims import CLAIMS, CURES
from tests.judges.figures import ROWS, Judged
from tests.judges.inputs import Kind
from tests.judges.planted import Plant
from tests.judges.waivers import FILE, covers, waivers

Change = Callable[[Plant], tuple[Verdict, Verdict]]


def test_every_resource_is_seen(judged: Sequence[Judged]) -> None:
    """checkov adds a pod for each template in a Kubernetes object."""
    for one in judged:
        handed, seen = one.input.types.total(), one.verdict.resources
        assert seen >= handed if one.input.kind is Kind.KUBERNETES else seen == handed, one.case


@pytest.mark.parametrize("row", ROWS)
def test_checks_are_executed(judged: Sequence[Judged], row: str) -> None:
    of_row = [one for one in judged if figures.of_row(row, one.input.kind, one.case.cloud)]
    assert of_row
    assert all(one.verdict.findings for one in of_row)


def test_no_failed_check_is_unexplained(judged: Sequence[Judged]) -> None:
    parts = [part for waiver in waivers().accepted for part in waiver.parts()]
    unexplained = sorted(
        f"{finding.check} {finding.what} ({one.case}): {finding.title}"
        for one in judged
        for finding in one.verdict.findings
        if not finding.passed and not any(covers(part, one.case, finding) for part in parts)
    )
    assert not unexplained, f"change the component, or say in {FILE.name} why not"


def test_no_failed_check_is_explained_twice(judged: Sequence[Judged]) -> None:
    parts = [part for waiver in waivers().accepted for part in waiver.parts()]
    twice = {
        f"{finding.check} {finding.what} ({one.case})"
        for one in judged
        for finding in one.verdict.findings
        if not finding.passed and sum(covers(part, one.case, finding) for part in parts) > 1
    }
    assert not twice


def test_no_waiver_is_stale(judged: Sequence[Judged]) -> None:
    failed = [(one.case, finding) for one in judged for finding in one.verdict.findings if not finding.passed]
    stale = [
        part
        for waiver in waivers().accepted
        for part in waiver.parts()
        if not any(covers(part, case, finding) for case, finding in failed)
    ]
    assert not stale, f"{FILE.name} speaks of what does not fail"


def test_what_passes_is_claimed_or_said_to_prove_nothing(judged: Sequence[Judged]) -> None:
    passed = {finding.check for one in judged for finding in one.verdict.findings if finding.passed}
    claimed = {plant.check for plant in CLAIMS}
    unclaimed = {check for known in waivers().unclaimed for check in known.ids}
    assert not claimed & unclaimed
    assert passed == claimed | unclaimed, "plant a mistake in claims.py, or say why the check proves nothing"


@pytest.mark.parametrize("plant", CLAIMS, ids=str)
def test_a_planted_mistake_is_found(change: Change, plant: Plant) -> None:
    before, after = change(plant)
    assert {check for check, _ in after.failed - before.failed} == {plant.check} | plant.also
    assert not before.failed - after.failed


@pytest.mark.parametrize("cure", CURES, ids=lambda cure: f"cure-{cure}")
def test_what_fails_would_pass(change: Change, cure: Plant) -> None:
    before, after = change(cure)
    assert {check for check, _ in before.failed - after.failed} == {cure.check} | cure.also
    assert not after.failed - before.failed


def test_the_document_has_these_figures(judged: Sequence[Judged]) -> None:
    document = figures.DOCUMENT.read_text(encoding="utf-8")
    assert figures.written(document) == figures.part(judged, waivers()), (
        "make test-judges ARGS=--update-figures, and read the difference"
    )
