"""What Cloud Storage refuses although schema and limits allow it."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import UNKNOWN, Call
from wayfare.sandbox.clouds.gcp import keys
from wayfare.sandbox.clouds.gcp.checks import Violations, cidr, labelled, matching, one_of
from wayfare.sandbox.clouds.gcp.names import BUCKET, part, parts

_BUCKET = re.compile(r"[a-z0-9]([-_a-z0-9.]{1,220})[a-z0-9]")
_CENTURY = 3_155_760_000
"""Seconds."""
_CLASSES = ("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", "REGIONAL", "DURABLE_REDUCED_AVAILABILITY")
_ACTIONS = ("Delete", "SetStorageClass", "AbortIncompleteMultipartUpload")


def bucket(call: Call) -> Violations:
    """Names ("Bucket naming"), lists that the API's document gives as text, and features that exclude each other."""
    inputs = call.inputs
    found = [*_name(inputs), *labelled(inputs, "labels", "labels")]
    found += one_of("publicAccessPrevention", inputs.get("publicAccessPrevention"), ("inherited", "enforced"))
    found += one_of("storageClass", inputs.get("storageClass"), _CLASSES)
    for index, rule in enumerate(parts(inputs, "lifecycleRules")):
        action, path = part(rule, "action"), f"lifecycleRules[{index}].action"
        found += one_of(f"{path}.type", action.get("type"), _ACTIONS)
        if action.get("type") == "SetStorageClass" and not action.get("storageClass"):
            found.append((f"{path}.storageClass", "SetStorageClass needs a storage class"))
        if not rule.get("condition"):
            found.append((f"lifecycleRules[{index}].condition", "a rule needs at least one condition"))
    key = part(inputs, "encryption").get("defaultKmsKeyName")
    found += keys.place("encryption.defaultKmsKeyName", key, inputs.get("location"))
    return [*found, *_namespace(inputs), *_retention(inputs), *_filter(inputs)]


def _filter(inputs: Mapping[str, Any]) -> Violations:
    """Networks and ranges that a bucket is open to ("Bucket IP filtering")."""
    given = part(inputs, "ipFilter")
    found = one_of("ipFilter.mode", given.get("mode"), ("Enabled", "Disabled"))
    if given.get("mode") == "Enabled" and not (given.get("vpcNetworkSources") or given.get("publicNetworkSource")):
        found.append(("ipFilter", "an enabled IP filter needs a source: it would close the bucket to everybody"))
    for index, source in enumerate(parts(given, "vpcNetworkSources")):
        for position, text in enumerate(source.get("allowedIpCidrRanges") or []):
            found += cidr(f"ipFilter.vpcNetworkSources[{index}].allowedIpCidrRanges[{position}]", text)
    return found


def _name(inputs: Mapping[str, Any]) -> Violations:
    """3 to 63 characters, each part of a dotted name too; no address, and nothing of Google's."""
    name = str(inputs.get("name", ""))
    if not name or name == UNKNOWN:
        return []
    if found := matching(inputs, _BUCKET):
        return found
    if any(len(each) > 63 for each in name.split(".")):
        return [("name", f'"name" ("{name}") can have at most 63 characters, or between dots')]
    if name.startswith("goog") or "google" in name:
        return [("name", "bucket names cannot begin with 'goog' or contain 'google'")]
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return []
    return [("name", f'"name" ("{name}") cannot be an IP address')]


def _namespace(inputs: Mapping[str, Any]) -> Violations:
    """What a bucket with folders does not have ("Hierarchical namespace", limitations)."""
    if part(inputs, "hierarchicalNamespace").get("enabled") is not True:
        return []
    found: Violations = []
    if part(inputs, "versioning").get("enabled"):
        found.append(("versioning.enabled", "Object versioning is not supported with hierarchical namespace"))
    if inputs.get("uniformBucketLevelAccess") is not True:
        text = "Hierarchical namespace needs uniform bucket-level access"
        found.append(("uniformBucketLevelAccess", text))
    if inputs.get("enableObjectRetention"):
        text = "Object Retention Lock is not supported with hierarchical namespace"
        found.append(("enableObjectRetention", text))
    return found


def _retention(inputs: Mapping[str, Any]) -> Violations:
    """How long objects are kept: less than a century (storage.v1); deleted ones 7 to 90 days ("Soft delete")."""
    found: Violations = []
    period = part(inputs, "retentionPolicy").get("retentionPeriod")
    if str(period).isdecimal() and not 0 < int(str(period)) < _CENTURY:
        text = f"must be greater than zero and less than 100 years ({_CENTURY}), got {period}"
        found.append(("retentionPolicy.retentionPeriod", text))
    seconds = part(inputs, "softDeletePolicy").get("retentionDurationSeconds")
    if isinstance(seconds, int | float) and seconds != 0 and not 604800 <= seconds <= 7776000:
        found.append(("softDeletePolicy.retentionDurationSeconds", "must be 0, or between 604800 and 7776000"))
    return found


def control_list(call: Call) -> Violations:
    """An access control list goes with a bucket that has such lists ("Uniform bucket-level access")."""
    row = call.store.row(BUCKET, str(call.inputs.get("bucket")))
    if row is None or not row.inputs.get("uniformBucketLevelAccess"):
        return []
    text = "Cannot use ACL API to update bucket policy when uniform bucket-level access is enabled."
    return [("bucket", f"googleapi: Error 400: {text}, invalid")]
