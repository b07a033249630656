"""The program under plain `pulumi`, as a person runs it in a shell that works on the sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tests.engine.rehearsal import Rehearsal
from wayfare.blueprints import CloudName

#: What every cluster exports, whichever cloud it is on. `capacity` is there as long as capacity is held.
OUTPUTS = {
    *("cluster", "cloud", "region", "zone", "machineType", "accelerator", "nodes", "purchase", "blueprintDigest"),
    *("endpoint", "kubeconfig", "checkpoints", "identity", "network", "nodePool", "fabric", "podResources"),
    *("protected", "workload", "blueprint", "mode"),
}


@dataclass(frozen=True)
class Place:
    """A placement of 16 nodes with 8 H100 each."""

    cloud: CloudName
    region: str
    zone: str
    machine_type: str
    region_key: str
    """The configuration key of the cloud's provider that holds the region."""
    checkpoints: str
    """How the bucket's URL begins."""
    reservation: str | None
    """Type of what holds the capacity in advance; Azure reserves no machine that has InfiniBand."""

    @property
    def stack(self) -> str:
        return f"llm-pretrain.{self.cloud}-{self.region}"

    @property
    def configuration(self) -> dict[str, str]:
        return {
            "wayfare:blueprint": "blueprints/pretrain-h100-16.yaml",
            "wayfare:placement.cloud": self.cloud.value,
            "wayfare:placement.region": self.region,
            "wayfare:placement.zone": self.zone,
            "wayfare:placement.machineType": self.machine_type,
            "wayfare:mode": "sandbox",
            self.region_key: self.region,
        }


AWS = Place(
    *(CloudName.AWS, "us-east-1", "us-east-1a", "p5.48xlarge", "aws:region", "s3://"),
    reservation="aws:ec2/capacityReservation:CapacityReservation",
)
AZURE = Place(
    *(CloudName.AZURE, "eastus", "1", "Standard_ND96isr_H100_v5", "azure-native:location", "https://"),
    reservation=None,
)
GCP = Place(
    *(CloudName.GCP, "us-east4", "us-east4-b", "a3-megagpu-8g", "gcp:region", "gs://"),
    reservation="gcp:compute/reservation:Reservation",
)


@pytest.mark.parametrize("place", [AWS, AZURE, GCP], ids=lambda place: place.cloud)
def test_a_cluster_comes_up_stays_as_it_is_and_goes(rehearsal: Rehearsal, place: Place) -> None:
    rehearsal.configure(place.stack, place.configuration)
    rehearsal.pulumi("up", "--yes", "--skip-preview")
    first = {row["urn"]: row for row in rehearsal.resources(place.stack)}
    held = [row["type"] for row in first.values() if "reservation" in row["type"].lower()]
    assert held == ([place.reservation] if place.reservation else [])

    rehearsal.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    rehearsal.pulumi("preview", "--expect-no-changes")
    rehearsal.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    rehearsal.pulumi("config", "set", "wayfare:capacity", "released")
    rehearsal.pulumi("up", "--yes", "--skip-preview")
    second = {row["urn"]: row for row in rehearsal.resources(place.stack)}
    assert [first[urn]["type"] for urn in first.keys() - second.keys()] == held
    assert not second.keys() - first.keys()
    assert rehearsal.changes(place.stack) == ({"delete": 1} if held else {})

    outputs = rehearsal.pulumi("stack", "output", "--json").data
    assert set(outputs) == OUTPUTS
    assert (outputs["cloud"], outputs["region"], outputs["nodes"]) == (place.cloud, place.region, 16)
    assert outputs["checkpoints"].startswith(place.checkpoints)
    assert outputs["endpoint"].startswith("https://")
    assert_is_kept_secret(rehearsal, place.stack, outputs["kubeconfig"])

    rehearsal.pulumi("destroy", "--yes", "--skip-preview")
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}
    assert rehearsal.resources(place.stack) == []


def assert_is_kept_secret(rehearsal: Rehearsal, stack: str, shown: str) -> None:
    """The kubeconfig is an output that is neither shown nor in plain text anywhere in the backend."""
    assert shown == "[secret]"
    kubeconfig = rehearsal.pulumi("stack", "output", "kubeconfig", "--show-secrets").out
    assert "current-context" in kubeconfig
    assert '"ciphertext"' in rehearsal.state_file(stack).read_text(encoding="utf-8")
    backend = rehearsal.sandbox.directory / "backend"
    telling = [file for file in backend.rglob("*") if file.is_file() and b"current-context" in file.read_bytes()]
    assert telling == []


#: What is wrong, the edit of the stack's settings that makes it so, and what the person must read.
MISTAKES = (
    (
        "a region that is not the placement's",
        ("aws:region: us-east-1", "aws:region: us-west-2"),
        "aws:region is us-west-2, but the placement is in us-east-1; set it with: pulumi config set aws:region us-",
    ),
    (
        "a machine type that the blueprint does not want",
        ("machineType: p5.48xlarge", "machineType: g6.xlarge"),
        "g6.xlarge (1 x L4) fulfils none of the alternatives of blueprints/pretrain-h100-16.yaml: 8 x H100, 8 x H200",
    ),
    (
        "a placement without its zone",
        ("    zone: us-east-1a\n", ""),
        "wayfare:placement.zone: Field required; set it with: pulumi config set --path wayfare:placement.zone VALUE",
    ),
    (
        "a stack of the clouds in a shell of the sandbox",
        ("wayfare:mode: sandbox", "wayfare:mode: cloud"),
        f"stack {AWS.stack} belongs to the cloud, but this shell works on the sandbox",
    ),
)


def test_a_mistake_is_one_clear_error_before_anything_is_declared(rehearsal: Rehearsal) -> None:
    rehearsal.configure(AWS.stack, AWS.configuration)
    settings = rehearsal.project.settings_file(AWS.stack)
    right = settings.read_text(encoding="utf-8")
    for mistake, (there, instead), sentence in MISTAKES:
        assert there in right, mistake
        settings.write_text(right.replace(there, instead), encoding="utf-8")
        assert_refused(rehearsal, sentence, rehearsal.sandbox_shell)
    settings.write_text(right, encoding="utf-8")

    shell_of_the_clouds = {key: value for key, value in rehearsal.sandbox_shell.items() if key != "WAYFARE_SANDBOX"}
    sentence = f"stack {AWS.stack} belongs to the sandbox, but this shell works on the cloud"
    assert_refused(rehearsal, sentence, shell_of_the_clouds)

    blueprint = rehearsal.project.root / "blueprints" / "pretrain-h100-16.yaml"
    blueprint.write_text(blueprint.read_text(encoding="utf-8").replace("kind: Tr", "kind: Dr", 1), encoding="utf-8")
    assert_refused(rehearsal, "pretrain-h100-16.yaml:6:7: ", rehearsal.sandbox_shell)
    assert [row["type"] for row in rehearsal.resources(AWS.stack)] == ["pulumi:pulumi:Stack"]


def assert_refused(rehearsal: Rehearsal, sentence: str, shell: Mapping[str, str]) -> None:
    """`pulumi up` fails with the sentence, said once and without a traceback, and nothing was asked of the cloud."""
    done = rehearsal.pulumi("up", "--yes", "--skip-preview", expect=None, shell=shell)
    _, found, diagnostics = done.out.partition("Diagnostics:")
    assert found, done.out + done.err
    assert diagnostics.count(sentence) == 1, diagnostics
    assert "Traceback" not in done.out + done.err
    assert rehearsal.sandbox.events() == []
