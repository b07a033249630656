"""What all services of AWS have in common: the account, ARNs, and how the provider words an error."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any, cast

from wayfare.sandbox.behaviour import UNKNOWN, Call, Made, Properties, Row
from wayfare.sandbox.generic import tags_of

ACCOUNT = "123456789012"

CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/Administrator/sandbox"
CALLER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/Administrator"

Violation = tuple[str, str]


def region_of(call: Call) -> str:
    """The region in which a call acts; what a resource does by itself is in its own."""
    return str(call.inputs.get("region") or call.configuration.get("region") or call.region)


def arn(service: str, region: str, rest: str) -> str:
    """An ARN in the sandbox's account."""
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{rest}"


def ec2_id(call: Call, prefix: str) -> str:
    """An id such as `vpc-0a1b…`: 17 hex digits, the first of them 0."""
    return f"{prefix}-0{call.store.new_id(16)}"


def made(call: Call, id: str, outputs: Mapping[str, Any], *, tagged: bool = True, regional: bool = True) -> Made:
    """A new resource: what the cloud adds to its inputs, with the region and all its tags where it has them."""
    common: Properties = {"region": region_of(call)} if regional else {}
    if tagged:
        common["tagsAll"] = tags_of("tags", call.inputs, call.configuration)
    return Made(id, {**common, **outputs})


def api_error(doing: str, operation: str, code: str, message: str, status: int = 400) -> str:
    """An error as the provider words it: what it was doing, then the API's code and message."""
    return (
        f"{doing}: operation error {operation}, https response error StatusCode: {status}, "
        f"RequestID: 5a1dbca7-0000-4000-8000-000000000000, api error {code}: {message}"
    )


def exception(doing: str, operation: str, code: str, message: str, status: int = 400) -> str:
    """An error of a service whose errors are typed (EKS, S3)."""
    return (
        f"{doing}: operation error {operation}, https response error StatusCode: {status}, "
        f"RequestID: 5a1dbca7-0000-4000-8000-000000000000, {code}: {message}"
    )


def zone_id(region: str, index: int) -> str:
    """`us-east-1`, 0 → `use1-az1`: the first letters of the region's words and its number."""
    area, direction, number = region.split("-")
    words = re.findall("north|south|east|west|central", direction)
    return f"{area}{''.join(word[0] for word in words)}{number}-az{index + 1}"


def named(rows: Sequence[Row], name: str, value: Any, region: str | None = None) -> Row | None:
    """The first row whose output has a value, in a region where one is given."""
    return next(
        (row for row in rows if row.outputs.get(name) == value and region in (None, row.region)),
        None,
    )


def here(call: Call, token: str, id: object) -> Row | None:
    """A resource in the call's own region: EC2 and EKS know no other region's."""
    row = call.store.row(token, str(id))
    return row if row is not None and row.region == region_of(call) else None


def known(value: object) -> bool:
    """Whether a value is there and known already in a preview."""
    return value is not None and value != UNKNOWN


def matches(inputs: Mapping[str, Any], path: str, pattern: str, words: str) -> Iterator[Violation]:
    """A string that must have a form."""
    value = inputs.get(path)
    if known(value) and not re.fullmatch(pattern, str(value)):
        yield path, f"{value!r} is not {words}"


def one_of(value: object, path: str, allowed: Sequence[str]) -> Iterator[Violation]:
    """A string out of a closed list."""
    if known(value) and value not in allowed:
        yield path, f"expected one of {list(allowed)}, got {value}"


def exclusive(inputs: Mapping[str, Any], *names: str) -> Iterator[Violation]:
    """At most one of these properties."""
    given = [name for name in names if inputs.get(name) is not None]
    for name in given[1:]:
        yield name, f"conflicts with {given[0]}"


def network_of(value: object) -> IPv4Network | None:
    """A range of addresses; None for what is none."""
    try:
        return IPv4Network(str(value))
    except ValueError:
        return None


def is_range(inputs: Mapping[str, Any], path: str, least: int = 0, most: int = 32) -> Iterator[Violation]:
    """An IPv4 range that begins at its own first address, as the provider checks it before any call."""
    value = inputs.get(path)
    if not known(value):
        return
    try:
        network = IPv4Network(str(value), strict=False)
    except ValueError:
        yield path, f"{value!r} is not a valid CIDR block"
        return
    if str(network) != value:
        yield path, f'"{value}" is not a valid CIDR block; did you mean "{network}"?'
    elif not least <= network.prefixlen <= most:
        words = f"between {least} and {most} significant bits"
        yield path, f'expected "{path}" to contain a network Value with {words}, got: {network.prefixlen}'


def exactly_one(inputs: Mapping[str, Any], *names: str) -> Iterator[Violation]:
    """One of these properties, and no second."""
    given = [name for name in names if inputs.get(name) is not None]
    if not given:
        yield names[0], f"one of `{','.join(names)}` must be specified"
    yield from exclusive(inputs, *names)


def is_json(inputs: Mapping[str, Any], path: str) -> Iterator[Violation]:
    """A policy is a JSON document with statements."""
    value = inputs.get(path)
    if not known(value):
        return
    try:
        document: Any = json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError as error:
        yield path, f"contains an invalid JSON policy: {error}"
        return
    if not isinstance(document, dict) or "Statement" not in document:
        yield path, "contains an invalid JSON policy: no Statement"


def mappings(value: object) -> list[dict[str, Any]]:
    """The objects in a list."""
    if not isinstance(value, list):
        return []
    return [cast("dict[str, Any]", item) for item in cast("list[Any]", value) if isinstance(item, dict)]


def mapping(value: object) -> dict[str, Any]:
    """An object, or an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def strings(value: object) -> list[str]:
    """The strings in a list."""
    return [str(item) for item in cast("list[Any]", value)] if isinstance(value, list) else []


def statements(document: Any) -> list[dict[str, Any]]:
    """The statements of a policy that is one: a list, or one alone (IAM User Guide, "Policy grammar")."""
    parsed = mapping(json.loads(document) if isinstance(document, str) else document)
    return mappings(parsed.get("Statement")) or [mapping(parsed.get("Statement"))]


def texts(value: object) -> list[str]:
    """What a policy may write as one text or as a list."""
    return [value] if isinstance(value, str) else strings(value)
