"""A blueprint's exceptions from controls, held against the controls that there are. Pure.

Blueprints know no controls: that an exception names one, and whether it can except anything, is found here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wayfare.blueprints import Blueprint, BlueprintInvalid, CloudName, Loaded, Problem
from wayfare.blueprints.hints import nearest
from wayfare.components.controls import CONTROLS, Control, Wishes


@dataclass(frozen=True)
class Excepted:
    """A control that a blueprint excepts."""

    control: Control
    reason: str
    idle: str | None
    """Why it excepts nothing wherever the cluster is placed; None where it may."""

    def as_data(self) -> dict[str, object]:
        """The same for a program."""
        return {
            "control": self.control.name,
            "demands": self.control.demands,
            "reason": self.reason,
            "excepts_nothing": self.idle,
        }


def refuse_unknown(loaded: Loaded) -> None:
    """Raise BlueprintInvalid where an exception names a control that there is none of."""
    problems: list[Problem] = []
    for index, exception in enumerate(loaded.blueprint.spec.exceptions):
        if exception.control not in CONTROLS:
            line, col = loaded.where(("spec", "exceptions", index, "control"))
            near = nearest(exception.control, tuple(CONTROLS))
            problems.append(
                Problem(
                    file=str(loaded.path),
                    line=line,
                    col=col,
                    path=f"spec.exceptions[{index}].control",
                    message=f"there is no control {exception.control}",
                    hint=f"did you mean {near}?" if near else "`wayfare controls` lists them",
                )
            )
    if problems:
        raise BlueprintInvalid(problems)


def excepted(blueprint: Blueprint) -> Sequence[Excepted]:
    """The exceptions of a blueprint whose controls are known."""
    wishes = Wishes.of(blueprint)
    return tuple(
        Excepted(control, exception.reason, _idle(control, wishes, blueprint))
        for exception in blueprint.spec.exceptions
        for control in [CONTROLS[exception.control]]
    )


def _idle(control: Control, wishes: Wishes, blueprint: Blueprint) -> str | None:
    place = blueprint.spec.placement
    clouds = [cloud for cloud in place.clouds if cloud.value not in place.avoid]
    if control.cloud is not None and CloudName(control.cloud) not in clouds:
        return f"the blueprint leaves {control.cloud} out"
    if not control.applies(wishes):
        return f"the control is asked {control.depends.partition(';')[0]}"
    return None


def control_data(control: Control) -> Mapping[str, object]:
    """One control, for a program."""
    return {
        "name": control.name,
        "demands": control.demands,
        "cloud": control.cloud,
        "mandatory": control.mandatory,
        "depends": control.depends or None,
        "but_for": list(control.but_for),
        "cis": [
            {"benchmark": each.benchmark, "number": each.number or None, "title": each.title} for each in control.cis
        ],
    }
