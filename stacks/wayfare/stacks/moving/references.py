"""Secrets of a workload that moves: the blueprint names them for each cloud, and a move copies none. Pure."""

from wayfare.blueprints import Blueprint, CloudName

#: Clouds whose accounts are asked beforehand whether the secrets that a blueprint names are there (`Cloud.lacking`).
_ASKED = frozenset({CloudName.AZURE, CloudName.GCP})

WITHOUT = "--without-secrets"
"""The flag by which a person agrees that a training goes where it has none."""


def named(blueprint: Blueprint, cloud: CloudName) -> tuple[str, ...]:
    """The secrets that the workload may read on a cloud."""
    return getattr(blueprint.spec.secrets, cloud.value)


def missing(blueprint: Blueprint, source: CloudName, target: CloudName) -> str | None:
    """Why the workload could not do there what it does here; None where secrets are named for both, or for neither."""
    here, there = named(blueprint, source), named(blueprint, target)
    if not here or there:
        return None
    return (
        f"the workload reads {_count(here)} on {source} ({', '.join(here)}), and the blueprint names none for "
        f"{target}: make them there, name them in secrets.{target} and run `wayfare up`, or pass {WITHOUT} where it "
        "does without"
    )


def told(blueprint: Blueprint, source: CloudName, target: CloudName) -> tuple[str, ...]:
    """What a plan says of them, nothing where the cloud stays the same or there are none."""
    here, there = named(blueprint, source), named(blueprint, target)
    if source is target or not (here or there):
        return ()
    said = [f"secrets: their values are not copied; {_count(here)} on {source}, {_count(there)} on {target}"]
    if there and target not in _ASKED:
        said.append(f"whether those are there is not asked of {target}: see that {', '.join(there)} can be read")
    return tuple(said)


def _count(found: tuple[str, ...]) -> str:
    return f"{len(found)} secret{'' if len(found) == 1 else 's'}"
