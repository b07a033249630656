"""The fabric is tried before a training: where, by what, and what the scripts say, run on a simulated one."""

import ast
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.contract.asked import blueprint, request
from tests.unit.components.fabrics import Fabric, running
from wayfare.blueprints import Blueprint, CloudName, Purchase, TrainingCluster
from wayfare.components.catalog import Fabric as Kind
from wayfare.components.catalog import shipped_catalog, shipped_rows
from wayfare.components.clouds import cloud
from wayfare.components.contract import Request
from wayfare.components.kubernetes.launching import RENDEZVOUS_PORT
from wayfare.components.kubernetes.layers import Given, layers
from wayfare.components.kubernetes.probing import NAME, PORT, SHARES, objects, threshold
from wayfare.components.kubernetes.scripts.fabric_figures import Measured, Settings, bus_gbps, neighbour, verdict

P5 = shipped_rows(CloudName.AWS).machine_type("p5.48xlarge")
STAND_IN = Path(__file__).with_name("stand_in")


def wanted(machine_type: str, probe: Any = None, on: CloudName = CloudName.AWS, nodes: int = 2) -> Request:
    """A training on that machine type, its `probe` as a blueprint has it."""
    machine = shipped_rows(on).machine_type(machine_type)
    data = blueprint((machine,), nodes=nodes, kind="TrainingCluster").model_dump(by_alias=True)
    if probe is not None:
        data["spec"]["workload"]["probe"] = probe
    asked: Blueprint = TrainingCluster.model_validate(data, strict=False)
    return request(on, machine, Purchase.ON_DEMAND, wanted=asked)


def container(asked: Request) -> Mapping[str, Any] | None:
    """The one that tries the fabric, of a planned training."""
    (job,) = layers(cloud(asked.placement.cloud).plan(asked), Given()).workload.spec["replicatedJobs"]
    spec = job["template"]["spec"]["template"]["spec"]
    found = [each for each in spec.get("initContainers", ()) if each["name"] == NAME]
    assert len(found) <= 1
    if found:
        assert {"name": NAME, "configMap": {"name": NAME}} in spec["volumes"]
    return found[0] if found else None


def test_it_has_what_the_training_has() -> None:
    asked = wanted("p5.48xlarge")
    (job,) = layers(cloud(CloudName.AWS).plan(asked), Given()).workload.spec["replicatedJobs"]
    (main,) = job["template"]["spec"]["template"]["spec"]["containers"]
    probe = container(asked)
    assert probe is not None
    for same in ("image", "resources", "securityContext"):
        assert probe[same] == main[same]
    assert probe["env"][: len(main["env"])] == main["env"]
    assert [each for each in probe["volumeMounts"] if each["name"] != NAME] == main["volumeMounts"]
    assert not {PORT, PORT + 1} & {RENDEZVOUS_PORT}


@pytest.mark.parametrize(
    "asked",
    [
        wanted("p5.48xlarge", "off"),
        wanted("p5.48xlarge", nodes=1),
        wanted("a2-highgpu-8g", on=CloudName.GCP),
        request(CloudName.AWS, P5, Purchase.ON_DEMAND, kind="InferenceCluster"),
    ],
    ids=["off", "one node", "no fabric", "serves"],
)
def test_nothing_is_tried_where_it_is_off_or_there_is_nothing_between_nodes(asked: Request) -> None:
    found = layers(cloud(asked.placement.cloud).plan(asked), Given())
    assert NAME not in str(found.workload.spec)
    assert NAME not in [each.name for each in found.ground]


@pytest.mark.parametrize(
    ("on", "machine_type", "probe", "words"),
    [
        (CloudName.AWS, "p5.48xlarge", None, "at least 1,600 of 3,200 Gbit/s for each machine"),
        (CloudName.AWS, "p5.48xlarge", {"atLeast": 0.75}, "at least 2,400 of 3,200 Gbit/s for each machine"),
        (CloudName.AWS, "trn2.48xlarge", None, "at least 640 of 3,200 Gbit/s for each machine"),
        (CloudName.AZURE, "Standard_ND96isr_H100_v5", None, "at least 1,600 of 3,200 Gbit/s for each machine"),
        (CloudName.GCP, "a3-highgpu-8g", None, "at least 250 of 1,000 Gbit/s for each machine"),
        (CloudName.GCP, "ct6e-standard-4t", None, "at least 358 of 3,584 Gbit/s for each chip"),
    ],
)
def test_the_threshold_is_a_share_of_the_catalogs_figure(
    on: CloudName, machine_type: str, probe: Any, words: str
) -> None:
    asked = wanted(machine_type, probe, on)
    assert str(threshold(asked.blueprint.spec.workload, asked.machine, asked.accelerator)) == words


