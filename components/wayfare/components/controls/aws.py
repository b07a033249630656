"""What is demanded of AWS's resources.

Numbers and titles: CIS Amazon EKS Benchmark 1.6.0 (its table of contents) and CIS AWS Foundations Benchmark 4.0.0
(Steampipe's AWS compliance mod and Flowpipe's pipelines name them alike). Rules: EKS User Guide and Best Practices
Guide, S3 User Guide.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

from wayfare.components.controls.model import (
    UNKNOWN,
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
    not_true,
    one_of,
    own_keys,
    restricted,
    same,
    words,
)

#: Whom tokens for AWS name (IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM").
_AUDIENCE = "sts.amazonaws.com"

_CLUSTER = "aws:eks/cluster:Cluster"
_NODES = "aws:eks/nodeGroup:NodeGroup"
_ADDON = "aws:eks/addon:Addon"
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_BUCKET = "aws:s3/bucket:Bucket"
_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
_LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
_ROLE = "aws:iam/role:Role"
_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_REPOSITORY = "aws:ecr/repository:Repository"

#: All kinds of a control plane's logs.
_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")

#: What EKS asks a node's role for (EKS User Guide, "Amazon EKS node IAM role").
_NODE_POLICIES = frozenset(
    f"arn:aws:iam::aws:policy/{name}"
    for name in (
        *("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy", "AmazonEKS_CNI_Policy"),
        *("AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryReadOnly"),
    )
)

#: EKS encrypts all API data with a key of its own from this minor version on ("Default envelope encryption").
_ENVELOPE = 28


def _eks(number: str, title: str) -> tuple[Reference, ...]:
    return (Reference("CIS Amazon EKS 1.6.0", number, title),)


def _aws(number: str, title: str) -> tuple[Reference, ...]:
    return (Reference("CIS AWS Foundations 4.0.0", number, title),)


def _exact(value: Any) -> bool:
    """Whether each statement for a federated issuer names subject and audience, and compares them as they are."""
    for statement in _document(value):
        principal, condition = statement.get("Principal"), statement.get("Condition")
        if not (isinstance(principal, dict) and "Federated" in principal):
            continue
        compared: Any = cast("dict[str, Any]", condition).get("StringEquals") if isinstance(condition, dict) else None
        said = {key.rpartition(":")[2]: each for key, each in cast("dict[str, Any]", compared or {}).items()}
        if not (is_service_account(said.get("sub")) and said.get("aud") == _AUDIENCE):
            return False
    return True


def _document(value: Any) -> list[dict[str, Any]]:
    """The statements of a policy, as text or as an object."""
    try:
        document: Any = json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        return []
    statements: Any = cast("dict[str, Any]", document).get("Statement", []) if isinstance(document, dict) else []
    return cast("list[dict[str, Any]]", statements if isinstance(statements, list) else [statements])


def _several(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _no_wildcards(value: Any) -> bool:
    """No statement allows everything, or everything of one service."""
    return not any(
        statement.get("Effect") == "Allow" and any(str(a) == "*" or str(a).endswith(":*") for a in _actions(statement))
        for statement in _document(value)
    )


def _actions(statement: dict[str, Any]) -> list[Any]:
    return _several(statement.get("Action", []))


def _tls_only(value: Any) -> bool:
    """A statement denies whatever does not come over TLS (S3 User Guide, "Enforcing encryption of data in transit")."""
    return any(
        statement.get("Effect") == "Deny"
        and str(statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport", "")).lower() == "false"
        and set(_actions(statement)) & {"s3:*", "*"}
        for statement in _document(value)
    )


def _new_enough(value: Any) -> bool:
    """Kubernetes 1.28 or newer; EKS takes the newest where none is given."""
    return value is None or int(str(value).partition(".")[2]) >= _ENVELOPE


def _policies_enforced(value: Any) -> bool:
    """The network plug-in's own values say so, as text (EKS User Guide, "Restrict Pod network traffic")."""
    try:
        values: Any = json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        return False
    return isinstance(values, dict) and is_true(cast("dict[str, Any]", values).get("enableNetworkPolicy"))


