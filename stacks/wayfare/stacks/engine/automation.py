"""The one module that imports `pulumi.automation`: stacks, their updates, and questions to a cloud's account."""

import asyncio
import os
import signal
import sys
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pulumi
from pulumi import automation
from pulumi.automation import events
from pulumi.automation.errors import create_command_error

from wayfare.components.contract import ENVIRONMENT
from wayfare.stacks.engine.outcome import (
    EngineDied,
    EngineFailed,
    Recorded,
    Refusal,
    StackBusy,
    Step,
    Unfinished,
    Update,
    Watch,
    deciding,
    recorded,
    with_needs,
)
from wayfare.stacks.engine.owner import Owner
from wayfare.stacks.engine.preview import Planned, Preview, hidden
from wayfare.stacks.engine.process import ENGINES
from wayfare.stacks.redaction import redacted

AnswerT = TypeVar("AnswerT")

#: Operations that are looked back on, to tell whether a stack has ever stood.
_REMEMBERED = 100

#: What a shell, and the guard, add to the number of the signal that ended a process.
_BY_SIGNAL = 128

# The SDK warns where an engine that died has not ended its stream of events; that it died is said by `EngineDied`.
warnings.filterwarnings("ignore", "Error in event stream", UserWarning)


def official_install(root: Path, version: str) -> None:
    """Download Pulumi of that version from its makers into `root/bin`. Raises RuntimeError when that fails."""
    from semver import VersionInfo

    automation.PulumiCommand.install(root=str(root), version=VersionInfo.parse(version))


def engine_environment(engine_directory: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """What the engine's processes need beside the caller's own environment.

    The running Python comes first on PATH: the language host starts the `python3` that it finds there.
    """
    python = Path(sys.executable).parent
    path = os.pathsep.join([str(python), str(engine_directory), os.environ.get("PATH", "")])
    return {"PULUMI_SKIP_UPDATE_CHECK": "true", **extra, "PATH": path}


class _Command(automation.PulumiCommand):
    """The engine's executable, run so that it outlives this process (see `guard`)."""

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: automation.OnOutput | None = None,
        on_error: automation.OnOutput | None = None,
    ) -> automation.CommandResult:
        """Run it to its end. Raises CommandError, and Interrupted when it was asked to stop."""
        path = os.pathsep.join([str(Path(self.command).parent), additional_env.get("PATH", os.environ["PATH"])])
        environment = {**os.environ, **additional_env, "PATH": path, "PULUMI_AUTOMATION_API": "true"}
        ended = ENGINES.run([self.command, "--non-interactive", *args], cwd, environment)
        for text, callback in ((ended.stdout, on_output), (ended.stderr, on_error)):
            if callback is not None:
                for line in text.splitlines():
                    callback(line)
        if (number := ended.code - _BY_SIGNAL) in set(signal.Signals):
            raise EngineDied(number)
        result = automation.CommandResult(stdout=ended.stdout, stderr=ended.stderr, code=ended.code)
        if ended.code != 0:
            raise create_command_error(result)
        return result


def _command(engine_directory: Path) -> automation.PulumiCommand:
    """The engine's executable. One in a folder of another name than `bin` was found on PATH, and is found again."""
    root = str(engine_directory.parent) if engine_directory.name == "bin" else None
    return _Command(root=root)


