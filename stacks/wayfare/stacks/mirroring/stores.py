"""Where images are kept: what `mirror` asks of a repository, and one that is a folder."""

import hashlib
import json
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from wayfare.stacks.mirroring.images import Manifest, NotMirrored, Part

#: Bytes that are in memory at once.
CHUNK = 1 << 20


class Body(Protocol):
    """The bytes of a blob, as they come."""

    def __len__(self) -> int:
        """All of them."""
        ...

    def read(self, count: int = -1, /) -> bytes:
        """The next ones; nothing at the end."""
        ...

    def __iter__(self) -> Iterator[bytes]:
        """All of them, in parts."""
        ...


class Store(Protocol):
    """One repository. Each call raises NotMirrored."""

    def manifest(self, reference: str) -> Manifest | None:
        """The manifest under a tag or a digest, or None."""
        ...

    def has_blob(self, part: Part) -> bool:
        """Whether a blob is there."""
        ...

    def blob(self, part: Part) -> AbstractContextManager[Body]:
        """A blob's bytes, for as long as the context is."""
        ...

    def put_blob(self, part: Part, body: Body) -> None:
        """Keep a blob, if its bytes are what its digest says."""
        ...

    def put_manifest(self, reference: str, manifest: Manifest) -> None:
        """Keep a manifest, whose parts are there, under a tag or its digest."""
        ...


class Layout:
    """A folder in the form of the OCI's "Image Layout", by which other tools write and read images, too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return str(self._folder)

    def manifest(self, reference: str) -> Manifest | None:
        """The manifest under a tag or a digest, or None."""
        for row in self._index():
            if reference in (row.get("digest"), _tag(row)):
                return self._read(str(row["digest"]), str(row["mediaType"]))
        if not reference.startswith("sha256:") or not self._blob(reference).is_file():
            return None
        # One of an index's, which the layout's own does not name.
        content = self._blob(reference).read_bytes()
        return self._read(reference, str(json.loads(content).get("mediaType", "")))

    def has_blob(self, part: Part) -> bool:
        """Whether a blob is there."""
        return self._blob(part.digest).is_file()

    @contextmanager
    def blob(self, part: Part) -> Generator[Body]:
        """A blob's bytes."""
        try:
            file = self._blob(part.digest).open("rb")
        except OSError as error:
            raise NotMirrored(f"{self._folder} names {part.digest} and does not have it: {error}") from None
        with file:
            yield Read(file.read, part.size)

    def put_blob(self, part: Part, body: Body) -> None:
        """Keep a blob, if its bytes are what its digest says."""
        place = self._blob(part.digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        made, digest = place.with_name(f".{uuid4()}"), hashlib.sha256()
        try:
            with made.open("wb") as file:
                for chunk in body:
                    digest.update(chunk)
                    file.write(chunk)
            if f"sha256:{digest.hexdigest()}" != part.digest:
                raise NotMirrored(f"other bytes came than those of {part.digest}")
            made.replace(place)
        finally:
            made.unlink(missing_ok=True)

    def put_manifest(self, reference: str, manifest: Manifest) -> None:
        """Keep a manifest under a tag or its digest."""
        size = len(manifest.content)
        self.put_blob(Part(manifest.digest, size), Read(BytesIO(manifest.content).read, size))
        if reference == manifest.digest:
            return
        row = {
            "mediaType": manifest.media_type,
            "digest": manifest.digest,
            "size": size,
            "annotations": {_NAME: reference},
        }
        rows = [*(each for each in self._index() if _tag(each) != reference), row]
        _write(self._folder / "oci-layout", {"imageLayoutVersion": "1.0.0"})
        _write(self._folder / "index.json", {"schemaVersion": 2, "manifests": rows})

    def _index(self) -> list[dict[str, Any]]:
        file = self._folder / "index.json"
        return json.loads(file.read_text(encoding="utf-8"))["manifests"] if file.is_file() else []

    def _read(self, digest: str, media_type: str) -> Manifest:
        return Manifest(self._blob(digest).read_bytes(), media_type)

    def _blob(self, digest: str) -> Path:
        return self._folder / "blobs" / "sha256" / digest.removeprefix("sha256:")


class Read:
    """Bytes that are read, their number known beforehand. Raises ConnectionError where fewer come."""

    def __init__(self, read: Callable[[int], bytes], size: int) -> None:
        self._read = read
        self._size = self._left = size

    def __len__(self) -> int:
        return self._size

    def read(self, count: int = -1, /) -> bytes:
        """The next ones."""
        wanted = min(self._left, CHUNK if count < 0 else count)
        chunk = self._read(wanted) if wanted else b""
        if wanted and not chunk:
            raise ConnectionError(f"it ended {self._left} bytes early")
        self._left -= len(chunk)
        return chunk

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read():
            yield chunk


_NAME = "org.opencontainers.image.ref.name"


def _tag(row: dict[str, Any]) -> str | None:
    annotations: dict[str, str] | None = row.get("annotations")
    return None if annotations is None else annotations.get(_NAME)


def _write(file: Path, data: object) -> None:
    new = file.with_name(f".{file.name}.new")
    new.write_text(json.dumps(data), encoding="utf-8")
    new.replace(file)
