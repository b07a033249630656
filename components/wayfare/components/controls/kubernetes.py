"""What is demanded of Kubernetes objects, on every cloud.

Numbers and titles: CIS Kubernetes Benchmark 1.12.0, as kube-bench's `cfg/cis-1.12.0/policies.yaml` gives them. What a
chart brings is made by Helm in the cluster and is not seen here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from wayfare.components.controls.excepted import (
    AGENTS,
    BUT_FOR_AGENTS,
    BUT_FOR_ALL,
    COPIES,
    OF_NODE,
    RDMA,
    RECEIVER,
)
from wayfare.components.controls.model import (
    UNKNOWN,
    Control,
    Finding,
    Reference,
    Resource,
    Right,
    Rule,
    StackRule,
    When,
    Wishes,
    any_may_be,
    holds,
    is_false,
    may_be,
    not_true,
    one_of,
    places,
    same,
    words,
)

#: Where the pods of a kind are specified.
PODS: Mapping[str, tuple[str, ...]] = {
    "kubernetes:core/v1:Pod": ("spec",),
    "kubernetes:batch/v1:Job": ("spec.template.spec",),
    "kubernetes:batch/v1:CronJob": ("spec.jobTemplate.spec.template.spec",),
    "kubernetes:apps/v1:Deployment": ("spec.template.spec",),
    "kubernetes:apps/v1:StatefulSet": ("spec.template.spec",),
    "kubernetes:apps/v1:DaemonSet": ("spec.template.spec",),
    "kubernetes:apps/v1:ReplicaSet": ("spec.template.spec",),
    "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet": ("spec.replicatedJobs[*].template.spec.template.spec",),
    "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet": (
        "spec.leaderWorkerTemplate.leaderTemplate.spec",
        "spec.leaderWorkerTemplate.workerTemplate.spec",
    ),
}

#: Objects that a namespace holds, beside those with pods.
_IN_NAMESPACES = (
    *("kubernetes:core/v1:Service", "kubernetes:core/v1:ServiceAccount", "kubernetes:core/v1:ConfigMap"),
    *("kubernetes:core/v1:Secret", "kubernetes:core/v1:PersistentVolumeClaim"),
    *("kubernetes:rbac.authorization.k8s.io/v1:Role", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"),
    *("kubernetes:networking.k8s.io/v1:NetworkPolicy", "kubernetes:resource.k8s.io/v1:ResourceClaimTemplate"),
    "kubernetes:helm.sh/v3:Release",
)

_NAMESPACE = "kubernetes:core/v1:Namespace"
_NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
_QUOTA = "kubernetes:core/v1:ResourceQuota"
_ROLES = ("kubernetes:rbac.authorization.k8s.io/v1:Role", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole")
_BINDINGS = (
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
)


_ADDED = "securityContext.capabilities.add"


def _cis(number: str, title: str) -> tuple[Reference, ...]:
    return (Reference("CIS Kubernetes 1.12.0", number, title),)


def _always(_resource: Resource, _wishes: Wishes) -> bool:
    return True


def _of_pods(path: str, wanted: str, right: Right, when: When = _always) -> tuple[Rule, ...]:
    """The same demand on the pods of every kind, where they are: a leader of workers may have none of its own."""

    def where(spec: str) -> When:
        return lambda resource, wishes: resource.at(spec) is not None and when(resource, wishes)

    return tuple(
        Rule(type, f"{spec}.{path}", wanted, right, where(spec)) for type, specs in PODS.items() for spec in specs
    )


def _of_containers(path: str, wanted: str, right: Right, when: When = _always) -> tuple[Rule, ...]:
    """The same demand on every container of every kind."""
    return tuple(
        rule for part in ("containers", "initContainers") for rule in _of_pods(f"{part}[*].{path}", wanted, right, when)
    )


def _no_agent(resource: Resource, _wishes: Wishes) -> bool:
    return (resource.at("metadata.namespace"), resource.at("metadata.name")) not in AGENTS


def _no_agent_at_all(resource: Resource, _wishes: Wishes) -> bool:
    return (resource.at("metadata.namespace"), resource.at("metadata.name")) not in {**AGENTS, **COPIES}


def _no_more_than(*capabilities: str) -> Right:
    allowed = {*capabilities, UNKNOWN}
    return lambda value: not value or (isinstance(value, list) and set(cast("list[Any]", value)) <= allowed)


def _pins_memory(value: Any) -> bool:
    return isinstance(value, list) and (RDMA in value or UNKNOWN in value)


def _of_the_node(value: Any) -> bool:
    return value is UNKNOWN or value in OF_NODE


def _enforce_standards(resources: Sequence[Resource], _wishes: Wishes) -> Iterator[Finding]:
    """Baseline, unless one of the namespace's pods needs what only a fabric does."""
    label = 'metadata.labels["pod-security.kubernetes.io/enforce"]'
    fabric = [
        each.at("metadata.namespace")
        for each in resources
        for spec in PODS.get(each.type, ())
        if any_may_be(each.inputs, f"{spec}.containers[*].securityContext.capabilities.add", _pins_memory)
        or any_may_be(each.inputs, f"{spec}.volumes[*].hostPath.path", _of_the_node)
    ]
    for namespace in (each for each in resources if each.type == _NAMESPACE):
        standard, name = namespace.at(label), namespace.at("metadata.name")
        allowed = ("baseline", "restricted", *(("privileged",) if any(same(name, each) for each in fabric) else ()))
        if not may_be(standard, one_of(*allowed)):
            yield Finding(namespace, label, words(standard), "baseline or restricted")


