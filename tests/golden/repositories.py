"""Generated repositories of the library's blueprints, in a folder that has nothing yet."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.golden.cases import ROOT
from wayfare.stacks.gitops import source
from wayfare.stacks.gitops.choices import Choices, Operator
from wayfare.stacks.gitops.repository import File, repository

LIBRARY = tuple(sorted(path.stem for path in (ROOT / "blueprints" / "library").glob("*.yaml")))

BACKEND, KEY = "s3://wayfare-state-example?region=eu-west-1", "awskms://alias/wayfare?region=eu-west-1"


@cache
def generated(blueprint: str, operator: Operator = Operator.NONE, *, keyed: bool = False) -> Mapping[str, File]:
    """The files of a repository for one blueprint. `keyed`: with a backend and a key by their URLs."""
    file = ROOT / "blueprints" / "library" / f"{blueprint}.yaml"
    clusters = source.clusters(Path("/nowhere"), (), [file])
    choices = Choices(
        clusters=tuple(each.name for each in clusters),
        operator=operator,
        backend=BACKEND if keyed else None,
        secrets_provider=KEY if keyed else None,
    )
    return repository(choices, clusters)
