"""Resource quotas as an API server has them: what it refuses in one, and what one refuses.

Sources: "Resource Quotas"; the API reference of ResourceQuota v1. Services, pods and claims that a program makes itself
are counted; those that a controller would make for them are not there.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from wayfare.sandbox.behaviour import Properties, Refused, Row
from wayfare.sandbox.clouds import kubernetes_pods as pods
from wayfare.sandbox.clouds.kubernetes_pods import flat, is_qualified, listed, one_of, quantity, text_of
from wayfare.sandbox.conform import Violation
from wayfare.sandbox.wire import is_unknown

QUOTA = "kubernetes:core/v1:ResourceQuota"

#: Amounts of what pods ask for, and how many pods there may be.
_OF_PODS = frozenset(
    {
        *("pods", "cpu", "memory", "ephemeral-storage"),
        *(f"{kind}.{name}" for kind in ("requests", "limits") for name in ("cpu", "memory", "ephemeral-storage")),
    }
)
#: All that is bounded under a name without a group; devices are `requests.example.com/chip`, kinds `count/jobs.batch`.
_NAMES = _OF_PODS | {
    *("requests.storage", "persistentvolumeclaims", "services", "services.loadbalancers", "services.nodeports"),
    *("configmaps", "secrets", "replicationcontrollers", "resourcequotas"),
}
_SCOPES = ("Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity")
#: Of quotas for claims.
_ATTRIBUTES = "VolumeAttributesClass"
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def check(item: Properties) -> Iterator[Violation]:
    """What is wrong with a quota."""
    spec = flat(item, "spec")
    hard, among = flat(spec, "hard"), flat(spec, "scopeSelector")
    yield from pods.quantities(hard, "spec.hard")
    for name in hard:
        if "/" not in name and name not in _NAMES:
            yield f'spec.hard["{name}"]', f'Invalid value: "{name}": must be a standard resource for quota'
        elif not is_qualified(name):
            yield f'spec.hard["{name}"]', f'Invalid value: "{name}": name part must consist of alphanumeric characters'
    named = [text_of(each) for each in cast("list[Any]", spec.get("scopes") or [])]
    for each in listed(among, "matchExpressions"):
        named.append(text_of(each.get("scopeName")))
        # The API server does not say which of them it means.
        yield from _expression(each, "spec.scopeSelector.matchExpressions")
    for name in filter(None, named):
        if name not in (*_SCOPES, _ATTRIBUTES):
            yield "spec.scopeSelector" if among else "spec.scopes", f'Invalid value: "{name}": unsupported scope'
        elif name in _SCOPES and not hard.keys() <= _OF_PODS:
            where = "spec.scopeSelector" if among else "spec.scopes"
            yield where, f'Invalid value: "{name}": unsupported scope applied to resource'


def _expression(given: Mapping[str, Any], path: str) -> Iterator[Violation]:
    operator, values = text_of(given.get("operator")), given.get("values")
    yield from one_of(operator, f"{path}.operator", _OPERATORS)
    if operator in ("In", "NotIn") and not values:
        yield (
            f"{path}.values",
            "Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        )
    elif operator in ("Exists", "DoesNotExist") and values:
        words = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
        yield f"{path}.values", f"Invalid value: {words}"


def refuse_more(kind: str, item: Properties, old: Properties | None, others: Iterable[Row]) -> None:
    """Raises `Refused` where an object would be more than a quota of its namespace lets be there.

    `old`: the object before a change. `others`: the other objects of the cluster.
    """
    usage = _USAGES.get(kind)
    if usage is None:
        return
    namespace = _namespace(item)
    near = [row for row in others if _namespace(row.outputs) == namespace]
    for quota in (row for row in near if row.token == QUOTA):
        spec = flat(quota.inputs, "spec")
        limits = {name: amount for name, text in flat(spec, "hard").items() if (amount := quantity(text)) is not None}
        more, used = _counted(spec, item, usage), Counter[str]()
        if old is not None:
            more.subtract(_counted(spec, old, usage))
        for row in near:
            if row.token == f"kubernetes:core/v1:{kind}":
                used += _counted(spec, row.inputs, usage)
        over = [name for name in sorted(limits) if more[name] > 0 and more[name] + used[name] > limits[name]]
        if over:
            parts = {"requested": more, "used": used, "limited": limits}
            said = ", ".join(f"{part}: {','.join(f'{n}={of[n]}' for n in over)}" for part, of in parts.items())
            name = str(flat(item, "metadata").get("name"))
            raise Refused(f'{kind.lower()}s "{name}" is forbidden: exceeded quota: {_name(quota)}, {said}')


def _counted(spec: Mapping[str, Any], item: Properties, usage: "Usage") -> Counter[str]:
    """What an object uses of a quota; nothing where it is none of those that the quota is for."""
    own, among = flat(item, "spec"), listed(flat(spec, "scopeSelector"), "matchExpressions")
    among += [{"scopeName": name, "operator": "Exists"} for name in cast("list[Any]", spec.get("scopes") or [])]
    return Counter(usage(own) if all(_is_among(own, each) for each in among) else {})


def _is_among(pod: Mapping[str, Any], expression: Mapping[str, Any]) -> bool:
    """By its priority's class. The other scopes are taken to be other pods'."""
    if expression.get("scopeName") != "PriorityClass":
        return False
    given, values = text_of(pod.get("priorityClassName")), cast("list[Any]", expression.get("values") or [])
    match expression.get("operator"):
        case "In":
            return given in values
        case "NotIn":
            return given not in values
        case "Exists":
            return bool(given)
        case _:
            return not given


def _service(spec: Mapping[str, Any]) -> Mapping[str, int]:
    """A load balancer takes a port of every node too, for each of its own, unless it says that it does not."""
    kind, ports = spec.get("type", "ClusterIP"), len(listed(spec, "ports"))
    balanced = kind == "LoadBalancer"
    on_nodes = kind == "NodePort" or (balanced and spec.get("allocateLoadBalancerNodePorts") is not False)
    return {"services": 1, "services.loadbalancers": int(balanced), "services.nodeports": ports if on_nodes else 0}


Usage = Callable[[Mapping[str, Any]], Mapping[str, int]]
_USAGES: Mapping[str, Usage] = {
    "Service": _service,
    "Pod": lambda _spec: {"pods": 1, "count/pods": 1},
    "PersistentVolumeClaim": lambda _spec: {"persistentvolumeclaims": 1},
}


def _namespace(properties: Mapping[str, Any]) -> str:
    given = flat(properties, "metadata").get("namespace")
    return str(given) if given and not is_unknown(given) else "default"


def _name(row: Row) -> str:
    return row.id.rpartition("/")[2]
