"""Kubernetes as the sandbox answers for it: objects of a cluster, with the metadata that an API server gives them.

Objects are held against the schemas of their cluster's version and the API server's rules. Nothing runs: a workload is
reported ready as soon as it is made. Helm charts are not rendered: of some it is known which kinds they bring.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from wayfare.sandbox.behaviour import Behaviour, Call, Made, Nodes, Properties, Refused, ResourceRules, Row
from wayfare.sandbox.clouds import kubernetes_custom as custom
from wayfare.sandbox.clouds import kubernetes_drivers as drivers
from wayfare.sandbox.clouds import kubernetes_kinds as kinds
from wayfare.sandbox.clouds import kubernetes_quota as quota
from wayfare.sandbox.clouds import kubernetes_rules as rules
from wayfare.sandbox.clouds import kubernetes_schema as schema
from wayfare.sandbox.clouds import kubernetes_volumes as volumes
from wayfare.sandbox.conform import Violation

RELEASE = drivers.RELEASE
NAMESPACE = "kubernetes:core/v1:Namespace"
DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"

_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
_AUTONAMED = "pulumi.com/autonamed"

#: Kinds without a namespace (`kubectl api-resources --namespaced=false`), and those of Kueue.
_CLUSTER_WIDE = frozenset(
    {
        *("Namespace", "Node", "PersistentVolume", "ComponentStatus", "CustomResourceDefinition", "APIService"),
        # Of NVIDIA's Network Operator ("scope: Cluster" in its definition).
        "NicClusterPolicy",
        *("ClusterRole", "ClusterRoleBinding", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"),
        *("CSIDriver", "CSINode", "PriorityClass", "RuntimeClass", "IngressClass", "CertificateSigningRequest"),
        *("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy"),
        *("ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"),
        *("FlowSchema", "PriorityLevelConfiguration", "DeviceClass", "ResourceSlice", "ServiceCIDR", "IPAddress"),
        *("ClusterTrustBundle", "StorageVersionMigration", "PodSecurityPolicy", "GatewayClass"),
        *("ClusterQueue", "ResourceFlavor", "AdmissionCheck", "Topology", "Cohort", "WorkloadPriorityClass"),
        "ProvisioningRequestConfig",
    }
)


def kind_of(token: str) -> str:
    """`kubernetes:apps/v1:DeploymentPatch` → `Deployment`."""
    return token.rpartition(":")[2].removesuffix("Patch")


def group_version(token: str) -> str:
    """`kubernetes:core/v1:Pod` → `v1`, as an object's apiVersion says it."""
    return token.split(":")[1].removeprefix("core/")


def named(name: str, inputs: Properties, old: Properties, suffix: str) -> Properties:
    """The metadata with a name of its own for an object that was given none, as the Kubernetes provider does it."""
    metadata = inputs.get("metadata")
    given = cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}
    if "kind" not in inputs or isinstance(metadata, str) or given.get("name") or given.get("generateName"):
        return {}
    before = cast("dict[str, Any]", old.get("metadata") or {})
    marked = cast("dict[str, Any]", before.get("annotations") or {}).get(_AUTONAMED) == "true"
    kept = before.get("name") if marked else None
    annotations = {**cast("dict[str, Any]", given.get("annotations") or {}), _AUTONAMED: "true"}
    return {"metadata": {**given, "name": kept or f"{name}-{suffix}", "annotations": annotations}}


def inside(row: Row, objects: Sequence[Any]) -> Sequence[Any]:
    """The objects that go away with a namespace."""
    if row.token != NAMESPACE:
        return ()
    return [each for each in objects if _namespace_of(each.outputs) == row.id]


def _namespace_of(properties: Mapping[str, Any]) -> str | None:
    return cast("dict[str, Any]", properties.get("metadata") or {}).get("namespace") or properties.get("namespace")


def _objects(call: Call) -> list[Row]:
    return [row for row in call.store.rows() if row.region == call.region]


def _of_cluster(call: Call, token: str) -> list[Row]:
    return [row for row in call.store.rows(token) if row.region == call.region]


def _definition(call: Call) -> dict[str, Any] | None:
    """The specification of the custom resource definition that brings a kind in the version that is asked for."""
    group, _, version = group_version(call.token).rpartition("/")
    for row in _of_cluster(call, DEFINITION):
        spec = cast("dict[str, Any]", row.outputs["spec"])
        served = [each.get("name") for each in spec.get("versions", []) if each.get("served", True)]
        if spec.get("group") == group and spec.get("names", {}).get("kind") == kind_of(call.token):
            return spec if version in served or not served else None
    return None


