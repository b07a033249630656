"""What docs/workloads.md shows for picking a checkpoint does what Wayfare does."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.golden.cases import ROOT
from tests.strategies import contracts
from wayfare.blueprints import Checkpoint
from wayfare.blueprints.checkpoints import newest

STEP = r"step-(\d+)/"
DONE = Checkpoint(complete="step-*/DONE", step=STEP)


def shown() -> Callable[[], tuple[int, Path] | None]:
    guide = (ROOT / "docs" / "workloads.md").read_text(encoding="utf-8")
    (code,) = [part.partition("```")[0] for part in guide.split("```python\n")[1:]]
    names: dict[str, Callable[[], tuple[int, Path] | None]] = {}
    exec(compile(code, "docs/workloads.md", "exec"), names)  # noqa: S102 - it is the guide's own
    return names["newest"]


def told(contract: Checkpoint, root: Path) -> Mapping[str, str]:
    """The container's variables; the bucket is mounted somewhere else here."""
    return {
        "WAYFARE_CHECKPOINT_PATH": str(root),
        "WAYFARE_CHECKPOINT_COMPLETE": contract.complete,
        "WAYFARE_CHECKPOINT_STEP": contract.step,
    }


def put(root: Path, names: list[str]) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["step-7/rank-0.pt"],
        ["step-7/DONE", "step-7/rank-0.pt", "step-12/DONE", "step-100/rank-0.pt"],
        ["step-7/DONE", "step-007/DONE", "step-x/DONE", "step-8/DONE/x", "other/step-9/DONE"],
    ],
)
def test_the_guide_picks_what_wayfare_picks(names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, names)
    for name, value in told(DONE, tmp_path).items():
        monkeypatch.setenv(name, value)
    found, expected = shown()(), newest(names, DONE)
    assert found == (None if expected is None else (expected.step, tmp_path / expected.marker))


@given(contracts(), st.sets(st.integers(0, 10**7 - 1), max_size=6), st.integers(0, 6))
def test_so_it_does_by_every_contract(
    tmp_path_factory: pytest.TempPathFactory, contract: Checkpoint, steps: set[int], marked: int
) -> None:
    root = tmp_path_factory.mktemp("bucket")
    markers = [contract.complete.replace("*", f"{step:07}") for step in sorted(steps)]
    names = [*markers[:marked], *(f"{marker}-part" for marker in markers[marked:] if "/" in contract.complete)]
    put(root, names)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told(contract, root).items():
            patch.setenv(name, value)
        found = shown()()
    expected = newest(names, contract)
    assert found == (None if expected is None else (expected.step, root / expected.marker))
