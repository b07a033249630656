"""A preview's steps as differences by meaning."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.automation import events

from wayfare.stacks.changes import DRIFTED, QUIET, Difference, Effect, tell
from wayfare.stacks.consent import NAMES, loss_of, unagreed
from wayfare.stacks.engine.preview import HIDDEN, Planned, hidden
from wayfare.stacks.facts import FACTS, label, subject
from wayfare.stacks.telling import at, path_steps

POOL, CLUSTER, BUCKET = "gcp:container/nodePool:NodePool", "gcp:container/cluster:Cluster", "gcp:storage/bucket:Bucket"
JOB, SUBNET = "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet", "aws:ec2/subnet:Subnet"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
POLICY, ACCOUNT = "azure-native:storage:ManagementPolicy", "azure-native:storage:StorageAccount"


def urn(type: str, component: str, name: str = "x") -> str:
    chain = f"wayfare:index:Cluster$wayfare:gcp:{component}${type}" if component else type
    return f"urn:pulumi:c.gcp-r::wayfare::{chain}::{name}"


def step(operation: str, type: str, component: str, before: Any = None, after: Any = None, **kinds: str) -> Planned:
    """A step; properties are given as `a__b="update"`."""
    properties = {path.replace("__", "."): kind for path, kind in kinds.items()}
    return Planned(operation, type, urn(type, component), properties, before or {}, after or {})


def replaced(type: str, component: str, before: Any, after: Any, **kinds: str) -> list[Planned]:
    """The steps of something that is deleted before its successor is made."""
    return [
        step("delete-replaced", type, component, before),
        step("replace", type, component, before, after, **kinds),
        step("create-replacement", type, component, before, after, **kinds),
    ]


def texts(differences: tuple[Difference, ...]) -> list[str]:
    return [difference.text for difference in differences]


def test_a_pool_that_is_replaced_says_why_in_which_order_and_what_is_lost() -> None:
    before, after = {"nodeConfig": {"machineType": "a"}}, {"nodeConfig": {"machineType": "b"}}
    steps = replaced(POOL, "AcceleratorPool", before, after, nodeConfig__machineType="update-replace")
    (difference,) = tell(steps)
    assert difference.text == "accelerator pool is replaced: machine type a → b (its nodes go before new ones come)"
    assert difference.effect is Effect.REPLACED
    assert difference.loss is not None
    assert difference.loss.name == "pool"
    (other,) = tell([steps[2], steps[1], steps[0]])
    assert other.text.endswith("(new nodes come first)")


def test_what_goes_with_a_pool_is_counted_and_the_reason_is_found_beside_it() -> None:
    zones = ({"availabilityZone": "z-a"}, {"availabilityZone": "z-b"})
    (difference,) = tell(
        [
            *replaced(NODE_GROUP, "AcceleratorPool", {"subnetIds": ["s"]}, {"subnetIds": [HIDDEN]}),
            *replaced(SUBNET, "AcceleratorPool", *zones, availabilityZone="update-replace"),
            *replaced("aws:ec2/routeTableAssociation:RouteTableAssociation", "AcceleratorPool", {}, {}),
        ]
    )
    assert difference.text == (
        "accelerator pool is replaced: zone z-a → z-b (its nodes go before new ones come; with 1 more resource)"
    )
    assert len(difference.parts) == 3


@pytest.mark.parametrize(
    ("type", "component", "name"),
    [
        (POOL, "AcceleratorPool", "pool"),
        (POOL, "SystemPool", None),
        (CLUSTER, "ControlPlane", "control-plane"),
        (BUCKET, "Bucket", "bucket"),
        (BUCKET, "", "bucket"),
        (ACCOUNT, "Bucket", "bucket"),
        ("azure-native:storage:BlobContainer", "Bucket", "bucket"),
        ("azure-native:resources:ResourceGroup", "Bucket", "bucket"),
        ("azure-native:resources:ResourceGroup", "", None),
        ("aws:s3/bucketVersioning:BucketVersioning", "Bucket", "bucket"),
        (POLICY, "Bucket", None),
        ("aws:fsx/lustreFileSystem:LustreFileSystem", "", "store"),
        ("gcp:lustre/instance:Instance", "", "store"),
        ("kubernetes:core/v1:PersistentVolumeClaim", "Workload", "store"),
        (JOB, "Workload", None),
        (SUBNET, "Network", None),
    ],
)
@pytest.mark.parametrize("operation", ["replace", "delete"])
def test_what_holds_data_or_machines_needs_consent(type: str, component: str, name: str | None, operation: str) -> None:
    differences = tell([step(operation, type, component, {"name": "a"}, None)])
    missing = unagreed((each.loss for each in differences), ())
    assert [loss.name for loss in missing] == ([] if name is None else [name])
    assert set(NAMES) >= {loss.name for loss in missing}
    assert unagreed((each.loss for each in differences), NAMES) == ()
    if name is not None:
        assert unagreed((each.loss for each in differences), set(NAMES) - {name}) == missing
    in_place = tell([step("update", type, component, {"name": "a"}, {"name": "b"}, name="update")])
    assert unagreed((each.loss for each in in_place), ()) == ()


def test_what_needs_consent_comes_first_and_the_digest_last() -> None:
    tags = ({"labels": {"wayfare-blueprint": "a", "team": "r"}}, {"labels": {"wayfare-blueprint": "b", "team": "i"}})
    found = tell(
        [
            Planned("update", BUCKET, urn(BUCKET, "Bucket"), {"labels.wayfare-blueprint": "update"}, *tags),
            step("update", JOB, "Workload", {"spec": {"suspend": True}}, {"spec": {"suspend": False}}, spec="update"),
            Planned("update", SUBNET, urn(SUBNET, "Network"), {"labels.team": "update"}, *tags),
            step("delete", CLUSTER, "ControlPlane", {"name": "c"}),
        ]
    )
    assert texts(found) == [
        "control plane is deleted",
        "workload: JobSet x: spec, in place",
        # An AWS resource has tags: what stands under `labels` there are the labels of Kubernetes nodes.
        "network: Subnet x: labels.team r → i, in place",
        "labels: the blueprint's digest a → b, on 1 resource, in place",
    ]


def test_labels_that_change_alike_are_one_line() -> None:
    before, after = {"tags": {"team": "r"}}, {"tags": {"team": "i"}}
    steps = [
        Planned("update", SUBNET, urn(SUBNET, "Network", f"s{n}"), {"tags.team": "update"}, before, after)
        for n in range(41)
    ]
    (difference,) = tell(steps)
    assert difference.text == "labels: team r → i, on 41 resources, in place"
    assert len(difference.parts) == 41


def test_an_expiry_that_is_a_resource_of_its_own_is_still_the_buckets() -> None:
    delete = {"delete": {"daysAfterModificationGreaterThan": 30}}
    policy = {"policy": {"rules": [{"definition": {"actions": {"baseBlob": delete}}}]}}
    assert texts(tell([step("create", POLICY, "Bucket", None, policy)])) == [
        "checkpoint bucket: objects expire after 30 days, in place"
    ]
    assert texts(tell([step("delete", POLICY, "Bucket", policy)])) == [
        "checkpoint bucket: objects expire no more (before: after 30 days), in place"
    ]


def test_drift_is_told_as_done_by_somebody_else() -> None:
    found = tell(
        [
            step("update", POOL, "AcceleratorPool", {"nodeCount": 16}, {"nodeCount": 12}, nodeCount="update"),
            step("delete", BUCKET, "Bucket", {"name": "b"}),
            step("same", SUBNET, "Network", {"a": 1}, {"a": 1}),
        ],
        DRIFTED,
    )
    assert texts(found) == ["checkpoint bucket is gone", "accelerator pool: 16 → 12 nodes"]


def test_what_has_no_words_is_listed_and_many_entries_of_a_list_are_one() -> None:
    before = {"interfaces": [{"card": n} for n in range(4)], "size": 1, "text": "a" * 100}
    paths = dict.fromkeys(("interfaces[1]", "interfaces[2]", "interfaces[3]"), "delete")
    template = "aws:ec2/launchTemplate:LaunchTemplate"
    step = Planned(
        "update",
        template,
        urn(template, "AcceleratorPool"),
        {**paths, "size": "update", "text": "update"},
        before,
        {"interfaces": [{"card": 0}], "size": 2},
    )
    assert texts(tell([step])) == [
        "accelerator pool: LaunchTemplate x: interfaces (3), size 1 → 2, text, in place",
    ]


def pods_of(container: dict[str, Any]) -> dict[str, Any]:
    return {"template": {"spec": {"containers": [container]}}}


def test_a_fact_does_not_account_for_what_it_does_not_read() -> None:
    container = {"env": [{"name": "PET_NNODES", "value": "16"}]}
    other = {"env": [{"name": "PET_NNODES", "value": "17"}]}
    before, after = (
        {"spec": {"replicatedJobs": [{"template": {"spec": {"completions": 16, **pods_of(each)}}}]}}
        for each in (container, other)
    )
    path = "spec.replicatedJobs[0].template.spec.template.spec.containers[0].env[0].value"
    (text,) = texts(tell([Planned("update", JOB, urn(JOB, "Workload"), {path: "update"}, before, after)]))
    assert text == f"workload: JobSet x: {path} 16 → 17, in place"


def test_a_secret_is_hidden_wherever_it_is() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "hush"}
    assert hidden({"a": [{"b": secret}], "c": 1}) == {"a": [{"b": HIDDEN}], "c": 1}


def test_paths_are_read_as_pulumi_writes_them() -> None:
    path = 'spec.containers[0].limits["nvidia.com/gpu"]'
    assert path_steps(path) == ("spec", "containers", 0, "limits", "nvidia.com/gpu")
    assert at({"spec": {"containers": [{"limits": {"nvidia.com/gpu": 8}}]}}, *path_steps(path)) == 8
    assert at({"spec": []}, *path_steps(path)) is None
    assert label("aws:ec2/vpc:Vpc", 'tags["a.b/c"]') == "a.b/c"
    assert label("gcp:container/nodePool:NodePool", "nodeConfig.labels.a") is None


def test_every_operation_of_the_engine_is_known() -> None:
    for operation in events.OpType:
        found = tell([step(operation.value, SUBNET, "Network", {"a": 1}, {"a": 2}, a="update")])
        assert bool(found) is (operation.value not in QUIET), operation


_TYPES = st.sampled_from([*FACTS, "aws:ec2/vpc:Vpc", "kubernetes:core/v1:Secret", "pulumi:providers:aws"])
_COMPONENTS = st.sampled_from(["AcceleratorPool", "SystemPool", "ControlPlane", "Bucket", "Network", "Workload", ""])
_PATHS = st.sampled_from(
    [
        *("tags.team", "labels.team", "tags.wayfare-keep", "nodeCount", "count", "scalingConfig.desiredSize"),
        *("spec.completions", "spec.replicas", "policy", "rules[0]", "rules[1].x", "lifecycleRules[0]", "name"),
        *("vpcConfig.publicAccessCidrs[1]", "nodeConfig.machineType", "networkInterfaces[3]", "networkInterfaces[4]"),
    ]
)
_VALUES = st.sampled_from(
    [
        {},
        {"nodeCount": 1, "count": 1, "name": "a", "tags": {"team": "a", "wayfare-keep": "scratch"}},
        {"nodeCount": 2, "count": 2, "name": "b", "spec": {"completions": 3, "replicas": 3}},
    ]
)
_OPERATIONS = st.sampled_from(["update", "create", "delete", "replace", "same"])


@given(
    st.lists(
        st.tuples(_OPERATIONS, _TYPES, _COMPONENTS, st.frozensets(_PATHS, max_size=5), _VALUES, _VALUES), max_size=12
    )
)
def test_every_property_of_every_step_is_told_exactly_once(
    rows: list[tuple[str, str, str, frozenset[str], dict[str, Any], dict[str, Any]]],
) -> None:
    steps = [
        Planned(operation, type, urn(type, component, f"x{number}"), dict.fromkeys(paths, "update"), before, after)
        for number, (operation, type, component, paths, before, after) in enumerate(rows)
    ]
    wanted = Counter(
        (each.urn, path) for each in steps if each.operation != "same" for path in (each.properties or {"": ""})
    )
    found = tell(steps)
    told = Counter(part for difference in found for part in difference.parts)
    assert wanted - told == Counter()
    # Of what comes or goes, and has other labels besides, both is told.
    assert all(path == "" and count == 1 for (_, path), count in (told - wanted).items())
    assert all(difference.text.strip() and difference.parts for difference in found)
    losses = {loss_of(each.type, subject(each.urn)) for each in steps if each.operation in ("replace", "delete")}
    assert {difference.loss for difference in found} - {None} == losses - {None}