def has_kind(call: Call) -> bool:
    """Whether the cluster has a kind: of Kubernetes' own by its version, of others by who brought them."""
    api_version = group_version(call.token)
    if not kinds.is_custom(api_version):
        return schema.has_kind(api_version, kind_of(call.token), kinds.version_of(call.cluster))
    releases = [row for row in _of_cluster(call, RELEASE) if not row.inputs.get("skipCrds")]
    charts = [str(cast("dict[str, Any]", row.outputs["status"])["chart"]) for row in releases]
    brought = {group for chart in charts for group in kinds.CHARTS.get(chart, ())} | kinds.of_the_cloud(call.cluster)
    return kinds.group_of(api_version) in brought or _definition(call) is not None


def _check(call: Call) -> list[Violation]:
    """What the API server would refuse. A patch has only some of an object, and no schema of its own."""
    api_version = group_version(call.token)
    item = {**call.inputs, "apiVersion": api_version, "kind": kind_of(call.token)}
    if call.live or call.token.endswith("Patch"):
        return []
    if kinds.is_custom(api_version):
        return [*rules.check({**item, "kind": ""}), *custom.check(item, kinds.version_of(call.cluster))]
    return schema.check(item, kinds.version_of(call.cluster)) or rules.check(item)


def _namespaced(call: Call) -> bool:
    if call.namespaced is not None:
        return call.namespaced
    definition = _definition(call) if kinds.is_custom(group_version(call.token)) else None
    if definition is not None:
        return definition.get("scope") == "Namespaced"
    return kind_of(call.token) not in _CLUSTER_WIDE


def _require_namespace(call: Call, namespace: str) -> None:
    made = {row.id for row in _of_cluster(call, NAMESPACE)}
    # Helm makes that of a chart where it is told so, and leaves it.
    made |= {
        str(row.inputs.get("namespace")) for row in _of_cluster(call, RELEASE) if row.inputs.get("createNamespace")
    }
    if namespace not in _NAMESPACES and namespace not in made:
        raise Refused(f'namespaces "{namespace}" not found')


def _create(call: Call) -> Made:
    """Give an object its metadata and its status; one that an API server keeps gets them from there."""
    kind = kind_of(call.token)
    if not call.live and not has_kind(call):
        raise Refused(schema.no_matches(group_version(call.token), kind))
    metadata = dict(cast("dict[str, Any]", call.inputs.get("metadata") or {}))
    if "name" not in metadata:
        metadata["name"] = f"{metadata.get('generateName', call.name + '-')}{call.store.new_id(5)}"
    id = str(metadata["name"])
    if _namespaced(call):
        metadata["namespace"] = metadata.get("namespace") or call.configuration.get("namespace") or "default"
        if not call.live:
            _require_namespace(call, metadata["namespace"])
        id = f"{metadata['namespace']}/{id}"
    if not call.live and any(row.id == id for row in _of_cluster(call, call.token)):
        raise Refused(
            f"resource {id} was not successfully created by the Kubernetes API server: AlreadyExists: "
            f'{kind.lower()}s "{metadata["name"]}" already exists'
        )
    if not call.live:
        quota.refuse_more(kind, {**call.inputs, "metadata": metadata}, None, _objects(call))
    metadata |= {
        "uid": _uid(call.store.new_id(32)),
        "resourceVersion": str(int(call.store.new_id(6), 16)),
        "creationTimestamp": call.store.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "generation": 1,
    }
    fixed = {"apiVersion": group_version(call.token), "kind": kind}
    outputs = {**fixed, **call.inputs, "metadata": metadata}
    if "stringData" in call.inputs:
        outputs["data"] = {**(call.inputs.get("data") or {}), **_encoded(call.inputs["stringData"])}
    status = _status(kind, call.inputs)
    return Made(id, outputs | ({"status": status} if status is not None else {}))


def _volume(call: Call) -> Made:
    """A volume that a pod could mount."""
    if (why := volumes.refused(call)) is not None:
        raise Refused(why)
    return _create(call)


def _update(call: Call) -> Properties:
    """The new object, with the metadata that only the API server sets."""
    kept = cast("dict[str, Any]", call.outputs["metadata"])
    given = cast("dict[str, Any]", call.inputs.get("metadata") or {})
    names = ("name", "namespace", "uid", "creationTimestamp")
    metadata = given | {name: kept[name] for name in names if name in kept}
    metadata["generation"] = int(kept.get("generation", 1)) + 1
    metadata["resourceVersion"] = str(int(call.store.new_id(6), 16))
    fixed = {name: call.outputs[name] for name in ("apiVersion", "kind", "status") if name in call.outputs}
    item = {**fixed, **call.inputs, "metadata": metadata}
    if not call.live:
        others = [row for row in _objects(call) if (row.token, row.id) != (call.token, call.id)]
        quota.refuse_more(kind_of(call.token), item, call.outputs, others)
    return item