def _tidies(value: Any) -> bool:
    """An enabled rule lets what was overwritten or deleted end, and one lets torn uploads end."""
    enabled = [rule for rule in _several(value or []) if any_may_be(rule, "status", one_of("Enabled"))]
    return all(
        any(any_may_be(rule, part, is_set) for rule in enabled)
        for part in ("noncurrentVersionExpiration", "abortIncompleteMultipartUpload")
    )


def _each_bucket_has(type: str, what: str) -> StackRule:
    """Each bucket has a resource of a type beside it."""

    def look(resources: Sequence[Resource], wishes: Wishes) -> Iterator[Finding]:
        if type == _VERSIONING and not wishes.durable:
            return
        beside = [each.at("bucket") for each in resources if each.type == type]
        for bucket in (each for each in resources if each.type == _BUCKET):
            if not any(same(bucket.at("bucket"), name) for name in beside):
                yield Finding(bucket, "", f"without a {type.rpartition(':')[2]}", what)

    return StackRule(look)


def _vpcs_log(resources: Sequence[Resource], _wishes: Wishes) -> Iterator[Finding]:
    logged = sum(each.type == "aws:ec2/flowLog:FlowLog" and each.at("vpcId") is not None for each in resources)
    for vpc in [each for each in resources if each.type == "aws:ec2/vpc:Vpc"][logged:]:
        yield Finding(vpc, "", "without a FlowLog", "one that records at least what is rejected")


def _node_roles(resources: Sequence[Resource], _wishes: Wishes) -> Iterator[Finding]:
    roles = {
        str(role.at("name"))
        for role in resources
        if role.type == _ROLE and "ec2.amazonaws.com" in str(role.at("assumeRolePolicy"))
    }
    for each in resources:
        policy = each.at("policyArn")
        if each.type == _ATTACHMENT and each.at("role") in roles and policy not in _NODE_POLICIES | {UNKNOWN}:
            yield Finding(each, "policyArn", words(policy), "one of those that EKS asks a node's role for")


