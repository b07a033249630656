"""S3: buckets and what is set on them."""

import re
from collections.abc import Iterator
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused, ResourceRules
from wayfare.sandbox.clouds.aws.common import (
    Violation,
    exception,
    exclusive,
    is_json,
    known,
    made,
    mapping,
    mappings,
    matches,
    named,
    one_of,
    region_of,
    statements,
    texts,
)

_BUCKET = "aws:s3/bucket:Bucket"
_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
_LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
_BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"

#: What a lifecycle rule can do.
_ACTIONS = (
    *("abortIncompleteMultipartUpload", "expiration", "noncurrentVersionExpiration", "noncurrentVersionTransitions"),
    "transitions",
)

#: Names that S3 keeps for itself (S3 User Guide, "General purpose bucket naming rules").
_RESERVED = r"(xn--|sthree-|amzn-s3-demo-).*|.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)|(\d{1,3}\.){3}\d{1,3}"


def _bucket_check(call: Call) -> Iterator[Violation]:
    yield from exclusive(call.inputs, "bucket", "bucketPrefix")
    yield from matches(
        call.inputs,
        "bucket",
        r"[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]",
        "a bucket's name (3 to 63 characters)",
    )
    name = call.inputs.get("bucket")
    if known(name) and re.fullmatch(_RESERVED, str(name)):
        yield "bucket", f"{name!r} is a name that S3 keeps for itself"


def _bucket(call: Call) -> Made:
    name, region = str(call.inputs.get("bucket") or f"{call.name}-{call.store.new_id(7)}".lower()), region_of(call)
    if named(call.store.rows(_BUCKET), "bucket", name):
        text = "Your previous request to create the named bucket succeeded and you already own it."
        doing = f"creating S3 Bucket ({name})"
        raise Refused(exception(doing, "S3: CreateBucket", "BucketAlreadyOwnedByYou", text, 409))
    call.store.bucket_made(name)
    return made(
        call,
        name,
        {
            "arn": f"arn:aws:s3:::{name}",
            "bucket": name,
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
            "bucketRegion": region,
            "bucketNamespace": "global",
            "bucketPrefix": "",
            "forceDestroy": call.inputs.get("forceDestroy", False),
            "hostedZoneId": "Z3AQBSTGFYJSTF",
            "objectLockEnabled": False,
            "requestPayer": "BucketOwner",
        },
    )


def _bucket_free(call: Call) -> None:
    name = call.outputs["bucket"]
    if not call.outputs.get("forceDestroy") and not call.store.bucket_empty(name):
        text = "The bucket you tried to delete is not empty"
        if _versioned(call, name):
            text += ". You must delete all versions in the bucket."
        raise Refused(
            exception(f"deleting S3 Bucket ({name})", "S3: DeleteBucket", "api error BucketNotEmpty", text, 409)
        )
    call.store.bucket_removed(name)


def _versioned(call: Call, name: str) -> bool:
    rows = call.store.rows("aws:s3/bucketVersioning:BucketVersioning")
    row = named(rows, "bucket", name)
    return row is not None and mapping(row.outputs.get("versioningConfiguration")).get("status") == "Enabled"


def _setting_check(call: Call) -> Iterator[Violation]:
    status = mapping(call.inputs.get("versioningConfiguration")).get("status")
    yield from one_of(status, "versioningConfiguration.status", ("Enabled", "Suspended", "Disabled"))
    yield from is_json(call.inputs, "policy")
    if call.token == _LIFECYCLE:
        seen: set[object] = set()
        for index, rule in enumerate(mappings(call.inputs.get("rules"))):
            path = f"rules[{index}]"
            if known(rule.get("id")) and rule["id"] in seen:
                yield f"{path}.id", f"Rule ID must be unique. Found same ID for more than one rule: {rule['id']}"
            seen.add(rule.get("id"))
            yield from _lifecycle_rule(rule, path)
    elif call.token == _ENCRYPTION:
        for index, rule in enumerate(mappings(call.inputs.get("rules"))):
            default = mapping(rule.get("applyServerSideEncryptionByDefault"))
            if default.get("kmsMasterKeyId") and default.get("sseAlgorithm") == "AES256":
                path = f"rules[{index}].applyServerSideEncryptionByDefault.kmsMasterKeyId"
                yield path, "a KMS key is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"


