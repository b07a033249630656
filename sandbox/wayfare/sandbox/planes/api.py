"""The API of a real control plane, as far as the sandbox speaks it: JSON over TLS, with a client certificate."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from wayfare.sandbox.behaviour import Properties, Refused

_PATIENCE = 30.0
"""Seconds that one request may take; a webhook's time is 10 of them."""
APPLY = "application/apply-patch+yaml"
"""The content type of a server-side apply."""
_MANAGER = "pulumi-kubernetes"
"""The field manager that Pulumi's provider begins its own with."""


class ApiRefused(Refused):
    """The API server refuses a request, in its own words."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Silent(Exception):
    """The API server does not answer."""


class NotReady(RuntimeError):
    """A program of a control plane does not become ready. The message holds the last lines of its log."""


@dataclass(frozen=True)
class Kind:
    """A kind as the API server serves it."""

    path: str
    """The beginning of its paths, such as `/apis/batch/v1`."""
    plural: str
    namespaced: bool

    def at(self, namespace: str | None, name: str = "") -> str:
        """Where objects of it are; with a name, where one is."""
        place = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{self.path}{place}/{self.plural}" + (f"/{name}" if name else "")


class Api:
    """One API server. Safe to use from many threads."""

    def __init__(self, port: int, authority: Path, certificate: Path, key: Path) -> None:
        """`port` on loopback; the files are PEM."""
        self._port = port
        self._tls = ssl.create_default_context(cafile=str(authority))
        self._tls.load_cert_chain(str(certificate), str(key))
        self._kinds = dict[tuple[str, str], Kind]()
        self._lock = threading.Lock()

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, str] | None = None,
        content: str = "application/json",
    ) -> Any:
        """What the API server answers: JSON, or a text. Raises `ApiRefused` and `Silent`."""
        connection = HTTPSConnection("127.0.0.1", self._port, timeout=_PATIENCE, context=self._tls)
        try:
            headers = {"Accept": "application/json", "Content-Type": content}
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, f"{path}?{urlencode(query)}" if query else path, data, headers)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, HTTPException) as error:
            raise Silent(f"the API server at 127.0.0.1:{self._port} does not answer: {error}") from error
        finally:
            connection.close()
        answer: Any = json.loads(text) if text.startswith("{") else text
        if response.status >= 400:
            said: object = text if isinstance(answer, str) else answer.get("message", text)
            raise ApiRefused(str(said).strip(), response.status)
        return answer

    def ready(self) -> bool:
        """Whether it says that it is ready."""
        try:
            return self.ask("GET", "/readyz") == "ok"
        except (ApiRefused, Silent):
            return False

    def kind(self, api_version: str, kind: str) -> Kind | None:
        """A kind, if it is served. What was found once is not asked again; what was not, is."""
        with self._lock:
            found = self._kinds.get((api_version, kind))
        if found is not None:
            return found
        path = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            resources = self.ask("GET", path)["resources"]
        except ApiRefused as refusal:
            if refusal.code == 404:
                return None
            raise
        served = {
            (api_version, str(each["kind"])): Kind(path, str(each["name"]), bool(each["namespaced"]))
            for each in resources
            if "/" not in each["name"]
        }
        with self._lock:
            self._kinds |= served
        return served.get((api_version, kind))

    def get(self, path: str) -> Properties | None:
        """An object; None where it is not there."""
        try:
            return self.ask("GET", path)
        except ApiRefused as refusal:
            if refusal.code == 404:
                return None
            raise

    def watch(self, path: str, query: Mapping[str, str], seconds: int) -> Iterator[tuple[str, Properties]]:
        """What happens to the objects of a collection for so long in real time: `ADDED`, `MODIFIED` or `DELETED`, and
        the object. Those that are there are added first. Raises `ApiRefused` and `Silent`.
        """
        connection = HTTPSConnection("127.0.0.1", self._port, timeout=seconds + _PATIENCE, context=self._tls)
        said = {**query, "watch": "true", "timeoutSeconds": str(seconds)}
        try:
            connection.request("GET", f"{path}?{urlencode(said)}", headers={"Accept": "application/json"})
            response = connection.getresponse()
            for line in response:
                event = json.loads(line)
                if event.get("type", "ERROR") == "ERROR":
                    refused = event.get("object", event)
                    raise ApiRefused(str(refused.get("message")), int(refused.get("code", response.status)))
                yield event["type"], event["object"]
        except (OSError, HTTPException) as error:
            raise Silent(f"the API server at 127.0.0.1:{self._port} does not answer: {error}") from error
        finally:
            connection.close()

    def apply(self, path: str, item: Properties, manager: str = _MANAGER) -> Properties:
        """Server-side apply, which refuses every field that it does not know."""
        query = {"fieldManager": manager, "fieldValidation": "Strict", "force": "true"}
        return self.ask("PATCH", path, item, query, APPLY)

    def delete(self, path: str, *, wait: bool = False) -> None:
        """Ask for an object to go away, with what it owns: that first, if somebody is to `wait` for the object.

        What is gone already is no error.
        """
        options = {"propagationPolicy": "Foreground" if wait else "Background"}
        try:
            self.ask("DELETE", path, {"kind": "DeleteOptions", "apiVersion": "v1", **options})
        except ApiRefused as refusal:
            if refusal.code != 404:
                raise
