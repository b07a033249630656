"""What a project is asked for before a cluster is made: networks, keys and secrets that it has already."""

from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import Invoke, Properties, Refused, Row, StoreView
from wayfare.sandbox.clouds.gcp.names import (
    COMPUTE,
    CRYPTO_KEY,
    KEY_RING,
    MANAGED_SECRET,
    NETWORK,
    PROJECT_NUMBER,
    SUBNETWORK,
    last,
    parts,
    project_of,
)


def _networks(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    """The names of a project's networks."""
    owner = project_of(arguments, configuration)
    return {
        "id": f"projects/{owner}/global/networks",
        "project": owner,
        "selfLink": f"{COMPUTE}projects/{owner}/global/networks",
        "networks": [last(row.id) for row in store.rows(NETWORK) if _is_in(row, owner)],
    }


def _subnetworks(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    """The subnetworks of one region. A filter is not modelled."""
    owner, region = project_of(arguments, configuration), str(arguments.get("region") or configuration.get("region"))
    return {
        "id": f"projects/{owner}/regions/{region}/subnetworks",
        "project": owner,
        "region": region,
        "filter": arguments.get("filter"),
        "subnetworks": [
            {
                "name": last(row.id),
                "description": "",
                "ipCidrRange": row.inputs["ipCidrRange"],
                "network": row.outputs["network"],
                "networkSelfLink": row.outputs["network"],
                "networkName": last(row.outputs["network"]),
                "privateIpGoogleAccess": bool(row.inputs.get("privateIpGoogleAccess")),
                "selfLink": COMPUTE + row.id,
            }
            for row in store.rows(SUBNETWORK)
            if _is_in(row, owner) and row.region == region
        ],
    }


def _subnetwork(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    """One subnetwork with its secondary ranges. The provider refuses to answer for what is not there."""
    owner, region = project_of(arguments, configuration), str(arguments.get("region") or configuration.get("region"))
    path = f"projects/{owner}/regions/{region}/subnetworks/{arguments.get('name')}"
    row = store.row(SUBNETWORK, path)
    if row is None:
        raise Refused(f"{path} not found")
    return {
        "id": path,
        "name": last(path),
        "project": owner,
        "region": region,
        "selfLink": COMPUTE + path,
        "description": "",
        "gatewayAddress": row.outputs.get("gatewayAddress", ""),
        "ipCidrRange": row.inputs["ipCidrRange"],
        "network": row.outputs["network"],
        "privateIpGoogleAccess": bool(row.inputs.get("privateIpGoogleAccess")),
        "secondaryIpRanges": [
            {"rangeName": each["rangeName"], "ipCidrRange": each["ipCidrRange"]}
            for each in parts(row.inputs, "secondaryIpRanges")
        ],
        "subnetworkId": row.outputs.get("subnetworkId", 0),
        "externalIpv6Prefix": "",
        "internalIpv6Prefix": "",
        "ipv6AccessType": "",
        "stackType": "IPV4_ONLY",
    }


def _rings(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    owner, location = project_of(arguments, configuration), str(arguments.get("location"))
    prefix = f"projects/{owner}/locations/{location}"
    found = [row.id for row in store.rows(KEY_RING) if row.id.startswith(f"{prefix}/")]
    return {
        "id": f"{prefix}/keyRings",
        "location": location,
        "project": owner,
        "filter": arguments.get("filter"),
        "keyRings": [{"id": each, "name": each} for each in found],
    }


def _keys(arguments: Mapping[str, Any], _: Mapping[str, str], store: StoreView) -> Properties:
    ring = str(arguments.get("keyRing"))
    return {
        "id": f"{ring}/cryptoKeys",
        "keyRing": ring,
        "filter": arguments.get("filter"),
        "keys": [
            {
                "id": row.id,
                "name": last(row.id),
                "keyRing": ring,
                "purpose": row.outputs["purpose"],
                "rotationPeriod": row.inputs.get("rotationPeriod", ""),
                "primaries": row.outputs["primaries"],
                "labels": dict(row.tags),
            }
            for row in store.rows(CRYPTO_KEY)
            if row.id.startswith(f"{ring}/")
        ],
    }


def _secrets(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    owner = project_of(arguments, configuration)
    prefix = f"projects/{owner}/secrets/"
    return {
        "id": f"projects/{owner}",
        "project": owner,
        "filter": arguments.get("filter"),
        "secrets": [
            {"secretId": last(row.id), "name": row.id, "project": owner, "labels": dict(row.tags)}
            for row in store.rows(MANAGED_SECRET)
            if row.id.startswith(prefix)
        ],
    }


def _project(arguments: Mapping[str, Any], configuration: Mapping[str, str], _: StoreView) -> Properties:
    owner = str(arguments.get("projectId") or project_of({}, configuration))
    return {"id": f"projects/{owner}", "projectId": owner, "number": PROJECT_NUMBER, "name": owner, "labels": {}}


def _storage_agent(arguments: Mapping[str, Any], configuration: Mapping[str, str], _: StoreView) -> Properties:
    email = f"service-{PROJECT_NUMBER}@gs-project-accounts.iam.gserviceaccount.com"
    return {
        "id": email,
        "emailAddress": email,
        "member": f"serviceAccount:{email}",
        "project": project_of(arguments, configuration),
    }


def _is_in(row: Row, project: str) -> bool:
    return row.id.startswith(f"projects/{project}/")


INVOKES: Mapping[str, Invoke] = {
    "gcp:compute/getNetworks:getNetworks": _networks,
    "gcp:compute/getSubnetworks:getSubnetworks": _subnetworks,
    "gcp:compute/getSubnetwork:getSubnetwork": _subnetwork,
    "gcp:kms/getCryptoKeys:getCryptoKeys": _keys,
    "gcp:kms/getKeyRings:getKeyRings": _rings,
    "gcp:organizations/getProject:getProject": _project,
    "gcp:secretmanager/getSecrets:getSecrets": _secrets,
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": _storage_agent,
}
