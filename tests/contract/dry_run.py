"""A cluster's program against the sandboxed clouds in one process: no engine, no protocol, half a second.

Pulumi's mocks stand for the engine and hand every resource to the sandbox, which checks it and makes it, so that ids,
references and refusals are the sandbox's own. A mistake is planted by an edit of one resource's inputs on the way.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, cast

from pulumi.runtime import mocks

from tests.golden.graph import Answers, graph
from wayfare.components.contract import Request
from wayfare.sandbox.behaviour import HalfMade, Properties, Refused
from wayfare.sandbox.checks import Subject
from wayfare.sandbox.clock import VirtualClock
from wayfare.sandbox.cloud import SandboxedCloud
from wayfare.sandbox.planes.planes import Planes
from wayfare.sandbox.reach import Reach
from wayfare.sandbox.scenario import OperatorRow
from wayfare.sandbox.server import make_server
from wayfare.sandbox.store import Store
from wayfare.sandbox.training.keeper import Trainings
from wayfare.sandbox.wire import plain

Edit = Callable[[str, str, Properties], Properties]
"""From a resource's type token, its name and its inputs to the inputs that reach the cloud."""


@dataclass(frozen=True)
class Refusal:
    """A resource that the sandbox refused."""

    type: str
    name: str
    path: str
    """The property; empty where the cloud refused the whole when it should make it."""
    text: str


@dataclass(frozen=True)
class MadeOne:
    """A resource that the sandbox made."""

    urn: str
    type: str
    name: str
    id: str
    inputs: Properties
    outputs: Properties


@dataclass
class DryRun(mocks.Mocks):
    """What became of a program."""

    clouds: Mapping[str, SandboxedCloud]
    clock: VirtualClock
    store: Store
    region: str
    trainings: Trainings
    edit: Edit = lambda _type, _name, inputs: inputs
    refusals: list[Refusal] = field(default_factory=list[Refusal])
    resources: list[MadeOne] = field(default_factory=list[MadeOne])
    """What the clouds made, in that order."""
    planes: Planes | None = None
    """The real control planes, if there are any."""
    _made_up: Answers = field(default_factory=Answers)
    _kubeconfigs: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def made(self) -> list[tuple[str, str]]:
        """Type and id of what the clouds made, in that order."""
        return [(row.type, row.id) for row in self.resources]

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, Properties]:
        """Check and make a resource in the sandbox; a provider or a component is only taken note of."""
        inputs: Properties = plain(_whole(args.inputs))  # pyright: ignore[reportUnknownMemberType] - untyped
        package = args.typ.partition(":")[0]
        if package not in self.clouds:
            if args.typ == "pulumi:providers:kubernetes":
                self._kubeconfigs[args.name] = inputs["kubeconfig"]
            return f"{args.name}-id", inputs
        if self.refusals:
            # The program runs on, so that it ends in good order; what it still declares reaches no cloud.
            return self._made_up.new_resource(args)
        inputs = self.edit(args.typ, args.name, inputs)
        cloud, subject = self.clouds[package], self._subject(package, args)
        added, violations = cloud.check(subject, inputs, {}, b"")
        if violations:
            self.refusals += [Refusal(args.typ, args.name, path, reason) for path, reason in violations]
            return self._made_up.new_resource(args)
        try:
            with self.clock.call():
                made = cloud.create(subject, inputs | added)
        except (Refused, HalfMade) as refused:
            self.refusals.append(Refusal(args.typ, args.name, "", str(refused)))
            return self._made_up.new_resource(args)
        self.resources.append(MadeOne(subject.urn, args.typ, args.name, made.id, inputs, made.outputs))
        return made.id, made.outputs

    def call(self, args: mocks.MockCallArgs) -> Properties:  # pyright: ignore[reportIncompatibleMethodOverride] - as documented
        """Ask the sandbox."""
        if self.refusals:
            return self._made_up.call(args)
        package = args.token.partition(":")[0]
        asked: Properties = plain(_whole(args.args))  # pyright: ignore[reportUnknownMemberType] - untyped
        return self.clouds[package].invoke(args.token, asked, self._configuration(package))

    def check(self, row: MadeOne, edit: Edit) -> list[Refusal]:
        """What the sandbox says against a resource that it made, as it would be after an edit."""
        package = row.type.partition(":")[0]
        subject = Subject(row.type, row.urn, row.name, self._configured(package))
        _, violations = self.clouds[package].check(subject, edit(row.type, row.name, row.inputs), {}, b"")
        return [Refusal(row.type, row.name, path, reason) for path, reason in violations]

    def make(self, type: str, name: str, inputs: Properties) -> str:
        """Make something beside what the program made; its id. Raises `Refused`."""
        package = type.partition(":")[0]
        with self.clock.call():
            return (
                self.clouds[package].create(Subject(type, f"urn::{name}", name, self._configured(package)), inputs).id
            )

    def update(self, type: str, id: str, old: Properties, new: Properties) -> None:
        """Change something that was made. Raises `Refused` and `HalfMade`."""
        package = type.partition(":")[0]
        with self.clock.call():
            self.clouds[package].update(Subject(type, "urn", "x", self._configured(package)), id, old, new)

    def delete(self, type: str, id: str) -> None:
        """Delete something that was made. Raises `Refused`."""
        package = type.partition(":")[0]
        with self.clock.call():
            self.clouds[package].delete(Subject(type, "urn", "x", self._configured(package)), id, {})

    def _configuration(self, package: str) -> Mapping[str, str]:
        places = {"region": self.region, "location": self.region}
        return {**self.clouds[package].behaviour.account, **places}

    def _configured(self, package: str) -> Mapping[str, str]:
        if package == "kubernetes":
            return {"kubeconfig": next(iter(self._kubeconfigs.values()))}
        return self._configuration(package)

    def _subject(self, package: str, args: mocks.MockResourceArgs) -> Subject:
        urn = f"urn:pulumi:dry::wayfare::{args.typ}::{args.name}"
        return Subject(args.typ, urn, args.name, self._configured(package))


