"""Pools of identities that come from elsewhere, and the issuers that vouch for them.

IAM API reference, projects.locations.workloadIdentityPools and their providers.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from wayfare.sandbox.behaviour import UNKNOWN, Call, Made, Properties, Refused, ResourceRules
from wayfare.sandbox.clouds.gcp.checks import Violations, matching
from wayfare.sandbox.clouds.gcp.names import POOL, POOL_PROVIDER, PROJECT_NUMBER, part, project

_ID = re.compile(r"[a-z0-9-]{4,32}")
_PREFIX = "gcp-"
_KEPT = timedelta(days=30)

_TAKEN = "googleapi: Error 409: Requested entity already exists"
_ABSENT = "googleapi: Error 404: Requested entity was not found."

#: What an attribute may be called besides Google's own two.
_ATTRIBUTE = re.compile(r"google\.(subject|groups)|attribute\.[a-z0-9_]{1,100}")
#: What a condition may speak of.
_SAID = re.compile(r"\b(assertion|google|attribute)\b")
_SOURCES = ("aws", "oidc", "saml", "x509")


def _id(inputs: Mapping[str, Any], key: str) -> Violations:
    """4 to 32 lower-case letters, digits and dashes; what begins with `gcp-` is Google's."""
    value = inputs.get(key)
    found = matching(inputs, _ID, key)
    if isinstance(value, str) and value.startswith(_PREFIX):
        found.append((key, f'"{key}" ("{value}") can not start with "{_PREFIX}"'))
    return found


def pool(call: Call) -> Violations:
    """What the provider checks of a pool."""
    return _id(call.inputs, "workloadIdentityPoolId")


def provider(call: Call) -> Violations:
    """One source of identities, each with a subject; of OIDC, an address over HTTPS and at most 10 audiences."""
    inputs = call.inputs
    found = _id(inputs, "workloadIdentityPoolProviderId")
    given = [source for source in _SOURCES if inputs.get(source) is not None]
    if len(given) != 1:
        found.append((given[1] if given else "oidc", f"one of `{','.join(_SOURCES)}` must be specified"))
    return [*found, *_attributes(inputs), *_oidc(inputs)]


def _attributes(inputs: Mapping[str, Any]) -> Violations:
    mapping, condition = inputs.get("attributeMapping"), inputs.get("attributeCondition")
    found: Violations = []
    if mapping != UNKNOWN and inputs.get("aws") is None:
        keys: list[str] = list(mapping or {})
        if "google.subject" not in keys:
            found.append(("attributeMapping", "The attribute mapping must map google.subject"))
        found += [("attributeMapping", f"Invalid attribute: {key}") for key in keys if not _ATTRIBUTE.fullmatch(key)]
    if isinstance(condition, str) and condition != UNKNOWN:
        if len(condition) > 4096:
            found.append(("attributeCondition", "The attribute condition exceeds 4096 characters"))
        if not _SAID.search(condition):
            text = "The attribute condition must reference one of the provider's claims"
            found.append(("attributeCondition", text))
    return found


def _oidc(inputs: Mapping[str, Any]) -> Violations:
    oidc = part(inputs, "oidc")
    issuer, audiences = oidc.get("issuerUri"), oidc.get("allowedAudiences")
    found: Violations = []
    if issuer not in (None, UNKNOWN) and not str(issuer).startswith("https://"):
        found.append(("oidc.issuerUri", "The issuer must be an HTTPS endpoint"))
    if isinstance(audiences, list):
        listed: list[Any] = audiences  # pyright: ignore[reportUnknownVariableType] - any JSON
        if len(listed) > 10:
            found.append(("oidc.allowedAudiences", "at most 10 audiences may be configured"))
        if any(len(str(each)) > 256 for each in listed):
            found.append(("oidc.allowedAudiences", "an audience may be at most 256 characters"))
    return found


def make_pool(call: Call) -> Made:
    """A pool; the id of a deleted one is taken for 30 days, in which it can be had back."""
    path = f"projects/{project(call)}/locations/global/workloadIdentityPools/{call.inputs['workloadIdentityPoolId']}"
    _free(call, POOL, path, "WorkloadIdentityPool")
    return Made(path, _outputs(call, path))


def make_provider(call: Call) -> Made:
    """A provider in a pool that is there."""
    inputs = call.inputs
    above = f"projects/{project(call)}/locations/global/workloadIdentityPools/{inputs['workloadIdentityPoolId']}"
    if call.store.row(POOL, above) is None:
        raise Refused(f"Error creating WorkloadIdentityPoolProvider: {_ABSENT}")
    path = f"{above}/providers/{inputs['workloadIdentityPoolProviderId']}"
    _free(call, POOL_PROVIDER, path, "WorkloadIdentityPoolProvider")
    return Made(path, _outputs(call, path))


def _free(call: Call, token: str, path: str, kind: str) -> None:
    deleted = call.store.deleted(token, path)
    if call.store.row(token, path) is not None or (deleted is not None and call.store.now() < deleted + _KEPT):
        raise Refused(f"Error creating {kind}: {_TAKEN}")


def _outputs(call: Call, path: str) -> Properties:
    """Names have the project's number, ids what it is called."""
    name = path.replace(f"projects/{project(call)}/", f"projects/{PROJECT_NUMBER}/", 1)
    return {"name": name, "project": project(call), "state": "ACTIVE"}


RULES: Mapping[str, ResourceRules] = {
    POOL: ResourceRules(
        seconds=4,
        delete_seconds=4,
        replace_on=frozenset({"workloadIdentityPoolId", "mode"}),
        check=pool,
        create=make_pool,
        tags=None,
    ),
    POOL_PROVIDER: ResourceRules(
        seconds=4,
        delete_seconds=4,
        replace_on=frozenset({"workloadIdentityPoolId", "workloadIdentityPoolProviderId"}),
        check=provider,
        create=make_provider,
        tags=None,
    ),
}
