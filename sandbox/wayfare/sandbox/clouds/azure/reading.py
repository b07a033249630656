"""Whether pods may read a container: as Entra and Blob Storage decide it, as far as clusters' identities and trusts go.

Microsoft, "Workload identity federation" (issuer, subject and audience are compared as they are written) and "Assign an
Azure role for access to blob data".
"""

from collections.abc import Sequence

from wayfare.sandbox.behaviour import Refused, Row, StoreView
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.visitors import Visitor

#: "Storage Blob Data Contributor" and "… Owner", and "… Reader" besides.
_WRITERS = ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b")
_READERS = ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", *_WRITERS)

_NOT_FEDERATED = (
    "AADSTS700213: No matching federated identity record found for presented assertion subject '{0.subject}', issuer "
    "'{0.issuer}' and audience '{0.audience}'."
)


def reads(visitor: Visitor, bucket: str, store: StoreView) -> None:
    """Raises `Refused` where a visitor may not read `ACCOUNT/CONTAINER`."""
    account = bucket.partition("/")[0]
    if any(_is_closed(row) for row in store.rows(names.ACCOUNT) if row.outputs["name"] == account):
        raise Refused("AuthorizationFailure: This request is not authorized to perform this operation.")
    _may(visitor, bucket, store, _READERS)


def writes(visitor: Visitor, bucket: str, store: StoreView) -> None:
    """Raises `Refused` where a visitor from its own network may not read it and write into it."""
    _may(visitor, bucket, store, _WRITERS)


def _may(visitor: Visitor, bucket: str, store: StoreView, roles: Sequence[str]) -> None:
    client = visitor.environment.get("AZURE_CLIENT_ID") or visitor.identity
    identity = next((row for row in store.rows(names.IDENTITY) if row.outputs["clientId"] == client), None)
    if identity is None:
        raise Refused(f"AADSTS700016: Application with identifier '{client}' was not found in the directory.")
    if "AZURE_CLIENT_ID" in visitor.environment and not _is_federated(visitor, identity, store):
        raise Refused(_NOT_FEDERATED.format(visitor))
    account, _, name = bucket.partition("/")
    container = next((row for row in store.rows(names.CONTAINER) if _is(row, account, name)), None)
    if container is None:
        raise Refused("ContainerNotFound: The specified container does not exist.")
    principal = str(identity.outputs["principalId"])
    if not any(_lets(row, principal, container.id, roles) for row in store.rows(names.ASSIGNMENT)):
        raise Refused(
            "AuthorizationPermissionMismatch: This request is not authorized to perform this operation using this "
            "permission."
        )


def _is_federated(visitor: Visitor, identity: Row, store: StoreView) -> bool:
    said = (visitor.issuer, visitor.subject)
    return any(
        (row.inputs.get("issuer"), row.inputs.get("subject")) == said
        and visitor.audience in names.texts(row.inputs, "audiences")
        for row in store.rows(names.FEDERATION)
        if row.id.lower().startswith(f"{identity.id.lower()}/")
    )


def _is(row: Row, account: str, container: str) -> bool:
    return row.id.endswith(f"/storageAccounts/{account}/blobServices/default/containers/{container}")


def _is_closed(account: Row) -> bool:
    return account.inputs.get("publicNetworkAccess") == "Disabled"


def _lets(assignment: Row, principal: str, container: str, roles: Sequence[str]) -> bool:
    inputs = assignment.inputs
    role, scope = str(inputs.get("roleDefinitionId")).rpartition("/")[2], str(inputs.get("scope"))
    # A condition narrows a role: that of a data set names another container.
    return (
        inputs.get("principalId") == principal
        and role in roles
        and not inputs.get("condition")
        and f"{container}/".lower().startswith(f"{scope}/".lower())
    )
