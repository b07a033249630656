"""One at a time on a cluster, for all who share a journal."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from wayfare.stacks.engine.owner import Owner
from wayfare.stacks.moving.journal import Moves
from wayfare.stacks.moving.leases import Leases


@contextmanager
def alone(moves: Moves, cluster: str) -> Generator[Callable[[], None]]:
    """Be the only one who works on a cluster. Raises LeaseTaken, and JournalSilent.

    Gives what is to be called before anything is done: it raises `Stopped` where the lease is lost.
    """
    engine = moves.engine
    try:
        with Leases(engine).hold(cluster, Owner.here()) as leased:
            yield leased
    except SQLAlchemyError as error:
        raise moves.silent(error) from None
    finally:
        engine.dispose()
