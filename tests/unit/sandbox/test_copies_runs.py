"""Processes in place of a copy's pods: the same rclone between the buckets' folders, looked after by hand."""

import json
import select
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox.copied import POLICY, clouds, cluster, own, trusted
from tests.unit.sandbox.trained import PATIENCE, POOL, add, ended, watched
from wayfare.components.kubernetes.carrying import objects
from wayfare.components.pods import PodNeeds, Toleration
from wayfare.components.trusting import Trusted
from wayfare.sandbox.copies.jobs import JOB, jobs
from wayfare.sandbox.copies.records import ranges
from wayfare.sandbox.copies.runs import Runs
from wayfare.sandbox.store import Store
from wayfare.stacks.carrying.order import CopyOrder, Place
from wayfare.stacks.carrying.watching import Seen, seen

SOURCE, TARGET = Place(url="gs://b", region="us-east4"), Place(url="s3://own", region="us-east-1")
KEY = "aws/us-east-1/llm"
TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}
OBJECTS = {"step-1/a": b"1", "step-2/$(HOME) [x]": b"22", "late": b"333", "step-2/deep/er": b""}
SHARES = ("- /step-2/**\n", "+ /step-2/**\n- **\n")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Driven:
    """A store on EKS that may read a bucket on Google Cloud, and its copies, looked after by hand."""

    def __init__(self, directory: Path) -> None:
        self.store, self.clock = Store(directory), Clock()
        cluster(self.store, "aws")
        own(self.store, "aws")
        self.told = trusted(self.store, "gcp", "aws")
        pool = {"clusterName": "llm", "instanceTypes": ["p5.48xlarge"], "scalingConfig": {"desiredSize": 2}}
        add(self.store, POOL, "gpu", "us-east-1", {**pool, "nodeGroupName": "gpu", "labels": {}, "taints": [TAINT]})
        self.source, self.target = self.store.bucket("gcp", "b"), self.store.bucket("aws", "own")
        for folder in (self.source, self.target):
            folder.mkdir(parents=True)
        for name, data in OBJECTS.items():
            (self.source / name).parent.mkdir(parents=True, exist_ok=True)
            (self.source / name).write_bytes(data)
        self.runs = Runs(self.store, clouds(self.store), lambda: 0.0, self.clock)

    def order(self, shares: tuple[str, ...] = SHARES, tolerated: bool = True, **options: Any) -> str:
        """Put a Job of a copy and what it mounts into the cluster; the Job's name."""
        taints = (Toleration("nvidia.com/gpu"),) if tolerated else ()
        pods = PodNeeds(accelerators={}, fabric={}, tolerations=taints)
        order = CopyOrder.new("llm.aws-us-east-1", SOURCE, TARGET, shares, pods, None, **options)
        (audience,) = self.told.tokens.values()
        files = {path.rpartition("/")[2]: text for path, text in self.told.files.items()}
        for each in objects(order.carriage(Trusted(self.told.environment, files, audience))):
            item = each.manifest()
            group = "core/v1" if each.api_version == "v1" else each.api_version
            uid = {**item["metadata"], "uid": f"uid-{each.name}"}
            add(self.store, f"kubernetes:{group}:{each.kind}", f"workload/{each.name}", KEY, {**item, "metadata": uid})
        return order.name

    def seen(self, name: str) -> Seen:
        """The Job, as a move sees it."""
        (row,) = (each for each in self.runs.rows() if each["job"]["metadata"]["name"] == name)
        return seen(row["job"], row["pods"], row["logs"], row["waits"])

    def until_ended(self, name: str) -> Seen:
        """The Job, once it has ended."""
        self.runs.look()
        while not (found := self.seen(name)).ended:
            ready, _, _ = select.select(list(self.runs.pipes()), [], [], PATIENCE)
            assert ready, f"nothing came of it: {found}"
            self.runs.look()
        return found

    def arrived(self) -> dict[str, bytes]:
        """What the target has."""
        files = (path for path in self.target.rglob("*") if path.is_file())
        return {path.relative_to(self.target).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def driven(tmp_path: Path) -> Generator[Driven]:
    made = Driven(tmp_path)
    yield made
    made.runs.close()
    made.store.close()


def notes(driven: Driven) -> list[str]:
    return [event["kind"] for event in driven.store.events() if event["token"] == JOB]


def test_each_index_copies_its_own_share_and_all_that_is_told_of_it_is_as_kubernetes_tells_it(driven: Driven) -> None:
    found = driven.until_ended(driven.order())
    assert (found.ended, found.succeeded, found.wanted, found.failed) == ("Complete", 2, 2, "")
    assert (found.whole.objects, found.whole.bytes) == (4, 6)
    assert driven.arrived() == OBJECTS
    (row,) = driven.runs.rows()
    assert row["job"]["status"]["completedIndexes"] == "0,1"
    assert sorted(notes(driven)) == ["began", "began", "ended", "ended"]
    # It is there until somebody deletes it, and runs no more.
    assert driven.runs.look() is None
    assert not list(driven.runs.pipes())


def test_a_share_takes_nothing_of_the_others(driven: Driven) -> None:
    driven.until_ended(driven.order(("- /step-2/**\n- /late\n",)))
    assert driven.arrived() == {"step-1/a": b"1"}


def test_objects_are_copied_by_their_names_and_anew(driven: Driven) -> None:
    (driven.target / "late").write_bytes(b"old")
    driven.until_ended(driven.order(("late\0step-2/$(HOME) [x]\0",), named=True, anew=True))
    assert driven.arrived() == {"late": b"333", "step-2/$(HOME) [x]": b"22"}


def test_who_may_not_read_fails_in_the_clouds_words_and_a_right_that_comes_helps_the_next(driven: Driven) -> None:
    grants = [row for row in driven.store.resources("gcp") if row.token.endswith("BucketIAMMember")]
    driven.store.remove(grants[0].number)
    found = driven.until_ended(driven.order())
    assert (found.ended, found.failed, found.succeeded) == ("Failed", "0,1", 0)
    assert "Error 403" in found.words[0]
    assert driven.arrived() == {}
    assert notes(driven) == ["failed", "failed"]
    (row,) = driven.runs.rows()
    assert row["job"]["status"]["failed"] == 2 * 7, "each is begun again six times"
    add(driven.store, grants[0].token, grants[0].id, "", grants[0].outputs)
    assert driven.until_ended(driven.order()).ended == "Complete"
    assert driven.arrived() == OBJECTS


def test_a_target_that_may_not_be_written_is_refused_too(driven: Driven) -> None:
    (policy,) = driven.store.resources(token=POLICY)
    driven.store.remove(policy.number)
    assert "s3:ListBucket" in driven.until_ended(driven.order()).words[0]


def test_without_what_its_pods_need_nothing_begins_and_it_is_said_why(driven: Driven) -> None:
    name = driven.order(tolerated=False)
    driven.runs.look()
    assert "0/2 nodes are available" in driven.seen(name).waits
    later = f"workload/{driven.order()}"
    shares = next(row for row in driven.store.resources("kubernetes") if row.id == later)
    driven.store.remove(shares.number)
    assert f'configmap "{later.partition("/")[2]}" not found' in {job.waits for job in jobs(driven.store).values()}
    driven.runs.look()
    assert notes(driven) == []


def slow(driven: Driven) -> str:
    """A copy that takes as long as anybody waits."""
    with (driven.source / "large").open("wb") as file:
        file.truncate(100_000_000)
    name = driven.order(("",), bandwidth=1024)
    driven.runs.look()
    return name


def test_one_that_is_deleted_is_asked_to_end_and_nobody_waits_beyond_its_grace(driven: Driven) -> None:
    name = slow(driven)
    (pid,) = driven.runs.rows()[0]["pids"]
    handle = watched(pid)
    gone = driven.runs.remove(f"uid-{name}")
    assert not gone.is_set()
    assert ended(handle)
    driven.runs.look()
    assert gone.is_set()
    assert notes(driven) == ["began", "told to end", "ended"]
    # Nothing of it begins again, nor counts as a failure.
    driven.runs.look()
    assert driven.runs.rows()[0]["job"]["status"]["failed"] == 0


def test_processes_end_with_the_sandbox_and_the_copy_goes_on_when_that_begins_again(driven: Driven) -> None:
    name = slow(driven)
    (pid,) = driven.runs.rows()[0]["pids"]
    handle = watched(pid)
    driven.runs.close()
    assert ended(handle)
    (driven.source / "large").unlink()
    driven.runs = Runs(driven.store, clouds(driven.store), lambda: 0.0, driven.clock)
    assert driven.until_ended(name).ended == "Complete"
    assert driven.arrived().keys() >= OBJECTS.keys()


def test_nothing_but_the_copys_own_variables_reaches_its_process(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RCLONE_DRY_RUN", "true")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    slow(driven)
    (pid,) = driven.runs.rows()[0]["pids"]
    told = dict(each.split("=", 1) for each in Path(f"/proc/{pid}/environ").read_text().split("\0") if each)
    assert "AWS_SECRET_ACCESS_KEY" not in told
    assert "RCLONE_DRY_RUN" not in told
    assert told["RCLONE_CONFIG_SOURCE_REMOTE"] == str(driven.source.parent)


@pytest.mark.parametrize(
    ("numbers", "said"), [([], ""), ([3], "3"), ([0, 1], "0,1"), ([2, 0, 1, 5, 7, 8, 9], "0-2,5,7-9")]
)
def test_indexes_are_written_as_kubernetes_writes_them(numbers: list[int], said: str) -> None:
    assert ranges(numbers) == said


def test_a_jobs_other_objects_and_other_jobs_are_no_copies(driven: Driven) -> None:
    add(driven.store, JOB, "workload/other", KEY, {"metadata": {"name": "other"}, "spec": {"completions": 2}})
    assert jobs(driven.store) == {}
    assert json.dumps(driven.runs.rows()) == "[]"
