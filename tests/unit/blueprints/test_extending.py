"""A blueprint over another: what comes of it, who said so, and every way in which it goes wrong."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from wayfare.blueprints import BlueprintInvalid, Loaded, load
from wayfare.blueprints.explaining import NoField, explain
from wayfare.blueprints.layers import is_mapping, lay, layered
from wayfare.blueprints.locking import lock_file, written
from wayfare.blueprints.problems import Loc
from wayfare.blueprints.source import Source

BASE = """\
apiVersion: wayfare.dev/v1
kind: TrainingCluster
metadata: {name: base, labels: {team: research}}
spec:
  accelerators: [{name: H100, nodes: 16}]
  access: {allow: [203.0.113.0/24]}
  storage: {scratch: {perNode: 1TiB}}
  workload:
    image: registry.example/train:1.4
    command: [torchrun, train.py]
"""
PARAMETERS = """\
parameters:
  nodes: {type: integer, default: 16, description: Nodes of the pool.}
  image: {type: string}
  chip: {type: string, default: H100, choices: [H100, H200]}
"""
OPEN = (
    BASE.replace("metadata:", f"{PARAMETERS}metadata:")
    .replace("name: H100, nodes: 16", 'name: "${chip}", nodes: "${nodes}"')
    .replace("train:1.4", "${image}")
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of its own to be in, with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def put(path: str, text: str) -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def mine(more: str = "", extends: str = "base.yaml", name: str = "mine") -> Loaded:
    return load(put("mine.yaml", f"apiVersion: wayfare.dev/v1\nextends: {extends}\nmetadata: {{name: {name}}}\n{more}"))


def mistakes(more: str = "", extends: str = "base.yaml") -> list[str]:
    with pytest.raises(BlueprintInvalid) as invalid:
        mine(more, extends)
    return [str(problem) for problem in invalid.value.problems]


@pytest.mark.usefixtures("here")
def test_two_lines_change_two_things_and_the_rest_is_as_it_was() -> None:
    base = load(put("base.yaml", BASE)).blueprint
    found = mine("spec: {budget: {perHour: 900}, storage: {scratch: null}}\n")
    wanted = base.model_copy(
        update={
            "metadata": base.metadata.model_copy(update={"name": "mine"}),
            "spec": type(base.spec).model_validate(
                {**base.spec.model_dump(exclude={"storage"}), "budget": {"per_hour": 900.0}}, strict=False
            ),
        }
    )
    assert found.blueprint == wanted
    assert [layer.reference for layer in found.layers] == ["base.yaml"]


@pytest.mark.usefixtures("here")
def test_a_mistake_is_told_where_it_is_written() -> None:
    put("base.yaml", BASE.replace("nodes: 16", "nodes: 0").replace("command:", "comand:"))
    said = mistakes("spec: {budget: {perHour: -1}}\n")
    assert [each.partition(" ")[0] for each in said] == ["base.yaml:5:38:", "base.yaml:10:5:", "mine.yaml:4:26:"]


@pytest.mark.usefixtures("here")
def test_every_field_says_who_set_it() -> None:
    put("base.yaml", BASE)
    found = mine("spec: {accelerators: [{name: H200, nodes: 4}], storage: {scratch: null}}\n")
    (nodes,) = explain(found, "spec.accelerators[0].nodes")
    assert nodes.lines() == ["spec.accelerators[0].nodes = 4: mine.yaml:4:43"]
    (scratch,) = explain(found, "spec.storage.scratch")
    assert scratch.lines() == [
        "spec.storage.scratch = null: mine.yaml:4:67",
        '  in place of {"perNode": "1TiB"}: base.yaml:7:13',
    ]
    (name,) = explain(found, "metadata.name")
    assert [each.value for each in name.settings] == ["mine", "base"]
    assert "one line" not in name.documentation
    (encryption,) = explain(found, "spec.encryption")
    assert encryption.lines() == ['spec.encryption = "cloud": nobody says, so that the default holds']
    assert "Whose keys" in encryption.documentation
    assert {each.field for each in explain(found)} >= {"kind", "metadata.labels.team", "spec.access.allow"}
    with pytest.raises(NoField, match=r"there is no spec\.acces; spec has accelerators"):
        explain(found, "spec.acces")
    with pytest.raises(NoField, match="write it as"):
        explain(found, "spec..x")


@pytest.mark.usefixtures("here")
def test_what_is_left_open_is_filled_with_its_type() -> None:
    put("base.yaml", OPEN)
    found = mine("with: {nodes: 4, image: 'train:2'}\n")
    (accelerator,) = found.blueprint.spec.accelerators
    assert (accelerator.name, accelerator.nodes) == ("H100", 4)
    assert found.blueprint.spec.workload.image == "registry.example/train:2"
    (nodes,) = explain(found, "spec.accelerators[0].nodes")
    assert nodes.lines() == ["spec.accelerators[0].nodes = 4: mine.yaml:4:15, as the parameter nodes"]


@pytest.mark.usefixtures("here")
def test_wrong_values_are_told_at_who_gives_them_and_open_ones_at_who_asks() -> None:
    put("base.yaml", OPEN)
    assert mistakes("with: {node: 4, nodes: many, chip: B200}\n") == [
        "base.yaml:5:3: parameters.image: has neither a default nor a value; give one by `with: {image: …}` in a "
        "blueprint that extends this one",
        'mine.yaml:4:14: with.node: base.yaml has no parameter "node"; did you mean nodes?',
        'mine.yaml:4:24: with.nodes: "many" is not an integer, as the parameter nodes is; Nodes of the pool.',
        'mine.yaml:4:36: with.chip: "B200" is not among the values of chip: "H100", "H200"',
    ]


@pytest.mark.usefixtures("here")
def test_a_text_with_signs_of_a_parameter_stays_where_none_are_declared() -> None:
    put("base.yaml", BASE.replace("train.py", "'${HOME}'"))
    assert mine().blueprint.spec.workload.command == ("torchrun", "${HOME}")
    put("base.yaml", OPEN.replace("train.py", "'$${HOME}-${nodes}', '${nods}'"))
    assert mistakes("with: {image: a}\n") == [
        'base.yaml:14:46: spec.workload.command[2]: there is no parameter "nods"; did you mean ${nodes}?'
    ]


@pytest.mark.usefixtures("here")
def test_declarations_are_held_to_their_form() -> None:
    wrong = """\
