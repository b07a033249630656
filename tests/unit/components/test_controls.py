"""Controls: what fulfils them is let through, and every rule of every control refuses what breaks it."""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import fields, replace
from random import Random
from typing import Any, cast

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.components.controlled import PUBLIC, RIGHT, right, wrong
from wayfare.blueprints import CloudName
from wayfare.blueprints.patterns import CONTROL
from wayfare.components.controls import (
    CONTROLS,
    UNKNOWN,
    Control,
    ControlsRefuse,
    Resource,
    Terms,
    Wishes,
    judge,
    judge_stack,
    violations,
)
from wayfare.components.controls.model import Rule, StackRule
from wayfare.components.controls.terms import told
from wayfare.components.controls.wire import plain

EVERY_WISH = Wishes(**dict.fromkeys((wish.name for wish in fields(Wishes)), True))
NO_WISH = Wishes()

RULES = [
    pytest.param(control, rule, id=f"{control.name}-{rule.type.rpartition(':')[2]}-{rule.path}")
    for control in CONTROLS.values()
    for rule in control.rules
    if isinstance(rule, Rule)
]


def stack() -> list[Resource]:
    """One resource of each type, all as they should be."""
    return [right(type) for type in RIGHT]


def with_value(inputs: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy in which the property at a path has another value; `...` takes it away."""
    copy: dict[str, Any] = deepcopy(dict(inputs))
    steps = [part[1] or part[2] for part in re.finditer(r'\["([^"]+)"\]|([^.\[\]]+)', path.replace("[*]", ".*"))]
    place: Any = copy
    for step in steps[:-1]:
        place = place[0] if step == "*" else place.setdefault(step, {})
    if value is ...:
        place.pop(steps[-1], None)
    else:
        place[steps[-1]] = value
    return copy


def test_what_is_right_is_let_through() -> None:
    for wishes in (EVERY_WISH, NO_WISH):
        assert [str(found) for found in violations(stack(), Terms(wishes))] == []


@pytest.mark.parametrize(("control", "rule"), RULES)
def test_every_rule_refuses_what_breaks_it(control: Control, rule: Rule) -> None:
    inputs = RIGHT[rule.type]
    bases = [(inputs, EVERY_WISH)]
    if rule.type in PUBLIC:
        bases.append((with_value(inputs, *PUBLIC[rule.type]), NO_WISH))
    for base, wishes in bases:
        assert not list(rule.findings(replace(right(rule.type), inputs=base), wishes))
    found = [
        violation.control.name
        for base, wishes in bases
        for broken in [replace(right(rule.type), inputs=with_value(base, rule.path, wrong(rule.path)))]
        if list(rule.findings(broken, wishes))
        for violation in judge(broken, Terms(wishes))
    ]
    assert control.name in found, f"{rule.path} = {wrong(rule.path)}"


def without(type: str) -> Callable[[list[Resource]], list[Resource]]:
    return lambda resources: [each for each in resources if each.type != type]


def having(type: str, path: str, value: Any) -> Callable[[list[Resource]], list[Resource]]:
    def edit(resources: list[Resource]) -> list[Resource]:
        return [
            replace(each, inputs=with_value(each.inputs, path, value)) if each.type == type else each
            for each in resources
        ]

    return edit


_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"

_NAMESPACE, _JOB = "kubernetes:core/v1:Namespace", "kubernetes:batch/v1:Job"
_QUOTA = "kubernetes:core/v1:ResourceQuota"
_STANDARD = 'metadata.labels["pod-security.kubernetes.io/enforce"]'
_CONTAINER = "spec.template.spec.containers[*].securityContext"

#: For each control that looks at a stack as a whole: edits of a right stack, each of which breaks it.
BROKEN: Mapping[str, Sequence[Callable[[list[Resource]], list[Resource]]]] = {
    "k8s-network-policies": (
        without("kubernetes:networking.k8s.io/v1:NetworkPolicy"),
        having("kubernetes:networking.k8s.io/v1:NetworkPolicy", "metadata.namespace", "another"),
        having("kubernetes:networking.k8s.io/v1:NetworkPolicy", "spec.podSelector", {"matchLabels": {"app": "x"}}),
        having("kubernetes:networking.k8s.io/v1:NetworkPolicy", "spec.policyTypes", ["Egress"]),
    ),
    "k8s-no-other-way-in": (
        without(_QUOTA),
        having(_QUOTA, "metadata.namespace", "another"),
        having(_QUOTA, 'spec.hard["services.loadbalancers"]', "1"),
        having(_QUOTA, 'spec.hard["services.nodeports"]', ...),
    ),
    "k8s-no-token-automount": (
        having("kubernetes:batch/v1:Job", "spec.template.spec.automountServiceAccountToken", True),
        lambda resources: having("kubernetes:batch/v1:Job", "spec.template.spec.automountServiceAccountToken", ...)(
            without("kubernetes:core/v1:ServiceAccount")(resources)
        ),
    ),
    "k8s-pod-security": (
        having(_NAMESPACE, _STANDARD, "privileged"),
        having(_NAMESPACE, _STANDARD, ...),
        lambda resources: having(_JOB, "metadata.namespace", "another")(
            having(_JOB, f"{_CONTAINER}.capabilities.add", ["IPC_LOCK"])(
                having(_NAMESPACE, _STANDARD, "privileged")(resources)
            )
        ),
    ),
    "eks-workload-identity": (without("aws:eks/podIdentityAssociation:PodIdentityAssociation"),),
    "eks-node-role": (
        having(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "policyArn",
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ),
    ),
    "aws-flow-logs": (without("aws:ec2/flowLog:FlowLog"),),
    "aws-bucket-public-access": (without("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"),),
    "aws-bucket-tls": (without("aws:s3/bucketPolicy:BucketPolicy"),),
    "aws-bucket-versioning": (without("aws:s3/bucketVersioning:BucketVersioning"),),
    "aws-bucket-lifecycle": (without(_LIFECYCLE), having(_LIFECYCLE, "bucket", "another")),
    "aws-own-key": (without(_ENCRYPTION),),
    "eks-private-registry": (without("aws:ecr/repository:Repository"),),
    "aks-audit-logs": (
        without("azure-native:monitor:DiagnosticSetting"),
        having("azure-native:monitor:DiagnosticSetting", "logs", [{"category": "kube-scheduler", "enabled": True}]),
        having("azure-native:monitor:DiagnosticSetting", "logs", [{"category": "kube-audit", "enabled": False}]),
    ),
    "azure-bucket-versioning": (
        without("azure-native:storage:BlobServiceProperties"),
        having("azure-native:storage:BlobServiceProperties", "deleteRetentionPolicy.days", 1),
    ),
    "azure-bucket-lifecycle": (without("azure-native:storage:ManagementPolicy"),),
    "aks-private-registry": (without("azure-native:containerregistry:Registry"),),
    "gcp-bucket-versioning": (
        having("gcp:storage/bucket:Bucket", "softDeletePolicy.retentionDurationSeconds", 0),
        having("gcp:storage/bucket:Bucket", "softDeletePolicy", ...),
    ),
    "gke-private-registry": (without("gcp:artifactregistry/repository:Repository"),),
}


def test_every_control_of_the_whole_stack_has_its_breaches() -> None:
    whole = {name for name, control in CONTROLS.items() if any(isinstance(rule, StackRule) for rule in control.rules)}
    assert set(BROKEN) == whole


@pytest.mark.parametrize(
    ("name", "edit"),
    [pytest.param(name, edit, id=f"{name}-{n}") for name, edits in BROKEN.items() for n, edit in enumerate(edits)],
)
def test_a_stack_that_lacks_something_is_refused(name: str, edit: Callable[[list[Resource]], list[Resource]]) -> None:
    assert {found.control.name for found in judge_stack(edit(stack()), Terms(EVERY_WISH))} == {name}


def test_what_rdma_and_drivers_need_is_let_through() -> None:
    rdma = having(_JOB, f"{_CONTAINER}.capabilities", {"add": ["IPC_LOCK"]})
    assert not violations(rdma(having(_NAMESPACE, _STANDARD, "privileged")(stack())), Terms(EVERY_WISH))
    daemons = right("kubernetes:apps/v1:DaemonSet")
    reaching = with_value(daemons.inputs, "spec.template.spec.hostPID", True)
    reaching = with_value(reaching, _CONTAINER, {"privileged": True})
    driver = {**reaching, "metadata": {"name": "amd-gpu", "namespace": "kube-system"}}
    assert not list(judge(replace(daemons, inputs=driver), Terms(EVERY_WISH)))
    assert {found.control.name for found in judge(replace(daemons, inputs=reaching), Terms(EVERY_WISH))} == {
        "k8s-no-host-pid",
        "k8s-no-privileged-containers",
        "k8s-no-privilege-escalation",
    }


_HOST_PATH = "spec.template.spec.volumes[*].hostPath"


def test_the_plugin_of_a_fabric_on_the_node_is_let_through_and_nothing_else_of_it() -> None:
    def seeing(path: str) -> list[Resource]:
        return having(_JOB, _HOST_PATH, {"path": path})(having(_NAMESPACE, _STANDARD, "privileged")(stack()))

    assert not violations(seeing("/home/kubernetes/bin/gib"), Terms(EVERY_WISH))
    found = {each.control.name for each in violations(seeing("/home/kubernetes"), Terms(EVERY_WISH))}
    assert found == {"k8s-no-host-paths", "k8s-pod-security"}


def test_only_what_comes_before_the_container_steers_packets() -> None:
    added = {"add": ["NET_ADMIN", "NET_BIND_SERVICE"]}
    inside = having(_JOB, "spec.template.spec.initContainers[*].securityContext.capabilities", added)
    assert not violations(inside(stack()), Terms(EVERY_WISH))
    main = having(_JOB, f"{_CONTAINER}.capabilities", added)
    assert {each.control.name for each in violations(main(stack()), Terms(EVERY_WISH))} == {"k8s-no-capabilities"}


def test_who_copies_a_plugin_onto_its_node_gets_no_right_beyond_it() -> None:
    daemons = right("kubernetes:apps/v1:DaemonSet")
    seeing = with_value(daemons.inputs, _HOST_PATH, {"path": "/home/kubernetes/bin"})
    copying = {**seeing, "metadata": {"name": "nccl-gib", "namespace": "kube-system"}}
    assert not list(judge(replace(daemons, inputs=copying), Terms(EVERY_WISH)))
    reaching = with_value(copying, _CONTAINER, {"privileged": True})
    assert {found.control.name for found in judge(replace(daemons, inputs=reaching), Terms(EVERY_WISH))} == {
        "k8s-no-privileged-containers",
        "k8s-no-privilege-escalation",
    }


def test_an_excepted_control_says_nothing_and_the_others_still_do() -> None:
    open_api = right("gcp:container/cluster:Cluster")
    inputs = with_value(open_api.inputs, "enableLegacyAbac", True) | {"datapathProvider": "LEGACY_DATAPATH"}
    broken = replace(open_api, inputs=inputs)
    names = [found.control.name for found in judge(broken, Terms(EVERY_WISH, {"gke-no-legacy-authorization"}))]
    assert names == ["gke-network-policy"]


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from((0.05, 0.3, 1.0)))
def test_what_is_not_known_yet_is_held_against_nobody(random: Random, share: float) -> None:
    def with_gaps(value: Any) -> Any:
        if random.random() < share:
            return UNKNOWN
        if isinstance(value, dict):
            return {key: with_gaps(item) for key, item in cast("dict[str, Any]", value).items()}
        return [with_gaps(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value

    known = stack()
    gaps = [replace(each, inputs={key: with_gaps(value) for key, value in each.inputs.items()}) for each in known]
    assert [str(found) for found in violations(gaps, Terms(EVERY_WISH))] == []


def test_own_keys_are_asked_for_only_where_the_blueprint_does() -> None:
    cloud_keys = replace(right("gcp:storage/bucket:Bucket"), inputs={**RIGHT["gcp:storage/bucket:Bucket"]})
    cloud_keys = replace(cloud_keys, inputs=with_value(cloud_keys.inputs, "encryption", ...))
    assert not list(judge(cloud_keys, Terms(NO_WISH)))
    assert [found.control.name for found in judge(cloud_keys, Terms(Wishes(own_keys=True)))] == ["gcp-own-key"]


def test_a_refusal_says_which_control_which_resource_what_is_what_should_be_and_what_to_try() -> None:
    bucket = right("gcp:storage/bucket:Bucket")
    broken = replace(bucket, inputs=with_value(bucket.inputs, "publicAccessPrevention", "inherited"))
    said = str(ControlsRefuse(tuple(judge(broken, Terms(NO_WISH)))))
    assert said.splitlines()[1:] == [
        "control gcp-bucket-public-access (CIS Google Cloud Platform Foundations 2.0.0 5.1, CIS Google Cloud Platform "
        "Foundations 2.0.0 5.2): publicAccessPrevention of gcp:storage/bucket:Bucket bucket is inherited and should be "
        "enforced",
        "try: change that, or except it in the blueprint and say why, by spec.exceptions: "
        "[{control: gcp-bucket-public-access, reason: …}]",
    ]


def test_the_table_is_whole() -> None:
    assert all(CONTROL.matches(name) for name in CONTROLS)
    assert {control.cloud for control in CONTROLS.values()} == {None, *CloudName}
    assert all(control.mandatory for control in CONTROLS.values())
    assert len({control.name for control in CONTROLS.values()}) == len(CONTROLS)
    conditional = [control for control in CONTROLS.values() if not control.applies(NO_WISH)]
    assert all(control.depends for control in conditional)


def test_the_terms_come_from_the_clusters_component() -> None:
    cluster = Resource(
        "wayfare:index:Cluster",
        "llm",
        {"exceptions": {"eks-imdsv2": "a driver needs it"}, "wishes": ["own_keys", "of a later version"]},
    )
    assert told(cluster) == Terms(Wishes(own_keys=True), frozenset({"eks-imdsv2"}))
    assert told(right("aws:ec2/vpc:Vpc")) is None


def test_properties_of_the_engine_become_plain_values() -> None:
    signature = "4dabf18193072939515e22adb298388d"
    sent = Struct()
    sent.update(
        {
            "secret": {signature: "1b47061264138c4ac30d75fd1eb44270", "value": {"a": [1, 2.5]}},
            "unknown": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
            "output": {signature: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "dependencies": []},
            "plain": [True, None, "text"],
        }
    )
    assert plain(sent) == {
        "secret": {"a": [1, 2.5]},
        "unknown": UNKNOWN,
        "output": UNKNOWN,
        "plain": [True, None, "text"],
    }
