"""Pods as a scheduler and a kubelet read them, in what the sandbox's store holds of a cluster."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from wayfare.sandbox.behaviour import Node
from wayfare.sandbox.joined import labels
from wayfare.sandbox.store import Resource

_OURS = ("app.kubernetes.io/managed-by", "wayfare")

#: Seconds that a pod has where it does not say (Kubernetes API, PodSpec.terminationGracePeriodSeconds).
GRACE = 30

#: `$(NAME)` in a variable's value, and `$$` for one `$` (Kubernetes API, EnvVar.value).
_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")


def is_ours(row: Resource) -> bool:
    """Whether an object is Wayfare's."""
    key, value = _OURS
    return part(part(row.outputs, "metadata"), "labels").get(key) == value


def environment_of(variables: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """Those that have a value of their own, with what they name of others before them."""
    known = dict[str, str]()
    for each in variables:
        if isinstance(value := each.get("value"), str):
            known[str(each.get("name"))] = expanded(value, known)
    return known


def expanded(text: str, known: Mapping[str, str]) -> str:
    """A value or an argument with the variables that it names; one that is not known stays as it is."""

    def meant(found: re.Match[str]) -> str:
        return "$" if found[1] is None else known.get(found[1], found[0])

    return _REFERENCE.sub(meant, text)


def fits(node: Node, pod: Mapping[str, Any], container: Mapping[str, Any]) -> bool:
    """Whether a pod could run on a node that is empty: labels, taints, and what plugins show there."""
    if not part(pod, "nodeSelector").items() <= labels(node).items():
        return False
    tolerations = listed(pod, "tolerations")
    if not all(any(_tolerates(each, taint) for each in tolerations) for taint in node.taints):
        return False
    limits = part(part(container, "resources"), "limits")
    return all(node.resources.get(name, 0) >= int(amount) for name, amount in limits.items() if "/" in name)


def _tolerates(toleration: Mapping[str, Any], taint: tuple[str, str, str]) -> bool:
    key, value, effect = taint
    if effect == "PreferNoSchedule":
        return True
    if toleration.get("key") not in (None, key) or toleration.get("effect") not in (None, effect):
        return False
    return toleration.get("operator") == "Exists" or (toleration.get("value") or "") == value


def part(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A mapping within another; empty where there is none."""
    found = value.get(key)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def listed(value: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The mappings of a list within a mapping; none where there is none."""
    return list(_maps(value.get(key)))


def _maps(value: object) -> Iterator[dict[str, Any]]:
    for each in cast("list[object]", value) if isinstance(value, list) else []:
        if isinstance(each, dict):
            yield cast("dict[str, Any]", each)
