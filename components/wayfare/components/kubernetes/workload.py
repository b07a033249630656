"""The workload in the cluster: charts and objects, as `layers.py` plans them."""

from collections.abc import Iterable, Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from wayfare.components.contract import ClusterOutputs, ClusterPlan
from wayfare.components.kubernetes.charts import SYSTEM_NAMESPACE
from wayfare.components.kubernetes.layers import Given, Release, layers
from wayfare.components.kubernetes.transcribing import transcribed
from wayfare.components.pods import ClusterObject


class Workload(pulumi.ComponentResource):
    """Device plugins that the cloud does not bring, and the blueprint's container on every accelerator node.

    Training is a JobSet with one pod on each node, which Kueue admits as a whole; inference is a Deployment with one
    replica on each node, or a LeaderWorkerSet where a replica needs several.
    """

    def __init__(
        self,
        name: str,
        plan: ClusterPlan,
        outputs: ClusterOutputs,
        given: Given,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:kubernetes:Workload", name, None, opts)
        wanted = layers(plan, given)
        provider = kubernetes.Provider(
            f"{name}-cluster",
            kubeconfig=outputs.kubeconfig,
            enable_server_side_apply=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Objects go with their cluster: deleting each first would need an API that a half-made cluster may not have.
        in_cluster = pulumi.ResourceOptions(
            parent=self, provider=provider, depends_on=list(outputs.ready), deleted_with=outputs.control_plane
        )
        plugins = _installed(name, wanted.plugins, in_cluster)
        namespace = transcribed(f"{name}-namespace", wanted.namespace, in_cluster)
        inside = _after(in_cluster, [namespace])
        ground = _in_turn(name, wanted.ground, inside)
        devices = [_made(name, each, _after(inside, plugins)) for each in wanted.devices]
        operators: list[pulumi.Resource] = []
        for each in wanted.operators:
            operators += _installed(name, [each], _after(in_cluster, operators))
        # The quotas among them judge only what comes after.
        beside = _in_turn(name, wanted.beside, _after(inside, [*ground, *operators]))
        before = [*ground, *plugins, *devices, *operators, *beside]
        self.object = transcribed(f"{name}-{wanted.workload.kind.lower()}", wanted.workload, _after(inside, before))
        self.register_outputs({})


def _after(opts: pulumi.ResourceOptions, before: Iterable[pulumi.Resource]) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(before)))


def _in_turn(name: str, objects: Sequence[ClusterObject], opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Each after those before it, which it may name."""
    made: list[pulumi.Resource] = []
    for each in objects:
        made.append(_made(name, each, _after(opts, made)))
    return made


def _made(name: str, wanted: ClusterObject, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    return transcribed(f"{name}-{wanted.kind.lower()}-{wanted.name}", wanted, opts)


def _installed(name: str, releases: Iterable[Release], opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    return [_chart(f"{name}-{each.name}", each, opts) for each in releases]


def _chart(name: str, release: Release, opts: pulumi.ResourceOptions) -> kubernetes.helm.v3.Release:
    chart = release.chart
    return kubernetes.helm.v3.Release(
        name,
        name=chart.name,
        namespace=chart.namespace,
        create_namespace=chart.namespace != SYSTEM_NAMESPACE or None,
        chart=chart.reference,
        version=chart.version,
        repository_opts=None if chart.in_registry else {"repo": chart.repository},
        values=release.values,
        opts=opts,
    )
