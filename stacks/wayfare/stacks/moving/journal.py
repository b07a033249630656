"""The journal of moves, kept by DBOS in SQLite or Postgres: what each has done, and how it goes on.

A move is a DBOS workflow whose steps are attempts (`workflow.Attempt`). One process works on one move: its executor id
is the move's own id, so that a process which is started never takes up another's work. Whoever only looks does so by
DBOS's client, which runs nothing.

Values are written as JSON: a journal may be shared, and reading a pickle runs whatever is in it.
"""

import json
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from dbos import DBOS, DBOSClient, DBOSConfig, Serializer, SetWorkflowID, WorkflowHandle
from pydantic import JsonValue
from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from wayfare.stacks.moving.book import NotMovable
from wayfare.stacks.moving.workflow import Attempt, End, How, Suspended

#: Name of the workflow; a journal that another version began is read by it.
_WORKFLOW = "wayfare.move"

#: DBOS counts how often a workflow was taken up again, and would give up at a hundred.
_NEVER = 1_000_000


class State(StrEnum):
    """Where a move is."""

    UNFINISHED = "unfinished"
    MOVED = "moved"
    ROLLED_BACK = "rolled-back"


class JournalSilent(RuntimeError):
    """The journal's database does not answer, or does not take what is written. The message says which and why."""


@dataclass(frozen=True)
class Entry:
    """An attempt as the journal has it."""

    name: str
    attempt: Attempt
    began: datetime
    ended: datetime


@dataclass(frozen=True)
class Recorded:
    """A move as the journal has it."""

    id: str
    wanted: Mapping[str, JsonValue]
    """What was to be moved, as whoever began it wrote it down."""
    state: State
    began: datetime
    version: str
    """Of the tool that began it."""
    timeline: tuple[Entry, ...] = ()

    @property
    def failed(self) -> str | None:
        """Why it stands still, where its last attempt has failed."""
        last = self.timeline[-1].attempt if self.timeline else None
        return last.said if self.state is State.UNFINISHED and last is not None and last.how is How.FAILED else None

    def has_done(self, name: str) -> bool:
        """Whether a step was done."""
        return any(entry.name == name and entry.attempt.how is How.DONE for entry in self.timeline)


class _Json(Serializer):
    def serialize(self, data: Any) -> str:
        return json.dumps(data)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "wayfare-json"


class _Steps:
    """The journal as a workflow sees it, from inside of it."""

    def do(self, name: str, act: Callable[[], Attempt]) -> Attempt:
        return Attempt.read(DBOS.run_step({"name": name}, _unrecorded(act)))


def _unrecorded(act: Callable[[], Attempt]) -> Callable[[], dict[str, JsonValue]]:
    """A step whose defects are not written down as what it gives: the next process does it again."""

    def step() -> dict[str, JsonValue]:
        try:
            return act().as_data()
        except Exception as error:
            raise Suspended from error

    return step


Work = Callable[[_Steps], End]


