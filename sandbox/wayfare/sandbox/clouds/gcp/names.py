"""The sandbox's project, and how Google Cloud names things: ids, self links, full resource names."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from wayfare.sandbox.behaviour import Call

PROJECT = "wayfare-sandbox"
PROJECT_NUMBER = "408214973355"
OWN = {"project": PROJECT, "projectNumber": PROJECT_NUMBER}
"""What the sandbox calls its own project."""

#: Resource types.
NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
ROUTER = "gcp:compute/router:Router"
ROUTER_NAT = "gcp:compute/routerNat:RouterNat"
RESERVATION = "gcp:compute/reservation:Reservation"
CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"
BUCKET = "gcp:storage/bucket:Bucket"
BUCKET_GRANT = "gcp:storage/bucketIAMMember:BucketIAMMember"
POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
POOL_PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
RESOURCE_POLICY = "gcp:compute/resourcePolicy:ResourcePolicy"
ACCOUNT = "gcp:serviceaccount/account:Account"
KEY_RING = "gcp:kms/keyRing:KeyRing"
CRYPTO_KEY = "gcp:kms/cryptoKey:CryptoKey"
KEY_GRANT = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
FORWARDING_RULE = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
ALERT_POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
ZONE = "gcp:dns/managedZone:ManagedZone"
RECORDS = "gcp:dns/recordSet:RecordSet"
MANAGED_SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a resource type
CONNECTION = "gcp:servicenetworking/connection:Connection"
LUSTRE = "gcp:lustre/instance:Instance"
REPOSITORY = "gcp:artifactregistry/repository:Repository"

COMPUTE = "https://www.googleapis.com/compute/v1/"
CONTAINER = "https://container.googleapis.com/v1/"
STORAGE = "https://www.googleapis.com/storage/v1/b/"

_ZONE = re.compile(r"^(?P<region>[a-z]+-[a-z]+[0-9]+)-[a-z]$")


def part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A nested object; empty where it is absent or not known yet."""
    inner = value.get(key)
    return cast("Mapping[str, Any]", inner) if isinstance(inner, dict) else {}


def parts(value: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """A list of nested objects; empty where it is absent or not known yet."""
    inner = value.get(key)
    listed = cast("Sequence[Any]", inner) if isinstance(inner, list) else ()
    return [cast("Mapping[str, Any]", each) for each in listed if isinstance(each, dict)]


def project_of(inputs: Mapping[str, Any], configuration: Mapping[str, str]) -> str:
    """The resource's project, else the provider's, else the sandbox's own."""
    return str(inputs.get("project") or configuration.get("project") or PROJECT)


def project(call: Call) -> str:
    """The project that a call is about."""
    return project_of(call.inputs, call.configuration)


def region(call: Call) -> str:
    """The region of a regional resource."""
    return str(call.inputs.get("region") or call.configuration.get("region") or "")


def region_of_zone(zone: str) -> str:
    """`us-east4-b` → `us-east4`; anything else as it is."""
    found = _ZONE.match(zone)
    return found["region"] if found else zone


def last(link: object) -> str:
    """The last part of a self link or an id."""
    return str(link).rpartition("/")[2]


def cluster_path(call: Call) -> str:
    """`projects/…/locations/…/clusters/…` of the cluster that a node pool names by id or by name."""
    cluster = str(call.inputs.get("cluster", ""))
    if cluster.startswith("projects/"):
        return cluster
    return f"projects/{project(call)}/locations/{call.inputs.get('location') or region(call)}/clusters/{cluster}"
