"""Resources that fulfil every control, as the clouds' documentation asks for it, and a wrong value for each rule."""

import json
from collections.abc import Mapping
from typing import Any

from wayfare.components.controls.kubernetes import PODS
from wayfare.components.controls.model import Resource

Inputs = dict[str, Any]

KEY = "an own key"

_POD: Inputs = {
    "serviceAccountName": "workload",
    "automountServiceAccountToken": False,
    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [{"name": "main", "securityContext": {"allowPrivilegeEscalation": False}}],
    "initContainers": [{"name": "before", "securityContext": {"allowPrivilegeEscalation": False}}],
    "volumes": [{"name": "scratch", "emptyDir": {}}],
}

_TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
_READ = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/*"}
_FULL = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def policy(*statements: Inputs) -> str:
    """An IAM policy as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _put(value: Any, path: str) -> Any:
    """A value at a path of keys and `[*]`."""
    for part in reversed(path.replace("[*]", ".*").split(".")):
        value = [value] if part == "*" else {part: value}
    return value


def merged(one: Inputs, *others: Inputs) -> Inputs:
    """Inputs of which each has places that the others have not."""
    for other in others:
        one = {
            key: merged(one[key], other[key]) if key in one and key in other else {**one, **other}[key]
            for key in {**one, **other}
        }
    return one


_OBJECT = {"metadata": {"name": "workload", "namespace": "workload"}}
_RULES = {"rules": [{"verbs": ["get"], "resources": ["pods"], "apiGroups": [""]}]}
_RBAC = "kubernetes:rbac.authorization.k8s.io/v1:"

_SUBJECT = "system:serviceaccount:workload:workload"


def vouched(subject: str) -> Inputs:
    """A statement by which whoever has a token of an issuer gets a role."""
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/issuer.example"},
        "Condition": {"StringEquals": {"issuer.example:aud": "sts.amazonaws.com", "issuer.example:sub": subject}},
    }


#: Inputs of each type that fulfil all that is asked of it, whatever the blueprint wishes for.
RIGHT: Mapping[str, Inputs] = {
    **{kind: {**_OBJECT, **merged(*(_put(_POD, spec) for spec in specs))} for kind, specs in PODS.items()},
    "kubernetes:core/v1:Namespace": {
        "metadata": {"name": "workload", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}
    },
    "kubernetes:core/v1:Service": _OBJECT,
    "kubernetes:core/v1:ServiceAccount": {**_OBJECT, "automountServiceAccountToken": False},
    "kubernetes:core/v1:ConfigMap": _OBJECT,
    "kubernetes:core/v1:Secret": _OBJECT,
    "kubernetes:core/v1:PersistentVolumeClaim": _OBJECT,
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": {
        **_OBJECT,
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    },
    "kubernetes:core/v1:ResourceQuota": {
        **_OBJECT,
        "spec": {"hard": {"services.loadbalancers": "0", "services.nodeports": "0", "pods": "1024"}},
    },
    "kubernetes:resource.k8s.io/v1:ResourceClaimTemplate": _OBJECT,
    "kubernetes:helm.sh/v3:Release": {"namespace": "kube-system"},
    f"{_RBAC}Role": {**_OBJECT, **_RULES},
    f"{_RBAC}ClusterRole": _RULES,
    f"{_RBAC}RoleBinding": {**_OBJECT, "roleRef": {"name": "reader"}},
    f"{_RBAC}ClusterRoleBinding": {"roleRef": {"name": "reader"}},
    "aws:eks/cluster:Cluster": {
        "version": "1.36",
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "encryptionConfig": {"provider": {"keyArn": KEY}, "resources": ["secrets"]},
        "vpcConfig": {
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
            "publicAccessCidrs": ["8.8.0.0/16"],
        },
    },
    "aws:eks/nodeGroup:NodeGroup": {"launchTemplate": {"id": "lt-1"}},
    "aws:eks/addon:Addon": {"addonName": "vpc-cni", "configurationValues": '{"enableNetworkPolicy": "true"}'},
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": {"serviceAccount": "workload"},
    "aws:ec2/launchTemplate:LaunchTemplate": {
        "blockDeviceMappings": [{"ebs": {"encrypted": "true", "kmsKeyId": KEY}}],
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "networkInterfaces": [{"deviceIndex": 0}],
    },
    "aws:ec2/vpc:Vpc": {"cidrBlock": "10.0.0.0/16"},
    "aws:ec2/subnet:Subnet": {"cidrBlock": "10.0.0.0/20"},
    "aws:ec2/flowLog:FlowLog": {"vpcId": "vpc-1", "trafficType": "REJECT"},
    "aws:iam/role:Role": {
        "name": "nodes",
        "assumeRolePolicy": policy(
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}, vouched(_SUBJECT)
        ),
    },
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
        "role": "nodes",
        "policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    },
    "aws:iam/rolePolicy:RolePolicy": {"policy": policy(_READ)},
    "aws:iam/policy:Policy": {"policy": policy(_READ)},
    "aws:s3/bucket:Bucket": {"bucket": "b"},
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
        "bucket": "b",
        **dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True),
    },
    "aws:s3/bucketPolicy:BucketPolicy": {"bucket": "b", "policy": policy(_READ, _TLS_ONLY)},
    "aws:s3/bucketVersioning:BucketVersioning": {"bucket": "b", "versioningConfiguration": {"status": "Enabled"}},
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
        "bucket": "b",
        "rules": [
            {
                "status": "Enabled",
                "noncurrentVersionExpiration": {"noncurrentDays": 7},
                "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
            }
        ],
    },
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "bucket": "b",
        "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}}],
    },
    "aws:fsx/lustreFileSystem:LustreFileSystem": {"kmsKeyId": KEY},
    "aws:ecr/repository:Repository": {"imageScanningConfiguration": {"scanOnPush": True}},
    "azure-native:managedidentity:FederatedIdentityCredential": {
        "issuer": "https://issuer.example",
        "subject": _SUBJECT,
        "audiences": ["api://AzureADTokenExchange"],
    },
    "azure-native:containerservice:ManagedCluster": {
        "aadProfile": {"managed": True, "enableAzureRBAC": True},
        "agentPoolProfiles": [{"enableNodePublicIP": False}],
        "apiServerAccessProfile": {"enablePrivateCluster": True, "authorizedIPRanges": ["8.8.0.0/16"]},
        "autoUpgradeProfile": {"upgradeChannel": "patch", "nodeOSUpgradeChannel": "SecurityPatch"},
        "disableLocalAccounts": True,
        "diskEncryptionSetID": KEY,
        "enableRBAC": True,
        "networkProfile": {"networkPolicy": "cilium"},
        "oidcIssuerProfile": {"enabled": True},
        "securityProfile": {
            "azureKeyVaultKms": {"enabled": True, "keyId": KEY},
            "workloadIdentity": {"enabled": True},
        },
    },
    "azure-native:containerservice:AgentPool": {"enableNodePublicIP": False},
    "azure-native:authorization:RoleAssignment": {
        "roleDefinitionId": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/"
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "scope": "/subscriptions/s/resourceGroups/g",
    },
    "azure-native:monitor:DiagnosticSetting": {"logs": [{"category": "kube-audit-admin", "enabled": True}]},
    "azure-native:storage:StorageAccount": {
        "accountName": "b",
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": False,
        "enableHttpsTrafficOnly": True,
        "encryption": {"keySource": "Microsoft.Keyvault", "keyVaultProperties": {"keyName": KEY}},
        "minimumTlsVersion": "TLS1_2",
        "publicNetworkAccess": "Disabled",
    },
    "azure-native:storage:BlobContainer": {"publicAccess": "None"},
    "azure-native:storage:BlobServiceProperties": {
        "accountName": "b",
        "isVersioningEnabled": True,
        "deleteRetentionPolicy": {"enabled": True, "days": 7},
    },
    "azure-native:storage:ManagementPolicy": {
        "accountName": "b",
        "policy": {
            "rules": [{"definition": {"actions": {"version": {"delete": {"daysAfterCreationGreaterThan": 7}}}}}]
        },
    },
    "azure-native:storagecache:AmlFilesystem": {"encryptionSettings": {"keyEncryptionKey": {"keyUrl": KEY}}},
    "azure-native:containerregistry:Registry": {"adminUserEnabled": False},
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": {
        "attributeCondition": f'assertion.sub == "{_SUBJECT}"',
        "oidc": {"issuerUri": "https://issuer.example", "allowedAudiences": ["https://audience.example"]},
    },
    "gcp:container/cluster:Cluster": {
        "databaseEncryption": {"state": "ENCRYPTED", "keyName": KEY},
        "datapathProvider": "ADVANCED_DATAPATH",
        "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods"},
        "masterAuthorizedNetworksConfig": {
            "cidrBlocks": [{"cidrBlock": "8.8.0.0/16"}],
            "gcpPublicCidrsAccessEnabled": False,
        },
        "nodeConfig": {"serviceAccount": "nodes@p.iam.gserviceaccount.com"},
        "privateClusterConfig": {"enablePrivateNodes": True, "enablePrivateEndpoint": True},
        "releaseChannel": {"channel": "REGULAR"},
        "workloadIdentityConfig": {"workloadPool": "p.svc.id.goog"},
    },
    "gcp:container/nodePool:NodePool": {
        "management": {"autoRepair": True, "autoUpgrade": True},
        "networkConfig": {"enablePrivateNodes": True},
        "nodeConfig": {
            "bootDiskKmsKey": KEY,
            "serviceAccount": "nodes@p.iam.gserviceaccount.com",
            "shieldedInstanceConfig": {"enableSecureBoot": True, "enableIntegrityMonitoring": True},
            "workloadMetadataConfig": {"mode": "GKE_METADATA"},
        },
    },
    "gcp:projects/iAMMember:IAMMember": {
        "member": "serviceAccount:nodes@p.iam.gserviceaccount.com",
        "role": "roles/container.defaultNodeServiceAccount",
    },
    "gcp:compute/subnetwork:Subnetwork": {
        "secondaryIpRanges": [{"rangeName": "pods"}],
        "logConfig": {"aggregationInterval": "INTERVAL_10_MIN"},
    },
    "gcp:storage/bucket:Bucket": {
        "encryption": {"defaultKmsKeyName": KEY},
        "lifecycleRules": [{"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}}],
        "publicAccessPrevention": "enforced",
        "softDeletePolicy": {"retentionDurationSeconds": 604800},
        "uniformBucketLevelAccess": True,
    },
    "gcp:lustre/instance:Instance": {"kmsKey": KEY},
    "gcp:artifactregistry/repository:Repository": {"kmsKeyName": KEY},
}

#: What makes a control plane's endpoint a public one, of which more is asked.
PUBLIC: Mapping[str, tuple[str, bool]] = {
    "aws:eks/cluster:Cluster": ("vpcConfig.endpointPublicAccess", True),
    "azure-native:containerservice:ManagedCluster": ("apiServerAccessProfile.enablePrivateCluster", False),
    "gcp:container/cluster:Cluster": ("privateClusterConfig.enablePrivateEndpoint", False),
}

_OPEN = ["0.0.0.0/0"]
_OWNER = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"

#: A wrong value by the last keys of a property's path; `...` takes the property away. The longest ending counts.
WRONG: Mapping[str, Any] = {
    # Kubernetes
    "namespace": "default",
    "serviceAccountName": "default",
    "automountServiceAccountToken": ...,
    "privileged": True,
    "hostPID": True,
    "hostIPC": True,
    "hostNetwork": True,
    "allowPrivilegeEscalation": ...,
    "capabilities.add": ["IPC_LOCK", "SYS_ADMIN"],
    "hostPath.path": "/",
    "seccompProfile.type": "Unconfined",
    "verbs": ["*"],
    "resources": ["*"],
    "apiGroups": ["*"],
    "roleRef.name": "cluster-admin",
    # AWS
    "endpointPrivateAccess": False,
    "publicAccessCidrs": _OPEN,
    "endpointPublicAccess": True,
    "associatePublicIpAddress": "true",
    "mapPublicIpOnLaunch": True,
    "version": "1.27",
    "provider.keyArn": ...,
    "encryptionConfig.resources": [],
    "enabledClusterLogTypes": ["api"],
    "configurationValues": '{"env": {}}',
    "authenticationMode": "API_AND_CONFIG_MAP",
    "bootstrapClusterCreatorAdminPermissions": True,
    "launchTemplate": ...,
    "httpTokens": "optional",
    "httpPutResponseHopLimit": 2,
    "blockDeviceMappings": ...,
    "ebs.encrypted": "false",
    "kmsKeyId": ...,
    "policy": policy(_FULL),
    "blockPublicAcls": False,
    "blockPublicPolicy": ...,
    "ignorePublicAcls": False,
    "restrictPublicBuckets": ...,
    "versioningConfiguration.status": "Suspended",
    "rules": [],
    "sseAlgorithm": "AES256",
    "kmsMasterKeyId": ...,
    "scanOnPush": False,
    "assumeRolePolicy": policy(vouched("system:serviceaccount:workload:*")),
    # Azure
    "authorizedIPRanges": _OPEN,
    "enablePrivateCluster": False,
    "enableNodePublicIP": True,
    "azureKeyVaultKms.enabled": False,
    "azureKeyVaultKms.keyId": ...,
    "networkPolicy": "none",
    "oidcIssuerProfile.enabled": ...,
    "workloadIdentity.enabled": False,
    "aadProfile.managed": False,
    "enableAzureRBAC": ...,
    "enableRBAC": False,
    "disableLocalAccounts": ...,
    "upgradeChannel": "none",
    "nodeOSUpgradeChannel": "Unmanaged",
    "roleDefinitionId": _OWNER,
    "scope": "/subscriptions/s",
    "diskEncryptionSetID": ...,
    "allowBlobPublicAccess": ...,
    "allowSharedKeyAccess": True,
    "publicAccess": "Blob",
    "publicNetworkAccess": "Enabled",
    "enableHttpsTrafficOnly": False,
    "minimumTlsVersion": "TLS1_0",
    "keySource": "Microsoft.Storage",
    "keyVaultProperties.keyName": ...,
    "keyEncryptionKey": ...,
    "adminUserEnabled": True,
    "anonymousPullEnabled": True,
    "subject": "system:serviceaccount:workload:*",
    "audiences": ["https://kubernetes.default.svc"],
    # Google Cloud
    "cidrBlocks": [{"cidrBlock": "0.0.0.0/0"}],
    "gcpPublicCidrsAccessEnabled": ...,
    "allowExternalTraffic": True,
    "enablePrivateEndpoint": False,
    "enablePrivateNodes": False,
    "databaseEncryption.state": "DECRYPTED",
    "databaseEncryption.keyName": ...,
    "loggingService": "none",
    "enableComponents": ["WORKLOADS"],
    "datapathProvider": ...,
    "workloadPool": ...,
    "workloadMetadataConfig.mode": "GCE_METADATA",
    "nodeConfig.serviceAccount": "1234-compute@developer.gserviceaccount.com",
    "role": "roles/editor",
    "releaseChannel.channel": "UNSPECIFIED",
    "autoRepair": False,
    "autoUpgrade": False,
    "enableShieldedNodes": False,
    "enableIntegrityMonitoring": False,
    "enableSecureBoot": False,
    "networkingMode": "ROUTES",
    "ipAllocationPolicy": ...,
    "logConfig": ...,
    "enableLegacyAbac": True,
    "issueClientCertificate": True,
    "bootDiskKmsKey": ...,
    "publicAccessPrevention": "inherited",
    "uniformBucketLevelAccess": False,
    "lifecycleRules": [],
    "defaultKmsKeyName": ...,
    "kmsKey": ...,
    "kmsKeyName": ...,
    "attributeCondition": 'assertion.sub.startsWith("system:serviceaccount:workload:")',
    "allowedAudiences": [],
}


def right(type: str) -> Resource:
    """A resource that fulfils all that is asked of its type."""
    return Resource(type, type.rpartition(":")[2].lower(), RIGHT[type])


def wrong(path: str) -> Any:
    """A value that a rule on this property must not take."""
    endings = [ending for ending in WRONG if path == ending or path.endswith(f".{ending}")]
    return WRONG[max(endings, key=len)]
