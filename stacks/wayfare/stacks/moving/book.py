"""Which journal moves are written down in, and what keeps others off a cluster that is being moved.

Every `up` and `destroy` comes here. Most clusters are never moved: where no journal was begun, nothing is imported.
"""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from wayfare.stacks.session import Session

if TYPE_CHECKING:
    from wayfare.stacks.moving.journal import Moves, Recorded

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


@contextmanager
def unmoved(session: Session, cluster: str) -> Generator[Callable[[], None]]:
    """Work on a cluster that nobody moves. Raises BeingMoved where a move of it is not ended.

    Where a journal is given (WAYFARE_JOURNAL) that others may share, its lease on the cluster is held meanwhile, so
    that no move begins on another machine, nor another `up`. Raises LeaseTaken, and JournalSilent. Gives what is to be
    called before anything is done: it raises `Stopped` where that lease is lost.
    """
    given = os.environ.get(VARIABLE)
    if given is None and not _file(session).exists():
        yield lambda: None
        return
    from wayfare.stacks.moving.journal import Moves

    moves = Moves(given or f"sqlite:///{_file(session)}")
    if given is None:
        _refuse(moves, session, cluster)
        # Others on this machine are kept off by the session's own lease.
        yield lambda: None
        return
    from wayfare.stacks.moving.alone import alone

    with alone(moves, cluster) as leased:
        _refuse(moves, session, cluster)
        yield leased


def _refuse(moves: "Moves", session: Session, cluster: str) -> None:
    recorded = moves.unfinished(cluster)
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
