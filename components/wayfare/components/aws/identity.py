"""What the workload may do: read and write its own bucket, pull from its registry, and read the secrets named."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.bucket import Bucket, read_and_write
from wayfare.components.aws.control_plane import ControlPlane, trust
from wayfare.components.aws.plan import IdentityPlan
from wayfare.components.aws.registry import Registry, pull


class Identity(pulumi.ComponentResource):
    """A role that the workload's service account gets by EKS Pod Identity, without a key or an annotation."""

    def __init__(
        self,
        name: str,
        plan: IdentityPlan,
        control_plane: ControlPlane,
        bucket: Bucket,
        registries: Sequence[Registry],
        key: pulumi.Output[str] | None,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:Identity", name, None, opts)
        role = aws.iam.Role(
            f"{name}-role",
            name=plan.role,
            path=plan.roles_path,
            assume_role_policy=trust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"),
            tags=plan.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            name="bucket",
            role=role.name,
            policy=pulumi.Output.all(bucket.arn, key).apply(
                lambda known: read_and_write(known[0], known[1], plan.region)
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        policies = [policy]
        if plan.secrets:
            policies.append(
                aws.iam.RolePolicy(
                    f"{name}-secrets",
                    name="secrets",
                    role=role.name,
                    policy=_secrets(plan.secrets),
                    opts=pulumi.ResourceOptions(parent=self),
                )
            )
        policies += [
            aws.iam.RolePolicy(
                f"{name}-registry",
                name="registry",
                role=role.name,
                policy=registry.arn.apply(pull),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for registry in registries
        ]
        self.association = aws.eks.PodIdentityAssociation(
            f"{name}-association",
            cluster_name=control_plane.name,
            namespace=plan.namespace,
            service_account=plan.service_account,
            role_arn=role.arn,
            tags=plan.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
        )
        self.role = role.arn
        self.register_outputs({"role": self.role})


def _secrets(arns: Sequence[str]) -> str:
    """Exactly these secrets. One that has a key of its own is decrypted through Secrets Manager alone, which names the
    secret in the encryption context (Secrets Manager User Guide, "Secret encryption and decryption")."""
    regions = sorted({arn.split(":")[3] for arn in arns})
    decrypt = {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:ViaService": [f"secretsmanager.{region}.amazonaws.com" for region in regions],
                "kms:EncryptionContext:SecretARN": list(arns),
            }
        },
    }
    read = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    statements = [{"Effect": "Allow", "Action": read, "Resource": list(arns)}, decrypt]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
