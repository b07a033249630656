"""Clusters on Google Cloud that ask for more than the library's blueprints do, and what their account has already."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import pulumi

from tests.contract.dry_run import DryRun
from tests.mocked import event_loop, settled
from wayfare.blueprints import CloudName, InferenceCluster, Purchase, TrainingCluster
from wayfare.components.catalog import shipped_rows
from wayfare.components.contract import Holding, Item, Lost, Need, Placement, Request
from wayfare.components.gcp import account, adoption
from wayfare.components.gcp.bootstrap import Bootstrap
from wayfare.components.gcp.bootstrap_plan import bootstrap_plan
from wayfare.sandbox.clouds.gcp.names import MANAGED_SECRET, NETWORK, SUBNETWORK

T = TypeVar("T")

PROJECT, REGION, ZONE = "wayfare-sandbox", "us-central1", "us-central1-a"
SHARED = f"projects/{PROJECT}/global/networks/shared"
EXISTING = {
    "cloud": "gcp",
    "region": REGION,
    "network": SHARED,
    "subnetwork": f"projects/{PROJECT}/regions/{REGION}/subnetworks/accelerators",
    "pods": "gke-pods",
    "services": "gke-services",
    "reach": "10.200.0.2:443",
}


def asked(kind: str = "InferenceCluster", name: str = "llm", **spec: Any) -> Request:
    """A request for one node with an L4 and whatever a spec says besides; keys as in YAML."""
    (machine,) = (row for row in shipped_rows(CloudName.GCP).machine_types if row.name == "g2-standard-4")
    data = {
        "apiVersion": "wayfare.dev/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {
            "accelerators": [{"name": "L4", "perNode": 1, "nodes": 1}],
            "access": {"allow": ["203.0.113.0/24"]},
            "workload": {"image": "registry.example/serve:1"},
            **spec,
        },
    }
    model = TrainingCluster if kind == "TrainingCluster" else InferenceCluster
    blueprint = model.model_validate(data, strict=False)
    return Request(
        blueprint=blueprint,
        digest="0123456789abcdef" * 4,
        placement=Placement(CloudName.GCP, REGION, ZONE, machine.name, Purchase.ON_DEMAND),
        machine=machine,
        accelerator=blueprint.spec.accelerators[0],
        holding=Holding.HELD,
        hold_until=datetime(2026, 11, 24, tzinfo=UTC),
    )


def existing_network(**differently: Any) -> Callable[[DryRun], None]:
    """Makes the network of `EXISTING`, with other inputs of the subnetwork where they are given."""

    def make(run: DryRun) -> None:
        run.make(NETWORK, "shared", {"name": "shared", "autoCreateSubnetworks": False})
        subnetwork = {
            "name": "accelerators",
            "region": REGION,
            "network": SHARED,
            "ipCidrRange": "10.200.0.0/20",
            "privateIpGoogleAccess": True,
            "secondaryIpRanges": [
                {"rangeName": "gke-pods", "ipCidrRange": "10.204.0.0/14"},
                {"rangeName": "gke-services", "ipCidrRange": "10.201.0.0/20"},
            ],
        }
        run.make(SUBNETWORK, "accelerators", {**subnetwork, **differently})

    return make


def bootstrapped(*regions: str) -> Callable[[DryRun], None]:
    """Runs the program that a project gets once."""

    def make(run: DryRun) -> None:
        async def declare() -> None:
            Bootstrap("wayfare", bootstrap_plan(regions))
            await settled()

        with event_loop() as loop:
            pulumi.runtime.set_mocks(run, project="wayfare", stack="bootstrap", preview=False)
            loop.run_until_complete(declare())

    return make


def a_secret(name: str) -> Callable[[DryRun], object]:
    """Makes a secret."""
    return lambda run: run.make(MANAGED_SECRET, name, {"secretId": name, "replication": {"auto": {}}})


def lacking(run: DryRun, needs: Sequence[Need]) -> Mapping[Need, str]:
    """What the account says is missing."""
    return _told(run, account.lacking(needs))


def inventory(run: DryRun, cluster: str, region: str) -> Sequence[Item]:
    """What the account says there is of a cluster."""
    return _told(run, account.inventory(cluster, region))


def ids(run: DryRun, lost: Sequence[Lost]) -> Mapping[str, str]:
    """Where the account says that lost resources are."""
    return _told(run, adoption.ids(lost))


def _told(run: DryRun, question: Awaitable[T]) -> T:
    run.refusals.clear()  # of the program; after one, the clouds would be asked no more
    found: list[T] = []

    async def ask() -> None:
        found.append(await question)

    with event_loop() as loop:
        pulumi.runtime.set_mocks(run, project="wayfare", stack="dry", preview=False)
        loop.run_until_complete(ask())
    return found[0]
