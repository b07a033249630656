"""The blueprints and placements whose graphs are kept as golden files."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from tests.golden.graph import Graph, Properties, Resource, graph
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.contract import Holding, Request
from wayfare.stacks.program import request_for
from wayfare.stacks.project import StackSettings

ROOT = Path(__file__).resolve().parents[2]

#: A fixed time, so that the end of a held reservation is the same in every run.
NOW = datetime(2026, 1, 1, tzinfo=UTC)

TRAINING, INFERENCE = "pretrain-h100-16", "serve-small"
BLUEPRINTS = (TRAINING, INFERENCE)

#: Region, zone and machine type of each golden file.
PLACEMENTS = {
    (CloudName.AWS, TRAINING): ("us-east-1", "us-east-1a", "p5.48xlarge"),
    (CloudName.AZURE, TRAINING): ("eastus", "1", "Standard_ND96isr_H100_v5"),
    (CloudName.GCP, TRAINING): ("us-east4", "us-east4-b", "a3-megagpu-8g"),
    (CloudName.AWS, INFERENCE): ("us-east-1", "us-east-1a", "g6.xlarge"),
    (CloudName.AZURE, INFERENCE): ("eastus", "1", "Standard_NC4as_T4_v3"),
    (CloudName.GCP, INFERENCE): ("us-central1", "us-central1-a", "g2-standard-4"),
}


def request(
    cloud: CloudName,
    blueprint: str,
    holding: Holding = Holding.HELD,
    machine_type: str | None = None,
    purchase: Purchase = Purchase.ON_DEMAND,
) -> Request:
    """What a stack of a library blueprint asks for. What cannot be held is not held."""
    region, zone, usual = PLACEMENTS[cloud, blueprint]
    settings = StackSettings(
        blueprint=f"blueprints/library/{blueprint}.yaml",
        cloud=cloud,
        region=region,
        zone=zone,
        machine_type=machine_type or usual,
        purchase=purchase,
        capacity=holding,
    )
    return request_for(settings, ROOT, NOW)


@cache
def declared(cloud: CloudName, blueprint: str, holding: Holding = Holding.HELD) -> Graph:
    """The graph of a case, made once in a test process."""
    return graph(request(cloud, blueprint, holding))


def of_type(resources: Graph, type: str) -> list[Resource]:
    """All resources whose type ends so: `:NodeGroup`."""
    return [row for row in resources.values() if row.type.endswith(f":{type}")]


def pod_template(workload: Properties) -> Properties:
    """The pod template in the inputs of a JobSet or a Deployment."""
    spec = workload["spec"]
    job = spec["replicatedJobs"][0]["template"]["spec"] if "replicatedJobs" in spec else spec
    return job["template"]


def one(resources: Graph, type: str, name: str = "") -> Resource:
    """The only resource whose type ends so and whose name does."""
    (found,) = (row for row in of_type(resources, type) if row.name.endswith(name))
    return found
