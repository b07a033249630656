"""In which region, location or cluster a call acts, found as each provider finds it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from wayfare.sandbox.behaviour import Properties, Refused, Row
from wayfare.sandbox.reach import CLUSTERS, NO_HOST, Reach, unreachable
from wayfare.sandbox.schema import ResourceSchema
from wayfare.sandbox.store import Resource, Store
from wayfare.sandbox.wire import is_unknown

#: The outputs under which a cluster tells where its API is.
_ENDPOINTS = ("endpoint", "fqdn", "privateFQDN", "privateFqdn", "dnsEndpoint", "publicEndpoint", "privateEndpoint")

CLUSTER_TAG = "wayfare-cluster"
"""The tag that tells to which cluster of Wayfare's a resource belongs."""

PLANE_HOST = "control plane at {}"
"""Name under which the store keeps the key of the cluster whose real control plane is at a host."""

_ZONE = re.compile(r"^([a-z]+-[a-z]+[0-9]+)-[a-z]$")


def region_of(
    package: str, schema: ResourceSchema, inputs: Properties, configuration: Mapping[str, str], store: Store
) -> str:
    """The region of a call; empty for what is global. Raises `Refused` where it must be given and is not."""
    match package:
        case "aws":
            return _aws(schema, inputs, configuration)
        case "azure-native":
            return _azure(inputs, configuration, store)
        case "gcp":
            return _gcp(schema, inputs, configuration, store)
        case "kubernetes":
            return _cluster(configuration, store)
        case _:
            raise LookupError(f"where a call of {package} acts is not said in wayfare.sandbox.regions")


def _aws(schema: ResourceSchema, inputs: Properties, configuration: Mapping[str, str]) -> str:
    """What is regional has a `region` property, which falls back to the provider's region."""
    if "region" not in schema.inputs:
        return ""
    region = inputs.get("region") or configuration.get("region")
    if not region:
        raise Refused("Missing region configuration: set aws:region, or region on the resource")
    return str(region)


def _azure(inputs: Properties, configuration: Mapping[str, str], store: Store) -> str:
    """The resource's own location, else that of what it is part of, else its resource group's, else the provider's."""
    if location := inputs.get("location"):
        return plain_location(str(location))
    group = str(inputs.get("resourceGroupName", "")).lower()
    if group:
        names = {
            str(value).lower() for key, value in inputs.items() if key.endswith("Name") and key != "resourceGroupName"
        }
        part_of = f"/resourcegroups/{group}/"
        within = [row for row in store.resources("azure-native") if row.region and part_of in f"{row.id}/".lower()]
        for row in [row for row in within if _last(row) in names] or [row for row in within if _last(row) == group]:
            return row.region
    return plain_location(configuration.get("location", ""))


def plain_location(location: str) -> str:
    """`East US 2` → `eastus2`."""
    return location.replace(" ", "").lower()


def _last(row: Resource) -> str:
    return row.id.lower().rpartition("/")[2]


def _gcp(schema: ResourceSchema, inputs: Properties, configuration: Mapping[str, str], store: Store) -> str:
    """`region`, `zone` or `location` of the resource; a pool's is its cluster's; else the provider's."""
    given = inputs.get("region") or inputs.get("zone") or inputs.get("location")
    if given:
        return _region_of_zone(str(given).rpartition("/")[2])
    cluster = str(inputs.get("cluster", ""))
    if found := re.search(r"/locations/([^/]+)/clusters/", cluster):
        return _region_of_zone(found.group(1))
    if cluster:
        for row in store.resources("gcp", "gcp:container/cluster:Cluster"):
            if row.outputs.get("name") == cluster:
                return row.region
    if not {"region", "zone", "location"} & schema.inputs.keys():
        return ""
    return configuration.get("region") or _region_of_zone(configuration.get("zone", ""))


def _region_of_zone(place: str) -> str:
    """`us-east4-b` → `us-east4`; a region stays as it is."""
    found = _ZONE.match(place.lower())
    return found.group(1) if found else place.lower()


def _cluster(configuration: Mapping[str, str], store: Store) -> str:
    """The cluster that the kubeconfig points to, as `package/region/id`."""
    host = server_host(configuration.get("kubeconfig", ""), configuration.get("context"), configuration.get("cluster"))
    row = find_cluster(store, host)
    if row is None:
        raise Refused(unreachable(host, NO_HOST))
    Reach(store).require(row, host)
    return cluster_key(row)


def cluster_of(configuration: Mapping[str, str], store: Store) -> Resource | None:
    """The cluster that the kubeconfig points to; None where that is not known, or the cluster is not there."""
    try:
        kubeconfig, context = configuration.get("kubeconfig", ""), configuration.get("context")
        return find_cluster(store, server_host(kubeconfig, context, configuration.get("cluster")))
    except Refused:
        return None


def cluster_key(row: Row) -> str:
    """How objects say to which cluster they belong."""
    return f"{row.token.partition(':')[0]}/{row.region}/{row.id}"


def find_cluster(store: Store, host: str) -> Resource | None:
    """The cluster with an endpoint of that host name."""
    behind = store.meta(PLANE_HOST.format(host))
    for token in sorted(CLUSTERS):
        for row in store.resources(token=token):
            if host in hosts(row.outputs) or behind == cluster_key(row):
                return row
    return None


def hosts(outputs: Any) -> set[str]:
    """Host names of every endpoint that a cluster tells in its outputs."""
    found: set[str] = set()
    if isinstance(outputs, dict):
        for key, value in cast("dict[str, Any]", outputs).items():
            if isinstance(value, str) and key in _ENDPOINTS and value:
                found.add(_host(value))
            else:
                found |= hosts(value)
    elif isinstance(outputs, list):
        for value in cast("list[Any]", outputs):
            found |= hosts(value)
    return found


def server_host(kubeconfig: str, context: str | None = None, cluster: str | None = None) -> str:
    """The host name of a kubeconfig's server, for its current context unless another is named."""
    try:
        data: Any = YAML(typ="safe", pure=True).load(kubeconfig)  # pyright: ignore[reportUnknownMemberType] - untyped
        context = context or data["current-context"]
        cluster = cluster or _named(data["contexts"], str(context))["context"]["cluster"]
        return _host(str(_named(data["clusters"], str(cluster))["cluster"]["server"]))
    except (YAMLError, KeyError, TypeError, LookupError) as error:
        raise Refused(
            "configured Kubernetes cluster is unreachable: unable to load Kubernetes client configuration from "
            "kubeconfig file. Make sure you have set the provider's kubeconfig: invalid configuration"
        ) from error


def is_other_cluster(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two configurations of the Kubernetes provider point to different clusters, as far as that is known."""
    try:
        was, now = (
            server_host(str(each["kubeconfig"]), each.get("context"), each.get("cluster"))
            for each in (old, new)
            if not is_unknown(each["kubeconfig"])
        )
    except (Refused, KeyError, ValueError):
        return False
    return was != now


def _named(entries: Sequence[Any], name: str) -> Any:
    return next(entry for entry in [*entries, None] if entry is None or entry["name"] == name)


def _host(url: str) -> str:
    """The host of an address; on loopback with its port, by which alone control planes differ there."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    host = (parts.hostname or url).lower()
    return parts.netloc.lower() if host in ("127.0.0.1", "localhost") else host
