"""Writing a blueprint as YAML that reads back to the same blueprint."""

import re
from io import StringIO

from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from wayfare.blueprints.check import BLUEPRINT
from wayfare.blueprints.models import Blueprint

#: Text that every YAML reader takes for text. What YAML 1.1 reads as a boolean or null stands in _SPECIAL.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./:@-]*(?<!:)")
_SPECIAL = re.compile(r"(?i:y|yes|n|no|true|false|on|off|null)")

#: Several lines that a block can show unchanged.
_LINES = re.compile(r"([!-~]([ -~]*[!-~])?\n+)*[!-~]([ -~]*[!-~])?\n?")


def dump(blueprint: Blueprint) -> str:
    """A blueprint as YAML; what has its default is left out."""
    data: JsonValue = BLUEPRINT.dump_python(blueprint, mode="json", by_alias=True, exclude_defaults=True)
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 1_000_000  # a folded line would be another text
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(_presented(data), stream)  # pyright: ignore[reportUnknownMemberType] - untyped
    return stream.getvalue()


def _presented(value: JsonValue) -> JsonValue:
    """The same value, with texts that know how to be quoted, and whole numbers without a fraction."""
    if isinstance(value, dict):
        return {
            str(_presented(key)) if _is_plain(key) else _quoted(key): _presented(item) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_presented(item) for item in value]
    if isinstance(value, str) and not _is_plain(value):
        return LiteralScalarString(value) if "\n" in value and _LINES.fullmatch(value) else _quoted(value)
    if isinstance(value, float) and value.is_integer() and value < 1e15:
        return int(value)
    return value


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and not _SPECIAL.fullmatch(text)


def _quoted(text: str) -> str:
    return DoubleQuotedScalarString(text)
