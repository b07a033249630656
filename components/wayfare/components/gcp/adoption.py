"""Which id a resource has on Google Cloud whose maker died before it was written down: names decide all of them."""

import asyncio
from collections.abc import Mapping, Sequence

from wayfare.components.adoption import Templates, by_template
from wayfare.components.asking import asked
from wayfare.components.contract import Lost
from wayfare.components.gcp.account import project

#: As the provider keeps them. Clusters and networks are named by others with their own id.
BY_NAME: Templates = {
    "gcp:artifactregistry/repository:Repository": "projects/{project}/locations/{location}/repositories/{repositoryId}",
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": (
        "projects/{project}/locations/{location}/repositories/{repository}/{role}/{member}"
    ),
    "gcp:compute/globalAddress:GlobalAddress": "projects/{project}/global/addresses/{name}",
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": "projects/{project}/global/forwardingRules/{name}",
    "gcp:compute/firewall:Firewall": "projects/{project}/global/firewalls/{name}",
    "gcp:compute/network:Network": "projects/{project}/global/networks/{name}",
    "gcp:compute/reservation:Reservation": "projects/{project}/zones/{zone}/reservations/{name}",
    "gcp:compute/resourcePolicy:ResourcePolicy": "projects/{project}/regions/{region}/resourcePolicies/{name}",
    "gcp:compute/router:Router": "projects/{project}/regions/{region}/routers/{name}",
    "gcp:compute/routerNat:RouterNat": "{project}/{region}/{router}/{name}",
    "gcp:compute/subnetwork:Subnetwork": "projects/{project}/regions/{region}/subnetworks/{name}",
    "gcp:container/cluster:Cluster": "projects/{project}/locations/{location}/clusters/{name}",
    "gcp:container/nodePool:NodePool": "{cluster}/nodePools/{name}",
    "gcp:dns/managedZone:ManagedZone": "projects/{project}/managedZones/{name}",
    "gcp:dns/recordSet:RecordSet": "projects/{project}/managedZones/{managedZone}/rrsets/{name}/{type}",
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": (
        "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}"
    ),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": (
        "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}"
        "/providers/{workloadIdentityPoolProviderId}"
    ),
    "gcp:lustre/instance:Instance": "projects/{project}/locations/{location}/instances/{instanceId}",
    "gcp:projects/iAMMember:IAMMember": "{project}/{role}/{member}",
    "gcp:serviceaccount/account:Account": (
        "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com"
    ),
    "gcp:secretmanager/secretIamMember:SecretIamMember": "{secretId}/{role}/{member}",
    "gcp:servicenetworking/connection:Connection": "{network}:{service}",
    "gcp:storage/bucket:Bucket": "{name}",
    "gcp:storage/bucketIAMMember:BucketIAMMember": "b/{bucket}/{role}/{member}",
}


#: Numbered by Google and told apart by what they show: resource type → asset type, and the collection in an id.
_SHOWN: Mapping[str, tuple[str, str]] = {
    "gcp:monitoring/alertPolicy:AlertPolicy": ("monitoring.googleapis.com/AlertPolicy", "alertPolicies"),
    "gcp:monitoring/notificationChannel:NotificationChannel": (
        "monitoring.googleapis.com/NotificationChannel",
        "notificationChannels",
    ),
}


async def ids(lost: Sequence[Lost]) -> Mapping[str, str]:
    """By URN, the id of each lost resource that its name and the project tell, or what it shows."""
    own = await project()
    shown = [resource for resource in lost if resource.type in _SHOWN and "displayName" in resource.inputs]
    found = await asyncio.gather(*(_by_what_it_shows(resource, own) for resource in shown))
    return {**named(lost, own), **{r.urn: id for r, id in zip(shown, found, strict=True) if id is not None}}


async def _by_what_it_shows(resource: Lost, project: str) -> str | None:
    kind, collection = _SHOWN[resource.type]
    name = resource.inputs["displayName"]
    answer = await asked(
        "gcp:cloudasset/getSearchAllResources:getSearchAllResources",
        {"scope": f"projects/{project}", "query": f'displayName:"{name}"', "assetTypes": [kind]},
    )
    rows = [row for row in answer["results"] if row["assetType"] == kind and row.get("displayName") == name]
    return f"projects/{project}/{collection}/{rows[0]['name'].rpartition('/')[2]}" if rows else None


def named(lost: Sequence[Lost], project: str) -> dict[str, str]:
    """The ids. Those of roles with a condition, which the provider tells apart by it, end with the condition."""
    found = by_template(BY_NAME, lost, project=project)
    for resource in lost:
        if resource.urn in found and (condition := resource.inputs.get("condition")):
            found[resource.urn] += f"/{condition['title']}//{condition['expression']}"
    return found
