"""A graph's Kubernetes objects as manifests, for checkov and kubernetes-validate.

Objects that Kubernetes brings are written as they are. What a custom resource definition brings, no judge knows: each
pod that such an object describes, at any depth (a JobSet's, a LeaderWorkerSet's), is written as a Pod of its own. What
a chart brings is not in the graph; charts are listed, not judged.
"""

import re
from collections.abc import Iterator
from functools import cache
from io import StringIO
from typing import Any, cast

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
from ruamel.yaml import YAML

from tests.golden.graph import Graph, Properties, Resource, Secret
from tests.judges.errors import NotConvertible

PACKAGE = "kubernetes"

_CHART = "kubernetes:helm.sh/v3:Release"

#: Pulumi's own ways to declare many objects at once: what they would make is not in the graph.
_COLLECTIONS = re.compile(r"^kubernetes:(yaml|kustomize|helm\.sh)(/|:)")


def manifests(resources: Graph) -> list[Properties]:
    """Every built-in object, and a Pod for each pod that a custom one describes. Raises NotConvertible."""
    return [each for item in objects(resources) for each in ([item] if built_in(item) else pods(item))]


def objects(resources: Graph) -> list[Properties]:
    """Every object, but for what a chart brings. Raises NotConvertible."""
    return [_object(row) for row in _objects(resources)]


def unread(resources: Graph) -> list[str]:
    """What nobody here can look into: what a chart installs, and custom objects that describe no pod."""
    charts = [f"chart {row.inputs['chart']}" for row in resources.values() if row.type == _CHART]
    items = objects(resources)
    return charts + [str(item["kind"]) for item in items if not built_in(item) and not pods(item)]


def text(items: list[Properties]) -> str:
    """Manifests as one file."""
    yaml, out = YAML(), StringIO()
    yaml.explicit_start = True  # pyright: ignore[reportAttributeAccessIssue] - ruamel is untyped
    yaml.width = 10_000
    yaml.representer.ignore_aliases = lambda _data: True  # pyright: ignore[reportUnknownMemberType, reportUnknownLambdaType] - ruamel is untyped
    yaml.dump_all(items, out)  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
    return out.getvalue()


def built_in(item: Properties) -> bool:
    """Whether Kubernetes brings the kind. kubernetes-validate passes over a group's domain: `batch.volcano.sh`."""
    group = str(item["apiVersion"]).rpartition("/")[0]
    if "." in group and not group.endswith(".k8s.io"):
        return False
    return _known(str(item["apiVersion"]), str(item["kind"]))


def violation(item: Properties) -> str | None:
    """Why the newest version of the Kubernetes API would not read a built-in object, or None."""
    try:
        kubernetes_validate.validate(item, newest(), strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(str(part) for part in error.path)}: {error.message}"
    return None


@cache
def newest() -> str:
    """The newest version whose schemas kubernetes-validate has."""
    return kubernetes_validate.latest_version()


@cache
def _known(api_version: str, kind: str) -> bool:
    try:
        kubernetes_validate.validate({"apiVersion": api_version, "kind": kind}, newest())
    except kubernetes_validate.SchemaNotFoundError:
        return False
    except kubernetes_validate.ValidationError:
        return True
    return True


def pods(item: Properties) -> list[Properties]:
    """A Pod for each pod that a custom object describes."""
    metadata = item["metadata"]
    found: list[Properties] = []
    for path, described in _described(item, ()):
        name = "-".join([metadata["name"], str(item["kind"]).lower(), *path])
        labels = {"labels": described["labels"]} if described["labels"] else {}
        found.append(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": metadata.get("namespace", "default"), **labels},
                "spec": described["spec"],
            }
        )
    return found


def _described(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Properties]]:
    """Everything with containers, which only a pod has: `{spec, metadata}` of a template, or a pod's spec by itself."""
    if isinstance(value, list):
        for number, one in enumerate(cast("list[Any]", value)):
            yield from _described(one, (*path, str(number)))
    if not isinstance(value, dict):
        return
    mapping = cast("Properties", value)
    if _has_containers(mapping):
        yield path, {"spec": mapping, "labels": {}}
        return
    if _has_containers(mapping.get("spec")) and path:
        yield path, {"spec": mapping["spec"], "labels": mapping.get("metadata", {}).get("labels", {})}
        return
    for key, one in mapping.items():
        yield from _described(one, (*path, key))


def _has_containers(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    containers = cast("Properties", value).get("containers")
    return isinstance(containers, list) and all(isinstance(one, dict) for one in cast("list[Any]", containers))


def _objects(resources: Graph) -> Iterator[Resource]:
    for row in resources.values():
        if row.type.partition(":")[0] != PACKAGE or row.type == _CHART:
            continue
        if _COLLECTIONS.match(row.type):
            raise NotConvertible(f"{row.key}: the objects that it makes are not in the graph; declare them one by one")
        yield row


def _object(row: Resource) -> Properties:
    for key in ("apiVersion", "kind", "metadata"):
        if key not in row.inputs:
            raise NotConvertible(f"{row.key} has no {key}")
    return _plain(row.inputs)


def _plain(value: Any) -> Any:
    match value:
        case Secret():
            return _plain(value.value)
        case dict():
            return {key: _plain(one) for key, one in cast("Properties", value).items()}
        case list():
            return [_plain(one) for one in cast("list[Any]", value)]
        case _:
            return value
