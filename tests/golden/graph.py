"""The resource graph that a request becomes, as text that a person can read and a test can compare.

Pulumi's own mocks stand for the engine: every resource that a program registers is recorded with its inputs, parent and
dependencies, and gets an id and outputs that name where they came from, so that references can be followed in the text.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, cast

from pulumi.runtime import mocks, rpc
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import LiteralScalarString

from tests.golden.answers import INVOKES, OUTPUTS
from tests.mocked import event_loop, settled
from wayfare.components.cluster import Cluster
from wayfare.components.contract import Request

Properties = dict[str, Any]

_WIDTH = 180
_STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Secret:
    """A property that the engine keeps encrypted."""

    value: Any


@dataclass(frozen=True)
class Resource:
    """A resource as the program registered it."""

    type: str
    name: str
    parent: str | None
    """Key of the parent; None at the root."""
    after: frozenset[str]
    """Keys of all that it waits for, what follows from its inputs included."""
    options: tuple[str, ...]
    inputs: Properties
    outputs: Properties = field(default_factory=dict[str, Any])
    """What a component registers; empty for all others."""
    references: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Keys of the resources whose outputs an input is made of, by the input's name."""

    @property
    def key(self) -> str:
        """Type and name, which together are unique."""
        return f"{self.type} {self.name}"


Graph = Mapping[str, Resource]


class Answers(mocks.Mocks):
    """What the clouds answer and compute."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, Properties]:
        inputs = cast("Properties", args.inputs)  # pyright: ignore[reportUnknownMemberType] - untyped
        id = f"<{args.typ.split(':')[-1]} {args.name}>"
        computed = OUTPUTS.get(args.typ)
        return id, inputs if computed is None else _merged(inputs, computed(id, inputs))

    def call(self, args: mocks.MockCallArgs) -> Properties:  # pyright: ignore[reportIncompatibleMethodOverride] - as documented
        return dict(INVOKES[args.token])


class Recorder(mocks.MockMonitor):
    """Records every registration as it comes from the program."""

    def __init__(self, answers: mocks.Mocks) -> None:
        super().__init__(answers)
        self.recorded: dict[str, Resource] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - Pulumi's name
        if request.type != _STACK:
            parent = _key(request.parent)
            options = {
                "delete before replace": request.deleteBeforeReplace,
                "protected": request.protect,
                f"ignores {', '.join(request.ignoreChanges)}": bool(request.ignoreChanges),
                f"goes with {_key(request.deletedWith)}": bool(request.deletedWith),
                f"replaced by {', '.join(request.replaceOnChanges)}": bool(request.replaceOnChanges),
            }
            row = Resource(
                type=request.type,
                name=request.name,
                parent=parent,
                after=frozenset(key for urn in request.dependencies if (key := _key(urn)) not in (parent, None)),
                options=tuple(option for option, is_set in options.items() if is_set),
                inputs=_plain(rpc.deserialize_properties(request.object)),
                references={
                    name: frozenset(key for urn in needed.urns if (key := _key(urn)) is not None)
                    for name, needed in sorted(request.propertyDependencies.items())
                    if needed.urns
                },
            )
            self.recorded[row.key] = row
        return super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType] - untyped

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - Pulumi's name
        if (row := self.recorded.get(_key(request.urn) or "")) is not None:
            row.outputs.update(_plain(rpc.deserialize_properties(request.outputs)))
        return super().RegisterResourceOutputs(request)  # pyright: ignore[reportUnknownMemberType] - untyped


def graph(request: Request, answers: mocks.Mocks | None = None) -> Graph:
    """Every resource of a request's cluster by type and name, in that order. `answers` makes up what clouds say."""
    answers = answers or Answers()
    recorder = Recorder(answers)

    async def declare() -> None:
        Cluster(request)
        await settled()

    with event_loop() as loop:
        mocks.set_mocks(answers, project="wayfare", stack="golden", preview=False, monitor=recorder)
        loop.run_until_complete(declare())
    return dict(sorted(recorder.recorded.items()))


def before(resources: Graph, key: str) -> frozenset[str]:
    """All that a resource waits for: its dependencies, its parent, and what those wait for."""
    found: set[str] = set()
    open = _waits_for(resources[key])
    while open:
        found.add(one := open.pop())
        open |= _waits_for(resources[one]) - found
    return frozenset(found)


