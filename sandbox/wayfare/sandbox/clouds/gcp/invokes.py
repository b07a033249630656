"""What is asked of a project: zones, machine types, the caller, and what there is."""

import re
from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import Invoke, Properties, Row, StoreView
from wayfare.sandbox.clouds.gcp import beforehand, leftovers, names
from wayfare.sandbox.clouds.gcp.names import COMPUTE, PROJECT_NUMBER, project_of, region_of_zone

_NAMES = re.compile(r'name\s*(?:=|:|eq)\s*"?([a-z0-9-]+)"?')
_LABEL = re.compile(r'^labels\.([\w-]+)\s*[=:]\s*"?([^"]*)"?$')
_SHOWN = re.compile(r'^displayName\s*[=:]\s*"?([^"]*)"?$')
_NAME = re.compile(r'^name\s*[=:]\s*"?([^"]*)"?$')

#: Asset type and service of what Cloud Asset Inventory indexes; grants and NATs are no assets of their own.
_ASSETS = {
    names.NETWORK: "compute.googleapis.com/Network",
    names.SUBNETWORK: "compute.googleapis.com/Subnetwork",
    names.ROUTER: "compute.googleapis.com/Router",
    names.RESERVATION: "compute.googleapis.com/Reservation",
    names.RESOURCE_POLICY: "compute.googleapis.com/ResourcePolicy",
    names.CLUSTER: "container.googleapis.com/Cluster",
    names.NODE_POOL: "container.googleapis.com/NodePool",
    names.BUCKET: "storage.googleapis.com/Bucket",
    names.ACCOUNT: "iam.googleapis.com/ServiceAccount",
    names.ADDRESS: "compute.googleapis.com/GlobalAddress",
    names.FORWARDING_RULE: "compute.googleapis.com/GlobalForwardingRule",
    names.ALERT_POLICY: "monitoring.googleapis.com/AlertPolicy",
    names.CHANNEL: "monitoring.googleapis.com/NotificationChannel",
    names.ZONE: "dns.googleapis.com/ManagedZone",
    names.REPOSITORY: "artifactregistry.googleapis.com/Repository",
    names.POOL: "iam.googleapis.com/WorkloadIdentityPool",
    names.POOL_PROVIDER: "iam.googleapis.com/WorkloadIdentityPoolProvider",
    names.LUSTRE: "lustre.googleapis.com/Instance",
    leftovers.DISK: "compute.googleapis.com/Disk",
    leftovers.FIREWALL: "compute.googleapis.com/Firewall",
    leftovers.FORWARDING: "compute.googleapis.com/ForwardingRule",
}


def _zones(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    region = str(arguments.get("region") or configuration.get("region") or "")
    project = project_of(arguments, configuration)
    return {
        "id": f"projects/{project}/regions/{region}",
        "names": list(store.zones(region)),
        "project": project,
        "region": region,
        "status": arguments.get("status"),
    }


def _machine_types(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    zone, project = str(arguments.get("zone", "")), project_of(arguments, configuration)
    names = _NAMES.findall(str(arguments.get("filter") or ""))
    return {
        "id": f"projects/{project}/zones/{zone}/machineTypes",
        "filter": arguments.get("filter"),
        "project": project,
        "zone": zone,
        "machineTypes": [
            {
                "name": name,
                "architecture": "X86_64",
                "accelerators": [],
                "bundledLocalSsds": [],
                "deprecateds": [],
                "description": name,
                "guestCpus": 0,
                "isSharedCpus": False,
                "maximumPersistentDisks": 128,
                "maximumPersistentDisksSizeGb": 263168,
                "memoryMb": 0,
                "selfLink": f"{COMPUTE}projects/{project}/zones/{zone}/machineTypes/{name}",
            }
            for name in names
            if store.offered(region_of_zone(zone), zone, name)
        ],
    }


def _client(_: Mapping[str, Any], configuration: Mapping[str, str], __: StoreView) -> Properties:
    """Who asks. The sandbox has no credential to give away."""
    project = project_of({}, configuration)
    region = configuration.get("region", "")
    zone = configuration.get("zone", "")
    return {
        "id": f"projects/{project}/regions/{region}/zones/{zone}",
        "accessToken": "",
        "defaultLabels": {},
        "project": project,
        "region": region,
        "zone": zone,
    }


def _search(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    query = str(arguments.get("query") or "").strip()
    types = set(arguments.get("assetTypes") or ())
    results = [_asset(row) for row in store.rows() if row.token in _ASSETS]
    return {
        "id": f"{arguments.get('scope')}/{query}",
        "query": arguments.get("query"),
        "scope": arguments.get("scope") or f"projects/{project_of({}, configuration)}",
        "assetTypes": arguments.get("assetTypes"),
        "results": [
            asset for asset in results if _matches(asset, query) and (not types or asset["assetType"] in types)
        ],
    }


def _matches(asset: Properties, query: str) -> bool:
    if not query:
        return True
    if found := _LABEL.match(query):
        return asset["labels"].get(found[1]) == found[2]
    if found := _NAME.match(query):
        return found[1] in asset["name"]
    if found := _SHOWN.match(query):
        return found[1] in asset["displayName"]
    return query in asset["name"] or query in asset["labels"].values()


def _asset(row: Row) -> Properties:
    kind = _ASSETS[row.token]
    path = str(row.outputs.get("name", row.id)) if row.token == names.BUCKET else row.id
    return {
        "name": f"//{kind.partition('/')[0]}/{path}",
        "assetType": kind,
        "labels": dict(row.tags),
        "location": str(row.outputs.get("zone") or row.region or "global").lower(),
        "displayName": str(row.inputs.get("displayName") or path.rpartition("/")[2]),
        "project": f"projects/{PROJECT_NUMBER}",
        "parentAssetType": "cloudresourcemanager.googleapis.com/Project",
        "parentFullResourceName": f"//cloudresourcemanager.googleapis.com/projects/{row.outputs.get('project', '')}",
        "state": "",
        "description": str(row.inputs.get("description") or ""),
        "createTime": "",
        "updateTime": "",
        "folders": [],
        "kmsKeys": [],
        "networkTags": [],
        "organization": "",
    }


INVOKES: Mapping[str, Invoke] = {
    "gcp:compute/getZones:getZones": _zones,
    "gcp:compute/getMachineTypes:getMachineTypes": _machine_types,
    "gcp:organizations/getClientConfig:getClientConfig": _client,
    "gcp:cloudasset/getSearchAllResources:getSearchAllResources": _search,
    **beforehand.INVOKES,
}
