"""A registry on loopback that keeps what it is sent, and one that wants tokens, as Azure's and Google's do."""

import json
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.mirroring.made import digest


@dataclass
class Fake:
    """What it has, and what it was asked."""

    token: str | None = None
    """What a caller must bring; None lets everybody in."""
    refresh: str | None = None
    """What is exchanged for it; None takes a password."""
    elsewhere: str | None = None
    """Host that blobs are to be read from."""
    cut: int = 0
    """So many answers with a blob end early."""
    host: str = ""
    manifests: dict[str, tuple[bytes, str]] = field(default_factory=dict[str, tuple[bytes, str]])
    blobs: dict[str, bytes] = field(default_factory=dict[str, bytes])
    asked: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """(method, path, who asks)."""
    grants: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    lies: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """Other bytes that it gives for a manifest."""

    def uploads(self) -> list[str]:
        """What was sent."""
        return [path for method, path, _ in self.asked if method == "PUT"]


@contextmanager
def running(fake: Fake) -> Generator[Fake]:
    """Serve it, for as long as the context is."""

    class Handler(_Handler):
        registry = fake

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.host = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    registry: Fake
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """To nobody."""

    def do_GET(self) -> None:
        path, fake = urlsplit(self.path).path, self.registry
        if path == "/token":
            query = {key: value[0] for key, value in parse_qs(urlsplit(self.path).query).items()}
            self._grant({**query, "authorization": self.headers.get("Authorization", "")})
        elif self._is_let_in():
            name = path.rpartition("/")[2]
            if "/manifests/" in path:
                content, kind = fake.manifests.get(name, (None, ""))
                self._answer(200 if content is not None else 404, fake.lies.get(name, content or b""), kind)
            elif name not in fake.blobs:
                self._answer(404, b"")
            elif fake.elsewhere is not None:
                self._answer(307, b"", location=f"http://{fake.elsewhere}{path}")
            else:
                self._blob(fake.blobs[name])

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        body = self._body()
        if self.path == "/token":
            self._grant({key: value[0] for key, value in parse_qs(body.decode()).items()})
        elif self._is_let_in():
            self._answer(202, b"", location=f"{self.path}one?state=kept")

    def do_PUT(self) -> None:
        body, fake, parts = self._body(), self.registry, urlsplit(self.path)
        if not self._is_let_in():
            return
        name = parts.path.rpartition("/")[2]
        if "/manifests/" in parts.path:
            for known in (name, digest(body)):
                fake.manifests[known] = body, self.headers["Content-Type"]
            self._answer(201, b"")
            return
        wanted = parse_qs(parts.query)["digest"][0]
        if digest(body) != wanted or "state=kept" not in parts.query:
            self._answer(400, json.dumps({"errors": [{"code": "DIGEST_INVALID", "message": "no match"}]}).encode())
            return
        fake.blobs[wanted] = body
        self._answer(201, b"")

    def _is_let_in(self) -> bool:
        fake, who = self.registry, self.headers.get("Authorization", "")
        fake.asked.append((self.command, self.path, who))
        if fake.token is None or who == f"Bearer {fake.token}":
            return True
        challenge = f'Bearer realm="http://{fake.host}/token",service="images",scope="repository:llm:pull"'
        self._answer(401, b"", authenticate=challenge)
        return False

    def _grant(self, given: dict[str, str]) -> None:
        fake = self.registry
        fake.grants.append(given)
        good = fake.refresh is None or given.get("refresh_token") == fake.refresh
        answer = {"access_token": fake.token} if good else {"errors": [{"code": "DENIED", "message": "who are you"}]}
        self._answer(200 if good else 403, json.dumps(answer).encode())

    def _blob(self, content: bytes) -> None:
        fake = self.registry
        if fake.cut and len(content) > 1 and self.command == "GET":
            fake.cut -= 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        else:
            self._answer(200, content)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _answer(self, status: int, body: bytes, kind: str = "", **more: str) -> None:
        self.send_response(status)
        for key, value in _headers(kind, more):
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _headers(kind: str, more: dict[str, str]) -> Iterator[tuple[str, str]]:
    if kind:
        yield "Content-Type", f"{kind}; charset=utf-8"
    for key, value in more.items():
        yield {"location": "Location", "authenticate": "WWW-Authenticate"}[key], value
