"""Kueue, JobSet and LeaderWorkerSet beside a control plane: processes outside of the cluster, with their webhooks.

What a chart of theirs would bring is applied as their modules carry it: the definitions, and the configurations of the
webhooks with an address on loopback in place of a service. Their rights are an administrator's.
"""

import base64
import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.planes import certificates
from wayfare.sandbox.planes.certificates import Pair
from wayfare.sandbox.planes.control_plane import ControlPlane, free_port
from wayfare.sandbox.planes.objects import DEFINITION, await_served

#: Namespaces whose objects no webhook looks at, as Kueue's own manifests have it.
_LEFT_ALONE = ["kube-system", "kueue-system"]


@dataclass(frozen=True)
class Controller:
    """One of them."""

    name: str
    """Its program, and its folder among the manifests."""
    charts: tuple[str, ...]
    """Charts that bring it."""
    configuration: Mapping[str, Any]
    """Its configuration beside addresses and certificates."""
    authority: str = "wayfare-sandbox-webhooks"
    namespace: str | None = None
    """Where it looks for its certificates' secret, if it insists on minding them itself."""
    gates: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """Feature gates that must be so outside of a cluster."""
    value: tuple[str, ...] = ()
    """Where a chart's values hold the configuration as a text."""
    gates_value: tuple[str, ...] = ()
    """Where a chart's values hold feature gates, as a list of `name` and `enabled`."""
    converted: tuple[str, ...] = ()
    """Plurals of the kinds whose versions it converts by a webhook; the others' differ in name alone."""


CONTROLLERS: tuple[Controller, ...] = (
    Controller(
        "jobset",
        ("jobset", "kubeflow-trainer"),
        {"apiVersion": "config.jobset.x-k8s.io/v1alpha1", "kind": "Configuration"},
    ),
    Controller(
        "lws",
        ("lws", "kubeflow-trainer"),
        {"apiVersion": "config.lws.x-k8s.io/v1alpha1", "kind": "Configuration"},
    ),
    Controller(
        "kueue",
        ("kueue",),
        {
            "apiVersion": "config.kueue.x-k8s.io/v1beta2",
            "kind": "Configuration",
            "integrations": {
                "frameworks": [
                    "batch/job",
                    "jobset.x-k8s.io/jobset",
                    "leaderworkerset.x-k8s.io/leaderworkerset",
                    "pod",
                    "deployment",
                    "statefulset",
                ]
            },
        },
        # Where it does not mind its certificates itself, it reads some from /etc.
        authority="kueue-ca",
        namespace="kueue-system",
        # It would serve an aggregated API, which needs a service that leads to it.
        gates={"VisibilityOnDemand": False},
        value=("managerConfig", "controllerManagerConfigYaml"),
        gates_value=("controllerManager", "featureGates"),
        converted=("localqueues", "clusterqueues", "cohorts", "workloads", "multikueueclusters"),
    ),
)


def start(plane: ControlPlane, controller: Controller, manifests: Path, values: Mapping[str, Any]) -> None:
    """Bring a controller into a cluster and wait until it is ready. Raises `NotReady` and `ApiRefused`."""
    directory = plane.directory / controller.name
    service = f"{controller.name}-webhook-service.{controller.namespace or 'default'}.svc"
    authority = certificates.authority(controller.authority)
    pair = certificates.issued(authority, service, hosts=(service, "127.0.0.1"))
    plane.write(f"{controller.name}/tls", pair)
    webhooks, health = free_port(), free_port()
    configuration = {
        **_given(controller, values),
        **{key: controller.configuration[key] for key in ("apiVersion", "kind")},
        "health": {"healthProbeBindAddress": f"127.0.0.1:{health}"},
        "metrics": {"bindAddress": "0"},
        "webhook": {"host": "127.0.0.1", "port": webhooks, "certDir": str(directory)},
        "leaderElection": {"leaderElect": False},
        "internalCertManagement": {"enable": controller.namespace is not None},
    }
    (directory / "configuration.yaml").write_text(json.dumps(configuration), encoding="utf-8")
    for item in _items(manifests / controller.name, controller, webhooks, authority.certificate):
        kind = plane.api.kind(item["apiVersion"], item["kind"])
        assert kind is not None  # noqa: S101 - of Kubernetes' own
        plane.api.apply(kind.at(None, item["metadata"]["name"]), item, manager="helm")
        if item["kind"] == DEFINITION:
            # A controller that starts before looks for its kinds again after ten seconds.
            await_served(plane.api, item)
    if controller.namespace is not None:
        _minded(plane, controller, controller.namespace, authority, pair)
    arguments = [f"--config={directory / 'configuration.yaml'}", *_gates(controller, values)]
    plane.run(controller.name, arguments, {"KUBECONFIG": str(plane.directory / "kubeconfig")})
    # It may call itself ready before its webhooks listen.
    plane.wait(controller.name, lambda: _is_ready(health) and _listens(webhooks))


