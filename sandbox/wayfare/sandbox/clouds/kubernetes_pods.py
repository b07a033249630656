"""What an API server validates in a pod's specification, and the forms of such rules.

Sources: the API reference of Pod v1; "Resource Management for Pods and Containers"; "Taints and Tolerations";
"Volumes"; "Quantity" in the API's common definitions.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from wayfare.sandbox.conform import Violation
from wayfare.sandbox.wire import is_unknown

Found = Iterator[Violation]
Part = Mapping[str, Any]

PROTOCOLS = ("TCP", "UDP", "SCTP")

_QUANTITY = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?")
_QUANTITY_WORDS = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_SUFFIXES = {
    **{f"{letter}i": Decimal(2) ** (10 * (place + 1)) for place, letter in enumerate("KMGTPE")},
    **{letter: Decimal(10) ** (3 * (place + 1)) for place, letter in enumerate("kMGTPE")},
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
}
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
#: Resources of Kubernetes' own, which may be fractions and may be asked for without a limit.
_OWN_RESOURCES = ("cpu", "memory", "ephemeral-storage", "storage")


def flat(value: Part, key: str) -> dict[str, Any]:
    """A nested object; empty where it is absent or not known yet."""
    inner = value.get(key)
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}


def listed(value: Part, key: str) -> list[dict[str, Any]]:
    """A list of nested objects; empty where it is absent or not known yet."""
    inner = value.get(key)
    entries = cast("list[Any]", inner) if isinstance(inner, list) else []
    return [cast("dict[str, Any]", each) for each in entries if isinstance(each, dict)]


def text_of(value: Any) -> str:
    """A text that is known; empty otherwise."""
    return value if isinstance(value, str) and not is_unknown(value) else ""


def one_of(value: Any, path: str, allowed: Sequence[str]) -> Found:
    """A closed list of values."""
    if isinstance(value, str) and value and not is_unknown(value) and value not in allowed:
        words = ", ".join(f'"{each}"' for each in allowed)
        yield path, f'Unsupported value: "{value}": supported values: {words}'


def between(value: Any, path: str, least: int, most: int | None = None) -> Found:
    """A whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, int):
        return
    if value < least or (most is not None and value > most):
        words = (
            f"must be between {least} and {most}, inclusive"
            if most is not None
            else "must be greater than or equal to 0"
        )
        yield path, f"Invalid value: {value}: {words}"


def unique(values: Sequence[Any], path: str) -> Found:
    """Names in a list; `path` has a place for the index."""
    for index, value in enumerate(values):
        if text_of(value) and value in values[:index]:
            yield path.format(index), f'Duplicate value: "{value}"'


def is_qualified(key: str) -> bool:
    """Whether a text is a name with an optional prefix, such as a label's key."""
    prefix, slash, name = key.rpartition("/")
    return bool(_QUALIFIED.fullmatch(name)) and (not slash or bool(_PREFIX.fullmatch(prefix)))


def is_label_value(value: Any) -> bool:
    """Whether a value can be a label's."""
    return value == "" or (isinstance(value, str) and bool(_QUALIFIED.fullmatch(value)))


def quantity(value: Any) -> Decimal | None:
    """A resource quantity as a number; None for what is none."""
    if isinstance(value, bool):
        return None
    found = _QUANTITY.fullmatch(str(value))
    if found is None:
        return None
    number, suffix = found[1], found[2] or ""
    try:
        return Decimal(number) * _SUFFIXES[suffix] if suffix in _SUFFIXES else Decimal(number + suffix)
    except InvalidOperation:
        return None


def quantities(given: Part, path: str) -> Found:
    """Quantities by the name of their resource; those of devices are whole."""
    for name, value in given.items():
        where = f"{path}.{name}" if not set(name) & set("./[]") else f'{path}["{name}"]'
        if is_unknown(value):
            continue
        parsed = quantity(value)
        if parsed is None:
            yield where, f'Invalid value: "{value}": {_QUANTITY_WORDS}'
        elif parsed < 0:
            yield where, f'Invalid value: "{value}": must be greater than or equal to 0'
        elif _is_extended(name) and parsed != parsed.to_integral_value():
            yield where, f'Invalid value: "{value}": must be an integer'


def _is_extended(name: str) -> bool:
    return name not in _OWN_RESOURCES and not name.startswith(("hugepages-", "requests.", "limits.", "count/"))


def resources(given: Part, path: str) -> Found:
    """A container's limits and requests: no request over its limit, and devices the same in both."""
    limits, requests = flat(given, "limits"), flat(given, "requests")
    yield from [*quantities(limits, f"{path}.limits"), *quantities(requests, f"{path}.requests")]
    for name, value in requests.items():
        asked, most = quantity(value), quantity(limits[name]) if name in limits else None
        if name not in limits and (_is_extended(name) or name.startswith("hugepages-")) and not is_unknown(value):
            yield f"{path}.limits", f"Required value: Limit must be set for non overcommitable resources ({name})"
        if asked is None or most is None:
            continue
        if asked > most:
            yield (
                f"{path}.requests",
                f'Invalid value: "{value}": must be less than or equal to {name} limit of {limits[name]}',
            )
        elif _is_extended(name) and asked != most:
            yield f"{path}.requests", f'Invalid value: "{value}": must be equal to {name} limit of {limits[name]}'


