"""An engine under its guard: asked to stop by its tool or by its tool's death, and never left half alone."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from wayfare.stacks.engine import guard
from wayfare.stacks.engine.process import Engines, Interrupted

#: Stands for the engine: tells that it is up, then waits for a signal and tells which one came.
ENGINE = """
import os, signal, sys
def stop(number, frame):
    print("asked to stop", flush=True)
    sys.exit(9)
signal.signal(signal.SIGINT, stop)
open(sys.argv[1], "w").write(str(os.getpid()))
signal.pause()
"""

#: An engine with a language host of its own, that is killed.
WITH_CHILD = """
import os, subprocess, sys, signal
child = subprocess.Popen([sys.executable, "-S", "-c", "import signal; signal.pause()"])
open(sys.argv[1], "w").write(str(child.pid))
os.kill(os.getpid(), signal.SIGKILL)
"""


def run(engines: Engines, program: str, then: Callable[[int], None], tmp_path: Path) -> tuple[int, str]:
    """Run a program as an engine; `then` gets the number that it wrote. Its exit code and what it printed."""
    fifo = tmp_path / "up"
    os.mkfifo(fifo)
    told: list[int] = []

    def listen() -> None:
        with fifo.open("rb") as stream:
            told.append(int(stream.read()))
        then(told[0])

    listener = threading.Thread(target=listen)
    listener.start()
    ended = engines.run([sys.executable, "-S", "-c", program, str(fifo)], str(tmp_path), os.environ)
    listener.join()
    return ended.code, ended.stdout


def stop(engines: Engines) -> None:
    assert engines.stop()


def test_an_engine_runs_to_its_end_and_tells_what_it_said(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"]
    ended = Engines().run(command, str(tmp_path), os.environ)
    assert (ended.code, ended.stdout, ended.stderr) == (3, "out\n", "err\n")


def test_a_request_reaches_the_engine_and_no_other_is_started(tmp_path: Path) -> None:
    engines = Engines()
    with pytest.raises(Interrupted):
        run(engines, ENGINE, lambda _: stop(engines), tmp_path)
    with pytest.raises(Interrupted):
        engines.run([sys.executable, "-S", "-c", ""], str(tmp_path), os.environ)
    assert not engines.stop()


def test_the_death_of_the_tool_asks_the_engine_to_stop(tmp_path: Path) -> None:
    fifo = tmp_path / "up"
    os.mkfifo(fifo)
    reading, writing = os.pipe()
    with (tmp_path / "out").open("w+b") as out:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, str(reading), sys.executable, "-S", "-c", ENGINE, str(fifo)],
            stdout=out,
            pass_fds=(reading,),
            start_new_session=True,
        )
        os.close(reading)
        assert fifo.read_text(encoding="utf-8")
        os.close(writing)
        assert process.wait(60) == 9
        out.seek(0)
        assert out.read() == b"asked to stop\n"


def test_what_a_killed_engine_leaves_is_ended(tmp_path: Path) -> None:
    children: list[psutil.Process] = []
    code, _ = run(Engines(), WITH_CHILD, lambda pid: children.append(psutil.Process(pid)), tmp_path)
    assert code == 128 + signal.SIGKILL
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
