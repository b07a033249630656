"""The bucket for checkpoints or weights, in the cluster's own region."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.plan import BucketPlan


class Bucket(pulumi.ComponentResource):
    """A private, encrypted S3 bucket that answers to TLS alone.

    A durable bucket is not emptied by anyone but its owner: S3 refuses to delete it while it holds data. It depends on
    nothing else, so that it can stay when the rest of the cluster goes. `endpoints` is the name of the component that
    has the policy of a bucket which answers in the network alone.
    """

    def __init__(
        self,
        name: str,
        plan: BucketPlan,
        key: pulumi.Output[str] | None,
        endpoints: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:Bucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=pulumi.Output.concat(plan.prefix, "-", account, "-", plan.region),
            force_destroy=plan.force_destroy,
            tags=plan.tags,
            opts=child,
        )
        private = aws.s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[encryption(key)],
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.bucket,
            # `Disabled` is for buckets that were never versioned; one that was can be `Suspended` only.
            versioning_configuration={"status": "Enabled" if plan.versioned else "Suspended"},
            opts=child,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=_lifecycle(plan),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        self.policy_name = f"{name}-policy"
        if not plan.inside_only:
            aws.s3.BucketPolicy(
                self.policy_name,
                bucket=bucket.bucket,
                policy=bucket.arn.apply(tls_only),
                # S3 refuses two changes of a bucket's access at once. A bucket has one policy: with private endpoints
                # the same one is made there.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[private], aliases=[_policy_of(endpoints, opts)]),
            )
        self.arn, self.name = bucket.arn, bucket.bucket
        self.private = private
        self.url = pulumi.Output.concat("s3://", bucket.bucket)
        self.register_outputs({"url": self.url})


def _policy_of(endpoints: str, opts: pulumi.ResourceOptions | None) -> pulumi.Output[str]:
    """URN of the policy that `Endpoints` makes for the bucket."""
    parent = None if opts is None else opts.parent
    component = pulumi.create_urn(endpoints, "wayfare:aws:Endpoints", parent=parent)
    return pulumi.create_urn(f"{endpoints}-bucket", "aws:s3/bucketPolicy:BucketPolicy", parent=component)


def _lifecycle(plan: BucketPlan) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
    """Days are whole. Versions that were overwritten or deleted, and torn uploads, are removed in any case."""
    rules = [tidy(plan.noncurrent_days, plan.noncurrent_days)]
    if plan.expire_days is not None:
        rules.append(
            aws.s3.BucketLifecycleConfigurationRuleArgs(
                id="expire",
                status="Enabled",
                filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=plan.expire_days),
            )
        )
    return rules


def tidy(noncurrent_days: int, upload_days: int) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    """A rule that removes old versions and torn uploads, after whole days."""
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="tidy",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=noncurrent_days
        ),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=upload_days
        ),
    )


def encryption(key: pulumi.Output[str] | None) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgs:
    """With S3's keys, or with the account's own by a bucket key, which spares most calls of KMS."""
    default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="AES256" if key is None else "aws:kms", kms_master_key_id=key
    )
    return aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=default, bucket_key_enabled=None if key is None else True
    )


def tls_only(arn: str) -> str:
    """A policy that refuses whatever does not come over TLS."""
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def read_and_write(arn: str, key: str | None, region: str) -> str:
    """A policy that lets whoever has it list a bucket, and read, write and delete what is in it.

    The actions are those of Mountpoint's guide, too (Mountpoint for Amazon S3, "IAM permissions").
    """
    objects = [
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
    ]
    listing = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"]
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": listing, "Resource": arn},
        {"Effect": "Allow", "Action": objects, "Resource": f"{arn}/*"},
    ]
    if key is not None:
        # Through S3 alone (S3 User Guide, "Using server-side encryption with AWS KMS keys").
        through = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
        use = ["kms:Decrypt", "kms:GenerateDataKey"]
        statements.append({"Effect": "Allow", "Action": use, "Resource": key, "Condition": through})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
