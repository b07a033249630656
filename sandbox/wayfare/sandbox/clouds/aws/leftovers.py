"""What controllers leave behind in AWS when an EKS cluster is deleted before the objects that they work for.

Amazon EKS user guide, "Delete a cluster": services with a load balancer go first; "otherwise, you can have orphaned
resources in your VPC that prevent you from being able to delete the VPC". A volume lives until its claim is deleted.
"""

from collections.abc import Iterator, Sequence

from wayfare.sandbox.behaviour import Left, Row
from wayfare.sandbox.clouds.aws.common import ACCOUNT, arn, mapping
from wayfare.sandbox.clouds.aws.security_groups import GROUP
from wayfare.sandbox.clouds.kubernetes_controlled import Controlled, balanced, claimed

BALANCER, VOLUME = "aws:elb/loadBalancer:LoadBalancer", "aws:ebs/volume:Volume"


def leaves(cluster: Row, objects: Sequence[Row]) -> Sequence[Left]:
    """Load balancers with their security groups, and volumes."""
    owned = {f"kubernetes.io/cluster/{cluster.outputs['name']}": "owned"}
    return [
        *(left for service in balanced(objects) for left in _balancer(cluster, service, owned)),
        *(_volume(cluster, claim, owned) for claim in claimed(objects)),
    ]


def _balancer(cluster: Row, service: Controlled, owned: dict[str, str]) -> Iterator[Left]:
    network, name = mapping(cluster.outputs.get("vpcConfig")), service.balancer
    tags = {**owned, "kubernetes.io/service-name": f"{service.namespace}/{service.name}"}
    group = f"sg-{name[1:18]}"
    of = {"vpcId": network.get("vpcId"), "name": f"k8s-elb-{name}", "description": "Security group for Kubernetes ELB"}
    yield Left(GROUP, group, {**of, "arn": arn("ec2", cluster.region, f"security-group/{group}")}, tags)
    where = {"subnets": network.get("subnetIds", []), "securityGroups": [group]}
    address = f"arn:aws:elasticloadbalancing:{cluster.region}:{ACCOUNT}:loadbalancer/{name}"
    yield Left(BALANCER, name, {"arn": address, "name": name, **where}, tags)


def _volume(cluster: Row, claim: Controlled, owned: dict[str, str]) -> Left:
    created = {
        "kubernetes.io/created-for/pvc/name": claim.name,
        "kubernetes.io/created-for/pvc/namespace": claim.namespace,
    }
    id = f"vol-{claim.balancer[1:18]}"
    return Left(VOLUME, id, {"arn": arn("ec2", cluster.region, f"volume/{id}")}, {**owned, **created})
