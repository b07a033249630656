"""Which stores of a cluster outlive it, and what of a stack's resources they are."""

import pytest

from wayfare.blueprints import Blueprint, CloudName, loads
from wayfare.stacks.engine.state import Recorded
from wayfare.stacks.stores import Store, durable

LUSTRE, ADDON, BUCKET = "aws:fsx/lustreFileSystem:LustreFileSystem", "aws:eks/addon:Addon", "aws:s3/bucket:Bucket"


def blueprint(storage: str) -> Blueprint:
    text = f"""
apiVersion: wayfare.dev/v1
kind: TrainingCluster
metadata: {{name: llm}}
spec:
  accelerators: [{{name: H100, nodes: 2}}]
  access: {{allow: [203.0.113.0/24]}}
  storage: {storage}
  workload: {{image: "registry.example/train:1"}}
"""
    return loads(text, "b.yaml").blueprint


@pytest.mark.parametrize(
    ("storage", "kept"),
    [
        ("{}", {Store.BUCKET}),
        ("{checkpoints: {keep: scratch}}", set[Store]()),
        ("{shared: {capacity: 2TiB}}", {Store.BUCKET}),
        ("{checkpoints: {keep: scratch}, shared: {capacity: 2TiB, keep: durable}}", {Store.SHARED_STORE}),
        ("{shared: {capacity: 2TiB, keep: durable}}", {Store.BUCKET, Store.SHARED_STORE}),
    ],
)
def test_what_is_durable_is_kept(storage: str, kept: set[Store]) -> None:
    assert durable(blueprint(storage)) == kept


def recorded(component: str, type: str) -> Recorded:
    urn = f"urn:pulumi:s::wayfare::wayfare:index:Cluster$wayfare:aws:{component}${type}::llm-x"
    return Recorded(urn, type, "id", None, frozenset())


@pytest.mark.parametrize(
    ("store", "component", "type", "has"),
    [
        (Store.SHARED_STORE, "SharedStore", LUSTRE, True),
        # The driver goes with the cluster that it runs in.
        (Store.SHARED_STORE, "SharedStore", ADDON, False),
        (Store.SHARED_STORE, "Bucket", BUCKET, False),
        (Store.BUCKET, "Bucket", BUCKET, True),
        (Store.BUCKET, "Bucket", "aws:s3/bucketPolicy:BucketPolicy", True),
        (Store.BUCKET, "SharedStore", LUSTRE, False),
    ],
)
def test_a_store_is_what_holds_the_data(store: Store, component: str, type: str, has: bool) -> None:
    assert store.has(recorded(component, type), CloudName.AWS) is has
    assert not store.has(recorded(component, type), CloudName.GCP)
