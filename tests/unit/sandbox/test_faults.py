"""What can be asked to go wrong, how a call meets it, and that the words are understood."""

import importlib
import os
import subprocess
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2
from pydantic import ValidationError

from tests.unit.sandbox.test_core_provider import AWS, CLUSTER, POOL, POOL_INPUTS, VPC, Engine, detail_of
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud
from wayfare.components.failures import FailureKind, classify
from wayfare.sandbox.behaviour import FaultKind, Operation, Refused
from wayfare.sandbox.client import HOME, Sandbox
from wayfare.sandbox.clouds.aws.faults import TEXTS
from wayfare.sandbox.clouds.kubernetes import BEHAVIOUR as KUBERNETES
from wayfare.sandbox.ledger import Fault, Ledger
from wayfare.sandbox.scenario import FaultRow, Scenario
from wayfare.sandbox.server import Server, make_server
from wayfare.sandbox.store import Store
from wayfare.sandbox.wire import to_struct

REGION = "aws:index/getRegion:getRegion"
NAMESPACE = "kubernetes:core/v1:Namespace"
VPC_INPUTS = {"cidrBlock": "10.0.0.0/16"}

#: What each kind has to be taken for, by whoever decides what follows.
MEANINGS = {
    FaultKind.THROTTLED: FailureKind.TRANSIENT,
    FaultKind.SERVER_ERROR: FailureKind.TRANSIENT,
    FaultKind.EXPIRED_CREDENTIALS: FailureKind.CREDENTIALS,
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schemas")


def served(directory: Path, cache: Path, quiet: float) -> Generator[Server]:
    known = {"aws": replace(AWS, faults=TEXTS), "kubernetes": KUBERNETES}
    running = make_server(directory, known, catalog={}, quiet=quiet, cache=cache)
    running.listen({})
    yield running
    running.close()


@pytest.fixture
def server(tmp_path: Path, cache: Path) -> Generator[Server]:
    yield from served(tmp_path, cache, 0.0)


@pytest.fixture
def still(tmp_path: Path, cache: Path) -> Generator[Server]:
    """A server whose virtual time does not pass while a test looks."""
    yield from served(tmp_path, cache, 3600.0)


@pytest.fixture
def aws(server: Server) -> Generator[Engine]:
    engine = Engine(server, "aws", {"region": "us-east-1"})
    yield engine
    engine.channel.close()


def fail(server: Server, token: str = VPC, **wrong: object) -> None:
    server.control.answer("POST", "/fault", {"cloud": "aws", "token": token, **wrong})


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(Store(tmp_path), {})


def taken(ledger: Ledger, operation: Operation = Operation.CREATE) -> str | None:
    fault = ledger.take_fault("aws", VPC, operation)
    return None if fault is None else fault.message


def test_a_fault_is_met_after_the_calls_that_pass_and_so_many_times(ledger: Ledger) -> None:
    row = {"cloud": "aws", "token": VPC}
    rows = [{**row, "message": "late", "after": 2, "times": 2}, {**row, "message": "soon"}]
    ledger.load(Scenario.model_validate({"faults": rows}))
    assert [taken(ledger) for _ in range(6)] == ["soon", None, "late", "late", None, None]
    assert ledger.faults() == []


def test_a_fault_is_met_by_its_own_operation_type_and_cloud_only(ledger: Ledger) -> None:
    ledger.add_fault(FaultRow(cloud=CloudName.AWS, token=VPC, operation=Operation.DELETE, message="stays"))
    assert taken(ledger) is None
    assert ledger.take_fault("gcp", VPC, Operation.DELETE) is None
    assert ledger.take_fault("aws", CLUSTER, Operation.DELETE) is None
    (waiting,) = ledger.faults()
    assert (waiting["operation"], waiting["remaining"]) == ("delete", 1)
    assert ledger.take_fault("aws", VPC, Operation.DELETE) == Fault("stays", None, dead=False, slow=0.0)
    assert taken(ledger, Operation.DELETE) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "say what goes wrong"),
        ({"message": "m", "kind": "throttled"}, "say what goes wrong"),
        ({"message": "m", "dead": True}, "say what goes wrong"),
        ({"kind": "tired"}, "Input should be"),
        ({"kind": "stockout", "operation": "delete"}, "only a create or an update takes machines"),
        ({"message": "m", "operation": "destroy"}, "Input should be"),
        ({"message": "m", "after": -1}, "greater than or equal to 0"),
        ({"message": "m", "times": 0}, "greater than or equal to 1"),
        ({"slow": "soon"}, "is not a duration"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        FaultRow.model_validate({"cloud": "aws", "token": VPC, **wrong})


def test_a_fault_that_no_call_would_meet_is_refused(server: Server) -> None:
    with pytest.raises(Refused, match="takes no machines"):
        fail(server, kind="stockout")
    row = {"cloud": "aws", "token": "gcp:compute/network:Network", "message": "m"}
    for path, body in (("/fault", row), ("/scenario", {"faults": [row]}), ("/reset", {"faults": [row]})):
        with pytest.raises(Refused, match="those begin with aws:"):
            server.control.answer("POST", path, body)


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("kind", MEANINGS)
@pytest.mark.parametrize("name", CloudName)
def test_each_clouds_words_are_understood(name: CloudName, kind: FaultKind, operation: Operation) -> None:
    behaviour = importlib.import_module(f"wayfare.sandbox.clouds.{name}").BEHAVIOUR
    tokens = behaviour.invokes if operation is Operation.INVOKE else behaviour.rules
    assert set(behaviour.faults) == set(MEANINGS), "a stockout has the words of a shortage"
    for token in tokens:
        text = behaviour.faults[kind](operation, token)
        assert classify(text, cloud(name).failures).kind is MEANINGS[kind], text


def test_every_operation_can_fail_in_the_clouds_words_and_leaves_everything_as_it_was(
    server: Server, aws: Engine
) -> None:
    id, _ = aws.create(VPC, "v", VPC_INPUTS)
    before = server.store.resources()
    changed = {**VPC_INPUTS, "enableDnsSupport": False}
    calls = {
        Operation.CREATE: lambda: aws.create(VPC, "w", VPC_INPUTS),
        Operation.READ: lambda: aws.read(VPC, "v", id, VPC_INPUTS),
        Operation.UPDATE: lambda: aws.update(VPC, "v", id, VPC_INPUTS, changed),
        Operation.DELETE: lambda: aws.delete(VPC, "v", id),
    }
    for operation, call in calls.items():
        fail(server, operation=operation, kind="throttled")
        with pytest.raises(grpc.RpcError, match=r"RequestLimitExceeded: Request limit exceeded\.") as refused:
            call()
        assert refused.value.code() is grpc.StatusCode.UNKNOWN
        assert server.store.resources() == before
    fail(server, REGION, operation="invoke", kind="expired-credentials")
    question = provider_pb2.InvokeRequest(tok=REGION, args=to_struct({}))
    with pytest.raises(grpc.RpcError, match="ExpiredToken: The security token included in the request is expired"):
        aws.stub.Invoke(question)
    assert aws.stub.Invoke(question)
    aws.delete(VPC, "v", id)
    assert server.store.resources() == []


def test_a_stockout_on_request_leaves_what_a_shortage_leaves(server: Server, aws: Engine) -> None:
    aws.cluster("c")
    fail(server, POOL, kind="stockout")
    with pytest.raises(grpc.RpcError, match="InsufficientInstanceCapacity: 2 in us-east-1") as failed:
        aws.create(POOL, "p", POOL_INPUTS)
    id = detail_of(failed.value).id
    (row,) = server.store.resources("aws", POOL)
    assert (row.id, row.failed, row.nodes) == (id, True, None)
    assert aws.update(POOL, "p", id, POOL_INPUTS, POOL_INPUTS)["clusterName"] == "c", "the next try finds machines"


def test_a_slow_call_takes_virtual_time_and_no_other(server: Server, aws: Engine) -> None:
    aws.create(VPC, "before", VPC_INPUTS)
    began = server.clock.elapsed
    fail(server, slow="20m")
    id, _ = aws.create(VPC, "v", VPC_INPUTS)
    assert server.clock.elapsed == began + 1200
    fail(server, operation="delete", slow="5m", message="DependencyViolation")
    with pytest.raises(grpc.RpcError, match="DependencyViolation"):
        aws.delete(VPC, "v", id)
    assert server.clock.elapsed == began + 1500


def test_a_provider_that_dies_takes_its_calls_with_it_until_it_is_revived(still: Server) -> None:
    first, other = Engine(still, "aws", {"region": "us-east-1"}), Engine(still, "kubernetes", {})
    urn = first.urn(CLUSTER, "c")
    inputs = {"name": "c", "roleArn": "r", "vpcConfig": {"subnetIds": ["s"]}}
    waiting = first.stub.Create.future(provider_pb2.CreateRequest(urn=urn, properties=to_struct(inputs)))
    assert still.clock.await_waits(1, timeout=10)
    fail(still, dead=True)
    with pytest.raises(grpc.RpcError, match="error reading from server: EOF") as died:
        first.create(VPC, "v", VPC_INPUTS)
    assert died.value.code() is grpc.StatusCode.UNAVAILABLE
    assert waiting.exception(timeout=10).code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    with pytest.raises(grpc.RpcError) as gone:
        Engine(still, "aws", {})
    assert gone.value.code() is grpc.StatusCode.UNAVAILABLE
    status: Any = still.control.answer("GET", "/status", {})
    assert status["dead"] == ["aws"]
    assert [event["kind"] for event in still.store.events()] == ["create", "died"]
    assert [row.id for row in still.store.resources()] == ["c"], "the cloud goes on with what was begun"
    assert other.check(NAMESPACE, "n", {"metadata": {"name": "n"}}).failures == []

    still.control.answer("POST", "/revive", {})
    again = Engine(still, "aws", {"region": "us-east-1"})
    assert again.create(VPC, "v", VPC_INPUTS)[0]
    assert still.providers.dead == []
    for engine in (first, other, again):
        engine.channel.close()


def test_a_reset_revives_too(server: Server, aws: Engine) -> None:
    fail(server, operation="read", dead=True)
    with pytest.raises(grpc.RpcError):
        aws.read(VPC, "v", "vpc-1")
    server.control.answer("POST", "/reset", {})
    assert server.providers.dead == []
    engine = Engine(server, "aws", {"region": "us-east-1"})
    assert engine.create(VPC, "v", VPC_INPUTS)[0]
    engine.channel.close()


def test_a_shell_asks_for_faults_and_is_told_what_is_wrong(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "home")
    sandbox.start()
    environment = {**os.environ, HOME: str(sandbox.directory), "NO_COLOR": "1"}

    def shell(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "wayfare.stacks.cli", "sandbox", "fault", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    try:
        done = shell("gcp", "gcp:container/nodePool:NodePool", "--kind", "stockout", "--after", "1", "--slow", "90s")
        assert (done.returncode, done.stderr) == (0, "")
        (row,) = sandbox.status()["faults"]
        wanted = {"token": "gcp:container/nodePool:NodePool", "kind": "stockout", "passing": 1, "slow": 90.0}
        assert wanted.items() <= row.items()
        for arguments in (("aws", VPC), ("aws", VPC, "--kind", "tired"), ("oracle", VPC, "--dead")):
            done = shell(*arguments)
            assert (done.returncode, done.stdout) == (2, "")
            assert "Traceback" not in done.stderr
        sandbox.fail("aws", VPC, dead=True)
        sandbox.start()
        assert sandbox.status()["dead"] == []
    finally:
        sandbox.stop()
