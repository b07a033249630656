"""The resource graph that a request becomes, as text that a person can read and a test can compare.

Pulumi's own mocks stand for the engine: every resource that a program registers is recorded with its inputs, parent and
dependencies, and gets an id and outputs that name where they came from, so that references can be followed in the text.
"""

import asyncio
from collections.abc import Mapping
from io import StringIO
from typing import Any, cast

from golden.answers import INVOKES, OUTPUTS
from pulumi.runtime import mocks, rpc
from pulumi.runtime.stack import wait_for_rpcs
from ruamel.yaml import YAML

from wayfare.components.cluster import Cluster
from wayfare.components.contract import Request

Resource = dict[str, Any]


class Answers(mocks.Mocks):
    """What the clouds answer and compute."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        computed = OUTPUTS.get(args.typ)
        return f"<{args.name}>", {**(computed(args.name) if computed else {}), **args.inputs}

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride] - as documented
        return dict(INVOKES[args.token])


class Recorder(mocks.MockMonitor):
    """Records every registration as it comes from the program."""

    def __init__(self) -> None:
        super().__init__(Answers())
        self.recorded: dict[str, Resource] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - Pulumi's name
        if request.type != "pulumi:pulumi:Stack":
            parent = _name(request.parent)
            options = {
                "delete before replace": request.deleteBeforeReplace,
                "protected": request.protect,
                f"ignores {', '.join(request.ignoreChanges)}": bool(request.ignoreChanges),
                f"goes with {_name(request.deletedWith)}": bool(request.deletedWith),
                f"replaced by {', '.join(request.replaceOnChanges)}": bool(request.replaceOnChanges),
            }
            self.recorded[f"{request.type} {request.name}"] = {
                "parent": parent,
                "after": sorted({_name(urn) for urn in request.dependencies} - {parent}),
                "options": [option for option, is_set in options.items() if is_set],
                "inputs": rpc.deserialize_properties(request.object),
            }
        return super().RegisterResource(request)


def _name(urn: str) -> str:
    return urn.split("::")[-1] if urn else ""


def graph(request: Request) -> Mapping[str, Resource]:
    """Every resource of a request's cluster by `type name`, in that order."""
    recorder = Recorder()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        mocks.set_mocks(Answers(), project="wayfare", stack="golden", preview=False, monitor=recorder)

        async def declare() -> None:
            Cluster(request)
            await wait_for_rpcs()

        loop.run_until_complete(declare())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    return dict(sorted(recorder.recorded.items()))


def text(resources: Mapping[str, Resource]) -> str:
    """The graph as YAML, empty parts left out."""
    out = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.width = 160
    rows = {
        key: {part: value for part, value in row.items() if value not in ([], "", {}, None)}
        for key, row in resources.items()
    }
    yaml.dump(_plain(rows), out)  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
    return out.getvalue()


def _plain(value: Any) -> Any:
    """Plain YAML values; what is secret says so."""
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value)
        if rpc._special_sig_key in items:  # pyright: ignore[reportPrivateUsage] - Pulumi exports no name for it
            return {"secret": _plain(items["value"])}
        return {str(key): _plain(item) for key, item in sorted(items.items())}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
