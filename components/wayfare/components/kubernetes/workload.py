"""The workload in the cluster: device plugins, a namespace, and one Job or Deployment on the accelerator pool."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes

from wayfare.components.contract import (
    ACCELERATOR_POOL,
    NAMESPACE,
    POOL_LABEL,
    SERVICE_ACCOUNT,
    ClusterOutputs,
    ClusterPlan,
    Request,
)
from wayfare.components.kubernetes.charts import DEVICE_PLUGINS
from wayfare.components.pods import PodNeeds

_FABRIC_CLAIM = "fabric"

#: PyTorch's default.
_RENDEZVOUS_PORT = 29500

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
            metadata={"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "baseline"}},
            opts=in_cluster,
        )
        child = pulumi.ResourceOptions.merge(in_cluster, pulumi.ResourceOptions(depends_on=[namespace]))
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata={
                "name": SERVICE_ACCOUNT,
                "namespace": NAMESPACE,
                "annotations": dict(outputs.service_account_annotations),
            },
            opts=child,
        )
        claims = [_fabric_claim(f"{name}-fabric", pods, child)] if pods.device_classes else []
        meeting = [_meeting_place(f"{name}-service", request, child)] if request.training else []
        before = [account, *plugins, *claims, *meeting]
        after = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=before))
        template = _pod_template(request, pods)
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
        chart=f"{chart.repository}/{chart.name}" if chart.is_oci else chart.name,
        version=chart.version,
        repository_opts=None if chart.is_oci else {"repo": chart.repository},
        values=chart.values(pods, machine_type),
        opts=opts,
    )


def _fabric_claim(
    name: str, pods: PodNeeds, opts: pulumi.ResourceOptions
) -> kubernetes.resource.v1.ResourceClaimTemplate:
    """Claims every device of the fabric's classes on the pod's node (Kubernetes dynamic resource allocation)."""
    requests = [
        kubernetes.resource.v1.DeviceRequestArgs(
            name=f"class-{number}",
            exactly=kubernetes.resource.v1.ExactDeviceRequestArgs(
                device_class_name=device_class, allocation_mode="All"
            ),
        )
        for number, device_class in enumerate(pods.device_classes)
    ]
    return kubernetes.resource.v1.ResourceClaimTemplate(
        name,
        metadata={"name": _FABRIC_CLAIM, "namespace": NAMESPACE},
        spec=kubernetes.resource.v1.ResourceClaimTemplateSpecArgs(
            spec=kubernetes.resource.v1.ResourceClaimSpecArgs(
                devices=kubernetes.resource.v1.DeviceClaimArgs(requests=requests)
            )
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
            "labels": dict(_labels(request)),
            "annotations": _NO_WAIT,
        },
        spec=kubernetes.core.v1.ServiceSpecArgs(
            cluster_ip="None",
            publish_not_ready_addresses=True,
            selector={"app.kubernetes.io/name": request.name},
            ports=[kubernetes.core.v1.ServicePortArgs(name="rendezvous", port=_RENDEZVOUS_PORT)],
        ),
        opts=opts,
    )


def _rendezvous(request: Request) -> list[kubernetes.core.v1.EnvVarArgs]:
    """What torchrun reads in place of its flags (`PET_` and the flag's name), so that one command fits every size.

    An Indexed Job's pod has the host name `<job>-<index>` and its index in an annotation.
    """
    if not request.training:
        return []
    rank = kubernetes.core.v1.EnvVarSourceArgs(
        field_ref=kubernetes.core.v1.ObjectFieldSelectorArgs(
            field_path="metadata.annotations['batch.kubernetes.io/job-completion-index']"
        )
    )
    return [
        kubernetes.core.v1.EnvVarArgs(name="PET_NNODES", value=str(request.accelerator.nodes)),
        kubernetes.core.v1.EnvVarArgs(name="PET_NODE_RANK", value_from=rank),
        kubernetes.core.v1.EnvVarArgs(name="PET_MASTER_ADDR", value=f"{request.name}-0.{request.name}"),
        kubernetes.core.v1.EnvVarArgs(name="PET_MASTER_PORT", value=str(_RENDEZVOUS_PORT)),
    ]


def _verbatim(argument: str) -> str:
    """An argument that reaches the process as it was written.

    Kubernetes puts a variable's value in place of `$(NAME)` in a command, and one `$` in place of two
    (kubernetes.io, API reference, Container.command).
    """
    return argument.replace("$", "$$")


def _labels(request: Request) -> Mapping[str, str]:
    return {"app.kubernetes.io/name": request.name, "app.kubernetes.io/managed-by": "wayfare"}


def _pod_template(request: Request, pods: PodNeeds) -> kubernetes.core.v1.PodTemplateSpecArgs:
    """One pod that takes a whole accelerator node."""
    resources = {key: str(count) for key, count in {**pods.accelerators, **pods.fabric}.items()}
    command = [_verbatim(argument) for argument in request.blueprint.spec.workload.command]
    container = kubernetes.core.v1.ContainerArgs(
        name="main",
        image=request.image,
        command=command or None,
        env=_rendezvous(request),
        resources=kubernetes.core.v1.ResourceRequirementsArgs(
            limits=resources,
            requests=resources,
            claims=[kubernetes.core.v1.ResourceClaimArgs(name=_FABRIC_CLAIM)] if pods.device_classes else None,
        ),
        security_context=kubernetes.core.v1.SecurityContextArgs(allow_privilege_escalation=False),
        volume_mounts=[kubernetes.core.v1.VolumeMountArgs(name="shm", mount_path="/dev/shm")],  # noqa: S108
    )
    return kubernetes.core.v1.PodTemplateSpecArgs(
        metadata=kubernetes.meta.v1.ObjectMetaArgs(labels={**_labels(request), **pods.labels}),
        spec=kubernetes.core.v1.PodSpecArgs(
            service_account_name=SERVICE_ACCOUNT,
            subdomain=request.name if request.training else None,
            restart_policy="Never" if request.training else "Always",
            node_selector={POOL_LABEL: ACCELERATOR_POOL},
            tolerations=[
                kubernetes.core.v1.TolerationArgs(
                    key=taint.key,
                    operator="Exists" if taint.value is None else "Equal",
                    value=taint.value,
                    effect="NoSchedule",
                )
                for taint in pods.tolerations
            ],
            security_context=kubernetes.core.v1.PodSecurityContextArgs(
                seccomp_profile=kubernetes.core.v1.SeccompProfileArgs(type="RuntimeDefault")
            ),
            containers=[container],
            resource_claims=[
                kubernetes.core.v1.PodResourceClaimArgs(name=_FABRIC_CLAIM, resource_claim_template_name=_FABRIC_CLAIM)
            ]
            if pods.device_classes
            else None,
            # Collective libraries share memory between a node's processes; the default of 64 MiB is too small.
            volumes=[
                kubernetes.core.v1.VolumeArgs(
                    name="shm", empty_dir=kubernetes.core.v1.EmptyDirVolumeSourceArgs(medium="Memory")
                )
            ],
        ),
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
            "labels": dict(_labels(request)),
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
            "labels": dict(_labels(request)),
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
