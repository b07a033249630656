"""The repository that `wayfare gitops` writes for each library blueprint, a readable file each.

After a wanted change: `make test ARGS="tests/golden --snapshot-update"`, and read the difference.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.golden.repositories import LIBRARY, generated
from wayfare.stacks.gitops.choices import Operator
from wayfare.stacks.gitops.repository import File

#: Without an operator for each blueprint; with one, for a training and for replicas.
CASES = [
    *((blueprint, Operator.NONE) for blueprint in LIBRARY),
    ("pretrain-h100-16", Operator.ARGO),
    ("serve-small", Operator.FLUX),
]

#: What says nothing of the generator: the schema, copies of the library, and versions that the lock of Wayfare holds.
_APART = ("blueprints/", "requirements.lock")


class RepositoryFile(SingleFileSnapshotExtension):
    """`__snapshots__/test_repositories/test_repository[<blueprint>-<operator>].txt`."""

    file_extension = "txt"
    _write_mode = WriteMode.TEXT


def text(files: Mapping[str, File]) -> str:
    """All files in one, each under a line with its path."""
    shown = {path: file for path, file in files.items() if not path.startswith(_APART)}
    return "\n".join(
        f"======== {path}{' (kept)' if file.kept else ''}\n{file.text}" for path, file in sorted(shown.items())
    )


@pytest.mark.parametrize(("blueprint", "operator"), CASES)
def test_repository(blueprint: str, operator: Operator, snapshot: SnapshotAssertion) -> None:
    files = generated(blueprint, operator, keyed=operator is not Operator.NONE)
    assert text(files) == snapshot(extension_class=RepositoryFile)


def test_no_golden_file_is_left_over() -> None:
    files = Path(__file__).parent.joinpath("__snapshots__", "test_repositories").iterdir()
    assert {file.name for file in files} == {f"test_repository[{name}-{operator}].txt" for name, operator in CASES}


def test_the_same_choices_give_the_same_bytes() -> None:
    first = dict(generated("serve-small"))
    generated.cache_clear()
    assert dict(generated("serve-small")) == first
