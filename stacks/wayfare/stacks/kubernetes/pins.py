"""Which programs a real Kubernetes consists of, and their pins: the go.mod files under `tools/kubernetes/`.

Kubernetes is of the version that AWS gives its clusters by default; Kueue, JobSet and LeaderWorkerSet are of the ones
that the charts install.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wayfare.stacks.engine.install_pins import tools
from wayfare.stacks.golang import REPRODUCIBLE
from wayfare.stacks.gomod import least_go, release, required


@dataclass(frozen=True)
class Program:
    """One program, built from a package of a Go module."""

    name: str
    folder: str
    """Under `tools/kubernetes/`."""
    package: str
    module: str
    """The module that the folder pins."""


@dataclass(frozen=True)
class Manifests:
    """What a controller's module carries for the cluster: its definitions and its webhooks."""

    folder: str
    module: str
    definitions: str
    """The folder of its custom resource definitions, in the module."""
    webhooks: str
    """The file of its webhooks' configurations."""


def _kubernetes(name: str) -> Program:
    return Program(name, "kubernetes", f"k8s.io/kubernetes/cmd/{name}", "k8s.io/kubernetes")


PROGRAMS: tuple[Program, ...] = (
    # Its root module gives no program.
    Program("etcd", "etcd", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3"),
    _kubernetes("kube-apiserver"),
    _kubernetes("kube-controller-manager"),
    _kubernetes("kube-scheduler"),
    Program("kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok", "sigs.k8s.io/kwok"),
    Program("kueue", "kueue", "sigs.k8s.io/kueue/cmd/kueue", "sigs.k8s.io/kueue"),
    Program("jobset", "jobset", "sigs.k8s.io/jobset", "sigs.k8s.io/jobset"),
    Program("lws", "lws", "sigs.k8s.io/lws/cmd", "sigs.k8s.io/lws"),
)

MANIFESTS: tuple[Manifests, ...] = (
    Manifests("kueue", "sigs.k8s.io/kueue", "config/components/crd/bases", "config/components/webhook/manifests.yaml"),
    Manifests(
        "jobset", "sigs.k8s.io/jobset", "config/components/crd/bases", "config/components/webhook/manifests.yaml"
    ),
    Manifests("lws", "sigs.k8s.io/lws", "config/crd/bases", "config/webhook/manifests.yaml"),
)


@dataclass(frozen=True)
class Pins:
    """What the go.mod files ask for."""

    versions: Mapping[str, str]
    """By the programs' folders, without a leading `v`."""
    go: str
    """The least Go that builds all of them."""
    digest: str
    """Of the files and of how they are built: the same pins give the same programs."""


def modules(folder: Path | None = None) -> Path:
    """The folder that holds the go.mod files' folders."""
    return (folder or tools()) / "kubernetes"


def link(program: Program, version: str) -> str:
    """What the linker sets. Without it a control plane calls itself v0.0.0-master, which no client fits."""
    if program.folder != "kubernetes":
        return ""
    major, minor, _ = version.split(".", 2)
    base = "-X k8s.io/component-base/version"
    return f"{base}.gitVersion=v{version} {base}.gitMajor={major} {base}.gitMinor={minor}"


def pins(folder: Path | None = None) -> Pins:
    """Read the pins from `folder`, by default the one that comes with this version of Wayfare."""
    root, digest = modules(folder), hashlib.sha256(repr((REPRODUCIBLE, PROGRAMS, MANIFESTS)).encode())
    versions, least = dict[str, str](), list[str]()
    for program in PROGRAMS:
        text = (root / program.folder / "go.mod").read_text(encoding="utf-8")
        if program.folder not in versions:
            digest.update(text.encode() + (root / program.folder / "go.sum").read_bytes())
        versions[program.folder] = required(text, program.module)
        least.append(least_go(text))
    return Pins(versions, max(least, key=release), digest.hexdigest()[:12])