parameters:
  a: {type: int}
  b: {type: integer, default: x}
  c: 7
  d: {type: string, defualt: x}
"""
    put("base.yaml", BASE.replace("metadata:", f"{wrong}metadata:"))
    said = mistakes()
    assert [each.partition(": ")[2] for each in said] == [
        "parameters.a.type: must be one of string, integer, number, boolean",
        'parameters.b.default: "x" is not an integer, as the parameter b is',
        "parameters.c: must say what it is, such as {type: integer, default: 16}",
        "parameters.d.defualt: unknown key; did you mean default?",
    ]


@pytest.mark.usefixtures("here")
def test_what_leads_nowhere_or_round_in_circles_is_refused() -> None:
    assert mistakes() == ["base.yaml: cannot be read: No such file or directory"]
    put("base.yaml", BASE + "extends: mine.yaml\n")
    assert mistakes() == ["base.yaml:11:10: extends: mine.yaml extends itself, by way of mine.yaml and base.yaml"]
    for number in range(12):
        put(f"{number}.yaml", f"extends: {number + 1}.yaml\n")
    assert "more than 8 blueprints extend one another" in mistakes(extends="0.yaml")[0]
    assert "must be a path, or" in mistakes(extends="[a]")[0]
    put("base.yaml", BASE)
    assert "extends a TrainingCluster, and is none" in mistakes("kind: InferenceCluster\n")[0]
    with pytest.raises(BlueprintInvalid, match="gives values to nothing"):
        load(put("other.yaml", BASE + "with: {a: 1}\n"))


def repository(at: Path, files: dict[str, str]) -> str:
    """A git repository with one commit; its id."""
    at.mkdir()
    for name, text in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(text, encoding="utf-8")
    git = ("git", "-C", str(at), "-c", "user.name=Wayfare", "-c", "user.email=wayfare@example.com")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "blueprints")):
        subprocess.run([*git, *arguments], check=True)
    found = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return found.stdout.strip()


def test_one_in_a_repository_is_read_at_its_revision_and_held_to_its_digest(here: Path) -> None:
    files = {"clusters/h100.yaml": "extends: ../base.yaml\n", "base.yaml": BASE, "out.yaml": "extends: ../mine.yaml\n"}
    revision = repository(here / "shared", files)
    digest = hashlib.sha256(files["clusters/h100.yaml"].encode()).hexdigest()
    url = (here / "shared").as_uri()

    def at(path: str = "clusters/h100.yaml", digest: str = digest, revision: str = revision, url: str = url) -> str:
        return f"{{git: '{url}', revision: '{revision}', path: '{path}', digest: 'sha256:{digest}'}}"

    found = mine(extends=at())
    there = [f"{url}@{revision}:{path}" for path in ("clusters/h100.yaml", "base.yaml")]
    assert [layer.name for layer in found.layers] == there
    # Fetched once: what was read is there when the repository is gone.
    (here / "shared").rename(here / "away")
    assert mine(extends=at()).blueprint == found.blueprint

    assert "and not sha256:0000" in mistakes(extends=at(digest="0" * 64))[0]
    assert 'there is no file "none.yaml"' in mistakes(extends=at("none.yaml"))[0]
    out = hashlib.sha256(files["out.yaml"].encode()).hexdigest()
    assert "leads out of" in mistakes(extends=at("out.yaml", out))[0]
    assert "does not give commit" in mistakes(extends=at(revision="1" * 40))[0]
    assert "is not a commit's id in full" in mistakes(extends=at(revision="main"))[0]
    assert "is no URL" in mistakes(extends=at(url="ext::sh -c true"))[0]
    assert "digest must be given" in mistakes(extends=f"{{git: {url}, revision: {revision}, path: base.yaml}}")[0]


@pytest.mark.usefixtures("here")
def test_where_it_is_locked_another_base_is_refused_until_somebody_looked() -> None:
    put("base.yaml", BASE)
    found = mine()
    lock_file(found.path).write_text(written(found.path, found.layers), encoding="utf-8")
    assert mine("spec: {budget: {perHour: 900}}\n").layers == found.layers
    put("base.yaml", BASE + "# another word\n")
    (said,) = mistakes()
    assert said.startswith("mine.yaml.lock: base.yaml has changed since it was locked")
    assert said.endswith("wayfare lock mine.yaml")
    lock_file(found.path).write_text("version: 2\n", encoding="utf-8")
    assert "not a lock that this version knows" in mistakes()[0]
    lock_file(found.path).write_text("version: 1\nfiles: []\n", encoding="utf-8")
    assert "base.yaml is not locked" in mistakes()[0]


SCALARS: st.SearchStrategy[JsonValue] = st.sampled_from([None, True, 7, "text", [1, {"a": 2}]])
FLAT = st.dictionaries(st.sampled_from("abc"), SCALARS, max_size=3)
MAPPINGS = st.dictionaries(st.sampled_from("abc"), SCALARS | FLAT, max_size=3)


def patched(below: JsonValue, above: JsonValue) -> JsonValue:
    """RFC 7396, section 2, but that a field which is `null` above and unknown below stays as it is written."""
    if not (is_mapping(below) and is_mapping(above)):
        return above
    kept = {key: value for key, value in below.items() if key not in above}
    both = {key: patched(below[key], value) for key, value in above.items() if key in below and value is not None}
    return {**kept, **both, **{key: value for key, value in above.items() if key not in below}}


def value_at(data: JsonValue, loc: Loc) -> JsonValue:
    for part in loc:
        data = data.get(str(part)) if is_mapping(data) else data[int(part)] if isinstance(data, list) else None
    return data


@settings(deadline=None)
@given(MAPPINGS, MAPPINGS)
def test_one_over_another_is_a_merge_patch_and_every_value_is_somebodys(below: JsonValue, above: JsonValue) -> None:
    found = lay(layered(Source("below", below)), layered(Source("above", above)))
    assert found.data == patched(below, above)
    for loc, said in found.settings.items():
        assert said[0].value == value_at(found.data, loc)
