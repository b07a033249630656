"""The life of a cluster under plain `pulumi`, as a person runs it in a shell that works on the sandbox."""

from dataclasses import dataclass

from tests.engine.rehearsal import Rehearsal
from wayfare.blueprints import CloudName

#: What every cluster exports, whichever cloud it is on. `capacity` is there as long as capacity is held.
OUTPUTS = {
    *("cluster", "cloud", "region", "zone", "machineType", "accelerator", "nodes", "purchase", "blueprintDigest"),
    *("endpoint", "kubeconfig", "checkpoints", "identity", "issuer", "network", "nodePool", "fabric", "podResources"),
    *("protected", "workload", "given", "blueprint", "mode"),
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


def live(rehearsal: Rehearsal, place: Place) -> None:
    """A cluster comes up, stays as it is, lets go of what it held, and goes."""
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
