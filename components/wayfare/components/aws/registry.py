"""The registry for the cluster's own images."""

import json

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.network import Network
from wayfare.components.aws.plan_platform import RegistryPlan

_PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
_PUSH = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]


class Registry(pulumi.ComponentResource):
    """A private repository of ECR, whose tags are immutable and whose images are scanned when they are pushed.

    It goes with the cluster, images and all: they are built from somewhere, and can be pushed again.
    """

    def __init__(
        self,
        name: str,
        plan: RegistryPlan,
        network: Network,
        key: pulumi.Output[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:Registry", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        repository = aws.ecr.Repository(
            f"{name}-repository",
            name=plan.name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "AES256" if key is None else "KMS", "kms_key": key}],
            force_delete=True,
            tags=plan.tags,
            opts=child,
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-lifecycle", repository=repository.name, policy=_lifecycle(plan.untagged_days), opts=child
        )
        if plan.inside_only:
            aws.ecr.RepositoryPolicy(
                f"{name}-policy", repository=repository.name, policy=network.vpc.apply(_inside_only), opts=child
            )
        self.arn = repository.arn
        self.url = repository.repository_url
        self.register_outputs({"url": self.url})


def pull(arn: str) -> str:
    """A policy that pulls from one repository. Signing in is a right on the whole registry (ECR User Guide, "Amazon
    ECR identity-based policies")."""
    statements = [
        {"Effect": "Allow", "Action": _PULL, "Resource": arn},
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _lifecycle(days: int) -> str:
    selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


def _inside_only(vpc: str) -> str:
    """Images move inside of the network alone; whoever has the rights still sees and deletes the repository."""
    statement = {
        "Sid": "ImagesInsideOfTheNetworkAlone",
        "Effect": "Deny",
        "Principal": "*",
        "Action": [*_PULL, *_PUSH],
        "Condition": {
            "StringNotEquals": {"aws:SourceVpc": vpc},
            # ECR's own scanner and replication.
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