class Stacks:
    """The stacks of one project in one backend. Operations block; each runs an engine process of its own."""

    def __init__(self, root: Path, engine_directory: Path, environment: Mapping[str, str]) -> None:
        self._root = str(root)
        self._environment = engine_environment(engine_directory, environment)
        self._command = _command(engine_directory)

    def _options(self) -> automation.LocalWorkspaceOptions:
        return automation.LocalWorkspaceOptions(
            work_dir=self._root, env_vars=self._environment, pulumi_command=self._command
        )

    def _workspace(self) -> automation.LocalWorkspace:
        return automation.LocalWorkspace(work_dir=self._root, env_vars=self._environment, pulumi_command=self._command)

    def _select(self, name: str) -> automation.Stack:
        return automation.select_stack(stack_name=name, work_dir=self._root, opts=self._options())

    @cached_property
    def backend(self) -> str:
        """URL of the state backend."""
        return str(self._workspace().who_am_i().url)

    def names(self) -> list[str]:
        """Names of all stacks of the project in this backend."""
        try:
            return [summary.name for summary in self._workspace().list_stacks()]
        except automation.CommandError as error:
            raise EngineFailed(_tail(error)) from None

    def configure(self, name: str, settings: Mapping[str, str]) -> None:
        """Make the stack where it is missing, and set its configuration."""
        try:
            stack = automation.create_or_select_stack(stack_name=name, work_dir=self._root, opts=self._options())
            values = {key: automation.ConfigValue(value) for key, value in settings.items()}
            stack.workspace.set_all_config(name, values, path=True)
        except automation.CommandError as error:
            raise EngineFailed(_tail(error)) from None

    def up(self, name: str, watch: Watch) -> Update:
        """Bring a stack to what its program declares."""
        stack = self._select(name)
        return _run(name, watch, lambda on_event: stack.up(on_event=on_event, suppress_progress=True, color="never"))

    def preview(self, name: str, settings: Path) -> Preview:
        """What `up` would do with the settings in a file other than the stack's own. Nothing is written."""
        stack = self._select(name)
        return _foreseen(
            name,
            lambda event: event.resource_pre_event,
            lambda on_event: stack.preview(
                config_file=str(settings), on_event=on_event, suppress_progress=True, color="never"
            ),
        )

    def drift(self, name: str) -> Preview:
        """How the cloud differs from the stack's state: a refresh that writes nothing."""
        stack = self._select(name)
        return _foreseen(
            name,
            lambda event: event.res_outputs_event,
            lambda on_event: stack.preview_refresh(
                show_secrets=False, on_event=on_event, suppress_progress=True, color="never"
            ),
        )

    def destroy(self, name: str, watch: Watch, *, keep: Callable[[Recorded], bool] = lambda _: False) -> Update:
        """Delete a stack's resources but those to keep, which stay in the state with all that they need."""
        stack = self._select(name)
        rows = self.resources(name)
        kept = with_needs(rows, keep)
        if not kept:
            return _run(
                name, watch, lambda on_event: stack.destroy(on_event=on_event, suppress_progress=True, color="never")
            )
        doomed = [resource.urn for resource in rows if resource.urn not in kept]
        if not doomed:
            return Update()
        return _run(
            name,
            watch,
            lambda on_event: stack.destroy(target=doomed, on_event=on_event, suppress_progress=True, color="never"),
        )

    def remove(self, name: str) -> None:
        """Remove a stack that holds no resources, and its configuration file."""
        try:
            self._workspace().remove_stack(name)
        except automation.CommandError as error:
            raise EngineFailed(_tail(error)) from None

    def unlock(self, name: str) -> None:
        """Break the stack's lock. Only where its owner is known to be dead."""
        try:
            self._select(name).cancel()
        except automation.CommandError as error:
            raise EngineFailed(_tail(error)) from None

    def unfinished(self, name: str) -> Unfinished:
        """What was going on when an engine died, and what is recorded."""
        deployment: Mapping[str, Any] = self._workspace().export_stack(name).deployment or {}
        pending: list[dict[str, Any]] = deployment.get("pending_operations") or []
        rows: list[dict[str, Any]] = deployment.get("resources") or []
        return Unfinished(
            tuple((operation["type"], operation["resource"]) for operation in pending),
            frozenset(row["urn"] for row in rows),
            frozenset(f"{row['urn']}::{row['id']}" for row in rows if row["type"].startswith("pulumi:providers:")),
        )

    def planned(self, name: str) -> list[Mapping[str, Any]]:
        """The resources that an `up` would make now, as the state would record them; none where the program fails."""
        found: list[Mapping[str, Any]] = []

        def on_event(event: events.EngineEvent) -> None:
            pre = event.resource_pre_event
            if pre is not None and pre.metadata.op.value == "create" and (new := pre.metadata.new) is not None:
                kept = {"urn": new.urn, "type": new.type, "custom": new.custom, "parent": new.parent}
                found.append({**kept, "inputs": new.inputs, "provider": pre.metadata.provider})

        try:
            self._select(name).preview(on_event=on_event, suppress_progress=True, color="never")
        except automation.CommandError as error:
            _refuse_if_locked(name, error)
            return []
        return found

    def record(self, name: str, resources: Sequence[Mapping[str, Any]]) -> None:
        """Add resources to the state, each with its id, in place of all unfinished operations, and read them."""
        workspace = self._workspace()
        exported = workspace.export_stack(name)
        deployment: dict[str, Any] = dict(exported.deployment or {})
        deployment["resources"] = [*(deployment.get("resources") or []), *(_adopted(row) for row in resources)]
        deployment["pending_operations"] = []
        try:
            workspace.import_stack(name, automation.Deployment(version=exported.version, deployment=deployment))
            if resources:
                urns = [str(row["urn"]) for row in resources]
                self._select(name).refresh(target=urns, suppress_progress=True, color="never")
        except automation.CommandError as error:
            _refuse_if_locked(name, error)
            raise EngineFailed(_tail(error)) from None

    def resources(self, name: str) -> list[Recorded]:
        """What the stack's state records, in order."""
        deployment: Mapping[str, Any] = self._workspace().export_stack(name).deployment or {}
        rows: list[dict[str, Any]] = deployment.get("resources") or []
        return [recorded(row) for row in rows]

    def outputs(self, name: str) -> dict[str, tuple[object, bool]]:
        """Outputs of a stack, each with whether it is secret."""
        found = self._workspace().stack_outputs(name)
        return {key: (output.value, output.secret) for key, output in found.items()}

    def succeeded(self, name: str) -> datetime | None:
        """When the stack's last update ended, if it was an `up` and went well; else None."""
        history = self._select(name).history(page_size=1, page=1)
        last = history[0] if history else None
        if last is None or last.kind != "update" or last.result != "succeeded":
            return None
        return last.end_time

    def ended_well(self, name: str) -> bool:
        """Whether the stack's last operation that came to an end succeeded; also where it never had one."""
        history = self._select(name).history(page_size=1, page=1)
        return not history or history[0].result == "succeeded"

    def stands(self, name: str) -> bool:
        """Whether an `up` went well and nothing was destroyed since, however later ones ended."""
        for entry in self._select(name).history(page_size=_REMEMBERED, page=1):
            if entry.kind == "destroy":
                return False
            if entry.kind == "update" and entry.result == "succeeded":
                return True
        return False