@contextmanager
def dry_run(
    directory: Path,
    request: Request,
    edit: Edit | None = None,
    operator: OperatorRow | None = None,
    before: Callable[[DryRun], object] = lambda _run: None,
    kubernetes: Path | None = None,
) -> Generator[DryRun]:
    """Run a cluster's program against sandboxed clouds of its own, to its end or to the first refusal.

    `before` makes what is in the account already. `kubernetes`: the programs of a real one, to be behind the cluster.
    """
    with sandboxed(directory, request.placement.region, kubernetes) as run:
        run.edit = edit or run.edit
        if operator is not None:
            Reach(run.store).place(operator)
        before(run)
        graph(request, run)
        yield run


@contextmanager
def sandboxed(directory: Path, region: str, kubernetes: Path | None = None) -> Generator[DryRun]:
    """Sandboxed clouds in which nothing runs yet."""
    server = make_server(directory, quiet=0.0, kubernetes=kubernetes)
    clock = Thread(target=server.clock.run, daemon=True)
    clock.start()
    run = DryRun(server.clouds, server.clock, server.store, region, server.trainings)
    run.planes = server.planes
    try:
        yield run
    finally:
        server.clock.stop()
        clock.join()
        server.trainings.close()
        if server.planes is not None:
            server.planes.close()
        server.store.close()


def _whole(value: Any) -> Any:
    """Whole numbers as such: structs know floating-point ones only."""
    match value:
        case dict():
            return {key: _whole(item) for key, item in cast("Properties", value).items()}
        case list():
            return [_whole(item) for item in cast("list[Any]", value)]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def changed(inputs: Properties, path: str, value: Any) -> Properties:
    """A copy of inputs in which the property at `a.b[0].c` has another value; `...` takes it away.

    A list grows when the index is its length.
    """
    copy: Properties = deepcopy(inputs)
    *way, last = [int(part) if part.isdigit() else part for part in path.replace("[", ".").replace("]", "").split(".")]
    place: Any = copy
    for part in way:
        place = place[part] if isinstance(part, int) else place.setdefault(part, {})
    if value is ...:
        del place[last]
    elif isinstance(last, int) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return copy
