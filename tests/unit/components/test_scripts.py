"""What runs inside of the workload's container: against a server on loopback that answers as vLLM does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Thread
from typing import Any, cast

import pytest

SCRIPTS = files("wayfare.components.kubernetes.scripts")


class Vllm(ThreadingHTTPServer):
    """A server with requests that it works on: each look at it finishes one."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.left, self.writes, self.asked = 3, True, [""]

    @property
    def port(self) -> str:
        return str(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    @property
    def vllm(self) -> Vllm:
        return cast("Vllm", self.server)

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            return self.answer({"data": [{"id": "served"}]})
        assert self.path == "/metrics"
        running, self.vllm.left = self.vllm.left, max(0, self.vllm.left - 1)
        lines = [
            "# TYPE vllm:num_requests_running gauge",
            f'vllm:num_requests_running{{engine="0",model_name="a b"}} {float(running)}',
            'vllm:num_requests_waiting{engine="0",model_name="a b"} 0.0',
            'vllm:num_requests_waiting_by_reason{reason="capacity"} 7.0',
            'vllm:request_success_total{finished_reason="stop"} 9.0',
        ]
        return self.send("\n".join(lines).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.vllm.asked = [self.path, body["model"], body["max_tokens"]]
        if not self.vllm.writes:
            return self.send(b'{"error": "out of memory"}', 500)
        return self.answer({"choices": [{"text": "2"}]})

    def answer(self, data: dict[str, Any]) -> None:
        self.send(json.dumps(data).encode())

    def send(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def vllm() -> Iterator[Vllm]:
    with Vllm() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(script: str, *arguments: str) -> int:
    source = SCRIPTS.joinpath(script).read_text(encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", source, *arguments], capture_output=True, check=False, timeout=60)
    return done.returncode


def test_a_server_that_writes_a_token_has_answered(vllm: Vllm) -> None:
    assert run("ask.py", vllm.port) == 0
    assert vllm.asked == ["/v1/completions", "served", 1]


def test_a_server_that_listens_and_cannot_write_has_not(vllm: Vllm) -> None:
    vllm.writes = False
    assert run("ask.py", vllm.port) != 0


def test_nobody_there_has_not_answered(vllm: Vllm) -> None:
    vllm.shutdown()
    vllm.server_close()
    assert run("ask.py", vllm.port) != 0


def test_a_server_is_drained_when_all_requests_are_answered(vllm: Vllm) -> None:
    assert run("drain.py", vllm.port, "0", "0") == 0
    assert vllm.left == 0


def test_a_server_that_has_died_is_not_waited_for(vllm: Vllm) -> None:
    vllm.shutdown()
    vllm.server_close()
    assert run("drain.py", vllm.port, "0", "0") == 1
