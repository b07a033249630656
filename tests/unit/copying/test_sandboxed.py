"""The sandbox's buckets are copied like the clouds': the same call, the same proof, under the clouds' own URLs."""

from pathlib import Path

import pytest

from wayfare.sandbox.client import Sandbox
from wayfare.stacks.copying.buckets import Bucket, azure, from_url, google, s3
from wayfare.stacks.copying.copies import copy
from wayfare.stacks.copying.running import Rclone
from wayfare.stacks.copying.sandboxed import in_sandbox
from wayfare.stacks.copying.verifying import verify

BUCKETS = (s3("a-bucket", region="us-east-1"), azure("account", "checkpoints"), google("a-bucket"))


@pytest.mark.parametrize(("source", "target"), list(zip(BUCKETS, (*BUCKETS[1:], BUCKETS[0]), strict=True)))
def test_buckets_are_copied(tmp_path: Path, source: Bucket, target: Bucket) -> None:
    sandbox = Sandbox(tmp_path / "sandbox")
    here, there = in_sandbox(source, sandbox.bucket), in_sandbox(target, sandbox.bucket)
    Path(here.path).mkdir(parents=True)
    Path(here.path, "DONE").touch()
    copy(Rclone(), here, there)
    evidence = verify(Rclone(), here, there, tmp_path / "proof")
    assert evidence.complete
    assert (evidence.source, evidence.target) == (source.url, target.url)
    assert Path(there.path, "DONE").read_bytes() == b""


def test_each_has_its_own_place(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    places = {in_sandbox(each, sandbox.bucket).path for each in BUCKETS}
    assert places == {
        str(sandbox.bucket("aws", "a-bucket")),
        str(sandbox.bucket("azure", "account") / "checkpoints"),
        str(sandbox.bucket("gcp", "a-bucket")),
    }
    assert in_sandbox(from_url("gs://a-bucket/v7"), sandbox.bucket).path == str(
        sandbox.bucket("gcp", "a-bucket") / "v7"
    )
    own = from_url("file:///srv/bucket")
    assert in_sandbox(own, sandbox.bucket) == own
