"""Images between two real registries, of which one wants a password."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from tests.mirroring.made import Made, made
from tests.mirroring.servers import Served
from wayfare.stacks.mirroring.images import NotMirrored
from wayfare.stacks.mirroring.mirror import Mirrored, content, mirror, tag
from wayfare.stacks.mirroring.registry import Registry
from wayfare.stacks.mirroring.stores import Layout


def repository(served: Served, name: str, *, push: bool = False) -> Registry:
    return Registry(served.host, name, push=push, credentials=lambda _: served.known)


def pushed(served: Served, folder: Path, name: str, image: Made) -> None:
    """An image in a registry, by way of a folder."""
    store = Layout(folder)
    (folder / "blobs" / "sha256").mkdir(parents=True)
    for manifest in (*image.images, image.index):
        image.blobs[manifest.digest] = manifest.content
    for digest, held in image.blobs.items():
        (folder / "blobs" / "sha256" / digest.removeprefix("sha256:")).write_bytes(held)
    mirror(store, content(store, image.index.digest, name), repository(served, name, push=True))


def kept(served: Served) -> dict[str, bytes]:
    """By digest, what a registry has on disk."""
    files = [file for file in served.blobs.rglob("data") if file.is_file()]
    return {f"sha256:{file.parent.name}": file.read_bytes() for file in files}


@pytest.mark.parametrize("layer", [1, 300_000, 40_000_000])
def test_every_byte_comes_to_a_guarded_registry_and_back(
    tmp_path: Path, open_registry: Served, guarded_registry: Served, layer: int
) -> None:
    image, name = made(f"train-{layer}", layer), f"team/train-{layer}"
    pushed(open_registry, tmp_path / "image", name, image)
    source, target = repository(open_registry, name), repository(guarded_registry, name, push=True)
    wanted = content(source, tag(image.index.digest), name)
    done = mirror(source, wanted, target)
    assert done == Mirrored(image.index.digest, len(wanted.blobs), wanted.size)
    there = kept(guarded_registry)
    for digest, held in image.blobs.items():
        assert there[digest] == held
        assert f"sha256:{hashlib.sha256(there[digest]).hexdigest()}" == digest
    assert repository(guarded_registry, name).manifest(tag(image.index.digest)) == image.index
    assert mirror(source, wanted, target).blobs == 0
    back = repository(open_registry, f"{name}-back", push=True)
    assert mirror(repository(guarded_registry, name), wanted, back).digest == image.index.digest
    assert content(back, image.index.digest, name).blobs == wanted.blobs


def test_nobody_is_let_in_without_the_password(
    guarded_registry: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert guarded_registry.known is not None
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(NotMirrored, match=r"401 UNAUTHORIZED .*; sign in: docker login 127\.0\.0\.1"):
        Registry(guarded_registry.host, "llm").manifest("1.4")
    # As `docker login` leaves it.
    pair = f"{guarded_registry.known.username}:{guarded_registry.known.password}"
    auths = {guarded_registry.host: {"auth": base64.b64encode(pair.encode()).decode()}}
    (tmp_path / "config.json").write_text(json.dumps({"auths": auths}), encoding="utf-8")
    assert Registry(guarded_registry.host, "llm").manifest("1.4") is None


def test_what_is_damaged_in_a_registry_stays_there(tmp_path: Path, open_registry: Served) -> None:
    image = made("damaged")
    pushed(open_registry, tmp_path / "image", "damaged", image)
    source = repository(open_registry, "damaged")
    wanted = content(source, image.index.digest, "damaged")
    layer = max(wanted.blobs, key=lambda each: each.size)
    (file,) = open_registry.blobs.rglob(f"{layer.digest.removeprefix('sha256:')}/data")
    file.write_bytes(b"x" * layer.size)
    # A repository of a registry of its own: within one, a blob that is known is known everywhere.
    with pytest.raises(NotMirrored):
        mirror(source, wanted, Layout(tmp_path / "target"))
    assert Layout(tmp_path / "target").manifest(image.index.digest) is None
