"""The way in: what each of its objects says, that they name each other, and that its load balancer goes first."""

from dataclasses import replace
from typing import Any

import pytest

from tests.golden import cases
from tests.golden.graph import Graph
from tests.schemas.judge import misfits
from tests.unit.components.declaring import declaring
from tests.unit.components.test_replicas import request
from wayfare.blueprints import Access, CloudName, Gateway, InferenceCluster
from wayfare.components.clouds import cloud
from wayfare.components.contract import Request
from wayfare.components.kubernetes.gateway import PROXIES, gateway
from wayfare.components.kubernetes.replicas import objects
from wayfare.components.pods import ClusterObject

ASKED = Gateway(host="llm.example.com", certificate="tls", keys="clients", allow=("203.0.113.0/24",))


def with_gateway(wanted: Request, **spec: Any) -> Request:
    blueprint = wanted.blueprint
    assert isinstance(blueprint, InferenceCluster)
    changed = blueprint.spec.model_copy(update={"gateway": ASKED, **spec})
    return replace(wanted, blueprint=blueprint.model_copy(update={"spec": changed}))


def made(wanted: Request) -> dict[str, ClusterObject]:
    return {each.kind: each for each in gateway(wanted)}


FOUND = made(with_gateway(request()))


def test_without_a_wish_there_is_no_way_in() -> None:
    assert gateway(request()) == ()


@pytest.mark.parametrize("each", FOUND.values(), ids=lambda each: each.kind)
def test_every_object_is_what_its_definition_says(each: ClusterObject) -> None:
    assert misfits(each) == []


def test_a_planted_mistake_is_found() -> None:
    route = FOUND["HTTPRoute"]
    wrong = replace(route, spec={**route.spec, "hostname": "llm.example.com"})
    assert misfits(wrong) == ["spec: Additional properties are not allowed ('hostname' was unexpected)"]


def test_clients_come_by_tls_alone_and_to_the_api_alone() -> None:
    (listener,) = FOUND["Gateway"].spec["listeners"]
    assert (listener["protocol"], listener["hostname"]) == ("HTTPS", "llm.example.com")
    assert listener["tls"] == {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": "tls"}]}
    (rule,) = FOUND["HTTPRoute"].spec["rules"]
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/v1"}}]
    assert rule["timeouts"] == {"request": "0s"}, "an answer is as long as it is"


def test_every_client_has_a_key() -> None:
    policy = FOUND["SecurityPolicy"].spec
    (target,) = policy["targetRefs"]
    assert (target["kind"], target["name"]) == ("HTTPRoute", FOUND["HTTPRoute"].name)
    assert policy["apiKeyAuth"]["credentialRefs"] == [{"name": "clients"}]
    assert policy["apiKeyAuth"]["extractFrom"] == [{"headers": ["Authorization"]}]


def test_requests_go_to_the_replicas_by_the_name_that_they_have() -> None:
    (service,) = [each for each in objects(request(), {"metadata": {}, "spec": {"containers": [{"image": "a"}]}})
                  if each.kind == "Service"]  # fmt: skip
    (rule,) = FOUND["HTTPRoute"].spec["rules"]
    assert rule["backendRefs"] == [{"name": service.name, "port": service.spec["ports"][0]["port"]}]
    let_in = FOUND["NetworkPolicy"].spec
    assert let_in["podSelector"]["matchLabels"] == service.spec["selector"]
    (where,) = let_in["ingress"][0]["from"]
    assert where["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": PROXIES}


@pytest.mark.parametrize("name", list(CloudName))
def test_only_those_who_are_allowed_reach_the_balancer(name: CloudName) -> None:
    asked = with_gateway(request())
    asked = replace(asked, placement=replace(asked.placement, cloud=name))
    balancer = made(asked)["Service"]
    assert balancer.spec["loadBalancerSourceRanges"] == ["203.0.113.0/24"]
    assert "internal" not in str(balancer.annotations).lower()
    private = Access(api="private", allow=("10.20.0.0/16",))
    inside = made(replace(with_gateway(request(), access=private), placement=asked.placement))["Service"]
    assert "internal" in str(inside.annotations).lower()


def test_on_aws_the_balancer_finds_the_public_subnet() -> None:
    plain = cases.request(CloudName.AWS, cases.INFERENCE)
    assert cloud(CloudName.AWS).plan(plain).network.balancer_tags == {}
    tags = cloud(CloudName.AWS).plan(with_gateway(plain)).network.balancer_tags
    assert tags == {f"kubernetes.io/cluster/{plain.resource_name}": "shared", "kubernetes.io/role/elb": "1"}


def declared() -> Graph:
    """A workload with a way in, in a cluster of no cloud's."""
    plan = cloud(CloudName.AWS).plan(cases.request(CloudName.AWS, cases.INFERENCE))
    plan = replace(plan, request=with_gateway(plan.request))
    return declaring(plan)


def test_the_balancer_goes_before_the_cluster_and_its_end_is_waited_for() -> None:
    rows = {row.inputs["metadata"]["name"]: row for row in declared().values() if row.type.endswith(":Service")}
    balancer, inner = rows["serve-small-gateway"], rows["serve-small-api"]
    assert "annotations" not in balancer.inputs["metadata"] or (
        "pulumi.com/skipAwait" not in balancer.inputs["metadata"]["annotations"]
    )
    assert inner.inputs["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
    assert not any(option.startswith("goes with") for option in balancer.options)
    assert any(option.startswith("goes with") for option in inner.options)


def test_the_chart_comes_before_what_it_defines() -> None:
    (route,) = [row for row in declared().values() if row.type.endswith(":HTTPRoute")]
    assert any(name.endswith("w-gateway") for name in route.after)
