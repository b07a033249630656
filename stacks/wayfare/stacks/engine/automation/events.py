"""What the engine tells while it works, joined into plain data."""

from collections.abc import Callable
from typing import Any

from pulumi import automation
from pulumi.automation import events

from wayfare.components.controls import EXCEPTS_NOTHING, NOT_FULFILLED
from wayfare.stacks.engine.outcome import Refusal, StackBusy, Step, Update, Watch, deciding
from wayfare.stacks.engine.owner import Owner
from wayfare.stacks.engine.preview import Planned, Preview, hidden
from wayfare.stacks.redaction import redacted

OnEvent = Callable[[events.EngineEvent], None]


def run(stack: str, watch: Watch, operation: Callable[[OnEvent], Any]) -> Update:
    """Run an operation, and join what the engine says of failures by URN. Raises StackBusy."""
    blamed: list[str] = []
    said: list[Refusal] = []
    refused: list[Refusal] = []
    idle: dict[str, None] = {}
    changes: dict[str, int] = {}

    def on_event(event: events.EngineEvent) -> None:
        if (pre := event.resource_pre_event) is not None:
            watch(_step(pre.metadata, done=False))
        elif (outputs := event.res_outputs_event) is not None:
            watch(_step(outputs.metadata, done=True))
        elif (failed := event.res_op_failed_event) is not None:
            blamed.append(failed.metadata.urn)
        elif (broken := event.policy_event) is not None and broken.enforcement_level == "mandatory":
            refused.append(Refusal(broken.resource_urn or None, redacted(broken.message.strip()), control=True))
        elif (diagnostic := event.diagnostic_event) is not None and diagnostic.severity == "error":
            said.append(_said(diagnostic))
        elif diagnostic is not None and diagnostic.message.strip().endswith(EXCEPTS_NOTHING):
            idle[diagnostic.message.strip().removeprefix("warning: ")] = None
        elif (summary := event.summary_event) is not None:
            changes.update({str(operation): count for operation, count in summary.resource_changes.items()})

    try:
        operation(on_event)
    except automation.CommandError as error:
        refuse_if_locked(stack, error)
        return Update(tuple(refused) or deciding(blamed, said) or (Refusal(None, tail(error)),), changes)
    return Update((), changes, tuple(idle))


def _said(diagnostic: events.DiagnosticEvent) -> Refusal:
    """An error of the program's or of a resource's; the program's own word for controls is no cloud's."""
    message = redacted(diagnostic.message.strip())
    return Refusal(diagnostic.urn or None, message, control=NOT_FULFILLED in message)


def foresee(
    stack: str,
    part: Callable[[events.EngineEvent], events.ResourcePreEvent | events.ResOutputsEvent | None],
    operation: Callable[[OnEvent], Any],
) -> Preview:
    """Run what changes nothing, and take the steps from the part of its events that tells them in full."""
    steps: list[Planned] = []

    def noting(on_event: OnEvent) -> OnEvent:
        def heard(event: events.EngineEvent) -> None:
            on_event(event)
            if (told := part(event)) is not None:
                steps.append(_planned(told.metadata))

        return heard

    update = run(stack, lambda _: None, lambda on_event: operation(noting(on_event)))
    problem = "; ".join(refusal.message for refusal in update.refusals) or None
    return Preview(tuple(steps), problem, refused=any(refusal.control for refusal in update.refusals))


def refuse_if_locked(stack: str, error: automation.CommandError) -> None:
    """Raise StackBusy where the error says that another operation holds the stack's lock."""
    if isinstance(error, automation.ConcurrentUpdateError):
        raise StackBusy(stack, Owner.parse(str(error)), tail(error)) from None


def tail(error: Exception) -> str:
    """The engine's own words from an error that holds its whole output, without credentials."""
    text = str(error)
    _, found, stderr = text.rpartition("stderr: ")
    return redacted((stderr if found and stderr.strip() else text).strip())


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
