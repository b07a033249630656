"""S3: buckets and what is set on them."""

from collections.abc import Iterator

from wayfare.sandbox.behaviour import Call, Made, Refused, ResourceRules
from wayfare.sandbox.clouds.aws.common import (
    Violation,
    exception,
    exclusive,
    is_json,
    made,
    mapping,
    mappings,
    matches,
    named,
    one_of,
    region_of,
)

_BUCKET = "aws:s3/bucket:Bucket"
_SETTINGS = (
    "bucketPublicAccessBlock:BucketPublicAccessBlock",
    "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "bucketVersioning:BucketVersioning",
    "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "bucketPolicy:BucketPolicy",
)


def _bucket_check(call: Call) -> Iterator[Violation]:
    yield from exclusive(call.inputs, "bucket", "bucketPrefix")
    yield from matches(
        call.inputs,
        "bucket",
        r"(?!xn--)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]",
        "a bucket's name (3 to 63 characters)",
    )


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
    if "Lifecycle" in call.token:
        for index, rule in enumerate(mappings(call.inputs.get("rules"))):
            yield from one_of(rule.get("status"), f"rules[{index}].status", ("Enabled", "Disabled"))
            days = mapping(rule.get("expiration")).get("days")
            if isinstance(days, int) and days < 1:
                yield f"rules[{index}].expiration.days", "must be at least 1"


def _setting(call: Call) -> Made:
    name = str(call.inputs["bucket"])
    if named(call.store.rows(_BUCKET), "bucket", name) is None:
        kind = call.token.rpartition(":")[2]
        text = "The specified bucket does not exist"
        raise Refused(exception(f"creating S3 {kind} ({name})", f"S3: Put{kind}", "api error NoSuchBucket", text, 404))
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
        f"aws:s3/{setting}": ResourceRules(
            seconds=1,
            delete_seconds=1,
            replace_on=frozenset({"bucket"}),
            check=lambda call: list(_setting_check(call)),
            create=_setting,
            tags=None,
        )
        for setting in _SETTINGS
    },
}