def test_a_figure_that_the_catalog_lacks_is_compared_with_nothing() -> None:
    asked = wanted("p5.48xlarge")
    unstated = asked.machine.model_copy(update={"interconnect_gbps": 0})
    found = threshold(asked.blueprint.spec.workload, unstated, asked.accelerator)
    assert "compared with nothing" in str(found)


def test_every_fabric_has_its_share() -> None:
    there = {each.fabric for rows in shipped_catalog().values() for each in rows.machine_types}
    assert set(SHARES) == set(Kind) - {Kind.NONE}
    assert set(SHARES) >= there - {Kind.NONE}


def test_what_tcp_can_reach_is_below_each_share() -> None:
    """Gbit/s of one ordinary card, which a pod's own network has at most; from the clouds' machine documentation."""
    cards = {"p5.48xlarge": 100, "p4d.24xlarge": 100, "Standard_ND96isr_H100_v5": 80, "a3-highgpu-8g": 200}
    cards |= {"a3-megagpu-8g": 200, "a3-ultragpu-8g": 200}
    for on in CloudName:
        for machine in shipped_rows(on).machine_types:
            if machine.name in cards:
                assert cards[machine.name] < SHARES[machine.fabric].least * machine.interconnect_gbps


def test_bandwidth_is_what_passes_each_machines_network() -> None:
    """By hand: of its bytes a member of two sends one half for the sum, and one of the sum; here eight do."""
    assert bus_gbps(2**30, 2, 8, 8 * 2**30 * 8 / 1600e9) == pytest.approx(1600)
    # The ring of a published run over 16 accelerators (NCCL tests): algorithm's bandwidth x 2 x 15 / 16.
    assert bus_gbps(2**33, 16, 1, 2**33 / 100e9) == pytest.approx(100 * 8 * 1.875)


@pytest.mark.parametrize("machines", range(2, 10))
def test_neighbours_find_each_other_and_everybody_has_two(machines: int) -> None:
    found: dict[int, set[int]] = {machine: set() for machine in range(machines)}
    for step in range(3):
        for machine in range(machines):
            other = neighbour(machine, machines, step)
            if other is not None:
                assert neighbour(other, machines, step) == machine
                assert other != machine
                found[machine].add(other)
    assert all(len(others) == (1 if machines == 2 else 2) for others in found.values())


def test_without_a_figure_everything_is_enough() -> None:
    settings = Settings(node=0, nodes=2, first="", port=1, processes=1)
    assert verdict(settings, Measured(0.1, 2, 1, 1024, 3)) == (
        True,
        "fabric probe: 0.1 Gbit/s for each machine; compared with nothing, the catalog has no figure (2 machines, 1 "
        "process on each, 0 MiB, 3 times)",
    )


def test_the_scripts_run_on_old_pythons() -> None:
    for script in files("wayfare.components.kubernetes.scripts").iterdir():
        if script.name.endswith(".py"):
            ast.parse(script.read_text("utf-8"), feature_version=(3, 8))


