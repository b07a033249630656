"""One cluster: what a cloud builds for a request, and the workload in it."""

from typing import Any

import pulumi

from wayfare.components.clouds import cloud
from wayfare.components.contract import Request
from wayfare.components.controls.terms import carried
from wayfare.components.fitting import fitted
from wayfare.components.kubernetes.layers import Given
from wayfare.components.kubernetes.workload import Workload


class Cluster(pulumi.ComponentResource):
    """A cluster on the placement's cloud.

    `outputs` holds what every cluster exports, the same names on every cloud. Raises `SdkMissing` where the cloud's SDK
    is not installed and `NotFeasible` where the cloud cannot do what is asked.
    """

    def __init__(
        self, request: Request, opts: pulumi.ResourceOptions | None = None, *, called: str | None = None
    ) -> None:
        """`called`: its name in the program; the cluster's own without it."""
        super().__init__("wayfare:index:Cluster", called or request.name, carried(request.blueprint), opts)
        # What no cloud's plan looks at: whether the pool holds the model.
        fitted(request.blueprint, request.machine, request.accelerator)
        chosen = cloud(request.placement.cloud)
        plan = chosen.plan(request)
        built = chosen.build(plan, pulumi.ResourceOptions(parent=self))
        bucket = None if request.checkpoint is None else built.checkpoints
        given = Given(built.service_account_annotations, built.volumes, bucket)
        workload = (
            Workload(f"{request.name}-workload", plan, built, given, pulumi.ResourceOptions(parent=self))
            if request.blueprint.spec.workload.apply == "stack"
            else None
        )
        placement, machine = request.placement, request.machine
        self.outputs: dict[str, Any] = {
            "cluster": request.name,
            "cloud": placement.cloud.value,
            "region": placement.region,
            "zone": placement.zone,
            "machineType": placement.machine_type,
            "accelerator": request.accelerator.name.value,
            "nodes": request.accelerator.nodes,
            "purchase": placement.purchase.value,
            "blueprintDigest": request.digest,
            "endpoint": built.endpoint,
            "kubeconfig": built.kubeconfig,
            "checkpoints": built.checkpoints,
            "identity": built.identity,
            "issuer": built.issuer,
            "network": built.network,
            "nodePool": built.node_pool,
            "capacity": built.capacity,
            "registry": built.registry,
            "fabric": machine.fabric.value,
            "podResources": {
                "accelerators": dict(plan.pods.accelerators),
                "fabric": dict(plan.pods.fabric),
                "deviceClasses": list(plan.pods.device_classes),
            },
            "protected": request.protected,
            "workload": None if workload is None else workload.object.id,
            "given": given.exported(),
        }
        self.register_outputs(self.outputs)
