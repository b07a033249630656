"""The workload in the cluster: device plugins, a namespace, and one Job or Deployment on the accelerator pool."""

import pulumi
import pulumi_kubernetes as kubernetes

from wayfare.components.contract import NAMESPACE, SERVICE_ACCOUNT, ClusterOutputs, ClusterPlan, Request
from wayfare.components.kubernetes import claims, mounts
from wayfare.components.kubernetes.charts import DEVICE_PLUGINS
from wayfare.components.kubernetes.pod_template import RENDEZVOUS_PORT, labels, pod_template
from wayfare.components.pods import ClusterObject, PodNeeds

#: Pulumi would otherwise wait until the image is pulled and the model loaded, or the whole training has ended. What
#: the workload does is its own affair; that its objects were accepted is the stack's.
_NO_WAIT = {"pulumi.com/skipAwait": "true"}


class Workload(pulumi.ComponentResource):
    """Device plugins that the cloud does not bring, and the blueprint's container on every accelerator node.

    Training is an Indexed Job with one pod on each node; inference is a Deployment with one replica on each node.
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
            _plugin(f"{name}-{plugin}", plugin, pods, request.placement.machine_type, in_cluster)
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
        meeting = [_meeting_place(f"{name}-service", request, child)] if request.training else []
        apart = _apart(f"{name}-policy", child)
        before = [account, apart, *plugins, *objects, *claimed, *mounted, *meeting]
        after = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=before))
        nodes = claims.provisioning(name, request, pods, pod_template(request, pods, volumes, {}), after)
        after = pulumi.ResourceOptions.merge(after, pulumi.ResourceOptions(depends_on=nodes))
        template = pod_template(request, pods, volumes, claims.queued(pods, request))
        if request.training:
            self.object = _job(name, request, template, after)
        else:
            self.object = _deployment(name, request, template, after)
        self.register_outputs({})


def _plugin(
    name: str, plugin: str, pods: PodNeeds, machine_type: str, opts: pulumi.ResourceOptions
) -> kubernetes.helm.v3.Release:
    chart = DEVICE_PLUGINS[plugin]
    return kubernetes.helm.v3.Release(
        name,
        name=chart.name,
        namespace="kube-system",
        chart=chart.reference,
        version=chart.version,
        repository_opts={"repo": chart.repository} if chart.reference == chart.name else None,
        values=chart.values(pods, machine_type),
        opts=opts,
    )


def _standard(pods: PodNeeds) -> str:
    """The Pod Security Standard of the workload's namespace. Baseline lets no capability be added that RDMA needs."""
    return "privileged" if pods.capabilities else "baseline"


def _object(name: str, wanted: ClusterObject, opts: pulumi.ResourceOptions) -> kubernetes.apiextensions.CustomResource:
    place = {} if wanted.namespace is None else {"namespace": wanted.namespace}
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=wanted.api_version,
        kind=wanted.kind,
        # What becomes of it on each node is told by the pods that wait for its devices.
        metadata={"name": wanted.name, "annotations": _NO_WAIT, **place},
        spec=dict(wanted.spec),
        opts=opts,
    )


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


def _meeting_place(name: str, request: Request, opts: pulumi.ResourceOptions) -> kubernetes.core.v1.Service:
    """A headless service, through which a job's pods find the first of them by name before any is ready."""
    return kubernetes.core.v1.Service(
        name,
        metadata={
            "name": request.name,
            "namespace": NAMESPACE,
            "labels": dict(labels(request)),
            "annotations": _NO_WAIT,
        },
        spec=kubernetes.core.v1.ServiceSpecArgs(
            cluster_ip="None",
            publish_not_ready_addresses=True,
            selector={"app.kubernetes.io/name": request.name},
            ports=[kubernetes.core.v1.ServicePortArgs(name="rendezvous", port=RENDEZVOUS_PORT)],
        ),
        opts=opts,
    )


def _job(
    name: str, request: Request, template: kubernetes.core.v1.PodTemplateSpecArgs, opts: pulumi.ResourceOptions
) -> kubernetes.batch.v1.Job:
    nodes = request.accelerator.nodes
    return kubernetes.batch.v1.Job(
        f"{name}-job",
        metadata={
            "name": request.name,
            "namespace": NAMESPACE,
            "labels": dict(labels(request)),
            "annotations": _NO_WAIT,
        },
        spec=kubernetes.batch.v1.JobSpecArgs(
            completion_mode="Indexed", completions=nodes, parallelism=nodes, template=template
        ),
        # A Job's template cannot change; a new one under the same name comes after the old one has gone.
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(delete_before_replace=True, replace_on_changes=["spec.template"])
        ),
    )


def _deployment(
    name: str, request: Request, template: kubernetes.core.v1.PodTemplateSpecArgs, opts: pulumi.ResourceOptions
) -> kubernetes.apps.v1.Deployment:
    return kubernetes.apps.v1.Deployment(
        f"{name}-deployment",
        metadata={
            "name": request.name,
            "namespace": NAMESPACE,
            "labels": dict(labels(request)),
            "annotations": _NO_WAIT,
        },
        spec=kubernetes.apps.v1.DeploymentSpecArgs(
            replicas=request.accelerator.nodes,
            selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels={"app.kubernetes.io/name": request.name}),
            # Every accelerator node is taken: a surge pod would never find one.
            strategy=kubernetes.apps.v1.DeploymentStrategyArgs(
                type="RollingUpdate",
                rolling_update=kubernetes.apps.v1.RollingUpdateDeploymentArgs(max_surge=0, max_unavailable=1),
            ),
            template=template,
        ),
        opts=opts,
    )
