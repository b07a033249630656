"""What a carrier of Jobs stands on in earnest: the stack that lets them read, and the target's API."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wayfare.components.clouds import cloud
from wayfare.stacks.carrying.carrier import Carrier, Route
from wayfare.stacks.carrying.order import Place
from wayfare.stacks.carrying.watching import Seen, look
from wayfare.stacks.copying.events import Report
from wayfare.stacks.moving.journey import Stopped
from wayfare.stacks.program import request_for
from wayfare.stacks.project import StackName
from wayfare.stacks.session import Session


class Jobs:
    """The Jobs of one move."""

    def __init__(
        self, session: Session, target: StackName, declare: Callable[[Path], None], looks: Callable[[], Iterator[None]]
    ) -> None:
        """`declare` brings the stack that lets them read up, with the order of a file."""
        self._session, self._target, self._declare, self._looks = session, target, declare, looks

    def look(self) -> Sequence[Seen]:
        """Every copy in the target's cluster."""
        return look(self._session, self._target)

    def declare(self, order: Path) -> None:
        """Make the Job of an order, and remove the one before it."""
        self._declare(order)

    def looks(self) -> Iterator[None]:
        """One look after another."""
        return self._looks()


def carrier(
    jobs: Jobs,
    session: Session,
    target: StackName,
    places: tuple[Place, Place],
    file: Path,
    report: Report | None,
    *,
    bandwidth: int | None,
    image: str | None,
) -> Carrier:
    """One that carries between two places, by pods as the target's cluster asks them to be."""
    settings = session.settings(target)
    if settings is None:
        raise Stopped(f"{session.project.settings_file(str(target))} is missing, and with it the placement of {target}")
    request = request_for(settings, session.project.root, session.now())
    pods = cloud(target.cloud).plan(request).pods
    route = Route(str(target), *places, pods, request.nodes)
    return Carrier(jobs, route, file, report, bandwidth=bandwidth, image=image)
