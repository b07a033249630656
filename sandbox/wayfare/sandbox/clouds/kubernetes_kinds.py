"""Which kinds a cluster has: Kubernetes' own, those of the cloud, and those that charts and definitions bring."""

from collections.abc import Mapping
from typing import Any, cast

from wayfare.sandbox.behaviour import Row

OWN_GROUPS = frozenset(
    {
        *("admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io"),
        *("authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io"),
        *("flowcontrol.apiserver.k8s.io", "helm.sh", "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io"),
        *("rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io"),
        "storagemigration.k8s.io",
    }
)
"""The groups with a dot that come with every cluster (and that of a Helm release, which is Pulumi's own)."""

CHARTS: Mapping[str, tuple[str, ...]] = {
    # The `crds` folder, or the templates, of each chart in its own repository.
    "appwrapper": ("workload.codeflare.dev",),
    "cert-manager": ("cert-manager.io", "acme.cert-manager.io"),
    "gateway-helm": ("gateway.networking.k8s.io", "gateway.networking.x-k8s.io", "gateway.envoyproxy.io"),
    "gpu-operator": ("nvidia.com", "nfd.k8s-sigs.io"),
    "inferencepool": ("inference.networking.k8s.io", "inference.networking.x-k8s.io"),
    "jobset": ("jobset.x-k8s.io",),
    "karpenter": ("karpenter.sh", "karpenter.k8s.aws"),
    "karpenter-crd": ("karpenter.sh", "karpenter.k8s.aws"),
    "keda": ("keda.sh", "eventing.keda.sh"),
    "kserve-crd": ("serving.kserve.io",),
    "kube-prometheus-stack": ("monitoring.coreos.com",),
    # Kubeflow Trainer brings JobSet and LeaderWorkerSet as subcharts.
    "kubeflow-trainer": ("trainer.kubeflow.org", "jobset.x-k8s.io", "leaderworkerset.x-k8s.io"),
    "kuberay-operator": ("ray.io",),
    "kueue": ("kueue.x-k8s.io", "visibility.kueue.x-k8s.io"),
    "lws": ("leaderworkerset.x-k8s.io",),
    "network-operator": ("mellanox.com", "sriovnetwork.openshift.io", "k8s.cni.cncf.io", "nfd.k8s-sigs.io"),
    "node-feature-discovery": ("nfd.k8s-sigs.io",),
    "nvidia-dra-driver-gpu": ("resource.nvidia.com",),
    "aws-load-balancer-controller": ("elbv2.k8s.aws",),
    "volcano": ("batch.volcano.sh", "scheduling.volcano.sh", "bus.volcano.sh"),
}
"""Chart → groups of the custom resource definitions that it installs."""


def group_of(api_version: str) -> str:
    """`apps/v1` → `apps`; empty for the core group."""
    return api_version.rpartition("/")[0]


def is_custom(api_version: str) -> bool:
    """Whether a group is none of Kubernetes' own."""
    group = group_of(api_version)
    return "." in group and group not in OWN_GROUPS


def of_the_cloud(cluster: Row | None) -> frozenset[str]:
    """Groups that a managed cluster has from the beginning.

    GKE: "Gateway API" (with its channel), "Get started with managed collection", "Set up multi-network support for
    Pods", and the load balancer's own kinds.
    EKS: the VPC CNI and the VPC resource controller.
    """
    match cluster.token if cluster is not None else "":
        case "gcp:container/cluster:Cluster":
            config = cast("dict[str, Any]", (cluster.inputs if cluster else {}).get("gatewayApiConfig") or {})
            gateway = config.get("channel") in ("CHANNEL_STANDARD", "CHANNEL_EXPERIMENTAL")
            own = {"autoscaling.x-k8s.io", "cloud.google.com", "networking.gke.io", "snapshot.storage.k8s.io"}
            monitoring = cast("dict[str, Any]", (cluster.inputs if cluster else {}).get("monitoringConfig") or {})
            if cast("dict[str, Any]", monitoring.get("managedPrometheus") or {}).get("enabled"):
                own |= {"monitoring.googleapis.com"}
            return frozenset(own | ({"gateway.networking.k8s.io"} if gateway else set()))
        case "aws:eks/cluster:Cluster":
            return frozenset({"crd.k8s.amazonaws.com", "vpcresources.k8s.aws"})
        case "azure-native:containerservice:ManagedCluster":
            return frozenset({"snapshot.storage.k8s.io"})
        case _:
            return frozenset()


def version_of(cluster: Row | None) -> str:
    """The version that a cluster runs, in its cloud's words; empty where it is not known."""
    if cluster is None:
        return ""
    names = ("masterVersion", "currentKubernetesVersion", "kubernetesVersion", "version")
    return next((str(cluster.outputs[name]) for name in names if cluster.outputs.get(name)), "")