def _named(value: Any) -> bool:
    """A name that is given, and is not `default`."""
    return value not in (None, "", "default")


def _without_wildcard(value: Any) -> bool:
    return not isinstance(value, list) or "*" not in value


def _has_policies(resources: Sequence[Resource], _wishes: Wishes) -> Iterator[Finding]:
    """Each namespace needs a policy that selects all of its pods and says what may come in."""
    for namespace in (each for each in resources if each.type == _NAMESPACE):
        name = namespace.at("metadata.name")
        if not any(
            same(policy.at("metadata.namespace"), name)
            and may_be(policy.at("spec.podSelector"), one_of(None, {}))
            and holds("Ingress")(policy.at("spec.policyTypes"))
            for policy in resources
            if policy.type == _NETWORK_POLICY
        ):
            wanted = "one with an empty podSelector and Ingress among its policyTypes"
            yield Finding(namespace, "", f"without a NetworkPolicy for all pods of {words(name)}", wanted)


def _has_quotas(resources: Sequence[Resource], _wishes: Wishes) -> Iterator[Finding]:
    """Each namespace needs a quota of its own for both, without a scope (kubernetes.io, "Resource Quotas")."""
    for namespace in (each for each in resources if each.type == _NAMESPACE):
        name = namespace.at("metadata.name")
        if not any(
            same(quota.at("metadata.namespace"), name)
            and all(may_be(quota.at(f'spec.hard["services.{kind}"]'), _none) for kind in ("loadbalancers", "nodeports"))
            for quota in resources
            if quota.type == _QUOTA
        ):
            wanted = 'one with "services.loadbalancers" and "services.nodeports" of 0'
            yield Finding(namespace, "", f"without such a ResourceQuota in {words(name)}", wanted)


def _none(value: Any) -> bool:
    return value in (0, "0")


def _service_accounts_off(resources: Sequence[Resource], _wishes: Wishes) -> Iterator[Finding]:
    """A pod's own word decides; where it says nothing, its service account's does (kubernetes.io, "Configure Service
    Accounts for Pods")."""
    accounts = {
        (str(each.at("metadata.namespace")), str(each.at("metadata.name"))): each.at("automountServiceAccountToken")
        for each in resources
        if each.type == "kubernetes:core/v1:ServiceAccount"
    }
    pods = ((each, *pod) for each in resources for spec in PODS.get(each.type, ()) for pod in places(each.inputs, spec))
    for each, path, pod in pods:
        if pod in (None, UNKNOWN):
            continue
        said = each.at(f"{path}.automountServiceAccountToken")
        account = (str(each.at("metadata.namespace")), str(each.at(f"{path}.serviceAccountName")))
        decides = accounts.get(account) if said is None else said
        if decides is not UNKNOWN and not is_false(decides):
            yield Finding(each, f"{path}.automountServiceAccountToken", words(said), "false")


def _without_clusters_admin(value: Any) -> bool:
    return cast("object", value) != "cluster-admin"


