"""The process that stands for all pods of a training: `python -m wayfare.sandbox.training.trainer BUCKET ASIDE`.

Like a training of somebody else's it knows the variables of its container, the directory with its bucket's objects, and
nothing of clouds or clusters. It goes on from the newest whole checkpoint, counts steps,
and writes checkpoints: each object is there at once or not at all, and the marker comes last. At SIGTERM it writes one
more and ends with 0.

Whoever started it holds the other end of stdin: when that closes, nobody stands behind the pods any more, and it ends
at once. A line there is a request: `crash`, `hang`, `mend`, and `step N` where steps are counted on request. Lines on
stdout tell what it has done: `began N`, `whole N`, `hangs N`, `ended N`, and `counted N` when no more steps are asked
for.
"""

import ctypes
import fcntl
import hashlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wayfare.sandbox.training.contract import Broken, Contract, Whole, objects_in

#: Seconds that a step takes, or `asked`; steps from one checkpoint to the next; the last step, unset for none; bytes of
#: a checkpoint's largest object.
PACE, EVERY, UNTIL, BYTES = (f"WAYFARE_TRAINING_{name}" for name in ("PACE", "EVERY", "UNTIL", "BYTES"))
_PACE, _EVERY, _BYTES = "0.05", "40", "65536"

#: In the directory aside: how far it has come, the lock of the one that trains, and what is not an object yet.
PROGRESS, _LOCK, _UPLOAD = "progress", "lock", "upload"

_FIRST = hashlib.sha256(b"a training before its first step").digest()

#: prctl(2): the signal that a process gets when its parent has died. Linux alone has it.
_PR_SET_PDEATHSIG = 1


def chain_after(chain: bytes, step: int) -> bytes:
    """What one more step makes of all steps before it."""
    return hashlib.sha256(chain + step.to_bytes(8, "big")).digest()


def chain(step: int) -> bytes:
    """What follows from all steps up to one. Whoever leaves one out, or counts it twice, has another."""
    found = _FIRST
    for each in range(1, step + 1):
        found = chain_after(found, each)
    return found


def weights(chain: bytes, size: int) -> bytes:
    """The largest object of a checkpoint."""
    return hashlib.shake_256(chain).digest(size)


def files(contract: Contract, whole: Whole, chain: bytes, size: int) -> dict[str, bytes]:
    """A checkpoint's objects but for its marker, in the order in which they are written: what its steps lead to.

    `size`: bytes of the largest.
    """
    state, largest, empty = contract.objects(whole)
    told = {"bytes": size, "chain": chain.hex(), "step": whole.step}
    return {state: f"{json.dumps(told)}\n".encode(), empty: b"", largest: weights(chain, size)}


def put(bucket: Path, upload: Path, name: str, data: bytes) -> None:
    """Make an object, as a bucket does: it is there as a whole or not at all. Raises OSError where the bucket is gone.

    `upload`: a file on the same disk for what is no object yet.
    """
    upload.write_bytes(data)
    place = bucket / name
    while True:
        # The bucket itself is never made anew.
        for folder in reversed(place.relative_to(bucket).parents[:-1]):
            (bucket / folder).mkdir(exist_ok=True)
        try:
            upload.replace(place)
        except FileNotFoundError:
            # Whoever tidies up empty directories, which are nothing in a bucket, was in between.
            if bucket.is_dir():
                continue
            raise
        return


