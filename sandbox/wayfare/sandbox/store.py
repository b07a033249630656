"""What the sandboxed clouds hold, on disk: resources, events, ids and the clock, in one SQLite file.

Each change is one transaction, so a crash leaves either all of it or nothing. One connection is shared by all threads
behind a lock that also makes a look and the change that follows from it (a name that must be free) one step.
"""

import hashlib
import json
import shutil
import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wayfare.sandbox.behaviour import Nodes, Properties

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS resources (
    number INTEGER PRIMARY KEY,
    package TEXT NOT NULL, token TEXT NOT NULL, id TEXT NOT NULL, region TEXT NOT NULL,
    urn TEXT NOT NULL, name TEXT NOT NULL,
    inputs TEXT NOT NULL, outputs TEXT NOT NULL, tags TEXT NOT NULL,
    failed INTEGER NOT NULL, created REAL NOT NULL,
    zone TEXT, machine_type TEXT, purchase TEXT, count INTEGER, reserves INTEGER,
    UNIQUE (package, token, region, id)
);
CREATE INDEX IF NOT EXISTS resources_by_token ON resources (package, token);
CREATE INDEX IF NOT EXISTS resources_by_machine ON resources (package, region, machine_type);
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL, kind TEXT NOT NULL, package TEXT NOT NULL, token TEXT NOT NULL, id TEXT NOT NULL,
    name TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS capacity (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    cloud TEXT NOT NULL, region TEXT NOT NULL, zone TEXT, machine_type TEXT NOT NULL, purchase TEXT,
    nodes INTEGER NOT NULL, since REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS quotas (
    cloud TEXT NOT NULL, region TEXT NOT NULL, family TEXT NOT NULL, ceiling INTEGER NOT NULL,
    PRIMARY KEY (cloud, region, family)
);
CREATE TABLE IF NOT EXISTS offered (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    cloud TEXT NOT NULL, region TEXT NOT NULL, zone TEXT, machine_type TEXT NOT NULL, offered INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS zones (cloud TEXT, region TEXT, names TEXT NOT NULL, PRIMARY KEY (cloud, region));
DROP TABLE IF EXISTS faults; -- an earlier form
CREATE TABLE IF NOT EXISTS fault_rows (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    cloud TEXT NOT NULL, token TEXT NOT NULL, operation TEXT NOT NULL,
    message TEXT, kind TEXT, dead INTEGER NOT NULL, slow REAL NOT NULL,
    passing INTEGER NOT NULL, remaining INTEGER NOT NULL
);
"""
_CLEARED = ("meta", "resources", "events", "capacity", "quotas", "offered", "zones", "fault_rows")


@dataclass(frozen=True)
class Resource:
    """A resource as the store keeps it; what behaviours see of it is `behaviour.Row`."""

    number: int
    package: str
    token: str
    id: str
    region: str
    urn: str
    name: str
    inputs: Properties
    outputs: Properties
    tags: Mapping[str, str]
    failed: bool
    nodes: Nodes | None


class Store:
    """The SQLite file and the buckets' directories of one sandbox. Safe to use from many threads."""

    def __init__(self, directory: Path) -> None:
        """Open or make the store in a directory."""
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = directory / "sandbox.sqlite"
        file.touch(mode=0o600, exist_ok=True)
        self._lock = threading.RLock()
        self._noted = threading.Condition(self._lock)
        self._depth = 0
        self._watchers: tuple[Callable[[], None], ...] = ()
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_TABLES)

    def watch(self, changed: Callable[[], None]) -> None:
        """Have something called after each change, in whatever thread made it."""
        with self._lock:
            self._watchers = (*self._watchers, changed)

    def unwatch(self, changed: Callable[[], None]) -> None:
        """Have it called no more."""
        with self._lock:
            self._watchers = tuple(each for each in self._watchers if each != changed)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing. Transactions nest: an inner one is part of the outer one."""
        with self._lock:
            if self._depth == 0:
                self._database.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._database.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._database.execute("COMMIT")
                for changed in self._watchers:
                    changed()

    def query(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Rows of a statement."""
        with self._lock:
            return self._database.execute(sql, values).fetchall()

    def execute(self, sql: str, *values: Any) -> int:
        """Run a statement in a transaction; the number of rows that it changed."""
        with self.transaction():
            return self._database.execute(sql, values).rowcount

    def clear(self) -> None:
        """Forget everything, the buckets' bytes included."""
        with self.transaction():
            for table in _CLEARED:
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
        shutil.rmtree(self.directory / "buckets", ignore_errors=True)

    def meta(self, key: str, default: str = "") -> str:
        """A value kept by name."""
        rows = self.query("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0]["value"]) if rows else default

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value by name."""
        self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    def new_id(self, digits: int) -> str:
        """A fresh lower-case hex string. The series begins again after `clear`."""
        with self.transaction():
            number = int(self.meta("ids", "0")) + 1
            self.set_meta("ids", str(number))
        text = ""
        while len(text) < digits:
            text += hashlib.sha256(f"wayfare-sandbox:{number}:{len(text)}".encode()).hexdigest()
        return text[:digits]

    def add(
        self,
        *,
        package: str,
        token: str,
        id: str,
        region: str,
        urn: str,
        name: str,
        inputs: Properties,
        outputs: Properties,
        tags: Mapping[str, str],
        failed: bool,
        nodes: Nodes | None,
        at: float,
    ) -> None:
        """Keep a new resource. Raises sqlite3.IntegrityError where the id is taken."""
        self.execute(
            "INSERT INTO resources (package, token, id, region, urn, name, inputs, outputs, tags, failed, created,"
            " zone, machine_type, purchase, count, reserves) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            *(package, token, id, region, urn, name, json.dumps(inputs), json.dumps(outputs), json.dumps(dict(tags))),
            *(failed, at, *_node_columns(nodes)),
        )

    def change(
        self,
        number: int,
        *,
        inputs: Properties,
        outputs: Properties,
        tags: Mapping[str, str],
        failed: bool,
        nodes: Nodes | None,
    ) -> None:
        """Replace what is kept of a resource."""
        self.execute(
            "UPDATE resources SET inputs=?, outputs=?, tags=?, failed=?, zone=?, machine_type=?, purchase=?, count=?,"
            " reserves=? WHERE number=?",
            *(json.dumps(inputs), json.dumps(outputs), json.dumps(dict(tags)), failed, *_node_columns(nodes), number),
        )

    def remove(self, number: int) -> None:
        """Forget a resource."""
        self.execute("DELETE FROM resources WHERE number = ?", number)

    def resources(
        self, package: str | None = None, token: str | None = None, id: str | None = None, region: str | None = None
    ) -> Sequence[Resource]:
        """Resources that agree in every respect given, oldest first."""
        wanted = {"package": package, "token": token, "id": id, "region": region}
        given = {column: value for column, value in wanted.items() if value is not None}
        condition = " AND ".join(f"{column} = ?" for column in given) or "1"
        rows = self.query(f"SELECT * FROM resources WHERE {condition} ORDER BY number", *given.values())  # noqa: S608
        return [_resource(row) for row in rows]

    def note(self, at: float, kind: str, package: str, token: str, id: str, name: str, text: str = "") -> None:
        """Add to the timeline."""
        self.execute(
            "INSERT INTO events (at, kind, package, token, id, name, text) VALUES (?,?,?,?,?,?,?)",
            *(at, kind, package, token, id, name, text),
        )
        with self._noted:
            self._noted.notify_all()

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """The timeline after the event of that number."""
        return [dict(row) for row in self.query("SELECT * FROM events WHERE number > ? ORDER BY number", since)]

    def deleted(self, package: str, token: str, id: str) -> float | None:
        """When a resource with that id was deleted last, in virtual seconds; None where the timeline knows of none."""
        rows = self.query(
            "SELECT max(at) AS at FROM events WHERE kind = 'deleted' AND package = ? AND token = ? AND id = ?",
            *(package, token, id),
        )
        return rows[0]["at"]

    def await_events(self, since: int, count: int, timeout: float) -> list[dict[str, Any]]:
        """The timeline after an event as soon as it has so many entries; fewer after `timeout` real seconds."""
        with self._noted:
            self._noted.wait_for(lambda: len(self.events(since)) >= count, timeout)
            return self.events(since)

    def bucket(self, package: str, name: str) -> Path:
        """Where a bucket's bytes lie."""
        parts = name.split("/")
        if not all(parts) or {".", ".."} & set(parts):
            raise ValueError(f"not a bucket's name: {name!r}")
        return self.directory.joinpath("buckets", package, *parts)


def _node_columns(nodes: Nodes | None) -> tuple[Any, ...]:
    if nodes is None:
        return (None, None, None, None, None)
    return (nodes.zone, nodes.machine_type, nodes.purchase, nodes.count, nodes.reserves)


def _resource(row: sqlite3.Row) -> Resource:
    nodes = None
    if row["machine_type"] is not None:
        nodes = Nodes(row["zone"], row["machine_type"], row["purchase"], row["count"], bool(row["reserves"]))
    return Resource(
        number=row["number"],
        package=row["package"],
        token=row["token"],
        id=row["id"],
        region=row["region"],
        urn=row["urn"],
        name=row["name"],
        inputs=json.loads(row["inputs"]),
        outputs=json.loads(row["outputs"]),
        tags=json.loads(row["tags"]),
        failed=bool(row["failed"]),
        nodes=nodes,
    )
