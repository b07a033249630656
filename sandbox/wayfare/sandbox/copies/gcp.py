"""Whether Google lets a pod at a bucket's objects, by the pools of identities and the grants that the sandbox holds."""

import json
import re
from collections.abc import Iterator
from typing import Any

from wayfare.sandbox.clouds.gcp.names import PROJECT, PROJECT_NUMBER
from wayfare.sandbox.copies.acting import Acting, strings
from wayfare.sandbox.copies.denied import Denied
from wayfare.sandbox.pods import part

_BUCKET = "gcp:storage/bucket:Bucket"
_PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
_ON_BUCKET, _ON_PROJECT = "gcp:storage/bucketIAMMember:BucketIAMMember", "gcp:projects/iAMMember:IAMMember"

#: Roles with `storage.objects.list` and `.get`, and those that create and overwrite besides (Google Cloud, "IAM roles
#: for Cloud Storage").
_WRITERS = ("roles/storage.objectUser", "roles/storage.objectAdmin", "roles/storage.admin")
_READERS = ("roles/storage.objectViewer", *_WRITERS)

_SUBJECT = re.compile(r'assertion\.sub == "([^"\\]*)"')


def refuse(acting: Acting, bucket: str, *, write: bool) -> None:
    """Raise `Denied` in the words of Cloud Storage, or of whoever does not take the pod's token."""
    principals = _signed_in(acting)
    if not any(row.get("name") == bucket for row in acting.rows(_BUCKET)):
        raise Denied("googleapi: Error 404: The specified bucket does not exist., notFound")
    wanted = _WRITERS if write else _READERS
    if any(grant in ((member, role) for member in principals for role in wanted) for grant in _grants(acting, bucket)):
        return
    lacks = "storage.objects.create" if write else "storage.objects.list"
    raise Denied(
        f"googleapi: Error 403: {principals[0]} does not have {lacks} access to the Google Cloud Storage bucket. "
        f"Permission '{lacks}' denied on resource (or it may not exist)., forbidden"
    )


def _grants(acting: Acting, bucket: str) -> Iterator[tuple[str, str]]:
    """(who, what) on a bucket, its own and those of the project that are for it alone."""
    for row in acting.rows(_ON_BUCKET):
        if str(row.get("bucket")).rpartition("/")[2] == bucket and not row.get("condition"):
            yield str(row.get("member")), str(row.get("role"))
    for row in acting.rows(_ON_PROJECT):
        named = f'resource.name.startsWith("projects/_/buckets/{bucket}/")'
        condition = row.get("condition")
        if not condition or named in str(part(row, "condition").get("expression")):
            yield str(row.get("member")), str(row.get("role"))


def _signed_in(acting: Acting) -> tuple[str, ...]:
    """As whom the usual chain signs in (Google Cloud, "How Application Default Credentials works")."""
    file = acting.environment.get("GOOGLE_APPLICATION_CREDENTIALS")
    if file is not None:
        return (_by_token(acting, file),)
    if not acting.on_gke:
        raise Denied("google: could not find default credentials")
    # "Principal identifiers": a service account of any cluster of the project, and all pods of one cluster.
    pool = f"projects/{PROJECT_NUMBER}/locations/global/workloadIdentityPools/{PROJECT}.svc.id.goog"
    cluster = f"https://container.googleapis.com/v1/{acting.cluster.id}"
    return (
        f"principal://iam.googleapis.com/{pool}/subject/ns/{acting.namespace}/sa/{acting.account}",
        f"principalSet://iam.googleapis.com/{pool}/kubernetes.cluster/{cluster}",
    )


def _by_token(acting: Acting, file: str) -> str:
    """Google's Security Token Service, for a credential of the type `external_account`."""
    if file not in acting.files:
        raise Denied(
            f"google: error getting credentials using GOOGLE_APPLICATION_CREDENTIALS: open {file}: no such file"
        )
    told: dict[str, Any] = json.loads(acting.files[file])
    token = str(part(told, "credential_source").get("file"))
    audience = acting.tokens.get(token)
    if told.get("type") != "external_account" or audience is None:
        raise Denied(f"google: could not find default credentials: open {token}: no such file or directory")
    wanted = str(told.get("audience", "")).removeprefix("//iam.googleapis.com/")
    provider = next((row for row in acting.rows(_PROVIDER) if row.get("name") == wanted), None)
    if provider is None:
        raise Denied(_sts("invalid_target", "The target service indicated by the audience parameters is invalid."))
    oidc = part(provider, "oidc")
    if str(oidc.get("issuerUri")) != acting.issuer:
        raise Denied(_sts("invalid_grant", f"The issuer in ID Token {acting.issuer} does not match the expected one."))
    if audience not in (strings(oidc.get("allowedAudiences")) or [f"https://iam.googleapis.com/{wanted}"]):
        raise Denied(_sts("invalid_grant", f"The audience in ID Token [{audience}] does not match the expected one."))
    condition = provider.get("attributeCondition")
    # CEL is not evaluated here: one that says anything else than whom it lets in lets nobody in.
    found = _SUBJECT.fullmatch(str(condition)) if condition else None
    mapped = part(provider, "attributeMapping").get("google.subject") == "assertion.sub"
    if provider.get("disabled") or not mapped or (condition and (found is None or found[1] != acting.subject)):
        raise Denied(_sts("unauthorized_client", "The given credential is rejected by the attribute condition."))
    pool = wanted.partition("/providers/")[0]
    return f"principal://iam.googleapis.com/{pool}/subject/{acting.subject}"


def _sts(code: str, said: str) -> str:
    answer = json.dumps({"error": code, "error_description": said})
    return f"oauth2/google: could not get credentials: status code 400: {answer}"
