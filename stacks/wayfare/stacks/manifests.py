"""The workload's manifests, for whoever applies them otherwise than by the cluster's stack. Pure.

Files are named in the order in which they are applied; charts come first, as a helmfile. The same plan gives the same
bytes.
"""

from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from wayfare.components.kubernetes.layers import Layers, Release
from wayfare.components.pods import ClusterObject

#: The first line of every file: what has it is written anew.
HEAD = "# Written by `wayfare render`: change the blueprint instead."

CHARTS = "helmfile.yaml"


def files(layers: Layers) -> Mapping[str, str]:
    """From a file's name to what it says; a layer without objects has no file."""
    parts: dict[str, Iterable[ClusterObject]] = {
        "10-namespace.yaml": (layers.namespace,),
        "20-ground.yaml": layers.ground,
        "30-devices.yaml": layers.devices,
        "40-beside.yaml": layers.beside,
        "50-workload.yaml": (layers.workload,),
    }
    written = {name: _text(*(each.manifest() for each in objects)) for name, objects in parts.items() if objects}
    resources = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(written),
    }
    releases = (*layers.plugins, *layers.operators)
    charts = {CHARTS: _text(_helmfile(releases))} if releases else {}
    return {**charts, **written, "kustomization.yaml": _text(resources)}


def _helmfile(releases: Iterable[Release]) -> dict[str, Any]:
    """Charts in order: https://helmfile.readthedocs.io, "Configuration"."""
    rows = list(releases)
    plain = sorted({(_alias(each), each.chart.repository) for each in rows if not each.chart.in_registry})
    return {
        "repositories": [{"name": alias, "url": url} for alias, url in plain],
        "releases": [
            {
                "name": each.chart.name,
                "namespace": each.chart.namespace,
                "chart": each.chart.reference if each.chart.in_registry else f"{_alias(each)}/{each.chart.name}",
                "version": each.chart.version,
                **({"values": [each.values]} if each.values else {}),
            }
            for each in rows
        ],
    }


def _alias(release: Release) -> str:
    """A name for a repository: charts of one repository share it."""
    return release.chart.repository.partition("://")[2].strip("/").replace("/", "-").replace(".", "-").lower()


def _text(*documents: Mapping[str, Any]) -> str:
    yaml, out = YAML(typ="safe", pure=True), StringIO()
    yaml.default_flow_style = False
    yaml.width = 10_000
    yaml.representer.ignore_aliases = lambda _data: True  # pyright: ignore[reportUnknownMemberType, reportUnknownLambdaType] - ruamel is untyped
    yaml.explicit_start = True  # pyright: ignore[reportAttributeAccessIssue] - ruamel is untyped
    yaml.dump_all([_plain(each) for each in documents], out)  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
    return f"{HEAD}\n{out.getvalue()}"


def _plain(value: Any) -> Any:
    """Mappings and sequences of whatever kind as YAML's own."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - any JSON
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType] - any JSON
    return value
