"""What the clouds would answer and compute, as far as a program reads it; references stay readable: `<Role x>.arn`."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

Properties = dict[str, Any]

_AKS_KUBECONFIG = {
    "clusters": [{"name": "aks", "cluster": {"server": "https://aks.example", "certificate-authority-data": "<ca>"}}],
    "users": [
        {
            "name": "clusterUser",
            "user": {
                "exec": {
                    "apiVersion": "client.authentication.k8s.io/v1beta1",
                    "command": "kubelogin",
                    "args": ["get-token", "--login", "devicecode", "--server-id", "<AKS>"],
                }
            },
        }
    ],
}

_HUB = "/subscriptions/00000000-0000-0000-0000-0000000000a1/resourceGroups/hub/providers/Microsoft.Network"

INVOKES: Mapping[str, Properties] = {
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": "111122223333",
        "arn": "arn:aws:sts::111122223333:assumed-role/engineer/someone",
        "id": "111122223333",
        "userId": "AROAEXAMPLE:someone",
    },
    "aws:iam/getSessionContext:getSessionContext": {"issuerArn": "arn:aws:iam::111122223333:role/engineer"},
    "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": ["us-east-1a", "us-east-1b", "us-east-1c"]},
    "aws:kms/getAlias:getAlias": {
        "arn": "arn:aws:kms:us-east-1:111122223333:alias/wayfare",
        "id": "arn:aws:kms:us-east-1:111122223333:alias/wayfare",
        "targetKeyArn": "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-0000000000e1",
        "targetKeyId": "00000000-0000-0000-0000-0000000000e1",
    },
    "gcp:organizations/getClientConfig:getClientConfig": {"project": "example-project"},
    "azure-native:authorization:getClientConfig": {
        "clientId": "00000000-0000-0000-0000-0000000000c1",
        "objectId": "00000000-0000-0000-0000-0000000000b1",
        "subscriptionId": "00000000-0000-0000-0000-0000000000a1",
        "tenantId": "00000000-0000-0000-0000-0000000000d1",
    },
    "azure-native:keyvault:getKey": {
        "keyUri": "https://vault.example/keys/wayfare",
        "keyUriWithVersion": "https://vault.example/keys/wayfare/00000000000000000000000000000001",
    },
    "azure-native:managedidentity:getUserAssignedIdentity": {"clientId": "00000000-0000-0000-0000-0000000000c2"},
    "azure-native:network:getSubnet": {"natGateway": {"id": f"{_HUB}/natGateways/hub"}},
    "azure-native:network:getNatGateway": {"publicIpAddresses": [{"id": f"{_HUB}/publicIPAddresses/hub"}]},
    "azure-native:network:getPublicIPAddress": {"ipAddress": "192.0.2.2"},
    "azure-native:containerservice:listManagedClusterUserCredentials": {
        "kubeconfigs": [
            {"name": "clusterUser", "value": base64.b64encode(json.dumps(_AKS_KUBECONFIG).encode()).decode()}
        ]
    },
}


def _named(*properties: str) -> Callable[[str, Properties], Properties]:
    return lambda made, _inputs: {key: f"{made}.{key}" for key in properties}


def _gke(id: str, inputs: Properties) -> Properties:
    return {
        **_named("selfLink")(id, inputs),
        "endpoint": "192.0.2.1",
        "privateClusterConfig": {"privateEndpoint": "10.0.0.2"},
        "masterAuth": {"clusterCaCertificate": f"{id}.ca"},
    }


def _eks(id: str, inputs: Properties) -> Properties:
    return {
        **_named("arn", "endpoint")(id, inputs),
        "certificateAuthority": {"data": f"{id}.ca"},
        "identities": [{"oidcs": [{"issuer": f"https://{id}.issuer"}]}],
        "vpcConfig": {"clusterSecurityGroupId": f"{id}.securityGroup"},
    }


def _node_group(id: str, _inputs: Properties) -> Properties:
    return {"resources": [{"autoscalingGroups": [{"name": f"{id}.autoscalingGroup"}]}]}


def _aks(id: str, inputs: Properties) -> Properties:
    return {
        "name": inputs["resourceName"],
        "fqdn": "aks.example",
        "oidcIssuerProfile": {"issuerURL": f"{id}.issuer"},
        "identityProfile": {"kubeletidentity": {"objectId": f"{id}.kubelet"}},
        # A list on its way in, a map on its way out.
        "identity": {"userAssignedIdentities": {}},
    }


def _account(_id: str, inputs: Properties) -> Properties:
    address = f"{inputs['accountId']}@example-project.iam.gserviceaccount.com"
    return {"email": address, "member": f"serviceAccount:{address}"}


def _called(key: str, *properties: str) -> Callable[[str, Properties], Properties]:
    """Azure gives the input that names a resource back as `name`."""
    return lambda made, inputs: {**_named(*properties)(made, inputs), "name": inputs[key]}


def _storage(id: str, inputs: Properties) -> Properties:
    del id
    return {
        "name": inputs["accountName"],
        "identity": {"userAssignedIdentities": {}},
        "primaryEndpoints": {"blob": f"https://{inputs['accountName']}.blob.core.windows.net/"},
    }


_AZURE = "azure-native"

OUTPUTS: Mapping[str, Callable[[str, Properties], Properties]] = {
    "aws:ec2/capacityReservation:CapacityReservation": _named("arn"),
    "aws:ec2/placementGroup:PlacementGroup": _named("arn"),
    "aws:ec2/launchTemplate:LaunchTemplate": lambda _id, _inputs: {"latestVersion": 1},
    "aws:ec2/eip:Eip": _named("allocationId"),
    "aws:eks/cluster:Cluster": _eks,
    "aws:eks/nodeGroup:NodeGroup": _node_group,
    "aws:fsx/lustreFileSystem:LustreFileSystem": _named("arn", "dnsName", "mountName"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _named("arn"),
    "aws:iam/role:Role": _named("arn"),
    "aws:s3/bucket:Bucket": _named("arn"),
    "gcp:container/cluster:Cluster": _gke,
    "gcp:compute/network:Network": _named("selfLink"),
    "gcp:compute/subnetwork:Subnetwork": _named("selfLink"),
    "gcp:compute/reservation:Reservation": _named("selfLink"),
    "gcp:serviceaccount/account:Account": _account,
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": _named("name"),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": _named("name"),
    "gcp:lustre/instance:Instance": lambda _id, _inputs: {"mountPoint": "10.0.0.3@tcp:/lustre"},
    "gcp:artifactregistry/repository:Repository": lambda _id, inputs: {"name": inputs["repositoryId"]},
    "gcp:storage/bucket:Bucket": lambda _id, inputs: {"projectNumber": 123456789012, "url": f"gs://{inputs['name']}"},
    f"{_AZURE}:compute:CapacityReservation": _called("capacityReservationName"),
    f"{_AZURE}:compute:CapacityReservationGroup": _called("capacityReservationGroupName"),
    f"{_AZURE}:containerservice:AgentPool": _called("agentPoolName"),
    f"{_AZURE}:containerservice:ManagedCluster": _aks,
    f"{_AZURE}:logic:Workflow": lambda made, inputs: {
        "identity": {**inputs["identity"], "principalId": f"{made}.principalId", "tenantId": "tenant"}
    },
    f"{_AZURE}:managedidentity:UserAssignedIdentity": _called("resourceName", "clientId", "principalId"),
    f"{_AZURE}:compute:DiskEncryptionSet": lambda _id, _inputs: {"identity": {"userAssignedIdentities": {}}},
    f"{_AZURE}:containerregistry:Registry": _called("registryName", "loginServer"),
    f"{_AZURE}:keyvault:Key": _called("keyName", "keyUri", "keyUriWithVersion"),
    f"{_AZURE}:keyvault:Vault": _called("vaultName"),
    f"{_AZURE}:network:PrivateEndpoint": _called("privateEndpointName"),
    f"{_AZURE}:privatedns:PrivateZone": _called("privateZoneName"),
    f"{_AZURE}:network:PublicIPAddress": lambda _id, _inputs: {"ipAddress": "192.0.2.1"},
    f"{_AZURE}:network:VirtualNetwork": _called("virtualNetworkName"),
    f"{_AZURE}:resources:ResourceGroup": _called("resourceGroupName"),
    f"{_AZURE}:storagecache:AmlFilesystem": lambda _id, inputs: {
        "name": inputs["amlFilesystemName"],
        "clientInfo": {
            "containerStorageInterface": {"persistentVolume": "", "persistentVolumeClaim": "", "storageClass": ""},
            "lustreVersion": "2.15",
            "mgsAddress": "10.0.0.4",
            "mountCommand": "mount",
        },
    },
    f"{_AZURE}:storage:BlobContainer": _called("containerName"),
    f"{_AZURE}:storage:StorageAccount": _storage,
}
