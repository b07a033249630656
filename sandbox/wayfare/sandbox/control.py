"""The sandbox's own HTTP interface on loopback: what the command line and tests set and ask.

Every path needs the bearer token of the sandbox's directory, except `/<package>/…`, which is the cloud's own HTTP
interface as far as the sandbox has it.
"""

import hmac
import json
import logging
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from wayfare.sandbox.behaviour import FaultKind, NotThere, Properties, Refused
from wayfare.sandbox.clock import VirtualClock
from wayfare.sandbox.cloud import SandboxedCloud
from wayfare.sandbox.copies.keeper import Copies
from wayfare.sandbox.ledger import Ledger
from wayfare.sandbox.listening import Providers
from wayfare.sandbox.packages import PACKAGE_OF
from wayfare.sandbox.reach import CLUSTERS, Reach
from wayfare.sandbox.regions import CLUSTER_TAG, cluster_key
from wayfare.sandbox.scenario import (
    CapacityRow,
    FaultRow,
    OfferedRow,
    OperatorRow,
    Passing,
    QuotaRow,
    Scenario,
    TrainingRow,
    problems,
)
from wayfare.sandbox.store import Resource, Store
from wayfare.sandbox.training.keeper import TRAINS, Trainings

if TYPE_CHECKING:
    from wayfare.sandbox.planes.planes import Planes

#: Bytes of a request's body; the largest scenario is a hundredth of it.
_MOST = 4 * 1024 * 1024
_LOG = logging.getLogger(__name__)
KUBERNETES = "kubernetes"
"""Name under which the store keeps what kind of control planes its clusters have."""


class NoSuchPath(LookupError):
    """Nothing is answered under this path."""


