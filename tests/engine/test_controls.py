"""Controls with the real engine: what they refuse is not made, by `wayfare up` and by `pulumi up` under the pack."""

from pathlib import Path

from tests.engine.rehearsal import Rehearsal
from wayfare.components.controls import PACK

SMALL = "blueprints/serve-small.yaml"
STACK = "serve-small.gcp-us-central1"

#: A component that was changed: the workload runs as the namespace's default account.
CHANGED = """
from wayfare.components.kubernetes import pod_template
from wayfare.stacks.program import run

pod_template.SERVICE_ACCOUNT = "default"
run()
"""

#: A program of somebody who adds a bucket of their own, which may be made public.
ADDED = """
import pulumi_gcp as gcp
from wayfare.stacks.program import run

run()
gcp.storage.Bucket(
    "mine",
    name="a-bucket-of-my-own",
    location="US",
    uniform_bucket_level_access=True,
    soft_delete_policy={"retention_duration_seconds": 604800},
    lifecycle_rules=[{"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}}],
)
"""

SETTINGS = {
    "wayfare:blueprint": SMALL,
    "wayfare:placement.cloud": "gcp",
    "wayfare:placement.region": "us-central1",
    "wayfare:placement.zone": "us-central1-a",
    "wayfare:placement.machineType": "g2-standard-4",
    "wayfare:mode": "sandbox",
    "gcp:region": "us-central1",
}


def programmed(rehearsal: Rehearsal, text: str) -> None:
    """Give the project another program."""
    (rehearsal.project.root / "stacks" / "__main__.py").write_text(text, encoding="utf-8")


def excepting(file: Path, control: str) -> None:
    """Let a blueprint except a control."""
    exception = f"  exceptions: [{{control: {control}, reason: the bucket is for the public on purpose}}]\n"
    file.write_text(file.read_text(encoding="utf-8").rstrip() + "\n" + exception, encoding="utf-8")


def test_a_refused_cluster_is_not_begun_and_no_other_place_is_tried(rehearsal: Rehearsal) -> None:
    programmed(rehearsal, CHANGED)
    done = rehearsal.wayfare("up", SMALL, "--sandbox", "--yes", "--cloud", "gcp", "-o", "json", expect=4)
    assert done.data["end"] == "stopped"
    (attempt,) = done.data["attempts"]
    assert attempt["failure"]["taken_for"] == "control"
    said = attempt["failure"]["message"]
    assert "control k8s-no-default-service-account (CIS Kubernetes 1.12.0 5.1.5): " in said
    assert "serviceAccountName of kubernetes:apps/v1:Deployment serve-small-workload-deployment is default" in said
    assert "spec.exceptions: [{control: k8s-no-default-service-account, reason: …}]" in said
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}
    assert [row["type"] for row in rehearsal.resources(STACK) if not row["type"].startswith("pulumi:")] == []


def test_under_pulumi_the_pack_refuses_what_a_program_adds(rehearsal: Rehearsal) -> None:
    programmed(rehearsal, ADDED)
    rehearsal.configure(STACK, SETTINGS)
    done = rehearsal.pulumi("up", "--stack", STACK, "--yes", "--policy-pack", str(PACK), expect=None)
    assert "gcp-bucket-public-access" in done.out + done.err
    assert "publicAccessPrevention of gcp:storage/bucket:Bucket mine is not set and should be enforced" in done.out
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}


def test_an_exception_of_no_control_is_told_with_its_place_and_the_nearest_name(rehearsal: Rehearsal) -> None:
    file = rehearsal.project.root / SMALL
    excepting(file, "gcp-bucket-public-acces")
    lines = len(file.read_text(encoding="utf-8").splitlines())
    for command in (("validate", SMALL), ("plan", SMALL, "--offline"), ("up", SMALL, "--sandbox", "--yes")):
        done = rehearsal.wayfare(*command, expect=2)
        assert f"serve-small.yaml:{lines}:" in done.err
        assert "there is no control gcp-bucket-public-acces; did you mean gcp-bucket-public-access?" in done.err
    assert rehearsal.sandbox.events() == []
