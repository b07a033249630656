"""Names stay within each cloud's limits for the longest cluster name in the longest region's name.

Limits: EKS, EC2, IAM and S3 API references; Microsoft, "Naming rules and restrictions for Azure resources"; Google
Cloud's API references of Compute Engine, GKE, IAM and Cloud Storage.
"""

import re
from collections.abc import Mapping

import pytest

from tests.contract.asked import LONGEST, request, rows, why_not
from tests.golden.graph import Graph, graph
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.catalog import MachineType

_DNS_LABEL = r"[a-z]([a-z0-9-]*[a-z0-9])?"
_AZURE = r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_])?"

#: By resource type: the input that names it, the most characters, and the form.
LIMITS: Mapping[str, tuple[str, int, str]] = {
    "aws:amp/scraper:Scraper": ("alias", 100, r"[0-9A-Za-z][-.0-9A-Z_a-z]*"),
    "aws:amp/workspace:Workspace": ("alias", 100, r".+"),
    "aws:autoscaling/schedule:Schedule": ("scheduledActionName", 255, r"[^:/]+"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", 512, r"[\w./#-]+"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("name", 128, r"[A-Za-z0-9().\-/_]{3,}"),
    "aws:ec2/placementGroup:PlacementGroup": ("name", 255, r"[\x21-\x7e]+"),
    "aws:ecr/repository:Repository": ("name", 256, r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"),
    "aws:eks/cluster:Cluster": ("name", 100, r"[0-9A-Za-z][A-Za-z0-9_-]*"),
    "aws:eks/nodeGroup:NodeGroup": ("nodeGroupName", 63, r"[0-9A-Za-z][A-Za-z0-9_-]*"),
    "aws:iam/role:Role": ("name", 64, r"[\w+=,.@-]+"),
    "aws:s3/bucket:Bucket": ("bucket", 63, r"[a-z0-9][a-z0-9.-]+[a-z0-9]"),
    "aws:sns/topic:Topic": ("name", 256, r"[A-Za-z0-9_-]+"),
    "azure-native:compute:CapacityReservation": ("capacityReservationName", 80, _AZURE),
    "azure-native:compute:CapacityReservationGroup": ("capacityReservationGroupName", 80, _AZURE),
    "azure-native:alertsmanagement:PrometheusRuleGroup": ("ruleGroupName", 260, r"[\w.()-]+"),
    "azure-native:containerregistry:Registry": ("registryName", 50, r"[A-Za-z0-9]{5,}"),
    "azure-native:containerservice:AgentPool": ("agentPoolName", 12, r"[a-z][a-z0-9]*"),
    "azure-native:containerservice:ManagedCluster": ("resourceName", 63, r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?"),
    "azure-native:logic:Workflow": ("workflowName", 80, r"[\w.()-]+"),
    "azure-native:managedidentity:UserAssignedIdentity": ("resourceName", 128, r"[A-Za-z0-9][A-Za-z0-9_-]{2,}"),
    "azure-native:monitor:ActionGroup": ("actionGroupName", 260, r"[\w.()-]+"),
    "azure-native:monitor:AzureMonitorWorkspace": (
        "azureMonitorWorkspaceName",
        44,
        r"[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]",
    ),
    "azure-native:monitor:DataCollectionEndpoint": (
        "dataCollectionEndpointName",
        44,
        r"[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]",
    ),
    "azure-native:monitor:DataCollectionRule": ("dataCollectionRuleName", 64, r"[A-Za-z0-9-]+"),
    "azure-native:network:NatGateway": ("natGatewayName", 80, _AZURE),
    "azure-native:network:PublicIPAddress": ("publicIpAddressName", 80, _AZURE),
    "azure-native:network:VirtualNetwork": ("virtualNetworkName", 64, _AZURE),
    "azure-native:resources:ResourceGroup": ("resourceGroupName", 90, r"[\w.()-]*[\w()-]"),
    "azure-native:storage:BlobContainer": ("containerName", 63, r"[a-z0-9](-?[a-z0-9])+"),
    "azure-native:storagecache:AmlFilesystem": ("amlFilesystemName", 80, r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])"),
    "azure-native:storage:StorageAccount": ("accountName", 24, r"[a-z0-9]{3,}"),
    "gcp:artifactregistry/repository:Repository": ("repositoryId", 63, _DNS_LABEL),
    "gcp:compute/globalAddress:GlobalAddress": ("name", 63, _DNS_LABEL),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": ("name", 20, r"[a-z][a-z0-9]*"),
    "gcp:compute/firewall:Firewall": ("name", 63, _DNS_LABEL),
    "gcp:compute/network:Network": ("name", 63, _DNS_LABEL),
    "gcp:compute/reservation:Reservation": ("name", 63, _DNS_LABEL),
    "gcp:compute/resourcePolicy:ResourcePolicy": ("name", 63, _DNS_LABEL),
    "gcp:compute/router:Router": ("name", 63, _DNS_LABEL),
    "gcp:compute/routerNat:RouterNat": ("name", 63, _DNS_LABEL),
    "gcp:compute/subnetwork:Subnetwork": ("name", 63, _DNS_LABEL),
    "gcp:container/cluster:Cluster": ("name", 40, _DNS_LABEL),
    "gcp:container/nodePool:NodePool": ("name", 40, _DNS_LABEL),
    "gcp:dns/managedZone:ManagedZone": ("name", 63, _DNS_LABEL),
    "gcp:lustre/instance:Instance": ("instanceId", 63, _DNS_LABEL),
    "gcp:serviceaccount/account:Account": ("accountId", 30, r"[a-z]([a-z0-9-]{4,}[a-z0-9])"),
    # A project's id may have 30 characters; the one here has 15.
    "gcp:storage/bucket:Bucket": ("name", 63 - 15, r"[a-z0-9][a-z0-9._-]+[a-z0-9]"),
}

#: Types of which two may be named the same: routes and roles stand in what they belong to.
UNNAMED = re.compile(
    r":(Account|Addon|DiagnosticSetting|BlobServiceProperties|Management\w+|DataCollectionRuleAssociation|Private\w+|VirtualNetworkLink|.*Association|"
    r".*Attachment|AccessEntry|.*Assignment|.*Credential|.*IAMMember|BucketIAMMember|Bucket\w+|CapacityReservation|"
    r"Eip|FlowLog|InternetGateway|NatGateway|RolePolicy|Route|RouteTable|Subnet|Vpc|VpcEndpoint|"
    r"SecurityGroup|SecurityGroup\w+Rule)$"
)


def biggest(name: CloudName) -> MachineType:
    """The machine type with the longest name among those sold on demand: those that the cloud holds, if it can."""
    sold = [row for row in rows(name) if why_not(row) is None and row.sells(Purchase.ON_DEMAND)]
    return max(sold, key=lambda row: (row.holds(Purchase.ON_DEMAND), len(row.name)))


def declared(name: CloudName, cluster: str) -> Graph:
    machine = biggest(name)
    region = max(machine.regions, key=len)
    return graph(request(name, machine, Purchase.ON_DEMAND, name=cluster, region=region, nodes=16))


@pytest.mark.parametrize("cluster", [LONGEST, "a"])
@pytest.mark.parametrize("name", CloudName)
def test_names_are_within_the_clouds_limits(name: CloudName, cluster: str) -> None:
    assert len(LONGEST) == 24
    seen: set[str] = set()
    for row in declared(name, cluster).values():
        if row.type.startswith(("wayfare:", "kubernetes:", "pulumi:")):
            continue
        if row.type not in LIMITS:
            assert UNNAMED.search(row.type), f"{row.type} has a name without a limit here"
            continue
        key, most, form = LIMITS[row.type]
        value = row.inputs[key]
        assert len(value) <= most, row.key
        assert re.fullmatch(form, value), row.key
        seen.add(row.type)
    assert seen


@pytest.mark.parametrize("name", CloudName)
def test_two_clusters_share_no_name(name: CloudName) -> None:
    """Names that stand in something of the cluster's own may repeat; those in the account or the world may not."""
    inside = {
        "aws:eks/nodeGroup:NodeGroup",
        "azure-native:compute:CapacityReservation",
        "azure-native:containerservice:AgentPool",
        "azure-native:logic:Workflow",
        "azure-native:storage:BlobContainer",
        "gcp:container/nodePool:NodePool",
    }
    first, second = (
        {
            (row.type, row.inputs[LIMITS[row.type][0]])
            for row in declared(name, cluster).values()
            if row.type in LIMITS and row.type not in inside
        }
        for cluster in ("one", "two")
    )
    assert first
    assert not first & second


def test_aks_node_group_and_dns_prefix_are_within_their_limits() -> None:
    """AKS: 80 characters for the nodes' resource group, 54 for a DNS prefix."""
    (cluster,) = (row for row in declared(CloudName.AZURE, LONGEST).values() if row.type.endswith(":ManagedCluster"))
    assert len(cluster.inputs["nodeResourceGroup"]) <= 80
    assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]{0,52}[A-Za-z0-9])?", cluster.inputs["dnsPrefix"])
