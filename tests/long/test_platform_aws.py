"""A cluster with everything of the platform on AWS, through the real engine: from bootstrap until nothing is left."""

from typing import Any

from tests.engine.rehearsal import Rehearsal

FILE = "blueprints/serve-small.yaml"
PLACE = ("--cloud", "aws", "--region", "us-east-1")
WISHES = """\
  encryption: own
  registry: private
  network: { endpoints: private }
  monitoring: { metrics: managed, notify: [oncall@example.com] }
  deletionProtection: true
"""
POLICY = "aws:s3/bucketPolicy:BucketPolicy"


def up(rehearsal: Rehearsal) -> Any:
    """What `wayfare up` tells."""
    return rehearsal.wayfare("up", FILE, "--sandbox", "--yes", *PLACE, "-o", "json").data


def edit(rehearsal: Rehearsal, there: str, instead: str) -> None:
    """Change the blueprint's file as a person would."""
    path = rehearsal.project.root / FILE
    text = path.read_text(encoding="utf-8")
    assert text.count(there) == 1, there
    path.write_text(text.replace(there, instead), encoding="utf-8")


def inventory(rehearsal: Rehearsal, token: str) -> list[dict[str, Any]]:
    return [row for row in rehearsal.sandbox.inventory()["resources"] if row["token"] == token]


def policies(rehearsal: Rehearsal) -> list[str]:
    """Names of the cluster's bucket policies."""
    return [row["name"] for row in inventory(rehearsal, POLICY) if row["name"].startswith("serve-small")]


def test_everything_of_the_platform_comes_changes_and_goes(rehearsal: Rehearsal) -> None:
    edit(rehearsal, "  storage:\n", f"{WISHES}\n  storage:\n")
    refused = rehearsal.wayfare("up", FILE, "--sandbox", "--yes", *PLACE, expect=None)
    assert "wayfare bootstrap aws --region us-east-1" in refused.out + refused.err
    assert inventory(rehearsal, "aws:eks/cluster:Cluster") == []

    made = rehearsal.wayfare("bootstrap", "aws", "--region", "us-east-1", "--sandbox", "--yes", "-o", "json").data
    first = up(rehearsal)
    assert first["end"] == "stands"
    assert first["outputs"]["registry"].startswith("123456789012.dkr.ecr.us-east-1.amazonaws.com/serve-small-")
    stack = "serve-small.aws-us-east-1"
    (cluster,) = [row for row in rehearsal.resources(stack) if row["type"] == "aws:eks/cluster:Cluster"]
    assert cluster["inputs"]["deletionProtection"] is True
    assert made["keys"]["us-east-1"] == cluster["inputs"]["encryptionConfig"]["provider"]["keyArn"]
    assert policies(rehearsal) == ["serve-small-endpoints-bucket"]

    # There and back: the bucket has one policy all the time, and another one's deletion does not take it along.
    edit(rehearsal, "endpoints: private", "endpoints: public")
    up(rehearsal)
    assert len(policies(rehearsal)) == 1
    assert [row["urn"].rpartition("::")[2] for row in rehearsal.resources(stack) if row["type"] == POLICY] == [
        "serve-small-checkpoints-policy"
    ]
    edit(rehearsal, "endpoints: public", "endpoints: private")
    up(rehearsal)
    assert len(policies(rehearsal)) == 1

    rehearsal.wayfare("destroy", "serve-small", "--sandbox", "--yes", expect=None)
    edit(rehearsal, "deletionProtection: true", "deletionProtection: false")
    up(rehearsal)
    rehearsal.wayfare("destroy", "serve-small", "--sandbox", "--yes")
    left = {row["token"] for row in rehearsal.sandbox.inventory()["resources"] if row["package"] == "aws"}
    assert "aws:kms/key:Key" in left
    assert not any(
        token.startswith(("aws:ec2", "aws:eks", "aws:amp", "aws:ecr", "aws:sns", "aws:iam")) for token in left
    )
