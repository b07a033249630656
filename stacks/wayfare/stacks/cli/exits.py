"""Exit codes: Pulumi's own where it has one, and two of Wayfare's."""

from enum import IntEnum

from wayfare.components.failures import FailureKind
from wayfare.stacks.failover import End, Result


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    ERROR = 1
    INVALID = 2
    """The blueprint or an argument is wrong."""
    CREDENTIALS = 3
    REFUSED = 4
    """A cloud refused a resource."""
    CHANGES = 7
    CANCELLED = 8
    NO_CAPACITY = 20
    """No capacity anywhere; nothing is left behind."""
    UNFINISHED = 21
    """Something is left behind or unproven; calling the command again goes on."""


def exit_of(result: Result) -> Exit:
    """The exit code that a failover ends with."""
    if not result.proven:
        return Exit.UNFINISHED
    match result.end:
        case End.STANDS:
            return Exit.DONE
        case End.NO_CAPACITY:
            return Exit.NO_CAPACITY
        case End.STOPPED:
            failure = result.attempts[-1].failure
            credentials = failure is not None and failure.meaning.kind is FailureKind.CREDENTIALS
            return Exit.CREDENTIALS if credentials else Exit.REFUSED
