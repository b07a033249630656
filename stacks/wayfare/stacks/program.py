"""The Pulumi program: reads which blueprint and which placement a stack is for, and declares that cluster.

It runs the same under `pulumi up` and under `wayfare up`. The clouds' own configuration and credentials are left to
their providers; the only thing checked is that the region agrees with the placement.
"""

import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi

from wayfare.blueprints import BlueprintInvalid, dump, load
from wayfare.components.clouds import SdkMissing, cloud
from wayfare.components.cluster import Cluster
from wayfare.components.contract import NotFeasible, Placement, Request
from wayfare.components.controls import CONTROLS, EXCEPTS_NOTHING, ControlsRefuse, Terms, Wishes, violations
from wayfare.components.controls.declared import declared
from wayfare.components.requesting import HOLD, Unplaced, requested
from wayfare.stacks.exceptions import refuse_unknown
from wayfare.stacks.project import PROJECT_NAME, Project, Queue, StackSettings, StackSettingsInvalid, refuse_other_mode

_SETTINGS = ("alternative", "blueprint", "brought", "capacity", "complete", "images", "mode", "queue")


def run() -> Cluster:
    """Declare the stack's cluster and export its outputs. Any mistake becomes one clear error of the engine's.

    Whoever adds resources of their own lets them depend on what this gives: by then the engine knows the blueprint's
    exceptions.
    """
    signal.signal(signal.SIGINT, _leave)
    try:
        return _declare(_settings(), Project.locate(Path.cwd()))
    except (StackSettingsInvalid, BlueprintInvalid, SdkMissing, NotFeasible, ControlsRefuse) as error:
        raise pulumi.RunError(str(error)) from None


def _leave(number: int, frame: object) -> None:  # noqa: ARG001 - the form of a handler
    """End at once, and not well, when the engine asks for it.

    It does where an update has failed, and kills the program five seconds later: Python itself would wait for its
    threads, which wait for the engine. Nothing is left to put in order: what was declared is the engine's.
    """
    os._exit(128 + number)


def _declare(settings: StackSettings, project: Project) -> Cluster:
    refuse_other_mode(pulumi.get_stack(), settings.mode)
    request = request_for(settings, project.root, _now())
    _check_region(request.placement)
    _hold_to_controls(request)
    cluster = Cluster(request)
    # What a later `up` compares its blueprint with. It holds nothing that the workload's own object does not.
    stood_for = {"blueprint": dump(request.blueprint), "mode": settings.mode}
    for name, value in {**cluster.outputs, **stood_for}.items():
        pulumi.export(name, value)
    return cluster


def _hold_to_controls(request: Request) -> None:
    """Judge all that is about to be declared. Raises ControlsRefuse; an exception that excepts nothing is told."""
    resources = declared(lambda: Cluster(request))
    found = violations(resources, Terms(Wishes.of(request.blueprint)))
    excepted = {each.control for each in request.blueprint.spec.exceptions}
    if left := [each for each in found if each.control.mandatory and each.control.name not in excepted]:
        raise ControlsRefuse(left)
    for idle in sorted(excepted - {violation.control.name for violation in found}):
        if CONTROLS[idle].cloud in (None, request.placement.cloud):
            pulumi.log.warn(f"the exception of {idle} {EXCEPTS_NOTHING}")


def request_for(settings: StackSettings, root: Path, now: datetime) -> Request:
    """What a stack's settings ask for. Raises StackSettingsInvalid or BlueprintInvalid."""
    loaded = load(root / settings.blueprint)
    refuse_unknown(loaded)
    try:
        return requested(
            loaded,
            settings.placement,
            now=now,
            hold_until=now + HOLD,
            alternative=settings.alternative,
            capacity=settings.capacity,
            complete=settings.complete,
            held=settings.queue is Queue.HELD,
            along=settings.along,
        )
    except Unplaced as error:
        raise StackSettingsInvalid(f"{settings.blueprint}: {error}") from None


def _settings() -> StackSettings:
    config = pulumi.Config(PROJECT_NAME)
    values: dict[str, Any] = {key: config.get(key) for key in _SETTINGS}
    values["placement"] = config.get_object("placement")
    return StackSettings.read(values)


def _now() -> datetime:
    """UTC, as whoever holds the capacity counts it: the sandbox has a time of its own."""
    if os.environ.get("WAYFARE_SANDBOX") != "1":
        return datetime.now(UTC)
    from wayfare.sandbox.client import Sandbox

    return Sandbox().now()


def _check_region(placement: Placement) -> None:
    """Only the region must agree: what else `wayfare up` sets for a provider is the user's to choose."""
    for key, wanted in cloud(placement.cloud).configuration(placement.region).items():
        if wanted != placement.region:
            continue
        namespace, _, name = key.partition(":")
        actual = pulumi.Config(namespace).get(name)
        if actual != wanted:
            said = f"is {actual}" if actual else "is not set"
            raise StackSettingsInvalid(
                f"{key} {said}, but the placement is in {wanted}; set it with: pulumi config set {key} {wanted}"
            )
