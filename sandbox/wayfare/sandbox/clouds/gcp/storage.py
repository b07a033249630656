"""Buckets, service accounts and grants as Cloud Storage and IAM make them."""

import re
from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Refused
from wayfare.sandbox.clouds.gcp import keys, services
from wayfare.sandbox.clouds.gcp.names import ACCOUNT, BUCKET, CLUSTER, POOL, PROJECT_NUMBER, STORAGE, part, project

_PRINCIPAL = re.compile(
    r"principal(?:Set)?://iam\.googleapis\.com/projects/([^/]+)/locations/global/workloadIdentityPools/([^/]+)/.+"
)
_FILTERED = "There is an IP filtering condition that is preventing access to the resource."


def _closed(inputs: Mapping[str, Any]) -> bool:
    """Whether a bucket is open to some networks only. Whoever runs the engine is taken to be in none of them."""
    return part(inputs, "ipFilter").get("mode") == "Enabled"


def bucket(call: Call) -> Made:
    """A bucket; its name is one in the world."""
    name, inputs = str(call.inputs["name"]), call.inputs
    if call.store.row(BUCKET, name) is not None:
        raise Refused(
            "googleapi: Error 409: Your previous request to create the named bucket succeeded and you already own it., "
            "conflict"
        )
    keys.require(call, part(inputs, "encryption").get("defaultKmsKeyName"), keys.STORAGE)
    call.store.bucket_made(name)
    labels = {**part(inputs, "labels"), "goog-pulumi-provisioned": "true"}
    now = call.store.now().isoformat(timespec="milliseconds")
    soft: dict[str, Any] = {"retentionDurationSeconds": 604800, **part(inputs, "softDeletePolicy")}
    return Made(
        name,
        {
            "project": project(call),
            "projectNumber": int(PROJECT_NUMBER),
            "location": str(inputs["location"]).upper(),
            "url": f"gs://{name}",
            "selfLink": STORAGE + name,
            "storageClass": inputs.get("storageClass", "STANDARD"),
            "publicAccessPrevention": inputs.get("publicAccessPrevention", "inherited"),
            "uniformBucketLevelAccess": bool(inputs.get("uniformBucketLevelAccess")),
            "softDeletePolicy": {**soft, "effectiveTime": now},
            "effectiveLabels": labels,
            "pulumiLabels": labels,
            "rpo": "",
            "timeCreated": now,
            "updated": now,
        },
    )


def delete_bucket(call: Call) -> None:
    """Only an empty bucket goes, or one that the provider may empty, which it must get to."""
    name = str(call.id)
    services.prevented(call)
    if _closed(call.inputs) and call.inputs.get("forceDestroy") and not call.store.bucket_empty(name):
        raise Refused(f"Error deleting contents of bucket {name}: googleapi: Error 403: {_FILTERED}, forbidden")
    if not call.inputs.get("forceDestroy") and not call.store.bucket_empty(name):
        raise Refused(f"Error trying to delete bucket {name} containing objects without `force_destroy` set to true")
    call.store.bucket_removed(name)


def account(call: Call) -> Made:
    """A service account."""
    email = f"{call.inputs['accountId']}@{project(call)}.iam.gserviceaccount.com"
    path = f"projects/{project(call)}/serviceAccounts/{email}"
    if call.store.row(ACCOUNT, path) is not None:
        raise Refused(
            "Error creating service account: googleapi: Error 409: Service account "
            f"{call.inputs['accountId']} already exists within project projects/{project(call)}., alreadyExists"
        )
    number = str(int(call.store.new_id(17), 16))
    return Made(
        path,
        {
            "project": project(call),
            "email": email,
            "name": path,
            "member": f"serviceAccount:{email}",
            "uniqueId": number,
            "disabled": False,
        },
    )


def project_member(call: Call) -> Made:
    """A role for a member on the project. IAM refuses a service account that is not there (public issues)."""
    owner, member = str(call.inputs["project"]), str(call.inputs["member"])
    email = member.removeprefix("serviceAccount:")
    path = f"projects/{owner}/serviceAccounts/{email}"
    if (
        email != member
        and email.endswith(f"@{owner}.iam.gserviceaccount.com")
        and call.store.row(ACCOUNT, path) is None
    ):
        raise Refused(
            f'Request `Create IAM Members {call.inputs["role"]} {member} for project "{owner}"` returned error: Error '
            f'setting IAM policy for project "{owner}": googleapi: Error 400: Service account {email} does not exist., '
            "badRequest"
        )
    if ".svc.id.goog" in member and not any(
        row.inputs.get("workloadIdentityConfig") for row in call.store.rows(CLUSTER)
    ):
        raise Refused(
            f'Error setting IAM policy for project "{owner}": googleapi: Error 400: Identity Pool does not exist '
            f"({owner}.svc.id.goog)., badRequest"
        )
    id = "/".join(str(part) for part in (owner, call.inputs["role"], member))
    if condition := part(call.inputs, "condition"):
        id += f"/{condition['title']}/{condition.get('description', '')}/{condition['expression']}"
    return Made(id, {"etag": call.store.new_id(11)})


def bucket_member(call: Call) -> Made:
    """A role for a member on a bucket. A project's identity pool exists from its first cluster on."""
    name, member = str(call.inputs["bucket"]).removeprefix("b/"), str(call.inputs["member"])
    what = f'Error setting IAM policy for storage bucket "b/{name}": googleapi: Error'
    row = call.store.row(BUCKET, name)
    if row is None:
        raise Refused(f"{what} 404: The specified bucket does not exist., notFound")
    if _closed(row.inputs):
        # Not among the operations that whoever is exempt may do ("Bypass bucket IP filtering rules").
        raise Refused(f"{what} 403: {_FILTERED}, forbidden")
    if ".svc.id.goog" in member and not any(
        row.inputs.get("workloadIdentityConfig") for row in call.store.rows(CLUSTER)
    ):
        raise Refused(f"{what} 400: Identity Pool does not exist ({project(call)}.svc.id.goog)., invalid")
    _federated(call, member, what)
    id = f"b/{name}/{call.inputs['role']}/{member}"
    if condition := part(call.inputs, "condition"):
        bucket = call.store.row(BUCKET, name)
        if bucket is not None and not bucket.inputs.get("uniformBucketLevelAccess"):
            raise Refused(f"{what} 400: Conditions need uniform bucket-level access., invalid")
        id += f"/{condition.get('title', '')}/{condition.get('description', '')}/{condition.get('expression', '')}"
    return Made(id, {"bucket": f"b/{name}", "etag": call.store.new_id(11)})


def _federated(call: Call, member: str, what: str) -> None:
    """An identity of a pool from elsewhere is of a pool that is there ("Principal identifiers")."""
    found = _PRINCIPAL.match(member)
    if found is None or found[2].endswith(".svc.id.goog"):
        return
    path = f"projects/{project(call)}/locations/global/workloadIdentityPools/{found[2]}"
    if found[1] != PROJECT_NUMBER or call.store.row(POOL, path) is None:
        raise Refused(f"{what} 400: Identity Pool does not exist ({found[2]})., invalid")
