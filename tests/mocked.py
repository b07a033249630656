"""Programs on Pulumi's mocks, in event loops that are closed afterwards."""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.runtime.mocks import Mocks
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func, wait_for_rpcs


@contextmanager
def event_loop() -> Generator[asyncio.AbstractEventLoop]:
    """An event loop, and one in each thread that the mocks are called in, for they make one where there is none."""
    loops = [asyncio.new_event_loop()]

    def in_thread() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    asyncio.set_event_loop(loops[0])
    try:
        with ThreadPoolExecutor(4, initializer=in_thread) as threads:
            loops[0].set_default_executor(threads)
            yield loops[0]
    finally:
        asyncio.set_event_loop(None)
        for loop in loops:
            loop.close()


async def settled() -> None:
    """Wait until all that was declared is registered and every output is known.

    Pulumi's own way, after the calls, looks at all outputs again whenever one of them is done: a quarter of a test's
    time.
    """
    settings: Any = SETTINGS  # what belongs to the run of a program is untyped
    while True:
        await wait_for_rpcs(await_all_outstanding_tasks=False)
        with settings.lock:
            outputs: list[asyncio.Task[object]] = list(settings.outputs)
            settings.outputs.clear()
        if not outputs:
            return
        await asyncio.gather(*outputs)


def run_with_mocks(mocks: Mocks, program: Callable[[], None]) -> None:
    """Run a program to its end."""
    with event_loop() as loop:
        pulumi.runtime.set_mocks(mocks, project="wayfare", stack="test", preview=False)
        loop.run_until_complete(run_pulumi_func(program))
