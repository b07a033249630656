"""Services of a project, its own roles, secrets, and Artifact Registry."""

import re

from wayfare.sandbox.behaviour import Call, Made, Refused
from wayfare.sandbox.clouds.gcp import keys
from wayfare.sandbox.clouds.gcp.checks import Violations, labelled, matching, one_of
from wayfare.sandbox.clouds.gcp.names import CLUSTER, MANAGED_SECRET, PROJECT_NUMBER, REPOSITORY, part, project

_REPOSITORY = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_ROLE = re.compile(r"[a-zA-Z0-9_.]{3,64}")


def service(call: Call) -> Made:
    """An enabled service."""
    return Made(f"{project(call)}/{call.inputs['service']}", {"project": project(call)})


def identity(call: Call) -> Made:
    """The agent of a service, made if it is not there (serviceusage.v1beta1 services.generateServiceIdentity)."""
    name = str(call.inputs["service"])
    domain = {"container.googleapis.com": keys.GKE, "artifactregistry.googleapis.com": keys.ARTIFACTS}.get(
        name, f"gcp-sa-{name.partition('.')[0]}.iam.gserviceaccount.com"
    )
    email = f"service-{PROJECT_NUMBER}@{domain}"
    path = f"projects/{project(call)}/services/{name}"
    return Made(path, {"project": project(call), "email": email, "member": f"serviceAccount:{email}"})


def custom_role(call: Call) -> Violations:
    """The id of a role (iam.v1 CreateRoleRequest.roleId)."""
    return matching(call.inputs, _ROLE, "roleId")


def make_custom_role(call: Call) -> Made:
    """A role of the project's own."""
    path = f"projects/{project(call)}/roles/{call.inputs['roleId']}"
    return Made(path, {"project": project(call), "name": path, "deleted": False, "stage": "GA"})


def make_secret(call: Call) -> Made:
    """A secret; its versions are not modelled."""
    path = f"projects/{project(call)}/secrets/{call.inputs['secretId']}"
    return Made(path, {"project": project(call), "name": path})


def secret_member(call: Call) -> Made:
    """A right to a secret that is there. Those of other projects are not known here."""
    secret, role, member = (str(call.inputs[name]) for name in ("secretId", "role", "member"))
    path = secret if secret.startswith("projects/") else f"projects/{project(call)}/secrets/{secret}"
    what = f"Error setting IAM policy for secretmanager secret {path!r}: "
    if path.startswith(f"projects/{project(call)}/") and call.store.row(MANAGED_SECRET, path) is None:
        raise Refused(f"{what}googleapi: Error 404: Secret [{path}] not found.")
    _require_pool(call, member, what)
    return Made(f"{path}/{role}/{member}", {"project": path.split("/")[1], "etag": call.store.new_id(11)})


def repository(call: Call) -> Violations:
    """Its name and key (artifactregistry.v1 Repository)."""
    inputs = call.inputs
    found = [*matching(inputs, _REPOSITORY, "repositoryId"), *labelled(inputs, "labels", "labels")]
    scanning = part(inputs, "vulnerabilityScanningConfig")
    found += one_of(
        "vulnerabilityScanningConfig.enablementConfig", scanning.get("enablementConfig"), ("INHERITED", "DISABLED")
    )
    if inputs.get("dockerConfig") and inputs.get("format") != "DOCKER":
        found.append(("dockerConfig", "Docker config is not supported for repositories of another format"))
    return [*found, *keys.place("kmsKeyName", inputs.get("kmsKeyName"), inputs.get("location"))]


def make_repository(call: Call) -> Made:
    """A repository."""
    inputs = call.inputs
    keys.require(call, inputs.get("kmsKeyName"), keys.ARTIFACTS, "Error creating Repository: ")
    path = f"projects/{project(call)}/locations/{inputs['location']}/repositories/{inputs['repositoryId']}"
    if call.store.row(REPOSITORY, path) is not None:
        raise Refused("Error creating Repository: googleapi: Error 409: the repository already exists")
    labels = {**part(inputs, "labels"), "goog-pulumi-provisioned": "true"}
    now = call.store.now().isoformat(timespec="seconds")
    return Made(
        path,
        {
            "project": project(call),
            "name": inputs["repositoryId"],
            "registryUri": f"{inputs['location']}-docker.pkg.dev/{project(call)}/{inputs['repositoryId']}",
            "mode": inputs.get("mode", "STANDARD_REPOSITORY"),
            "createTime": now,
            "updateTime": now,
            "effectiveLabels": labels,
            "pulumiLabels": labels,
        },
    )


def repository_member(call: Call) -> Made:
    """A right to a repository that is there."""
    inputs, owner = call.inputs, project(call)
    path = f"projects/{owner}/locations/{inputs['location']}/repositories/{inputs['repository']}"
    what = f"Error retrieving IAM policy for artifactregistry repository {path!r}: "
    if call.store.row(REPOSITORY, path) is None:
        raise Refused(f"{what}googleapi: Error 404: Requested entity was not found.")
    _require_pool(call, str(inputs["member"]), what)
    return Made(f"{path}/{inputs['role']}/{inputs['member']}", {"project": owner, "etag": call.store.new_id(11)})


def prevented(call: Call) -> None:
    """The provider refuses to delete what is protected by its own argument."""
    if call.inputs.get("deletionPolicy") == "PREVENT":
        kind = call.token.rpartition(":")[2]
        raise Refused(f"cannot destroy {kind} without setting deletion_policy to another value than PREVENT")


def _require_pool(call: Call, member: str, prefix: str) -> None:
    """A project's identity pool exists from its first cluster on."""
    if ".svc.id.goog" in member and not any(
        row.inputs.get("workloadIdentityConfig") for row in call.store.rows(CLUSTER)
    ):
        text = f"Identity Pool does not exist ({project(call)}.svc.id.goog)."
        raise Refused(f"{prefix}googleapi: Error 400: {text}, invalid")
