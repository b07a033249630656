"""Which machines' nodes say where they are, so that the queue can look for room that is near."""

import pytest

from tests.contract.asked import request
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.catalog import shipped_rows
from wayfare.components.clouds import cloud

#: EKS User Guide, "Place distributed AI/ML workloads with network topology labels".
_AWS = tuple(f"topology.k8s.aws/network-node-layer-{layer}" for layer in (1, 2, 3))
#: AI Hypercomputer, "Schedule GKE workloads with Topology Aware Scheduling".
_GCP = tuple(f"cloud.google.com/gce-topology-{part}" for part in ("block", "subblock", "host"))


@pytest.mark.parametrize(
    ("on", "machine_type", "purchase", "labels"),
    [
        (CloudName.AWS, "p5.48xlarge", Purchase.ON_DEMAND, _AWS),
        (CloudName.AWS, "p6-b200.48xlarge", Purchase.ON_DEMAND, _AWS),
        (CloudName.AWS, "trn2.48xlarge", Purchase.ON_DEMAND, _AWS),
        # EC2's topology knows no graphics machines, though they have EFA.
        (CloudName.AWS, "g6e.48xlarge", Purchase.ON_DEMAND, ()),
        (CloudName.GCP, "a3-ultragpu-8g", Purchase.RESERVED, _GCP),
        # Bought otherwise they do not lie densely, and may have no such label.
        (CloudName.GCP, "a3-ultragpu-8g", Purchase.SPOT, ()),
        (CloudName.GCP, "a3-megagpu-8g", Purchase.ON_DEMAND, ()),
        # AKS tells nothing; the scale set's placement group says it all.
        (CloudName.AZURE, "Standard_ND96isr_H100_v5", Purchase.ON_DEMAND, ()),
    ],
)
def test_only_what_the_cloud_documents_is_looked_for(
    on: CloudName, machine_type: str, purchase: Purchase, labels: tuple[str, ...]
) -> None:
    machine = shipped_rows(on).machine_type(machine_type)
    assert cloud(on).plan(request(on, machine, purchase)).pods.topology == labels


def test_replicas_that_answer_each_for_themselves_need_no_nearness() -> None:
    machine = shipped_rows(CloudName.AWS).machine_type("p5.48xlarge")
    asked = request(CloudName.AWS, machine, Purchase.ON_DEMAND, kind="InferenceCluster")
    assert cloud(CloudName.AWS).plan(asked).pods.topology == ()
