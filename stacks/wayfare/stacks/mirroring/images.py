"""What an image is called, and what it consists of. Pure.

After the OCI's specifications: "Image Manifest", "Image Index", and "Content Descriptors"; Docker's own forms of both
have the same fields ("Image Manifest Version 2, Schema 2").
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, cast

#: The forms that are asked for. A registry turns one into another for whoever does not name it, and its digest with it.
MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class NotMirrored(Exception):
    """An image could not be copied; the message says which, where and what to try."""


@dataclass(frozen=True)
class Image:
    """An image's name, in its parts."""

    host: str
    """Of the registry, with its port where it has one."""
    repository: str
    reference: str
    """A digest, or else a tag."""

    @classmethod
    def read(cls, text: str) -> "Image":
        """From a name that says its registry, such as `registry.example/team/train:1.4`. Raises NotMirrored."""
        name, _, digest = text.partition("@")
        host, _, path = name.partition("/")
        repository, _, tag = path.partition(":")
        if not repository or not ("." in host or ":" in host or host == "localhost"):
            raise NotMirrored(f"{text} does not say which registry it is in")
        return cls(host, repository, digest or tag or "latest")

    def __str__(self) -> str:
        joint = "@" if _DIGEST.fullmatch(self.reference) else ":"
        return f"{self.host}/{self.repository}{joint}{self.reference}"


@dataclass(frozen=True)
class Part:
    """Something that a manifest names by its digest."""

    digest: str
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Manifest:
    """An image's manifest, or the index of those for several platforms: exactly the bytes that its digest is of."""

    content: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """`sha256:…` of its bytes."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"

    @property
    def manifests(self) -> tuple[Part, ...]:
        """Those that an index names; none of an image. Raises NotMirrored."""
        return tuple(_part(each) for each in self._rows("manifests"))

    @property
    def blobs(self) -> tuple[Part, ...]:
        """Configuration and layers of an image; none of an index. Raises NotMirrored."""
        config = self._read().get("config")
        return tuple(_part(each) for each in (*([] if config is None else [config]), *self._rows("layers")))

    def _rows(self, key: str) -> list[object]:
        found: object = self._read().get(key)
        return cast("list[object]", found) if isinstance(found, list) else []

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self.content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise NotMirrored(f"the manifest {self.digest} is not JSON")
        return cast("dict[str, Any]", found)


def _part(row: object) -> Part:
    """A descriptor. Its digest becomes a part of paths, so that it must be one."""
    given = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    digest, size = given.get("digest"), given.get("size")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest) or not isinstance(size, int) or size < 0:
        raise NotMirrored(f"a manifest names {digest!r} of {size!r} bytes, which is no SHA-256 digest with a size")
    return Part(digest, size)