class Control:
    """What can be asked of a running sandbox, and told to it."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        clock: VirtualClock,
        stop: Callable[[], None],
        clouds: Mapping[str, SandboxedCloud],
        providers: Providers,
        trainings: Trainings,
        copies: Copies,
        planes: "Planes | None" = None,
    ) -> None:
        """`stop` ends the process, after the answer."""
        self._store, self._ledger, self._clock, self._stop, self.clouds = store, ledger, clock, stop, clouds
        self._providers, self._reach, self._planes = providers, Reach(store), planes
        self._trainings, self._copies = trainings, copies
        self._paths: dict[tuple[str, str], Callable[[Properties], object]] = {
            ("GET", "/status"): self._status,
            ("GET", "/now"): lambda _: {"now": self._clock.now().isoformat(), "elapsed": self._clock.elapsed},
            ("GET", "/capacity"): lambda _: self._ledger.overview(self._clock.elapsed),
            ("GET", "/events"): lambda query: self._store.events(int(query.get("since", 0))),
            ("GET", "/events/await"): self._await_events,
            ("GET", "/trainings"): lambda _: self._trainings.rows(),
            ("GET", "/trainings/await"): self._await_training,
            ("GET", "/copies"): lambda _: self._copies.rows(),
            ("GET", "/inventory"): lambda query: self._inventory(query.get("cluster")),
            ("POST", "/capacity"): self._set_capacity,
            ("POST", "/quota"): lambda body: self._ledger.set_quota(QuotaRow.model_validate(body)),
            ("POST", "/offered"): lambda body: self._ledger.set_offered(OfferedRow.model_validate(body)),
            ("POST", "/fault"): self._add_fault,
            ("POST", "/operator"): lambda body: self._reach.place(OperatorRow.model_validate(body)),
            ("POST", "/scenario"): self._load,
            ("POST", "/reset"): self._reset,
            ("POST", "/drift"): self._drift,
            ("POST", "/pass"): self._pass,
            ("POST", "/vanish"): lambda body: self.clouds[body["package"]].vanish(body["token"], body["id"]),
            ("POST", "/revive"): lambda _: self._providers.revive(),
            ("POST", "/train"): lambda body: self._trainings.turn(on=bool(body["on"])),
            ("POST", "/training"): self._disturb,
            ("POST", "/stop"): lambda _: self._stop(),
        }

    def answer(self, method: str, path: str, arguments: Properties) -> object:
        """Answer a request of the command line. Raises `NoSuchPath`."""
        if (method, path) not in self._paths:
            raise NoSuchPath(f"no such path: {method} {path}")
        return self._paths[method, path](arguments)

    def _status(self, _: Properties) -> object:
        resources = self._store.resources()
        return {
            "now": self._clock.now().isoformat(),
            "elapsed": self._clock.elapsed,
            "resources": {package: sum(row.package == package for row in resources) for package in sorted(self.clouds)},
            "failed": [_described(row) for row in resources if row.failed],
            "capacity": self._ledger.overview(self._clock.elapsed),
            "quotas": [dict(row) for row in self._store.query("SELECT * FROM quotas ORDER BY cloud, region, family")],
            "faults": self._ledger.faults(),
            "dead": self._providers.dead,
            "operator": self._reach.operator.model_dump(mode="json", by_alias=True),
            **({"trainings": self._trainings.rows()} if self._trainings.kept else {}),
            **({"copies": copies} if (copies := self._copies.rows()) else {}),
            **({} if self._planes is None else {"kubeconfigs": self._planes.kubeconfigs()}),
        }

    def _await_events(self, query: Properties) -> object:
        since, count, timeout = int(query.get("since", 0)), int(query["count"]), float(query["timeout"])
        return self._store.await_events(since, count, timeout)

    def _await_training(self, query: Properties) -> object:
        states = frozenset(filter(None, str(query.get("states", "")).split(",")))
        beyond, timeout = int(query["beyond"]), float(query["timeout"])
        return self._trainings.await_row(str(query["cluster"]), states, beyond, timeout)

    def _disturb(self, body: Properties) -> None:
        row = TrainingRow.model_validate(body)
        self._trainings.disturb(row.cluster, row.wrong, row.times)

    def _set_capacity(self, body: Properties) -> None:
        row = CapacityRow.model_validate(body)
        after = row.after.total_seconds() if row.after else 0.0
        self._ledger.set_capacity(row, self._clock.elapsed + after)

    def _add_fault(self, body: Properties) -> None:
        row = FaultRow.model_validate(body)
        self._refuse_impossible(row)
        self._ledger.add_fault(row)

    def _load(self, body: Properties) -> None:
        scenario = self._scenario(body)
        self._ledger.load(scenario)
        self._reach.place(scenario.operator)

    def _scenario(self, body: Properties) -> Scenario:
        scenario = Scenario.model_validate(body)
        for row in scenario.faults:
            self._refuse_impossible(row)
        return scenario

    def _refuse_impossible(self, row: FaultRow) -> None:
        """Refuse a fault that no call would ever meet."""
        package = PACKAGE_OF[row.cloud]
        if row.token.partition(":")[0] != package:
            raise Refused(f"{row.token!r} is no type or function of {row.cloud}: those begin with {package}:")
        rules = self.clouds[package].behaviour.rules.get(row.token) if package in self.clouds else None
        if row.kind is FaultKind.STOCKOUT and (rules is None or rules.nodes is None):
            raise Refused(f"{row.token} takes no machines, so it is never short of them")

    def _reset(self, body: Properties) -> None:
        scenario = self._scenario(body)
        self._providers.revive()
        self._clock.reset()
        self._trainings.clear(lambda: self._copies.clear(lambda: self._clear(scenario)))
        self._follow()

    def _clear(self, scenario: Scenario) -> None:
        with self._store.transaction():
            kept = {key: self._store.meta(key) for key in (KUBERNETES, TRAINS)}
            self._store.clear()
            for key, value in kept.items():
                self._store.set_meta(key, value)
            self._ledger.load(scenario)
            self._reach.place(scenario.operator)

    def _pass(self, body: Properties) -> None:
        """Let virtual time pass, as a call does that takes so long."""
        seconds = Passing.model_validate(body).time.total_seconds()
        # Beforehand: a call may wait for pods that have their grace, and the clock for that call.
        self._trainings.passed(seconds)
        with self._clock.call():
            self._clock.wait(seconds)
            self._follow()

    def _drift(self, body: Properties) -> None:
        """Change a property behind the engine's back."""
        with self._store.transaction():
            rows = self._store.resources(body["package"], body["token"], body["id"])
            if not rows:
                raise Refused(f"{body['token']} {body['id']} was not found")
            row, change = rows[0], {body["property"]: body["value"]}
            self._store.change(
                row.number,
                inputs=row.inputs | (change if body["property"] in row.inputs else {}),
                outputs=row.outputs | change,
                tags=row.tags,
                failed=row.failed,
                nodes=row.nodes,
            )
        self._follow()

    def _follow(self) -> None:
        """Let the real control planes agree with the clouds again."""
        if self._planes is not None:
            self._planes.follow()

    def _inventory(self, cluster: str | None) -> object:
        """What there is under a cluster's tag, or everything; Kubernetes objects apart."""
        rows = [row for row in self._store.resources() if row.package != "kubernetes"]
        chosen = [row for row in rows if cluster is None or row.tags.get(CLUSTER_TAG) == cluster]
        keys = {cluster_key(row) for row in chosen if row.token in CLUSTERS}
        objects = self._store.resources("kubernetes")
        return {
            "resources": [_described(row) for row in chosen],
            "kubernetes": [_described(row) for row in objects if cluster is None or row.region in keys],
        }


