"""The bucket for checkpoints, in the cluster's own region."""

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.network import Network
from wayfare.components.gcp.plan import BucketPlan


class Bucket(pulumi.ComponentResource):
    """A private bucket. Project ids are unique in the world, so its name begins with the project's.

    Google refuses to delete a bucket that holds objects; only a scratch bucket is emptied first.
    """

    def __init__(
        self,
        name: str,
        plan: BucketPlan,
        network: Network,
        project: pulumi.Input[str],
        key: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
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
                    action=gcp.storage.BucketLifecycleRuleActionArgs(type=action),
                    condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=days),
                )
                # Parts of an upload that was torn off are paid for until somebody ends it.
                for action, days in (("Delete", plan.expire_after_days), ("AbortIncompleteMultipartUpload", 7))
                if days is not None
            ],
            encryption=None if key is None else gcp.storage.BucketEncryptionArgs(default_kms_key_name=key),
            ip_filter=self._filter(plan.reached_from, network),
            deletion_policy="PREVENT" if plan.protected else None,
            labels=dict(plan.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = self.bucket.url
        self.register_outputs({"url": self.url})

    @staticmethod
    def _filter(reached_from: Sequence[str] | None, network: Network) -> gcp.storage.BucketIpFilterArgs | None:
        """Who gets to the bucket besides having the right to. Once there is a filter, Google does not take it away."""
        if reached_from is None:
            return None
        return gcp.storage.BucketIpFilterArgs(
            mode="Enabled",
            # Google's own services in the project, such as a file system that imports from here.
            allow_all_service_agent_access=True,
            vpc_network_sources=[
                gcp.storage.BucketIpFilterVpcNetworkSourceArgs(
                    network=network.network_id, allowed_ip_cidr_ranges=list(reached_from)
                )
            ],
        )
