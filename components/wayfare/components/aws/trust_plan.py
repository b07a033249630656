"""How AWS lets a cluster's pods read a bucket: by the tokens of their issuer, or by the role that they have. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from wayfare.blueprints import CloudName
from wayfare.components.aws.plan import trusts_path
from wayfare.components.aws.plan_platform import KEY_ALIAS
from wayfare.components.contract import NotFeasible
from wayfare.components.trusting import CLOSED, TrustRequest

#: Whom a token must be for (IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM").
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True)
class FederationPlan:
    """An issuer that the account trusts, and the role that one of its service accounts gets."""

    issuer: str
    subject: str
    role: str
    roles_path: str
    tags: Mapping[str, str]

    @property
    def provider(self) -> str:
        """The issuer as conditions name it: without `https://`, and else as tokens say it."""
        return self.issuer.removeprefix("https://")


@dataclass(frozen=True)
class TrustPlan:
    """One bucket, and who reads it."""

    bucket: str
    region: str
    key: str | None
    """Alias of the account's own key; None where nothing must be decrypted by it."""
    federation: FederationPlan | None
    """None where the pods are on AWS: their role gets the right."""
    role: str
    """Name of the role that reads, made here or the pods' own."""
    policy: str
    """Name of what it may do, beside what else it may."""


def trust_plan(request: TrustRequest) -> TrustPlan:
    """What is made for a request. Raises `NotFeasible` where no right would let the pods in."""
    if request.inside_only:
        raise NotFeasible(CLOSED)
    own = request.reader is CloudName.AWS
    federation = FederationPlan(
        issuer=request.issuer,
        subject=request.subject,
        role=request.name,
        roles_path=trusts_path(request.cluster, request.region),
        tags=request.tags,
    )
    return TrustPlan(
        bucket=urlsplit(request.bucket).netloc,
        region=request.region,
        key=KEY_ALIAS if request.own_key else None,
        federation=None if own else federation,
        role=request.identity.rpartition("/")[2] if own else request.name,
        policy=request.name,
    )


def assumed_by(provider: str, plan: FederationPlan) -> str:
    """Who gets the role: one service account of one cluster, by a token that was issued for AWS.

    IAM User Guide, "Create a role for OpenID Connect federation": both conditions, by their exact values.
    """
    said = {f"{plan.provider}:aud": AUDIENCE, f"{plan.provider}:sub": plan.subject}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": said},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def read_alone(bucket: str, key: str | None, region: str) -> str:
    """A policy that lets whoever has it list a bucket and read what is in it. `key`: ARN of what decrypts it."""
    arn = f"arn:aws:s3:::{bucket}"
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": arn},
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": f"{arn}/*"},
    ]
    if key is not None:
        # Through S3 alone (S3 User Guide, "Using server-side encryption with AWS KMS keys").
        through = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
        statements.append({"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": key, "Condition": through})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
