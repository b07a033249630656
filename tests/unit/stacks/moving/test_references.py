"""Secrets: a move copies none, and goes nowhere without them in silence."""

import pytest

from wayfare.blueprints import Blueprint, CloudName, loads
from wayfare.stacks.moving.references import WITHOUT, missing, named, told

AWS, AZURE, GCP = CloudName.AWS, CloudName.AZURE, CloudName.GCP
HUB = "arn:aws:secretsmanager:us-east-1:123456789012:secret:hub-AbCdEf"
TOKEN = "projects/llm-prod/secrets/hub"  # noqa: S105 - a name


@pytest.fixture
def blueprint() -> Blueprint:
    return loads(
        "apiVersion: wayfare.dev/v1\nkind: TrainingCluster\nmetadata: {name: llm}\nspec:\n"
        "  accelerators: [{name: H100, nodes: 2}]\n  access: {allow: [203.0.113.0/24]}\n"
        "  workload: {image: 'registry.example/train:1'}\n"
        f"  secrets: {{aws: ['{HUB}'], gcp: ['{TOKEN}']}}\n",
        "llm.yaml",
    ).blueprint


def test_a_cloud_for_which_none_are_named_is_refused_with_what_to_do(blueprint: Blueprint) -> None:
    assert named(blueprint, AWS) == (HUB,)
    reason = missing(blueprint, AWS, AZURE)
    assert reason is not None
    for part in (HUB, "secrets.azure", "wayfare up", WITHOUT):
        assert part in reason
    for source, target in ((AWS, GCP), (GCP, AWS), (AWS, AWS), (AZURE, AWS), (AZURE, AZURE)):
        assert missing(blueprint, source, target) is None


def test_the_plan_says_what_is_named_on_both_sides_and_who_is_not_asked(blueprint: Blueprint) -> None:
    assert told(blueprint, AWS, GCP) == ("secrets: their values are not copied; 1 secret on aws, 1 secret on gcp",)
    first, second = told(blueprint, GCP, AWS)
    assert "1 secret on gcp" in first
    assert HUB in second
    assert "0 secrets on azure" in told(blueprint, AWS, AZURE)[0]
    assert told(blueprint, AWS, AWS) == ()