def _lifecycle_rule(rule: dict[str, Any], path: str) -> Iterator[Violation]:
    """Days are at least 1, and each rule does something (S3 User Guide, "Lifecycle configuration elements")."""
    if not any(rule.get(action) for action in _ACTIONS):
        yield path, "At least one action needs to be specified in a rule"
    if isinstance(rule.get("id"), str) and len(rule["id"]) > 255:
        yield f"{path}.id", "ID length should not exceed allowed limit of 255"
    for block, name in (
        ("expiration", "days"),
        ("noncurrentVersionExpiration", "noncurrentDays"),
        ("abortIncompleteMultipartUpload", "daysAfterInitiation"),
    ):
        days = mapping(rule.get(block)).get(name)
        if isinstance(days, int) and days < 1 and not (block == "expiration" and _marker(rule)):
            yield f"{path}.{block}.{name}", "must be a positive integer"
    yield from _nested(exclusive(mapping(rule.get("expiration")), "days", "date"), f"{path}.expiration")
    expires = mapping(rule.get("expiration")).get("days")
    for index, move in enumerate(mappings(rule.get("transitions"))):
        where, days = f"{path}.transitions[{index}].days", move.get("days")
        if not isinstance(days, int):
            continue
        if str(move.get("storageClass")).endswith("_IA") and days < 30:
            kind = move["storageClass"]
            yield where, f"'Days' in Transition action must be greater than or equal to 30 for storageClass '{kind}'"
        if isinstance(expires, int) and expires <= days:
            text = "'Days' in the Expiration action must be greater than 'Days' in the Transition action"
            yield f"{path}.expiration.days", text


def _marker(rule: dict[str, Any]) -> bool:
    return bool(mapping(rule.get("expiration")).get("expiredObjectDeleteMarker"))


def _nested(found: Iterator[Violation], path: str) -> Iterator[Violation]:
    for name, reason in found:
        yield f"{path}.{name}", reason


def _versioning_begun(call: Call) -> None:
    """A bucket that has had versions can be suspended only (S3 User Guide, "Using versioning in S3 buckets")."""
    status = mapping(call.inputs.get("versioningConfiguration")).get("status")
    if status == "Disabled" and mapping(call.outputs.get("versioningConfiguration")).get("status") != "Disabled":
        text = "versioning_configuration.status cannot be updated from 'Enabled' or 'Suspended' to 'Disabled'"
        raise Refused(text)


def _versioned_anew(call: Call) -> Properties:
    _versioning_begun(call)
    return {**call.outputs, **{key: value for key, value in call.inputs.items() if not key.startswith("__")}}


def _policy_refused(call: Call, name: str, doing: str) -> None:
    """A policy names its own bucket, and no public one passes a bucket that blocks them (S3, PutBucketPolicy)."""
    own = (f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/")
    for statement in statements(call.inputs["policy"]):
        if any(each != own[0] and not each.startswith(own[1]) for each in texts(statement.get("Resource"))):
            text = "Policy has invalid resource"
            raise Refused(exception(doing, "S3: PutBucketPolicy", "api error MalformedPolicy", text))
        principal = statement.get("Principal")
        public = principal == "*" or mapping(principal).get("AWS") == "*"
        if public and statement.get("Effect") == "Allow" and not statement.get("Condition") and _blocks(call, name):
            text = "User is not authorized to perform: s3:PutBucketPolicy because public policies are blocked by the "
            text += "BlockPublicPolicy block public access setting."
            raise Refused(exception(doing, "S3: PutBucketPolicy", "api error AccessDenied", text, 403))


def _blocks(call: Call, name: str) -> bool:
    """Whether public policies are blocked. S3 does so for new buckets since April 2023, unless it was turned off."""
    row = named(call.store.rows(_ACCESS), "bucket", name)
    return row is None or bool(row.outputs.get("blockPublicPolicy", False))


def _setting(call: Call) -> Made:
    name = str(call.inputs["bucket"])
    if named(call.store.rows(_BUCKET), "bucket", name) is None:
        kind = call.token.rpartition(":")[2]
        text = "The specified bucket does not exist"
        raise Refused(exception(f"creating S3 {kind} ({name})", f"S3: Put{kind}", "api error NoSuchBucket", text, 404))
    if call.token == _BUCKET_POLICY:
        _policy_refused(call, name, f"putting S3 Bucket ({name}) Policy")
    return made(call, name, {}, tagged=False)


RULES: dict[str, ResourceRules] = {
    _BUCKET: ResourceRules(
        seconds=3,
        delete_seconds=2,
        replace_on=frozenset({"bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"}),
        check=lambda call: list(_bucket_check(call)),
        create=_bucket,
        delete=_bucket_free,
    ),
    **{
        setting: ResourceRules(
            seconds=1,
            delete_seconds=1,
            replace_on=frozenset({"bucket", "expectedBucketOwner"}),
            check=lambda call: list(_setting_check(call)),
            create=_setting,
            update=_versioned_anew if setting == _VERSIONING else None,
            tags=None,
        )
        for setting in (_ACCESS, _ENCRYPTION, _VERSIONING, _LIFECYCLE, _BUCKET_POLICY)
    },
}
