"""The one reviewed file of what is known: which failed checks are waived and why, and which checks prove nothing."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from tests.judges.cases import Case
from tests.judges.checkov import Finding
from wayfare.blueprints import CloudName

FILE = Path(__file__).with_name("waivers.yaml")

_RANGE = re.compile(r"^(CKV2?_[A-Z0-9]+_)(\d+)\.\.(\d+)$")

Reason = Annotated[str, Field(min_length=20)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Waiver(_Strict):
    """Failed checks that are accepted. Every check, resource and cloud that is named must be met with."""

    checks: Sequence[str]
    resources: Sequence[str]
    """Patterns of type and name: `aws_eks_cluster.*`."""
    clouds: Sequence[CloudName]
    blueprints: Sequence[str] = ("*",)
    """Patterns of the names of library blueprints."""
    reason: Reason

    def parts(self) -> Iterator[tuple[str, str, CloudName, str]]:
        """Each combination, which is stale by itself."""
        for check in self.checks:
            for resource in self.resources:
                for cloud in self.clouds:
                    for blueprint in self.blueprints:
                        yield check, resource, cloud, blueprint


class Known(_Strict):
    """Checks of which the same is to be said."""

    checks: Sequence[str]
    """Ids, or a range: `CKV_K8S_68..75`."""
    reason: Reason

    @property
    def ids(self) -> Sequence[str]:
        """The ids, ranges spelt out."""
        return [id for text in self.checks for id in _spelt(text)]


class Waivers(_Strict):
    """The file."""

    left_out: Sequence[Known]
    """Checks that are not asked."""
    accepted: Sequence[Waiver]
    """Failed checks whose reason holds."""
    unclaimed: Sequence[Known]
    """Checks that pass whatever a cluster is like: nothing is claimed of them."""

    @property
    def not_asked(self) -> Sequence[str]:
        """The ids of the checks that are left out."""
        return [id for known in self.left_out for id in known.ids]


@cache
def waivers() -> Waivers:
    """The file, read. Raises pydantic's ValidationError."""
    return Waivers.model_validate(YAML(typ="safe").load(FILE))  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped


def covers(part: tuple[str, str, CloudName, str], case: Case, finding: Finding) -> bool:
    """Whether one combination of a waiver speaks of a finding."""
    check, resource, cloud, blueprint = part
    return (
        check == finding.check
        and cloud is case.cloud
        and fnmatchcase(case.blueprint, blueprint)
        and fnmatchcase(finding.what, resource)
    )


def _spelt(text: str) -> list[str]:
    found = _RANGE.match(text)
    if found is None:
        return [text]
    prefix, first, last = found.groups()
    return [f"{prefix}{number}" for number in range(int(first), int(last) + 1)]