def _described(row: Resource) -> dict[str, object]:
    return {
        "package": row.package,
        "token": row.token,
        "id": row.id,
        "region": row.region,
        "name": row.name,
        "tags": dict(row.tags),
        "failed": row.failed,
    }


def http_server(control: Control, token: str, address: tuple[str, int]) -> ThreadingHTTPServer:
    """A server for the control interface and for the clouds' HTTP interfaces."""

    class Handler(BaseHTTPRequestHandler):
        def handle_request(self) -> None:
            url = urlsplit(self.path)
            package, _, rest = url.path.lstrip("/").partition("/")
            try:
                arguments = self.arguments(url.query)
                if package in control.clouds:
                    self.reply(200, control.clouds[package].rest(self.command, rest, arguments))
                elif not hmac.compare_digest(self.headers.get("Authorization", ""), f"Bearer {token}"):
                    self.reply(401, {"error": {"message": "the sandbox's token is missing or wrong"}})
                else:
                    self.reply(200, control.answer(self.command, url.path, arguments))
            except (NoSuchPath, NotThere) as error:
                self.reply(404, {"error": {"message": str(error)}})
            except ValidationError as error:
                self.reply(400, {"error": {"message": "\n".join(problems(error))}})
            except (Refused, ValueError) as error:
                self.reply(400, {"error": {"message": str(error)}})
            except Exception as error:
                _LOG.exception("%s %s failed", self.command, url.path)
                self.reply(500, {"error": {"message": f"{type(error).__name__}: {error}"}})

        do_GET = do_POST = do_PUT = do_DELETE = handle_request  # noqa: N815 - the names that http.server asks for

        def arguments(self, query: str) -> Properties:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= _MOST:
                # What was not read is no request: the connection ends with the answer.
                self.close_connection = True
                raise ValueError(f"the body has {length} bytes; at most {_MOST} are read")
            body: object = json.loads(self.rfile.read(length)) if length else {}
            if not isinstance(body, dict):
                raise ValueError("the body is not an object")
            return dict(parse_qsl(query)) | body

        def reply(self, status: int, answer: object) -> None:
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            _LOG.debug(format, *args)

    server = ThreadingHTTPServer(address, Handler)
    server.daemon_threads = True
    return server
