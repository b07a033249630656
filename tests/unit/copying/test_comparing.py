"""Manifests held against each other: rules that hold for whatever two buckets contain."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from wayfare.stacks.copying.comparing import Finding, Verdict, compared, late
from wayfare.stacks.copying.evidence import NAMED, Count, Evidence, Tally
from wayfare.stacks.copying.manifest import By, Entry, Listed

_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)
_HASHES = st.sampled_from(["a" * 32, "b" * 32])
_WHENS = st.sampled_from(["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"])


def _entries(contents: Mapping[str, tuple[int, str, By, str]]) -> list[Entry]:
    return [Entry(name, *contents[name]) for name in sorted(contents)]


BUCKETS = st.dictionaries(_NAMES, st.tuples(st.integers(0, 3), _HASHES, st.sampled_from(By), _WHENS), max_size=8).map(
    _entries
)
LISTINGS = st.dictionaries(_NAMES, st.tuples(st.integers(0, 3), st.none() | _HASHES, _WHENS), max_size=8).map(
    lambda contents: [Listed(name, *contents[name]) for name in sorted(contents)]
)


def _content(entries: list[Entry]) -> dict[str, tuple[int, str]]:
    return {each.name: (each.size, each.md5) for each in entries}


def _evidence(findings: list[Finding]) -> Evidence:
    tally = Tally()
    assert list(tally.take(findings)) == findings
    return tally.evidence("s3://a", "gs://b", ("1", "2"), "1.0")


@given(BUCKETS)
def test_a_bucket_is_the_same_as_itself(bucket: list[Entry]) -> None:
    assert all(each.verdict is Verdict.SAME for each in compared(bucket, bucket))


@given(BUCKETS, BUCKETS)
def test_every_name_of_either_gets_one_verdict_in_order(source: list[Entry], target: list[Entry]) -> None:
    names = [each.name for each in compared(source, target)]
    assert names == sorted({each.name for each in [*source, *target]})


@given(BUCKETS, BUCKETS)
def test_verdicts_are_those_of_sets(source: list[Entry], target: list[Entry]) -> None:
    here, there = _content(source), _content(target)
    found = {
        verdict: {each.name for each in compared(source, target) if each.verdict is verdict} for verdict in Verdict
    }
    assert found[Verdict.MISSING] == here.keys() - there.keys()
    assert found[Verdict.EXTRA] == there.keys() - here.keys()
    assert found[Verdict.SAME] == {name for name, _ in here.items() & there.items()}
    assert found[Verdict.DIFFERING] == (here.keys() & there.keys()) - found[Verdict.SAME]
    assert not found[Verdict.LATE]


@given(BUCKETS, BUCKETS)
def test_a_proof_is_complete_exactly_where_the_target_has_all_of_the_source(
    source: list[Entry], target: list[Entry]
) -> None:
    evidence = _evidence(list(compared(source, target)))
    assert evidence.complete == (_content(source).items() <= _content(target).items())
    assert sum(count.objects for count in evidence.proven.values()) == evidence.count(Verdict.SAME).objects
    assert sum(count.bytes for count in evidence.proven.values()) == evidence.count(Verdict.SAME).bytes
    missing = [each.size for each in source if each.name not in _content(target)]
    assert evidence.count(Verdict.MISSING) == Count(len(missing), sum(missing))


@given(BUCKETS, BUCKETS)
def test_the_other_way_round_missing_is_extra(source: list[Entry], target: list[Entry]) -> None:
    there = [each.name for each in compared(source, target) if each.verdict is Verdict.MISSING]
    back = [each.name for each in compared(target, source) if each.verdict is Verdict.EXTRA]
    assert there == back


@given(BUCKETS)
def test_nothing_is_late_where_nobody_wrote(bucket: list[Entry]) -> None:
    now = [Listed(each.name, each.size, each.md5 if each.by is By.STORE else None, each.modified) for each in bucket]
    assert not list(late(bucket, now))


@given(BUCKETS, LISTINGS)
def test_what_was_written_or_deleted_since_is_late(bucket: list[Entry], now: list[Listed]) -> None:
    then, listed = {each.name: each for each in bucket}, {each.name: each for each in now}
    wanted: set[str] = set(then.keys() ^ listed.keys())
    for name in then.keys() & listed.keys():
        old, new = then[name], listed[name]
        same = old.md5 == new.md5 if new.md5 is not None else old.modified == new.modified
        wanted |= set() if same and old.size == new.size else {name}
    assert {each.name for each in late(bucket, now)} == wanted


def test_another_time_alone_is_not_late_where_the_store_tells_the_hash() -> None:
    entry = Entry("x", 1, "a" * 32, By.STORE, "then")
    assert not list(late([entry], [Listed("x", 1, "a" * 32, "now")]))
    assert [each.name for each in late([entry], [Listed("x", 1, None, "now")])] == ["x"]


def test_an_evidence_names_the_first_ones_and_counts_all() -> None:
    evidence = _evidence([Finding(f"{number:03}", Verdict.MISSING, 2) for number in range(100)])
    assert evidence.count(Verdict.MISSING) == Count(100, 200)
    assert evidence.names[Verdict.MISSING] == tuple(f"{number:03}" for number in range(NAMED))
    assert evidence.lines()[0].endswith("not all of it has arrived")


def test_the_digest_of_an_evidence_is_of_all_that_it_says() -> None:
    one = _evidence([Finding("x", Verdict.SAME, 1, (By.STORE, By.STORE))])
    again = _evidence([Finding("x", Verdict.SAME, 1, (By.STORE, By.STORE))])
    other = _evidence([Finding("x", Verdict.SAME, 1, (By.STORE, By.READ))])
    assert one.digest == again.digest != other.digest
    assert one.lines() == [
        "s3://a -> gs://b: all of it has arrived",
        "  same: 1 objects, 1 bytes",
        "    both stores' own hashes: 1 objects, 1 bytes",
    ]
