"""A process that may die, or fail, at any moment: every one that it passes is counted, and a test chooses one."""

from dataclasses import dataclass, field

from wayfare.stacks.moving.journey import Stopped


class Killed(BaseException):
    """SIGKILL, as the rest of the process sees it: not at all."""


#: Before a step is begun, when it has ended and nobody has written so down, and when that is written down.
BOUNDARY = "boundary"


@dataclass(frozen=True)
class Moment:
    """One at which a process may die."""

    step: str
    what: str
    """What it is about to do, or has just done."""

    @property
    def within(self) -> bool:
        """Whether it lies inside of a step."""
        return self.what != BOUNDARY


@dataclass
class Death:
    """When the process dies."""

    at: int | None = None
    """At which moment, from 0; None: never."""
    passed: list[Moment] = field(default_factory=list[Moment])
    step: str = ""
    """The one that is worked on."""
    says: str | None = None
    """What a cloud says at that moment in place of death; the process lives, and its step has failed."""

    def another(self, at: int | None, says: str | None = None) -> None:
        """Another process begins."""
        self.at, self.says = at, says
        self.passed = []

    def point(self, what: str) -> None:
        """A moment at which it may happen."""
        self.passed.append(Moment(self.step, what))
        if self.at is None or len(self.passed) <= self.at:
            return
        if self.says is None:
            raise Killed
        self.at = None
        raise Stopped(self.says)
