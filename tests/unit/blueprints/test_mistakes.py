"""Every planted mistake is told in exactly these words, at exactly this place."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from wayfare.blueprints import AcceleratorName, BlueprintInvalid, loads

GOOD = """\
apiVersion: wayfare.dev/v1
kind: TrainingCluster
metadata:
  name: llm-pretrain
  labels: {team: research, costCenter: "4711"}
spec:
  accelerators:
    - {name: H100, perNode: 8, nodes: 16, interconnectGbps: 1600}
    - {name: A100, perNode: 8, nodes: 32, memoryGiB: 80, image: registry.example/train:1.4}
  purchase: [spot, on-demand]
  budget: {perHour: 1600, unknownPrice: allow}
  placement: {clouds: [aws, gcp], within: [us, eu], avoid: [aws/us-east-1]}
  storage:
    checkpoints: {keep: durable, expireAfter: 30d}
  access: {api: restricted, allow: [203.0.113.0/24]}
  workload:
    image: registry.example/train:1.4
    command: [torchrun, train.py]
"""


@dataclass(frozen=True)
class Mistake:
    name: str
    text: str
    instead: str
    said: tuple[str, ...]


def _mistakes() -> list[Mistake]:
    text = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8")
    blocks = text.replace("<chips>", ", ".join(AcceleratorName)).split("== ")[1:]
    rows = [block.strip("\n").split("\n") for block in blocks]
    return [Mistake(name, _unescaped(text), _unescaped(instead), tuple(said)) for name, text, instead, *said in rows]


def _unescaped(line: str) -> str:
    return line[2:].encode().decode("unicode_escape")


def _said(text: str) -> tuple[str, ...]:
    with pytest.raises(BlueprintInvalid) as caught:
        loads(text, "b.yaml")
    assert str(caught.value) == "\n".join(str(problem) for problem in caught.value.problems)
    return tuple(str(problem) for problem in caught.value.problems)


def test_the_text_without_a_mistake_is_a_blueprint() -> None:
    assert loads(GOOD, "b.yaml").blueprint.metadata.name == "llm-pretrain"


@pytest.mark.parametrize("mistake", _mistakes(), ids=lambda mistake: mistake.name)
def test_a_mistake_is_told_with_its_place_and_a_hint(mistake: Mistake) -> None:
    assert mistake.text in GOOD
    assert _said(GOOD.replace(mistake.text, mistake.instead, 1)) == mistake.said


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = GOOD.replace("H100", "H10O").replace("perHour", "per_hour").replace("  workload:", "  worklod:")
    lines = [line.split(": ")[:2] for line in _said(text)]
    assert lines == [
        ["b.yaml:8:14", "spec.accelerators[0].name"],
        ["b.yaml:11:12", "spec.budget.per_hour"],
        ["b.yaml:16:3", "spec.worklod"],
    ]


def test_what_stands_at_an_alias_is_told_where_it_is_written() -> None:
    text = GOOD.replace("registry.example/train:1.4}", "&image Train:1.4}").replace(
        " registry.example/train:1.4", " *image"
    )
    places = [line.split(": ")[0:2] for line in _said(text)]
    assert places == [["b.yaml:9:65", "spec.accelerators[1].image"], ["b.yaml:9:65", "spec.workload.image"]]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "\ufeff"])
def test_an_empty_document_is_told(text: str) -> None:
    (said,) = _said(text)
    assert said.startswith("b.yaml: is empty; ")


@pytest.mark.parametrize("text", ["---\n", "null", "- a", "text", "4711"])
def test_a_document_that_is_no_mapping_is_told(text: str) -> None:
    (said,) = _said(text)
    assert said.endswith(": a blueprint is a mapping that begins with apiVersion")
