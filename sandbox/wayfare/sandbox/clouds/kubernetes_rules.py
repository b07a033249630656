"""What an API server validates beyond an object's schema, in its words.

Sources: the Kubernetes API reference of each kind; "Object Names and IDs"; "Labels and Selectors"; "Jobs";
"Deployments"; "Dynamic Resource Allocation"; "Pod Security Admission". No reason repeats a value that may be secret:
names, labels and quantities alone are shown.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.clouds import kubernetes_pods as pods
from wayfare.sandbox.clouds import kubernetes_quota
from wayfare.sandbox.clouds.kubernetes_pods import (
    between,
    flat,
    is_label_value,
    is_qualified,
    listed,
    one_of,
    text_of,
)
from wayfare.sandbox.conform import Violation
from wayfare.sandbox.wire import is_unknown

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_LEVELS = ("privileged", "baseline", "restricted")
_ACCESS = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
#: Kinds whose names are labels, and those that RBAC names freely ("Object Names and IDs").
_SHORT_NAMES = {"Namespace": None, "Service": LABEL_1035}
_FREE_NAMES = {"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}

Found = Iterator[Violation]


def check(item: Properties) -> list[Violation]:
    """Everything that the API server refuses in an object of a kind that it has."""
    rule = _RULES.get(str(item.get("kind")))
    return [*_metadata(item), *(rule(item) if rule is not None else ())]


def _metadata(item: Properties) -> Found:
    metadata, kind = flat(item, "metadata"), str(item.get("kind"))
    name = metadata.get("name")
    if isinstance(name, str) and not is_unknown(name) and kind not in _FREE_NAMES:
        pattern, longest = (_SHORT_NAMES[kind] or _SUBDOMAIN, 63) if kind in _SHORT_NAMES else (_SUBDOMAIN, 253)
        if not pattern.fullmatch(name) or (longest == 63 and "." in name):
            words = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'"
            if longest == 63:
                words = "a DNS label must consist of lower case alphanumeric characters or '-'"
            yield "metadata.name", f'Invalid value: "{name}": {words}'
        elif len(name) > longest:
            yield "metadata.name", f'Invalid value: "{name}": must be no more than {longest} characters'
    yield from labels(metadata.get("labels"), "metadata.labels")
    for key in flat(metadata, "annotations"):
        if not is_qualified(key.lower()):
            yield "metadata.annotations", f'Invalid value: "{key}": must be a qualified name'


def labels(given: Any, path: str) -> Found:
    """Labels, or a selector of the same form."""
    for key, value in (cast("dict[str, Any]", given) if isinstance(given, dict) else {}).items():
        if not is_qualified(key):
            yield path, f"Invalid value: \"{key}\": name part must consist of alphanumeric characters, '-', '_' or '.'"
        if not is_unknown(value) and not is_label_value(value):
            yield path, f'Invalid value: "{value}": a valid label must be at most 63 alphanumeric characters, - _ or .'


def _namespace(item: Properties) -> Found:
    for key, value in flat(flat(item, "metadata"), "labels").items():
        mode = key.removeprefix("pod-security.kubernetes.io/")
        if mode in ("enforce", "audit", "warn") and not is_unknown(value) and value not in _LEVELS:
            yield f'metadata.labels["{key}"]', f'Invalid value: "{value}": must be one of {", ".join(_LEVELS)}'


def _template(item: Properties, restart: Sequence[str]) -> Found:
    """A pod template, and how its pods may restart."""
    template = flat(flat(item, "spec"), "template")
    yield from labels(flat(template, "metadata").get("labels"), "spec.template.metadata.labels")
    policy = flat(template, "spec").get("restartPolicy", "Always")
    if policy in ("Always", "OnFailure", "Never") and policy not in restart:
        allowed = ", ".join(f'"{each}"' for each in restart)
        yield "spec.template.spec.restartPolicy", f'Unsupported value: "{policy}": supported values: {allowed}'
    yield from pods.pod(flat(template, "spec"), "spec.template.spec")


def _selected(item: Properties) -> Found:
    """A controller's selector finds its own pods."""
    spec = flat(item, "spec")
    selector = flat(spec, "selector")
    wanted, given = flat(selector, "matchLabels"), flat(flat(flat(spec, "template"), "metadata"), "labels")
    if not wanted and not selector.get("matchExpressions"):
        yield "spec.selector", "Invalid value: empty selector is invalid"
    for key, value in wanted.items():
        if not (is_unknown(value) or is_unknown(given.get(key))) and given.get(key) != value:
            yield "spec.template.metadata.labels", "Invalid value: `selector` does not match template `labels`"
            return


def _deployment(item: Properties) -> Found:
    spec = flat(item, "spec")
    yield from [*between(spec.get("replicas"), "spec.replicas", 0), *_selected(item), *_template(item, ("Always",))]
    strategy = flat(spec, "strategy")
    yield from one_of(strategy.get("type"), "spec.strategy.type", ("Recreate", "RollingUpdate"))
    rolling = flat(strategy, "rollingUpdate")
    if strategy.get("type") == "Recreate" and rolling:
        yield "spec.strategy.rollingUpdate", "Forbidden: may not be specified when strategy `type` is 'Recreate'"
    surge, gone = rolling.get("maxSurge", "25%"), rolling.get("maxUnavailable", "25%")
    if surge in (0, "0", "0%") and gone in (0, "0", "0%"):
        path = "spec.strategy.rollingUpdate.maxUnavailable"
        yield path, "Invalid value: 0: may not be 0 when `maxSurge` is 0"


