"""A value with a trick in it is told, or it reaches the cluster as it was written."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.golden.cases import TRAINING, of_type, one, pod_template, request
from tests.golden.graph import graph
from tests.unit.blueprints.test_mistakes import GOOD
from wayfare.blueprints import BlueprintInvalid, CloudName, loads
from wayfare.blueprints.problems import printable

IMAGE = "image: registry.example/train:1.4\n"

#: A text of the blueprint, what stands in its place, and the field that the message names.
VALUES: dict[str, tuple[str, str, str]] = {
    "a name that leaves its directory": ("llm-pretrain", "../x", "metadata.name"),
    "a name that is a path": ("llm-pretrain", "/etc/passwd", "metadata.name"),
    "a name with a NUL": ("llm-pretrain", '"a\\0b"', "metadata.name"),
    "a name with a line break": ("llm-pretrain", '"llm-pretrain\\n"', "metadata.name"),
    "a name that looks like another": ("llm-pretrain", "llm-pretr\u0430in", "metadata.name"),
    "a name in full width": ("llm-pretrain", "\uff4c\uff4c\uff4d", "metadata.name"),
    "a name that turns the line around": ("llm-pretrain", '"a\\u202eb"', "metadata.name"),
    "a name that is a template": ("llm-pretrain", '"{{ name }}"', "metadata.name"),
    "a name that a shell would run": ("llm-pretrain", "$(id)", "metadata.name"),
    "a long name": ("llm-pretrain", "a" * 200_000, "metadata.name"),
    "a label that leaves its directory": ("research", "../x", "metadata.labels.team"),
    "a label with a line break": ("research", '"a\\nb"', "metadata.labels.team"),
    "a label that looks like another": ("research", "rese\u0430rch", "metadata.labels.team"),
    "a label that is a template": ("research", '"{% raw %}"', "metadata.labels.team"),
    "a label's key that is a path": ("team:", "../team:", 'metadata.labels["../team"]'),
    "a label's key of Wayfare's": ("team:", "wayfare-cluster:", "metadata.labels.wayfare-cluster"),
    "an image that is a template": (IMAGE, 'image: "{{ a }}"\n', "spec.workload.image"),
    "an image that a shell would run": (IMAGE, "image: a;id\n", "spec.workload.image"),
    "an image with quotes": (IMAGE, "image: 'a\"b'\n", "spec.workload.image"),
    "an image with a line break": (IMAGE, 'image: "a\\n"\n', "spec.workload.image"),
    "an image that leaves its directory": (IMAGE, "image: ../a\n", "spec.workload.image"),
    "a command with a NUL": ("train.py", '"a\\0b"', "spec.workload.command[1]"),
    "a region that leaves its directory": ("aws/us-east-1", "aws/../x", "spec.placement.avoid[0]"),
}


@pytest.mark.parametrize(("text", "instead", "field"), VALUES.values(), ids=VALUES)
def test_a_value_with_a_trick_in_it_is_told_on_one_plain_line(text: str, instead: str, field: str) -> None:
    with pytest.raises(BlueprintInvalid) as caught:
        loads(GOOD.replace(text, instead, 1), "b.yaml")
    (said,) = str(caught.value).splitlines()
    assert field in said
    assert said.isprintable()
    assert "\u0430" not in said, "it is shown as what it is"
    assert len(said) < 400


#: Arguments that another reader, a template engine or a shell would make something else of.
CARRIED = (
    "sh", "-c", "{{ a }}", "{% raw %}", "{# a #}", "${A}", "$(id)", "$(PET_NODE_RANK)", "$$(PET_NODE_RANK)", "$", "$$",
    "$$$", "$HOME", "`id`", "; id", "| id", "&& id", "> /tmp/a", "a\nb", "a\r\nb", "\ta ", "", "'", '"', "\\", "\\n",
    "%s", "{0}", "*", "~", "!a", "&a", "*a", "#", "- a", "a: b", "null", "yes", "0x1F", "2026-01-01", "../x",
    "/etc/passwd", "--flag=a b", "\u202e", "\u0430", "\U0001f600", "x" * 5000,
)  # fmt: skip


def as_kubernetes_expands(argument: str) -> str:
    """What a container gets (kubernetes.io, API reference, Container.command); a variable's value is `<NAME>`."""
    return re.sub(r"\$\$|\$\(([^)]*)\)", lambda found: "$" if found[0] == "$$" else f"<{found[1]}>", argument)


@pytest.mark.parametrize("cloud", CloudName)
def test_a_command_and_labels_reach_the_cluster_as_they_were_written(cloud: CloudName) -> None:
    # JSON is YAML, but for half pairs of surrogates.
    text = GOOD.replace("[torchrun, train.py]", json.dumps(CARRIED)).replace(
        "team: research", 'team: "null", run: "0x1F"'
    )
    loaded = loads(text, "b.yaml")
    assert loaded.blueprint.spec.workload.command == CARRIED
    resources = graph(replace(request(cloud, TRAINING), blueprint=loaded.blueprint, digest=loaded.digest))
    (container,) = pod_template(one(resources, "JobSet").inputs)["spec"]["containers"]
    assert tuple(as_kubernetes_expands(argument) for argument in container["command"]) == CARRIED
    kept = {
        CloudName.AWS: ("Bucket", "tags"),
        CloudName.AZURE: ("StorageAccount", "tags"),
        CloudName.GCP: ("Bucket", "labels"),
    }
    type, tags = kept[cloud]
    written = of_type(resources, type)[0].inputs[tags]
    assert (written["team"], written["run"].lower()) == ("null", "0x1f")


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_printable_is_one_line_and_says_no_more_than_it_was_told(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)
    assert text.isprintable() is (printable(text) == text)
