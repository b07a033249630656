"""Who may do what: no credentials, private nodes, one identity for one service account, and a bucket of its own."""

import re
from ipaddress import ip_network
from typing import Any

import pytest

from tests.golden.cases import BLUEPRINTS, PLACEMENTS, TRAINING, declared, of_type, one, request
from tests.golden.graph import Graph, Secret, values
from wayfare.blueprints import CloudName

CASES = sorted(PLACEMENTS)
AWS, AZURE, GCP = CloudName.AWS, CloudName.AZURE, CloudName.GCP

CREDENTIAL_KEYS = re.compile(
    r"password|passphrase|private_?key|secret(?!$)|client-key|client-certificate|access_?key|account_?key|api_?key|"
    r"sas_?token|connection_?string|bearer|(^|[._-])token$",
    re.IGNORECASE,
)
CREDENTIAL_VALUES = re.compile(
    r"-----BEGIN|\bAKIA[0-9A-Z]{16}\b|\bASIA[0-9A-Z]{16}\b|\beyJ[\w-]{10,}\.|AccountKey=|\bsig="
)

#: EC2's own words for session tokens of the metadata service: a setting, no token.
NO_CREDENTIALS = ("metadataOptions.httpTokens",)


def inputs(resources: Graph, type: str, name: str = "") -> dict[str, Any]:
    return one(resources, type, name).inputs


@pytest.mark.parametrize(("cloud", "blueprint"), CASES)
def test_no_property_looks_like_a_credential(cloud: CloudName, blueprint: str) -> None:
    found = [
        (row.key, path)
        for row in declared(cloud, blueprint).values()
        for path, value in (*values(row.inputs), *values(row.outputs))
        if path not in NO_CREDENTIALS
        and (CREDENTIAL_KEYS.search(path) or (isinstance(value, str) and CREDENTIAL_VALUES.search(value)))
        # Azure's name for the switch that turns keys off.
        and not (path == "allowSharedKeyAccess" and value is False)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("administratorPassword", "x"),
        ("users[0].user.token", "x"),
        ("users[0].user.client-key-data", "x"),
        ("storageAccountAccessKey", "x"),
        ("script", "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"),
        ("text", "-----BEGIN RSA PRIVATE KEY-----"),
    ],
)
def test_a_credential_would_be_found(path: str, value: str) -> None:
    assert CREDENTIAL_KEYS.search(path) or CREDENTIAL_VALUES.search(value)


@pytest.mark.parametrize(("cloud", "blueprint"), CASES)
def test_the_kubeconfig_is_secret_and_holds_a_sign_in_command_alone(cloud: CloudName, blueprint: str) -> None:
    resources = declared(cloud, blueprint)
    provider = inputs(resources, "kubernetes")["kubeconfig"]
    output = one(resources, "Cluster", request(cloud, blueprint).name).outputs["kubeconfig"]
    assert isinstance(provider, Secret)
    assert provider == output
    paths = {re.sub(r"\[\d+\]", "", path) for path, _ in values(provider)}
    assert {path.split(".")[2] for path in paths if path.startswith("users.user.")} == {"exec"}
    assert {path for path in paths if path.startswith("clusters.cluster.")} == {
        "clusters.cluster.server",
        "clusters.cluster.certificate-authority-data",
    }


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_the_api_answers_to_the_blueprints_networks_alone(blueprint: str) -> None:
    allow = list(request(AWS, blueprint).blueprint.spec.access.allow)
    assert inputs(declared(AWS, blueprint), "Cluster", "cluster")["vpcConfig"]["publicAccessCidrs"] == allow
    access = inputs(declared(AZURE, blueprint), "ManagedCluster")["apiServerAccessProfile"]
    # The nodes themselves come from the NAT gateway's address.
    assert access == {"authorizedIPRanges": [*allow, "192.0.2.1/32"], "disableRunCommand": True}
    networks = inputs(declared(GCP, blueprint), "Cluster", "cluster")["masterAuthorizedNetworksConfig"]
    assert networks == {"cidrBlocks": [{"cidrBlock": block} for block in allow], "gcpPublicCidrsAccessEnabled": False}


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_whoever_runs_it_administers_the_cluster_be_it_a_person_or_a_pipeline(blueprint: str) -> None:
    """The SDK's default is `User`, and Azure refuses that of a service principal; left out, Azure looks it up."""
    admin = inputs(declared(AZURE, blueprint), "RoleAssignment", "control-plane-admin")
    assert admin["principalId"] == "00000000-0000-0000-0000-0000000000b1"
    assert "principalType" not in admin
    entry = inputs(declared(AWS, blueprint), "AccessEntry")
    assert entry["principalArn"] == "arn:aws:iam::111122223333:role/engineer"


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_aws_nodes_have_no_public_address(blueprint: str) -> None:
    resources = declared(AWS, blueprint)
    assert not [row for row in of_type(resources, "Subnet") if row.inputs.get("mapPublicIpOnLaunch")]
    public = f"<Subnet {one(resources, 'Subnet', '-public').name}>"
    for pool in of_type(resources, "NodeGroup"):
        assert public not in pool.inputs["subnetIds"]
    assert public not in inputs(resources, "Cluster", "cluster")["vpcConfig"]["subnetIds"]
    private = f"<RouteTable {one(resources, 'RouteTable', '-private').name}>"
    routed = {row.inputs["subnetId"]: row.inputs["routeTableId"] for row in of_type(resources, "RouteTableAssociation")}
    assert {table for subnet, table in routed.items() if subnet != public} == {private}
    for template in of_type(resources, "LaunchTemplate"):
        for interface in template.inputs.get("networkInterfaces", []):
            assert interface.get("associatePublicIpAddress", "false") == "false"


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_azure_and_gke_nodes_have_no_public_address(blueprint: str) -> None:
    azure, gcp = declared(AZURE, blueprint), declared(GCP, blueprint)
    (system,) = inputs(azure, "ManagedCluster")["agentPoolProfiles"]
    assert [inputs(azure, "AgentPool")["enableNodePublicIP"], system["enableNodePublicIP"]] == [False, False]
    assert inputs(azure, "Subnet")["defaultOutboundAccess"] is False
    assert inputs(azure, "ManagedCluster")["networkProfile"]["outboundType"] == "userAssignedNATGateway"
    assert inputs(gcp, "Cluster", "cluster")["privateClusterConfig"]["enablePrivateNodes"] is True
    assert [pool.inputs["networkConfig"]["enablePrivateNodes"] for pool in of_type(gcp, "NodePool")] == [True, True]


