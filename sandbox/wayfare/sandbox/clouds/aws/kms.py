"""KMS: keys and aliases, and whom a key's policy lets use it."""

import re
from collections.abc import Iterator
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Refused, ResourceRules, Row
from wayfare.sandbox.clouds.aws.common import (
    ACCOUNT,
    Violation,
    arn,
    exception,
    exclusive,
    is_json,
    known,
    made,
    mapping,
    matches,
    region_of,
    statements,
    texts,
)

KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"

_ROOT = f"arn:aws:iam::{ACCOUNT}:root"
_AUTO_SCALING = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


def _key_check(call: Call) -> Iterator[Violation]:
    """KMS API reference, ScheduleKeyDeletion and EnableKeyRotation: ranges of days."""
    yield from is_json(call.inputs, "policy")
    for name, least, most in (("deletionWindowInDays", 7, 30), ("rotationPeriodInDays", 90, 2560)):
        days = call.inputs.get(name)
        if known(days) and isinstance(days, int) and not least <= days <= most:
            yield name, f"expected {name} to be in the range ({least} - {most}), got {days}"
    if call.inputs.get("rotationPeriodInDays") is not None and not call.inputs.get("enableKeyRotation"):
        yield "rotationPeriodInDays", "all of `enableKeyRotation,rotationPeriodInDays` must be specified"


def _key(call: Call) -> Made:
    """A policy must leave the account in charge (KMS API reference, CreateKey, `BypassPolicyLockoutSafetyCheck`)."""
    policy, doing = call.inputs.get("policy"), "creating KMS Key"
    if policy and not call.inputs.get("bypassPolicyLockoutSafetyCheck"):
        rows = statements(policy)
        if not any(_of(row, "AWS") & {_ROOT, ACCOUNT, "*"} and _does(row, "kms:PutKeyPolicy") for row in rows):
            text = "The new key policy will not allow you to update the key policy in the future."
            raise Refused(exception(doing, "KMS: CreateKey", "MalformedPolicyDocumentException", text))
    digits = call.store.new_id(32)
    id = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    outputs = {"arn": arn("kms", region_of(call), f"key/{id}"), "keyId": id, "isEnabled": True}
    return made(call, id, {**outputs, "keyUsage": "ENCRYPT_DECRYPT", "multiRegion": False})


def _alias_check(call: Call) -> Iterator[Violation]:
    yield from exclusive(call.inputs, "name", "namePrefix")
    yield from matches(call.inputs, "name", r"alias/(?!aws/)[a-zA-Z0-9/_-]+", "an alias of the account's own, alias/…")


def _alias(call: Call) -> Made:
    """An alias is one region's, as its key is (KMS API reference, CreateAlias)."""
    name, region = str(call.inputs["name"]), region_of(call)
    doing, operation = f"creating KMS Alias ({name})", "KMS: CreateAlias"
    key = key_of(call, call.inputs["targetKeyId"])
    if key is None:
        address = arn("kms", region, f"key/{call.inputs['targetKeyId']}")
        text = f"Key '{address}' does not exist"
        raise Refused(exception(doing, operation, "NotFoundException", text))
    address = arn("kms", region, name)
    if any(row.outputs["arn"] == address for row in call.store.rows(ALIAS)):
        text = f"An alias with the name {address} already exists"
        raise Refused(exception(doing, operation, "AlreadyExistsException", text))
    outputs = {"arn": address, "targetKeyArn": key.outputs["arn"], "targetKeyId": key.id, "namePrefix": ""}
    return made(call, name, outputs, tagged=False)


def key_of(call: Call, named: object) -> Row | None:
    """The key with an id or ARN in the call's region."""
    rows = (row for row in call.store.rows(KEY) if row.region == region_of(call))
    return next((row for row in rows if named in (row.id, row.outputs["arn"])), None)


def lets_logs(key: Row, group: str) -> bool:
    """Whether CloudWatch Logs may encrypt a log group with it (CloudWatch Logs User Guide, "Encrypt log data")."""
    for row in statements(key.outputs.get("policy")):
        contexts = texts(
            mapping(mapping(row.get("Condition")).get("ArnLike")).get("kms:EncryptionContext:aws:logs:arn")
        )
        for_it = not contexts or any(_like(pattern, group) for pattern in contexts)
        service = f"logs.{key.region}.amazonaws.com"
        if service in _of(row, "Service") and _does(row, "kms:GenerateDataKey") and for_it:
            return True
    return False


def lets_auto_scaling(key: Row) -> bool:
    """Whether disks of an Auto Scaling group may be encrypted with it: its role may use it and grant its use (EC2 Auto
    Scaling User Guide, "Required AWS KMS key policy for use with encrypted volumes")."""
    rows = [row for row in statements(key.outputs.get("policy")) if _lets(row, _AUTO_SCALING)]
    return all(any(_does(row, action) for row in rows) for action in ("kms:GenerateDataKey", "kms:CreateGrant"))


def _lets(row: dict[str, Any], principal: str) -> bool:
    named = _of(row, "AWS")
    patterns = [
        pattern
        for operator in ("ArnLike", "ArnEquals", "StringEquals")
        for pattern in texts(mapping(mapping(row.get("Condition")).get(operator)).get("aws:PrincipalArn"))
    ]
    return principal in named or ("*" in named and (not patterns or any(_like(each, principal) for each in patterns)))


def _of(row: dict[str, Any], kind: str) -> set[str]:
    """Principals of a kind that a statement allows."""
    if row.get("Effect") != "Allow":
        return set()
    principal = row.get("Principal")
    return {"*"} if principal == "*" else set(texts(mapping(principal).get(kind)))


def _does(row: dict[str, Any], action: str) -> bool:
    return any(_like(pattern.lower(), action.lower()) for pattern in texts(row.get("Action")))


def _like(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` is any text."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None


RULES: dict[str, ResourceRules] = {
    KEY: ResourceRules(
        seconds=2,
        delete_seconds=1,
        # What a key is stays for good (KMS Developer Guide, "Key spec", "Key usage", "Multi-Region keys").
        replace_on=frozenset({"customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"}),
        check=lambda call: list(_key_check(call)),
        create=_key,
    ),
    ALIAS: ResourceRules(
        seconds=1,
        delete_seconds=1,
        # UpdateAlias changes the key behind it, not its name.
        replace_on=frozenset({"name", "namePrefix"}),
        check=lambda call: list(_alias_check(call)),
        create=_alias,
        tags=None,
    ),
}