class Moves:
    """All moves of a journal. `url` is `sqlite:///PATH` or `postgresql://…`."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def engine(self) -> Engine:
        """The database, for what else is kept there; a file's directory is made."""
        self._make_room()
        return create_engine(_driven(self._url))

    def begin(self, id: str, wanted: Mapping[str, JsonValue], version: str, work: Work) -> End:
        """Write a move down and work on it. Raises Suspended where it stands still, or JournalSilent."""
        return self._work(id, version, work, wanted)

    def resume(self, id: str, version: str, work: Work) -> End:
        """Go on with an unfinished one. Raises Suspended where it stands still, or JournalSilent."""
        return self._work(id, version, work, None)

    def find(self, id: str) -> Recorded | None:
        """One move with its timeline, or None."""
        with self._client() as client:
            if client is None:
                return None
            found = client.list_workflows(workflow_ids=[id], name=_WORKFLOW)
            if not found:
                return None
            return _recorded(found[0], client.list_workflow_steps(id))

    def get(self, id: str) -> Recorded:
        """One move with its timeline. Raises NotMovable where there is none."""
        if (found := self.find(id)) is None:
            raise NotMovable(f"there is no move {id!r} in this journal; `wayfare moves` lists them")
        return found

    def all(self) -> list[Recorded]:
        """Every move, the newest first, without their timelines."""
        with self._client() as client:
            if client is None:
                return []
            return [_recorded(row, []) for row in client.list_workflows(name=_WORKFLOW, sort_desc=True)]

    def unfinished(self, cluster: str) -> Recorded | None:
        """The move of a cluster that waits to be ended, or None."""
        mine = (each for each in self.all() if each.wanted.get("cluster") == cluster)
        return next((each for each in mine if each.state is State.UNFINISHED), None)

    def _work(self, id: str, version: str, work: Work, wanted: Mapping[str, JsonValue] | None) -> End:
        self._make_room()
        left = threading.Event()
        result: list[End | BaseException] = []

        @DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=_NEVER)
        def run(_: Mapping[str, JsonValue]) -> str:
            try:
                end = work(_Steps())
            except Suspended as error:
                result.append(error.__cause__ or error)
                raise
            except BaseException as error:
                result.append(error)
                # Also of a defect, or a database that is away: to be written down as the move's end it is not.
                raise Suspended from error
            else:
                result.append(end)
                return end.value
            finally:
                left.set()

        config: DBOSConfig = {
            "name": "wayfare",
            "system_database_url": _driven(self._url),
            "executor_id": id,
            "application_version": version,
            "serializer": _Json(),
            "log_level": "CRITICAL",
            "console_log_level": "CRITICAL",
            # Nobody sends messages here; its end waits for the listener.
            "notification_listener_polling_interval_sec": 0.1,
        }
        DBOS(config=config)
        try:
            try:
                DBOS.launch()
            except SQLAlchemyError as error:
                raise self.silent(error) from None
            if wanted is not None:
                with SetWorkflowID(id):
                    DBOS.start_workflow(run, wanted)
            left.wait()
            (ended,) = result
            if isinstance(ended, SQLAlchemyError):
                raise self.silent(ended) from None
            if isinstance(ended, BaseException):
                raise ended
            # The end is written after the workflow has returned.
            ending: WorkflowHandle[str] = DBOS.retrieve_workflow(id)
            ending.get_result(polling_interval_sec=0.05)
            return ended
        finally:
            DBOS.destroy(destroy_registry=True)

    def _make_room(self) -> None:
        if (file := _file(self._url)) is not None:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _begun(self) -> bool:
        """Whether any move was ever written down here. Makes nothing."""
        file = _file(self._url)
        if file is not None and not file.exists():
            return False
        engine = self.engine
        try:
            return inspect(engine).has_table("workflow_status", schema=None if file else "dbos")
        except SQLAlchemyError as error:
            raise self.silent(error) from None
        finally:
            engine.dispose()

    def silent(self, error: SQLAlchemyError) -> JournalSilent:
        """In the database's own words, which are the first line; the rest is SQLAlchemy's."""
        said = str(error).splitlines()[0]
        where = make_url(self._url).render_as_string(hide_password=True)
        return JournalSilent(
            f"the journal of moves, {where}, does not answer: {said}; see that it is there and has room, then call "
            "again"
        )

    @contextmanager
    def _client(self) -> Generator[DBOSClient | None]:
        """None where no journal was begun."""
        if not self._begun():
            yield None
            return
        client = DBOSClient(system_database_url=_driven(self._url), serializer=_Json(), retry_connection_errors=False)
        try:
            yield client
        except SQLAlchemyError as error:
            raise self.silent(error) from None
        finally:
            client.destroy()


def _recorded(row: Any, steps: list[Any]) -> Recorded:
    ended = row.output if row.status == "SUCCESS" else None
    return Recorded(
        id=row.workflow_id,
        wanted=cast("Mapping[str, JsonValue]", row.input["args"][0]),
        state=State(ended) if ended else State.UNFINISHED,
        began=_moment(row.created_at),
        version=str(row.app_version or ""),
        timeline=tuple(
            Entry(
                step["function_name"],
                Attempt.read(step["output"]),
                _moment(step["started_at_epoch_ms"]),
                _moment(step["completed_at_epoch_ms"]),
            )
            for step in steps
            if step["output"] is not None
        ),
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _file(url: str) -> Path | None:
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def _driven(url: str) -> str:
    """With the driver that DBOS brings along."""
    parsed = make_url(url)
    if parsed.get_backend_name() in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    return url
