"""The workload in the cluster: device plugins, a namespace, a queue, and a JobSet or Deployment on the pool."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from wayfare.components.contract import NAMESPACE, SERVICE_ACCOUNT, ClusterOutputs, ClusterPlan
from wayfare.components.kubernetes import claims, mounts
from wayfare.components.kubernetes.charts import DEVICE_PLUGINS, OPERATORS, SERVING, SYSTEM_NAMESPACE, Chart
from wayfare.components.kubernetes.pod_template import pod_template
from wayfare.components.kubernetes.queues import queue
from wayfare.components.kubernetes.replicas import objects as replicas
from wayfare.components.kubernetes.training import job_set
from wayfare.components.pods import ClusterObject, PodNeeds

#: Pulumi would otherwise wait until the image is pulled and the model loaded, or the whole training has ended. What
#: the workload does is its own affair; that its objects were accepted is the stack's.
_NO_WAIT = {"pulumi.com/skipAwait": "true"}


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
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:kubernetes:Workload", name, None, opts)
        request, pods = plan.request, plan.pods
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
        plugins = [
            _chart(f"{name}-{plugin}", DEVICE_PLUGINS[plugin], pods, request.placement.machine_type, in_cluster)
            for plugin in pods.device_plugins
        ]
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata={"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": _standard(pods)}},
            opts=in_cluster,
        )
        child = pulumi.ResourceOptions.merge(in_cluster, pulumi.ResourceOptions(depends_on=[namespace]))
        after_plugins = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=plugins))
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata={
                "name": SERVICE_ACCOUNT,
                "namespace": NAMESPACE,
                "annotations": dict(outputs.service_account_annotations),
            },
            automount_service_account_token=False,
            opts=child,
        )
        objects = [_object(f"{name}-{each.name}", each, after_plugins) for each in pods.objects]
        claimed = [
            claim.declare(f"{name}-{claim.name}", request, pods, after_plugins)
            for claim in claims.CLAIMS
            if claim.is_needed(pods)
        ]
        volumes = tuple(outputs.volumes)
        mounted = [*mounts.declare(name, volumes, child), *mounts.storage_class(name, pods, child)]
        before = [account, _apart(f"{name}-policy", child), *plugins, *objects, *claimed, *mounted]
        if request.training:
            charts, beside, wanted = OPERATORS, queue(request, pods), job_set(request, pods, volumes)
        else:
            template = pod_template(request, pods, volumes, (), restart="Always")
            wanted, *beside = replicas(request, template)
            charts = SERVING.get(wanted.kind, {})
        before += self._beside(name, plan, charts, beside, in_cluster, child)
        self.object = _object(
            f"{name}-{wanted.kind.lower()}",
            wanted,
            pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=before)),
        )
        self.register_outputs({})

    def _beside(
        self,
        name: str,
        plan: ClusterPlan,
        charts: Mapping[str, Chart],
        objects: Sequence[ClusterObject],
        in_cluster: pulumi.ResourceOptions,
        child: pulumi.ResourceOptions,
    ) -> list[pulumi.Resource]:
        """What runs the workload's kind, and the objects that belong to it, each after those that it may name."""
        request, pods = plan.request, plan.pods
        made = list[pulumi.Resource]()
        for each, chart in charts.items():
            after = pulumi.ResourceOptions.merge(in_cluster, pulumi.ResourceOptions(depends_on=list(made)))
            made.append(_chart(f"{name}-{each}", chart, pods, request.placement.machine_type, after))
        for each in objects:
            after = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=list(made)))
            made.append(_object(f"{name}-{each.kind.lower()}-{each.name}", each, after))
        return made


def _chart(
    name: str, chart: Chart, pods: PodNeeds, machine_type: str, opts: pulumi.ResourceOptions
) -> kubernetes.helm.v3.Release:
    return kubernetes.helm.v3.Release(
        name,
        name=chart.name,
        namespace=chart.namespace,
        create_namespace=chart.namespace != SYSTEM_NAMESPACE or None,
        chart=chart.reference,
        version=chart.version,
        repository_opts={"repo": chart.repository} if chart.reference == chart.name else None,
        values=chart.values(pods, machine_type),
        opts=opts,
    )


def _standard(pods: PodNeeds) -> str:
    """The Pod Security Standard of the workload's namespace. Baseline lets no capability be added that RDMA needs."""
    return "privileged" if pods.capabilities else "baseline"


def _object(name: str, wanted: ClusterObject, opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
    """An object of whatever kind, as it was planned."""
    place = {} if wanted.namespace is None else {"namespace": wanted.namespace}
    marked = {"labels": dict(wanted.labels)} if wanted.labels else {}
    spec = {"spec": wanted.spec} if wanted.spec else {}
    return pulumi.CustomResource(
        f"kubernetes:{_group(wanted.api_version)}:{wanted.kind}",
        name,
        {
            "apiVersion": wanted.api_version,
            "kind": wanted.kind,
            # What becomes of it on the nodes is told by the pods.
            "metadata": {"name": wanted.name, "annotations": _NO_WAIT, **marked, **place},
            **spec,
            **wanted.beside,
        },
        pulumi.ResourceOptions.merge(opts, _replaced(wanted.kind)),
    )


def _group(api_version: str) -> str:
    """As Pulumi's tokens have it, in which the first kinds of all have a group, too."""
    return "core/v1" if api_version == "v1" else api_version


def _replaced(kind: str) -> pulumi.ResourceOptions:
    """A set of jobs cannot change once it was started; a new one under the same name comes after the old has gone."""
    if kind != "JobSet":
        return pulumi.ResourceOptions()
    return pulumi.ResourceOptions(delete_before_replace=True, replace_on_changes=["spec"])


def _apart(name: str, opts: pulumi.ResourceOptions) -> kubernetes.networking.v1.NetworkPolicy:
    """Pods of the workload's namespace are reached by each other, and by nobody else."""
    everyone = kubernetes.meta.v1.LabelSelectorArgs()
    return kubernetes.networking.v1.NetworkPolicy(
        name,
        metadata={"name": "within-the-namespace", "namespace": NAMESPACE},
        spec=kubernetes.networking.v1.NetworkPolicySpecArgs(
            pod_selector=everyone,
            policy_types=["Ingress"],
            ingress=[
                kubernetes.networking.v1.NetworkPolicyIngressRuleArgs(
                    from_=[kubernetes.networking.v1.NetworkPolicyPeerArgs(pod_selector=everyone)]
                )
            ],
        ),
        opts=opts,
    )
