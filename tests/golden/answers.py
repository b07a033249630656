"""What the clouds would answer and compute, as far as a program reads it; references stay readable: `<name.arn>`."""

from collections.abc import Callable
from typing import Any

INVOKES: dict[str, dict[str, Any]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": "111122223333",
        "arn": "arn:aws:sts::111122223333:assumed-role/engineer/someone",
        "id": "111122223333",
        "userId": "AROAEXAMPLE:someone",
    },
    "aws:iam/getSessionContext:getSessionContext": {"issuerArn": "arn:aws:iam::111122223333:role/engineer"},
    "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": ["us-east-1a", "us-east-1b", "us-east-1c"]},
    "gcp:organizations/getProject:getProject": {"number": "123456789012", "projectId": "example-project"},
    "gcp:organizations/getClientConfig:getClientConfig": {"project": "example-project"},
    "azure-native:authorization:getClientConfig": {
        "clientId": "00000000-0000-0000-0000-0000000000c1",
        "objectId": "00000000-0000-0000-0000-0000000000b1",
        "subscriptionId": "00000000-0000-0000-0000-0000000000a1",
        "tenantId": "00000000-0000-0000-0000-0000000000d1",
    },
}


def _named(*properties: str) -> Callable[[str], dict[str, Any]]:
    return lambda name: {key: f"<{name}.{key}>" for key in properties}


def _eks(name: str) -> dict[str, Any]:
    return {
        **_named("arn", "endpoint")(name),
        "certificateAuthority": {"data": f"<{name}.ca>"},
        "vpcConfig": {"clusterSecurityGroupId": f"<{name}.security-group>"},
    }


def _gke(name: str) -> dict[str, Any]:
    return {
        **_named("selfLink")(name),
        "endpoint": "192.0.2.1",
        "masterAuth": {"clusterCaCertificate": f"<{name}.ca>"},
    }


OUTPUTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "aws:ec2/capacityReservation:CapacityReservation": _named("arn"),
    "aws:ec2/placementGroup:PlacementGroup": _named("arn"),
    "aws:ec2/launchTemplate:LaunchTemplate": lambda _: {"latestVersion": 1},
    "aws:ec2/eip:Eip": _named("allocationId"),
    "aws:eks/cluster:Cluster": _eks,
    "aws:iam/role:Role": _named("arn"),
    "aws:s3/bucket:Bucket": _named("arn"),
    "gcp:container/cluster:Cluster": _gke,
    "gcp:compute/network:Network": _named("selfLink"),
    "gcp:compute/subnetwork:Subnetwork": _named("selfLink"),
    "gcp:compute/reservation:Reservation": _named("selfLink"),
    "gcp:serviceaccount/account:Account": lambda name: {
        "email": f"{name}@example-project.iam.gserviceaccount.com",
        "member": f"serviceAccount:{name}@example-project.iam.gserviceaccount.com",
    },
}
