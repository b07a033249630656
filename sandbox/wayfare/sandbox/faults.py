"""What was asked to go wrong with a cloud's calls, as each call meets it."""

from dataclasses import dataclass

from wayfare.sandbox.behaviour import Behaviour, Died, FaultKind, Operation, Refused
from wayfare.sandbox.clock import VirtualClock
from wayfare.sandbox.ledger import Ledger
from wayfare.sandbox.packages import CLOUDS


@dataclass(frozen=True)
class Met:
    """What is wrong with a call that begins all the same."""

    short: bool = False
    """No machine is left for it."""
    slow: float = 0.0
    """Virtual seconds that it takes beside its own."""


class Faults:
    """The faults of one package's calls."""

    def __init__(self, behaviour: Behaviour, ledger: Ledger, clock: VirtualClock) -> None:
        self._behaviour, self._ledger, self._clock = behaviour, ledger, clock

    def meet(self, operation: Operation, token: str, owner: str) -> Met:
        """Let a call that begins meet its fault, if there is one. Raises `Refused` and `Died`, after its time."""
        package = self._behaviour.package
        fault = self._ledger.take_fault(CLOUDS.get(package, package), token, operation)
        if fault is None:
            return Met()
        if fault.dead:
            self._clock.wait(fault.slow, owner)
            raise Died(package)
        if fault.message is None and fault.kind in (None, FaultKind.STOCKOUT):
            return Met(fault.kind is FaultKind.STOCKOUT, fault.slow)
        self._clock.wait(fault.slow, owner)
        raise Refused(fault.message if fault.kind is None else self._behaviour.faults[fault.kind](operation, token))
