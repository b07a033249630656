"""Volumes of buckets beside each other in one cluster."""

from typing import Any

import pytest

from tests.unit.sandbox.azure_store import FakeRow, FakeStore
from wayfare.sandbox.behaviour import Call
from wayfare.sandbox.clouds.kubernetes_volumes import VOLUME, refused


def volume(handle: str, driver: str = "gcsfuse.csi.storage.gke.io", **attributes: str) -> dict[str, Any]:
    source = {"driver": driver, "volumeHandle": handle, "volumeAttributes": attributes}
    return {"metadata": {"name": "v"}, "spec": {"accessModes": ["ReadWriteMany"], "csi": source}}


def said(inputs: dict[str, Any], *there: FakeRow, region: str = "c") -> str | None:
    return refused(Call(VOLUME, "v", "urn", inputs, {}, FakeStore(list(there)), region=region))


@pytest.mark.parametrize("region", ["c", "other"])
def test_a_handle_is_refused_twice_in_one_cluster_and_not_in_two(region: str) -> None:
    first = FakeRow(VOLUME, "first", volume("bucket:data"), {}, region="c")
    found = said(volume("bucket:data"), first, region=region)
    if region == "c":
        assert found == (
            "PersistentVolume v: volumeHandle bucket:data is that of first: only one of them is mounted, a handle must "
            "be unique"
        )
    else:
        assert found is None
    assert said(volume("bucket:checkpoints"), first) is None
    assert said(volume("bucket:data", "s3.csi.aws.com", bucketName="b"), first) is None


def test_a_volume_of_another_driver_is_nobody_s_here() -> None:
    assert said(volume("fs-1", "fsx.csi.aws.com")) is None
