"""All that is judged, judged once: the library's clusters, the planted mistakes and the cures."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from tests.judges import checkov, figures
from tests.judges.cases import Case, declared, requests
from tests.judges.claims import CLAIMS, CURES
from tests.judges.figures import Judged
from tests.judges.inputs import Input, Kind, in_form, inputs, kind_of
from tests.judges.planted import Plant, planted
from tests.judges.waivers import waivers


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-figures", action="store_true", help="write the figures into docs/security.md")


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, checkov.Verdict]:
    """What checkov found, by the name of what it was found in. All in one go: checkov takes seconds to start."""
    named: dict[str, Input] = {}
    for case in requests():
        named |= {_name(case, one.kind): one for one in inputs(declared(case))}
    for plant in (*CLAIMS, *CURES):
        named[str(plant)] = _only(plant)
    return checkov.judge(named, waivers().not_asked, tmp_path_factory.mktemp("judged"))


@pytest.fixture(scope="session")
def judged(verdicts: Mapping[str, checkov.Verdict]) -> Sequence[Judged]:
    """The library's clusters."""
    return [Judged(case, one, verdicts[_name(case, one.kind)]) for case in requests() for one in inputs(declared(case))]


@pytest.fixture(scope="session")
def change(verdicts: Mapping[str, checkov.Verdict]) -> Callable[[Plant], tuple[checkov.Verdict, checkov.Verdict]]:
    """What was found in the case of an edit, before it and with it."""

    def around(plant: Plant) -> tuple[checkov.Verdict, checkov.Verdict]:
        case = Case(plant.cloud, plant.blueprint)
        return verdicts[_name(case, kind_of(plant.type))], verdicts[str(plant)]

    return around


@pytest.fixture(scope="session", autouse=True)
def printed(judged: Sequence[Judged], request: pytest.FixtureRequest) -> None:
    """Show the figures, whatever else comes of it."""
    part = figures.part(judged, waivers())
    if request.config.getoption("--update-figures"):
        figures.write(figures.DOCUMENT, part)
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n{part}")  # noqa: T201 - what the command is for


def _name(case: Case, kind: Kind) -> str:
    return f"{case}-{kind}"


def _only(plant: Plant) -> Input:
    """The form that the edited resource is judged in."""
    return in_form(kind_of(plant.type), planted(declared(Case(plant.cloud, plant.blueprint)), plant))
