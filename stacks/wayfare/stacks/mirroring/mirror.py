"""An image copied by its digest: every manifest of it, every blob, and then the look that it is the same."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from wayfare.stacks.mirroring.images import Manifest, NotMirrored, Part
from wayfare.stacks.mirroring.stores import Store

#: Blobs that are on their way at once.
_AT_ONCE = 4

#: How often one is tried whose connection breaks.
_TRIES = 3

_DIGITS = 16


@dataclass(frozen=True)
class Mirrored:
    """What came of it."""

    digest: str
    """Of the image's manifest or index, the same on both sides."""
    blobs: int
    """Those that were copied; what the target had is not copied again."""
    size: int
    """Their bytes."""


@dataclass(frozen=True)
class Content:
    """What an image consists of."""

    top: Manifest
    manifests: tuple[Manifest, ...]
    """All of them, each after those that it names; the last is the top."""
    blobs: tuple[Part, ...]
    """Each once."""

    @property
    def size(self) -> int:
        """Bytes of all blobs."""
        return sum(each.size for each in self.blobs)


def content(store: Store, reference: str, called: str) -> Content:
    """Read what an image consists of; `called` is its name, for errors. Raises NotMirrored."""
    top = store.manifest(reference)
    if top is None:
        raise NotMirrored(f"there is no image {called}; push it, or name one that is there")
    manifests: dict[str, Manifest] = {}
    _walk(store, top, manifests, called)
    blobs = {each.digest: each for manifest in manifests.values() for each in manifest.blobs}
    return Content(top, tuple(manifests.values()), tuple(blobs.values()))


def _walk(store: Store, manifest: Manifest, found: dict[str, Manifest], called: str) -> None:
    """Depth first, so that what is named comes before what names it. A digest cannot be among those that it names."""
    for part in manifest.manifests:
        if part.digest in found:
            continue
        named = store.manifest(part.digest)
        if named is None or named.digest != part.digest:
            raise NotMirrored(f"{called} names the manifest {part.digest}, which is not there as it was")
        _walk(store, named, found, called)
    found[manifest.digest] = manifest


def tag(digest: str) -> str:
    """The copy's tag: registries tidy away what has none. Whoever has other tags there finds them untouched."""
    return f"mirrored-{digest.removeprefix('sha256:')[:_DIGITS]}"


def mirror(source: Store, wanted: Content, target: Store, fence: Callable[[], None] = lambda: None) -> Mirrored:
    """Copy what the target has not, and see that it has the same then. Called again it goes on. Raises NotMirrored.

    `fence` raises where whoever calls may not act any more.
    """
    fence()
    missing = [each for each in wanted.blobs if not target.has_blob(each)]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="blobs") as pool:
        try:
            for _ in pool.map(partial(_copied, source, target, fence), missing):
                pass
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    fence()
    for manifest in wanted.manifests:
        if target.manifest(manifest.digest) is None:
            target.put_manifest(manifest.digest, manifest)
    digest = wanted.top.digest
    if (there := target.manifest(tag(digest))) is None or there.digest != digest:
        target.put_manifest(tag(digest), wanted.top)
    there = target.manifest(tag(digest))
    if there is None or there.digest != digest:
        raise NotMirrored(f"{target} has {there.digest if there else 'nothing'} where {digest} was put")
    return Mirrored(digest, len(missing), sum(each.size for each in missing))


def _copied(source: Store, target: Store, fence: Callable[[], None], part: Part) -> None:
    for left in reversed(range(_TRIES)):
        fence()
        try:
            with source.blob(part) as body:
                target.put_blob(part, body)
        except ConnectionError as error:
            if not left:
                raise NotMirrored(f"{part.digest} did not come to {target} in {_TRIES} tries: {error}") from None
        else:
            return
