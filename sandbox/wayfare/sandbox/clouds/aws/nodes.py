"""The nodes of EKS's node groups, as they join their cluster."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from wayfare.sandbox.behaviour import Node, Row, Rows
from wayfare.sandbox.clouds.aws.common import mapping, mappings, strings
from wayfare.sandbox.clouds.aws.launch_templates import TEMPLATE
from wayfare.sandbox.clouds.aws.node_groups import NODE_GROUP
from wayfare.sandbox.clouds.aws.routes import SUBNET
from wayfare.sandbox.clouds.kubernetes_nodes import accelerators, cataloged, charts

#: EKS's words for the effects of taints (EKS API reference, Taint).
_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}

#: Of these types EKS's controller tells where in EC2's network a node is (EC2 User Guide, "EC2 topology"; EKS User
#: Guide, "Place distributed AI/ML workloads with network topology labels").
_TOLD = ("p3dn.", "p4d.", "p4de.", "p5.", "p5e.", "p5en.", "p6", "trn1.", "trn1n.", "trn2.")
_LAYER = "topology.k8s.aws/network-node-layer-{}"
#: How many machines hang on one switch of the lowest layer: the sandbox's own figure, AWS publishes none.
_TOGETHER = 8


def nodes(cluster: Row, objects: Sequence[Row], rows: Rows) -> list[Node]:
    """Every node of a cluster. Labels: EKS User Guide, "Kubernetes labels" of managed node groups."""
    return [
        node
        for row in rows(NODE_GROUP)
        if row.outputs.get("clusterName") == cluster.id and row.region == cluster.region and not row.failed
        for node in _of_group(row, objects, rows)
    ]


def _of_group(group: Row, objects: Sequence[Row], rows: Rows) -> Iterator[Node]:
    outputs, name = group.outputs, str(group.outputs["nodeGroupName"])
    machine_type = strings(outputs.get("instanceTypes"))[0]
    zones = _zones(group, rows)
    row = cataloged(machine_type)
    resources = dict(accelerators(row, objects))
    if row is not None and "aws-efa-k8s-device-plugin" in charts(objects) and (interfaces := _efa(group, rows)):
        resources["vpc.amazonaws.com/efa"] = interfaces
    labels = {
        **{str(key): str(value) for key, value in mapping(outputs.get("labels")).items()},
        "eks.amazonaws.com/nodegroup": name,
        "eks.amazonaws.com/capacityType": str(outputs.get("capacityType", "ON_DEMAND")),
    }
    taints = tuple(
        (str(each["key"]), str(each.get("value") or ""), _EFFECTS[str(each["effect"])])
        for each in mappings(outputs.get("taints"))
    )
    for index in range(int(mapping(outputs.get("scalingConfig")).get("desiredSize", 0))):
        host = f"{name}-{index}.{group.region}.compute.internal".lower()
        zone = zones[index % len(zones)]
        if machine_type.startswith(_TOLD):
            labels = {**labels, **_place(name, zone, index)}
        yield Node(host, machine_type, group.region, zone, labels, taints, resources)


def _place(group: str, zone: str, index: int) -> Mapping[str, str]:
    """A zone is one switch of the first layer, a group of nodes one of the second."""
    switches = (zone, f"{zone}-{group}", f"{zone}-{group}-{index // _TOGETHER}")
    return {
        _LAYER.format(layer): f"nn-{hashlib.sha256(switch.encode()).hexdigest()[:17]}"
        for layer, switch in enumerate(switches, 1)
    }


def _zones(group: Row, rows: Rows) -> list[str]:
    ids = strings(group.inputs.get("subnetIds"))
    return [str(row.outputs["availabilityZone"]) for row in rows(SUBNET) if row.id in ids] or [""]


def _efa(group: Row, rows: Rows) -> int:
    """How many EFA interfaces the launch template gives each machine (EC2 API, InterfaceType)."""
    template = str(mapping(group.outputs.get("launchTemplate")).get("id"))
    for row in rows(TEMPLATE):
        if row.id == template:
            interfaces = mappings(row.outputs.get("networkInterfaces"))
            return sum(str(each.get("interfaceType")) in ("efa", "efa-only") for each in interfaces)
    return 0
