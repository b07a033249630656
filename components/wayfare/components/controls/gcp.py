"""What is demanded of Google Cloud's resources.

Numbers and titles: CIS Google Kubernetes Engine Benchmark 1.6.0, as kube-bench's `cfg/gke-1.6.0` gives them, and CIS
Google Cloud Platform Foundations Benchmark 2.0.0, as Steampipe's GCP compliance mod gives them. Rules: Google's pages
on GKE ("Harden your cluster's security") and Cloud Storage. That a bucket answers to TLS alone is no property of it on
Google Cloud, so that no control says so.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from wayfare.components.controls.model import (
    Control,
    Finding,
    Reference,
    Resource,
    Rule,
    StackRule,
    Wishes,
    any_may_be,
    beside_each,
    holds,
    is_false,
    is_service_account,
    is_set,
    is_true,
    may_be,
    not_true,
    one_of,
    own_keys,
    places,
    restricted,
    words,
)

_PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
_CLUSTER = "gcp:container/cluster:Cluster"
_POOL = "gcp:container/nodePool:NodePool"
_SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
_BUCKET = "gcp:storage/bucket:Bucket"
_MEMBER = "gcp:projects/iAMMember:IAMMember"
_REPOSITORY = "gcp:artifactregistry/repository:Repository"

#: Seconds for which what was overwritten or deleted can be had back: 7 days, the same on every cloud.
_KEPT = 7 * 24 * 3600

_CHANNELS = ("REGULAR", "STABLE", "EXTENDED")

_BASIC = frozenset({"roles/owner", "roles/editor", "roles/viewer"})


def _gke(number: str, title: str) -> tuple[Reference, ...]:
    return (Reference("CIS Google Kubernetes Engine 1.6.0", number, title),)


def _gcp(number: str, title: str) -> tuple[Reference, ...]:
    return (Reference("CIS Google Cloud Platform Foundations 2.0.0", number, title),)


def _is_kept(pool: Resource, _wishes: Wishes) -> bool:
    """Nodes of flex-start end within 7 days and are never repaired: GKE refuses such a pool with repairs ("About GPU
    and TPU provisioning with flex-start")."""
    return not is_true(pool.at("nodeConfig.flexStart"))


def _is_not_queued(pool: Resource, _wishes: Wishes) -> bool:
    """Nodes of a queue are not changed under their job: GKE refuses such a pool with upgrades ("Run a large-scale
    workload with flex-start with queued provisioning")."""
    return not is_true(pool.at("queuedProvisioning.enabled"))


def _own_account(value: Any) -> bool:
    """An account that was made for nodes, and not Compute Engine's, which may edit the project."""
    return is_set(value) and value != "default" and not str(value).endswith("-compute@developer.gserviceaccount.com")


def _narrow(value: Any) -> bool:
    return value not in _BASIC and not str(value).lower().endswith("admin")


def _of_a_machine(member: Resource, _wishes: Wishes) -> bool:
    """Whether a program gets the role, and not a person."""
    return str(member.at("member")).startswith(("serviceAccount:", "principal"))


def _recovers(bucket: Resource) -> bool:
    """Versions, or soft delete, which keeps what was overwritten too (Cloud Storage: "Soft delete")."""
    return may_be(bucket.at("versioning.enabled"), is_true) or may_be(
        bucket.at("softDeletePolicy.retentionDurationSeconds"), lambda seconds: (seconds or 0) >= _KEPT
    )


def _buckets_recover(resources: Sequence[Resource], wishes: Wishes) -> Iterator[Finding]:
    for bucket in (each for each in resources if each.type == _BUCKET and wishes.durable):
        if not _recovers(bucket):
            wanted = "7 days or more, unless it has versioning"
            has = words(bucket.at("softDeletePolicy.retentionDurationSeconds"))
            yield Finding(bucket, "softDeletePolicy.retentionDurationSeconds", has, wanted)


def _exact(value: Any) -> bool:
    """Whether a provider's condition is that the token is one service account's."""
    found = re.fullmatch(r'(?:assertion\.sub|google\.subject) == "([^"]*)"', str(value))
    return found is not None and is_service_account(found[1])


def _tidies(value: Any) -> bool:
    """A rule lets torn uploads end."""
    return any_may_be({"rules": value}, "rules[*].action.type", one_of("AbortIncompleteMultipartUpload"))


def _networks_named(cluster: Resource, wishes: Wishes) -> bool:
    """Whether the endpoint is a public one, which has to say whom it answers to."""
    return not wishes.private_api and not is_true(cluster.at("privateClusterConfig.enablePrivateEndpoint"))


def _narrow_networks(value: Any) -> bool:
    return restricted([network for _, network in places({"blocks": value}, "blocks[*].cidrBlock")])


CONTROLS = (
    Control(
        "gke-api-endpoint",
        "the Kubernetes API answers to named networks alone, or inside of the network alone",
        (
            Rule(
                _CLUSTER,
                "masterAuthorizedNetworksConfig.cidrBlocks",
                "networks, none of them the whole internet",
                _narrow_networks,
                _networks_named,
            ),
            Rule(_CLUSTER, "masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled", "false", is_false),
            Rule(
                _CLUSTER,
                "controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic",
                "false or not set",
                not_true,
            ),
            Rule(
                _CLUSTER,
                "privateClusterConfig.enablePrivateEndpoint",
                "true, with `access.api: private`",
                is_true,
                lambda _cluster, wishes: wishes.private_api,
            ),
        ),
        cis=(
            *_gke("5.6.3", "Ensure Control Plane Authorized Networks is Enabled"),
            *_gke("5.6.4", "Ensure clusters are created with Private Endpoint Enabled and Public Access Disabled"),
        ),
        depends="no public endpoint at all only with `access.api: private`",
        cloud="gcp",
    ),
    Control(
        "gke-private-nodes",
        "nodes have no public addresses",
        (
            Rule(_CLUSTER, "privateClusterConfig.enablePrivateNodes", "true", is_true),
            Rule(_POOL, "networkConfig.enablePrivateNodes", "true", is_true),
        ),
        cis=_gke("5.6.5", "Ensure clusters are created with Private Nodes"),
        cloud="gcp",
    ),
    Control(
        "gke-secrets-encrypted",
        "Kubernetes secrets are encrypted by a managed key",
        (
            Rule(_CLUSTER, "databaseEncryption.state", "ENCRYPTED", one_of("ENCRYPTED"), own_keys),
            Rule(_CLUSTER, "databaseEncryption.keyName", "the account's own key", is_set, own_keys),
        ),
        cis=_gke("5.3.1", "Ensure Kubernetes Secrets are encrypted using keys managed in Cloud KMS"),
        depends="only with `encryption: own`; otherwise Google encrypts them at rest by itself",
        applies=lambda wishes: wishes.own_keys,
        cloud="gcp",
    ),
    Control(
        "gke-audit-logs",
        "logs are written; Google keeps those of administrators' doings in any case",
        (
            Rule(_CLUSTER, "loggingService", "not switched off", lambda value: value != "none"),
            Rule(
                _CLUSTER,
                "loggingConfig.enableComponents",
                "with SYSTEM_COMPONENTS, or not set",
                lambda value: value is None or holds("SYSTEM_COMPONENTS")(value),
            ),
            Rule(
                _CLUSTER,
                "monitoringConfig.enableComponents",
                "with SYSTEM_COMPONENTS, or not set",
                lambda value: value is None or holds("SYSTEM_COMPONENTS")(value),
            ),
        ),
        cis=_gke("5.7.1", "Ensure Logging and Cloud Monitoring is Enabled"),
        cloud="gcp",
    ),
    Control(
        "gke-network-policy",
        "the network enforces network policies, by Dataplane V2",
        (Rule(_CLUSTER, "datapathProvider", "ADVANCED_DATAPATH", one_of("ADVANCED_DATAPATH")),),
        cloud="gcp",
    ),
    Control(
        "gke-workload-identity",
        "pods act as identities of their own, and do not reach the node's",
        (
            Rule(_CLUSTER, "workloadIdentityConfig.workloadPool", "the project's pool", is_set),
            Rule(_POOL, "nodeConfig.workloadMetadataConfig.mode", "GKE_METADATA", one_of("GKE_METADATA")),
        ),
        cis=(
            *_gke("5.2.2", "Prefer using dedicated GCP Service Accounts and Workload Identity"),
            *_gke("5.4.1", "Ensure the GKE Metadata Server is Enabled"),
        ),
        cloud="gcp",
    ),
    Control(
        "gke-node-role",
        "nodes act as an account of their own, which has no basic and no administrator's role",
        (
            Rule(_POOL, "nodeConfig.serviceAccount", "an account that was made for it", _own_account),
            Rule(_CLUSTER, "nodeConfig.serviceAccount", "an account that was made for it", _own_account),
            Rule(_MEMBER, "role", "neither a basic role nor an administrator's", _narrow, _of_a_machine),
        ),
        cis=_gke("5.2.1", "Ensure GKE clusters are not running using the Compute Engine default service account"),
        cloud="gcp",
    ),
    Control(
        "gke-release-channel",
        "the control plane gets its versions from a release channel",
        (
            Rule(
                _CLUSTER,
                "releaseChannel.channel",
                f"one of {', '.join(_CHANNELS)}",
                one_of(*_CHANNELS),
            ),
        ),
        cis=_gke("5.5.4", "When creating New Clusters - Automate GKE version management using Release Channels"),
        cloud="gcp",
    ),
    Control(
        "gke-auto-repair",
        "nodes that fail are repaired by themselves",
        (Rule(_POOL, "management.autoRepair", "true", is_true, _is_kept),),
        cis=_gke("5.5.2", "Ensure Node Auto-Repair is enabled for GKE nodes"),
        cloud="gcp",
    ),
    Control(
        "gke-auto-upgrade",
        "nodes get their patches by themselves",
        (Rule(_POOL, "management.autoUpgrade", "true", is_true, _is_not_queued),),
        cis=_gke("5.5.3", "Ensure Node Auto-Upgrade is enabled for GKE nodes"),
        cloud="gcp",
    ),
    Control(
        "gke-shielded-nodes",
        "nodes prove who they are, and that nobody has changed what they booted",
        (
            Rule(_CLUSTER, "enableShieldedNodes", "true or not set", lambda value: value is None or is_true(value)),
            Rule(_POOL, "nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring", "true", is_true),
        ),
        cis=(
            *_gke("5.5.5", "Ensure Shielded GKE Nodes are Enabled"),
            *_gke("5.5.6", "Ensure Integrity Monitoring for Shielded GKE Nodes is Enabled"),
        ),
        cloud="gcp",
    ),
    Control(
        "gke-secure-boot",
        "nodes boot signed software alone",
        (Rule(_POOL, "nodeConfig.shieldedInstanceConfig.enableSecureBoot", "true", is_true),),
        cis=_gke("5.5.7", "Ensure Secure Boot for Shielded GKE Nodes is Enabled"),
        cloud="gcp",
    ),
    Control(
        "gke-vpc-native",
        "pods have addresses of the network's own",
        (
            Rule(_CLUSTER, "networkingMode", "VPC_NATIVE or not set", one_of(None, "VPC_NATIVE")),
            Rule(_CLUSTER, "ipAllocationPolicy", "set", is_set),
        ),
        cis=_gke("5.6.2", "Ensure use of VPC-native clusters"),
        cloud="gcp",
    ),
    Control(
        "gke-flow-logs",
        "the cluster's subnetwork records its traffic",
        (
            Rule(
                _SUBNETWORK,
                "logConfig",
                "set",
                is_set,
                lambda subnetwork, _wishes: is_set(subnetwork.at("secondaryIpRanges")),
            ),
        ),
        cis=_gke("5.6.1", "Enable VPC Flow Logs and Intranode Visibility"),
        cloud="gcp",
    ),
    Control(
        "gke-no-legacy-authorization",
        "Kubernetes' own roles alone say who may do what",
        (Rule(_CLUSTER, "enableLegacyAbac", "false or not set", not_true),),
        cis=_gke("5.8.3", "Ensure Legacy Authorization (ABAC) is Disabled"),
        cloud="gcp",
    ),
    Control(
        "gke-no-client-certificates",
        "nobody signs in by a client certificate",
        (Rule(_CLUSTER, "masterAuth.clientCertificateConfig.issueClientCertificate", "false or not set", not_true),),
        cis=_gke("5.8.1", "Ensure authentication using Client Certificates is Disabled"),
        cloud="gcp",
    ),
    Control(
        "gke-node-disks-own-key",
        "the nodes' boot disks are encrypted with the account's own key",
        (Rule(_POOL, "nodeConfig.bootDiskKmsKey", "the account's own key", is_set, own_keys),),
        cis=_gke("5.9.2", "Enable Customer-Managed Encryption Keys (CMEK) for Boot Disks"),
        depends="only with `encryption: own`; otherwise Google encrypts them with its own key",
        applies=lambda wishes: wishes.own_keys,
        cloud="gcp",
    ),
    Control(
        "gcp-bucket-public-access",
        "buckets cannot be made public, and take rights from IAM alone",
        (
            Rule(_BUCKET, "publicAccessPrevention", "enforced", one_of("enforced")),
            Rule(_BUCKET, "uniformBucketLevelAccess", "true", is_true),
        ),
        cis=(
            *_gcp("5.1", "Ensure that Cloud Storage bucket is not anonymously or publicly accessible"),
            *_gcp("5.2", "Ensure that Cloud Storage buckets have uniform bucket-level access enabled"),
        ),
        cloud="gcp",
    ),
    Control(
        "gcp-bucket-versioning",
        "buckets keep what was overwritten or deleted for some days",
        (StackRule(_buckets_recover),),
        depends="only with `storage.checkpoints.keep: durable`",
        applies=lambda wishes: wishes.durable,
        cloud="gcp",
    ),
    Control(
        "gcp-bucket-lifecycle",
        "torn uploads end by themselves",
        (Rule(_BUCKET, "lifecycleRules", "with a rule that ends torn uploads", _tidies),),
        cloud="gcp",
    ),
    Control(
        "gcp-own-key",
        "buckets and file systems are encrypted with the account's own key",
        (
            Rule(_BUCKET, "encryption.defaultKmsKeyName", "the account's own key", is_set, own_keys),
            Rule("gcp:lustre/instance:Instance", "kmsKey", "the account's own key", is_set, own_keys),
            Rule(_REPOSITORY, "kmsKeyName", "the account's own key", is_set, own_keys),
        ),
        depends="only with `encryption: own`",
        applies=lambda wishes: wishes.own_keys,
        cloud="gcp",
    ),
    Control(
        "gke-private-registry",
        "images are kept in a private registry",
        (beside_each(_CLUSTER, _REPOSITORY, "one in the cluster's region", lambda wishes: wishes.private_registry),),
        cis=_gke("5.1.2", "Minimize user access to Container Image repositories"),
        depends="only with `registry: private`",
        applies=lambda wishes: wishes.private_registry,
        cloud="gcp",
    ),
    Control(
        "gcp-exact-trust",
        "a pool of identities from elsewhere lets one service account in, by a token for this pool",
        (
            Rule(_PROVIDER, "attributeCondition", 'assertion.sub == "…" with one service account', _exact),
            Rule(_PROVIDER, "oidc.allowedAudiences", "an audience of its own", is_set),
        ),
        cloud="gcp",
    ),
)
