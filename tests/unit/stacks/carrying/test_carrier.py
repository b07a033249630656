"""A copy by Jobs: one at a time, waited for to its end, whoever began it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from wayfare.components.pods import PodNeeds, Toleration
from wayfare.stacks.carrying import carrier as carrying
from wayfare.stacks.carrying.carrier import Carrier, CopyStill, Route
from wayfare.stacks.carrying.order import CopyOrder, Place
from wayfare.stacks.carrying.watching import Seen
from wayfare.stacks.copying.events import Event, Progress
from wayfare.stacks.copying.failures import CopyFailed, Kind
from wayfare.stacks.copying.sharing import MOST_BYTES
from wayfare.stacks.doing import Unanswered

ROUTE = Route(
    stack="llm.gcp-us-east4",
    source=Place(url="s3://a", region="us-east-1", key="alias/own"),
    target=Place(url="gs://b", region="us-east4"),
    pods=PodNeeds(accelerators={"nvidia.com/gpu": 8}, fabric={}, tolerations=(Toleration("nvidia.com/gpu"),)),
    nodes=3,
)
OBJECTS = [(f"step-{n}/a", 10**9) for n in range(9)]


class Lost(Exception):
    """Whoever carries may not act any more."""


@dataclass
class Cluster:
    """A cluster that runs one Job after another, each for some looks."""

    lasts: int = 3
    """Looks for which a Job goes on."""
    fails: Sequence[str] = ()
    """Last words of pods, where a Job fails."""
    jobs: list[Seen] = field(default_factory=list[Seen])
    orders: list[CopyOrder] = field(default_factory=list[CopyOrder])
    silent: int = 0
    """Looks that are not answered."""
    looks_left: int = 1000
    most: int = 0
    """Jobs that went on at a time."""

    def look(self) -> Sequence[Seen]:
        if self.silent:
            self.silent -= 1
            raise Unanswered("its API did not answer: i/o timeout")
        self.jobs = [self._later(each) for each in self.jobs]
        self.most = max(self.most, sum(not each.ended for each in self.jobs))
        return self.jobs

    def declare(self, order: Path) -> None:
        assert all(each.ended for each in self.jobs), "two at a time"
        self.orders.append(CopyOrder.read(order))
        # The one before goes with it.
        self.jobs = [begun(self.orders[-1].name, len(self.orders[-1].shares))]

    def looks(self) -> Iterator[None]:
        while True:
            self.looks_left -= 1
            if self.looks_left < 0:
                raise Lost
            yield

    def _later(self, job: Seen) -> Seen:
        done = job.whole.objects + 1
        if job.ended:
            return job
        ended = "" if done < self.lasts else "Failed" if self.fails else "Complete"
        progress = {"pod": Progress(done, self.lasts, done * 10, self.lasts * 10, 0, 1.0, 1.0)}
        return Seen(job.name, job.wanted, 0, "0" if self.fails else "", ended, progress, self.fails)


def begun(name: str, wanted: int = 2) -> Seen:
    return Seen(name, wanted, 0, "", "")


def carrier(cluster: Cluster, tmp_path: Path, told: list[Event] | None = None, **options: object) -> Carrier:
    report = None if told is None else told.append
    return Carrier(cluster, ROUTE, tmp_path / "moves" / "copy.json", report, **options)  # pyright: ignore[reportArgumentType] - passed on


def test_a_job_with_a_share_for_each_node_is_made_and_waited_for(tmp_path: Path) -> None:
    cluster, told = Cluster(), list[Event]()
    done = carrier(cluster, tmp_path, told, bandwidth=9000, image="mirror.example/rclone:1").all(lambda: OBJECTS)
    (order,) = cluster.orders
    assert (len(order.shares), order.named, order.anew, order.bandwidth) == (3, False, False, 9000)
    assert (order.source, order.target, order.stack, order.image) == (
        ROUTE.source,
        ROUTE.target,
        ROUTE.stack,
        "mirror.example/rclone:1",
    )
    assert order.tolerations == (("nvidia.com/gpu", None),)
    assert (done.objects, done.bytes) == (3, 30)
    assert [event.objects for event in told if isinstance(event, Progress)] == [1, 2, 3]


def test_no_more_pods_than_objects_and_one_where_there_is_none(tmp_path: Path) -> None:
    cluster = Cluster()
    for objects in (OBJECTS[:2], []):
        carrier(cluster, tmp_path).all(lambda objects=objects: objects)
    assert [len(order.shares) for order in cluster.orders] == [2, 1]


def test_a_job_that_somebody_began_is_waited_for_and_none_beside_it_is_made(tmp_path: Path) -> None:
    cluster = Cluster(jobs=[begun("wayfare-copy-theirs")])
    assert carrier(cluster, tmp_path).all(lambda: OBJECTS).objects == 3
    assert cluster.orders == []
    # One that has ended is nobody's reason not to copy.
    carrier(cluster, tmp_path).all(lambda: OBJECTS)
    assert len(cluster.orders) == 1


def test_names_are_copied_after_what_goes_on(tmp_path: Path) -> None:
    cluster = Cluster(jobs=[begun("wayfare-copy-theirs")])
    carrier(cluster, tmp_path).these(["a", "b $(c)"], anew=True)
    (order,) = cluster.orders
    assert (order.shares, order.named, order.anew) == (("a\0b $(c)\0",), True, True)
    assert cluster.most == 1


def test_more_names_than_a_config_map_holds_are_copied_in_turn(tmp_path: Path) -> None:
    cluster, name = Cluster(), "n" * (MOST_BYTES // 3)
    names = [f"{name}{n}" for n in range(5)]
    carrier(cluster, tmp_path).these(names, anew=False)
    assert [len(order.shares) for order in cluster.orders] == [1, 1, 1]
    assert "".join(share for order in cluster.orders for share in order.shares) == "".join(f"{n}\0" for n in names)
    assert max(len(order.shares[0]) for order in cluster.orders) <= MOST_BYTES


def test_where_a_name_cannot_be_said_all_are_copied_and_where_there_is_none_nothing_is(tmp_path: Path) -> None:
    cluster = Cluster()
    carrier(cluster, tmp_path).these(["a", "/b"], anew=True)
    assert [(order.shares, order.named, order.anew) for order in cluster.orders] == [(("",), False, True)]
    carrier(cluster, tmp_path).these([], anew=True)
    assert len(cluster.orders) == 1


def test_one_that_fails_stops_with_the_clouds_words_and_what_to_try(tmp_path: Path) -> None:
    cluster = Cluster(fails=["x: AccessDenied: no", "operation error S3: AccessDenied: Access Denied"])
    with pytest.raises(CopyFailed, match=r"Job wayfare-copy-[0-9a-f]{8} in llm\.gcp-us-east4 failed") as failed:
        carrier(cluster, tmp_path).all(lambda: OBJECTS)
    assert failed.value.kind is Kind.CREDENTIALS
    assert "AccessDenied: Access Denied" in str(failed.value)
    # Called again it copies again.
    cluster.fails = ()
    assert carrier(cluster, tmp_path).all(lambda: OBJECTS).objects == 3
    assert len({order.name for order in cluster.orders}) == 2


def test_an_api_that_is_silent_for_a_while_is_asked_again_and_at_first_it_must_answer(tmp_path: Path) -> None:
    cluster = Cluster(silent=1)
    with pytest.raises(CopyFailed, match="unreachable"):
        carrier(cluster, tmp_path).all(lambda: OBJECTS)
    assert cluster.orders == []

    class Falters(Cluster):
        def declare(self, order: Path) -> None:
            super().declare(order)
            self.silent = 5

    assert carrier(Falters(), tmp_path).all(lambda: OBJECTS).objects == 3


def test_one_that_stands_still_stops_with_why_and_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(range(0, 10**6, 600))
    monkeypatch.setattr(carrying, "monotonic", lambda: float(next(times)))
    waiting = Seen("wayfare-copy-theirs", 2, 0, "", "", waits="ImagePullBackOff: rclone/rclone:1 was not found")

    class Still(Cluster):
        def look(self) -> Sequence[Seen]:
            return [waiting]

    cluster = Still()
    with pytest.raises(CopyStill, match="30 minutes: ImagePullBackOff"):
        carrier(cluster, tmp_path).all(lambda: OBJECTS)
    assert cluster.orders == []


def test_a_job_that_somebody_deletes_is_not_waited_for(tmp_path: Path) -> None:
    class Deleted(Cluster):
        def look(self) -> Sequence[Seen]:
            return () if self.jobs and self.jobs[0].whole.objects == 1 else super().look()

    with pytest.raises(CopyFailed, match="not there any more"):
        carrier(Deleted(), tmp_path).all(lambda: OBJECTS)


def test_whoever_may_not_act_any_more_leaves_the_job_to_the_next(tmp_path: Path) -> None:
    cluster = Cluster(lasts=10, looks_left=4)
    with pytest.raises(Lost):
        carrier(cluster, tmp_path).all(lambda: OBJECTS)
    cluster.looks_left = 1000
    assert carrier(cluster, tmp_path).all(lambda: OBJECTS).objects == 10
    assert len(cluster.orders) == 1


def test_an_order_is_read_as_it_was_written_and_its_bandwidth_is_shared_out(tmp_path: Path) -> None:
    from wayfare.components.trusting import Trusted

    order = CopyOrder.new("s", ROUTE.source, ROUTE.target, ("a", "b"), ROUTE.pods, None, bandwidth=9000)
    order.write(tmp_path / "copy.json")
    assert CopyOrder.read(tmp_path / "copy.json") == order
    carriage = order.carriage(Trusted(settings={"profile": "source"}))
    assert "--bwlimit=4500B" in carriage.arguments
    assert carriage.environment["RCLONE_CONFIG_SOURCE_PROFILE"] == "source"
    assert carriage.environment["RCLONE_CONFIG_SOURCE_ENV_AUTH"] == "true"
    assert carriage.environment["RCLONE_CONFIG_SOURCE_SSE_KMS_KEY_ID"] == "alias/own"
    assert carriage.image.startswith("rclone/rclone:1.")
