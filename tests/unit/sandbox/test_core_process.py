"""The sandbox's own process: started once, asked over HTTP, ended alone."""

import http.client
import json
import os
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wayfare.blueprints import Purchase
from wayfare.sandbox import process
from wayfare.sandbox.client import BACKEND, Sandbox
from wayfare.sandbox.process import SandboxFailed
from wayfare.sandbox.scenario import BadScenario

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def sandbox(tmp_path: Path) -> Generator[Sandbox]:
    made = Sandbox(tmp_path / "home")
    yield made
    made.stop()


def test_two_starts_at_a_time_make_one_sandbox_that_survives_a_restart(sandbox: Sandbox, tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("quotas: [{cloud: aws, region: us-east-1, family: P, limit: 7}]\n")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(sandbox.start, [scenario, scenario]))
    first = process.own_process(sandbox.directory)
    sandbox.start()
    assert process.own_process(sandbox.directory) == first
    sandbox.set_capacity("aws", "us-east-1", "p5.48xlarge", 3, zone="us-east-1a")
    environment = sandbox.environment()
    sandbox.stop()
    assert not sandbox.running
    sandbox.start()
    assert process.own_process(sandbox.directory) != first
    assert [(row["zone"], row["nodes"]) for row in sandbox.capacity()] == [("us-east-1a", 3)] * len(Purchase)
    assert sandbox.status()["quotas"] == [{"cloud": "aws", "region": "us-east-1", "family": "P", "ceiling": 7}]
    assert sandbox.environment() == environment, "a shell's environment holds after a restart"
    sandbox.reset()
    assert sandbox.capacity() == []
    assert sandbox.inventory("none") == {"resources": [], "kubernetes": []}


def test_the_environment_leads_everything_to_the_sandbox(sandbox: Sandbox) -> None:
    sandbox.start()
    environment = sandbox.environment()
    names = [entry.partition(":")[0] for entry in environment["PULUMI_DEBUG_PROVIDERS"].split(",")]
    assert names == ["aws", "azure-native", "gcp", "kubernetes"]
    assert environment["PULUMI_BACKEND_URL"] == f"file://{sandbox.directory}/backend"
    for name in ("passphrase", "token", "sandbox.sqlite"):
        assert stat.S_IMODE((sandbox.directory / name).stat().st_mode) == 0o600


def test_stacks_may_lie_in_a_backend_of_choice_but_not_in_that_of_the_clouds(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.start()
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://the-companys-state")
    assert sandbox.environment()["PULUMI_BACKEND_URL"] == f"file://{sandbox.directory}/backend"
    monkeypatch.setenv(BACKEND, "postgres://ann:hunter22@127.0.0.1/rehearsals")
    assert sandbox.environment()["PULUMI_BACKEND_URL"] == "postgres://ann:hunter22@127.0.0.1/rehearsals"
    with pytest.raises(SandboxFailed, match=r"stacks are in postgres://…") as raised:
        sandbox.reset()
    assert "hunter22" not in str(raised.value)


def test_a_body_is_read_up_to_a_bound(sandbox: Sandbox) -> None:
    sandbox.start()
    connection = http.client.HTTPConnection("127.0.0.1", process.ports(sandbox.directory)["control"])
    connection.putrequest("POST", "/azure-native/subscriptions")
    connection.putheader("Content-Length", str(5 * 1024 * 1024))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Connection")) == (400, "close")
    assert b"the body has 5242880 bytes; at most 4194304 are read" in answer.read()
    connection.close()


def test_the_control_interface_wants_its_token_and_says_what_is_wrong(sandbox: Sandbox) -> None:
    sandbox.start()
    port = process.ports(sandbox.directory)["control"]
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/status")
    with pytest.raises(SandboxFailed, match="nodes: Input should be greater than or equal to 0"):
        sandbox.set_capacity("aws", "us-east-1", "p5.48xlarge", -1)
    with pytest.raises(SandboxFailed, match="was not found"):
        sandbox.drift("aws", "aws:ec2/vpc:Vpc", "vpc-1", "tags", {})


def test_a_stale_record_never_leads_to_a_foreign_process(sandbox: Sandbox) -> None:
    sandbox.directory.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as foreign:
        record = {"pid": foreign.pid, "began": "1", "ports": {"control": 1}, "project": ""}
        (sandbox.directory / "process.json").write_text(json.dumps(record))
        assert process.own_process(sandbox.directory) is None
        assert not sandbox.running
        sandbox.stop()
        assert foreign.poll() is None
        with pytest.raises(SandboxFailed, match="wayfare sandbox start"):
            sandbox.environment()
        foreign.communicate(b"\n")
    assert process.began(os.getpid()) is not None


def test_a_killed_sandbox_comes_back_with_what_it_held(sandbox: Sandbox) -> None:
    sandbox.start()
    sandbox.set_capacity("gcp", "us-east4", "a3-megagpu-8g", 5)
    running = process.own_process(sandbox.directory)
    assert running is not None
    os.kill(running, 9)
    process.end(sandbox.directory)
    assert not sandbox.running
    sandbox.start()
    assert {row["nodes"] for row in sandbox.capacity()} == {5}


def test_a_bad_scenario_starts_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("capacities: []\n")
    with pytest.raises(BadScenario, match="capacities"):
        sandbox.start(scenario)
    assert not sandbox.running