CONTROLS = (
    Control(
        "eks-api-endpoint",
        "the Kubernetes API answers to named networks alone, or inside of the network alone",
        (
            Rule(_CLUSTER, "vpcConfig.endpointPrivateAccess", "true", is_true),
            Rule(
                _CLUSTER,
                "vpcConfig.publicAccessCidrs",
                "networks, none of them the whole internet",
                restricted,
                lambda cluster, _wishes: not is_false(cluster.at("vpcConfig.endpointPublicAccess")),
            ),
            Rule(
                _CLUSTER,
                "vpcConfig.endpointPublicAccess",
                "false, with `access.api: private`",
                is_false,
                lambda _cluster, wishes: wishes.private_api,
            ),
        ),
        cis=(
            *_eks("5.4.1", "Restrict Access to the Control Plane Endpoint"),
            *_eks("5.4.2", "Ensure clusters are created with Private Endpoint Enabled and Public Access Disabled"),
        ),
        depends="no public endpoint at all only with `access.api: private`",
        cloud="aws",
    ),
    Control(
        "eks-private-nodes",
        "nodes have no public addresses",
        (
            Rule(_TEMPLATE, "networkInterfaces[*].associatePublicIpAddress", "false or not set", not_true),
            Rule("aws:ec2/subnet:Subnet", "mapPublicIpOnLaunch", "false or not set", not_true),
        ),
        cis=_eks("5.4.3", "Ensure clusters are created with Private Nodes"),
        cloud="aws",
    ),
    Control(
        "eks-secrets-encrypted",
        "Kubernetes secrets are encrypted by a managed key",
        (
            Rule(_CLUSTER, "version", "1.28 or newer, which encrypts by itself", _new_enough),
            Rule(_CLUSTER, "encryptionConfig.provider.keyArn", "the account's own key", is_set, own_keys),
            Rule(_CLUSTER, "encryptionConfig.resources", "[secrets]", holds("secrets"), own_keys),
        ),
        cis=_eks(
            "5.3.1", "Ensure Kubernetes Secrets are encrypted using Customer Master Keys (CMKs) managed in AWS KMS"
        ),
        depends="the account's own key only with `encryption: own`; otherwise EKS's",
        cloud="aws",
    ),
    Control(
        "eks-audit-logs",
        "the control plane writes all of its logs",
        (Rule(_CLUSTER, "enabledClusterLogTypes", f"all of {', '.join(_LOGS)}", holds(*_LOGS)),),
        cis=_eks("2.1.1", "Enable audit Logs"),
        cloud="aws",
    ),
    Control(
        "eks-network-policy",
        "the network plug-in enforces network policies",
        (
            Rule(
                _ADDON,
                "configurationValues",
                'values with "enableNetworkPolicy": "true"',
                _policies_enforced,
                lambda addon, _wishes: addon.at("addonName") == "vpc-cni",
            ),
        ),
        cis=_eks("5.4.4", "Ensure Network Policy is Enabled and set as appropriate"),
        cloud="aws",
    ),
    Control(
        "eks-workload-identity",
        "the workload acts as a role of its own, by EKS Pod Identity",
        (
            beside_each(
                _CLUSTER, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "one for the workload's account"
            ),
        ),
        cis=_eks("5.2.1", "Prefer using dedicated EKS Service Accounts"),
        cloud="aws",
    ),
    Control(
        "eks-access-entries",
        "who may use the cluster is said by access entries alone",
        (
            Rule(_CLUSTER, "accessConfig.authenticationMode", "API", one_of("API")),
            Rule(_CLUSTER, "accessConfig.bootstrapClusterCreatorAdminPermissions", "false", is_false),
        ),
        cis=_eks(
            "4.1.7",
            "Cluster Access Manager API to streamline and enhance the management of access controls within EKS "
            "clusters",
        ),
        cloud="aws",
    ),
    Control(
        "eks-node-role",
        "the nodes' role has no more policies than EKS asks for",
        (StackRule(_node_roles),),
        cis=_eks("5.1.3", "Minimize cluster access to read-only for Amazon ECR"),
        cloud="aws",
    ),
    Control(
        "eks-imdsv2",
        "nodes answer to IMDSv2 alone, which pods do not reach",
        (
            Rule(_NODES, "launchTemplate", "a launch template that says so", is_set),
            Rule(_TEMPLATE, "metadataOptions.httpTokens", "required", one_of("required")),
            Rule(_TEMPLATE, "metadataOptions.httpPutResponseHopLimit", "1", one_of(1)),
        ),
        cis=_aws("5.7", "Ensure that the EC2 Metadata Service only allows IMDSv2"),
        cloud="aws",
    ),
    Control(
        "eks-node-disks-encrypted",
        "the nodes' disks are encrypted",
        (
            Rule(_TEMPLATE, "blockDeviceMappings", "the disks, each of them encrypted", is_set),
            Rule(_TEMPLATE, "blockDeviceMappings[*].ebs.encrypted", "true", is_true),
            Rule(_TEMPLATE, "blockDeviceMappings[*].ebs.kmsKeyId", "the account's own key", is_set, own_keys),
        ),
        depends="the account's own key only with `encryption: own`",
        cloud="aws",
    ),
    Control(
        "aws-flow-logs",
        "the network records what it rejects",
        (StackRule(_vpcs_log),),
        cis=_aws("3.7", "Ensure VPC flow logging is enabled in all VPCs"),
        cloud="aws",
    ),
    Control(
        "aws-iam-no-wildcards",
        "no policy allows everything, or everything of one service",
        (
            Rule("aws:iam/rolePolicy:RolePolicy", "policy", "actions without `*`", _no_wildcards),
            Rule("aws:iam/policy:Policy", "policy", "actions without `*`", _no_wildcards),
        ),
        cis=_aws("1.15", 'Ensure IAM policies that allow full "*:*" administrative privileges are not attached'),
        cloud="aws",
    ),
    Control(
        "aws-bucket-public-access",
        "buckets block public access",
        (
            _each_bucket_has(_BLOCK, "one that blocks all public access"),
            *(
                Rule(_BLOCK, part, "true", is_true)
                for part in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
            ),
        ),
        cis=_aws("2.1.4", "Ensure that S3 is configured with 'Block Public Access' enabled"),
        cloud="aws",
    ),
    Control(
        "aws-bucket-tls",
        "buckets answer to TLS alone",
        (
            _each_bucket_has(_POLICY, "one that denies what does not come over TLS"),
            Rule(_POLICY, "policy", "with a statement that denies what does not come over TLS", _tls_only),
        ),
        cis=_aws("2.1.1", "Ensure S3 Bucket Policy is set to deny HTTP requests"),
        cloud="aws",
    ),
    Control(
        "aws-bucket-versioning",
        "buckets keep what was overwritten or deleted for some days",
        (
            _each_bucket_has(_VERSIONING, "one that is enabled"),
            Rule(
                _VERSIONING,
                "versioningConfiguration.status",
                "Enabled",
                one_of("Enabled"),
                lambda _bucket, wishes: wishes.durable,
            ),
        ),
        depends="only with `storage.checkpoints.keep: durable`",
        applies=lambda wishes: wishes.durable,
        cloud="aws",
    ),
    Control(
        "aws-bucket-lifecycle",
        "what was overwritten or deleted, and torn uploads, end by themselves",
        (
            _each_bucket_has(_LIFECYCLE, "one that ends them"),
            Rule(_LIFECYCLE, "rules", "enabled ones for versions that are not current and for torn uploads", _tidies),
        ),
        cloud="aws",
    ),
    Control(
        "aws-own-key",
        "buckets and file systems are encrypted with the account's own key",
        (
            _each_bucket_has(_ENCRYPTION, "one with the account's own key"),
            Rule(
                _ENCRYPTION,
                "rules[*].applyServerSideEncryptionByDefault.sseAlgorithm",
                "aws:kms",
                one_of("aws:kms", "aws:kms:dsse"),
                own_keys,
            ),
            Rule(
                _ENCRYPTION,
                "rules[*].applyServerSideEncryptionByDefault.kmsMasterKeyId",
                "the account's own key",
                is_set,
                own_keys,
            ),
            Rule("aws:fsx/lustreFileSystem:LustreFileSystem", "kmsKeyId", "the account's own key", is_set, own_keys),
        ),
        depends="only with `encryption: own`",
        applies=lambda wishes: wishes.own_keys,
        cloud="aws",
    ),
    Control(
        "eks-private-registry",
        "images are kept in a private registry that scans them",
        (
            beside_each(_CLUSTER, _REPOSITORY, "one in the cluster's region", lambda wishes: wishes.private_registry),
            Rule(_REPOSITORY, "imageScanningConfiguration.scanOnPush", "true", is_true),
        ),
        cis=_eks(
            "5.1.1", "Ensure Image Vulnerability Scanning using Amazon ECR image scanning or a third party provider"
        ),
        depends="only with `registry: private`",
        applies=lambda wishes: wishes.private_registry,
        cloud="aws",
    ),
    Control(
        "aws-exact-trust",
        "a role that an issuer elsewhere vouches for is one service account's, by a token for AWS",
        (
            Rule(
                _ROLE,
                "assumeRolePolicy",
                "with the exact subject of a service account and the audience beside each federated issuer",
                _exact,
            ),
        ),
        cloud="aws",
    ),
)
