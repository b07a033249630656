"""What a project gets once, for all clusters: services, keys with rotation, a bucket for state."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.bootstrap_plan import BootstrapPlan
from wayfare.components.gcp.plan_platform import KeyPlan


class Bootstrap(pulumi.ComponentResource):
    """Enabled services, a key in each region that Google's own services may use, and a private bucket for state."""

    def __init__(self, name: str, plan: BootstrapPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wayfare:gcp:Bootstrap", name, None, opts)
        given = self._provider_project(opts)
        services = [
            gcp.projects.Service(
                f"{name}-{service.partition('.')[0]}",
                project=given,
                service=service,
                # Other things in the project may use it.
                disable_on_destroy=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for service in plan.services
        ]
        # Known when all services are enabled: what is asked and made below needs them.
        project = pulumi.Output.all(given, *(service.id for service in services)).apply(lambda parts: str(parts[0]))
        agents = self._agents(name, plan, project, opts)
        keys = {each.location: self._key(name, plan, each, agents, project) for each in plan.keys}
        first, granted = keys[plan.keys[0].location]
        state = self._state(name, plan, project, first, granted)
        gcp.projects.IAMCustomRole(
            f"{name}-operator",
            project=project,
            role_id=plan.operator_role,
            title="Wayfare bucket operator",
            description="Reads, changes and deletes buckets that only a cluster's network reaches, and no object",
            permissions=list(plan.operator_permissions),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.outputs: dict[str, Any] = {
            "account": project,
            "state": state.url,
            "keys": {location: key.id for location, (key, _) in keys.items()},
        }
        self.register_outputs(self.outputs)

    @staticmethod
    def _provider_project(opts: pulumi.ResourceOptions | None) -> pulumi.Output[str]:
        asking = None if opts is None else pulumi.InvokeOutputOptions(parent=opts.parent, provider=opts.provider)
        return gcp.organizations.get_client_config_output(opts=asking).apply(lambda client: client.project)

    def _agents(
        self, name: str, plan: BootstrapPlan, project: pulumi.Output[str], opts: pulumi.ResourceOptions | None
    ) -> dict[str, pulumi.Output[str]]:
        """The members that use the keys, each after it exists."""
        asking = None if opts is None else pulumi.InvokeOutputOptions(parent=opts.parent, provider=opts.provider)
        identities = [
            gcp.projects.ServiceIdentity(
                f"{name}-{service.partition('.')[0]}-agent",
                project=project,
                service=service,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for service in plan.asked_for
        ]
        number = gcp.organizations.get_project_output(project_id=project, opts=asking).number
        there = pulumi.Output.all(number, *(identity.id for identity in identities)).apply(lambda parts: str(parts[0]))
        storage = gcp.storage.get_project_service_account_output(project=project, opts=asking)
        return {
            "objects": storage.member,
            **{
                what: pulumi.Output.concat("serviceAccount:service-", there, "@", domain)
                for what, domain in plan.agents.items()
            },
        }

    def _key(
        self,
        name: str,
        plan: BootstrapPlan,
        key: KeyPlan,
        agents: dict[str, pulumi.Output[str]],
        project: pulumi.Output[str],
    ) -> tuple[gcp.kms.CryptoKey, list[gcp.kms.CryptoKeyIAMMember]]:
        kept = self._kept()
        ring = gcp.kms.KeyRing(
            f"{name}-{key.location}-ring", name=key.ring, location=key.location, project=project, opts=kept
        )
        made = gcp.kms.CryptoKey(
            f"{name}-{key.location}-key",
            name=key.name,
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{plan.rotation_seconds}s",
            labels=dict(plan.labels),
            opts=kept,
        )
        grants = [
            gcp.kms.CryptoKeyIAMMember(
                f"{name}-{key.location}-{what}",
                crypto_key_id=made.id,
                role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
                member=member,
                # Without its rights a kept key opens nothing.
                opts=kept,
            )
            for what, member in agents.items()
        ]
        return made, grants

    def _state(
        self,
        name: str,
        plan: BootstrapPlan,
        project: pulumi.Output[str],
        key: gcp.kms.CryptoKey,
        granted: list[gcp.kms.CryptoKeyIAMMember],
    ) -> gcp.storage.Bucket:
        return gcp.storage.Bucket(
            f"{name}-state",
            name=pulumi.Output.concat(project, "-", plan.state.suffix),
            project=project,
            location=plan.state.location,
            storage_class="STANDARD",
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            # A state that was overwritten by mistake can be had back.
            versioning=gcp.storage.BucketVersioningArgs(enabled=True),
            encryption=gcp.storage.BucketEncryptionArgs(default_kms_key_name=key.id),
            lifecycle_rules=[
                # Parts of an upload that was torn off are paid for until somebody ends it.
                gcp.storage.BucketLifecycleRuleArgs(
                    action=gcp.storage.BucketLifecycleRuleActionArgs(type="AbortIncompleteMultipartUpload"),
                    condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=7),
                )
            ],
            force_destroy=False,
            labels=dict(plan.labels),
            # It stays where it was first made, whichever region comes first later.
            opts=pulumi.ResourceOptions.merge(
                self._kept(granted), pulumi.ResourceOptions(ignore_changes=["location", "encryption"])
            ),
        )

    def _kept(self, after: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        """Google cannot delete a key ring, and what a lost key has encrypted is lost: they stay when the stack goes."""
        return pulumi.ResourceOptions(parent=self, depends_on=list(after), protect=True, retain_on_delete=True)
