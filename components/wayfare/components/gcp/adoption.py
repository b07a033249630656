"""Which id a resource has on Google Cloud whose maker died before it was written down: names decide all of them."""

from collections.abc import Mapping, Sequence

from wayfare.components.adoption import Templates, by_template
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


async def ids(lost: Sequence[Lost]) -> Mapping[str, str]:
    """By URN, the id of each lost resource that its name and the project tell."""
    return named(lost, await project())


def named(lost: Sequence[Lost], project: str) -> dict[str, str]:
    """The ids. Those of roles with a condition, which the provider tells apart by it, end with the condition."""
    found = by_template(BY_NAME, lost, project=project)
    for resource in lost:
        if resource.urn in found and (condition := resource.inputs.get("condition")):
            found[resource.urn] += f"/{condition['title']}//{condition['expression']}"
    return found
