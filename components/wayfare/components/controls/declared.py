"""What a program would declare, told before it declares anything: so that controls judge all of it while there is none.

In an update the engine's policy pack judges each resource just before it is made, and by then others exist. A person
who runs `pulumi up` sees a preview first; `wayfare up` has none, because it would add a third to its length. The same
program, run once beside the engine, costs a few percent.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pulumi.runtime import mocks, settings
from pulumi.runtime.stack import Stack, run_pulumi_func

from wayfare.components.controls.model import Resource
from wayfare.components.controls.wire import plain

_STACK = "pulumi:pulumi:Stack"


class _NoAnswers(mocks.Mocks):
    """Nothing is made, so nothing is known of it but what was asked for."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:  # noqa: ARG002 - the SDK's signature
        return None, {}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:  # noqa: ARG002 - the SDK's signature
        return {}, None


class _Recorder(mocks.MockMonitor):
    """Takes note of resources. What a program asks of an account is asked of the engine, as always."""

    def __init__(self, engine: Any) -> None:
        super().__init__(_NoAnswers())
        self.engine = engine
        self.recorded: list[Resource] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - Pulumi's name
        if request.type != _STACK:
            self.recorded.append(Resource(untyped(request.type), request.name, plain(request.object)))
        return super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType] - untyped

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - Pulumi's name
        return self.engine.Invoke(request)


class _Silent:
    """Takes what the program logs: it says all of it again when it declares its resources."""

    def Log(self, request: Any) -> None:  # noqa: N802 - Pulumi's name
        pass


def declared(program: Callable[[], Any]) -> tuple[Resource, ...]:
    """What a program would declare, run inside of a Pulumi program. The engine gets to know nothing of it."""
    recorder = _Recorder(settings.get_monitor())
    context = contextvars.copy_context()
    with ThreadPoolExecutor(1) as beside:
        beside.submit(context.run, _run, program, recorder).result()
    return tuple(recorder.recorded)


def _run(program: Callable[[], Any], recorder: _Recorder) -> None:
    """The program from beginning to end, in a context of its own."""
    own = settings.Settings(
        project=settings.get_project(),
        stack=settings.get_stack(),
        organization=settings.get_organization(),
        root_directory=settings.get_root_directory(),
        monitor=recorder,  # pyright: ignore[reportArgumentType] - the SDK's mocks are no stubs
        engine=_Silent(),  # pyright: ignore[reportArgumentType]
        dry_run=True,
    )
    settings.configure(own)
    settings.set_root_resource(None)  # pyright: ignore[reportArgumentType] - none is how a context begins
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(run_pulumi_func(lambda: Stack(program) and None))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def untyped(token: str) -> str:
    """A type's token without an API version: azure-native's may carry one, `azure-native:storage/v20240101:Table`."""
    package, module, name = token.split(":", 2)
    return f"{package}:{module.partition('/')[0]}:{name}" if package == "azure-native" else token
