"""Whether pods may read a bucket: as Google's token service and Cloud Storage decide it, as far as trusts go.

"Configure Workload Identity Federation with other identity providers", and "Principal identifiers".
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import Refused, Row, StoreView
from wayfare.sandbox.clouds.gcp.names import BUCKET, BUCKET_GRANT, POOL_PROVIDER, part
from wayfare.sandbox.visitors import Visitor

_READERS = ("roles/storage.objectViewer", "roles/storage.objectUser", "roles/storage.objectAdmin")
_CONDITION = re.compile(r'assertion\.sub == "([^"]*)"')

_REJECTED = "invalid_grant: The given credential is rejected by the attribute condition."


def reads(visitor: Visitor, bucket: str, store: StoreView) -> None:
    """Raises `Refused` where a visitor may not read a bucket."""
    file = visitor.environment.get("GOOGLE_APPLICATION_CREDENTIALS")
    member = visitor.identity if file is None else _federated(visitor, visitor.files[file.rpartition("/")[2]], store)
    row = store.row(BUCKET, bucket)
    if row is None:
        raise Refused("googleapi: Error 404: The specified bucket does not exist., notFound")
    if part(row.inputs, "ipFilter").get("mode") == "Enabled":
        raise Refused("googleapi: Error 403: There is an IP filtering condition that is preventing access., forbidden")
    if not any(_lets(grant.inputs, member, bucket) for grant in store.rows(BUCKET_GRANT)):
        text = f"{member} does not have storage.objects.list access to the Google Cloud Storage bucket."
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
    condition = _CONDITION.fullmatch(str(provider.inputs.get("attributeCondition") or ""))
    if condition is not None and condition[1] != visitor.subject:
        raise Refused(_REJECTED)
    pool = name.partition("/providers/")[0]
    return f"principal://iam.googleapis.com/{pool}/subject/{visitor.subject}"


def _audiences(oidc: Mapping[str, Any], provider: Row) -> tuple[str, ...]:
    full = f"//iam.googleapis.com/{provider.outputs['name']}"
    return tuple(oidc.get("allowedAudiences") or (full, f"https:{full}"))


def _lets(grant: Mapping[str, Any], member: str, bucket: str) -> bool:
    asked = (grant.get("member"), str(grant.get("bucket")).removeprefix("b/"))
    return asked == (member, bucket) and grant.get("role") in _READERS and not grant.get("condition")
