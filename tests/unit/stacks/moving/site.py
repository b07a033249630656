"""One of the two places: what its cloud has, what the engine knows of it, and the training that runs there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from tests.unit.stacks.moving.clouds import Cloud
from wayfare.stacks.moving.journey import Whole

#: Of the workload.
PODS = 3


def checkpoint(step: int) -> dict[str, bytes]:
    """The objects of a checkpoint but for its marker: whoever trains makes the same ones of the same step."""
    weights = sha256(f"all steps up to {step}".encode()).digest()
    return {f"step-{step}/empty": b"", f"step-{step}/model": weights, f"step-{step}/state": f"{step}".encode()}


def marker(step: int) -> str:
    """The object that says that a checkpoint is whole."""
    return f"step-{step}/DONE"


@dataclass
class FakeSite:
    """A cluster with a training that writes a checkpoint for every step, its marker a moment after the rest.

    When its queue is closed its pods end one after another, and the last word of the training is a whole checkpoint.
    """

    cloud: Cloud
    point: Callable[[str], None]
    """A moment at which the process may die, and time may pass."""
    up: bool = False
    held: bool = True
    pods: int = 0
    ending: bool = False
    step: int = 0
    """Of the training that runs; it is lost with its pods."""
    hangs: bool = False
    """Whether its container does nothing."""
    spoils: frozenset[str] = frozenset()
    """Objects that are not kept as they are sent."""
    torn: bool = False
    """Whether that step's checkpoint has no marker yet."""
    bucket: dict[str, bytes] = field(default_factory=dict[str, bytes])
    made: set[str] = field(default_factory=set[str])
    """What the cloud's inventory has."""
    known: set[str] = field(default_factory=set[str])
    """What the engine's state has."""
    began_at: list[int] = field(default_factory=list[int])
    """Steps from which trainings went on here."""

    @property
    def name(self) -> str:
        return self.cloud.stack

    def stands(self) -> bool:
        self.point("asks whether it stands")
        return self.up

    def hold(self) -> None:
        self.point("closes the queue")
        if not self.held and self.pods:
            self.ending = True
        self.held = True
        self.point("closed the queue")

    def release(self) -> None:
        self.point("opens the queue")
        if self.up:
            self.held = False
        self.point("opened the queue")

    def running(self) -> int:
        self.point("asks for pods")
        return self.pods

    def newest(self) -> Whole | None:
        self.point("lists checkpoints")
        step = self._whole()
        return Whole(step, marker(step)) if step else None

    def left(self) -> Sequence[str]:
        self.point("asks the inventory")
        return sorted(self.made)

    def build(self) -> None:
        """Bring the cluster up: what holds the capacity first, which is given back at the end."""
        for kind in self.cloud.made if self.up else (*self.cloud.held, *self.cloud.made):
            self._make(kind)
        for kind in reversed(self.cloud.held):
            self._unmake(kind)
        self.up = True
        self.point("stands")

    def remove(self) -> None:
        """Destroy it, data included; what an engine that died has left is found by its tags first."""
        assert not self.pods, f"{self.name} is destroyed while {self.pods} pods run there"
        self.up, self.held = False, True
        order = [*self.cloud.held, *self.cloud.made]
        for kind in sorted(self.made | self.known, key=lambda kind: order.index(kind) if kind in order else -1)[::-1]:
            if kind == "bucket":
                self._empty()
            self._unmake(kind)

    def tick(self) -> None:
        """Time passes here."""
        if self.up and not self.held and not self.pods:
            self.step, self.torn = self._whole(), False
            self.began_at.append(self.step)
            self.pods = PODS
        elif self.pods and self.ending:
            if self.pods == PODS:
                self._train()
                if self.torn:
                    self._train()
            self.pods -= 1
            self.ending = self.pods > 0
        elif self.pods:
            self._train()

    def _make(self, kind: str) -> None:
        if kind in self.known:
            return
        self.point(f"makes {kind}")
        # What stands already was left by an engine that died before it could write so down: it is taken over.
        self.made.add(kind)
        self.point(f"made {kind}")
        self.known.add(kind)

    def _unmake(self, kind: str) -> None:
        if kind not in self.made | self.known:
            return
        self.point(f"deletes {kind}")
        self.made.discard(kind)
        self.point(f"deleted {kind}")
        self.known.discard(kind)

    def _empty(self) -> None:
        if not self.cloud.empties:
            self.bucket.clear()
        for name in sorted(self.bucket):
            self.point(f"deletes {name}")
            del self.bucket[name]

    def _train(self) -> None:
        """Half of a step's work: its objects, or its marker."""
        if self.hangs:
            return
        if self.torn:
            self.bucket[marker(self.step)] = b""
        else:
            self.step += 1
            self.bucket |= checkpoint(self.step)
        self.torn = not self.torn

    def _whole(self) -> int:
        """Step of the newest whole checkpoint; 0 where there is none."""
        return max((int(name[5:-5]) for name in self.bucket if name.endswith("/DONE")), default=0)
