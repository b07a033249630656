"""IAM: issuers of tokens that the account trusts."""

import re
from collections.abc import Mapping
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused, ResourceRules, StoreView
from wayfare.sandbox.clouds.aws.common import ACCOUNT, Violation, exception, known, made, named
from wayfare.sandbox.issuers import is_clusters, issuers

ISSUER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"

#: A host without a port, a path, no query (IAM API reference, CreateOpenIDConnectProvider.Url).
_URL = re.compile(r"https://[a-z0-9.-]+(/[^?#\s]*)?")


def _check(call: Call) -> list[Violation]:
    """An address, at most 100 audiences, each once, and at most 5 thumbprints of 40 hex digits (the same page)."""
    url, audiences, prints = (call.inputs.get(key) for key in ("url", "clientIdLists", "thumbprintLists"))
    found: list[Violation] = []
    if known(url) and not _URL.fullmatch(str(url)):
        found.append(("url", f"{url!r} must begin with https://, and hold neither a port nor a query"))
    if isinstance(audiences, list):
        listed: list[Any] = audiences  # pyright: ignore[reportUnknownVariableType] - any JSON
        if not 1 <= len(listed) <= 100:
            found.append(("clientIdLists", f"expected 1 to 100 items, got {len(listed)}"))
        if len({str(each) for each in listed}) < len(listed):
            found.append(("clientIdLists", "holds an item twice"))
    if isinstance(prints, list) and len(prints) > 5:  # pyright: ignore[reportUnknownArgumentType] - any JSON
        found.append(("thumbprintLists", "expected at most 5 items"))
    return found


def _make(call: Call) -> Made:
    """One for an issuer in an account; IAM asks the issuer for its keys, which must be there."""
    url = str(call.inputs["url"])
    doing, operation = "creating IAM OIDC Provider", "IAM: CreateOpenIDConnectProvider"
    if named(call.store.rows(ISSUER), "url", url.removeprefix("https://")) is not None:
        text = f"Provider with url {url} already exists."
        raise Refused(exception(doing, operation, "EntityAlreadyExistsException", text, 409))
    if is_clusters(url) and url not in issuers(call.store):
        text = f"Please make sure that {url}/.well-known/openid-configuration is accessible"
        raise Refused(exception(doing, operation, "OpenIdIdpCommunicationErrorException", text))
    address = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{url.removeprefix('https://')}"
    prints = call.inputs.get("thumbprintLists") or [call.store.new_id(40)]
    outputs: Properties = {"arn": address, "url": url.removeprefix("https://"), "thumbprintLists": prints}
    return made(call, address, outputs, regional=False)


def get(arguments: Mapping[str, Any], configuration: Mapping[str, str], store: StoreView) -> Properties:
    """By its address or its ARN (the provider's function `getOpenIdConnectProvider`)."""
    del configuration
    url, address = str(arguments.get("url") or ""), arguments.get("arn")
    rows = store.rows(ISSUER)
    row = named(rows, "arn", address) if address else named(rows, "url", url.removeprefix("https://"))
    if row is None:
        raise Refused(f"finding IAM OIDC Provider by url ({url or address}): couldn't find resource")
    told = {key: row.outputs[key] for key in ("arn", "url", "clientIdLists", "thumbprintLists")}
    return {**told, "id": row.id, "tags": dict(row.tags)}


RULES: dict[str, ResourceRules] = {
    ISSUER: ResourceRules(seconds=1, delete_seconds=1, replace_on=frozenset({"url"}), check=_check, create=_make),
}
