"""The plans of a blueprint's candidates, each made once: what a cloud says against a placement, only planning finds."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from wayfare.blueprints import Loaded
from wayfare.components.along import Along
from wayfare.components.clouds import cloud
from wayfare.components.contract import Holding, Need, NotFeasible, Request
from wayfare.stacks.placement import Candidate

BroughtAlong = Callable[[Candidate], Along]
"""What the stack that a candidate belongs to has from a move."""


class Plans:
    """Plans that an `up` of one blueprint would begin with, made when they are first asked for."""

    def __init__(self, loaded: Loaded, along: BroughtAlong = lambda _: Along()) -> None:
        """`along`: what a candidate's stack has from a move."""
        self._loaded = loaded
        self._along = along
        self._made: dict[Candidate, Any] = {}

    def against(self, candidate: Candidate) -> str | None:
        """The cloud's own reason against a candidate; None where there is none, or where its zone is not known."""
        plan = self._plan(candidate)
        return str(plan) if isinstance(plan, NotFeasible) else None

    def of(self, candidate: Candidate) -> Any:
        """The plan of the candidate's own cloud; None where its zone is not known. Raises NotFeasible."""
        plan = self._plan(candidate)
        if isinstance(plan, NotFeasible):
            raise plan
        return plan

    def needs(self, candidate: Candidate) -> Sequence[Need]:
        """What a candidate's plan needs of the account; nothing of one that is out of the question already."""
        plan = None if candidate.rejected is not None else self.of(candidate)
        return () if plan is None else plan.needs

    def _plan(self, candidate: Candidate) -> Any:
        if candidate not in self._made:
            request = self._request(candidate)
            try:
                self._made[candidate] = None if request is None else cloud(candidate.cloud).plan(request)
            except NotFeasible as error:
                self._made[candidate] = error
        return self._made[candidate]

    def _request(self, candidate: Candidate) -> Request | None:
        if candidate.machine is None or candidate.zone is None:
            return None
        return Request(
            blueprint=self._loaded.blueprint,
            digest=self._loaded.digest,
            placement=candidate.placement,
            machine=candidate.machine,
            accelerator=candidate.accelerator,
            holding=Holding.HELD if candidate.machine.holds(candidate.purchase) else Holding.NONE,
            hold_until=datetime.now(UTC),
            along=self._along(candidate),
        )
