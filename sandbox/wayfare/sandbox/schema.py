"""What each resource type takes and gives, derived from the installed SDKs.

A package's `__init__` lists its resource classes; a class's args class gives names, types and what is required; its
output properties give what it returns. A type is derived when it is first met (up to 0.7 s, the import included) and
kept on disk for the SDK's version.

Shapes are JSON: `"string"`, `"integer"`, `"number"`, `"boolean"`, `"any"`, `{"list": S}`, `{"map": S}`,
`{"object": NAME}`, `{"one_of": [S, …]}` and `{"enum": [VALUE, …]}`.
"""

import collections.abc
import enum
import importlib
import importlib.metadata
import inspect
import json
import os
import re
import tempfile
import threading
import types
import typing
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import platformdirs

from wayfare.sandbox.packages import PACKAGES

FORMAT = 1
"""Part of the cache's path: raised when what is derived changes."""

Shape = str | dict[str, Any]

_SCALARS: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
_LISTS = (list, collections.abc.Sequence)
_MAPS = (dict, collections.abc.Mapping)


@dataclass(frozen=True)
class Property:
    """One property of a type."""

    shape: Shape
    required: bool


@dataclass(frozen=True)
class ResourceSchema:
    """What a resource type takes and gives."""

    inputs: dict[str, Property]
    outputs: dict[str, Property]
    """`required` here says that the type is not optional."""
    secrets: tuple[str, ...]
    """Outputs that the SDK marks as secret."""
    objects: dict[str, dict[str, Property]]
    """The nested object types, by name."""

    @property
    def output_only(self) -> frozenset[str]:
        """Outputs that cannot be given as inputs."""
        return frozenset(self.outputs) - frozenset(self.inputs)


ANYTHING = ResourceSchema({}, {}, (), {})
"""The schema of a Kubernetes kind that a custom resource definition brings: the SDK does not know it."""


#: One for all: the SDK's modules are loaded when they are first looked into, and a second thread that looks meanwhile
#: finds half of one (importlib.util.LazyLoader).
_LOCK = threading.RLock()


class Schemas:
    """The resource types of one package. Safe to use from many threads."""

    def __init__(self, package: str, cache: Path | None = None) -> None:
        """`cache`: where derived types are kept; the user's cache directory unless it is given."""
        self._package, self._module = package, PACKAGES[package].sdk
        version = importlib.metadata.version(self._module.replace("_", "-"))
        root = cache or Path(platformdirs.user_cache_dir("wayfare")) / "schemas"
        self._directory = root / f"{FORMAT}-{package}-{version}"
        self._lock = _LOCK
        self._known: dict[str, ResourceSchema] = {}
        self._classes: dict[str, tuple[str, str]] | None = None

    def tokens(self) -> collections.abc.Collection[str]:
        """Every resource type that the SDK has."""
        with self._lock:
            return self._resource_classes().keys()

    def get(self, token: str) -> ResourceSchema | None:
        """A type's schema; None for a type that the SDK does not have."""
        with self._lock:
            if (known := self._known.get(token)) is not None:
                return known
            file = self._directory / (re.sub(r"[^A-Za-z0-9.-]", "_", token) + ".json")
            schema = _load(file)
            if schema is None:
                found = self._resource_classes().get(token)
                if found is None:
                    return ANYTHING if self._package == "kubernetes" and self._is_custom(token) else None
                module, name = found
                schema = derive(getattr(importlib.import_module(module), name))
                _store(file, schema)
            self._known[token] = schema
            return schema

    def _is_custom(self, token: str) -> bool:
        """Whether a kind's group is a domain that none of the SDK's kinds is in: `kueue.x-k8s.io`, not `apps`."""
        group = _group(token)
        return "." in group and all(_group(known) != group for known in self._resource_classes())

    def _resource_classes(self) -> dict[str, tuple[str, str]]:
        """Token → (module, class), read from the package's text: importing every module would take seconds."""
        if self._classes is None:
            text = files(self._module).joinpath("__init__.py").read_text(encoding="utf-8")
            found = re.search(r'resource_modules="""(.*?)"""', text, re.DOTALL)
            if found is None:
                raise RuntimeError(f"{self._module} lists no resource classes")
            self._classes = {
                token: (module["fqn"], name)
                for module in json.loads(found.group(1))
                for token, name in module["classes"].items()
            }
        return self._classes


