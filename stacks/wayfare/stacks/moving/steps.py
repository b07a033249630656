"""The steps of a move, in their order: what each does, what it leaves as evidence, and how it is taken back.

    preflight ─▶ target-up ─▶ along ─▶ trust ─▶ bulk-copy ─▶ suspend ─▶ last-copy ─▶ verify ─▶ start ─▶ progress
                                                                                                           │
                                absence ◀─ destroy ◀─ distrust ◀─ cut-over (the point of no return) ◀──────┘

Before the cut-over everything is taken back in the opposite order; after it a move only goes forward. At any moment at
most one side has its queue open once the source was closed, and a side is opened only when the other runs nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import JsonValue

from wayfare.stacks.moving.journey import Journey, Site, Stopped, Whole

Evidence = Mapping[str, JsonValue]
"""What a step leaves in the journal."""
Before = Mapping[str, Evidence]
"""The evidence of the steps before, by their names."""


@dataclass(frozen=True)
class Step:
    """One step of a move."""

    name: str
    says: str
    """What it does, in words."""
    forward: Callable[[Journey, Before], Evidence]
    back: Callable[[Journey, Before], Evidence] | None = None
    """What takes it back; None where nothing is left of it, or it cannot be."""


#: How long each wait may take. A control plane takes 15 minutes, a grace period is the blueprint's and comes on top.
_DRAIN = timedelta(minutes=30)
#: Images are pulled and weights are read before the first step; how long a step takes is the training's.
_PROGRESS = timedelta(hours=4)


def _preflight(journey: Journey, _: Before) -> Evidence:
    source = journey.source
    if not source.stands():
        raise Stopped(f"{source.name} does not stand any more; `wayfare get` tells what is there")
    if closed := journey.closed():
        raise Stopped(closed)
    if left := journey.target.left():
        raise Stopped(
            f"{journey.target.name} is not empty: {', '.join(left)}; a move that is rolled back would delete it. Run "
            "`wayfare destroy` with --delete-data for what an earlier stay has left, or choose another region"
        )
    newest = source.newest()
    return {"source": source.name, "target": journey.target.name, "step": newest.step if newest else None}


def _bring_up(journey: Journey, _: Before) -> Evidence:
    journey.bring_up()
    return {"stack": journey.target.name}


def _remove_target(journey: Journey, _: Before) -> Evidence:
    return _gone(journey.target)


def _along(journey: Journey, _: Before) -> Evidence:
    return journey.bring_along()


def _trust(journey: Journey, _: Before) -> Evidence:
    made = journey.trust()
    return {"stack": made} if made else {"nothing": "the target's pods copy nothing"}


def _distrust(journey: Journey, _: Before) -> Evidence:
    journey.distrust()
    return {}


def _copy(journey: Journey, _: Before) -> Evidence:
    copied = journey.copy()
    return {"objects": copied.objects, "bytes": copied.size}


def _suspend(journey: Journey, _: Before) -> Evidence:
    source = journey.source
    source.hold()
    _drained(journey, source)
    newest = source.newest()
    if newest is None:
        raise Stopped(
            f"the training ended without a whole checkpoint in the bucket of {source.name}, so that nothing could go "
            "on from there; see that its container writes them as the blueprint's workload.checkpoint says, or roll "
            "back"
        )
    return _checkpoint(newest)


def _resume_source(journey: Journey, _: Before) -> Evidence:
    # Whatever the target had begun has ended before: steps are taken back in the opposite order.
    _idle(journey.target)
    journey.source.release()
    return {}


def _verify(journey: Journey, before: Before) -> Evidence:
    proof = journey.prove()
    if proof.foreign:
        first, *more = proof.foreign
        raise Stopped(
            f"the bucket of {journey.target.name} has {first!r}{f' and {len(more)} more' if more else ''}, which the "
            "source has not: an earlier stay may have left it, and a training would take it for its own; delete it"
        )
    newest = journey.target.newest()
    if newest is None or newest.step != before["suspend"]["step"]:
        raise Stopped(
            f"the newest whole checkpoint on {journey.target.name} is {newest.marker if newest else 'none'}, and "
            f"{before['suspend']['marker']} is the source's"
        )
    return {"objects": proof.objects, "bytes": proof.size, "manifest": proof.digest}


def _start(journey: Journey, _: Before) -> Evidence:
    _idle(journey.source)
    journey.target.release()
    return {}


def _stop_target(journey: Journey, _: Before) -> Evidence:
    if journey.target.stands():
        journey.target.hold()
        _drained(journey, journey.target)
    return {}


def _progress(journey: Journey, before: Before) -> Evidence:
    reached = before["suspend"]["step"]
    for _ in journey.looks(_PROGRESS):
        newest = journey.target.newest()
        if newest is not None and isinstance(reached, int) and newest.step > reached:
            return _checkpoint(newest)
    raise Stopped(
        f"the training on {journey.target.name} wrote no whole checkpoint beyond step {reached} within "
        f"{_PROGRESS.total_seconds() / 3600:g} hours; see its log, then resume, or roll back to the source"
    )


def _cut_over(journey: Journey, before: Before) -> Evidence:
    _idle(journey.source)
    return _bring_late(journey, before["verify"])


def _end_trust(journey: Journey, before: Before) -> Evidence:
    """As soon as all is there. Whoever brings late objects after this makes it anew."""
    if not journey.source.stands():
        return before["cut-over"]
    _idle(journey.source)
    brought = _bring_late(journey, before["cut-over"])
    journey.distrust()
    return brought


def _destroy(journey: Journey, before: Before) -> Evidence:
    """Only what is proven to have arrived is deleted."""
    if journey.source.stands():
        _idle(journey.source)
        _bring_late(journey, before["distrust"])
        journey.distrust()
    journey.source.remove()
    return {}


def _absence(journey: Journey, _: Before) -> Evidence:
    return _gone(journey.source)


STEPS = (
    Step("preflight", "look at both places", _preflight),
    Step("target-up", "bring the target up, its queue closed", _bring_up, _remove_target),
    Step("along", "bring along what is not in the bucket", _along),
    Step("trust", "let the target's pods read the source's bucket", _trust, _distrust),
    Step("bulk-copy", "copy while the source runs", _copy),
    Step("suspend", "suspend the source at a last whole checkpoint", _suspend, _resume_source),
    Step("last-copy", "copy what the source wrote meanwhile", _copy),
    Step("verify", "prove every object by its content", _verify),
    Step("start", "start on the target", _start, _stop_target),
    Step("progress", "wait for a step beyond the checkpoint's", _progress),
    Step("cut-over", "leave the source for good", _cut_over),
    Step("distrust", "take back what let the target's pods read", _end_trust),
    Step("destroy", "destroy the source", _destroy),
    Step("absence", "prove that nothing is left of it", _absence),
)

CUT_OVER = "cut-over"
"""When this step is done, a move goes forward only."""


def _checkpoint(whole: Whole) -> Evidence:
    return {"step": whole.step, "marker": whole.marker}


def _drained(journey: Journey, site: Site) -> None:
    for _ in journey.looks(_DRAIN):
        if site.running() == 0:
            return
    raise Stopped(
        f"{site.running()} pods of {site.name} have not ended within {_DRAIN.total_seconds() / 60:g} minutes after "
        "their queue was closed; see what holds them, then resume or roll back"
    )


def _idle(site: Site) -> None:
    """Never two trainings at once: whoever opens a side has looked at the other."""
    if site.stands() and (pods := site.running()):
        raise Stopped(f"{pods} pods run on {site.name}, which was suspended; somebody opened its queue: close it again")


def _bring_late(journey: Journey, proven: Evidence) -> Evidence:
    """What somebody wrote to the source after it was proven goes along too."""
    late = journey.late(str(proven["manifest"]))
    if late:
        # It may have been taken back: these came after all that was expected.
        journey.trust()
    return {"late": len(late), "manifest": journey.bring(late) if late else proven["manifest"]}


def _gone(site: Site) -> Evidence:
    site.remove()
    if left := site.left():
        raise Stopped(f"{site.name} is not gone: {', '.join(left)}")
    return {"absent": site.name}
