"""What an account has once, for all of its clusters: keys that AWS rotates, and a bucket for Pulumi's state. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wayfare.components.aws.plan_platform import KEY_ALIAS

#: Days between rotations: a year, KMS's default (KMS API reference, EnableKeyRotation: 90 to 2,560).
ROTATION_DAYS = 365

#: Days until a key that somebody deletes is gone, the most that KMS allows (ScheduleKeyDeletion: 7 to 30).
DELETION_DAYS = 30

#: Days that overwritten and deleted state is kept.
STATE_DAYS = 365

_USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]


@dataclass(frozen=True)
class KeyPlan:
    """A key in one region: what is encrypted with it is in that region too."""

    region: str
    alias: str
    rotation_days: int
    deletion_days: int


@dataclass(frozen=True)
class StateBucketPlan:
    """A bucket for Pulumi's state. The account's id and the region complete its name."""

    prefix: str
    region: str
    noncurrent_days: int


@dataclass(frozen=True)
class BootstrapPlan:
    """What an account has once."""

    keys: tuple[KeyPlan, ...]
    state: StateBucketPlan
    tags: Mapping[str, str]


def bootstrap_plan(regions: Sequence[str]) -> BootstrapPlan:
    """Keys in all of the regions; the state is in the first. Raises ValueError where there is no region."""
    if not regions:
        raise ValueError("no region is given: name at least one, such as --region us-east-1")
    return BootstrapPlan(
        keys=tuple(KeyPlan(region, KEY_ALIAS, ROTATION_DAYS, DELETION_DAYS) for region in dict.fromkeys(regions)),
        state=StateBucketPlan(prefix="wayfare-state", region=regions[0], noncurrent_days=STATE_DAYS),
        tags={"wayfare-bootstrap": "account"},
    )


def key_policy(account: str, region: str) -> str:
    """Who may use a key: principals of the account as their own policies allow, and the services that act for them.

    What EKS, ECR, FSx and Prometheus encrypt needs no statement of its own: they take grants from whoever makes the
    cluster, whose right to give them comes from the first statement. Roles of services are named by a condition, for
    KMS refuses a principal that the account does not have yet.
    """
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AccountsOwnPolicies",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                },
                # EC2 Auto Scaling User Guide, "Required AWS KMS key policy for use with encrypted volumes".
                _of_role("NodeDisks", account, "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", _USE),
                _of_role(
                    "NodeDisksGrants",
                    account,
                    "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
                    ["kms:CreateGrant"],
                    {"Bool": {"kms:GrantIsForAWSResource": "true"}},
                ),
                # FSx for Lustre User Guide, "Working with server-side encrypted Amazon S3 buckets".
                _of_role(
                    "LustreOfBuckets",
                    account,
                    "s3.data-source.lustre.fsx.amazonaws.com/AWSServiceRoleForFSxS3Access_fs-*",
                    _USE,
                    {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}},
                ),
                # CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
                {
                    "Sid": "Logs",
                    "Effect": "Allow",
                    "Principal": {"Service": f"logs.{region}.amazonaws.com"},
                    "Action": _USE,
                    "Resource": "*",
                    "Condition": {
                        "ArnLike": {
                            "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account}:log-group:*"
                        }
                    },
                },
                # Managed Service for Prometheus User Guide, "Giving Amazon Managed Service for Prometheus permission to
                # send alert messages to your Amazon SNS topic", on encrypted topics.
                {
                    "Sid": "Alerts",
                    "Effect": "Allow",
                    "Principal": {"Service": "aps.amazonaws.com"},
                    "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
                    "Resource": "*",
                    "Condition": {"StringEquals": {"aws:SourceAccount": account}},
                },
            ],
        }
    )


def _of_role(
    sid: str, account: str, role: str, actions: Sequence[str], further: Mapping[str, Mapping[str, str]] | None = None
) -> Mapping[str, Any]:
    """A statement for a service-linked role of the account; KMS reads `*` as anybody who fulfils the conditions."""
    conditions: dict[str, dict[str, str]] = {
        "StringEquals": {"kms:CallerAccount": account},
        "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/aws-service-role/{role}"},
    }
    for operator, values in (further or {}).items():
        conditions[operator] = {**conditions.get(operator, {}), **values}
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": list(actions),
        "Resource": "*",
        "Condition": conditions,
    }