CONTROLS = (
    Control(
        "k8s-network-policies",
        "every namespace has a network policy that selects all of its pods",
        (StackRule(_has_policies),),
        cis=_cis("5.3.2", "Ensure that all Namespaces have NetworkPolicies defined"),
    ),
    Control(
        "k8s-no-other-way-in",
        "every namespace has a quota that lets no service be a load balancer or have a port of every node",
        (StackRule(_has_quotas),),
    ),
    Control(
        "k8s-no-default-namespace",
        "nothing is put into the namespace `default`",
        tuple(
            Rule(type, "metadata.namespace" if "helm" not in type else "namespace", "a namespace of its own", _named)
            for type in (*PODS, *_IN_NAMESPACES)
        ),
        cis=_cis("5.6.4", "The default namespace should not be used"),
    ),
    Control(
        "k8s-no-default-service-account",
        "pods run as a service account of their own",
        _of_pods("serviceAccountName", "a service account of its own", _named, _no_agent_at_all),
        but_for=tuple(
            f"{namespace}/{name}: it is no account, for it mounts no token" for namespace, name in {**AGENTS, **COPIES}
        ),
        cis=_cis("5.1.5", "Ensure that default service accounts are not actively used"),
    ),
    Control(
        "k8s-no-token-automount",
        "no token of a service account is mounted into pods and accounts by itself",
        (
            Rule("kubernetes:core/v1:ServiceAccount", "automountServiceAccountToken", "false", is_false),
            StackRule(_service_accounts_off),
        ),
        cis=_cis("5.1.6", "Ensure that Service Account Tokens are only mounted where necessary"),
    ),
    Control(
        "k8s-no-privileged-containers",
        "no container is privileged",
        _of_containers("securityContext.privileged", "false or not set", not_true, _no_agent),
        but_for=BUT_FOR_AGENTS,
        cis=_cis("5.2.2", "Minimize the admission of privileged containers"),
    ),
    Control(
        "k8s-no-host-pid",
        "no pod shares the node's process ids",
        _of_pods("hostPID", "false or not set", not_true, _no_agent),
        but_for=BUT_FOR_AGENTS,
        cis=_cis("5.2.3", "Minimize the admission of containers wishing to share the host process ID namespace"),
    ),
    Control(
        "k8s-no-host-ipc",
        "no pod shares the node's IPC namespace",
        _of_pods("hostIPC", "false or not set", not_true),
        cis=_cis("5.2.4", "Minimize the admission of containers wishing to share the host IPC namespace"),
    ),
    Control(
        "k8s-no-host-network",
        "no pod shares the node's network",
        _of_pods("hostNetwork", "false or not set", not_true),
        cis=_cis("5.2.5", "Minimize the admission of containers wishing to share the host network namespace"),
    ),
    Control(
        "k8s-no-privilege-escalation",
        "no container may gain more rights than its parent process has",
        _of_containers("securityContext.allowPrivilegeEscalation", "false", is_false, _no_agent),
        but_for=BUT_FOR_AGENTS,
        cis=_cis("5.2.6", "Minimize the admission of containers with allowPrivilegeEscalation"),
    ),
    Control(
        "k8s-pod-security",
        "every namespace enforces a Pod Security Standard",
        (StackRule(_enforce_standards),),
        cis=_cis("5.2.1", "Ensure that the cluster has at least one active policy control mechanism in place"),
        but_for=(
            f"a namespace with a pod that needs {RDMA}: RDMA pins memory with it, and baseline forbids it",
            "a namespace with a pod that sees NCCL's plugin on its node: baseline forbids every directory of a node",
        ),
    ),
    Control(
        "k8s-no-host-paths",
        "no pod mounts a directory of its node",
        _of_pods(
            "volumes[*].hostPath.path",
            "not set, or what a fabric's plugin is in",
            lambda value: value is None or _of_the_node(value),
            _no_agent_at_all,
        ),
        cis=_cis("5.2.11", "Minimize the admission of HostPath volumes"),
        but_for=(*BUT_FOR_ALL, *(f"{path}: {why}" for path, why in OF_NODE.items())),
    ),
    Control(
        "k8s-no-capabilities",
        "no container is given a capability",
        (
            *_of_pods(f"containers[*].{_ADDED}", f"not set, or {RDMA} alone", _no_more_than(RDMA)),
            *_of_pods(f"initContainers[*].{_ADDED}", "not set, or a fabric's", _no_more_than(RDMA, *RECEIVER)),
        ),
        cis=_cis("5.2.9", "Minimize the admission of containers with capabilities assigned"),
        but_for=(
            f"{RDMA}: RDMA pins memory with it",
            f"{' and '.join(RECEIVER)}: the daemon beside a container steers packets to its accelerators with them",
        ),
    ),
    Control(
        "k8s-seccomp",
        "pods run under the container runtime's own seccomp profile",
        _of_pods("securityContext.seccompProfile.type", "RuntimeDefault", one_of("RuntimeDefault")),
        cis=_cis("5.6.2", "Ensure that the seccomp profile is set to docker/default in your Pod definitions"),
    ),
    Control(
        "k8s-no-rbac-wildcards",
        "no role allows every verb, resource or API group",
        tuple(
            Rule(type, f"rules[*].{part}", "without `*`", _without_wildcard)
            for type in _ROLES
            for part in ("verbs", "resources", "apiGroups")
        ),
        cis=_cis("5.1.3", "Minimize wildcard use in Roles and ClusterRoles"),
    ),
    Control(
        "k8s-no-cluster-admin",
        "nobody is bound to the role `cluster-admin`",
        tuple(Rule(type, "roleRef.name", "a role with fewer rights", _without_clusters_admin) for type in _BINDINGS),
        cis=_cis("5.1.1", "Ensure that the cluster-admin role is only used where required"),
    ),
)
