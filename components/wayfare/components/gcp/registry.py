"""A private registry for container images, in the cluster's own region."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.control_plane import ControlPlane
from wayfare.components.gcp.identity import Identity
from wayfare.components.gcp.plan_platform import RegistryPlan


class Registry(pulumi.ComponentResource):
    """A repository whose tags stay what they are, for the cluster's nodes and workload to pull from.

    Nothing without a plan. Images are scanned where the project has the scanning API, which the bootstrap enables.
    """

    def __init__(
        self,
        name: str,
        plan: RegistryPlan | None,
        control_plane: ControlPlane,
        identity: Identity,
        project: pulumi.Input[str],
        key: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:gcp:Registry", name, None, opts)
        self.url: pulumi.Input[str | None] = None
        if plan is not None:
            self._made(name, plan, project, key)
            pullers = {"nodes": control_plane.node_account.member, "workload": identity.principal}
            for who, member in pullers.items():
                gcp.artifactregistry.RepositoryIamMember(
                    f"{name}-{who}-role",
                    project=project,
                    location=plan.region,
                    repository=self.repository.name,
                    role=plan.role,
                    member=member,
                    # The workload's identity pool comes into being with the project's first cluster.
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[control_plane]),
                )
        self.register_outputs({"url": self.url})

    def _made(self, name: str, plan: RegistryPlan, project: pulumi.Input[str], key: pulumi.Input[str] | None) -> None:
        self.repository = gcp.artifactregistry.Repository(
            f"{name}-repository",
            project=project,
            location=plan.region,
            repository_id=plan.name,
            format="DOCKER",
            docker_config=gcp.artifactregistry.RepositoryDockerConfigArgs(immutable_tags=True),
            vulnerability_scanning_config=gcp.artifactregistry.RepositoryVulnerabilityScanningConfigArgs(
                enablement_config="INHERITED"
            ),
            kms_key_name=key,
            labels=dict(plan.labels),
            deletion_policy="PREVENT" if plan.protected else "DELETE",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = pulumi.Output.concat(plan.region, "-docker.pkg.dev/", project, "/", plan.name)
