"""What a generated repository holds, file by file. Pure: the same clusters and choices give the same bytes.

blueprints, placements, choices ── `repository` ──▶ path → text, and whether people go on with it
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wayfare.blueprints import CloudName, json_schema
from wayfare.stacks.gitops import choices as chosen
from wayfare.stacks.gitops import operating, wanted
from wayfare.stacks.gitops.choices import Choices, Operator
from wayfare.stacks.gitops.clusters import Cluster, settings
from wayfare.stacks.gitops.pins import ACTIONS, engine_version, locked, own_version
from wayfare.stacks.gitops.rendering import head, rendered


@dataclass(frozen=True)
class File:
    """A file of the repository."""

    text: str
    kept: bool = False
    """Whether it is people's: written where it is missing, and never again."""


def repository(choices: Choices, clusters: Sequence[Cluster]) -> Mapping[str, File]:
    """All files, by their paths from the root. Raises RepositoryInvalid."""
    return dict(sorted(_files(choices, clusters)))


def _files(choices: Choices, clusters: Sequence[Cluster]) -> Iterator[tuple[str, File]]:
    clouds = [name for name in CloudName if any(name in each.clouds for each in clusters)]
    values: dict[str, object] = {
        "choices": choices,
        "clusters": [each.name for each in clusters],
        "clouds": [name.value for name in clouds],
        "actions": ACTIONS,
        "version": own_version(),
        "aws_region": _aws_region(clusters),
        "locked": locked([name.value for name in clouds]),
    }
    yield chosen.FILE, File(f"# {head()}\n{chosen.text(choices)}")
    for path, template in _GENERATED.items():
        yield path, File(rendered(template, **values))
    if choices.operator is Operator.NONE:
        # Two that bring the same stack up would undo each other's work.
        yield ".github/workflows/up.yaml", File(rendered("up.yaml", **values))
    for path, template in _KEPT.items():
        yield path, File(rendered(template, **values), kept=True)
    yield ".pulumi.version", File(f"{engine_version()}\n")
    # No head: JSON has no comments.
    yield "blueprints/schema.json", File(f"{json.dumps(json_schema(), indent=2)}\n")
    for each in clusters:
        for path, text in each.files.items():
            yield f"blueprints/{path}", File(text, kept=True)
        yield f"placements/{each.name}.yaml", File(wanted.text(each.wanted), kept=True)
        for stack, text in settings(each, choices):
            yield f"stacks/config/Pulumi.{stack}.yaml", File(f"# {head()}\n{text}")
    if choices.operator is not Operator.NONE:
        for path, text in operating.files(choices, clusters).items():
            yield path, File(text)
        yield "operator/Containerfile", File(rendered("Containerfile", **values, engine=engine_version()))


_GENERATED = {
    ".github/workflows/review.yaml": "review.yaml",
    ".github/workflows/drift.yaml": "drift.yaml",
    ".gitignore": "gitignore",
    ".yamllint": "yamllint",
    "Pulumi.yaml": "Pulumi.yaml",
    "README.md": "README.md",
    "docs/runbook.md": "runbook.md",
    "requirements.txt": "requirements.txt",
    "stacks/__main__.py": "main.py",
}

_KEPT = {".github/CODEOWNERS": "CODEOWNERS", "requirements.lock": "requirements.lock"}


def _aws_region(clusters: Sequence[Cluster]) -> str:
    """The region in which a role is taken on: any will do, for roles are everywhere."""
    found = (
        each.region
        for cluster in clusters
        for each in cluster.candidates
        if each.cloud is CloudName.AWS and each.rejected is None and each.region
    )
    return next(found, "us-east-1")