def _run(stack: str, watch: Watch, operation: Callable[[Callable[[events.EngineEvent], None]], Any]) -> Update:
    """Run an operation, and join what the engine says of failures by URN."""
    blamed: list[str] = []
    said: list[Refusal] = []
    changes: dict[str, int] = {}

    def on_event(event: events.EngineEvent) -> None:
        if (pre := event.resource_pre_event) is not None:
            watch(_step(pre.metadata, done=False))
        elif (outputs := event.res_outputs_event) is not None:
            watch(_step(outputs.metadata, done=True))
        elif (failed := event.res_op_failed_event) is not None:
            blamed.append(failed.metadata.urn)
        elif (diagnostic := event.diagnostic_event) is not None and diagnostic.severity == "error":
            said.append(Refusal(diagnostic.urn or None, redacted(diagnostic.message.strip())))
        elif (summary := event.summary_event) is not None:
            changes.update({str(operation): count for operation, count in summary.resource_changes.items()})

    try:
        operation(on_event)
    except automation.CommandError as error:
        _refuse_if_locked(stack, error)
        return Update(deciding(blamed, said) or (Refusal(None, _tail(error)),), changes)
    return Update((), changes)


def _refuse_if_locked(stack: str, error: automation.CommandError) -> None:
    if isinstance(error, automation.ConcurrentUpdateError):
        raise StackBusy(stack, Owner.parse(str(error)), _tail(error)) from None


def _adopted(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A resource as the state records it; what the cloud has of it is read afterwards."""
    return {"outputs": row.get("inputs") or {}, **row, "custom": True}


def _foreseen(
    stack: str,
    part: Callable[[events.EngineEvent], events.ResourcePreEvent | events.ResOutputsEvent | None],
    operation: Callable[[Callable[[events.EngineEvent], None]], Any],
) -> Preview:
    """Run what changes nothing, and take the steps from the part of its events that tells them in full."""
    steps: list[Planned] = []

    def noting(on_event: Callable[[events.EngineEvent], None]) -> Callable[[events.EngineEvent], None]:
        def heard(event: events.EngineEvent) -> None:
            on_event(event)
            if (told := part(event)) is not None:
                steps.append(_planned(told.metadata))

        return heard

    update = _run(stack, lambda _: None, lambda on_event: operation(noting(on_event)))
    return Preview(tuple(steps), "; ".join(refusal.message for refusal in update.refusals) or None)


def _planned(metadata: events.StepEventMetadata) -> Planned:
    """A provider without detailed differences names the properties alone."""
    details = {path: str(change.diff_kind.value) for path, change in (metadata.detailed_diff or {}).items()}
    return Planned(
        operation=str(metadata.op.value),
        type=metadata.type,
        urn=metadata.urn,
        properties=details or dict.fromkeys(metadata.diffs or (), "update"),
        before=hidden((metadata.old and metadata.old.inputs) or {}),
        after=hidden((metadata.new and metadata.new.inputs) or {}),
    )


def _step(metadata: events.StepEventMetadata, *, done: bool) -> Step:
    return Step(str(metadata.op.value), metadata.type, metadata.urn.split("::")[-1], done)


def _tail(error: Exception) -> str:
    """The engine's own words from an error that holds its whole output, without credentials."""
    text = str(error)
    _, found, stderr = text.rpartition("stderr: ")
    return redacted((stderr if found and stderr.strip() else text).strip())


def ask(
    questions: Mapping[str, Callable[[], Awaitable[AnswerT]]],
    engine_directory: Path,
    environment: Mapping[str, str],
) -> dict[str, AnswerT | Exception]:
    """Ask clouds through their providers, without making anything: the preview of a program that only asks.

    Each question is a coroutine that uses an SDK's invokes. Its answer, or the exception that it ended with, is
    returned under its key. State and settings of the program live in a directory that is deleted afterwards.
    """
    answers: dict[str, AnswerT | Exception] = {}

    async def answer(key: str, question: Callable[[], Awaitable[AnswerT]]) -> None:
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
        stack = automation.create_stack(
            stack_name="ask",
            project_name="wayfare-ask",
            program=program,
            opts=automation.LocalWorkspaceOptions(
                work_dir=directory,
                env_vars={**engine_environment(engine_directory, secret), **own},
                pulumi_command=_command(engine_directory),
                project_settings=automation.ProjectSettings(name="wayfare-ask", runtime="python"),
            ),
        )
        try:
            stack.preview(suppress_outputs=True, suppress_progress=True, color="never")
        except automation.CommandError as error:
            missing = EngineFailed(_tail(error))
            return {key: answers.get(key, missing) for key in questions}
    return answers
