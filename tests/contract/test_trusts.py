"""Pods of a cluster on any cloud read a bucket on any other, and nobody else does, for as long as the trust stands."""

from collections.abc import Generator

import pytest

from tests.contract.trusting import ELSEWHERE, Clusters, Stand, clusters
from tests.golden.cases import INFERENCE, PLACEMENTS
from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import Refused

SOURCES: list[Stand] = [(name, PLACEMENTS[name, INFERENCE][0]) for name in CloudName]
READERS: list[Stand] = [(name, ELSEWHERE[name]) for name in CloudName]
PAIRS = [(source, reader) for source in SOURCES for reader in READERS]
NAMES = [f"{source[0]}-{reader[0]}" for source, reader in PAIRS]
ACROSS = [(source, reader) for source, reader in PAIRS if source[0] is not reader[0]]
ACROSS_NAMES = [f"{source[0]}-{reader[0]}" for source, reader in ACROSS]


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Generator[Clusters]:
    """Two clusters on each cloud."""
    with clusters(tmp_path_factory.mktemp("trusts")) as made:
        yield made


@pytest.mark.parametrize(("source", "reader"), PAIRS, ids=NAMES)
def test_the_readers_pods_read_while_the_trust_stands(everywhere: Clusters, source: Stand, reader: Stand) -> None:
    wanted = everywhere.wanted(source, reader)
    with everywhere.trust(wanted, source) as told:
        assert everywhere.run.refusals == []
        everywhere.reads(told, source, reader)
        before = told
    with pytest.raises(Refused):
        everywhere.reads(before, source, reader)


@pytest.mark.parametrize(("source", "reader"), ACROSS, ids=ACROSS_NAMES)
def test_nobody_else_does(everywhere: Clusters, source: Stand, reader: Stand) -> None:
    other = next(stand for stand in (*SOURCES, *READERS) if stand not in (source, reader))
    with everywhere.trust(everywhere.wanted(source, reader), source) as told:
        for changes in (
            {"subject": "system:serviceaccount:workload:other"},
            {"subject": "system:serviceaccount:other:workload"},
            {"audience": "https://kubernetes.default.svc"},
            {"issuer": everywhere.outputs[other]["issuer"]},
        ):
            with pytest.raises(Refused):
                everywhere.reads(told, source, reader, **changes)
