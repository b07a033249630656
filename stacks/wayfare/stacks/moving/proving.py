"""When a copy is whole: every object compared by its content, and what differs copied anew once."""

from collections.abc import Callable, Sequence
from pathlib import Path

from wayfare.stacks.copying.evidence import Evidence
from wayfare.stacks.copying.verifying import not_arrived
from wayfare.stacks.moving.journey import Stopped


def proven(verified: Callable[[], Evidence], again: Callable[[Sequence[str]], None], folder: Path) -> Evidence:
    """Evidence of a whole copy. Raises Stopped where it is not whole the second time either.

    `verified` compares and leaves its manifests in `folder`; `again` copies once more, those names whatever is there.
    """
    evidence = verified()
    if not evidence.complete:
        again(list(not_arrived(folder)))
        evidence = verified()
    if not evidence.complete:
        raise Stopped("\n".join(evidence.lines()) + f"\n  {folder} has every name; resume to copy again")
    return evidence
