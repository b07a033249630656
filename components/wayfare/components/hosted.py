"""The cluster as a component of the package `wayfare`, for Pulumi programs in any language.

`components/PulumiPlugin.yaml` starts it; its schema is read from the annotations and docstrings here, so that they are
what other languages see. Names stay: one that is to change keeps its old one as an alias.
"""

from datetime import UTC, datetime
from importlib import metadata
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi.provider.experimental import component_provider_host

from wayfare.blueprints import BlueprintInvalid, CloudName, Purchase, loads
from wayfare.components import cluster
from wayfare.components.clouds import SdkMissing
from wayfare.components.contract import Holding, NotFeasible, Placement
from wayfare.components.requesting import HOLD, Unplaced, requested


class ClusterArgs(TypedDict):
    """What is wanted, and where."""

    blueprint: str
    """The blueprint, as YAML or JSON text."""
    cloud: str
    """`aws`, `azure` or `gcp`."""
    region: str
    """The cloud's name of the region, such as `us-east-1`."""
    zone: str
    """As the account names it: `us-east-1a`, `1`, `us-east4-b`."""
    machine_type: str
    """The cloud's name of the machine type, such as `p5.48xlarge`."""
    purchase: NotRequired[str]
    """`on-demand`, `spot`, `reserved`, `block` or `flex`; on demand without it."""
    reservation: NotRequired[str]
    """Id of the blueprint's reservation that is used, for the purchases `reserved` and `block`."""
    alternative: NotRequired[int]
    """Which of the blueprint's accelerators, from 0; the first that the machine type fulfils without it."""
    hold_capacity: NotRequired[bool]
    """Whether a reservation that is bounded in time holds the capacity while the control plane is built. Set it for the
    first update, and take it away when the pool runs: a reservation costs as much as the machines."""


class Cluster(cluster.Cluster):
    """A Kubernetes cluster with a pool of accelerators, made from a blueprint on AWS, Azure or Google Cloud: network,
    control plane, pools with their fabric, bucket, identity, and the workload in it."""

    endpoint: pulumi.Output[str]
    """URL of the Kubernetes API."""
    kubeconfig: pulumi.Output[str]
    """How clients get in. Holds no credential: it calls the cloud's own sign-in command."""
    checkpoints: pulumi.Output[str]
    """URL of the bucket for checkpoints or weights."""
    identity: pulumi.Output[str]
    """What the workload's service account acts as: a role's ARN, a client id, or a principal."""
    issuer: pulumi.Output[str]
    """URL of what issues the cluster's service-account tokens."""
    network: pulumi.Output[str]
    """Id of the cluster's network."""
    node_pool: pulumi.Output[str]
    """Name of the accelerator pool."""
    capacity: pulumi.Output[str | None]
    """Id of the reservation that holds the capacity, while one does."""
    registry: pulumi.Output[str | None]
    """Where images of the private registry are; nothing where the blueprint asks for none."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        now = datetime.now(UTC)
        try:
            placement = Placement(
                CloudName(args["cloud"]),
                args["region"],
                args["zone"],
                args["machine_type"],
                Purchase(args.get("purchase") or Purchase.ON_DEMAND),
                args.get("reservation"),
            )
            request = requested(
                loads(args["blueprint"], f"{name}'s blueprint"),
                placement,
                now=now,
                hold_until=now + HOLD,
                alternative=args.get("alternative"),
                capacity=Holding.HELD if args.get("hold_capacity") else Holding.RELEASED,
            )
            super().__init__(request, opts, called=name)
        except (BlueprintInvalid, NotFeasible, SdkMissing, Unplaced, ValueError) as error:
            raise pulumi.RunError(f"{name}: {error}") from None
        for attribute, output in _OUTPUTS.items():
            setattr(self, attribute, pulumi.Output.from_input(self.outputs[output]))


#: From what programs call an output to the name under which a cluster's stack exports it.
_OUTPUTS: dict[str, str] = {
    "endpoint": "endpoint",
    "kubeconfig": "kubeconfig",
    "checkpoints": "checkpoints",
    "identity": "identity",
    "issuer": "issuer",
    "network": "network",
    "node_pool": "nodePool",
    "capacity": "capacity",
    "registry": "registry",
}


def main() -> None:
    """Serve the component to the engine."""
    components: list[type[Any]] = [Cluster]
    component_provider_host(name="wayfare", components=components, version=metadata.version("wayfare"))
