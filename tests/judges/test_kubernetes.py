"""kubernetes-validate on every built-in object: the newest Kubernetes API knows each field and its type."""

import pytest

from tests.judges.cases import Case, declared, requests
from tests.judges.manifests import built_in, manifests, violation
from tests.judges.planted import Plant, planted
from wayfare.blueprints import CloudName

SMALL = Case(CloudName.AWS, "serve-small")
DEPLOYMENT = "kubernetes:apps/v1:Deployment"

#: An edit, and what is said of it.
MISTAKES = {
    "a name that no version has": ("spec.template.spec.nodeSelectors", {"a": "b"}, "nodeSelectors"),
    "a text for a number": ("spec.replicas", "two", "spec.replicas"),
    "an object for a list": ("spec.template.spec.tolerations", {"key": "a"}, "spec.template.spec.tolerations"),
}


@pytest.mark.parametrize("case", requests(), ids=str)
def test_the_api_reads_every_object(case: Case) -> None:
    items = manifests(declared(case))
    assert items
    assert all(built_in(item) for item in items)
    assert not {item["kind"]: said for item in items if (said := violation(item)) is not None}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_refused(mistake: str) -> None:
    path, value, named = MISTAKES[mistake]
    items = manifests(planted(declared(SMALL), Plant("kubernetes-validate", DEPLOYMENT, {path: value})))
    (said,) = [said for item in items if (said := violation(item)) is not None]
    assert named in said