def stop(plane: ControlPlane, controller: Controller) -> None:
    """End a controller and take its webhooks away. Its definitions stay, with what is of their kinds."""
    for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
        served = plane.api.kind("admissionregistration.k8s.io/v1", kind)
        if served is not None:
            plane.api.delete(served.at(None, _named(controller, kind)))
    plane.end(controller.name)


def _given(controller: Controller, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration in a chart's values, or the one that is told here."""
    found = _at(values, controller.value)
    if not isinstance(found, str):
        return controller.configuration
    return YAML(typ="safe", pure=True).load(found) or {}  # pyright: ignore[reportUnknownMemberType] - untyped


def _gates(controller: Controller, values: Mapping[str, Any]) -> list[str]:
    """The argument with the feature gates of a chart's values, and with those that must be so here."""
    listed = _at(values, controller.gates_value)
    given = cast("list[Mapping[str, Any]]", listed) if isinstance(listed, list) else []
    gates = {**{str(each["name"]): bool(each["enabled"]) for each in given}, **controller.gates}
    said = ",".join(f"{name}={str(on).lower()}" for name, on in sorted(gates.items()))
    return [f"--feature-gates={said}"] if said else []


def _at(values: Mapping[str, Any], way: tuple[str, ...]) -> object:
    """What a chart's values hold at a place; None where that is no place of theirs."""
    found: object = values if way else None
    for key in way:
        found = cast("Mapping[str, Any]", found).get(key) if isinstance(found, dict) else None
    return found


def _items(folder: Path, controller: Controller, port: int, authority: bytes) -> Iterator[Properties]:
    """Definitions and webhooks' configurations, with addresses on loopback."""
    client = {"caBundle": base64.b64encode(authority).decode()}
    for file in sorted((folder / "definitions").glob("*.yaml")):
        for item in _documents(file):
            if item["spec"]["names"]["plural"] in controller.converted:
                webhook = {"url": f"https://127.0.0.1:{port}/convert", **client}
                conversion = {"clientConfig": webhook, "conversionReviewVersions": ["v1"]}
                item["spec"]["conversion"] = {"strategy": "Webhook", "webhook": conversion}
            item.pop("status", None)
            yield item
    elsewhere = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": _LEFT_ALONE}
    for item in _documents(folder / "webhooks.yaml"):
        item["metadata"]["name"] = _named(controller, item["kind"])
        for each in item["webhooks"]:
            each["clientConfig"] = {
                "url": f"https://127.0.0.1:{port}{each['clientConfig']['service']['path']}",
                **client,
            }
            each.setdefault("namespaceSelector", {"matchExpressions": [elsewhere]})
        yield item


def _named(controller: Controller, kind: str) -> str:
    """As the charts and manifests name it: `kueue-mutating-webhook-configuration`."""
    return f"{controller.name}-{kind.removesuffix('WebhookConfiguration').lower()}-webhook-configuration"


def _documents(file: Path) -> Iterator[Properties]:
    text = file.read_text(encoding="utf-8")
    loaded = YAML(typ="safe").load_all(text)  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType] - untyped
    yield from (cast("Properties", each) for each in cast("Iterator[object]", loaded) if isinstance(each, dict))


def _minded(plane: ControlPlane, controller: Controller, namespace: str, authority: Pair, pair: Pair) -> None:
    """The secret with its certificates, in which it then finds nothing to do."""
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    plane.api.apply(f"/api/v1/namespaces/{namespace}", space, manager="helm")
    name = f"{controller.name}-webhook-server-cert"
    parts = {"ca": authority, "tls": pair}
    data = {
        f"{part}.{end}": base64.b64encode(content).decode()
        for part, each in parts.items()
        for end, content in (("crt", each.certificate), ("key", each.key))
    }
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}
    plane.api.apply(f"/api/v1/namespaces/{namespace}/secrets/{name}", secret, manager="helm")


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5.0):
            return True
    except OSError:
        return False


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
