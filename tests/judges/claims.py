"""What is claimed: a planted mistake for each of checkov's checks that passes and means something."""

import json
from typing import Any

from tests.judges.planted import GONE, Plant
from wayfare.blueprints import CloudName

_ANYWHERE = "0.0.0.0/0"

_EKS = "aws:eks/cluster:Cluster"
_LOGS = "aws:cloudwatch/logGroup:LogGroup"
_NODES = "aws:eks/nodeGroup:NodeGroup"
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_BUCKET = "aws:s3/bucket:Bucket"
_LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
_PUBLIC = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
_SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_BY_DEFAULT = "rules.0.applyServerSideEncryptionByDefault"
_ECR = "aws:ecr/repository:Repository"
_VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
_ROLE = "aws:iam/role:Role"
_POLICY = "aws:iam/rolePolicy:RolePolicy"
_ATTACHED = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

_CLUSTER = "gcp:container/cluster:Cluster"
_POOL = "gcp:container/nodePool:NodePool"
_SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
_GCS = "gcp:storage/bucket:Bucket"
_IMAGES = "gcp:artifactregistry/repository:Repository"
_PULLING = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
_FIREWALL = "gcp:compute/firewall:Firewall"
_GRANT = "gcp:projects/iAMMember:IAMMember"

_AKS = "azure-native:containerservice:ManagedCluster"
_ACR = "azure-native:containerregistry:Registry"
_NETWORK = "azure-native:network:VirtualNetwork"
_ADDRESSES = {"addressSpace.addressPrefixes": ["10.64.0.0/16"]}
_ACCOUNT = "azure-native:storage:StorageAccount"

_DEPLOYMENT = "kubernetes:apps/v1:Deployment"
_DAEMONS = "kubernetes:apps/v1:DaemonSet"
_JOB_SET = "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet"
_OF_SET = "spec.replicatedJobs.0.template"
_POD = "spec.template.spec"
_MAIN = f"{_POD}.containers.0"


