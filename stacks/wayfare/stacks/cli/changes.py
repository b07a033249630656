"""How changes of a standing cluster look: lines for people, plain data for programs."""

from collections.abc import Iterable, Mapping, Sequence

from wayfare.stacks.changes import Difference
from wayfare.stacks.consent import Loss
from wayfare.stacks.living import Outlook
from wayfare.stacks.project import StackName
from wayfare.stacks.prospect import Prospect


def outlook_lines(outlook: Outlook) -> Iterable[str]:
    """What an `up` would change: what is written in the blueprint, then what it means."""
    if not outlook.differences:
        yield f"{outlook.stack} stands as the blueprint wants it: nothing to change"
        return
    if outlook.blueprint:
        yield "in the blueprint:"
        yield from (f"  {field}" for field in outlook.blueprint)
    yield f"what becomes of {outlook.stack}:"
    yield from (f"  {difference.text}" for difference in outlook.differences)


def outlook_data(outlook: Outlook) -> dict[str, object]:
    """The same for `-o json`."""
    return {
        "stack": str(outlook.stack),
        "blueprint": list(outlook.blueprint),
        "differences": [difference.as_data() for difference in outlook.differences],
    }


def unchanged_data(outlook: Outlook, prospect: Prospect, outputs: Mapping[str, object]) -> dict[str, object]:
    """`wayfare up -o json` where nothing was to be done: the keys of a failover's result, without an attempt."""
    standing = prospect.standing
    return {
        "end": "stands",
        "placement": standing.as_data(chosen=True) if standing else None,
        "candidates": [candidate.as_data(chosen=candidate is standing) for candidate in prospect.candidates],
        "attempts": [],
        "price_difference_per_hour": 0.0,
        "wasted_seconds": 0,
        "cleaned_up": {},
        "outputs": dict(outputs),
        "changes": outlook_data(outlook),
    }


def loss_lines(losses: Sequence[Loss]) -> Iterable[str]:
    """What would be lost without consent."""
    yield from (f"{loss.name}: {loss.what} would be lost" for loss in losses)


def drift_lines(stack: StackName, differences: Sequence[Difference]) -> Iterable[str]:
    """What has changed behind a stack's back."""
    if not differences:
        yield f"{stack}: the cloud holds what the state records"
        return
    yield f"{stack}: changed since its last update, and not by it:"
    yield from (f"  {difference.text}" for difference in differences)


def drift_data(found: Mapping[StackName, Sequence[Difference]]) -> dict[str, object]:
    """The same for `-o json`."""
    return {str(stack): [_drifted(difference) for difference in differences] for stack, differences in found.items()}


def _drifted(difference: Difference) -> dict[str, object]:
    """What has happened already asks for nobody's consent."""
    return {key: value for key, value in difference.as_data().items() if key not in ("consent", "lost")}
