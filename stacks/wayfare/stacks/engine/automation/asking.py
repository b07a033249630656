"""Questions to a cloud's account, asked through its provider."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pulumi
from pulumi import automation

from wayfare.components.contract import ENVIRONMENT
from wayfare.stacks.engine.automation.command import Command, engine_environment
from wayfare.stacks.engine.automation.events import tail
from wayfare.stacks.engine.install import Engine
from wayfare.stacks.engine.outcome import EngineFailed

KeyT = TypeVar("KeyT")
AnswerT = TypeVar("AnswerT")
Questions = Mapping[KeyT, Callable[[], Awaitable[AnswerT]]]


def ask(
    questions: Questions[KeyT, AnswerT], engine: Engine, environment: Mapping[str, str]
) -> dict[KeyT, AnswerT | Exception]:
    """Ask clouds through their providers, without making anything: the preview of a program that only asks.

    Each question is a coroutine that calls functions of providers. Its answer, or the exception that it ended with, is
    returned under its key. State and settings of the program live in a directory that is deleted afterwards.
    """
    answers: dict[KeyT, AnswerT | Exception] = {}

    async def answer(key: KeyT, question: Callable[[], Awaitable[AnswerT]]) -> None:
        try:
            answers[key] = await question()
        except Exception as error:  # whatever one cloud says must not silence the others
            answers[key] = error

    async def all_answers() -> int:
        ENVIRONMENT.set(environment)
        await asyncio.gather(*(answer(key, question) for key, question in questions.items()))
        return len(answers)

    def program() -> None:
        pulumi.export("asked", pulumi.Output.from_input(all_answers()))

    with TemporaryDirectory(prefix="wayfare-ask-") as directory:
        (Path(directory) / "state").mkdir()
        own = {
            "PULUMI_BACKEND_URL": f"file://{directory}/state",
            "PULUMI_CONFIG_PASSPHRASE": "asks only, keeps nothing",
        }
        secret = {key: value for key, value in environment.items() if not key.startswith("PULUMI_CONFIG_PASSPHRASE")}
        options = automation.LocalWorkspaceOptions(
            work_dir=directory,
            env_vars={**engine_environment(engine, secret), **own},
            pulumi_command=Command(engine),
            project_settings=automation.ProjectSettings(name="wayfare-ask", runtime="python"),
        )
        stack = automation.create_stack("ask", "wayfare-ask", program, opts=options)
        try:
            stack.preview(suppress_outputs=True, suppress_progress=True, color="never")
        except automation.CommandError as error:
            missing = EngineFailed(tail(error))
            return {key: answers.get(key, missing) for key in questions}
    return answers