def _uid(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


def _encoded(texts: Mapping[str, str]) -> dict[str, str]:
    """`stringData` as the API server keeps it."""
    return {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}


def _status(kind: str, inputs: Properties) -> dict[str, Any] | None:
    """The status of a healthy object of the kinds that Pulumi waits for."""
    spec = cast("dict[str, Any]", inputs.get("spec") or {})
    replicas = spec.get("replicas", 1)
    match kind:
        case "Namespace":
            return {"phase": "Active"}
        case "Deployment" | "StatefulSet" | "ReplicaSet":
            return {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas}
        case "PersistentVolumeClaim":
            return {"phase": "Bound"}
        case "Pod":
            return {"phase": "Running"}
        case "Job":
            return {} if spec.get("suspend") else {"active": spec.get("parallelism", 1)}
        case "Service":
            if spec.get("type") != "LoadBalancer":
                return {"loadBalancer": {}}
            # An address of the documentation range TEST-NET-3 (RFC 5737), the same for the same name.
            last = hashlib.sha256(repr(inputs.get("metadata")).encode()).digest()[0]
            return {"loadBalancer": {"ingress": [{"ip": f"203.0.113.{last}"}]}}
        case _:
            return None


def _release(call: Call) -> Made:
    """A Helm release: recorded, not rendered."""
    namespace = call.inputs.get("namespace") or call.configuration.get("namespace") or "default"
    if not call.inputs.get("createNamespace"):
        _require_namespace(call, namespace)
    name = call.inputs.get("name") or f"{call.name}-{call.store.new_id(8)}"
    if any(row.id == f"{namespace}/{name}" for row in _of_cluster(call, RELEASE)):
        raise Refused("cannot re-use a name that is still in use")
    chart = str(call.inputs.get("chart", "")).rpartition("/")[2]
    version = str(call.inputs.get("version", ""))
    state = {
        "name": name,
        "namespace": namespace,
        "chart": chart,
        "version": version,
        "appVersion": version,
        "revision": 1,
        "status": "deployed",
    }
    return Made(f"{namespace}/{name}", {**call.inputs, "name": name, "namespace": namespace, "status": state})


def _release_updated(call: Call) -> Properties:
    status = cast("dict[str, Any]", call.outputs["status"])
    status = status | {"revision": int(status["revision"]) + 1, "version": call.inputs.get("version", "")}
    kept = {name: call.outputs[name] for name in ("name", "namespace")}
    return {**call.inputs, **kept, "status": status}


_IDENTITY = frozenset({"metadata.name", "metadata.namespace", "apiVersion", "kind"})
#: What the API server does not let change, by kind; the provider replaces the object instead.
_IMMUTABLE: Mapping[str, frozenset[str]] = {
    "kubernetes:batch/v1:Job": frozenset({"spec.template", "spec.selector", "spec.completions", "spec.completionMode"}),
    "kubernetes:apps/v1:Deployment": frozenset({"spec.selector"}),
    "kubernetes:apps/v1:DaemonSet": frozenset({"spec.selector"}),
    "kubernetes:apps/v1:StatefulSet": frozenset({"spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"}),
    "kubernetes:core/v1:PersistentVolumeClaim": frozenset({"spec.accessModes", "spec.storageClassName"}),
    "kubernetes:core/v1:PersistentVolume": frozenset({"spec.csi"}),
    "kubernetes:storage.k8s.io/v1:StorageClass": frozenset({"parameters", "provisioner", "reclaimPolicy"}),
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": frozenset({"roleRef"}),
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": frozenset({"roleRef"}),
}


def _no_machines(nodes: Nodes, region: str) -> str:
    raise AssertionError(f"Kubernetes has no machines of its own: {nodes} in {region}")


def _no_quota(nodes: Nodes, region: str, family: str, limit: int, wanted: int) -> str:
    raise AssertionError(f"Kubernetes has no quota of its own: {nodes} in {region}, {family} {limit} {wanted}")


_OBJECT = ResourceRules(check=_check, create=_create, update=_update, replace_on=_IDENTITY, tags=None)

BEHAVIOUR = Behaviour(
    package="kubernetes",
    rules={token: replace(_OBJECT, replace_on=_IDENTITY | immutable) for token, immutable in _IMMUTABLE.items()}
    | {
        RELEASE: ResourceRules(
            create=_release,
            update=_release_updated,
            replace_on=frozenset({"name", "namespace"}),
            tags=None,
            unready=drivers.release_unready,
        ),
        drivers.POLICY: replace(_OBJECT, unready=drivers.policy_unready),
        volumes.VOLUME: replace(
            _OBJECT, create=_volume, replace_on=_IDENTITY | _IMMUTABLE["kubernetes:core/v1:PersistentVolume"]
        ),
    },
    default=_OBJECT,
    invokes={},
    stockout=_no_machines,
    over_quota=_no_quota,
    account={},
)
