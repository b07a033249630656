"""What lets pods of a cluster elsewhere read a bucket on AWS, without a key, for as long as this stands."""

import pulumi
import pulumi_aws as aws

from wayfare.components.aws import adoption, keys
from wayfare.components.aws.trust_plan import AUDIENCE, FederationPlan, TrustPlan, assumed_by, read_alone
from wayfare.components.trusting import TOKEN, Trusted


class Trust(pulumi.ComponentResource):
    """An identity provider for the cluster's issuer and a role, or a right of the role that its pods have on AWS.

    A role's session lasts an hour. The SDK asks for the next one with the token that the kubelet has renewed meanwhile,
    so that a copy may take as long as it takes.
    """

    def __init__(self, name: str, plan: TrustPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        named = pulumi.ResourceOptions(transformations=[adoption.named])
        super().__init__("wayfare:aws:Trust", name, None, pulumi.ResourceOptions.merge(opts, named))
        child = pulumi.ResourceOptions(parent=self)
        key = keys.found(plan.key, child)
        made = None if plan.federation is None else self._role(name, plan.federation, child)
        aws.iam.RolePolicy(
            f"{name}-policy",
            name=plan.policy,
            role=plan.role if made is None else made.name,
            policy=pulumi.Output.from_input(key).apply(lambda arn: read_alone(plan.bucket, arn, plan.region)),
            opts=child,
        )
        self.trusted = Trusted() if made is None else _told(made.arn, plan)
        self.register_outputs({"role": plan.role})

    @staticmethod
    def _role(name: str, plan: FederationPlan, child: pulumi.ResourceOptions) -> aws.iam.Role:
        # IAM finds the fingerprint of the issuer's certificate by itself (IAM API reference,
        # CreateOpenIDConnectProvider.ThumbprintList).
        provider = aws.iam.OpenIdConnectProvider(
            f"{name}-issuer", url=plan.issuer, client_id_lists=[AUDIENCE], tags=plan.tags, opts=child
        )
        return aws.iam.Role(
            f"{name}-role",
            name=plan.role,
            path=plan.roles_path,
            assume_role_policy=provider.arn.apply(lambda arn: assumed_by(arn, plan)),
            tags=plan.tags,
            opts=child,
        )


def _told(role: pulumi.Output[str], plan: TrustPlan) -> Trusted:
    """AWS SDKs and Tools Reference Guide, "Assume role credential provider": the variables of a web identity."""
    environment: dict[str, pulumi.Input[str]] = {
        "AWS_ROLE_ARN": role,
        "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN,
        "AWS_ROLE_SESSION_NAME": plan.policy,
        "AWS_REGION": plan.region,
    }
    return Trusted(environment=environment, audience=AUDIENCE)