@dataclass
class Trainer:
    """One run of a training."""

    bucket: Path
    aside: Path
    contract: Contract | None
    pace: float | None
    """None: steps are counted on request."""
    every: int
    until: int | None
    size: int
    step: int = 0
    chain: bytes = _FIRST
    whole: int = 0
    """Step of the newest whole checkpoint; 0 where there is none, as that of the beginning needs none."""
    told: bool = False
    hangs: bool = False
    crashes: bool = False
    asked: int = 0
    _due: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, bucket: Path, aside: Path, environment: Mapping[str, str]) -> "Trainer":
        """What the container's variables say. Raises `Broken`."""
        try:
            pace, until = environment.get(PACE, _PACE), environment.get(UNTIL)
            return cls(
                bucket,
                aside,
                Contract.of(environment),
                None if pace == "asked" else max(0.0, float(pace)),
                max(1, int(environment.get(EVERY, _EVERY))),
                None if until is None else int(until),
                max(0, int(environment.get(BYTES, _BYTES))),
            )
        except ValueError as error:
            raise Broken(str(error)) from error

    def begin(self) -> None:
        """Go on from the newest whole checkpoint. Raises `Broken` where it is not what its step leads to."""
        if self.contract is not None:
            # One by which nothing can be written is found now, and not after the first steps.
            self.contract.objects(self.contract.at(1))
            if (found := self.contract.newest(objects_in(self.bucket))) is not None:
                self.chain = self._read(self.contract, found)
                self.step = self.whole = found.step
        self._show()
        _say("began", self.step)

    def run(self) -> int:
        """Train until told to end, or until the last step; the exit code."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGTERM, self._tell)
        pending = b""
        while True:
            if self.crashes:
                return self._crash()
            if not self.hangs and (self.told or self._through):
                self._save()
                _say("ended", self.step)
                return 0
            ready, _, _ = select.select([0, woken], [], [], self._patience())
            if woken in ready:
                os.read(woken, 512)
            if 0 in ready:
                given = os.read(0, 1 << 16)
                if not given:
                    return 3
                *lines, pending = (pending + given).split(b"\n")
                for line in lines:
                    self._asked_for(line.decode().split())
            if not ready or self._patience() == 0:
                self._count()

    @property
    def _through(self) -> bool:
        return self.until is not None and self.step >= self.until

    def _patience(self) -> float | None:
        """Seconds until the next step; None until somebody asks for something."""
        if self.hangs:
            return None
        if self.told or self._through:
            return 0
        if self.pace is None:
            return 0 if self.asked else None
        return max(0.0, self._due - time.monotonic())

    def _asked_for(self, words: list[str]) -> None:
        match words:
            case ["step", count]:
                self.asked += int(count)
            case ["crash"]:
                self.crashes = True
            case ["hang"]:
                self.hangs = True
                _say("hangs", self.step)
            case ["mend"]:
                self.hangs = self.crashes = False
            case _:
                raise Broken(f"asked for what is not known: {words}")

    def _tell(self, number: int, frame: object) -> None:  # noqa: ARG002 - the form of a handler
        self.told = True

    def _count(self) -> None:
        if self.hangs or self.told or self.crashes or self._through:
            return
        self.step += 1
        self.chain = chain_after(self.chain, self.step)
        self._due = max(self._due, time.monotonic() - 1) + (self.pace or 0)
        if self.step % self.every == 0:
            self._save()
        self._show()
        if self.asked:
            self.asked -= 1
            if not self.asked:
                _say("counted", self.step)

    def _save(self) -> None:
        if self.step > self.whole and self.contract is not None:
            whole = self.contract.at(self.step)
            for name, data in files(self.contract, whole, self.chain, self.size).items():
                put(self.bucket, self.aside / _UPLOAD, name, data)
            put(self.bucket, self.aside / _UPLOAD, whole.marker, b"")
            self.whole = self.step
            self._show()
            _say("whole", self.step)

    def _crash(self) -> int:
        """End in the midst of a checkpoint of one step more than is whole."""
        if self.step == self.whole:
            self.step += 1
            self.chain = chain_after(self.chain, self.step)
        if self.contract is not None:
            torn = files(self.contract, self.contract.at(self.step), self.chain, self.size)
            for name, data in list(torn.items())[:-1]:
                put(self.bucket, self.aside / _UPLOAD, name, data)
        sys.stderr.write(f"crashed in the midst of the checkpoint of step {self.step}, as it was asked to\n")
        return 1

    def _read(self, contract: Contract, whole: Whole) -> bytes:
        state, largest, empty = (self.bucket / name for name in contract.objects(whole))
        try:
            told = json.loads(state.read_bytes())
            found = bytes.fromhex(told["chain"])
            sound = largest.read_bytes() == weights(found, told["bytes"]) and empty.read_bytes() == b""
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise Broken(f"{whole.prefix} has its marker, and cannot be read: {error}") from error
        if not sound or told["step"] != whole.step or found != chain(whole.step):
            raise Broken(f"{whole.prefix} has its marker, and is not what step {whole.step} leads to")
        return found

    def _show(self) -> None:
        """Tell how far it is, in one write."""
        handle = os.open(self.aside / PROGRESS, os.O_WRONLY | os.O_CREAT, 0o600)
        os.pwrite(handle, f"{self.step:020d}\n".encode(), 0)
        os.close(handle)


def _say(what: str, step: int) -> None:
    sys.stdout.write(f"{what} {step}\n")
    sys.stdout.flush()


def main(bucket: Path, aside: Path) -> int:
    """Train, once nobody else trains here. With what it had begun another may still be busy for a moment."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with (aside / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            trainer = Trainer.of(bucket, aside, os.environ)
            trainer.begin()
            return trainer.run()
        except (Broken, OSError) as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
