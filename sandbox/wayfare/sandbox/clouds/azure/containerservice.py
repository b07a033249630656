"""Clusters and agent pools as AKS makes them."""

import base64
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Nodes, Properties, Refused
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.compute import sku_not_available
from wayfare.sandbox.clouds.azure.names import error, exists, group_id, guid, located, made

_KIND = "Microsoft.ContainerService/managedClusters"
_VERSION = "2025-09-01"
KUBERNETES = "1.33.5"
#: What AKS refuses to change in a pool although the provider asks for it.
_POOL_FIXED = (
    "availabilityZones",
    "capacityReservationGroupID",
    "gpuProfile",
    "osDiskSizeGB",
    "osDiskType",
    "scaleSetEvictionPolicy",
    "scaleSetPriority",
    "spotMaxPrice",
    "vnetSubnetID",
)
_IMAGE = "AKSUbuntu-2204gen2containerd-202511.07.0"


def _cluster_id(call: Call) -> str:
    return f"{group_id(call.inputs['resourceGroupName'])}/providers/{_KIND}/{call.inputs['resourceName']}"


def cluster(call: Call) -> Made:
    """A cluster with addresses of its own, and its first pool. Identities go in as a list and come out as a map."""
    inputs, place = call.inputs, names.location(call)
    identities = [str(each) for each in names.texts(names.part(inputs, "identity"), "userAssignedIdentities")]
    for id in identities:
        if not exists(call, names.IDENTITY, id):
            raise Refused(error("ResourceNotFound", f"The Resource '{id}' was not found."))
    rows = {row.id.lower(): row for row in call.store.rows(names.IDENTITY)}
    uid = call.store.new_id(24)
    fqdn = f"{inputs.get('dnsPrefix') or inputs['resourceName']}-{uid[:8]}.hcp.{place}.azmk8s.io"
    outputs: Properties = {
        **located(call),
        "azurePortalFQDN": fqdn.replace(".hcp.", ".portal.hcp."),
        "currentKubernetesVersion": KUBERNETES,
        "kubernetesVersion": inputs.get("kubernetesVersion", "1.33"),
        "eTag": guid(call),
        "fqdn": fqdn,
        "privateFQDN": "",
        "maxAgentPools": 100,
        "powerState": {"code": "Running"},
        "provisioningState": "Succeeded",
        "resourceUID": uid,
        "systemData": {},
        "supportPlan": "KubernetesOfficial",
        "nodeResourceGroup": inputs.get("nodeResourceGroup")
        or f"MC_{inputs['resourceGroupName']}_{inputs['resourceName']}_{place}",
        "identity": {
            **{key: value for key, value in names.part(inputs, "identity").items() if key != "userAssignedIdentities"},
            "principalId": "",
            "tenantId": names.TENANT,
            "userAssignedIdentities": {
                id: {
                    "clientId": rows[id.lower()].outputs["clientId"],
                    "principalId": rows[id.lower()].outputs["principalId"],
                }
                for id in identities
            },
        },
        "oidcIssuerProfile": {
            "enabled": bool(names.part(inputs, "oidcIssuerProfile").get("enabled")),
            "issuerURL": f"https://{place}.oic.prod-aks.azure.com/{names.TENANT}/{guid(call)}/",
        },
        "agentPoolProfiles": [
            {
                **_pool_defaults(call),
                "provisioningState": "Succeeded",
                "powerState": {"code": "Running"},
                **profile,
            }
            for profile in names.parts(inputs, "agentPoolProfiles")
        ],
    }
    return made(call, _KIND, _cluster_id(call), outputs, _VERSION)


def _pool_defaults(call: Call) -> Properties:
    return {
        "currentOrchestratorVersion": KUBERNETES,
        "eTag": guid(call),
        "nodeImageVersion": _IMAGE,
        "kubeletDiskType": "OS",
        "maxPods": 250,
        "orchestratorVersion": "1.33",
        "osDiskType": "Managed",
        "scaleDownMode": "Delete",
    }


