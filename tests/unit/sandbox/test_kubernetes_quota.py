"""Quotas as the sandbox's API server has them; tests/kubernetes/test_quotas.py holds the same against a real one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.sandbox.gcp_cloud import FakeRow, FakeStore
from tests.unit.sandbox.test_kubernetes_objects import call, make
from wayfare.sandbox.behaviour import Properties, Refused
from wayfare.sandbox.clouds.kubernetes import BEHAVIOUR, NAMESPACE
from wayfare.sandbox.clouds.kubernetes_quota import QUOTA, check

SERVICE, POD = "kubernetes:core/v1:Service", "kubernetes:core/v1:Pod"


def quota(spec: Mapping[str, Any]) -> Properties:
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": _named("q"), "spec": spec}


def service(name: str, **spec: Any) -> Properties:
    return {"metadata": _named(name), "spec": {"ports": [{"port": 80}], **spec}}


def pod(name: str, **spec: Any) -> Properties:
    return {"metadata": _named(name), "spec": {"containers": [{"name": "main", "image": "i"}], **spec}}


def _named(name: str) -> Properties:
    return {"name": name, "namespace": "workload"}


@pytest.fixture
def store() -> FakeStore:
    """A cluster with the workload's namespace."""
    made = FakeStore()
    make(made, NAMESPACE, {"metadata": {"name": "workload"}})
    return made


def test_a_service_that_is_a_way_in_is_refused_and_another_is_not(store: FakeStore) -> None:
    make(store, QUOTA, quota({"hard": {"services.loadbalancers": "0", "services.nodeports": "0"}}))
    make(store, SERVICE, service("inside"))
    with pytest.raises(Refused) as refused:
        make(store, SERVICE, service("way", type="LoadBalancer"))
    assert str(refused.value) == (
        'services "way" is forbidden: exceeded quota: q, requested: services.loadbalancers=1,services.nodeports=1, '
        "used: services.loadbalancers=0,services.nodeports=0, limited: services.loadbalancers=0,services.nodeports=0"
    )
    with pytest.raises(Refused, match=r"requested: services\.nodeports=2,"):
        make(store, SERVICE, service("ports", type="NodePort", ports=[{"port": 80}, {"port": 81}]))
    make(store, SERVICE, {**service("way", type="LoadBalancer"), "metadata": {"name": "way"}})


def test_a_service_that_becomes_a_way_in_is_refused_too(store: FakeStore) -> None:
    make(store, QUOTA, quota({"hard": {"services.loadbalancers": "0", "services": "1"}}))
    row = make(store, SERVICE, service("api"))
    assert _updated(store, row, service("api", selector={"app": "x"}))
    with pytest.raises(Refused, match=r"requested: services\.loadbalancers=1, used: services\.loadbalancers=0"):
        _updated(store, row, service("api", type="LoadBalancer"))
    with pytest.raises(Refused, match="requested: services=1, used: services=1, limited: services=1"):
        make(store, SERVICE, service("another"))


@pytest.mark.parametrize(
    ("operator", "values", "refused"),
    [
        ("In", ["system-node-critical"], {"system-node-critical"}),
        ("NotIn", ["system-node-critical"], {"urgent", None}),
        ("Exists", None, {"system-node-critical", "urgent"}),
        ("DoesNotExist", None, {None}),
    ],
)
def test_pods_of_a_priority_are_counted_alone(
    store: FakeStore, operator: str, values: list[str] | None, refused: set[str | None]
) -> None:
    among = {"scopeName": "PriorityClass", "operator": operator, **({"values": values} if values else {})}
    make(store, QUOTA, quota({"hard": {"pods": "0"}, "scopeSelector": {"matchExpressions": [among]}}))
    found = dict[str | None, str]()
    for name in ("system-node-critical", "urgent", None):
        given = {} if name is None else {"priorityClassName": name}
        try:
            make(store, POD, pod(f"of-{name}".lower(), **given))
        except Refused as said:
            found[name] = str(said)
    assert found.keys() == refused
    assert all(each.endswith("quota: q, requested: pods=1, used: pods=0, limited: pods=0") for each in found.values())


def test_pods_are_counted_until_there_are_enough(store: FakeStore) -> None:
    make(store, QUOTA, quota({"hard": {"pods": "1"}}))
    make(store, QUOTA, {**quota({"hard": {"pods": "0"}, "scopes": ["Terminating"]}), "metadata": _named("others")})
    make(store, POD, pod("first"))
    with pytest.raises(Refused, match="requested: pods=1, used: pods=1, limited: pods=1"):
        make(store, POD, pod("second"))


#: Specifications that are wrong, with the field and the words.
WRONG: tuple[tuple[Properties, str, str], ...] = (
    ({"hard": {"services.loadbalancer": "0"}}, "spec.hard", "must be a standard resource for quota"),
    ({"hard": {"pods": "-1"}}, "spec.hard", "must be greater than or equal to 0"),
    ({"hard": {"pods": "1"}, "scopes": ["Urgent"]}, "spec.scopes", "unsupported scope"),
    ({"hard": {"services": "1"}, "scopes": ["BestEffort"]}, "spec.scopes", "unsupported scope applied to resource"),
    (
        {
            "hard": {"services": "1"},
            "scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "Exists"}]},
        },
        "spec.scopeSelector",
        "unsupported scope applied to resource",
    ),
    (
        {
            "hard": {"pods": "1"},
            "scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In"}]},
        },
        "spec.scopeSelector.matchExpressions.values",
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ),
    (
        {
            "hard": {"pods": "1"},
            "scopeSelector": {
                "matchExpressions": [{"scopeName": "PriorityClass", "operator": "Exists", "values": ["a"]}]
            },
        },
        "spec.scopeSelector.matchExpressions.values",
        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
    ),
)


@pytest.mark.parametrize(("spec", "path", "said"), WRONG)
def test_a_quota_that_is_wrong_is_refused(spec: Properties, path: str, said: str) -> None:
    (found,) = check(quota(spec))
    assert found[0].startswith(path)
    assert said in found[1]


@pytest.mark.parametrize(
    "hard", [{"requests.nvidia.com/gpu": "8"}, {"count/jobs.batch": "10"}, {"requests.storage": "1Ti", "cpu": "500m"}]
)
def test_what_may_be_bounded(hard: Mapping[str, str]) -> None:
    assert list(check(quota({"hard": hard}))) == []


def _updated(store: FakeStore, row: FakeRow, inputs: Properties) -> Properties:
    update = BEHAVIOUR.default.update
    assert update is not None
    return update(replace(call(store, row.token, inputs), id=row.id, outputs=row.outputs))
