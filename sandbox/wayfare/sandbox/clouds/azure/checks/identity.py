"""Rules for identities and rights."""

import re

from wayfare.sandbox.behaviour import Call
from wayfare.sandbox.clouds.azure.checks.forms import UUID, Violations, known, matches, tagged
from wayfare.sandbox.clouds.azure.names import texts

#: Microsoft, "Naming rules and restrictions for Azure resources".
_IDENTITY = re.compile(r"[A-Za-z0-9][-_A-Za-z0-9]{2,127}")
_FEDERATION = re.compile(r"[A-Za-z0-9][-_A-Za-z0-9]{2,119}")
_SCOPE = re.compile(r"/|/(subscriptions|providers/Microsoft\.Management/managementGroups)/.+", re.IGNORECASE)
_ROLE = re.compile(r"(/.+)?/providers/Microsoft\.Authorization/roleDefinitions/" + UUID.pattern, re.IGNORECASE)


def identity(call: Call) -> Violations:
    """3 to 128 letters, digits, hyphens and underscores."""
    return [*matches(call.inputs, "resourceName", _IDENTITY), *tagged(call)]


def federation(call: Call) -> Violations:
    """Exactly one audience, an issuer over HTTPS, no blanks around what is compared with the token.

    Microsoft, "Important considerations and restrictions for federated identity credentials".
    """
    inputs = call.inputs
    found = matches(inputs, "federatedIdentityCredentialResourceName", _FEDERATION)
    audiences, issuer = texts(inputs, "audiences"), inputs.get("issuer")
    if known(inputs.get("audiences")) and len(audiences) != 1:
        found.append(("audiences", "exactly one audience is allowed"))
    if known(issuer) and not str(issuer).startswith("https://"):
        found.append(("issuer", "must be an https address"))
    return found + [
        (key, "leading and trailing blanks are not allowed")
        for key in ("issuer", "subject")
        if known(inputs.get(key)) and str(inputs[key]) != str(inputs[key]).strip()
    ]


def assignment(call: Call) -> Violations:
    """Names and principals are UUIDs, scopes and roles ids (Microsoft, "Add role assignments using the REST API")."""
    inputs = call.inputs
    found = [*matches(inputs, "roleAssignmentName", UUID), *matches(inputs, "principalId", UUID)]
    # "If you specify a condition, you must also specify its version" ("Add or edit conditions using the REST API").
    if known(inputs.get("condition")) and not known(inputs.get("conditionVersion")):
        found.append(("conditionVersion", "needed with a condition: 2.0"))
    return [*found, *matches(inputs, "scope", _SCOPE), *matches(inputs, "roleDefinitionId", _ROLE)]
