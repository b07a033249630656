"""What an account has once, for all of its clusters."""

from typing import Any

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.bootstrap_plan import BootstrapPlan, KeyPlan, StateBucketPlan, key_policy
from wayfare.components.aws.bucket import encryption, tidy, tls_only


class Bootstrap(pulumi.ComponentResource):
    """A key in each region, and a bucket for Pulumi's state.

    All of it outlives clusters and this program: it is protected, and stays in the account when it is taken out of it.
    """

    def __init__(self, name: str, plan: BootstrapPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wayfare:aws:Bootstrap", name, None, opts)
        self._kept = pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True)
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        keys = {key.region: self._key(name, key, account, plan) for key in plan.keys}
        state = self._state(f"{name}-state", plan.state, account, keys[plan.state.region], plan)
        self.outputs: dict[str, Any] = {
            "account": account,
            "keys": keys,
            "state": pulumi.Output.concat("s3://", state),
        }
        self.register_outputs(self.outputs)

    def _key(self, name: str, key: KeyPlan, account: pulumi.Output[str], plan: BootstrapPlan) -> pulumi.Output[str]:
        made = aws.kms.Key(
            f"{name}-key-{key.region}",
            region=key.region,
            description="Clusters of Wayfare",
            enable_key_rotation=True,
            rotation_period_in_days=key.rotation_days,
            deletion_window_in_days=key.deletion_days,
            policy=account.apply(lambda number: key_policy(number, key.region)),
            tags=plan.tags,
            opts=self._kept,
        )
        aws.kms.Alias(
            f"{name}-alias-{key.region}",
            region=key.region,
            name=key.alias,
            target_key_id=made.key_id,
            opts=self._kept,
        )
        return made.arn

    def _state(
        self,
        name: str,
        state: StateBucketPlan,
        account: pulumi.Output[str],
        key: pulumi.Output[str],
        plan: BootstrapPlan,
    ) -> pulumi.Output[str]:
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            region=state.region,
            bucket=pulumi.Output.concat(state.prefix, "-", account, "-", state.region),
            tags=plan.tags,
            opts=self._kept,
        )
        private = aws.s3.BucketPublicAccessBlock(
            f"{name}-private",
            region=state.region,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._kept,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            region=state.region,
            bucket=bucket.bucket,
            rules=[encryption(key)],
            opts=self._kept,
        )
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            region=state.region,
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=self._kept,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            region=state.region,
            bucket=bucket.bucket,
            rules=[tidy(state.noncurrent_days, upload_days=7)],
            opts=pulumi.ResourceOptions.merge(self._kept, pulumi.ResourceOptions(depends_on=[versioning])),
        )
        aws.s3.BucketPolicy(
            f"{name}-policy",
            region=state.region,
            bucket=bucket.bucket,
            policy=bucket.arn.apply(tls_only),
            # S3 refuses two changes of a bucket's access at once.
            opts=pulumi.ResourceOptions.merge(self._kept, pulumi.ResourceOptions(depends_on=[private])),
        )
        return bucket.bucket
