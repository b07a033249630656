"""Identities and rights as Azure makes them."""

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.names import error, guid, located, made, stamp, within

_KIND = "Microsoft.ManagedIdentity/userAssignedIdentities"
#: As azure-native 3.29 speaks it.
_VERSION = "2023-01-31"
_MOST_FEDERATIONS = 20


def identity(call: Call) -> Made:
    """An identity that resources or pods act as. Azure deletes one that is still in use, and asks nobody."""
    id = within(call, f"{_KIND}/{call.inputs['resourceName']}")
    outputs: Properties = {
        **located(call),
        "clientId": guid(call),
        "principalId": guid(call),
        "tenantId": names.TENANT,
        "systemData": stamp(call),
    }
    return made(call, _KIND, id, outputs, _VERSION)


def federation(call: Call) -> Made:
    """A trust of an identity in tokens of a cluster: one for an issuer and subject, twenty in all.

    Microsoft, "Important considerations and restrictions for federated identity credentials".
    """
    holder = within(call, f"{_KIND}/{call.inputs['resourceName']}")
    names.parent(call, names.IDENTITY, holder, "userAssignedIdentities/federatedIdentityCredentials")
    others = [row for row in call.store.rows(call.token) if row.id.lower().startswith(f"{holder.lower()}/")]
    if len(others) >= _MOST_FEDERATIONS:
        raise Refused(error("BadRequest", f"Too many federated identity credentials: at most {_MOST_FEDERATIONS}."))
    if any(all(row.inputs.get(key) == call.inputs.get(key) for key in ("issuer", "subject")) for row in others):
        raise Refused(error("Conflict", "Issuer and subject combination already exists for this Managed Identity."))
    id = f"{holder}/federatedIdentityCredentials/{call.inputs['federatedIdentityCredentialResourceName']}"
    return made(call, f"{_KIND}/federatedIdentityCredentials", id, {"systemData": stamp(call)}, _VERSION)


def assignment(call: Call) -> Made:
    """A role for a principal on a scope, once."""
    inputs = call.inputs
    same = ("principalId", "roleDefinitionId", "scope")
    _scope(call, str(inputs["scope"]))
    _principal(call, str(inputs["principalId"]))
    for row in call.store.rows(call.token):
        if all(str(row.inputs.get(key)).lower() == str(inputs.get(key)).lower() for key in same):
            raise Refused(error("RoleAssignmentExists", "The role assignment already exists."))
    name = inputs.get("roleAssignmentName") or guid(call)
    id = f"{inputs['scope']}/providers/Microsoft.Authorization/roleAssignments/{name}"
    now = call.store.now().isoformat()
    outputs: Properties = {
        "createdBy": names.CALLER,
        "createdOn": now,
        "updatedBy": names.CALLER,
        "updatedOn": now,
        "principalType": inputs.get("principalType", "User"),
        "systemData": stamp(call),
    }
    return made(call, "Microsoft.Authorization/roleAssignments", id, outputs, "2022-04-01")


def change_assignment(call: Call) -> Properties:
    """Condition and description alone (Microsoft, "Troubleshoot Azure RBAC": RoleAssignmentUpdateNotPermitted)."""
    if names.changed(call, ("principalId", "principalType", "roleDefinitionId", "scope")):
        raise Refused(
            error(
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            )
        )
    return names.updated(call)


def _scope(call: Call, scope: str) -> None:
    """What the rights are on exists, as far as it is in a resource group that AKS has not made for its nodes."""
    group = scope.partition("/resourceGroups/")[2].partition("/")[0]
    of_nodes = {str(row.outputs.get("nodeResourceGroup")).lower() for row in call.store.rows(names.CLUSTER)}
    if not group or group.lower() in of_nodes:
        return
    if not names.exists(call, names.GROUP, names.group_id(group)):
        raise Refused(error("ResourceGroupNotFound", f"Resource group '{group}' could not be found."))
    if "/providers/" in scope and not any(row.id.lower() == scope.lower() for row in call.store.rows()):
        raise names.not_found(scope)


def _principal(call: Call, principal: str) -> None:
    """Who gets the rights exists, and is what the assignment says it is.

    Microsoft, "Troubleshoot Azure RBAC". An id that is said to be a service principal's is not looked up: it may not
    have reached every directory server yet ("Add role assignments using the REST API": new service principal).
    """
    said = str(call.inputs.get("principalType") or "")
    known = {str(row.outputs.get("principalId")).lower() for row in call.store.rows(names.IDENTITY)}
    of_workflows = [names.part(row.outputs, "identity") for row in call.store.rows(names.WORKFLOW)]
    known |= {str(each["principalId"]).lower() for each in of_workflows if "principalId" in each}
    if principal.lower() in known and said not in ("", "ServicePrincipal"):
        raise Refused(
            error(
                "UnmatchedPrincipalType",
                f"The PrincipalId '{principal}' has type 'ServicePrincipal' , which is different from specified "
                f"PrinciaplType '{said}'.",
            )
        )
    # The directory's groups are not the sandbox's: one that is said to be a group is taken for one.
    if principal.lower() not in known | {names.CALLER} and said not in ("ServicePrincipal", "Group"):
        raise Refused(
            error(
                "PrincipalNotFound",
                f"Principal {principal.replace('-', '')} does not exist in the directory {names.TENANT}. Check that "
                "you have the correct principal ID.",
            )
        )
