"""What Azure answers to the provider's functions and over HTTP."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wayfare.blueprints import CloudName
from wayfare.components.catalog import shipped_catalog
from wayfare.sandbox.behaviour import Invoke, NotThere, Properties, Refused, Row, StoreView
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.containerservice import kubeconfig
from wayfare.sandbox.clouds.azure.names import error, group_id
from wayfare.sandbox.clouds.azure.reads import read

_TAGGED = re.compile(r"tags\['([^']+)'\] == '([^']*)'")
_NAMED = re.compile(r"in~ \(([^)]*)\)")
_LOCATION = re.compile(r"location eq '([^']+)'")


def _client(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    del arguments, configuration, store
    return {
        "clientId": names.CLIENT,
        "objectId": names.CALLER,
        "subscriptionId": names.SUBSCRIPTION,
        "tenantId": names.TENANT,
    }


def _token(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    del arguments, configuration, store
    return {"token": "sandbox"}


def _credentials(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    del configuration
    name, group = str(arguments.get("resourceName")), str(arguments.get("resourceGroupName"))
    wanted = f"{group_id(group)}/providers/Microsoft.ContainerService/managedClusters/{name}".lower()
    for row in store.rows(names.CLUSTER):
        if row.id.lower() == wanted:
            # Microsoft, `az aks get-credentials --public-fqdn`: of a private cluster, the name that all resolve.
            public = arguments.get("serverFqdn") == "public"
            private_name = "" if public else row.outputs["privateFQDN"]
            plane = store.plane(row.token, row.region, row.id)
            value = kubeconfig(name, group, str(private_name or row.outputs["fqdn"]), plane)
            return {"kubeconfigs": [{"name": "clusterUser", "value": value}]}
    raise Refused(error("ResourceNotFound", f"The Resource '{wanted}' was not found."))


def _found(kind: str, name: str, *outer: str) -> Invoke:
    """What a function says that reads one resource by its names."""

    def answer(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
        del configuration
        above = "".join(f"/{arguments.get(each)}" if each.endswith("Name") else f"/{each}" for each in outer)
        wanted = f"{group_id(arguments.get('resourceGroupName'))}/providers/{kind}{above}/{arguments.get(name)}"
        row = next((row for row in store.rows() if row.id.lower() == wanted.lower()), None)
        if row is None:
            raise Refused(error("ResourceNotFound", f"The Resource '{wanted}' was not found."))
        return {**row.inputs, **row.outputs, "id": row.id}

    return answer


INVOKES: Mapping[str, Invoke] = {
    "azure-native:authorization:getClientConfig": _client,
    "azure-native:authorization:getClientToken": _token,
    "azure-native:containerservice:listManagedClusterUserCredentials": _credentials,
    "azure-native:keyvault:getKey": _found("Microsoft.KeyVault/vaults", "keyName", "vaultName", "keys"),
    "azure-native:managedidentity:getUserAssignedIdentity": _found(
        "Microsoft.ManagedIdentity/userAssignedIdentities", "resourceName"
    ),
    "azure-native:network:getNatGateway": _found("Microsoft.Network/natGateways", "natGatewayName"),
    "azure-native:network:getPublicIPAddress": _found("Microsoft.Network/publicIPAddresses", "publicIpAddressName"),
    "azure-native:network:getSubnet": _found(
        "Microsoft.Network/virtualNetworks", "subnetName", "virtualNetworkName", "subnets"
    ),
}


def rest(method: str, path: str, arguments: Properties, store: StoreView) -> Properties:
    """Sizes of a region, resource groups, and Azure Resource Graph."""
    subscription = f"subscriptions/{names.SUBSCRIPTION}"
    match method, path:
        case "GET", place if place == f"{subscription}/providers/Microsoft.Compute/skus":
            found = _LOCATION.search(str(arguments.get("$filter", "")))
            return {"value": list(_sizes(found.group(1) if found else "", store))}
        case "GET", place if place == f"{subscription}/resourcegroups":
            return {"value": [row for row in _inventory(store) if "/providers/" not in row["id"]]}
        case "POST", "providers/Microsoft.ResourceGraph/resources":
            rows = list(_search(str(arguments.get("query", "")), store))
            return {"totalRecords": len(rows), "count": len(rows), "data": rows, "resultTruncated": "false"}
        case "GET", place if "/providers/" in place:
            return read(place, store) or _one(f"/{place}", store)
        case _:
            raise Refused(error("InvalidResourceType", f"The sandbox does not answer {method} {path}."))


def _one(id: str, store: StoreView) -> Properties:
    """A resource by its id, in the form of Resource Manager: what is not of every resource stands in `properties`."""
    row = next((row for row in store.rows() if row.id.lower() == id.lower()), None)
    if row is None:
        raise NotThere(str(names.not_found(id)))
    common = {key: row.outputs[key] for key in ("name", "type", "location") if key in row.outputs}
    return {**common, "id": row.id, "properties": {**row.inputs, **row.outputs}}


def _sizes(region: str, store: StoreView) -> Iterator[Properties]:
    """The catalog's sizes, where the sandbox says that they are."""
    for machine in shipped_catalog()[CloudName.AZURE].machine_types:
        zones = [zone for zone in store.zones(region) if store.offered(region, zone, machine.name)]
        if zones:
            yield {
                "resourceType": "virtualMachines",
                "name": machine.name,
                "family": machine.family,
                "locations": [region],
                "locationInfo": [{"location": region, "zones": zones, "zoneDetails": []}],
                "restrictions": [],
            }


