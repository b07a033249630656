"""A first blueprint from one of the library, with its comments, and with what every copy has to change."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import wayfare.blueprints
from wayfare.blueprints import loads

_MODELINE = "# yaml-language-server: $schema="
_SHIPPED_SCHEMA, _OWN_SCHEMA = "../schema.json", "schema.json"


class NotInLibrary(ValueError):
    """The library has no blueprint of that name. The message lists those that it has."""


@dataclass(frozen=True)
class Wanted:
    """What a copy says otherwise; None leaves it as it is."""

    name: str
    accelerator: str | None = None
    """In place of all alternatives."""
    nodes: int | None = None
    """Of every alternative."""
    image: str | None = None
    allow: Sequence[str] = ()


def library() -> dict[str, Path]:
    """The blueprints that come with Wayfare, by name."""
    package = Path(wayfare.blueprints.__file__).parent
    # Beside the package in a wheel, and where people look for it in a checkout.
    folders = (package / "library", package.parents[1] / "library")
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}


def describe(path: Path) -> str:
    """What a blueprint of the library is for: the first sentence of its comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    said = " ".join(line.removeprefix("#").strip() for line in lines[1:8] if line.startswith("#"))
    return said.partition(". ")[0].strip().rstrip(".")


def begun(template: str, wanted: Wanted, file: Path) -> str:
    """The text of a first blueprint. Raises NotInLibrary, and BlueprintInvalid for wrong wishes."""
    known = library()
    if template not in known:
        raise NotInLibrary(f"the library has no {template!r}; it has {', '.join(known)}")
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 1_000_000  # a folded line would be another text
    text = known[template].read_text(encoding="utf-8")
    data: Any = yaml.load(text.replace(f"{_MODELINE}{_SHIPPED_SCHEMA}", f"{_MODELINE}{_OWN_SCHEMA}"))  # pyright: ignore[reportUnknownMemberType] - untyped
    data["metadata"]["name"] = wanted.name
    spec = data["spec"]
    if wanted.accelerator is not None:
        first = spec["accelerators"][0]
        first["name"] = wanted.accelerator
        del spec["accelerators"][1:]
    for alternative in spec["accelerators"] if wanted.nodes is not None else ():
        alternative["nodes"] = wanted.nodes
    if wanted.image is not None:
        spec["workload"]["image"] = wanted.image
    if wanted.allow:
        spec["access"]["allow"][:] = wanted.allow
    stream = StringIO()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(data, stream)  # pyright: ignore[reportUnknownMemberType] - untyped
    loads(stream.getvalue(), str(file))
    return stream.getvalue()
