"""An image from one registry to another: the same digest, nothing twice, and nobody's credentials elsewhere."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.mirroring.made import Made, digest, made
from tests.unit.mirroring.registry import Fake, running
from wayfare.stacks.mirroring.images import Image, NotMirrored
from wayfare.stacks.mirroring.mirror import Mirrored, content, mirror, tag
from wayfare.stacks.mirroring.registry import Registry
from wayfare.stacks.mirroring.signing import Credentials, remedy, signed_in
from wayfare.stacks.mirroring.stores import Layout


@pytest.fixture
def source() -> Generator[Fake]:
    with running(Fake()) as fake:
        yield fake


@pytest.fixture
def target() -> Generator[Fake]:
    with running(Fake()) as fake:
        yield fake


def hold(fake: Fake, image: Made, reference: str) -> None:
    fake.blobs |= image.blobs
    for manifest in (image.index, *image.images):
        fake.manifests[manifest.digest] = manifest.content, manifest.media_type
    fake.manifests[reference] = image.index.content, image.index.media_type


def registry(fake: Fake, *, push: bool = False, known: Credentials | None = None) -> Registry:
    return Registry(fake.host, "llm", push=push, credentials=lambda _: known)


def has_all(fake: Fake, image: Made) -> bool:
    there = {key: content for key, (content, _) in fake.manifests.items()}
    named = {each.digest: each.content for each in (image.index, *image.images)}
    return fake.blobs == image.blobs and named.items() <= there.items()


def test_all_platforms_come_byte_for_byte_and_nothing_comes_twice(source: Fake, target: Fake) -> None:
    image = made()
    hold(source, image, "1.4")
    wanted = content(registry(source), "1.4", "llm:1.4")
    assert wanted.top == image.index
    assert wanted.manifests[-1] == image.index
    assert {each.digest for each in wanted.blobs} == image.blobs.keys()
    done = mirror(registry(source), wanted, registry(target, push=True))
    assert done == Mirrored(image.index.digest, len(image.blobs), sum(map(len, image.blobs.values())))
    assert has_all(target, image)
    assert target.manifests[tag(image.index.digest)] == (image.index.content, image.index.media_type)
    sent = target.uploads()
    assert mirror(registry(source), wanted, registry(target, push=True)) == Mirrored(image.index.digest, 0, 0)
    assert target.uploads() == sent
    # What is missing is made good, and no more.
    lost = next(iter(image.blobs))
    del target.blobs[lost]
    assert mirror(registry(source), wanted, registry(target, push=True)).blobs == 1
    assert has_all(target, image)


def test_a_connection_that_breaks_is_tried_again_and_not_for_ever(source: Fake, target: Fake) -> None:
    image = made()
    hold(source, image, "1.4")
    wanted = content(registry(source), "1.4", "llm:1.4")
    source.cut = 2
    mirror(registry(source), wanted, registry(target, push=True))
    assert has_all(target, image)
    target.blobs.clear()
    source.cut = 1000
    with pytest.raises(NotMirrored, match="3 tries"):
        mirror(registry(source), wanted, registry(target, push=True))
    assert not target.blobs.keys() - {digest(b"")}


def test_a_registry_that_gives_other_bytes_is_found_out(source: Fake, target: Fake) -> None:
    image = made()
    hold(source, image, "1.4")
    source.lies[image.images[0].digest] = image.images[1].content
    with pytest.raises(NotMirrored, match="other bytes"):
        content(registry(source), "1.4", "llm:1.4")
    source.lies.clear()
    wanted = content(registry(source), "1.4", "llm:1.4")
    layer = max(image.blobs, key=lambda each: len(image.blobs[each]))
    source.blobs[layer] = b"x" * len(image.blobs[layer])
    with pytest.raises(NotMirrored, match="DIGEST_INVALID no match"):
        mirror(registry(source), wanted, registry(target, push=True))
    assert image.index.digest not in target.manifests
    with pytest.raises(NotMirrored, match=r"no image llm:2\.0"):
        content(registry(source), "2.0", "llm:2.0")


@pytest.mark.parametrize("named", ["sha256:../../etc/passwd", "md5:d41d8cd98f00b204e9800998ecf8427e", None, 7])
def test_what_is_no_digest_becomes_no_path(source: Fake, named: object) -> None:
    evil: dict[str, object] = {"schemaVersion": 2, "config": {"digest": named, "size": 3}, "layers": []}
    source.manifests["1.4"] = json.dumps(evil).encode(), "application/vnd.oci.image.manifest.v1+json"
    with pytest.raises(NotMirrored, match="no SHA-256 digest"):
        content(registry(source), "1.4", "llm:1.4")


def test_a_token_is_for_one_repository_and_goes_nowhere_else(source: Fake, target: Fake) -> None:
    image = made()
    hold(source, image, "1.4")
    hold(target, image, "1.4")
    source.token, source.elsewhere = "short", target.host
    wanted = content(registry(source, known=Credentials("me", "word")), "1.4", "llm:1.4")
    assert {row["scope"] for row in source.grants} == {"repository:llm:pull"}
    assert {row["authorization"] for row in source.grants} == {"Basic bWU6d29yZA=="}
    with registry(source, known=Credentials("me", "word")).blob(wanted.blobs[0]) as body:
        assert b"".join(body) == image.blobs[wanted.blobs[0].digest]
    assert {who for _, _, who in target.asked} == {""}, "the other host is told nothing"


def test_an_identity_token_is_exchanged_for_one_that_may_push(source: Fake, target: Fake) -> None:
    image = made()
    hold(source, image, "1.4")
    target.token, target.refresh = "short", "long"
    wanted = content(registry(source), "1.4", "llm:1.4")
    known = Credentials("", "", "long")
    mirror(registry(source), wanted, registry(target, push=True, known=known))
    assert has_all(target, image)
    assert {row["scope"] for row in target.grants} == {"repository:llm:pull,push"}
    assert {row["grant_type"] for row in target.grants} == {"refresh_token"}
    with pytest.raises(NotMirrored, match=r"403 DENIED who are you; sign in: docker login 127"):
        registry(target, known=Credentials("", "", "wrong")).manifest("1.4")


def test_a_folder_is_a_repository_too_and_takes_no_other_bytes(tmp_path: Path, source: Fake) -> None:
    image = made()
    hold(source, image, "1.4")
    wanted = content(registry(source), "1.4", "llm:1.4")
    first, second = Layout(tmp_path / "first"), Layout(tmp_path / "second")
    mirror(registry(source), wanted, first)
    assert first.manifest(tag(image.index.digest)) == image.index
    again = content(first, image.index.digest, "first")
    assert (again.top, set(again.blobs)) == (wanted.top, set(wanted.blobs))
    assert mirror(first, again, second).blobs == len(image.blobs)
    assert second.manifest(image.images[1].digest) == image.images[1]
    broken = first.manifest("nothing")
    assert broken is None
    largest = max(image.parts, key=lambda each: each.size)
    (tmp_path / "first" / "blobs" / "sha256" / largest.digest.removeprefix("sha256:")).write_bytes(b"x" * largest.size)
    with pytest.raises(NotMirrored, match="other bytes"):
        mirror(first, again, Layout(tmp_path / "third"))
    assert not list((tmp_path / "third").rglob(".*"))


def test_credentials_are_docker_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = tmp_path / "docker-credential-asked"
    helper.write_text('#!/bin/sh\nread host\nprintf \'{"Username": "<token>", "Secret": "from %s"}\' "$host"\n')
    helper.chmod(0o755)
    config = {
        "auths": {
            "one.example": {"auth": "bWU6d29yZA=="},
            "two.azurecr.io": {"auth": "MDAwOg==", "identitytoken": "long"},
        },
        "credHelpers": {"three.example": "asked", "four.example": "missing"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert signed_in("one.example") == Credentials("me", "word")
    assert signed_in("two.azurecr.io") == Credentials("", "", "long")
    assert signed_in("three.example") == Credentials("", "", "from three.example")
    assert signed_in("five.example") is None
    with pytest.raises(NotMirrored, match=r"four\.example cannot be read: .*; sign in: docker login four\.example"):
        signed_in("four.example")
    assert "word" not in repr(signed_in("one.example"))


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com", "aws ecr get-login-password --region us-east-1 | docker"),
        ("wfllm01.azurecr.io", "az acr login --name wfllm01"),
        ("us-east4-docker.pkg.dev", "gcloud auth configure-docker us-east4-docker.pkg.dev"),
        ("registry.example", "docker login registry.example"),
    ],
)
def test_a_refusal_says_how_to_sign_in(host: str, says: str) -> None:
    assert says in remedy(host)


def test_a_name_says_registry_repository_and_which() -> None:
    one = "a" * 64
    assert Image.read("registry.example:5000/team/train:1.4") == Image("registry.example:5000", "team/train", "1.4")
    assert Image.read(f"registry.example/train:1.4@sha256:{one}").reference == f"sha256:{one}"
    assert str(Image.read(f"registry.example/train:1.4@sha256:{one}")) == f"registry.example/train@sha256:{one}"
    assert Image.read("registry.example/train").reference == "latest"
    with pytest.raises(NotMirrored, match="which registry"):
        Image.read("vllm/vllm-openai:v1")
