"""Clusters and node pools as GKE makes them."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Nodes, Properties, Refused, Row
from wayfare.sandbox.clouds.gcp import keys, machines
from wayfare.sandbox.clouds.gcp.checks import block
from wayfare.sandbox.clouds.gcp.names import (
    CLUSTER,
    CONTAINER,
    NETWORK,
    NODE_POOL,
    PROJECT_NUMBER,
    RESOURCE_POLICY,
    SUBNETWORK,
    cluster_path,
    last,
    part,
    parts,
    project,
    region,
    region_of_zone,
)
from wayfare.sandbox.clouds.gcp.references import path_of, require, require_account, require_reservation

VERSION = "1.34.1-gke.2037000"
"""What the sandbox's release channels serve."""


PATCHES = {
    "1.33": "1.33.5-gke.2072000",
    "1.34": VERSION,
    "1.35": "1.35.1-gke.1396000",
}
"""Minor versions that can be had, each with its newest patch."""

#: What GKE gives back in another form than it takes.
_FILLED = ("network", "subnetwork", "privateClusterConfig", "controlPlaneEndpointsConfig")


def _address(hex_digits: str) -> str:
    """A public address that no other cluster of the sandbox has, as far as 24 bits tell."""
    first, second, third = (int(hex_digits[index : index + 2], 16) for index in (0, 2, 4))
    return f"34.{first}.{second}.{third}"


def _internal(call: Call) -> str:
    """An address of the subnetwork's first range that no other cluster in it has: .1 is the gateway's."""
    subnetwork = require(call, SUBNETWORK, call.inputs["subnetwork"]) if call.inputs.get("subnetwork") else None
    inside = block(subnetwork.inputs["ipCidrRange"]) if subnetwork is not None else None
    if subnetwork is None or inside is None:
        return "10.128.0.2"
    others = [
        row
        for row in call.store.rows(CLUSTER)
        if path_of(call, SUBNETWORK, row.outputs.get("subnetwork")) == subnetwork.id
    ]
    return str(inside.network_address + 2 + len(others))


def cluster(call: Call) -> Made:
    """A cluster with endpoints of its own."""
    inputs, place = call.inputs, str(call.inputs.get("location") or region(call))
    if not call.store.zones(place):
        raise Refused(
            f"googleapi: Error 403: Permission denied on 'locations/{place}' (or it may not exist)., forbidden"
        )
    require(call, NETWORK, inputs.get("network") or "default")
    _refuse_other_network(call)
    require_account(call, part(inputs, "nodeConfig"))
    keys.require(call, part(inputs, "databaseEncryption").get("keyName"), keys.GKE)
    keys.require(call, part(inputs, "nodeConfig").get("bootDiskKmsKey"), keys.COMPUTE)
    path = f"projects/{project(call)}/locations/{place}/clusters/{inputs['name']}"
    if call.store.row(CLUSTER, path) is not None:
        raise Refused(f"googleapi: Error 409: Already exists: {path}., alreadyExists")
    token = call.store.new_id(40)
    plane = call.store.plane(CLUSTER, call.region, path)
    address, internal = (_address(token), _internal(call)) if plane is None else (plane.host, plane.inside)
    private = dict(part(inputs, "privateClusterConfig"))
    private |= {"publicEndpoint": address, "privateEndpoint": internal, "peeringName": ""}
    endpoints = dict(part(inputs, "controlPlaneEndpointsConfig"))
    endpoints["dnsEndpointConfig"] = {
        "allowExternalTraffic": False,
        **part(endpoints, "dnsEndpointConfig"),
        "endpoint": f"gke-{token}-{PROJECT_NUMBER}.{place}.gke.goog",
    }
    endpoints.setdefault("ipEndpointsConfig", {"enabled": True})
    pods, services = _ranges(call)
    labels = dict(part(inputs, "resourceLabels"))
    return Made(
        path,
        {
            "project": project(call),
            "location": place,
            "selfLink": CONTAINER + path,
            "endpoint": address,
            "masterAuth": {
                "clusterCaCertificate": _authority(token) if plane is None else plane.authority,
                "clientCertificate": "",
                "clientKey": "",
                "clientCertificateConfig": {"issueClientCertificate": False},
            },
            "masterVersion": served(inputs.get("minMasterVersion")),
            "nodeVersion": served(inputs.get("minMasterVersion")),
            "nodeLocations": list(call.store.zones(place))[:3],
            "labelFingerprint": token[:8],
            "effectiveLabels": {**labels, "goog-pulumi-provisioned": "true"},
            "pulumiLabels": {**labels, "goog-pulumi-provisioned": "true"},
            "operation": "",
            "clusterIpv4Cidr": pods,
            "servicesIpv4Cidr": services,
            "privateClusterConfig": private,
            "controlPlaneEndpointsConfig": endpoints,
            "network": _path(inputs.get("network"), project(call), "global/networks"),
            "subnetwork": _path(inputs.get("subnetwork"), project(call), f"regions/{place}/subnetworks"),
            "nodePools": [],
        },
    )