def pod(spec: Part, path: str) -> Found:
    """A pod's specification."""
    if not spec:
        return
    if not listed(spec, "containers"):
        yield f"{path}.containers", "Required value"
    yield from one_of(spec.get("restartPolicy"), f"{path}.restartPolicy", ("Always", "OnFailure", "Never"))
    yield from one_of(
        spec.get("dnsPolicy"), f"{path}.dnsPolicy", ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
    )
    for key, value in flat(spec, "nodeSelector").items():
        if not is_qualified(key) or not (is_unknown(value) or is_label_value(value)):
            yield f"{path}.nodeSelector", f'Invalid value: "{key}": must be a label and its value'
    for index, toleration in enumerate(listed(spec, "tolerations")):
        yield from _toleration(toleration, f"{path}.tolerations[{index}]")
    yield from _seccomp(flat(spec, "securityContext"), f"{path}.securityContext")
    yield from _volumes(listed(spec, "volumes"), f"{path}.volumes")
    names = [text_of(each.get("name")) for each in (*listed(spec, "containers"), *listed(spec, "initContainers"))]
    yield from unique(names, f"{path}.containers[{{}}].name")
    for kind in ("containers", "initContainers"):
        for index, container in enumerate(listed(spec, kind)):
            yield from _container(container, f"{path}.{kind}[{index}]", spec)


def _toleration(given: Part, path: str) -> Found:
    yield from one_of(given.get("operator"), f"{path}.operator", ("Equal", "Exists"))
    yield from one_of(given.get("effect"), f"{path}.effect", _EFFECTS)
    if given.get("operator") == "Exists" and given.get("value"):
        yield f"{path}.operator", "Invalid value: value must be empty when `operator` is 'Exists'"
    if not given.get("key") and given.get("operator") != "Exists":
        yield f"{path}.operator", "Invalid value: operator must be Exists when `key` is empty, which means match all"
    if given.get("tolerationSeconds") is not None and given.get("effect") not in ("NoExecute", None):
        yield f"{path}.effect", "Invalid value: effect must be 'NoExecute' when `tolerationSeconds` is set"


def _seccomp(context: Part, path: str) -> Found:
    profile = flat(context, "seccompProfile")
    yield from one_of(profile.get("type"), f"{path}.seccompProfile.type", ("Localhost", "RuntimeDefault", "Unconfined"))


def _volumes(volumes: Sequence[Part], path: str) -> Found:
    yield from unique([volume.get("name") for volume in volumes], f"{path}[{{}}].name")
    for index, volume in enumerate(volumes):
        where, sources = (
            f"{path}[{index}]",
            [key for key, value in volume.items() if key != "name" and value is not None],
        )
        if not sources:
            yield where, "Required value: must specify a volume type"
        elif len(sources) > 1:
            yield f"{where}.{sources[1]}", "Forbidden: may not specify more than 1 volume type"
        empty = flat(volume, "emptyDir")
        medium = text_of(empty.get("medium"))
        if medium and medium != "Memory" and not medium.startswith("HugePages"):
            yield f"{where}.emptyDir.medium", f'Unsupported value: "{medium}": supported values: "", "Memory"'
        if empty.get("sizeLimit") is not None:
            yield from quantities({"sizeLimit": empty["sizeLimit"]}, f"{where}.emptyDir")


def _container(container: Part, path: str, spec: Part) -> Found:
    name = text_of(container.get("name"))
    if name and not _DNS_LABEL.fullmatch(name):
        words = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'"
        yield f"{path}.name", f'Invalid value: "{name}": {words}'
    if not container.get("image"):
        yield f"{path}.image", "Required value"
    yield from one_of(container.get("imagePullPolicy"), f"{path}.imagePullPolicy", ("Always", "IfNotPresent", "Never"))
    yield from resources(flat(container, "resources"), f"{path}.resources")
    yield from _seccomp(flat(container, "securityContext"), f"{path}.securityContext")
    context = flat(container, "securityContext")
    if context.get("privileged") is True and context.get("allowPrivilegeEscalation") is False:
        where = f"{path}.securityContext"
        yield where, "Invalid value: cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
    for index, variable in enumerate(listed(container, "env")):
        if not variable.get("name"):
            yield f"{path}.env[{index}].name", "Required value"
        if variable.get("value") and variable.get("valueFrom"):
            yield f"{path}.env[{index}].valueFrom", "Invalid value: may not be specified when `value` is not empty"
    for index, port in enumerate(listed(container, "ports")):
        yield from between(port.get("containerPort"), f"{path}.ports[{index}].containerPort", 1, 65535)
        yield from one_of(port.get("protocol"), f"{path}.ports[{index}].protocol", PROTOCOLS)
    yield from _found(container, path, spec)


def _found(container: Part, path: str, spec: Part) -> Found:
    """What a container refers to stands in its pod."""
    volumes = [each.get("name") for each in listed(spec, "volumes")]
    mounts = listed(container, "volumeMounts")
    for index, mount in enumerate(mounts):
        name = text_of(mount.get("name"))
        if name and name not in volumes and not any(is_unknown(each) for each in volumes):
            yield f"{path}.volumeMounts[{index}].name", f'Not found: "{name}"'
    paths = [text_of(mount.get("mountPath")) for mount in mounts]
    for index, given in enumerate(paths):
        if given and given in paths[:index]:
            yield f"{path}.volumeMounts[{index}].mountPath", f'Invalid value: "{given}": must be unique'
    claims = [each.get("name") for each in listed(spec, "resourceClaims")]
    for index, claim in enumerate(listed(flat(container, "resources"), "claims")):
        name = text_of(claim.get("name"))
        if name and name not in claims:
            yield f"{path}.resources.claims[{index}]", f'Not found: "{name}"'
