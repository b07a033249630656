"""Who may work on a cluster: a lease in the journal's database, with a token that grows with every holder.

A lease that is not renewed runs out, for its holder may be on a machine that is gone. A holder that only slept
meanwhile finds a newer token than its own before it acts again, and does nothing more. Time is the database's: two
machines' clocks may differ.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Double,
    Engine,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Update,
    extract,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.sql.elements import ColumnElement

from wayfare.stacks.engine.owner import Owner
from wayfare.stacks.moving.journey import Stopped

#: A lease that was not renewed for so long is anybody's.
RUNS_OUT = timedelta(minutes=4)
_RENEWED_EVERY = RUNS_OUT / 4

_TABLE = Table(
    "wayfare_leases",
    MetaData(),
    Column("cluster", String(200), primary_key=True),
    Column("token", Integer, nullable=False),
    Column("user", String(200), nullable=False),
    Column("host", String(255), nullable=False),
    Column("process", Integer, nullable=False),  # 0: it was given back
    Column("since", String(40), nullable=False),  # RFC 3339, by its holder's clock: only told
    Column("renewed", Double, nullable=False),  # seconds since 1970, by the database's clock
)


class LeaseTaken(RuntimeError):
    """Somebody else works on the cluster. The message says who and since when."""

    def __init__(self, cluster: str, holder: Owner) -> None:
        """`holder`: whose lease it is."""
        super().__init__(
            f"{cluster} is being worked on by {holder}; wait until that has ended. If that machine is gone, its "
            f"lease runs out {RUNS_OUT.total_seconds() / 60:g} minutes after its last word"
        )


@dataclass(frozen=True)
class Leases:
    """The leases of a journal's database."""

    engine: Engine

    @contextmanager
    def hold(self, cluster: str, me: Owner) -> Generator[Callable[[], None]]:
        """Be the only one who works on a cluster. Raises LeaseTaken.

        Gives what is to be called before anything is done: it raises `Stopped` where the lease is lost.
        """
        self._prepare()
        token = self.take(cluster, me)
        over = threading.Event()

        def renew() -> None:
            mine = True
            while mine and not over.wait(_RENEWED_EVERY.total_seconds()):
                # A database that is away for a moment is asked again: until the lease runs out it is not lost.
                with suppress(SQLAlchemyError):
                    mine = self.renew(cluster, token)

        renewing = threading.Thread(target=renew, name="lease", daemon=True)
        renewing.start()
        try:
            yield lambda: self.check(cluster, token)
        finally:
            over.set()
            renewing.join()
            # What has happened counts, and not that nobody can be told that it is over: a lease runs out by itself.
            with suppress(SQLAlchemyError):
                self.give_back(cluster, token)

    def _prepare(self) -> None:
        try:
            _TABLE.metadata.create_all(self.engine)
        except DBAPIError:
            # Others who come first do the same at this moment.
            if not inspect(self.engine).has_table(_TABLE.name):
                raise

    def take(self, cluster: str, me: Owner) -> int:
        """Take the lease; its token. Raises LeaseTaken."""
        mine = {"user": me.user, "host": me.host, "process": me.pid, "since": me.since}
        with self.engine.begin() as database:
            row = database.execute(select(_TABLE).where(_TABLE.c.cluster == cluster)).one_or_none()
            if row is None:
                values = {"cluster": cluster, "token": 1, "renewed": _now(database), **mine}
                try:
                    database.execute(insert(_TABLE).values(values))
                except IntegrityError:
                    # Another one came first; whoever it is has begun this moment.
                    raise LeaseTaken(cluster, Owner("somebody", "another process", 0, _said_now())) from None
                return 1
            if not self._is_free(database, row):
                raise LeaseTaken(cluster, _owner(row))
            newer = (
                update(_TABLE)
                .where(_TABLE.c.cluster == cluster, _TABLE.c.token == row.token)
                .values(token=row.token + 1, renewed=_now(database), **mine)
            )
            if database.execute(newer).rowcount != 1:
                raise LeaseTaken(cluster, _owner(row))
            return row.token + 1

    def renew(self, cluster: str, token: int) -> bool:
        """Say that its holder lives; False where the lease is somebody else's."""
        with self.engine.begin() as database:
            return database.execute(_own(cluster, token).values(renewed=_now(database))).rowcount == 1

    def check(self, cluster: str, token: int) -> None:
        """Raise Stopped where the lease is somebody else's."""
        with self.engine.connect() as database:
            row = database.execute(select(_TABLE).where(_TABLE.c.cluster == cluster)).one_or_none()
        if row is None or row.token != token:
            whom = f" by {_owner(row)}" if row is not None else ""
            raise Stopped(f"the lease on {cluster} was taken over{whom}: this process was silent for too long")

    def give_back(self, cluster: str, token: int) -> None:
        """Let others have it; nothing where it is not one's own any more."""
        with self.engine.begin() as database:
            database.execute(_own(cluster, token).values(process=0))

    def _is_free(self, database: Connection, row: Row[tuple[object, ...]]) -> bool:
        if row.process == 0:
            return True
        shared = self.engine.dialect.name != "sqlite"
        if _owner(row).is_dead(shared=shared):
            return True
        age = database.execute(select(_now(database) - _TABLE.c.renewed).where(_TABLE.c.cluster == row.cluster))
        return float(age.scalar_one()) > RUNS_OUT.total_seconds()


def _own(cluster: str, token: int) -> Update:
    return update(_TABLE).where(_TABLE.c.cluster == cluster, _TABLE.c.token == token)


def _now(database: Connection) -> ColumnElement[Any]:
    """Seconds since 1970, by the database's clock."""
    if database.dialect.name == "sqlite":
        return (func.julianday("now") - 2440587.5) * 86400.0
    return extract("epoch", func.clock_timestamp())


def _owner(row: Row[tuple[object, ...]]) -> Owner:
    return Owner(row.user, row.host, row.process, row.since)


def _said_now() -> str:
    return f"{datetime.now(UTC):%FT%TZ}"