def _document(action: str | list[str], resource: str = "arn:aws:s3:::bucket/*", **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _trust(principal: dict[str, Any], **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _open(port: int, protocol: str = "tcp") -> dict[str, Any]:
    return {
        "cidrIpv4": _ANYWHERE,
        "referencedSecurityGroupId": GONE,
        "ipProtocol": protocol,
        "fromPort": port,
        "toPort": port,
    }


def _open_to_all(port: str) -> dict[str, Any]:
    return {"sourceRanges": [_ANYWHERE], "allows": [{"protocol": "tcp", "ports": [port]}]}


def _also(*checks: str) -> frozenset[str]:
    return frozenset(checks)


def _policy(check: str, document: str, also: frozenset[str] = frozenset()) -> Plant:
    return Plant(check, _POLICY, {"policy": document}, name="identity-policy", also=also)


#: What a policy with a wildcard for its resource fails besides the check that its action is planted for.
_ANY_RESOURCE = _also("CKV_AWS_355")

_EVERYTHING = _also(
    "CKV2_AWS_40",
    "CKV_AWS_63",
    *(f"CKV_AWS_{number}" for number in range(286, 291)),
    "CKV_AWS_355",
)

AWS = [
    Plant("CKV_AWS_37", _EKS, {"enabledClusterLogTypes": ["api", "audit"]}),
    Plant("CKV2_AWS_11", "aws:ec2/flowLog:FlowLog", gone=True),
    Plant("CKV_AWS_38", _EKS, {"vpcConfig.publicAccessCidrs": [_ANYWHERE]}),
    Plant("CKV_AWS_39", _EKS, {"vpcConfig.endpointPublicAccess": True}, blueprint="private", also=_also("CKV_AWS_38")),
    Plant("CKV_AWS_58", _EKS, {"encryptionConfig": GONE}, blueprint="own-keys"),
    Plant("CKV_AWS_158", _LOGS, {"kmsKeyId": GONE}, name="control-plane-logs", blueprint="own-keys"),
    Plant("CKV_AWS_136", _ECR, {"encryptionConfigurations.0.encryptionType": "AES256"}, blueprint="own-keys"),
    Plant("CKV_AWS_163", _ECR, {"imageScanningConfiguration.scanOnPush": False}, blueprint="own-keys"),
    Plant("CKV_AWS_51", _ECR, {"imageTagMutability": "MUTABLE"}, blueprint="own-keys"),
    Plant(
        "CKV_AWS_145", _SSE, {"rules.0.applyServerSideEncryptionByDefault.sseAlgorithm": "AES256"}, blueprint="own-keys"
    ),
    Plant("CKV_AWS_100", _NODES, {"remoteAccess": {"ec2SshKey": "key"}}, name="accelerator-nodes"),
    Plant("CKV_AWS_79", _TEMPLATE, {"metadataOptions.httpTokens": "optional"}, name="accelerator-template"),
    Plant("CKV_AWS_341", _TEMPLATE, {"metadataOptions.httpPutResponseHopLimit": 2}, name="system-template"),
    Plant(
        "CKV_AWS_88", _TEMPLATE, {"networkInterfaces.0.associatePublicIpAddress": "true"}, name="accelerator-template"
    ),
    Plant("CKV_AWS_66", _LOGS, {"retentionInDays": GONE}, name="control-plane-logs"),
    Plant("CKV_AWS_130", "aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": True}, name="accelerator-subnet"),
    Plant("CKV2_AWS_19", "aws:ec2/natGateway:NatGateway", gone=True),
    Plant("CKV_AWS_24", _INGRESS, _open(22)),
    Plant("CKV_AWS_25", _INGRESS, _open(3389)),
    Plant("CKV_AWS_260", _INGRESS, _open(80)),
    # Without ports, as EC2 has it for all protocols, checkov sees no rule of these two that is open.
    Plant("CKV_AWS_277", _INGRESS, _open(-1, "-1")),
    Plant("CKV_AWS_382", _EGRESS, _open(-1, "-1")),
    Plant("CKV_AWS_23", "aws:ec2/securityGroup:SecurityGroup", {"description": GONE}),
    Plant("CKV_AWS_23", _INGRESS, {"description": GONE}),
    Plant("CKV_AWS_23", _EGRESS, {"description": GONE}),
    Plant("CKV2_AWS_5", _TEMPLATE, name="accelerator-template", gone=True),
    Plant("CKV_AWS_60", _ROLE, {"assumeRolePolicy": _trust({"AWS": "*"})}, name="identity-role"),
    Plant("CKV_AWS_61", _ROLE, {"assumeRolePolicy": _trust({"AWS": "arn:aws:iam::111122223333:root"})}, name="-node"),
    Plant("CKV_AWS_274", _ATTACHED, {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, name="ClusterPolicy"),
    Plant("CKV2_AWS_56", _ATTACHED, {"policyArn": "arn:aws:iam::aws:policy/IAMFullAccess"}, name="CNI_Policy"),
    _policy("CKV_AWS_62", _document("*", "*"), also=_EVERYTHING),
    _policy("CKV_AWS_63", _document("*"), also=_also("CKV2_AWS_40", "CKV_AWS_287")),
    _policy(
        "CKV2_AWS_40",
        _document("iam:*", "*"),
        also=_also("CKV_AWS_286", "CKV_AWS_287", "CKV_AWS_289", "CKV_AWS_355"),
    ),
    _policy(
        "CKV_AWS_286",
        _document("iam:CreateAccessKey", "*"),
        also=_also("CKV_AWS_287", "CKV_AWS_289", "CKV_AWS_355"),
    ),
    _policy("CKV_AWS_287", _document("sts:GetFederationToken", "*"), also=_ANY_RESOURCE),
    _policy("CKV_AWS_288", _document("s3:GetObject", "*"), also=_ANY_RESOURCE),
    _policy("CKV_AWS_289", _document("s3:PutBucketPolicy", "*"), also=_ANY_RESOURCE),
    _policy("CKV_AWS_290", _document("s3:DeleteObject", "*"), also=_ANY_RESOURCE),
    _policy("CKV_AWS_355", _document("s3:ListBucket", "*")),
    Plant("CKV_AWS_20", _BUCKET, {"acl": "public-read"}),
    Plant("CKV_AWS_57", _BUCKET, {"acl": "public-read-write"}, also=_also("CKV_AWS_20")),
    Plant("CKV_AWS_21", _VERSIONING, {"versioningConfiguration.status": "Suspended"}, blueprint="pretrain-h100-16"),
    Plant(
        "CKV_AWS_19",
        _SSE,
        {f"{_BY_DEFAULT}.sseAlgorithm": "none"},
    ),
    Plant("CKV_AWS_53", _PUBLIC, {"blockPublicAcls": False}, also=_also("CKV2_AWS_6")),
    Plant("CKV_AWS_54", _PUBLIC, {"blockPublicPolicy": False}, also=_also("CKV2_AWS_6")),
    Plant("CKV_AWS_55", _PUBLIC, {"ignorePublicAcls": False}),
    Plant("CKV_AWS_56", _PUBLIC, {"restrictPublicBuckets": False}),
    Plant("CKV2_AWS_6", _PUBLIC, gone=True),
    Plant("CKV2_AWS_61", _LIFECYCLE, gone=True),
    Plant("CKV_AWS_300", _LIFECYCLE, {"rules.0.abortIncompleteMultipartUpload": GONE}),
    Plant("CKV_AWS_70", _BUCKET_POLICY, {"policy": _document("s3:GetObject", Principal="*")}),
    Plant("CKV_AWS_93", _BUCKET_POLICY, {"policy": _document("s3:*", Effect="Deny", Principal="*")}),
    Plant(
        "CKV_AWS_385",
        "aws:sns/topicPolicy:TopicPolicy",
        {"policy": _document("sns:Publish", Principal={"AWS": "arn:aws:iam::444455556666:root"})},
        blueprint="watched",
    ),
]

GCP = [
    Plant("CKV2_GCP_18", _FIREWALL, blueprint="shared-store", gone=True),
    Plant("CKV_GCP_2", _FIREWALL, _open_to_all("22"), blueprint="shared-store"),
    Plant("CKV_GCP_3", _FIREWALL, _open_to_all("3389"), blueprint="shared-store"),
    Plant("CKV_GCP_75", _FIREWALL, _open_to_all("21"), blueprint="shared-store"),
    Plant("CKV_GCP_77", _FIREWALL, _open_to_all("20"), blueprint="shared-store"),
    Plant("CKV_GCP_88", _FIREWALL, _open_to_all("3306"), blueprint="shared-store"),
    Plant("CKV_GCP_106", _FIREWALL, _open_to_all("80"), blueprint="shared-store"),
    Plant(
        "CKV2_GCP_12",
        _FIREWALL,
        {"sourceRanges": [_ANYWHERE], "allows": [{"protocol": "all"}]},
        blueprint="shared-store",
    ),
    Plant("CKV2_GCP_19", _CLUSTER, {"enableKubernetesAlpha": True}),
    Plant("CKV_GCP_1", _CLUSTER, {"loggingService": "none"}),
    Plant("CKV_GCP_8", _CLUSTER, {"monitoringService": "none"}),
    Plant("CKV_GCP_7", _CLUSTER, {"enableLegacyAbac": True}),
    Plant("CKV_GCP_18", _CLUSTER, {"masterAuthorizedNetworksConfig.cidrBlocks": [{"cidrBlock": _ANYWHERE}]}),
    Plant("CKV_GCP_20", _CLUSTER, {"masterAuthorizedNetworksConfig": GONE}),
    Plant("CKV_GCP_21", _CLUSTER, {"resourceLabels": GONE}),
    Plant("CKV_GCP_23", _CLUSTER, {"ipAllocationPolicy": GONE}),
    Plant("CKV_GCP_25", _CLUSTER, {"privateClusterConfig": GONE}, also=_also("CKV_GCP_64")),
    Plant("CKV_GCP_64", _CLUSTER, {"privateClusterConfig": GONE}, also=_also("CKV_GCP_25")),
    Plant("CKV_GCP_70", _CLUSTER, {"releaseChannel": GONE}),
    Plant("CKV_GCP_71", _CLUSTER, {"enableShieldedNodes": False}),
    Plant("CKV_GCP_68", _CLUSTER, {"nodeConfig.shieldedInstanceConfig.enableSecureBoot": False}),
    Plant("CKV_GCP_68", _POOL, {"nodeConfig.shieldedInstanceConfig.enableSecureBoot": False}, name="accelerator-pool"),
    Plant("CKV_GCP_72", _CLUSTER, {"nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring": False}),
    Plant(
        "CKV_GCP_72", _POOL, {"nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring": False}, name="system-pool"
    ),
    Plant("CKV_GCP_123", _CLUSTER, {"removeDefaultNodePool": False, "nodePools": [{"name": "inline"}]}),
    Plant("CKV_GCP_9", _POOL, {"management.autoRepair": False}, name="accelerator-pool"),
    Plant("CKV_GCP_10", _POOL, {"management.autoUpgrade": False}, name="accelerator-pool"),
    Plant("CKV_GCP_69", _CLUSTER, {"nodeConfig.workloadMetadataConfig.mode": "GCE_METADATA"}),
    Plant("CKV_GCP_13", _CLUSTER, {"masterAuth.clientCertificateConfig.issueClientCertificate": True}),
    Plant("CKV_GCP_69", _POOL, {"nodeConfig.workloadMetadataConfig.mode": "GCE_METADATA"}, name="accelerator-pool"),
    Plant("CKV_GCP_26", _SUBNETWORK, {"logConfig": GONE}, name="-subnetwork"),
    Plant("CKV_GCP_74", _SUBNETWORK, {"privateIpGoogleAccess": False}, name="-subnetwork"),
    Plant("CKV_GCP_29", _GCS, {"uniformBucketLevelAccess": False}),
    Plant("CKV_GCP_114", _GCS, {"publicAccessPrevention": "inherited"}),
    Plant("CKV_GCP_28", "gcp:storage/bucketIAMMember:BucketIAMMember", {"member": "allUsers"}),
    Plant("CKV_GCP_84", _IMAGES, {"kmsKeyName": GONE}, blueprint="own-keys"),
    Plant("CKV_GCP_101", _PULLING, {"member": "allUsers"}, name="nodes-role", blueprint="own-keys"),
    Plant("CKV_GCP_41", _GRANT, {"role": "roles/iam.serviceAccountUser"}, also=_also("CKV_GCP_49")),
    Plant("CKV_GCP_42", _GRANT, {"role": "roles/container.admin"}),
    Plant("CKV_GCP_46", _GRANT, {"member": "serviceAccount:1-compute@developer.gserviceaccount.com"}),
    Plant("CKV_GCP_49", _GRANT, {"role": "roles/iam.workloadIdentityUser"}),
    Plant("CKV_GCP_117", _GRANT, {"role": "roles/viewer"}),
]

AZURE = [
    Plant("CKV_AZURE_137", _ACR, {"adminUserEnabled": True}, blueprint="own-keys"),
    Plant("CKV_AZURE_138", _ACR, {"anonymousPullEnabled": True}, blueprint="own-keys"),
    Plant("CKV_AZURE_163", _ACR, {"sku.name": "Basic"}, blueprint="own-keys"),
    Plant("CKV_AZURE_35", _ACCOUNT, {"networkRuleSet.defaultAction": "Allow"}, name="audit"),
    Plant("CKV_AZURE_36", _ACCOUNT, {"networkRuleSet.bypass": "None"}, name="audit"),
    Plant(
        "CKV_AZURE_59", _ACCOUNT, {"publicNetworkAccess": "Enabled"}, name="checkpoints-account", blueprint="private"
    ),
    Plant("CKV_AZURE_5", _AKS, {"enableRBAC": False}),
    Plant("CKV_AZURE_6", _AKS, {"apiServerAccessProfile.authorizedIPRanges": GONE}),
    Plant("CKV_AZURE_7", _AKS, {"networkProfile.networkPolicy": GONE}),
    Plant("CKV_AZURE_141", _AKS, {"disableLocalAccounts": False}),
    Plant("CKV_AZURE_169", _AKS, {"agentPoolProfiles.0.type": "AvailabilitySet"}),
    Plant("CKV_AZURE_171", _AKS, {"autoUpgradeProfile": GONE}),
    Plant("CKV_AZURE_3", _ACCOUNT, {"enableHttpsTrafficOnly": False}, name="checkpoints-account"),
    Plant("CKV_AZURE_44", _ACCOUNT, {"minimumTlsVersion": "TLS1_0"}, name="checkpoints-account"),
    Plant("CKV_AZURE_43", _ACCOUNT, {"accountName": "not-a-name"}, name="checkpoints-account"),
    Plant("CKV_AZURE_34", "azure-native:storage:BlobContainer", {"publicAccess": "Blob"}),
    Plant("CKV_AZURE_182", _NETWORK, {"dhcpOptions": {"dnsServers": ["10.64.0.4"]}, **_ADDRESSES}),
    Plant("CKV_AZURE_183", _NETWORK, {"dhcpOptions": {"dnsServers": ["8.8.8.8", "8.8.4.4"]}, **_ADDRESSES}),
]

KUBERNETES = [
    Plant("CKV_K8S_8", _DEPLOYMENT, {f"{_MAIN}.livenessProbe": GONE}),
    Plant("CKV_K8S_9", _DEPLOYMENT, {f"{_MAIN}.readinessProbe": GONE}),
    Plant("CKV_K8S_10", _DEPLOYMENT, {f"{_MAIN}.resources.requests.cpu": GONE}),
    Plant("CKV_K8S_12", _DEPLOYMENT, {f"{_MAIN}.resources.requests.memory": GONE}),
    Plant(
        "CKV_K8S_14",
        _DEPLOYMENT,
        {f"{_MAIN}.image": "vllm/vllm-openai:latest", f"{_MAIN}.imagePullPolicy": "IfNotPresent"},
    ),
    Plant(
        "CKV_K8S_15",
        _DAEMONS,
        # A digest is as good as a pull to checkov.
        {f"{_MAIN}.image": "gcr.io/gke-release/nri-device-injector:v1"},
        name="device-injector",
        blueprint="pretrain-h100-16",
        also=_also("CKV_K8S_43"),
        on=CloudName.GCP,
    ),
    Plant(
        "CKV_K8S_43",
        _DAEMONS,
        {f"{_MAIN}.image": "gcr.io/gke-release/nri-device-injector:v1", f"{_MAIN}.imagePullPolicy": "Always"},
        name="device-injector",
        blueprint="pretrain-h100-16",
        on=CloudName.GCP,
    ),
    Plant("CKV_K8S_16", _DEPLOYMENT, {f"{_MAIN}.securityContext.privileged": True}),
    Plant(
        "CKV_K8S_16", _JOB_SET, {f"{_OF_SET}.{_MAIN}.securityContext.privileged": True}, blueprint="pretrain-h100-16"
    ),
    Plant("CKV_K8S_17", _DEPLOYMENT, {f"{_POD}.hostPID": True}),
    Plant("CKV_K8S_18", _DEPLOYMENT, {f"{_POD}.hostIPC": True}),
    Plant("CKV_K8S_19", _DEPLOYMENT, {f"{_POD}.hostNetwork": True}),
    Plant("CKV_K8S_20", _DEPLOYMENT, {f"{_MAIN}.securityContext.allowPrivilegeEscalation": True}),
    Plant("CKV_K8S_21", _DEPLOYMENT, {"metadata.namespace": "default"}),
    Plant("CKV_K8S_25", _DEPLOYMENT, {f"{_MAIN}.securityContext.capabilities.add": ["IPC_LOCK"]}),
    Plant("CKV_K8S_26", _DEPLOYMENT, {f"{_MAIN}.ports": [{"containerPort": 8000, "hostPort": 8000}]}),
    Plant(
        "CKV_K8S_27", _DEPLOYMENT, {f"{_POD}.volumes.0": {"name": "shm", "hostPath": {"path": "/var/run/docker.sock"}}}
    ),
    Plant("CKV_K8S_28", _DEPLOYMENT, {f"{_MAIN}.securityContext.capabilities.drop": GONE}),
    Plant(
        "CKV_K8S_29",
        _DEPLOYMENT,
        {f"{_POD}.securityContext": GONE, f"{_MAIN}.securityContext": GONE},
        also=_also("CKV_K8S_20", "CKV_K8S_28", "CKV_K8S_30", "CKV_K8S_31"),
    ),
    Plant("CKV_K8S_30", _DEPLOYMENT, {f"{_MAIN}.securityContext": GONE}, also=_also("CKV_K8S_20", "CKV_K8S_28")),
    Plant("CKV_K8S_31", _DEPLOYMENT, {f"{_POD}.securityContext.seccompProfile": GONE}),
    Plant("CKV_K8S_33", _DEPLOYMENT, {f"{_MAIN}.image": "kubernetesui/dashboard:v2.7.0"}),
    Plant("CKV_K8S_34", _DEPLOYMENT, {f"{_MAIN}.image": "ghcr.io/helm/tiller:v2.17.0"}, also=_also("CKV_K8S_45")),
    Plant(
        "CKV_K8S_35",
        _DEPLOYMENT,
        {f"{_MAIN}.env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}}]},
    ),
    Plant(
        "CKV_K8S_39",
        _DEPLOYMENT,
        {f"{_MAIN}.securityContext.capabilities.add": ["SYS_ADMIN"]},
        also=_also("CKV_K8S_25"),
    ),
    Plant(
        "CKV_K8S_41",
        "kubernetes:core/v1:ServiceAccount",
        {"metadata.name": "default", "automountServiceAccountToken": True},
    ),
    Plant("CKV_K8S_38", _DEPLOYMENT, {f"{_POD}.automountServiceAccountToken": True}),
    Plant("CKV2_K8S_6", "kubernetes:networking.k8s.io/v1:NetworkPolicy", gone=True),
    Plant("CKV_K8S_159", _DEPLOYMENT, {f"{_MAIN}.env": [{"name": "GITSYNC_GIT", "value": "git"}]}),
]

CLAIMS = [*AWS, *GCP, *AZURE, *KUBERNETES]

#: What would satisfy a check that fails: proof that it looks where the cluster says something, and what to change.
CURES = [
    Plant("CKV_AWS_26", "aws:sns/topic:Topic", {"kmsMasterKeyId": "alias/own"}, blueprint="watched"),
    Plant("CKV_AWS_190", "aws:fsx/lustreFileSystem:LustreFileSystem", {"kmsKeyId": "own"}, blueprint="shared-store"),
    Plant("CKV_GCP_12", _CLUSTER, {"networkPolicy": {"enabled": False}}),
    Plant("CKV_GCP_61", _CLUSTER, {"enableIntranodeVisibility": True}),
    Plant("CKV_GCP_66", _CLUSTER, {"binaryAuthorization": {"evaluationMode": "PROJECT_SINGLETON_POLICY_ENFORCE"}}),
    Plant("CKV_AZURE_4", _AKS, {"addonProfiles": {"omsagent": {"enabled": True}}}),
    Plant("CKV_AZURE_227", _AKS, {"agentPoolProfiles.0.enableEncryptionAtHost": True}),
    Plant("CKV_AZURE_168", "azure-native:containerservice:AgentPool", {"maxPods": 110}),
]
