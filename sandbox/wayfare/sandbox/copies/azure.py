"""Whether Azure lets a pod at a container's blobs, by the identities, federations and roles that the sandbox holds."""

from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.copies.acting import Acting, strings
from wayfare.sandbox.copies.denied import Denied

#: Built-in roles "Storage Blob Data Reader", "… Contributor" and "… Owner".
_READERS = ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",)
_WRITERS = ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b")

#: Whom Azure's webhook has the token be for (Microsoft, "Workload identity for Kubernetes").
_AUDIENCE = "api://AzureADTokenExchange"


def refuse(acting: Acting, account: str, container: str, *, write: bool) -> None:
    """Raise `Denied` in the words of Blob Storage, or in those of the SDK that cannot sign in."""
    identity = _signed_in(acting)
    end = f"/storageaccounts/{account}/blobservices/default/containers/{container}".lower()
    place = next((each for row in acting.rows(names.CONTAINER) if (each := str(row["id"]).lower()).endswith(end)), None)
    if place is None:
        raise Denied(_blob(404, "ContainerNotFound", "The specified container does not exist."))
    wanted = _WRITERS if write else (*_READERS, *_WRITERS)
    for row in acting.rows(names.ASSIGNMENT):
        scope, role = str(row.get("scope", "")).lower(), str(row.get("roleDefinitionId", "")).rpartition("/")[2]
        within = place == scope or place.startswith(f"{scope}/")
        if within and row.get("principalId") == identity["principalId"] and role in wanted:
            return
    said = "This request is not authorized to perform this operation using this permission."
    raise Denied(_blob(403, "AuthorizationPermissionMismatch", said))


def _signed_in(acting: Acting) -> Mapping[str, Any]:
    """The identity that the SDK's usual chain ends with: by the container's variables, or those of Azure's webhook."""
    client, file = acting.environment.get("AZURE_CLIENT_ID"), acting.environment.get("AZURE_FEDERATED_TOKEN_FILE")
    if client and file:
        audience = acting.tokens.get(file)
        if audience is None:
            raise Denied(_sdk(f"open {file}: no such file or directory"))
    elif acting.on_aks and acting.labels.get("azure.workload.identity/use") == "true":
        client, audience = acting.annotations.get("azure.workload.identity/client-id"), _AUDIENCE
    else:
        raise Denied(_sdk("no token credential is configured, and no managed identity answers"))
    identity = next((row for row in acting.rows(names.IDENTITY) if row.get("clientId") == client), None)
    if identity is None:
        raise Denied(_sdk(f"AADSTS700016: Application with identifier '{client}' was not found in the directory"))
    for row in acting.rows(names.FEDERATION):
        theirs = str(row["id"]).lower().startswith(f"{str(identity['id']).lower()}/")
        said = (row.get("issuer"), row.get("subject"))
        if theirs and said == (acting.issuer, acting.subject) and audience in strings(row.get("audiences")):
            return identity
    raise Denied(
        _sdk(
            "AADSTS700213: No matching federated identity record found for presented assertion subject "
            f"'{acting.subject}', issuer '{acting.issuer}', audience '{audience}'"
        )
    )


def _blob(status: int, code: str, said: str) -> str:
    return f"RESPONSE {status}: {status} {said} ERROR CODE: {code}"


def _sdk(said: str) -> str:
    return f"DefaultAzureCredential: failed to acquire a token. WorkloadIdentityCredential: {said}"