def _waits_for(row: Resource) -> set[str]:
    return set(row.after) | ({row.parent} if row.parent else set())


def text(resources: Graph) -> str:
    """The graph as YAML. Of what a resource waits for, what those wait for themselves is left out."""
    out = StringIO()
    yaml = YAML(typ="rt")
    yaml.width = 10_000  # long texts are not broken
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.ignore_aliases = lambda _data: True  # pyright: ignore[reportUnknownMemberType, reportUnknownLambdaType] - ruamel is untyped
    yaml.dump(_laid_out({key: _row(resources, row) for key, row in resources.items()}), out)  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
    return out.getvalue()


def _row(resources: Graph, row: Resource) -> Properties:
    implied = frozenset[str]().union(*(before(resources, key) for key in _waits_for(row)))
    parts: Properties = {
        "parent": row.parent,
        "after": sorted(row.after - implied),
        "options": list(row.options),
        "inputs": row.inputs,
        "outputs": row.outputs if row.type == "wayfare:index:Cluster" else {},
    }
    return {part: value for part, value in parts.items() if value}


def _key(urn: str) -> str | None:
    """Type and name of a URN; None for the stack."""
    if not urn:
        return None
    *_, types, name = urn.split("::")
    type = types.split("$")[-1]
    return None if type == _STACK else f"{type} {name}"


def _merged(inputs: Any, computed: Any) -> Any:
    """The inputs with what a cloud computes put over them, at any depth."""
    if not (isinstance(inputs, Mapping) and isinstance(computed, Mapping)):
        return computed
    given, made = cast("Properties", inputs), cast("Properties", computed)
    return {**given, **{key: _merged(given.get(key), value) for key, value in made.items()}}


def _plain(value: Any) -> Any:
    """Plain values, sorted; secrets are marked."""
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value)
        if rpc._special_sig_key in items:  # pyright: ignore[reportPrivateUsage] - Pulumi exports no name for it
            return Secret(_plain(items["value"]))
        return {str(key): _plain(item) for key, item in sorted(items.items())}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def values(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every scalar of a resource's properties with its path; JSON in a text and what is secret are looked into."""
    match value:
        case Secret():
            yield from values(value.value, path)
        case dict():
            for key, item in cast("Properties", value).items():
                yield from values(item, f"{path}.{key}" if path else key)
        case list():
            for index, item in enumerate(cast("list[Any]", value)):
                yield from values(item, f"{path}[{index}]")
        case str() if (inner := _json(value)) is not None:
            yield from values(inner, path)
        case _:
            yield path, value


def _json(text: str) -> Properties | None:
    """The object that a text holds, such as a policy."""
    if not text.startswith("{"):
        return None
    try:
        return cast("Properties", json.loads(text))
    except json.JSONDecodeError:
        return None


def _laid_out(value: Any, key: str = "", room: int = _WIDTH) -> Any:
    """What fits a line is on one line. JSON and base64 are shown as what they hold."""
    if isinstance(value, Secret):
        return _laid_out({"secret": value.value}, key, room)
    if isinstance(value, str):
        if (inner := _json(value)) is not None:
            return _laid_out({"json": inner}, key, room)
        if key.endswith(".py"):
            # A script of the package is read in its own file; here, that it is there.
            return f"{value.splitlines()[0]} …"
        if key == "userData":
            decoded = LiteralScalarString(base64.b64decode(value).decode())
            return CommentedMap({"base64": decoded})  # pyright: ignore[reportUnknownVariableType] - ruamel is untyped
        return value
    if not isinstance(value, dict | list):
        return value
    made: Any
    if isinstance(value, dict):
        items = cast("Properties", value)
        made = CommentedMap({name: _laid_out(item, name, room - 2) for name, item in items.items()})
    else:
        made = CommentedSeq([_laid_out(item, key, room - 4) for item in cast("list[Any]", value)])
    if key and len(json.dumps(_unmarked(cast("Any", value)), ensure_ascii=False)) + len(key) + 2 < room:
        made.fa.set_flow_style()
    return made


def _unmarked(value: Any) -> Any:
    if isinstance(value, Secret):
        return {"secret": _unmarked(value.value)}
    if isinstance(value, dict):
        return {key: _unmarked(item) for key, item in cast("Properties", value).items()}
    if isinstance(value, list):
        return [_unmarked(item) for item in cast("list[Any]", value)]
    return value