@dataclass
class Pods:
    """The pods of one job: their containers that try the fabric, as processes."""

    folder: Path
    asked: Request
    fabric: Fabric | None = None
    network: str = "AWS Libfabric"
    blind: bool = False
    """Whether PyTorch sees no accelerators."""
    given: dict[str, str] = field(default_factory=dict[str, str])
    """Variables in place of the container's own."""

    def __post_init__(self) -> None:
        (scripts,) = objects(self.asked)
        # As Kubernetes mounts a ConfigMap: by a link to the version that there is.
        version, link = self.folder / "..2026_01_01", self.folder / "..data"
        version.mkdir()
        link.symlink_to(version.name)
        for name, text in scripts.beside["data"].items():
            (version / name).write_text(text, encoding="utf-8")
            (self.folder / name).symlink_to(f"{link.name}/{name}")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])

    def environment(self, node: int) -> dict[str, str]:
        probe = container(self.asked)
        assert probe is not None
        said = {each["name"]: each.get("value", str(node)) for each in probe["env"]}
        here = {"FIRST": "127.0.0.1", "BIND": "127.0.0.1", "PORT": self.port, "PAUSE": "0", "WAIT": "60"}
        here |= {"SAYS": str(self.folder / f"says-{node}"), **self.given}
        stand_in = {} if self.fabric is None else {"STAND_IN_FABRIC": self.fabric.port, "PYTHONPATH": str(STAND_IN)}
        return {
            "PATH": os.environ["PATH"],
            "TMPDIR": str(self.folder),
            **said,
            **{f"WAYFARE_PROBE_{name}": value for name, value in here.items()},
            "STAND_IN_NETWORK": self.network,
            **({"STAND_IN_BLIND": "1"} if self.blind else {}),
            **stand_in,
        }

    def run(self, *nodes: int) -> list[tuple[int, str]]:
        """Start those pods; the exit code of each, and what Kubernetes is told."""
        command = [sys.executable, str(self.folder / "fabric_probe.py")]
        started = [
            subprocess.Popen(command, env=self.environment(node), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            for node in nodes
        ]
        ended: list[tuple[int, str]] = []
        for node, process in zip(nodes, started, strict=True):
            printed = process.communicate(timeout=120)[0].decode()
            told = (self.folder / f"says-{node}").read_text(encoding="utf-8")
            assert told in printed
            assert printed.rstrip().endswith(told)
            ended.append((process.returncode, told))
        return ended


#: A module that every Python has, where what comes after the machines' meeting is not reached.
PRESENT = "json"


def on(*gbps: float, lanes: int = 1) -> Iterator[Fabric]:
    return running(Fabric(*gbps, lanes=lanes))


@pytest.fixture
def healthy() -> Iterator[Fabric]:
    yield from on(95, 95)


def test_a_fabric_that_gives_enough_lets_the_training_start(tmp_path: Path, healthy: Fabric) -> None:
    said = (
        "fabric probe: 95.0 Gbit/s for each machine, 50.0 of 100 wanted (2 machines, 1 process on each, 1,024 MiB, 20 "
        "times, network AWS Libfabric)"
    )
    assert Pods(tmp_path, wanted("p5.4xlarge"), healthy).run(0, 1) == [(0, said)] * 2
    assert "exchange" not in healthy.acts


@pytest.fixture
def eight() -> Iterator[Fabric]:
    yield from on(2800, 2800, lanes=2)


def test_lanes_share_a_machines_network_and_are_added_up(tmp_path: Path, eight: Fabric) -> None:
    pods = Pods(tmp_path, wanted("p5.48xlarge"), eight, given={"PROCESSES": "2"})
    (first, second) = pods.run(0, 1)
    assert first == second
    assert first[0] == 0
    assert "2,800.0 Gbit/s for each machine, 1,600.0 of 3,200 wanted (2 machines, 2 processes on each" in first[1]


@pytest.mark.parametrize(
    ("machine_type", "where", "each"),
    [("p5.48xlarge", CloudName.AWS, "machine"), ("ct6e-standard-4t", CloudName.GCP, "chip")],
)
def test_jax_all_reduces_over_machines_and_over_all_chips_of_a_slice(
    tmp_path: Path, eight: Fabric, machine_type: str, where: CloudName, each: str
) -> None:
    """2,800 Gbit/s for each machine. Over four chips one and a half times its bytes pass each, of two in a machine."""
    eight.lanes = 1
    pods = Pods(tmp_path, wanted(machine_type, {"framework": "jax"}, where), eight)
    pods.given = {"PROCESSES": "2"}
    (first, second) = pods.run(0, 1)
    assert first == second
    assert first[0] == 0
    shown = {
        "machine": "2,800.0 Gbit/s for each machine, 1,600.0 of 3,200 wanted (2 machines, 2 processes on each, 1,024",
        "chip": "2,100.0 Gbit/s for each chip, 358.4 of 3,584 wanted (4 chips, 1,024 MiB",
    }
    assert shown[each] in first[1]


@pytest.fixture
def tcp() -> Iterator[Fabric]:
    yield from on(8, 8)


def test_tcp_in_place_of_the_fabric_is_too_slow_and_named(tmp_path: Path, tcp: Fabric) -> None:
    said = (
        "fabric probe: 8.0 Gbit/s for each machine, 50.0 of 100 wanted (2 machines, 1 process on each, 1,024 MiB, 18 "
        "times, network Socket). It goes over TCP, past the fabric; look at aws-ofi-nccl and libfabric in the image"
    )
    assert Pods(tmp_path, wanted("p5.4xlarge"), tcp, "Socket").run(0, 1) == [(1, said)] * 2


@pytest.fixture
def broken() -> Iterator[Fabric]:
    yield from on(95, 95, 20)


def test_the_machine_behind_a_bad_link_is_named(tmp_path: Path, broken: Fabric) -> None:
    ended = Pods(tmp_path, wanted("p5.4xlarge", nodes=3), broken).run(0, 1, 2)
    assert {code for code, _ in ended} == {1}
    (said,) = {said for _, said in ended}
    assert said.endswith(
        "Slow with both neighbours: machine 2 (by the job's index), 20.0 Gbit/s; look at the links there"
    )


def test_a_wrong_sum_is_refused(tmp_path: Path, healthy: Fabric) -> None:
    healthy.spoils = True
    (code, said), _ = Pods(tmp_path, wanted("p5.4xlarge"), healthy).run(0, 1)
    assert code == 1
    assert said == "fabric probe: 2 ones add up to 3; what passes the fabric is spoilt"


def test_a_machine_that_does_not_come_is_named(tmp_path: Path) -> None:
    pods = Pods(tmp_path, wanted("p5.4xlarge", nodes=3), given={"WAIT": "0", "FRAMEWORK": PRESENT})
    ((code, said),) = pods.run(0)
    assert code == 1
    assert said == (
        "fabric probe: 2 of 3 machines did not come within 0 seconds: 1, 2 (by the job's index); look at their pods' "
        "events"
    )


def test_a_first_machine_that_is_not_reached_is_told_by_the_others(tmp_path: Path) -> None:
    pods = Pods(tmp_path, wanted("p5.4xlarge"), given={"WAIT": "0", "FRAMEWORK": PRESENT})
    ((code, said),) = pods.run(1)
    assert code == 1
    assert said.startswith("fabric probe: machine 1 did not reach the first one, 127.0.0.1, within 0 seconds: ")


def test_a_first_machine_that_goes_away_is_told_by_the_others(tmp_path: Path) -> None:
    pods = Pods(tmp_path, wanted("p5.4xlarge"), given={"FRAMEWORK": PRESENT})
    with socket.create_server(("127.0.0.1", int(pods.port))) as first:
        goes = Thread(target=lambda: first.accept()[0].close())
        goes.start()
        ((code, said),) = pods.run(1)
        goes.join()
    assert code == 1
    assert said == "fabric probe: the first machine went away; see what its pod says"


def test_an_all_reduce_that_does_not_end_is_ended(tmp_path: Path, healthy: Fabric) -> None:
    ended = Pods(tmp_path, wanted("p5.4xlarge"), healthy, given={"LIMIT": "0"}).run(0, 1)
    said = (
        "fabric probe: the all-reduce did not end within 0 seconds; a link may be down, or machines do not reach each "
        "other. Look at aws-ofi-nccl and libfabric in the image"
    )
    assert ended == [(1, said)] * 2


def test_accelerators_that_the_framework_does_not_see_are_told(tmp_path: Path, healthy: Fabric) -> None:
    (code, said), _ = Pods(tmp_path, wanted("p5.4xlarge"), healthy, blind=True).run(0, 1)
    assert code == 1
    assert said.startswith("fabric probe: PyTorch sees none of this machine's accelerators; ")


def test_pytorch_is_not_taken_for_another_on_a_tpu(tmp_path: Path) -> None:
    asked = wanted("ct6e-standard-4t", {"framework": "torch"}, CloudName.GCP)
    ((code, said),) = Pods(tmp_path, asked).run(0)
    assert code == 1
    assert said == "fabric probe: TPUs are tried by jax; the blueprint's workload says `framework: torch`"


@pytest.mark.parametrize(
    ("framework", "lacks"), [("auto", "neither torch nor jax"), ("torch", "no torch"), ("jax", "no jax")]
)
def test_an_image_without_a_framework_is_told_how_to_do_without(tmp_path: Path, framework: str, lacks: str) -> None:
    ((code, said),) = Pods(tmp_path, wanted("p5.4xlarge", {"framework": framework})).run(0)
    assert code == 1
    assert said == (
        f"fabric probe: this image's Python has {lacks}; to start the training untried, write `probe: off` into the "
        "blueprint's workload"
    )