def _controller(item: Properties) -> Found:
    yield from between(flat(item, "spec").get("replicas"), "spec.replicas", 0)
    yield from [*_selected(item), *_template(item, ("Always",))]


def _job(item: Properties) -> Found:
    spec = flat(item, "spec")
    yield from _template(item, ("OnFailure", "Never"))
    for key in ("parallelism", "completions", "backoffLimit", "ttlSecondsAfterFinished", "activeDeadlineSeconds"):
        yield from between(spec.get(key), f"spec.{key}", 0)
    mode = spec.get("completionMode")
    yield from one_of(mode, "spec.completionMode", ("NonIndexed", "Indexed"))
    if mode != "Indexed":
        if spec.get("backoffLimitPerIndex") is not None:
            yield "spec.backoffLimitPerIndex", "Invalid value: requires indexed completion mode"
        return
    completions, name = spec.get("completions"), flat(item, "metadata").get("name")
    if completions is None:
        yield "spec.completions", "Required value: when completion mode is Indexed"
    elif isinstance(completions, int) and isinstance(name, str) and len(f"{name}-{completions - 1}") > 63:
        yield "metadata.name", f'Invalid value: "{name}": will not able to create pod with invalid DNS label'


def _service(item: Properties) -> Found:
    spec = flat(item, "spec")
    kind, ports = spec.get("type", "ClusterIP"), listed(spec, "ports")
    yield from one_of(kind, "spec.type", ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"))
    yield from labels(spec.get("selector"), "spec.selector")
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        yield "spec.ports", "Required value"
    if kind == "LoadBalancer" and spec.get("clusterIP") == "None":
        yield "spec.clusterIP", "Invalid value: \"None\": may not be set to 'None' for LoadBalancer services"
    for index, port in enumerate(ports):
        path = f"spec.ports[{index}]"
        yield from between(port.get("port"), f"{path}.port", 1, 65535)
        yield from one_of(port.get("protocol"), f"{path}.protocol", pods.PROTOCOLS)
        if len(ports) > 1 and not port.get("name"):
            yield f"{path}.name", "Required value"
    yield from pods.unique([port.get("name") for port in ports], "spec.ports[{}].name")


def _claim_template(item: Properties) -> Found:
    """Dynamic resource allocation: what is asked of a device class."""
    requests = listed(flat(flat(flat(item, "spec"), "spec"), "devices"), "requests")
    for index, request in enumerate(requests):
        path, exactly = f"spec.spec.devices.requests[{index}]", flat(request, "exactly")
        if bool(exactly) == bool(request.get("firstAvailable")):
            yield path, "Required value: exactly one of `exactly` or `firstAvailable` is required"
        if exactly and not exactly.get("deviceClassName"):
            yield f"{path}.exactly.deviceClassName", "Required value"
        mode = exactly.get("allocationMode")
        yield from one_of(mode, f"{path}.exactly.allocationMode", ("All", "ExactCount"))
        if mode == "All" and exactly.get("count"):
            yield f"{path}.exactly.count", "Invalid value: must not be specified when allocationMode is 'All'"
    yield from pods.unique([request.get("name") for request in requests], "spec.spec.devices.requests[{}].name")


def _volume_claim(item: Properties) -> Found:
    spec = flat(item, "spec")
    for index, mode in enumerate(cast("list[Any]", spec.get("accessModes") or [])):
        yield from one_of(mode, f"spec.accessModes[{index}]", _ACCESS)
    if not spec.get("accessModes"):
        yield "spec.accessModes", "Required value: at least 1 access mode is required"
    if "storage" not in flat(flat(spec, "resources"), "requests"):
        yield "spec.resources[storage]", "Required value"
    yield from pods.quantities(flat(flat(spec, "resources"), "requests"), "spec.resources.requests")


def _pod(item: Properties) -> Found:
    yield from pods.pod(flat(item, "spec"), "spec")


def _volume(item: Properties) -> Found:
    yield from pods.quantities(flat(flat(item, "spec"), "capacity"), "spec.capacity")


def _cron_job(item: Properties) -> Found:
    spec = flat(item, "spec")
    schedule = text_of(spec.get("schedule"))
    if schedule and not schedule.startswith("@") and len(schedule.split()) != 5:
        yield "spec.schedule", f'Invalid value: "{schedule}": expected exactly 5 fields'
    for path, said in _job({"metadata": {}, "spec": flat(flat(spec, "jobTemplate"), "spec")}):
        yield f"spec.jobTemplate.{path}", said


_RULES: Mapping[str, Callable[[Properties], Found]] = {
    "CronJob": _cron_job,
    "DaemonSet": _controller,
    "Deployment": _deployment,
    "Job": _job,
    "Namespace": _namespace,
    "PersistentVolume": _volume,
    "PersistentVolumeClaim": _volume_claim,
    "Pod": _pod,
    "ReplicaSet": _controller,
    "ResourceClaimTemplate": _claim_template,
    "ResourceQuota": kubernetes_quota.check,
    "Service": _service,
    "StatefulSet": _controller,
}
