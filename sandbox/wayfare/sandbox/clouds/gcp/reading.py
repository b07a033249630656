"""Whether pods may read a bucket: as Google's token service and Cloud Storage decide it, as far as trusts go.

"Configure Workload Identity Federation with other identity providers", and "Principal identifiers".
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from wayfare.sandbox.behaviour import Refused, Row, StoreView
from wayfare.sandbox.clouds.gcp.names import BUCKET, BUCKET_GRANT, POOL_PROVIDER, part
from wayfare.sandbox.visitors import Visitor

_WRITERS = ("roles/storage.objectUser", "roles/storage.objectAdmin")
_READERS = ("roles/storage.objectViewer", *_WRITERS)
_PROJECT_GRANT = "gcp:projects/iAMMember:IAMMember"

_CONDITION = re.compile(r'assertion\.sub == "([^"]*)"')

_REJECTED = "invalid_grant: The given credential is rejected by the attribute condition."


def reads(visitor: Visitor, bucket: str, store: StoreView) -> None:
    """Raises `Refused` where a visitor may not read a bucket."""
    if part(_there(bucket, store).inputs, "ipFilter").get("mode") == "Enabled":
        raise Refused("googleapi: Error 403: There is an IP filtering condition that is preventing access., forbidden")
    _may(visitor, bucket, store, _READERS, "storage.objects.list")


def writes(visitor: Visitor, bucket: str, store: StoreView) -> None:
    """Raises `Refused` where a visitor from the bucket's own network may not read it and write into it."""
    _there(bucket, store)
    _may(visitor, bucket, store, _WRITERS, "storage.objects.create")


def _there(bucket: str, store: StoreView) -> Row:
    row = store.row(BUCKET, bucket)
    if row is None:
        raise Refused("googleapi: Error 404: The specified bucket does not exist., notFound")
    return row


def _may(visitor: Visitor, bucket: str, store: StoreView, roles: Sequence[str], right: str) -> None:
    file = visitor.environment.get("GOOGLE_APPLICATION_CREDENTIALS")
    member = visitor.identity if file is None else _federated(visitor, visitor.files[file.rpartition("/")[2]], store)
    by_project = (row for row in store.rows(_PROJECT_GRANT) if _is_of(row.inputs, bucket))
    grants = (*(row for row in store.rows(BUCKET_GRANT) if _is_on(row.inputs, bucket)), *by_project)
    if not any(row.inputs.get("member") == member and row.inputs.get("role") in roles for row in grants):
        text = f"{member} does not have {right} access to the Google Cloud Storage bucket."
        raise Refused(f"googleapi: Error 403: {text}, forbidden")


def _federated(visitor: Visitor, credential: str, store: StoreView) -> str:
    """The principal that a token is exchanged for."""
    wanted: Mapping[str, Any] = json.loads(credential)
    name = str(wanted["audience"]).removeprefix("//iam.googleapis.com/")
    provider = next((row for row in store.rows(POOL_PROVIDER) if row.outputs["name"] == name), None)
    if provider is None:
        raise Refused(f'invalid_target: The target service indicated by the "audience" parameters is invalid: {name}')
    oidc = part(provider.inputs, "oidc")
    if visitor.issuer != oidc.get("issuerUri"):
        raise Refused("invalid_grant: The issuer in ID Token does not match the expected ones.")
    if visitor.audience not in _audiences(oidc, provider):
        raise Refused("invalid_grant: The audience in ID Token does not match the expected audience.")
    # CEL is not evaluated here: a condition that says anything else than whom it lets in lets nobody in.
    said = provider.inputs.get("attributeCondition")
    condition = _CONDITION.fullmatch(str(said or ""))
    mapped = part(provider.inputs, "attributeMapping").get("google.subject") == "assertion.sub"
    if not mapped or (said and (condition is None or condition[1] != visitor.subject)):
        raise Refused(_REJECTED)
    pool = name.partition("/providers/")[0]
    return f"principal://iam.googleapis.com/{pool}/subject/{visitor.subject}"


def _audiences(oidc: Mapping[str, Any], provider: Row) -> tuple[str, ...]:
    full = f"//iam.googleapis.com/{provider.outputs['name']}"
    return tuple(oidc.get("allowedAudiences") or (full, f"https:{full}"))


def _is_on(grant: Mapping[str, Any], bucket: str) -> bool:
    """Whether a grant is on a bucket, and on all of it."""
    return str(grant.get("bucket")).removeprefix("b/") == bucket and not grant.get("condition")


def _is_of(grant: Mapping[str, Any], bucket: str) -> bool:
    """Whether a grant on the project is for a bucket alone, as that of one which its own network alone reaches."""
    expression = str(part(grant, "condition").get("expression"))
    return f'resource.name.startsWith("projects/_/buckets/{bucket}/")' in expression
