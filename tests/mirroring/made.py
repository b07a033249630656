"""An image for two platforms, made here: an index, two manifests that share a layer, and their blobs."""

import hashlib
import json
from dataclasses import dataclass

from wayfare.stacks.mirroring.images import Manifest, Part

INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.oci.image.manifest.v1+json"
_CONFIG, _LAYER = "application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True)
class Made:
    """All of it."""

    index: Manifest
    images: tuple[Manifest, ...]
    blobs: dict[str, bytes]
    """By digest."""

    @property
    def parts(self) -> list[Part]:
        return [Part(digest, len(content)) for digest, content in self.blobs.items()]


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def made(seed: str = "train", layer: int = 300_000) -> Made:
    """Another `seed` is another image. `layer`: bytes of the largest layer."""
    shared = (seed.encode() * (layer // len(seed) + 1))[:layer]
    blobs = {digest(shared): shared, digest(b""): b""}
    images: list[Manifest] = []
    for platform in ("amd64", "arm64"):
        own, config = f"{seed} {platform}".encode(), json.dumps({"architecture": platform, "os": "linux"}).encode()
        blobs |= {digest(own): own, digest(config): config}
        content = {
            "schemaVersion": 2,
            "mediaType": IMAGE,
            "config": _described(config, _CONFIG),
            "layers": [_described(each, _LAYER) for each in (shared, own, b"")],
        }
        # Spaces that nobody needs: whoever wrote it anew would have another digest.
        images.append(Manifest(json.dumps(content, indent=3).encode(), IMAGE))
    index = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [_described(each.content, each.media_type) for each in images],
    }
    return Made(Manifest(json.dumps(index, indent=3).encode(), INDEX), tuple(images), blobs)


def _described(content: bytes, media_type: str) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest(content), "size": len(content)}
