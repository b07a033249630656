"""What lets pods of a cluster elsewhere read a bucket on Google Cloud, without a key, for as long as this stands."""

import pulumi
import pulumi_gcp as gcp

from wayfare.components.gcp.trust_plan import CREDENTIAL, FederationPlan, TrustPlan, credential
from wayfare.components.trusting import FILES, Trusted


class Trust(pulumi.ComponentResource):
    """A pool of identities that trusts the cluster's issuer, or what its pods are on Google Cloud; and the right."""

    def __init__(self, name: str, plan: TrustPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wayfare:gcp:Trust", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        member: pulumi.Input[str] = plan.reader
        self.trusted = Trusted()
        after: list[pulumi.Resource] = []
        if plan.federation is not None:
            pool, provider = self._pool(name, plan.federation, child)
            # "Principal identifiers": one identity of a workload identity pool.
            subject = plan.federation.subject
            member = pulumi.Output.concat("principal://iam.googleapis.com/", pool.name, "/subject/", subject)
            self.trusted = _told(provider, plan.federation)
            after = [provider]
        gcp.storage.BucketIAMMember(
            f"{name}-role",
            bucket=plan.bucket,
            role=plan.role,
            member=member,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )
        self.register_outputs({})

    @staticmethod
    def _pool(
        name: str, plan: FederationPlan, child: pulumi.ResourceOptions
    ) -> tuple[gcp.iam.WorkloadIdentityPool, gcp.iam.WorkloadIdentityPoolProvider]:
        pool = gcp.iam.WorkloadIdentityPool(
            f"{name}-pool",
            workload_identity_pool_id=plan.pool,
            display_name=plan.title,
            description=plan.description,
            opts=child,
        )
        provider = gcp.iam.WorkloadIdentityPoolProvider(
            f"{name}-issuer",
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=plan.provider,
            display_name=plan.title,
            description=plan.description,
            attribute_mapping={"google.subject": "assertion.sub"},
            attribute_condition=plan.condition,
            oidc=gcp.iam.WorkloadIdentityPoolProviderOidcArgs(
                issuer_uri=plan.issuer, allowed_audiences=[plan.audience]
            ),
            opts=child,
        )
        return pool, provider


def _told(provider: gcp.iam.WorkloadIdentityPoolProvider, plan: FederationPlan) -> Trusted:
    return Trusted(
        environment={"GOOGLE_APPLICATION_CREDENTIALS": f"{FILES}/{CREDENTIAL}"},
        files={CREDENTIAL: provider.name.apply(credential)},
        audience=plan.audience,
    )
