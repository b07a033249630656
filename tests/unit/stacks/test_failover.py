"""Failover as a whole, over a stateful cloud that runs short in random ways."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayfare.blueprints import Accelerator, AcceleratorName, CloudName, Purchase
from wayfare.components.catalog import Fabric, MachineType, Price, Sale
from wayfare.components.failures import FailureKind, Meaning, Scope
from wayfare.stacks.failover import RETRIES, CleanUp, End, Failure, Remains, Result, Shortage, fail_over
from wayfare.stacks.placement import Candidate

H100 = Accelerator(name=AcceleratorName.H100, nodes=16, perNode=8)  # pyright: ignore[reportCallIssue] - by alias
TRIES_ON = [kind for kind in FailureKind if kind.leads_on]
STOPS = [FailureKind.UNKNOWN, FailureKind.CREDENTIALS, FailureKind.ADDRESS_SPACE]


def machine(name: str, family: str) -> MachineType:
    return MachineType(
        name=name,
        accelerator=AcceleratorName.H100,
        accelerators=8,
        memory_gib=80,
        vcpus=192,
        ram_gib=2048,
        family=family,
        fabric=Fabric.NONE,
        interconnect_gbps=3200,
        local_ssd_gb=0,
        regions=("r1", "r2"),
        sales=(Sale.ON_DEMAND, Sale.SPOT),
        price=Price(usd_per_hour=55.0, as_of=date(2026, 7, 1), region="r1", source="test"),
    )


@st.composite
def candidate_lists(draw: st.DrawFn) -> list[Candidate]:
    """Distinct candidates over few regions, zones and machine types, in any order."""
    places = st.tuples(
        st.sampled_from(list(CloudName)),
        st.sampled_from(["r1", "r2"]),
        st.sampled_from(["a", "b"]),
        st.sampled_from([machine("m1", "f1"), machine("m2", "f1"), machine("m3", "f2")]),
        st.sampled_from(list(Purchase)),
    )
    return [
        Candidate(cloud, H100, purchase, (0, 0), region, zone, kind)
        for cloud, region, zone, kind, purchase in draw(st.lists(places, unique=True, min_size=1, max_size=20))
    ]


@dataclass
class Done:
    """A clean-up that happens when it is waited for, as late as it can."""

    ground: "ShortCloud"
    stack: str

    def wait(self) -> Remains:
        self.ground.cleaning.discard(self.stack)
        self.ground.resources.pop(self.stack, None)
        return Remains()


@dataclass
class ShortCloud:
    """A ground that makes resources, fails as it is told, and remembers everything."""

    fates: dict[Candidate, list[FailureKind]]
    scope: dict[Candidate, Scope]
    time: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    resources: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    cleaning: set[str] = field(default_factory=set[str])
    calls: list[Candidate] = field(default_factory=list[Candidate])

    def stack(self, candidate: Candidate) -> str:
        return f"c.{candidate.cloud}-{candidate.region}"

    def now(self) -> datetime:
        return self.time

    def up(self, candidate: Candidate) -> Failure | None:
        stack = self.stack(candidate)
        assert stack not in self.cleaning, "an attempt began in a stack that is being deleted"
        self.calls.append(candidate)
        self.time += timedelta(minutes=10)
        self.resources.setdefault(stack, set()).add(str(candidate))
        fates = self.fates[candidate]
        if not fates:
            return None
        kind = fates.pop(0) if fates[0] is FailureKind.TRANSIENT else fates[0]
        return Failure("no", Meaning(kind, self.scope[candidate], timedelta(days=1)))

    def clean_up(self, stack: str) -> CleanUp:
        self.cleaning.add(stack)
        return Done(self, stack)


@st.composite
def short_clouds(draw: st.DrawFn) -> tuple[list[Candidate], ShortCloud]:
    """Candidates, and a cloud in which most of them fail."""
    candidates = draw(candidate_lists())
    fate = st.one_of(
        st.just(list[FailureKind]()),
        st.sampled_from(TRIES_ON).map(lambda kind: [kind]),
        st.sampled_from(TRIES_ON).map(lambda kind: [kind]),
        st.integers(1, RETRIES + 2).map(lambda times: [FailureKind.TRANSIENT] * times),
        st.sampled_from(STOPS).map(lambda kind: [kind]),
    )
    fates = {candidate: draw(fate) for candidate in candidates}
    scope = {candidate: draw(st.sampled_from(list(Scope))) for candidate in candidates}
    return candidates, ShortCloud(fates, scope)


def run(candidates: Sequence[Candidate], ground: ShortCloud, stale: Sequence[str] = ()) -> Result:
    for stack in stale:
        ground.resources.setdefault(stack, set()).add("left by an earlier run")
    return fail_over(candidates, ground, stale=stale)


@settings(max_examples=400)
@given(short_clouds(), st.sets(st.sampled_from(["c.aws-r1", "c.gcp-r2", "c.azure-r9"])))
def test_it_ends_and_leaves_only_what_stands(case: tuple[list[Candidate], ShortCloud], stale: set[str]) -> None:
    candidates, ground = case
    result = run(candidates, ground, sorted(stale))
    last = ground.stack(result.attempts[-1].candidate) if result.attempts else None
    match result.end:
        case End.STANDS:
            assert set(ground.resources) == {last}
        case End.NO_CAPACITY:
            assert not ground.resources
        case End.STOPPED:
            assert last in ground.resources
            assert set(ground.resources) <= {last, *stale}
    assert not ground.cleaning
    assert result.proven


@settings(max_examples=400)
@given(short_clouds())
def test_no_placement_is_tried_again_after_it_was_found_short(case: tuple[list[Candidate], ShortCloud]) -> None:
    candidates, ground = case
    result = run(candidates, ground)
    tried = [attempt.candidate for attempt in result.attempts]
    assert len(tried) == len(set(tried))
    assert len(ground.calls) <= len(tried) * (RETRIES + 1)


@settings(max_examples=400)
@given(short_clouds())
def test_what_a_shortage_covers_is_passed_over_and_everything_else_is_tried(
    case: tuple[list[Candidate], ShortCloud],
) -> None:
    candidates, ground = case
    result = run(candidates, ground)
    tried = {attempt.candidate for attempt in result.attempts}
    passed_over = {c for attempt in result.attempts for c, _ in attempt.skipped} | {c for c, _ in result.passed_over}
    assert not tried & passed_over
    if result.end is End.NO_CAPACITY:
        assert tried | passed_over == set(candidates)
    order = [candidate for candidate in candidates if candidate in tried]
    assert [attempt.candidate for attempt in result.attempts] == order


@settings(max_examples=200)
@given(short_clouds())
def test_only_capacity_and_quota_lead_on(case: tuple[list[Candidate], ShortCloud]) -> None:
    candidates, ground = case
    result = run(candidates, ground)
    for attempt in result.attempts[:-1]:
        assert attempt.failure is not None
        assert attempt.failure.meaning.kind in {*TRIES_ON, FailureKind.TRANSIENT}
    if result.end is End.STOPPED:
        last = result.attempts[-1].failure
        assert last is not None
        assert last.meaning.kind in STOPS


def at(cloud: CloudName, region: str, zone: str, purchase: Purchase = Purchase.ON_DEMAND) -> Candidate:
    return Candidate(cloud, H100, purchase, (0, 0), region, zone, machine("m1", "f1"))


def short(*candidates: Candidate, kind: FailureKind, scope: Scope) -> ShortCloud:
    return ShortCloud({c: [kind] for c in candidates}, dict.fromkeys(candidates, scope))


def test_the_same_region_keeps_its_stack() -> None:
    first, second = at(CloudName.AWS, "r1", "a"), at(CloudName.AWS, "r1", "b")
    ground = short(first, kind=FailureKind.STOCKOUT, scope=Scope.ZONE)
    ground.fates[second] = []
    result = run([first, second], ground)
    assert result.end is End.STANDS
    assert result.attempts[1].kept_control_plane
    assert ground.resources["c.aws-r1"] == {str(first), str(second)}


def test_a_quota_of_a_family_passes_over_the_rest_of_the_region() -> None:
    here = [at(CloudName.AWS, "r1", zone) for zone in "ab"]
    there = at(CloudName.AWS, "r2", "a")
    ground = short(*here, there, kind=FailureKind.QUOTA, scope=Scope.FAMILY)
    ground.fates[there] = []
    result = run([*here, there], ground)
    assert [attempt.candidate for attempt in result.attempts] == [here[0], there]
    assert [candidate for candidate, _ in result.attempts[1].skipped] == [here[1]]


def shortage(scope: Scope) -> Shortage:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    meaning = Meaning(FailureKind.STOCKOUT, scope, timedelta(hours=1))
    return Shortage(at(CloudName.AWS, "r1", "a").placement, "f1", meaning, now + meaning.lasts)


@pytest.mark.parametrize(
    ("scope", "zone", "region", "spot", "cloud"),
    [
        (Scope.ZONE, False, False, False, False),
        (Scope.REGION, True, False, False, False),
        (Scope.FAMILY, True, False, False, False),
        (Scope.CLOUD, True, True, False, False),
    ],
)
def test_how_far_a_shortage_reaches(scope: Scope, zone: bool, region: bool, spot: bool, cloud: bool) -> None:
    here, now = shortage(scope), datetime(2026, 1, 1, tzinfo=UTC)
    assert here.covers(at(CloudName.AWS, "r1", "a"), now)
    assert here.covers(at(CloudName.AWS, "r1", "b"), now) is zone
    assert here.covers(at(CloudName.AWS, "r2", "a"), now) is region
    assert here.covers(at(CloudName.AWS, "r1", "a", Purchase.SPOT), now) is spot
    assert here.covers(at(CloudName.GCP, "r1", "a"), now) is cloud


def test_a_shortage_ends_with_its_time_to_live() -> None:
    here = shortage(Scope.ZONE)
    assert here.covers(at(CloudName.AWS, "r1", "a"), here.until - timedelta(seconds=1))
    assert not here.covers(at(CloudName.AWS, "r1", "a"), here.until)


def test_a_rejected_candidate_is_never_tried() -> None:
    out = Candidate(CloudName.GCP, H100, Purchase.SPOT, (0, 0), rejected="no")
    result = run([out], ShortCloud({}, {}))
    assert result == Result(End.NO_CAPACITY, ())