@pytest.mark.parametrize(("cloud", "blueprint"), CASES)
def test_address_ranges_do_not_overlap(cloud: CloudName, blueprint: str) -> None:
    resources = declared(cloud, blueprint)
    match cloud:
        case CloudName.AWS:
            inside = [row.inputs["cidrBlock"] for row in of_type(resources, "Subnet")]
            whole = inputs(resources, "Vpc")["cidrBlock"]
            others = [inputs(resources, "Cluster", "cluster")["kubernetesNetworkConfig"]["serviceIpv4Cidr"]]
        case CloudName.AZURE:
            inside = [inputs(resources, "Subnet")["addressPrefix"]]
            whole, storage = inputs(resources, "VirtualNetwork")["addressSpace"]["addressPrefixes"]
            profile = inputs(resources, "ManagedCluster")["networkProfile"]
            others = [profile["podCidr"], profile["serviceCidr"], storage]
        case CloudName.GCP:
            subnetwork = inputs(resources, "Subnetwork")
            whole = subnetwork["ipCidrRange"]
            inside = [whole]
            others = [each["ipCidrRange"] for each in subnetwork["secondaryIpRanges"]]
    ranges = [ip_network(each) for each in (*inside, *others)]
    assert not [(a, b) for i, a in enumerate(ranges) for b in ranges[i + 1 :] if a.overlaps(b)]
    assert all(ip_network(each).subnet_of(ip_network(whole)) for each in inside)  # pyright: ignore[reportArgumentType] - all IPv4


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_pods_cannot_act_as_their_node(blueprint: str) -> None:
    """IMDSv2 with one hop on AWS, GKE's metadata server on Google Cloud; on Azure nodes have no rights of their own."""
    for template in of_type(declared(AWS, blueprint), "LaunchTemplate"):
        assert template.inputs["metadataOptions"] == {
            "httpEndpoint": "enabled",
            "httpPutResponseHopLimit": 1,
            "httpTokens": "required",
        }
    for pool in of_type(declared(GCP, blueprint), "NodePool"):
        assert pool.inputs["nodeConfig"]["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_other_pods_are_kept_off_the_accelerators(blueprint: str) -> None:
    aws = inputs(declared(AWS, blueprint), "NodeGroup", "accelerator-nodes")["taints"]
    assert aws == [{"effect": "NO_SCHEDULE", "key": "nvidia.com/gpu", "value": "present"}]
    assert inputs(declared(AZURE, blueprint), "AgentPool")["nodeTaints"] == ["nvidia.com/gpu=present:NoSchedule"]
    gcp = inputs(declared(GCP, blueprint), "NodePool", "accelerator-pool")["nodeConfig"]["taints"]
    assert gcp == aws


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_the_workloads_identity_is_its_service_accounts_and_reaches_its_bucket_alone(blueprint: str) -> None:
    """On Google Cloud it is the cluster's: a service account by name would be the same in all clusters of a project."""
    aws, azure, gcp = (declared(cloud, blueprint) for cloud in (AWS, AZURE, GCP))
    tie = inputs(aws, "PodIdentityAssociation")
    role = one(aws, "Role", "identity-role")
    assert (tie["namespace"], tie["serviceAccount"]) == ("workload", "workload")
    assert tie["roleArn"] == f"<Role {role.name}>.arn"
    bucket = f"<Bucket {one(aws, 'Bucket', 'bucket').name}>.arn"
    (policy,) = [row for row in of_type(aws, "RolePolicy") if row.inputs["role"] == role.inputs["name"]]
    granted = [value for path, value in values(policy.inputs["policy"]) if path.endswith("Resource")]
    assert granted == [bucket, f"{bucket}/*"]
    assert not [value for path, value in values(policy.inputs["policy"]) if ".Action" in path and "*" in value]
    assert not [row for row in of_type(aws, "RolePolicyAttachment") if row.inputs["role"] == role.inputs["name"]]

    federation = inputs(azure, "FederatedIdentityCredential")
    assert federation["subject"] == "system:serviceaccount:workload:workload"
    assert federation["audiences"] == ["api://AzureADTokenExchange"]
    identity = f"<UserAssignedIdentity {one(azure, 'UserAssignedIdentity', 'identity-identity').name}>"
    rights = [row.inputs for row in of_type(azure, "RoleAssignment") if identity in row.inputs["principalId"]]
    assert [right["scope"] for right in rights] == [f"<BlobContainer {one(azure, 'BlobContainer').name}>"]

    (grant,) = of_type(gcp, "BucketIAMMember")
    assert grant.inputs["bucket"] == inputs(gcp, "Bucket", "bucket")["name"]
    assert grant.inputs["role"] == "roles/storage.objectUser"
    assert grant.inputs["member"].endswith(f"/clusters/{inputs(gcp, 'Cluster', 'cluster')['name']}")
    (project_role,) = of_type(gcp, "IAMMember")
    assert project_role.inputs["role"] == "roles/container.defaultNodeServiceAccount"


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_the_bucket_is_private_and_encrypted(blueprint: str) -> None:
    aws, azure, gcp = (declared(cloud, blueprint) for cloud in (AWS, AZURE, GCP))
    block = inputs(aws, "BucketPublicAccessBlock")
    assert [value for key, value in block.items() if key != "bucket"] == [True] * 4
    assert "AES256" in str(inputs(aws, "BucketServerSideEncryptionConfiguration"))
    assert "aws:SecureTransport" in inputs(aws, "BucketPolicy")["policy"]

    account = inputs(azure, "StorageAccount", "checkpoints-account")
    assert (account["allowBlobPublicAccess"], account["allowSharedKeyAccess"]) == (False, False)
    assert (account["enableHttpsTrafficOnly"], account["minimumTlsVersion"]) == (True, "TLS1_2")
    assert account["encryption"]["services"]["blob"]["enabled"] is True
    assert inputs(azure, "BlobContainer")["publicAccess"] == "None"

    # Google encrypts everything at rest.
    bucket = inputs(gcp, "Bucket", "bucket")
    assert (bucket["publicAccessPrevention"], bucket["uniformBucketLevelAccess"]) == ("enforced", True)


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_only_scratch_is_emptied_with_the_cluster(blueprint: str) -> None:
    durable = blueprint == TRAINING
    assert (request(AWS, blueprint).blueprint.spec.storage.checkpoints.keep == "durable") is durable
    for cloud in (AWS, GCP):
        assert inputs(declared(cloud, blueprint), "Bucket", "bucket")["forceDestroy"] is not durable
    # Azure deletes an account with its contents: durable data is in a group that is not the cluster's.
    azure = declared(AZURE, blueprint)
    groups = {row.inputs["resourceGroupName"] for row in of_type(azure, "ResourceGroup")}
    assert len(groups) == 2
    assert (
        inputs(azure, "StorageAccount", "checkpoints-account")["resourceGroupName"]
        != inputs(azure, "ManagedCluster")["resourceGroupName"]
    )
