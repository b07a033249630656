"""A figure of a run of `make bench`."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One figure of a run."""

    name: str
    value: float
    unit: str
    """`s` or `x`, a ratio within this run."""
    goal: float | None = None
    where: dict[str, float] = field(default_factory=dict[str, float])
    """Where the time goes: parts in seconds."""

    @property
    def missed(self) -> bool:
        """Whether there is a goal that was not reached."""
        return self.goal is not None and self.value > self.goal