def pool(call: Call) -> Made:
    """A pool of a cluster that exists, in a zone that has the size."""
    inputs, parent = call.inputs, _cluster_id(call)
    if not exists(call, names.CLUSTER, parent):
        raise Refused(error("ParentResourceNotFound", f"Failed to perform the operation: {parent} was not found."))
    place = next(row.region for row in call.store.rows(names.CLUSTER) if row.id.lower() == parent.lower())
    zones = [str(zone) for zone in names.texts(inputs, "availabilityZones")]
    known = call.store.zones(place)
    if unknown := [zone for zone in zones if zone not in known]:
        raise Refused(
            error(
                "AvailabilityZoneNotSupported",
                f"The zone(s) '{','.join(unknown)}' for resource 'agentPoolProfiles.{inputs['agentPoolName']}' is not "
                f"supported. The supported zones for location '{place}' are '{','.join(known)}'",
            )
        )
    size = str(inputs.get("vmSize"))
    if not call.store.offered(place, zones[0] if zones else "", size):
        raise Refused(sku_not_available(size, place, zones[0] if zones else ""))
    if (holder := inputs.get("capacityReservationGroupID")) and not exists(call, names.RESERVATION_GROUP, str(holder)):
        raise Refused(error("ResourceNotFound", f"The Resource '{holder}' was not found."))
    outputs: Properties = {**_pool_defaults(call), "provisioningState": "Succeeded", "powerState": {"code": "Running"}}
    given = {key: value for key, value in outputs.items() if key not in inputs}
    return made(call, f"{_KIND}/agentPools", f"{parent}/agentPools/{inputs['agentPoolName']}", given, _VERSION)


def change_pool(call: Call) -> Properties:
    """AKS changes count, labels, taints, tags and upgrade settings of a pool, and little else."""
    changes = names.changed(call, _POOL_FIXED)
    if changes:
        raise Refused(
            error(
                "PropertyChangeNotAllowed",
                f"Changing property 'properties.{changes[0]}' is not allowed.",
            )
        )
    return names.updated(call)


def running(call: Call) -> Nodes | None:
    """The machines that a pool runs. What the catalog does not know is not accounted for."""
    inputs, zones = call.inputs, names.texts(call.inputs, "availabilityZones")
    count = inputs.get("count")
    return Nodes(
        str(zones[0]) if zones else "",
        str(inputs.get("vmSize")),
        "spot" if inputs.get("scaleSetPriority") == "Spot" else "on-demand",
        count if isinstance(count, int) else 1,
        reserves=False,
    )


def kubeconfig(name: str, group: str, fqdn: str) -> str:
    """The kubeconfig that AKS gives with `format=exec`, in base64."""
    authority = base64.b64encode(f"wayfare sandbox {fqdn}".encode()).decode()
    user = f"clusterUser_{group}_{name}"
    arguments: list[Any] = [
        *("get-token", "--environment", "AzurePublicCloud"),
        *("--server-id", "6dae42f8-4368-4678-94ff-3960e28e3630"),
        *("--client-id", "80faf920-1908-4b52-b5ef-a8e7bedfc67a"),
        *("--tenant-id", names.TENANT, "--login", "devicecode"),
    ]
    lines = [
        "apiVersion: v1",
        "kind: Config",
        "clusters:",
        "- cluster:",
        f"    certificate-authority-data: {authority}",
        f"    server: https://{fqdn}:443",
        f"  name: {name}",
        "contexts:",
        "- context:",
        f"    cluster: {name}",
        f"    user: {user}",
        f"  name: {name}",
        f"current-context: {name}",
        "preferences: {}",
        "users:",
        f"- name: {user}",
        "  user:",
        "    exec:",
        "      apiVersion: client.authentication.k8s.io/v1beta1",
        "      args:",
        *(f"      - {argument}" for argument in arguments),
        "      command: kubelogin",
        "      env: null",
        "      provideClusterInfo: false",
        "",
    ]
    return base64.b64encode("\n".join(lines).encode()).decode()
