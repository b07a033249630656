"""actionlint on the workflows of generated repositories. That it looks is shown by a planted mistake."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.golden.repositories import LIBRARY, generated
from tests.workflows.actionlint import ACTIONLINT
from wayfare.stacks.gitops.choices import Operator

_FOLDER = ".github/workflows/"


def workflows(blueprint: str, operator: Operator, *, keyed: bool) -> dict[str, str]:
    files = generated(blueprint, operator, keyed=keyed)
    return {path: file.text for path, file in files.items() if path.startswith(_FOLDER)}


def judged(directory: Path, texts: Mapping[str, str]) -> tuple[int, str]:
    program = ACTIONLINT.find()
    assert program is not None, "actionlint is not built; build it with: make test-workflows"
    for path, text in texts.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text, encoding="utf-8")
    # Neither shellcheck nor pyflakes of whoever calls: what is found is the same on every machine.
    command = [program, "-no-color", "-shellcheck=", "-pyflakes=", *(directory / path for path in texts)]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("operator", [Operator.NONE, Operator.FLUX])
@pytest.mark.parametrize("blueprint", LIBRARY)
def test_actionlint_finds_nothing(blueprint: str, operator: Operator, keyed: bool, tmp_path: Path) -> None:
    assert judged(tmp_path, workflows(blueprint, operator, keyed=keyed)) == (0, "")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("needs: review", "needs: reviews", "needs job"),
        ("run: wayfare gitops --to . --check", "run: echo ${{ github.event.pull_request.title }}", "untrusted"),
        ("id-token: write", "id-tokens: write", "unknown permission scope"),
        ("steps.review.outputs.markdown", "steps.reviewed.outputs.markdown", "not defined"),
    ],
)
def test_actionlint_finds_a_planted_mistake(right: str, wrong: str, said: str, tmp_path: Path) -> None:
    texts = workflows("serve-small", Operator.NONE, keyed=False)
    review = texts[f"{_FOLDER}review.yaml"]
    assert right in review
    code, found = judged(tmp_path, {f"{_FOLDER}review.yaml": review.replace(right, wrong)})
    assert code == 1
    assert said in found
