"""The stacks of a project: their updates, and what their state tells."""

import json
import shutil
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from pulumi import automation
from pulumi.automation import events

from wayfare.components.controls import ANALYZER, PACK
from wayfare.stacks.engine import state
from wayfare.stacks.engine.automation.command import Command, Operated, Workspace, engine_environment
from wayfare.stacks.engine.automation.events import foresee, refuse_if_locked, run, tail
from wayfare.stacks.engine.install import Engine
from wayfare.stacks.engine.outcome import EngineFailed, Update, Watch
from wayfare.stacks.engine.preview import Preview
from wayfare.stacks.engine.state import History, Past, Recorded, Unfinished
from wayfare.stacks.engine.torn import mended

#: Operations that are looked back on, to tell whether a stack has ever stood.
_REMEMBERED = 100

#: Where the engine finds the URL of its state backend before all else.
_BACKEND_URL = "PULUMI_BACKEND_URL"

# The SDK warns where an engine that died has not ended its stream of events; that it died is said by `EngineDied`.
warnings.filterwarnings("ignore", "Error in event stream", UserWarning)


class Stacks:
    """The stacks of one project in one backend. Operations block; each runs an engine process of its own."""

    def __init__(self, root: Path, engine: Engine, environment: Mapping[str, str], key: str | None = None) -> None:
        """`key`: URL of what opens the secrets of stacks made from now on; a passphrase without it."""
        self._workspace = Workspace(
            work_dir=str(root),
            env_vars=engine_environment(engine, environment),
            secrets_provider=key,
            pulumi_command=Command(engine),
        )
        self._known: set[str] = set()

    @cached_property
    def _policies(self) -> list[str]:
        """The policy packs that every update runs under. Raises EngineFailed where the engine could not start them."""
        if shutil.which(ANALYZER, path=self._workspace.env_vars["PATH"]) is None:
            raise EngineFailed(f"{ANALYZER}, which judges by controls, is not on PATH; install Wayfare again")
        return [str(PACK)]

    def _stack(self, name: str) -> Operated:
        return Operated(name, self._workspace)

    @cached_property
    def backend(self) -> str:
        """URL of the state backend."""
        chosen = self._workspace.env_vars.get(_BACKEND_URL)
        return chosen or str(self._workspace.who_am_i().url)

    def names(self) -> list[str]:
        """Names of all stacks of the project in this backend."""
        try:
            found = self._list()
        except automation.CommandError as error:
            found = self._listed_after(error)
        self._known.update(found)
        return found

    def _list(self) -> list[str]:
        return [summary.name for summary in self._workspace.list_stacks()]

    def _listed_after(self, error: automation.CommandError) -> list[str]:
        """The list, where something torn was in its way. Raises EngineFailed with the first error's words otherwise."""
        with suppress(automation.CommandError):
            if mended(self.backend):
                return self._list()
        raise EngineFailed(tail(error)) from None

    def configure(self, name: str, settings: Mapping[str, str]) -> None:
        """Make the stack where it is missing, and set its configuration."""
        values = {key: automation.ConfigValue(value) for key, value in settings.items()}
        try:
            if name not in self._known:
                self._make(name)
            self._workspace.set_all_config(name, values, path=True)
        except automation.CommandError as error:
            raise EngineFailed(tail(error)) from None

    def recall(self, name: str) -> None:
        """Write the settings with which the stack was last updated into its file, in place of what that says.

        Raises EngineFailed, also where it has never been updated.
        """
        command, workspace = ["config", "refresh", "--force", "--stack", name], self._workspace
        try:
            workspace.pulumi_command.run(command, workspace.work_dir, workspace.env_vars)
        except automation.CommandError as error:
            raise EngineFailed(tail(error)) from None

    def _make(self, name: str) -> None:
        with suppress(automation.StackAlreadyExistsError):
            self._workspace.create_stack(name)
        self._known.add(name)

    def up(self, name: str, watch: Watch) -> Update:
        """Bring a stack to what its program declares."""
        stack = self._stack(name)
        return run(
            name,
            watch,
            lambda heard: stack.up(policy_packs=self._policies, on_event=heard, suppress_progress=True, color="never"),
        )

    def preview(self, name: str, settings: Path, *, judged: bool = True) -> Preview:
        """What `up` would do with the settings in a file other than the stack's own. Nothing is written.

        `judged`: by the policy packs too. They know nothing of what a cluster that is not there would answer.
        """
        stack = self._stack(name)
        return foresee(
            name,
            lambda event: event.resource_pre_event,
            lambda heard: stack.preview(
                config_file=str(settings),
                policy_packs=self._policies if judged else None,
                on_event=heard,
                suppress_progress=True,
                color="never",
            ),
        )

    def drift(self, name: str) -> Preview:
        """How the cloud differs from the stack's state: a refresh that writes nothing."""
        stack = self._stack(name)
        return foresee(
            name,
            lambda event: event.res_outputs_event,
            lambda heard: stack.preview_refresh(
                show_secrets=False, on_event=heard, suppress_progress=True, color="never"
            ),
        )

    def destroy(self, name: str, watch: Watch, *, keep: Callable[[Recorded], bool] = lambda _: False) -> Update:
        """Delete a stack's resources but those to keep, which stay in the state with all that they need."""
        rows = self.resources(name)
        kept = state.with_needs(rows, keep)
        doomed = [resource.urn for resource in rows if resource.urn not in kept]
        if not doomed:
            return Update()
        stack, target = self._stack(name), doomed if kept else None
        return run(
            name,
            watch,
            lambda heard: stack.destroy(target=target, on_event=heard, suppress_progress=True, color="never"),
        )

    def remove(self, name: str) -> None:
        """Remove a stack that holds no resources, and its configuration file."""
        try:
            self._workspace.remove_stack(name)
        except automation.CommandError as error:
            raise EngineFailed(tail(error)) from None
        self._known.discard(name)

    def unlock(self, name: str) -> None:
        """Break the stack's lock. Only where its owner is known to be dead."""
        try:
            self._stack(name).cancel()
        except automation.CommandError as error:
            raise EngineFailed(tail(error)) from None

    def unfinished(self, name: str) -> Unfinished:
        """What was going on when an engine died, and what is recorded."""
        return state.unfinished(self._deployment(name))

    def resources(self, name: str) -> list[Recorded]:
        """What the stack's state records, in order."""
        return state.resources(self._deployment(name))

    def _deployment(self, name: str) -> Mapping[str, Any]:
        return self._exported(name).deployment or {}

    def _exported(self, name: str) -> automation.Deployment:
        try:
            return self._workspace.export_stack(name)
        except automation.CommandError as error:
            raise EngineFailed(tail(error)) from None

    def planned(self, name: str) -> list[Mapping[str, Any]]:
        """The resources that an `up` would make now, as the state would record them; none where the program fails."""
        found: list[Mapping[str, Any]] = []

        def on_event(event: events.EngineEvent) -> None:
            pre = event.resource_pre_event
            if pre is not None and pre.metadata.op.value == "create" and (new := pre.metadata.new) is not None:
                kept = {"urn": new.urn, "type": new.type, "custom": new.custom, "parent": new.parent}
                found.append({**kept, "inputs": new.inputs, "provider": pre.metadata.provider})

        try:
            self._stack(name).preview(on_event=on_event, suppress_progress=True, color="never")
        except automation.CommandError as error:
            refuse_if_locked(name, error)
            return []
        return found

    def record(self, name: str, resources: Sequence[Mapping[str, Any]]) -> None:
        """Add resources to the state, each with its id, in place of all unfinished operations, and read them."""
        exported = self._exported(name)
        deployment = state.with_adopted(exported.deployment or {}, resources)
        try:
            self._workspace.import_stack(name, automation.Deployment(exported.version, deployment))
            if resources:
                urns = [str(row["urn"]) for row in resources]
                self._stack(name).refresh(target=urns, suppress_progress=True, color="never")
        except automation.CommandError as error:
            refuse_if_locked(name, error)
            raise EngineFailed(tail(error)) from None

    def let_go_full(self, name: str, urns: Collection[str]) -> None:
        """Let buckets be deleted with all that they hold. Whose data that is must have agreed before."""
        exported = self._exported(name)
        deployment = state.with_full_ones_deletable(exported.deployment or {}, urns)
        if deployment is None:
            return
        try:
            self._workspace.import_stack(name, automation.Deployment(exported.version, deployment))
        except automation.CommandError as error:
            refuse_if_locked(name, error)
            raise EngineFailed(tail(error)) from None

    def outputs(self, name: str, *, show_secrets: bool = False) -> dict[str, Any]:
        """Outputs of a stack, with `HIDDEN` for each secret unless it is asked for."""
        shown = ["--show-secrets"] if show_secrets else []
        command, workspace = ["stack", "output", "--json", *shown, "--stack", name], self._workspace
        try:
            told = workspace.pulumi_command.run(command, workspace.work_dir, workspace.env_vars).stdout
        except automation.CommandError as error:
            raise EngineFailed(tail(error)) from None
        return json.loads(told)

    def history(self, name: str) -> History:
        """What was done to the stack."""
        try:
            rows = self._stack(name).history(page_size=_REMEMBERED, page=1, show_secrets=False)
        except automation.CommandError as error:
            raise EngineFailed(tail(error)) from None
        return History(tuple(Past(row.kind, row.result == "succeeded") for row in rows))
