"""The bucket for checkpoints, in the cluster's own region."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.plan import BucketPlan


class Bucket(pulumi.ComponentResource):
    """A private bucket. Project ids are unique in the world, so its name begins with the project's.

    Google refuses to delete a bucket that holds objects; only a scratch bucket is emptied first.
    """

    def __init__(
        self, name: str, plan: BucketPlan, project: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("wayfare:gcp:Bucket", name, None, opts)
        self.bucket = gcp.storage.Bucket(
            f"{name}-bucket",
            name=pulumi.Output.concat(project, "-", plan.suffix),
            project=project,
            location=plan.location,
            storage_class="STANDARD",
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            force_destroy=plan.force_destroy,
            soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(
                retention_duration_seconds=plan.soft_delete_seconds
            ),
            lifecycle_rules=[
                gcp.storage.BucketLifecycleRuleArgs(
                    action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"),
                    condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=days),
                )
                for days in [plan.expire_after_days]
                if days is not None
            ],
            labels=dict(plan.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = self.bucket.url
        self.register_outputs({"url": self.url})