def _refuse_other_network(call: Call) -> None:
    """The subnetwork is there, and in the cluster's network (the words are of a public issue of the provider)."""
    if (wanted := call.inputs.get("subnetwork")) is None:
        return
    row, network = require(call, SUBNETWORK, wanted), path_of(call, NETWORK, call.inputs.get("network") or "default")
    if row is not None and path_of(call, NETWORK, row.outputs.get("network")) != network:
        text = f'Subnetwork "{row.id}" is not valid for Network "{last(network)}".'
        raise Refused(f"googleapi: Error 400: {text}, badRequest")


def delete_cluster(call: Call) -> None:
    """The provider protects a cluster from itself unless it is told not to."""
    if call.inputs.get("deletionProtection", True):
        raise Refused(
            "Cannot destroy cluster because deletion_protection is set to true. Set it to false to proceed with "
            "cluster deletion."
        )


def _path(value: Any, owner: str, kind: str) -> str:
    text = str(value or "default")
    return text if "/" in text else f"projects/{owner}/{kind}/{text}"


def _ranges(call: Call) -> tuple[str, str]:
    """CIDRs of the subnetwork's secondary ranges that the cluster names."""
    policy = part(call.inputs, "ipAllocationPolicy")
    wanted = (policy.get("clusterSecondaryRangeName"), policy.get("servicesSecondaryRangeName"))
    for row in call.store.rows(SUBNETWORK):
        if str(call.inputs.get("subnetwork", "")).endswith(row.id):
            ranges = {each["rangeName"]: each["ipCidrRange"] for each in row.inputs.get("secondaryIpRanges", [])}
            for name in wanted:
                if name is not None and name not in ranges:
                    raise Refused(
                        f'googleapi: Error 400: Services secondary range "{name}" does not exist in network, '
                        f'subnetwork "{row.id}"., badRequest'
                    )
            return ranges.get(wanted[0], ""), ranges.get(wanted[1], "")
    return str(policy.get("clusterIpv4CidrBlock", "")), str(policy.get("servicesIpv4CidrBlock", ""))


