"""Data sets that come along: which, and that every object has arrived below its prefix, by the real rclone."""

from pathlib import Path

import pytest

from wayfare.blueprints import CloudName, DataSet, loads
from wayfare.components.along import Along, prefix
from wayfare.stacks.copying.buckets import Bucket, folder
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.running import Rclone
from wayfare.stacks.moving.datasets import DataSets, to_bring
from wayfare.stacks.moving.journey import Stopped
from wayfare.stacks.moving.luggage import expected
from wayfare.stacks.moving.weights import DataWeight

AWS, AZURE, GCP = CloudName.AWS, CloudName.AZURE, CloudName.GCP
CORPUS, BOOKS = "s3://corpus/v7", "gs://books"
BLUEPRINT = loads(
    "apiVersion: wayfare.dev/v1\nkind: TrainingCluster\nmetadata: {name: llm}\nspec:\n"
    "  accelerators: [{name: H100, nodes: 2}]\n  access: {allow: [203.0.113.0/24]}\n"
    "  workload: {image: 'registry.example/train:1'}\n"
    f"  storage: {{data: [{{from: '{CORPUS}', mount: /data, elsewhere: copy}}, {{from: '{BOOKS}', mount: /books}}]}}\n",
    "llm.yaml",
).blueprint


def names(found: tuple[DataSet, ...]) -> list[str]:
    return [each.source for each in found]


def test_only_what_may_and_must_be_copied_is() -> None:
    assert names(to_bring(BLUEPRINT, Along(), AZURE)) == [CORPUS]
    assert names(to_bring(BLUEPRINT, Along(), AWS)) == []
    # It lies in the source's own bucket, and comes along with that.
    assert names(to_bring(BLUEPRINT, Along(data=(CORPUS,)), GCP)) == []
    assert expected(BLUEPRINT, GCP) == Along(data=(CORPUS,))
    assert expected(BLUEPRINT, AWS) == Along()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    made = tmp_path / "corpus"
    for name, text in {"en/one": "tokens", "en/two": "", "de/eins": "Wörter"}.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, encoding="utf-8")
    return made


def data_sets(tmp_path: Path, corpus: Path) -> DataSets:
    def bucket(_: DataSet) -> Bucket:
        return folder(corpus)

    return DataSets(bucket, to_bring(BLUEPRINT, Along(), AZURE), tmp_path / "moves", Rclone(), Pace())


def test_every_object_arrives_below_a_prefix_and_is_proven(tmp_path: Path, corpus: Path) -> None:
    found, target = data_sets(tmp_path, corpus), tmp_path / "target"
    (target / "step-40").mkdir(parents=True)
    assert found.weights() == (DataWeight(CORPUS, AWS, 3, len("tokens") + len("Wörter".encode())),)
    fences: list[int] = []
    first = found.bring(folder(target), lambda: fences.append(1))
    place = target / prefix(CORPUS)
    assert {str(file.relative_to(place)): file.read_bytes() for file in place.rglob("*") if file.is_file()} == {
        str(file.relative_to(corpus)): file.read_bytes() for file in corpus.rglob("*") if file.is_file()
    }
    assert list(first) == [CORPUS]
    assert fences == [1]
    # Called again it ends the same; what was damaged meanwhile is made whole, though its size is as it was.
    (place / "en" / "one").write_text("broken", encoding="utf-8")
    assert found.bring(folder(target), lambda: None) == first
    assert (place / "en" / "one").read_text(encoding="utf-8") == "tokens"


def test_an_empty_data_set_is_no_luggage(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(Stopped, match="no object at s3://corpus/v7"):
        data_sets(tmp_path, empty).weights()