def _group(token: str) -> str:
    """`kubernetes:apps/v1:Deployment` → `apps`."""
    return token.split(":")[1].rpartition("/")[0]


def derive(resource: type) -> ResourceSchema:
    """Derive a resource class's schema."""
    initialiser = resource.__dict__["_internal_init"]
    names = [name for name in initialiser.__code__.co_names if name.endswith("Args")]
    arguments = getattr(importlib.import_module(resource.__module__), names[0])
    objects: dict[str, dict[str, Property]] = {}
    required_outputs = _required_outputs(resource)
    outputs = {
        name: Property(_shape(kind, objects), name in required_outputs)
        for name, kind in importlib.import_module("pulumi._types").resource_types(resource).items()
        if name not in {"id", "urn"}
    }
    secrets = re.findall(r"additional_secret_outputs=\[(.*?)\]", inspect.getsource(initialiser), re.DOTALL)
    return ResourceSchema(
        inputs=_properties(arguments, objects),
        outputs=outputs,
        secrets=tuple(re.findall(r'"([^"]+)"', ",".join(secrets))),
        objects=objects,
    )


def _required_outputs(resource: type) -> frozenset[str]:
    """Output properties whose annotation is not optional."""
    pulumi_types = importlib.import_module("pulumi._types")
    return frozenset(
        wire
        for _, wire, prop in pulumi_types._py_properties(resource)
        if "Optional" not in str(inspect.get_annotations(prop.fget).get("return", "Optional"))
    )


def _properties(kind: Any, objects: dict[str, dict[str, Property]]) -> dict[str, Property]:
    """The properties of an args class or of an output class; an args class requires what has no default."""
    pulumi_types = importlib.import_module("pulumi._types")
    parameters = inspect.signature(kind.__init__).parameters
    shapes: dict[str, Any] = pulumi_types._types_from_py_properties(kind)
    return {
        wire: Property(
            _shape(shapes.get(wire, Any), objects),
            name in parameters and parameters[name].default is inspect.Parameter.empty,
        )
        for name, wire, _ in pulumi_types._py_properties(kind)
    }


def _shape(kind: Any, objects: dict[str, dict[str, Property]]) -> Shape:
    """The shape of a type annotation. Object types found on the way are added to `objects`."""
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin, parameters = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return {"enum": list(parameters)}
    if origin in (typing.Union, types.UnionType):
        return _union(parameters, objects)
    if origin in _LISTS:
        return {"list": _shape(parameters[0], objects)}
    if origin in _MAPS:
        return {"map": _shape(parameters[1], objects)}
    if not isinstance(kind, type):
        return "any"
    if issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    pulumi_types = importlib.import_module("pulumi._types")
    if pulumi_types.is_input_type(kind) or pulumi_types.is_output_type(kind):
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name not in objects:
            objects[name] = {}  # a type may contain itself
            objects[name].update(_properties(kind, objects))
        return {"object": name}
    return "any"


def _union(members: tuple[Any, ...], objects: dict[str, dict[str, Property]]) -> Shape:
    """An Input's or an Optional's union is its own type; what remains are alternatives."""
    from pulumi import Output

    alternatives: list[Shape] = []
    for member in members:
        origin = typing.get_origin(member) or member
        if origin in (type(None), Output, collections.abc.Awaitable) or typing.is_typeddict(member):
            continue
        shape = _shape(member, objects)
        if shape not in alternatives:
            alternatives.append(shape)
    # A string beside an enum is an open enum: the SDK takes any text.
    if "string" in alternatives:
        alternatives = [shape for shape in alternatives if not (isinstance(shape, dict) and "enum" in shape)]
    if not alternatives or "any" in alternatives:
        return "any"
    return alternatives[0] if len(alternatives) == 1 else {"one_of": alternatives}


def _load(file: Path) -> ResourceSchema | None:
    """A type kept on disk; None where there is none or it cannot be read."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return ResourceSchema(
            inputs={name: Property(**value) for name, value in data["inputs"].items()},
            outputs={name: Property(**value) for name, value in data["outputs"].items()},
            secrets=tuple(data["secrets"]),
            objects={
                kind: {name: Property(**value) for name, value in properties.items()}
                for kind, properties in data["objects"].items()
            },
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _store(file: Path, schema: ResourceSchema) -> None:
    """Keep a type on disk, whole or not at all; a cache that cannot be written is no error."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(asdict(schema), stream, separators=(",", ":"))
        Path(temporary).replace(file)
    except OSError:
        return
