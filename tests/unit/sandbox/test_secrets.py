"""A secret that a program gives to the sandbox's clouds is told to nobody, and stands in one file."""

import logging
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from stat import S_IMODE

import grpc
import pytest

from tests.unit.sandbox.test_core_provider import AWS, SECRET_VERSION, Engine, kubeconfig
from wayfare.sandbox.behaviour import Call, Made, Refused, ResourceRules
from wayfare.sandbox.clouds.kubernetes import BEHAVIOUR as KUBERNETES
from wayfare.sandbox.server import Server, make_server
from wayfare.sandbox.wire import hidden, secret, secret_texts

PLANTED = "hunter2-that-nobody-may-read"
SECRET = "kubernetes:core/v1:Secret"  # noqa: S105 - a type


def refusing(call: Call) -> Made:
    raise Refused(f"InvalidRequestException: {call.inputs['secretString']} is too weak")


def breaking(call: Call) -> Made:
    raise LookupError(call.inputs["secretString"])


def unwanted(call: Call) -> list[tuple[str, str]]:
    return [("secretString", f"{call.inputs['secretString']!r} is not wanted")]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schemas")


Serve = Callable[[ResourceRules], Server]


@pytest.fixture
def serve(tmp_path: Path, cache: Path) -> Generator[Serve]:
    """Makes a server whose secrets' versions behave by these rules."""
    made: list[Server] = []

    def make(rules: ResourceRules) -> Server:
        aws = replace(AWS, rules={**AWS.rules, SECRET_VERSION: rules})
        made.append(make_server(tmp_path / "home", {"aws": aws, "kubernetes": KUBERNETES}, {}, 0.0, cache))
        made[-1].listen({})
        return made[-1]

    yield make
    for server in made:
        server.close()


def told(server: Server) -> str:
    """Everything that the sandbox tells to whoever may ask."""
    answers = [server.control.answer("GET", path, {}) for path in ("/status", "/inventory", "/events", "/capacity")]
    return repr(answers)


@pytest.mark.parametrize("rules", [ResourceRules(create=refusing), ResourceRules(create=breaking)])
def test_an_error_does_not_repeat_a_secret(
    rules: ResourceRules, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(rules)
    engine = Engine(server, "aws", {"region": "us-east-1"})
    with pytest.raises(grpc.RpcError, match=r"\[secret\]") as refused:
        engine.create(SECRET_VERSION, "v", {"secretId": "s", "secretString": secret(PLANTED)})
    assert PLANTED not in str(refused.value)
    assert PLANTED not in told(server)
    assert PLANTED not in caplog.text
    engine.channel.close()


@pytest.mark.parametrize("given", [secret(PLANTED), PLANTED])
def test_a_check_does_not_repeat_what_is_secret_by_its_envelope_or_by_the_sdk(given: object, serve: Serve) -> None:
    engine = Engine(serve(ResourceRules(check=unwanted)), "aws", {"region": "us-east-1"})
    (failure,) = engine.check(SECRET_VERSION, "v", {"secretId": "s", "secretString": given}).failures
    assert failure.reason == "'[secret]' is not wanted"
    engine.channel.close()


def test_a_secret_of_kubernetes_stands_in_one_file_that_only_its_owner_can_read(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(ResourceRules())
    aws = Engine(server, "aws", {"region": "us-east-1"})
    endpoint = aws.cluster("c")["endpoint"]
    cluster = Engine(server, "kubernetes", {"kubeconfig": kubeconfig(endpoint)})
    inputs = {"metadata": {"name": "s", "namespace": "default"}, "stringData": {"password": secret(PLANTED)}}
    cluster.create(SECRET, "s", inputs)
    assert PLANTED not in told(server)
    assert PLANTED not in caplog.text
    holding = [file for file in tmp_path.rglob("*") if file.is_file() and PLANTED.encode() in file.read_bytes()]
    assert holding, "the sandbox keeps what a cluster would"
    for file in holding:
        assert file.name.startswith("sandbox.sqlite")
        assert S_IMODE(file.stat().st_mode) == 0o600
    assert S_IMODE(server.directory.stat().st_mode) == 0o700
    aws.channel.close()
    cluster.channel.close()


def test_what_is_hidden_is_every_text_of_a_secret_but_those_of_a_few_characters() -> None:
    texts = secret_texts({"a": [PLANTED, "no"], "b": {"c": f"{PLANTED}-longer"}, "d": 4711})
    assert texts == {PLANTED, f"{PLANTED}-longer"}
    assert hidden(f"{PLANTED}-longer and {PLANTED}, no", texts) == "[secret] and [secret], no"
