"""Values as the provider protocol carries them: structs, unknown values and secret envelopes.

The signatures and sentinels are constants of Pulumi's protocol (`pulumi.runtime.rpc`, and
`sdk/go/common/resource/plugin/rpc.go` for the unknown values that are not strings).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from google.protobuf import struct_pb2

from wayfare.sandbox.behaviour import UNKNOWN, Properties

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the name of an envelope, not a secret
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
ASSETS = frozenset({"c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"})

_UNKNOWNS = frozenset(
    {
        UNKNOWN,  # string
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)

_SHORTEST_SECRET = 4
"""Characters; a shorter text is found in every other word of a message."""

Path = tuple[str | int, ...]


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """A struct's fields as plain values; whole numbers become int."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return from_struct(value.struct_value)
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
        case _:
            return None


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Plain values as a struct."""
    struct = struct_pb2.Struct()
    struct.update(dict(properties))
    return struct


def is_unknown(value: object) -> bool:
    """Whether a value is known only after the preview."""
    return isinstance(value, str) and value in _UNKNOWNS


def has_unknown(value: object) -> bool:
    """Whether an unknown value is anywhere inside."""
    return is_unknown(value) or any(has_unknown(child) for _, child in _children(value))


def plain(value: Any) -> Any:
    """The value without secret, output and resource envelopes; a resource reference becomes its id."""
    if isinstance(value, list):
        return [plain(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return UNKNOWN if is_unknown(value) else value
    fields = cast("dict[str, Any]", value)
    match fields.get(SIGNATURE):
        case str(signature) if signature == SECRET:
            return plain(fields.get("value"))
        case str(signature) if signature == OUTPUT:
            return plain(fields["value"]) if "value" in fields else UNKNOWN
        case str(signature) if signature == RESOURCE:
            return plain(fields.get("id") or UNKNOWN)
        case _:
            return {key: plain(item) for key, item in fields.items()}


def secret(value: Any) -> Properties:
    """A value in a secret's envelope."""
    return {SIGNATURE: SECRET, "value": value}


def secret_paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where secrets stand in a value that still has its envelopes."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        if fields.get(SIGNATURE) == SECRET or (fields.get(SIGNATURE) == OUTPUT and fields.get("secret")):
            yield path
            return
    for key, child in _children(cast("object", value)):
        yield from secret_paths(child, (*path, key))


def secret_texts(value: Any) -> frozenset[str]:
    """The texts in a value that is secret as a whole, but for those of a few characters."""
    if isinstance(value, str):
        return frozenset({value}) if len(value) >= _SHORTEST_SECRET else frozenset()
    return frozenset[str]().union(*(secret_texts(child) for _, child in _children(cast("object", value))))


def hidden(text: str, secrets: Iterable[str]) -> str:
    """A message without these texts."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return text


def at(value: Any, path: Path) -> Any:
    """What a path leads to."""
    for part in path:
        value = value[part]
    return value


def conceal(properties: Properties, paths: Iterator[Path] | list[Path]) -> Properties:
    """The properties with the values at these paths in envelopes.

    Where the cloud gave a value another shape, so that a path is not there, the whole property is concealed.
    """
    concealed = dict(properties)
    for path in paths:
        if path and (key := str(path[0])) in concealed:
            held = concealed[key]
            inner = _concealed_at(held, path[1:])
            concealed[key] = secret(plain(held)) if inner is None else inner
    return concealed


def _concealed_at(value: Any, path: Path) -> Any | None:
    """A copy of the value with what the path leads to concealed, or None where it leads nowhere."""
    if isinstance(value, dict) and cast("dict[str, Any]", value).get(SIGNATURE) == SECRET:
        return cast("Any", value)
    if not path:
        return secret(value)
    head, rest = path[0], path[1:]
    if isinstance(value, dict) and head in value:
        fields = cast("dict[str | int, Any]", value)
        inner = _concealed_at(fields[head], rest)
        return None if inner is None else {**fields, head: inner}
    if isinstance(value, list) and isinstance(head, int) and head < len(cast("list[Any]", value)):
        items = cast("list[Any]", value)
        inner = _concealed_at(items[head], rest)
        return None if inner is None else [*items[:head], inner, *items[head + 1 :]]
    return None


def path_text(path: Path) -> str:
    """A property path as Pulumi writes it: `spec.pools[0].labels["a.b/c"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part and not set(part) & set('."[]'):
            text += f".{part}" if text else part
        else:
            escaped = part.replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


def unknown_at(properties: Properties, text: str) -> bool:
    """Whether the value that a path (as text) leads to, or one that it passes through, is unknown."""
    value: Any = properties
    for part in text.replace("[", ".").replace("]", "").replace('"', "").split("."):
        if is_unknown(value):
            return True
        if isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(cast("list[Any]", value)):
            value = cast("list[Any]", value)[int(part)]
        else:
            return False
    return has_unknown(value)


def _children(value: object) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from cast("dict[str, Any]", value).items()
    elif isinstance(value, list):
        yield from enumerate(cast("list[Any]", value))
