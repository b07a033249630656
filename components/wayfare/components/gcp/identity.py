"""What the workload acts as, and its right to the bucket."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.bucket import Bucket
from wayfare.components.gcp.control_plane import ControlPlane
from wayfare.components.gcp.plan import IdentityPlan


class Identity(pulumi.ComponentResource):
    """The cluster's pods as a principal of Google's own workload identity federation: no account and no key.

    All clusters of a project share one identity pool. A principal named by namespace and service account would be
    the same in each of them, and any Wayfare cluster of the project could then read and delete another's
    checkpoints; so would a service account that such a principal may impersonate. The principal set of one cluster
    ("Principal identifiers", workloads in a GKE cluster) keeps clusters apart.
    """

    def __init__(
        self,
        name: str,
        plan: IdentityPlan,
        bucket: Bucket,
        control_plane: ControlPlane,
        project: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:gcp:Identity", name, None, opts)
        self.principal = pulumi.Output.all(project, bucket.bucket.project_number).apply(
            lambda parts: principal_set(parts[0], parts[1], plan.region, plan.cluster)
        )
        self._bucket_role(name, plan, bucket, control_plane, project)
        for index, secret in enumerate(plan.secrets):
            gcp.secretmanager.SecretIamMember(
                f"{name}-secret-{index}-role",
                secret_id=secret,
                role=plan.accessor_role,
                member=self.principal,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[control_plane]),
            )
        self.register_outputs({"principal": self.principal})

    def _bucket_role(
        self,
        name: str,
        plan: IdentityPlan,
        bucket: Bucket,
        control_plane: ControlPlane,
        project: pulumi.Input[str],
    ) -> None:
        # The project's identity pool comes into being with its first cluster.
        child = pulumi.ResourceOptions(parent=self, depends_on=[control_plane])
        if not plan.by_condition:
            gcp.storage.BucketIAMMember(
                f"{name}-bucket-role", bucket=bucket.bucket.name, role=plan.role, member=self.principal, opts=child
            )
            return
        # The policy of a bucket that only the cluster's network reaches cannot be read or changed from outside of it,
        # not even by whoever is exempt ("Bypass bucket IP filtering rules", supported operations). The project's can.
        path = pulumi.Output.concat("projects/_/buckets/", bucket.bucket.name)
        gcp.projects.IAMMember(
            f"{name}-bucket-role",
            project=project,
            role=plan.role,
            member=self.principal,
            condition=gcp.projects.IAMMemberConditionArgs(
                title=f"checkpoints of {plan.cluster} alone",
                expression=pulumi.Output.format('resource.name == "{0}" || resource.name.startsWith("{0}/")', path),
            ),
            opts=child,
        )


def principal_set(project: str, project_number: float, region: str, cluster: str) -> str:
    """All pods of one GKE cluster, as IAM names them."""
    pool = f"projects/{int(project_number)}/locations/global/workloadIdentityPools/{project}.svc.id.goog"
    name = f"https://container.googleapis.com/v1/projects/{project}/locations/{region}/clusters/{cluster}"
    return f"principalSet://iam.googleapis.com/{pool}/kubernetes.cluster/{name}"
