"""What a project is asked for before a cluster is made: networks, keys and secrets that it has already."""

from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import Invoke, Properties, Refused, Row, StoreView
from wayfare.sandbox.clouds.gcp.names import COMPUTE, NETWORK, SUBNETWORK, last, parts, project_of


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


def _is_in(row: Row, project: str) -> bool:
    return row.id.startswith(f"projects/{project}/")


INVOKES: Mapping[str, Invoke] = {
    "gcp:compute/getNetworks:getNetworks": _networks,
    "gcp:compute/getSubnetworks:getSubnetworks": _subnetworks,
    "gcp:compute/getSubnetwork:getSubnetwork": _subnetwork,
}
