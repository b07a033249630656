"""Properties as the engine sends them, as plain values.

The engine marks what is special by an object with a signature, and what is not known yet by a text of its own for each
type (Pulumi SDK, `sdk/python/lib/pulumi/runtime/rpc.py`).
"""

from typing import Any

from google.protobuf.struct_pb2 import Struct, Value

from wayfare.components.controls.model import UNKNOWN

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark, no secret
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

#: What stands for an unknown truth value, number, text, list, asset, archive and object.
_UNKNOWN = frozenset(
    {
        *("1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", "3eeb2bf0-c639-47a8-9e75-3b44932eb421"),
        *("04da6b54-80e4-46f7-96ec-b56ff0331ba9", "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"),
        *("030794c1-ac77-496b-92df-f27374a8bd58", "e48ece36-62e2-4504-bad9-02848725956a"),
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


def plain(properties: Struct) -> dict[str, Any]:
    """Plain values; secrets are unwrapped, and what is not known yet is `UNKNOWN`."""
    return {key: _plain(value) for key, value in properties.fields.items()}


def _plain(value: Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            fields = value.struct_value.fields
            match fields[_SIGNATURE].string_value if _SIGNATURE in fields else "":
                case "":
                    return plain(value.struct_value)
                case signature if signature in (_SECRET, _OUTPUT):
                    return _plain(fields["value"]) if "value" in fields else UNKNOWN
                case _:
                    return UNKNOWN  # an asset or a reference to a resource, which no control looks into
        case "list_value":
            return [_plain(item) for item in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWN else value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None