def _search(query: str, store: StoreView) -> Iterator[Properties]:
    """What the query's tags or group names find. No other query than the inventory's is understood."""
    tags = dict(_TAGGED.findall(query))
    groups = {name.strip(" '").lower() for found in _NAMED.findall(query) for name in found.split(",")}
    if not tags or not groups:
        raise Refused(error("InvalidQuery", f"The sandbox does not understand the query: {query}"))
    for row in _inventory(store):
        if tags.items() <= row["tags"].items() or row["resourceGroup"] in groups:
            yield row


def _inventory(store: StoreView) -> Iterator[Properties]:
    """Every resource that Azure Resource Graph lists: groups and what has tags, not parts such as subnets."""
    for row in store.rows():
        kind = str(row.outputs.get("type", ""))
        if row.token == names.GROUP:
            yield _group(row.id, dict(row.tags))
        elif row.token == names.CLUSTER:
            yield _resource(row.id, kind, dict(row.tags))
            yield from _nodes(row, store)
        elif row.token == names.RESERVATION or _listed(row.id, kind):
            yield _resource(row.id, kind, dict(row.tags))


def _listed(id: str, kind: str) -> bool:
    """Whether it is neither a part of a resource nor stands on one."""
    return kind.count("/") == 1 and id.count("/providers/") == 1 and not kind.startswith("Microsoft.Authorization/")


def _nodes(cluster: Row, store: StoreView) -> Iterator[Properties]:
    """What AKS makes by itself: the nodes' group, and a scale set for each pool."""
    group, tags = str(cluster.outputs["nodeResourceGroup"]), dict(cluster.tags)
    yield _group(group_id(group), tags)
    pools = [str(each.get("name")) for each in names.parts(cluster.inputs, "agentPoolProfiles")]
    pools += [
        row.id.rpartition("/")[2] for row in store.rows(names.POOL) if row.id.lower().startswith(cluster.id.lower())
    ]
    suffix = str(cluster.outputs["resourceUID"])[:8]
    for pool in pools:
        id = f"{group_id(group)}/providers/Microsoft.Compute/virtualMachineScaleSets/aks-{pool}-{suffix}-vmss"
        yield _resource(id, "Microsoft.Compute/virtualMachineScaleSets", tags)


def _group(id: str, tags: Mapping[str, str]) -> Properties:
    name = id.rpartition("/")[2]
    kind = "microsoft.resources/subscriptions/resourcegroups"
    return {"id": id, "name": name, "type": kind, "resourceGroup": name.lower(), "tags": dict(tags)}


def _resource(id: str, kind: str, tags: Mapping[str, str]) -> Properties:
    group = id.lower().partition("/resourcegroups/")[2].partition("/")[0]
    name = id.rpartition("/")[2]
    return {"id": id, "name": name, "type": kind.lower(), "resourceGroup": group, "tags": dict(tags)}
