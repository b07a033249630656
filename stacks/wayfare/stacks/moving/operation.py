"""One process that works on one move: what was ordered, where it is written down, and what it stands on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import platformdirs
from pydantic import JsonValue
from sqlalchemy.engine import make_url

from wayfare.blueprints import Loaded
from wayfare.components.along import Along
from wayfare.sandbox.client import SandboxFailed
from wayfare.stacks.accounts import AccountSilent
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.events import Report
from wayfare.stacks.copying.running import Rclone
from wayfare.stacks.engine.outcome import EngineFailed, StackBusy
from wayfare.stacks.engine.process import ENGINES
from wayfare.stacks.ground import Progress
from wayfare.stacks.launch import StandsElsewhere
from wayfare.stacks.moving.alone import alone
from wayfare.stacks.moving.book import NotMovable, unfinished
from wayfare.stacks.moving.cargo import Cargo
from wayfare.stacks.moving.datasets import DataSets, located, to_bring
from wayfare.stacks.moving.images import Images
from wayfare.stacks.moving.journal import Moves, Recorded, State
from wayfare.stacks.moving.journey import Stopped
from wayfare.stacks.moving.luggage import Luggage
from wayfare.stacks.moving.order import Order, contract
from wayfare.stacks.moving.places import Surroundings, unchanged
from wayfare.stacks.moving.steps import CUT_OVER
from wayfare.stacks.moving.travel import Travel, Way
from wayfare.stacks.moving.workflow import Attempt, End, How, Intent, Journal, move
from wayfare.stacks.project import StackName, StackSettingsInvalid
from wayfare.stacks.recovery import Tell
from wayfare.stacks.redaction import redacted
from wayfare.stacks.session import Session, WrongMode
from wayfare.stacks.stores import Store, durable
from wayfare.stacks.trusting import TrustStack


@dataclass(frozen=True)
class Voices:
    """Where a move tells what it does."""

    progress: Progress
    tell: Tell
    report: Report | None = None


#: What lets a step down beside a cloud's refusal, in words that a person can act on.
_LETS_DOWN = (AccountSilent, EngineFailed, StackBusy, StandsElsewhere, SandboxFailed, WrongMode, StackSettingsInvalid)


@dataclass(frozen=True)
class _Worded:
    """A journal to which a step that the engine or an account let down has failed, with their words."""

    journal: Journal
    intent: Intent

    def do(self, name: str, act: Callable[[], Attempt]) -> Attempt:
        def worded() -> Attempt:
            try:
                return act()
            except _LETS_DOWN as error:
                self.intent.failed = True
                return Attempt(How.FAILED, said=redacted(str(error)))

        return self.journal.do(name, worded)


class Operation:
    """Works on moves of one journal."""

    def __init__(self, session: Session, url: str, voices: Voices) -> None:
        self._session = session
        self._url = url
        self._voices = voices
        self.moves = Moves(url)

    def begin(self, id: str, order: Order) -> End:
        """Write a move down and work on it. Raises Suspended, LeaseTaken, or NotMovable."""
        with alone(self.moves, order.cluster) as leased:
            if (waiting := self.moves.unfinished(order.cluster)) is not None:
                raise NotMovable(unfinished(waiting))
            wanted: Mapping[str, JsonValue] = order.model_dump(mode="json", by_alias=True)
            begin = partial(self.moves.begin, id, wanted, order.version)
            return self._work(id, order, leased, Intent(), begin)

    def go_on(self, id: str, version: str, *, roll_back: bool) -> End:
        """Go on with one, forward or back. Raises Suspended, LeaseTaken, or NotMovable."""
        order = self._order(id, version)
        with alone(self.moves, order.cluster) as leased:
            # Whoever had the lease before may have ended it.
            recorded = self._unfinished(id)
            if roll_back and recorded.has_done(CUT_OVER):
                raise NotMovable(
                    f"{id} is past its cut-over: the cluster lives on {order.cloud}, and what is left is to destroy "
                    f"the source. Go on with: wayfare move --resume {id}"
                )
            intent = Intent(roll_back=roll_back)
            return self._work(id, order, leased, intent, partial(self.moves.resume, id, recorded.version))

    def _order(self, id: str, version: str) -> Order:
        order = Order.model_validate(self._unfinished(id).wanted)
        if order.mode != self._session.mode:
            flag = "with --sandbox" if order.mode == "sandbox" else "without --sandbox"
            raise NotMovable(f"{id} is a move of the {order.mode}; call it {flag}")
        if order.version != version:
            raise NotMovable(
                f"{id} was begun by Wayfare {order.version}, and this is {version}: its steps may differ. End it with "
                f"the version that began it: pip install wayfare=={order.version}"
            )
        return order

    def _unfinished(self, id: str) -> Recorded:
        recorded = self.moves.get(id)
        if recorded.state is not State.UNFINISHED:
            raise NotMovable(f"{id} has ended: {recorded.state}")
        return recorded

    def _work(
        self,
        id: str,
        order: Order,
        leased: Callable[[], None],
        intent: Intent,
        run: Callable[[Callable[[Journal], End]], End],
    ) -> End:
        try:
            loaded = unchanged(Path(order.blueprint), order.digest)
        except Stopped as stopped:
            raise NotMovable(str(stopped)) from None
        rclone = Rclone()
        around, journey = self._journey(id, order, loaded, leased, rclone)

        def stop() -> bool:
            around.leaving.set()
            rclone.stop()
            return True

        with ENGINES.beside(stop):
            return run(lambda journal: move(journey, _Worded(journal, intent), intent))

    def _journey(
        self, id: str, order: Order, loaded: Loaded, leased: Callable[[], None], rclone: Rclone
    ) -> tuple[Surroundings, Travel]:
        """What the workflow stands on."""
        directory = _directory(self._url) / id
        cargo = Cargo(
            self._session,
            contract(loaded),
            directory,
            rclone,
            Pace(bandwidth=order.bandwidth),
            self._voices.report,
            own_key=loaded.blueprint.spec.encryption == "own",
        )
        around = Surroundings(
            session=self._session,
            loaded=loaded,
            progress=self._voices.progress,
            tell=self._voices.tell,
            newest=cargo.newest,
            leased=leased,
            keep_data=durable(loaded.blueprint) if order.keep_data else frozenset[Store](),
        )
        source = order.stack
        sandbox = self._session.sandbox is not None
        trust = TrustStack(id, source.cluster, source.cloud, source.region, sandbox=sandbox)
        way = Way(
            order.copy_through, trust, directory / "copy.json", order.bandwidth, order.copy_image, self._voices.report
        )
        has = _has(self._session, source)
        images = Images(self._session, loaded.blueprint, self._voices.tell)
        data = DataSets(
            located(self._session),
            to_bring(loaded.blueprint, has, order.cloud),
            directory,
            rclone,
            Pace(bandwidth=order.bandwidth),
            self._voices.report,
        )
        luggage = Luggage(around, cargo, images, data, has)
        return around, Travel(around, source, order.wish, cargo, way, luggage)


def _has(session: Session, source: StackName) -> Along:
    """What an earlier move has brought along to a source, which may be gone already."""
    settings = session.settings(source)
    return Along() if settings is None else settings.along


def _directory(url: str) -> Path:
    """Where manifests are kept."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Path(parsed.database or "").parent / "moves"
    return platformdirs.user_state_path("wayfare") / "moves"
