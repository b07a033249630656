"""Which journal moves are written down in, and what keeps others off a cluster that is being moved.

Every `up` and `destroy` asks here. Most clusters are never moved: where no journal was begun, nothing is imported.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from wayfare.stacks.session import Session

if TYPE_CHECKING:
    from wayfare.stacks.moving.journal import Recorded

#: Names a journal's URL.
VARIABLE = "WAYFARE_JOURNAL"


class NotMovable(ValueError):
    """The cluster cannot be moved so, or the move cannot be ended so. The message says why and what to do."""


class BeingMoved(RuntimeError):
    """A move of the cluster is not ended. The message says which, and how it is."""


def journal_url(session: Session, given: str | None) -> str:
    """Where moves are written down. Raises NotMovable where a file of this machine does not do."""
    if given:
        return given
    if session.sandbox is None and session.shared:
        raise NotMovable(
            f"the state of the stacks is shared ({session.stacks.backend}), and so must be the journal, or two people "
            f"could move one cluster at a time: give a Postgres by --journal or {VARIABLE}, outside of the cloud that "
            "may be left, such as postgresql://USER@HOST/DATABASE"
        )
    return f"sqlite:///{_file(session)}"


def refuse_while_moving(session: Session, cluster: str) -> None:
    """Raise BeingMoved where a move of a cluster is not ended."""
    given = os.environ.get(VARIABLE)
    if given is None and not _file(session).exists():
        return
    from wayfare.stacks.moving.journal import Moves

    recorded = Moves(given or f"sqlite:///{_file(session)}").unfinished(cluster)
    if recorded is not None and recorded.wanted.get("mode") == session.mode:
        raise BeingMoved(unfinished(recorded))


def unfinished(recorded: "Recorded") -> str:
    """What to say where a move stands in the way."""
    return (
        f"the move {recorded.id} is not ended; go on with `wayfare move --resume {recorded.id}`, or take it back with "
        f"`wayfare move --rollback {recorded.id}`"
    )


def _file(session: Session) -> Path:
    """The journal of this user on this machine, or the sandbox's own."""
    directory = session.sandbox.directory if session.sandbox else platformdirs.user_state_path("wayfare")
    return directory / "moves.sqlite"
