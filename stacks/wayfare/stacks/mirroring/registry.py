"""A repository of a registry, over the OCI's "Distribution Specification" and Docker's "Token Authentication"."""

import base64
import re
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from wayfare.stacks.mirroring.images import MANIFESTS, Manifest, NotMirrored, Part
from wayfare.stacks.mirroring.signing import Credentials, remedy, signed_in
from wayfare.stacks.mirroring.stores import Body, Read

#: Seconds until a registry is reached, and between two parts of an answer.
_PATIENCE = (10.0, 120.0)

#: What may be asked again by itself, and for which answers.
_AGAIN = Retry(total=4, backoff_factor=0.5, status_forcelist=(429, 502, 503, 504), allowed_methods=("GET", "HEAD"))

#: A manifest is no larger ("Distribution Specification": 4 MiB that a registry should take).
_LARGEST = 4 * 2**20

_CHALLENGE = re.compile(r'([a-z_]+)="([^"]*)"', re.IGNORECASE)


class Registry:
    """One repository. Plain HTTP is spoken on this machine alone, as Docker does."""

    def __init__(
        self,
        host: str,
        repository: str,
        *,
        push: bool = False,
        credentials: Callable[[str], Credentials | None] = signed_in,
    ) -> None:
        """`push`: whether it is to be written to."""
        self._host = host
        self._repository = repository
        self._scope = f"repository:{repository}:{'pull,push' if push else 'pull'}"
        self._credentials = credentials
        self._url = f"{'http' if _is_here(host) else 'https'}://{host}/v2/{repository}"
        self._signed: dict[str, str] = {}
        self._session = requests.Session()
        self._session.auth = _Unsigned()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=_AGAIN))

    def __str__(self) -> str:
        return f"{self._host}/{self._repository}"

    def manifest(self, reference: str) -> Manifest | None:
        """The manifest under a tag or a digest, or None."""
        headers = {"Accept": ", ".join(MANIFESTS)}
        with self._asked("GET", f"/manifests/{reference}", headers, may_lack=True, stream=True) as answer:
            if answer.status_code == HTTPStatus.NOT_FOUND:
                return None
            content = answer.raw.read(_LARGEST + 1, decode_content=True)
            if len(content) > _LARGEST:
                raise NotMirrored(f"the manifest {reference} of {self} is larger than any may be")
            found = Manifest(content, answer.headers.get("Content-Type", "").partition(";")[0].strip())
        if reference.startswith("sha256:") and found.digest != reference:
            raise NotMirrored(f"{self} gives other bytes than those of {reference}")
        return found

    def has_blob(self, part: Part) -> bool:
        """Whether a blob is there."""
        with self._asked("HEAD", f"/blobs/{part.digest}", may_lack=True) as answer:
            return answer.status_code != HTTPStatus.NOT_FOUND

    @contextmanager
    def blob(self, part: Part) -> Generator[Body]:
        """A blob's bytes; from another host, where the registry sends its callers there."""
        with self._asked("GET", f"/blobs/{part.digest}", {"Accept-Encoding": "identity"}, stream=True) as answer:
            raw = answer.raw

            def read(count: int) -> bytes:
                try:
                    return raw.read(count)
                except HTTPError as error:
                    raise ConnectionError(f"{self._host} stopped in the midst of {part.digest}: {error}") from None

            yield Read(read, part.size)

    def put_blob(self, part: Part, body: Body) -> None:
        """Send a blob in one piece. The registry compares its digest, and keeps no other."""
        with self._asked("POST", "/blobs/uploads/", {"Content-Length": "0"}) as answer:
            place = urljoin(answer.url, answer.headers["Location"])
        headers = {"Content-Type": "application/octet-stream"}
        with self._asked("PUT", _with(place, digest=part.digest), headers, body):
            pass

    def put_manifest(self, reference: str, manifest: Manifest) -> None:
        """Send a manifest, byte for byte."""
        headers = {"Content-Type": manifest.media_type}
        with self._asked("PUT", f"/manifests/{reference}", headers, manifest.content):
            pass

    @contextmanager
    def _asked(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: "Body | bytes | None" = None,
        *,
        may_lack: bool = False,
        stream: bool = False,
    ) -> Generator[requests.Response]:
        """The answer to one request, signed in where the registry wants it. Raises NotMirrored or ConnectionError."""
        what = f"{method} {path.partition('?')[0]}"
        try:
            answer = self._sent(method, path, headers, body, stream)
            if answer.status_code == HTTPStatus.UNAUTHORIZED and (body is None or isinstance(body, bytes)):
                self._sign_in(answer)
                answer.close()
                answer = self._sent(method, path, headers, body, stream)
            with answer:
                if not (answer.ok or (may_lack and answer.status_code == HTTPStatus.NOT_FOUND)):
                    raise NotMirrored(self._refusal(what, answer))
                yield answer
        except requests.RequestException as error:
            raise ConnectionError(f"{self._host} does not answer {what}: {error}") from None

    def _sent(
        self, method: str, path: str, headers: Mapping[str, str] | None, body: "Body | bytes | None", stream: bool
    ) -> requests.Response:
        url = path if path.startswith(("http://", "https://")) else f"{self._url}{path}"
        # A place to send to may be another host's, with a signature of its own.
        signed = self._signed if urlsplit(url).netloc == self._host else {}
        data: Any = body
        return self._session.request(
            method, url, headers={**(headers or {}), **signed}, data=data, stream=stream, timeout=_PATIENCE
        )

    def _sign_in(self, answer: requests.Response) -> None:
        """As the registry's challenge asks: with a password, or with a short token for this repository."""
        scheme, _, rest = answer.headers.get("WWW-Authenticate", "").partition(" ")
        challenge = {key.lower(): value for key, value in _CHALLENGE.findall(rest)}
        known = self._credentials(self._host)
        if scheme.lower() == "basic" and known is not None:
            self._signed = {"Authorization": _basic(known)}
        elif scheme.lower() == "bearer" and "realm" in challenge:
            self._signed = {"Authorization": f"Bearer {self._token(challenge, known)}"}

    def _token(self, challenge: Mapping[str, str], known: Credentials | None) -> str:
        realm = challenge["realm"]
        if urlsplit(realm).scheme != "https" and not _is_here(urlsplit(realm).netloc):
            raise NotMirrored(f"{self._host} wants credentials to be sent to {realm}, which is not https")
        asked = {"service": challenge.get("service", self._host), "scope": self._scope}
        if known is not None and known.identity_token is not None:
            # Docker, "OAuth2 token authentication".
            form = {
                **asked,
                "grant_type": "refresh_token",
                "client_id": "wayfare",
                "refresh_token": known.identity_token,
            }
            answer = self._session.post(realm, data=form, timeout=_PATIENCE)
        else:
            headers = {} if known is None else {"Authorization": _basic(known)}
            answer = self._session.get(realm, params=asked, headers=headers, timeout=_PATIENCE)
        if not answer.ok:
            raise NotMirrored(self._refusal(f"signing in at {realm}", answer))
        told = answer.json()
        return str(told.get("access_token") or told.get("token") or "")

    def _refusal(self, what: str, answer: requests.Response) -> str:
        said = "; ".join(_errors(answer)) or answer.reason
        barred = answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        hint = f"; {remedy(self._host)}" if barred else ""
        return f"{self} refuses {what}: {answer.status_code} {said}{hint}"


class _Unsigned(AuthBase):
    """Keeps `requests` from taking credentials out of a netrc file: they are Docker's to give."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _errors(answer: requests.Response) -> Iterable[str]:
    """What the specification has a registry say."""
    try:
        rows = answer.json()["errors"]
        return [f"{row.get('code', '')} {row.get('message', '')}".strip()[:300] for row in rows]
    except (ValueError, LookupError, TypeError, AttributeError):
        return ()


def _basic(known: Credentials) -> str:
    return f"Basic {base64.b64encode(f'{known.username}:{known.password}'.encode()).decode()}"


def _with(url: str, **more: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *more.items()])))


def _is_here(netloc: str) -> bool:
    name = urlsplit(f"//{netloc}").hostname or ""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