def _authority(text: str) -> str:
    """Something of the shape of a certificate; the sandbox speaks no TLS."""
    body = base64.b64encode(f"wayfare sandbox {text}".encode()).decode()
    return base64.b64encode(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n".encode()).decode()


def node_pool(call: Call) -> Made:
    """A pool of a cluster that exists; GKE fills in what it decides itself."""
    parent = cluster_path(call)
    row = call.store.row(CLUSTER, parent)
    if row is None:
        raise Refused(f"error creating NodePool: googleapi: Error 404: Not found: {parent}., notFound")
    path = f"{parent}/nodePools/{call.inputs['name']}"
    if call.store.row(NODE_POOL, path) is not None:
        raise Refused(f"resource - {path} - already exists")
    if row.inputs.get("enableAutopilot"):
        text = "Autopilot clusters do not support mutating node pools."
        raise Refused(f"error creating NodePool: googleapi: Error 400: {text}, badRequest")
    _refuse_networks(call, row)
    profile = part(call.inputs, "networkConfig").get("acceleratorNetworkProfile")
    if profile and row.inputs.get("datapathProvider") != "ADVANCED_DATAPATH":
        raise Refused(
            "error creating NodePool: googleapi: Error 400: Accelerator network profile requires Dataplane V2., "
            "badRequest"
        )
    place = parent.split("/")[3]
    require_account(call, part(call.inputs, "nodeConfig"), "error creating NodePool: ")
    zones = list(call.inputs.get("nodeLocations") or row.outputs.get("nodeLocations") or [])
    for zone in zones:
        if zone not in call.store.zones(region_of_zone(zone)):
            text = f'Location "{zone}" does not exist.'
            raise Refused(f"error creating NodePool: googleapi: Error 400: {text}, badRequest")
    require_reservation(call, part(call.inputs, "nodeConfig"), zones, "error creating NodePool: ")
    key = part(call.inputs, "nodeConfig").get("bootDiskKmsKey")
    keys.require(call, key, keys.COMPUTE, "error creating NodePool: ")
    _refuse_newer(call, row)
    _require_policy(call, place)
    groups = [f"gke-{last(parent)[:20]}-{call.inputs['name']}-{call.store.new_id(8)}-grp" for _ in zones]
    compute = f"https://www.googleapis.com/compute/v1/projects/{project(call)}/zones"
    return Made(
        path,
        {
            "cluster": last(parent),
            "project": project(call),
            "location": place,
            "version": served(call.inputs.get("version") or row.outputs["masterVersion"]),
            "operation": "",
            "nodeLocations": zones,
            "initialNodeCount": call.inputs.get("initialNodeCount", call.inputs.get("nodeCount", 0)),
            "maxPodsPerNode": call.inputs.get("maxPodsPerNode", 110),
            "namePrefix": "",
            "nodeConfig": node_config(part(call.inputs, "nodeConfig")),
            "instanceGroupUrls": [
                f"{compute}/{zone}/instanceGroupManagers/{group}" for zone, group in zip(zones, groups, strict=True)
            ],
            "managedInstanceGroupUrls": [
                f"{compute}/{zone}/instanceGroups/{group}" for zone, group in zip(zones, groups, strict=True)
            ],
            "management": call.inputs.get("management") or {"autoRepair": True, "autoUpgrade": True},
            "upgradeSettings": call.inputs.get("upgradeSettings")
            or {"strategy": "SURGE", "maxSurge": 1, "maxUnavailable": 0},
        },
    )


def served(wanted: object) -> str:
    """The version that a wish gets: without one the channel's, for a minor version its newest patch ("Versioning")."""
    text = str(wanted or VERSION)
    if text.count("-gke.") == 1:
        return text
    minor = ".".join(text.split(".")[:2])
    if minor not in PATCHES:
        raise Refused(
            f'googleapi: Error 400: Master version "{text}" is unsupported; supported are {", ".join(PATCHES)}., '
            "badRequest"
        )
    return PATCHES[minor]


def _number(version: object) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", str(version)))


def _refuse_newer(call: Call, cluster: Row) -> None:
    """Nodes never run a newer version than their control plane ("GKE versioning", version skew)."""
    wanted, own = call.inputs.get("version"), cluster.outputs.get("masterVersion")
    if wanted and _number(served(wanted)) > _number(own):
        text = f'Node version "{served(wanted)}" must not have a greater version than master version "{own}".'
        raise Refused(f"error creating NodePool: googleapi: Error 400: {text}, badRequest")


def update_cluster(call: Call) -> Properties:
    """New inputs over what GKE filled in; a newer least version upgrades the control plane, an older one is ignored."""
    outputs = {**call.outputs, **{key: value for key, value in call.inputs.items() if key not in _FILLED}}
    private = {**part(call.outputs, "privateClusterConfig"), **part(call.inputs, "privateClusterConfig")}
    outputs["privateClusterConfig"] = private
    wanted = call.inputs.get("minMasterVersion")
    if wanted and _number(served(wanted)) > _number(call.outputs.get("masterVersion")):
        outputs["masterVersion"] = served(wanted)
    keys.require(call, part(call.inputs, "databaseEncryption").get("keyName"), keys.GKE)
    return outputs


def _require_policy(call: Call, place: str) -> None:
    """A policy that a pool names is in its project and region (container.v1 PlacementPolicy.policyName)."""
    name = part(call.inputs, "placementPolicy").get("policyName")
    path = f"projects/{project(call)}/regions/{region_of_zone(place)}/resourcePolicies/{name}"
    if name is not None and call.store.row(RESOURCE_POLICY, path) is None:
        raise Refused(
            f"error creating NodePool: googleapi: Error 400: The resource policy '{path}' was not found., badRequest"
        )


def _refuse_networks(call: Call, cluster: Row) -> None:
    """Further networks of a pool are there, and the cluster takes several ("Set up multi-network support for Pods")."""
    further = parts(part(call.inputs, "networkConfig"), "additionalNodeNetworkConfigs")
    for each in further:
        require(call, NETWORK, each.get("network"), "error creating NodePool: ")
        require(call, SUBNETWORK, each.get("subnetwork"), "error creating NodePool: ")
    if further and not cluster.inputs.get("enableMultiNetworking"):
        text = "Additional node networks need a cluster with multi-networking enabled."
        raise Refused(f"error creating NodePool: googleapi: Error 400: {text}, badRequest")


def node_config(given: Mapping[str, Any]) -> Properties:
    """A node configuration with GKE's own values, labels and taints."""
    labels = dict(part(given, "resourceLabels"))
    model = "spot" if given.get("spot") else "on-demand"
    return {
        "diskSizeGb": 100,
        "diskType": "pd-balanced",
        "imageType": "COS_CONTAINERD",
        "machineType": "e2-medium",
        "serviceAccount": "default",
        "loggingVariant": "DEFAULT",
        "localSsdCount": 0,
        "minCpuPlatform": "",
        "preemptible": False,
        "spot": False,
        "metadata": {"disable-legacy-endpoints": "true"},
        **given,
        "resourceLabels": {**labels, "goog-gke-node-pool-provisioning-model": model},
        "effectiveTaints": list(parts(given, "taints")),
    }


def update_node_pool(call: Call) -> Properties:
    """New inputs over what GKE filled in. The cluster stays its name, a size is that of each zone."""
    outputs = {**call.outputs, **{key: value for key, value in call.inputs.items() if key != "cluster"}}
    outputs["nodeConfig"] = node_config(part(call.inputs, "nodeConfig"))
    cluster = call.store.row(CLUSTER, cluster_path(call))
    if cluster is not None:
        _refuse_newer(call, cluster)
        outputs["version"] = served(call.inputs.get("version") or call.outputs.get("version"))
    return outputs


def running(call: Call) -> Nodes | None:
    """The machines of an accelerator pool; ordinary machines are not scarce here."""
    config = part(call.inputs, "nodeConfig")
    if not (config.get("guestAccelerators") or _has_accelerators(str(config.get("machineType", "")))):
        return None
    zones = list(call.outputs.get("nodeLocations") or call.inputs.get("nodeLocations") or [])
    count = int(call.inputs.get("nodeCount") or call.inputs.get("initialNodeCount") or 0)
    return Nodes(
        zone=str(zones[0]) if len(zones) == 1 else "",
        machine_type=str(config.get("machineType", "")),
        purchase=_purchase(config),
        count=count * max(len(zones), 1),
        reserves=False,
    )


def _has_accelerators(machine_type: str) -> bool:
    return re.match(r"(a[2-9]x?|g[24]|ct\w+|tpu\w+)-", machine_type) is not None


def _purchase(config: Mapping[str, Any]) -> str:
    """How machines are had."""
    if config.get("spot") or config.get("preemptible"):
        return "spot"
    if config.get("flexStart"):
        return "flex"
    if part(config, "reservationAffinity").get("consumeReservationType") == "SPECIFIC_RESERVATION":
        return machines.reserved_as(str(config.get("machineType", "")))
    return "on-demand"
