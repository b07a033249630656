"""Two places with a training that moves between them, and a process that may die at any moment.

Everything that the workflow can do goes through `point`, before and after it has its effect; a test lets the process
die at one of them. What is in the world, and what the journal has recorded, outlives it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from pydantic import JsonValue

from wayfare.components.along import DATA
from wayfare.stacks.moving.journey import Copied, Proof, Stopped, Whole
from wayfare.stacks.moving.workflow import Attempt


class Killed(BaseException):
    """SIGKILL, as the rest of the process sees it: not at all."""


@dataclass
class Death:
    """When the process dies."""

    at: int | None = None
    """At which point, from 0; None: never."""
    points: int = 0
    """Those that were passed."""

    def point(self) -> None:
        """A moment at which it may happen."""
        self.points += 1
        if self.at is not None and self.points > self.at:
            raise Killed


@dataclass
class FakeSite:
    """A cluster with a training that writes a checkpoint for every step, and one more within its grace period."""

    name: str
    world: "World"
    up: bool = False
    held: bool = True
    pods: int = 0
    ending: int = 0
    """Looks until pods that were told to end have ended."""
    step: int = 0
    """Of the training that runs; it is lost with its pods."""
    bucket: dict[str, str] = field(default_factory=dict[str, str])
    made: set[str] = field(default_factory=set[str])
    """What the cloud's inventory has."""
    began_at: list[int] = field(default_factory=list[int])
    """Steps from which trainings went on here."""

    def stands(self) -> bool:
        self.world.death.point()
        return self.up

    def hold(self) -> None:
        self.world.death.point()
        if not self.held and self.pods:
            self.ending = 3
        self.held = True
        self.world.death.point()

    def release(self) -> None:
        self.world.death.point()
        if self.up:
            self.held = False
        self.world.death.point()

    def running(self) -> int:
        self.world.death.point()
        return self.pods

    def newest(self) -> Whole | None:
        self.world.death.point()
        steps = [int(name.split("/")[0][5:]) for name in self.bucket if name.endswith("/DONE")]
        return Whole(max(steps), f"step-{max(steps)}/DONE") if steps else None

    def remove(self) -> None:
        for item in sorted(self.made):
            self.world.death.point()
            self.made.discard(item)
        self.up, self.pods, self.held = False, 0, True
        self.bucket.clear()
        self.world.death.point()

    def left(self) -> Sequence[str]:
        self.world.death.point()
        return sorted(self.made)

    def write(self, step: int) -> None:
        """A checkpoint, its marker last."""
        self.bucket[f"step-{step}/model"] = f"weights of {step}"
        self.bucket[f"step-{step}/empty"] = ""
        if step % 5 != 4 or self.ending == 0:
            self.bucket[f"step-{step}/DONE"] = ""

    def tick(self) -> None:
        """Time passes here."""
        if self.up and not self.held and not self.pods:
            steps = [int(name.split("/")[0][5:]) for name in self.bucket if name.endswith("/DONE")]
            self.step = max(steps, default=0)
            self.began_at.append(self.step)
            self.pods = 2
        elif self.pods and self.ending:
            self.ending -= 1
            if self.ending == 0:
                self.step += 1
                self.write(self.step)
                self.pods = 0
        elif self.pods:
            self.step += 1
            self.write(self.step)


@dataclass
class World:
    """Both places, and what is noticed of them."""

    death: Death = field(default_factory=Death)
    most_at_once: int = 0
    lease_lost: bool = False
    refuses: dict[str, str] = field(default_factory=dict[str, str])
    """Operations that fail, with the cloud's words."""
    manifests: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    source: FakeSite = field(init=False)
    target: FakeSite = field(init=False)

    def __post_init__(self) -> None:
        self.source = FakeSite("llm.aws-us-east-1", self, up=True, held=False, made={"cluster", "pool", "bucket"})
        self.target = FakeSite("llm.azure-eastus", self)
        for _ in range(4):
            self.tick()

    def tick(self) -> None:
        for site in (self.source, self.target):
            site.tick()
        both = (self.source.pods > 0) + (self.target.pods > 0)
        self.most_at_once = max(self.most_at_once, both)

    def bring_up(self) -> None:
        self._refuse("bring_up")
        for item in ("capacity", "cluster", "pool", "bucket"):
            self.death.point()
            self.target.made.add(item)
        self.target.made.discard("capacity")
        self.target.up = True
        self.death.point()

    def bring_along(self) -> Mapping[str, JsonValue]:
        self._refuse("bring_along")
        self.death.point()
        self.target.bucket[f"{DATA}/corpus/one"] = "tokens"
        self.death.point()
        return {"data": {"s3://corpus": "digest"}}

    def copy(self) -> Copied:
        self._refuse("copy")
        found = dict(self.source.bucket)
        for number, (name, content) in enumerate(found.items()):
            if number % 4 == 0:
                self.death.point()
                self.tick()
            self.target.bucket[name] = content
        self.death.point()
        return Copied(len(found), sum(map(len, found.values())))

    def prove(self) -> Proof:
        self._refuse("prove")
        self.death.point()
        here, there = self.source.bucket, self.target.bucket
        for name, content in here.items():
            if there.get(name) != content:
                raise Stopped(f"{name} differs")
        digest = self._manifest()
        return Proof(len(here), sum(map(len, here.values())), digest, self._foreign())

    def _foreign(self) -> list[str]:
        more = self.target.bucket.keys() - self.source.bucket.keys()
        return sorted(name for name in more if not name.startswith(f"{DATA}/"))

    def late(self, digest: str) -> Sequence[str]:
        self.death.point()
        known = self.manifests[digest]
        return sorted(name for name, content in self.source.bucket.items() if known.get(name) != content)

    def bring(self, names: Sequence[str]) -> str:
        for name in names:
            self.death.point()
            content = self.source.bucket[name]
            if self.target.bucket.setdefault(name, content) != content:
                raise Stopped(f"{name} is there twice")
        return self._manifest()

    def looks(self, within: timedelta) -> Iterator[None]:
        for _ in range(int(within.total_seconds() // 60)):
            yield
            self.tick()

    def begins(self, step: str, what: str) -> None:
        assert step
        assert what

    def fence(self) -> None:
        if self.lease_lost:
            raise Stopped("somebody else moves it")

    def _manifest(self) -> str:
        digest = sha256(repr(sorted(self.source.bucket.items())).encode()).hexdigest()
        self.manifests[digest] = dict(self.source.bucket)
        return digest

    def _refuse(self, operation: str) -> None:
        if operation in self.refuses:
            raise Stopped(self.refuses[operation])


@dataclass
class FakeJournal:
    """Attempts in their order, which outlive the process."""

    death: Death
    recorded: list[tuple[str, Attempt]] = field(default_factory=list[tuple[str, Attempt]])
    at: int = 0
    """How far this process has read."""

    def do(self, name: str, act: Callable[[], Attempt]) -> Attempt:
        if self.at < len(self.recorded):
            there, attempt = self.recorded[self.at]
            assert there == name, "a process that reads the same journal must go the same way"
        else:
            self.death.point()
            attempt = Attempt.read(act().as_data())
            self.death.point()
            self.recorded.append((name, attempt))
        self.at += 1
        return attempt

    def reopened(self) -> "FakeJournal":
        """As another process finds it."""
        return FakeJournal(self.death, self.recorded)
