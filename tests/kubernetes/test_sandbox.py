"""`wayfare up --sandbox --kubernetes` with the real engine: the job runs, and nothing outlives the sandbox."""

import os
import select
import signal
import stat
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from tests.engine.rehearsal import Rehearsal, require_engine
from tests.kubernetes.living import PATIENCE, PODS
from wayfare.sandbox.planes.api import Api

PROGRAMS = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "jobset", "kueue"}
LISTENING = "0A"
"""proc(5), net/tcp: the state of a socket that listens."""


@pytest.fixture
def rehearsal(tmp_path: Path, programs: Path) -> Generator[Rehearsal]:  # noqa: ARG001 - looked for, not used
    """A project whose sandbox is started by a command."""
    require_engine()
    made = Rehearsal(tmp_path)
    yield made
    made.sandbox.stop()


def test_the_job_runs_and_ends_with_its_sandbox(rehearsal: Rehearsal) -> None:
    blueprint = "blueprints/pretrain-h100-16.yaml"
    rehearsal.wayfare("up", blueprint, "--sandbox", "--kubernetes", "--yes", "--cloud", "gcp")
    (kubeconfig,) = rehearsal.sandbox.kubeconfigs().values()
    place = kubeconfig.parent
    assert set(_running(place).values()) == {*PROGRAMS, "python"}
    assert _listening(_running(place)) == {"127.0.0.1"}
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in [kubeconfig, *place.rglob("*.key")])
    pods = _running_pods(place)
    assert len(pods) == 16

    rehearsal.wayfare("sandbox", "stop")
    assert _running(place) == {}
    rehearsal.wayfare("sandbox", "start", "--kubernetes")
    assert _running_pods(place) == pods
    (keeper,) = (number for number, name in _running(place).items() if name == "python")
    (sandbox,) = _running(rehearsal.sandbox.directory)
    handle = os.pidfd_open(keeper)
    os.kill(sandbox, signal.SIGKILL)
    ended, _, _ = select.select([handle], [], [], PATIENCE)
    os.close(handle)
    assert ended
    assert _running(place) == {}

    rehearsal.wayfare("sandbox", "start", "--kubernetes")
    rehearsal.wayfare("destroy", "llm-pretrain", "--sandbox", "--yes", "--delete-data")
    assert not place.exists()


def test_a_sandbox_that_runs_without_it_is_not_changed(rehearsal: Rehearsal) -> None:
    rehearsal.sandbox.start()
    done = rehearsal.wayfare("sandbox", "start", "--kubernetes", expect=1)
    assert "wayfare sandbox stop" in done.err


def _running_pods(place: Path) -> set[str]:
    """Names of the pods that run, once they all do."""
    api = Api(int((place / "port").read_text()), place / "ca.crt", place / "admin.crt", place / "admin.key")
    found = dict[str, str]()
    for _, pod in api.watch(PODS, {}, PATIENCE):
        found[pod["metadata"]["name"]] = pod["status"]["phase"]
        if len(found) == 16 and set(found.values()) == {"Running"}:
            break
    return set(found)


def _running(place: Path) -> Mapping[int, str]:
    """Processes that work in a directory, by number, with the names of their programs."""
    found = dict[int, str]()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if (entry / "cwd").readlink() == place:
                name = (entry / "cmdline").read_bytes().split(b"\0")[0].decode()
                found[int(entry.name)] = Path(name).name
        except OSError:
            # It has ended meanwhile, or is somebody else's.
            continue
    return found


def _listening(processes: Mapping[int, str]) -> set[str]:
    """The addresses at which processes listen."""
    links = [link for number in processes for link in Path(f"/proc/{number}/fd").iterdir()]
    sockets = {str(link.readlink()).removeprefix("socket:[").removesuffix("]") for link in links}
    found = set[str]()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == LISTENING and columns[9] in sockets:
                # The last four bytes, the lowest first; an IPv4 address stands at the end of an IPv6 one too.
                address = bytes.fromhex(columns[1].partition(":")[0][-8:])
                found.add(".".join(str(part) for part in reversed(address)))
    return found
