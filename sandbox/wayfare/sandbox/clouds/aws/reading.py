"""Whether pods may read a bucket: as STS, S3 and KMS decide it, as far as clusters' policies and trusts go.

IAM User Guide, "Policy evaluation logic" and "AWS STS condition keys" of web identities: an issuer that the account
knows, an audience of its list, every condition met; then an allowing statement for each action, and no denying one.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from wayfare.sandbox.behaviour import Refused, Row, StoreView
from wayfare.sandbox.clouds.aws.common import mapping, mappings, named, statements, strings, texts
from wayfare.sandbox.clouds.aws.federation import ISSUER
from wayfare.sandbox.clouds.aws.iam import POLICY, ROLE
from wayfare.sandbox.visitors import Visitor

_BUCKET, _BUCKET_POLICY = "aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy"
_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"

_NOT_ASSUMED = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"


def reads(visitor: Visitor, bucket: str, store: StoreView) -> None:
    """Raises `Refused` where a visitor may not list a bucket and read what is in it."""
    denied = [each for each in _bucket_policy(bucket, store) if _is_denied(each)]
    _may(visitor, bucket, store, ("s3:GetObject",), ("kms:Decrypt",), denied)


def writes(visitor: Visitor, bucket: str, store: StoreView) -> None:
    """Raises `Refused` where a visitor from the bucket's own network may not read it and write into it."""
    _may(visitor, bucket, store, ("s3:GetObject", "s3:PutObject"), ("kms:Decrypt", "kms:GenerateDataKey"), ())


def _may(
    visitor: Visitor,
    bucket: str,
    store: StoreView,
    objects: Sequence[str],
    keys: Sequence[str],
    denied: Sequence[Mapping[str, Any]],
) -> None:
    """`objects`, `keys`: what is to be done with each object, and with the key that encrypts them."""
    arn = visitor.environment.get("AWS_ROLE_ARN") or visitor.identity
    role = named(store.rows(ROLE), "arn", arn)
    if role is None:
        raise Refused(_NOT_ASSUMED)
    if "AWS_ROLE_ARN" in visitor.environment:
        _assumed(visitor, role, store)
    allowed = [each for row in _policies(role, store) for each in statements(row.inputs["policy"])]
    if named(store.rows(_BUCKET), "bucket", bucket) is None:
        raise Refused("NoSuchBucket: The specified bucket does not exist")
    wanted = [("s3:ListBucket", f"arn:aws:s3:::{bucket}")]
    wanted += [(action, f"arn:aws:s3:::{bucket}/object") for action in objects]
    wanted += [(action, key) for key in _keys(bucket, store) for action in keys]
    for action, resource in wanted:
        if not any(_covers(each, action, resource) for each in allowed if each.get("Effect") == "Allow"):
            raise Refused(_refusal(arn, action, resource, "because no identity-based policy allows the action"))
        if any(_covers(each, action, resource) for each in denied):
            raise Refused(_refusal(arn, action, resource, "with an explicit deny in a resource-based policy"))


def _assumed(visitor: Visitor, role: Row, store: StoreView) -> None:
    said = {"aud": visitor.audience, "sub": visitor.subject}
    for statement in statements(role.outputs["assumeRolePolicy"]):
        for provider in texts(mapping(statement.get("Principal")).get("Federated")):
            row = named(store.rows(ISSUER), "arn", provider)
            if row is None or f"https://{row.outputs['url']}" != visitor.issuer:
                continue
            conditions = mapping(mapping(statement.get("Condition")).get("StringEquals"))
            met = all(said.get(key.rpartition(":")[2]) in texts(value) for key, value in conditions.items())
            known = visitor.audience in strings(row.outputs.get("clientIdLists"))
            if known and met and "sts:AssumeRoleWithWebIdentity" in texts(statement.get("Action")):
                return
    raise Refused(_NOT_ASSUMED)


def _policies(role: Row, store: StoreView) -> Iterator[Row]:
    return (row for row in store.rows(POLICY) if row.outputs.get("role") == role.outputs["name"])


def _keys(bucket: str, store: StoreView) -> Iterator[str]:
    """Of whatever is not S3's own."""
    for row in store.rows(_ENCRYPTION):
        if row.inputs.get("bucket") == bucket:
            for rule in mappings(row.inputs.get("rules")):
                if key := mapping(rule.get("applyServerSideEncryptionByDefault")).get("kmsMasterKeyId"):
                    yield str(key)


def _bucket_policy(bucket: str, store: StoreView) -> Iterator[Mapping[str, Any]]:
    for row in store.rows(_BUCKET_POLICY):
        if row.inputs.get("bucket") == bucket:
            yield from statements(row.inputs["policy"])


def _is_denied(statement: Mapping[str, Any]) -> bool:
    """Whether it refuses whoever comes from another network. They come over TLS, and are no service of AWS."""
    condition = mapping(statement.get("Condition"))
    return statement.get("Effect") == "Deny" and "aws:SourceVpc" in mapping(condition.get("StringNotEquals"))


def _covers(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    actions, resources = texts(statement.get("Action")), texts(statement.get("Resource"))
    return any(fnmatchcase(action, each) for each in actions) and any(fnmatchcase(resource, each) for each in resources)


def _refusal(arn: str, action: str, resource: str, why: str) -> str:
    return f"AccessDenied: User: {arn} is not authorized to perform: {action} on resource: {resource} {why}"
