"""Exit codes: Pulumi's own where it has one, and two of Wayfare's."""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    ERROR = 1
    INVALID = 2
    """The blueprint or an argument is wrong."""
    CREDENTIALS = 3
    REFUSED = 4
    """A cloud, or a control, refused a resource."""
    CHANGES = 7
    CANCELLED = 8
    NO_CAPACITY = 20
    """No capacity anywhere; nothing is left behind."""
    UNFINISHED = 21
    """Something is left behind or unproven; calling the command again goes on."""
