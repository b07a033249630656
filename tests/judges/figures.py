"""What the judges looked at and found, as the part of docs/security.md that is generated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.golden.cases import ROOT
from tests.judges.cases import Case, refused
from tests.judges.checkov import Finding, Verdict
from tests.judges.claims import CLAIMS
from tests.judges.inputs import Input, Kind, kind_of
from tests.judges.waivers import Waiver, Waivers, covers
from wayfare.blueprints import CloudName

DOCUMENT = ROOT / "docs" / "security.md"

_BEGIN, _END = "<!-- figures: begin -->", "<!-- figures: end -->"

#: The rows, in the reader's words: what is judged, in which form.
ROWS: Mapping[str, tuple[Kind, CloudName | None]] = {
    "AWS, as a Terraform plan": (Kind.TERRAFORM, CloudName.AWS),
    "Google Cloud, as a Terraform plan": (Kind.TERRAFORM, CloudName.GCP),
    "Azure, as an ARM template": (Kind.ARM, CloudName.AZURE),
    "Kubernetes objects, on all three": (Kind.KUBERNETES, None),
}


@dataclass(frozen=True)
class Judged:
    """A case in one form, and what checkov found in it."""

    case: Case
    input: Input
    verdict: Verdict


def part(judged: Iterable[Judged], waivers: Waivers) -> str:
    """The generated part."""
    judged = list(judged)
    rows = [_row(name, _of(judged, name), waivers) for name in ROWS]
    parts = [_table(rows), _claimed(), _unseen(judged), _not_to_be_had()]
    return "\n".join([_BEGIN, *("\n".join([*lines, ""]) for lines in parts), _END])


def written(document: str) -> str:
    """The part as it stands in the document. Raises ValueError where there is none."""
    start, end = document.index(_BEGIN), document.index(_END)
    return document[start : end + len(_END)]


def write(file: Path, new: str) -> None:
    """Put a new part into a document."""
    document = file.read_text(encoding="utf-8")
    file.write_text(document.replace(written(document), new), encoding="utf-8")


def of_row(name: str, kind: Kind, cloud: CloudName) -> bool:
    """Whether what is judged belongs to a row."""
    wanted, only = ROWS[name]
    return kind is wanted and only in (None, cloud)


def _of(judged: Iterable[Judged], name: str) -> list[Judged]:
    return [one for one in judged if of_row(name, one.input.kind, one.case.cloud)]


def _row(name: str, judged: Sequence[Judged], waivers: Waivers) -> list[str]:
    found = [(one.case, finding) for one in judged for finding in one.verdict.findings]
    failed = [(case, finding) for case, finding in found if not finding.passed]
    numbers = (
        len(judged),
        sum(one.input.types.total() for one in judged),
        len({finding.check for _, finding in found}),
        len(found),
        len(found) - len(failed),
        len(failed),
        _waived(failed, waivers.accepted),
    )
    return [name, *(f"{number:,}" for number in numbers)]


def _waived(failed: Sequence[tuple[Case, Finding]], group: Sequence[Waiver]) -> int:
    parts = [part for waiver in group for part in waiver.parts()]
    return sum(any(covers(part, case, finding) for part in parts) for case, finding in failed)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    head = ["judged", "clusters", "resources", "checks", "executed", "passed", "failed", "accepted"]
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _claimed() -> list[str]:
    """The claimed checks of each row, with the number of planted mistakes."""
    lines = [f"Claimed, each with a planted mistake that it finds ({len(CLAIMS)} mistakes):", ""]
    for name in ROWS:
        checks = {plant.check for plant in CLAIMS if of_row(name, kind_of(plant.type), plant.cloud)}
        lines.append(f"- {name}: {', '.join(sorted(checks, key=_by_number))}")
    return lines


def _unseen(judged: Sequence[Judged]) -> list[str]:
    """Types that checkov has no check of, and what is not even handed to it: nothing is said of them here."""
    lines = ["Without any check of their own:", ""]
    for name in ROWS:
        rows = _of(judged, name)
        seen = {finding.type for one in rows for finding in one.verdict.findings}
        types = {type for one in rows for type in one.input.types} - seen
        unread = {text for one in rows for text in one.input.unread}
        lines.append(f"- {name}: {', '.join(f'`{text}`' for text in sorted(types | unread))}")
    return lines


def _not_to_be_had() -> list[str]:
    """Blueprints that a cloud cannot have, in its plan's own words."""
    lines = ["Not to be had, and so not judged:", ""]
    return lines + [f"- {case.blueprint} on {case.cloud}: {reason}" for case, reason in sorted(refused().items())]


def _by_number(check: str) -> tuple[str, int]:
    family, _, number = check.rpartition("_")
    return family, int(number)
