"""An installation of a Kubernetes is whole and fits the pins, or it is not there at all."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from wayfare.stacks.golang import NotInstalled, Report
from wayfare.stacks.kubernetes import install as installation
from wayfare.stacks.kubernetes import pins as pinned
from wayfare.stacks.kubernetes.install import KubernetesMissing, find, install, require
from wayfare.stacks.kubernetes.pins import MANIFESTS, PROGRAMS, Pins, link, pins


@dataclass
class Source:
    """Programs that run without having been built, and how often they were asked for."""

    leaves_out: str = ""
    says: str = "exit 0"
    calls: int = 0

    def __call__(self, directory: Path, wanted: Pins, report: Report) -> None:
        self.calls += 1
        report(f"wanted: {wanted.digest}")
        (directory / "bin").mkdir(parents=True)
        for program in PROGRAMS:
            if program.name != self.leaves_out:
                (directory / "bin" / program.name).write_text(f"#!/bin/sh\n{self.says}\n", encoding="utf-8")
                (directory / "bin" / program.name).chmod(0o755)
        for manifests in MANIFESTS:
            place = directory / "manifests" / manifests.folder
            place.mkdir(parents=True)
            (place / "webhooks.yaml").touch()


def quiet(_: str) -> None:
    pass


def test_what_is_installed_is_found_again_and_not_built_twice(tmp_path: Path) -> None:
    source = Source()
    first = install(quiet, tmp_path, source)
    assert first.directory == tmp_path / pins().digest
    assert install(quiet, tmp_path, source) == first == find(tmp_path) == require(tmp_path)
    assert source.calls == 1


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (Source(leaves_out="kwok"), "came without bin/kwok"),
        (Source(says="exit 3"), "etcd does not run"),
    ],
)
def test_what_fails_leaves_nothing_behind(tmp_path: Path, source: Source, reason: str) -> None:
    with pytest.raises(NotInstalled, match=reason):
        install(quiet, tmp_path, source)
    assert find(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
    with pytest.raises(KubernetesMissing, match="wayfare kubernetes install"):
        require(tmp_path)


def test_what_is_damaged_or_of_other_pins_is_replaced(tmp_path: Path) -> None:
    home = install(quiet, tmp_path, Source()).directory
    (home / "bin" / "etcd").unlink()
    assert find(tmp_path) is None
    install(quiet, tmp_path, Source())
    (home / "kubernetes.json").write_text(json.dumps({"digest": "another"}), encoding="utf-8")
    assert find(tmp_path) is None
    assert find(install(quiet, tmp_path, Source()).directory.parent) is not None


FAKE_GO = """#!/bin/sh
here=$(dirname "$0")
case "$1" in
env) echo go1.99.1 ;;
list) for path in "$@"; do :; done; echo "$here/modules/$path" ;;
build)
    echo "$GOFLAGS|$*" >> "$here/calls"
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\n' > "$2"; chmod +x "$2" ;;
esac
"""


def test_every_program_is_built_reproducibly_and_manifests_come_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    go.mkdir()
    (go / "go").write_text(FAKE_GO, encoding="utf-8")
    (go / "go").chmod(0o755)
    for manifests in MANIFESTS:
        module = go / "modules" / manifests.module
        (module / manifests.definitions).mkdir(parents=True)
        (module / manifests.definitions / "kind.yaml").write_text("kind: CustomResourceDefinition\n", encoding="utf-8")
        (module / manifests.webhooks).parent.mkdir(parents=True, exist_ok=True)
        (module / manifests.webhooks).write_text("kind: ValidatingWebhookConfiguration\n", encoding="utf-8")
        (module / manifests.webhooks).chmod(0o444)
    monkeypatch.setenv("PATH", f"{go}:/usr/bin:/bin")
    monkeypatch.setenv("GOFLAGS", "-tags=mine")
    found = install(quiet, tmp_path / "cache")
    calls = (go / "calls").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition(" ")[2] for line in calls] == [program.package for program in PROGRAMS]
    assert all(line.startswith("|build ") and "-trimpath" in line and "-mod=readonly" in line for line in calls)
    assert {line.split("|")[0] for line in calls} == {""}
    assert "gitVersion=v1." in next(line for line in calls if "kube-apiserver" in line)
    for manifests in MANIFESTS:
        place = found.directory / "manifests" / manifests.folder
        assert (place / "definitions" / "kind.yaml").is_file()
        assert (place / "webhooks.yaml").stat().st_mode & 0o200


def test_the_digest_follows_the_pins_and_how_they_are_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in PROGRAMS:
        folder = tmp_path / "kubernetes" / program.folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("go.mod", "go.sum"):
            (folder / name).write_bytes((pinned.modules() / program.folder / name).read_bytes())
    assert pins(tmp_path) == pins()
    sums = tmp_path / "kubernetes" / "kueue" / "go.sum"
    sums.write_text(sums.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    other, shipped = pins(tmp_path).digest, pins().digest
    assert other != shipped
    monkeypatch.setattr(pinned, "REPRODUCIBLE", ("-race",))
    assert pins(tmp_path).digest not in (other, shipped)


def test_a_control_plane_says_its_version() -> None:
    wanted = pins()
    said = {program.name: link(program, wanted.versions[program.folder]) for program in PROGRAMS}
    assert f"gitVersion=v{wanted.versions['kubernetes']} " in said["kube-scheduler"]
    assert "gitMinor=36" in said["kube-scheduler"]
    assert said["etcd"] == ""


def test_the_cache_is_the_users() -> None:
    assert installation.cache_directory().name == "kubernetes"
