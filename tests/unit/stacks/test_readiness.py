"""What must be there before anything is created: what the account lacks, and networks that do not answer from here."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from wayfare.blueprints import Blueprint, CloudName, TrainingCluster
from wayfare.components.catalog import shipped_catalog
from wayfare.components.contract import Need, ZoneQuestion
from wayfare.stacks.accounts import AccountSilent
from wayfare.stacks.placement import Candidate, candidates, questions
from wayfare.stacks.readiness import answers, ready
from wayfare.stacks.session import Session

KEY = Need("encryption key", "us-east-1", "alias/wayfare", "run `wayfare bootstrap aws --region us-east-1`")
NETWORK = {
    "cloud": "aws",
    "region": "us-east-1",
    "vpc": "vpc-01234567",
    "clusterSubnets": ["subnet-01234567", "subnet-01234568"],
    "acceleratorSubnets": {"us-east-1a": "subnet-01234569"},
}


@dataclass
class Account:
    """Accounts that lack some things, and count how often they are asked."""

    missing: frozenset[Need] = frozenset()
    silent: bool = False
    asked: list[tuple[CloudName, tuple[Need, ...]]] = field(default_factory=list[Any])

    def lacking(self, name: CloudName, needs: Sequence[Need]) -> Mapping[Need, str]:
        self.asked.append((name, tuple(needs)))
        if self.silent:
            raise AccountSilent(f"{name} did not answer")
        return {need: f"the account has no {need.kind} {need.id}" for need in needs if need in self.missing}


@dataclass
class Surroundings:
    """The part of a session that is looked at."""

    accounts: Account
    sandbox: Any = None


def blueprint(reach: str | None = None, **spec: Any) -> Blueprint:
    private: dict[str, Any] = {}
    if reach is not None:
        private = {
            "network": {"existing": [{**NETWORK, "reach": reach}]},
            "access": {"api": "private", "allow": ["10.20.0.0/16"]},
        }
    return TrainingCluster.model_validate(
        {
            "apiVersion": "wayfare.dev/v1",
            "kind": "TrainingCluster",
            "metadata": {"name": "llm"},
            "spec": {
                "accelerators": [{"name": "H100", "nodes": 2}],
                "placement": {"clouds": ["aws"], "avoid": ["aws/us-east-2"]},
                "access": {"allow": ["203.0.113.0/24"]},
                "workload": {"image": "registry.example/train:1"},
                **private,
                **spec,
            },
        },
        strict=False,
    )


def found(wanted: Blueprint) -> list[Candidate]:
    zones = {(CloudName.AWS, ZoneQuestion(q.region, q.machine_type)): (f"{q.region}a",) for q in _asked(wanted)}
    return candidates(wanted, shipped_catalog(), zones)


def _asked(wanted: Blueprint) -> Sequence[ZoneQuestion]:
    return questions(wanted, shipped_catalog())[CloudName.AWS]


def looked_at(wanted: Blueprint, account: Account, needs: Mapping[int, tuple[Need, ...]]) -> list[Candidate]:
    """`needs`: by the place of a candidate."""
    before = found(wanted)
    by_candidate = {before[place]: each for place, each in needs.items()}
    return ready(cast("Session", Surroundings(account)), wanted, before, lambda c: by_candidate.get(c, ()))


def test_what_an_account_lacks_rules_out_the_placements_that_need_it_with_the_way_to_get_it() -> None:
    wanted = blueprint()
    before = found(wanted)
    needs = {place: (KEY,) for place, c in enumerate(before) if c.region == "us-east-1" and c.rejected is None}
    account = Account(frozenset({KEY}))
    after = looked_at(wanted, account, needs)
    assert {after[place].rejected for place in needs} == {
        "the account has no encryption key alias/wayfare; run `wayfare bootstrap aws --region us-east-1`"
    }
    others = [place for place in range(len(before)) if place not in needs]
    assert [after[place] for place in others] == [before[place] for place in others]
    assert account.asked == [(CloudName.AWS, (KEY,))], "asked once for all placements"


def test_what_is_there_rules_out_nothing_and_no_need_asks_nobody() -> None:
    wanted = blueprint()
    account = Account()
    assert looked_at(wanted, account, {0: (KEY,)}) == found(wanted)
    account = Account()
    assert looked_at(wanted, account, {0: (), 1: ()}) == found(wanted)
    assert account.asked == []


def test_an_account_that_does_not_answer_is_not_taken_to_have_everything() -> None:
    wanted = blueprint()
    assert "did not answer" in (looked_at(wanted, Account(silent=True), {0: (KEY,)})[0].rejected or "")


@pytest.fixture
def listening() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.enable_socket
def test_a_private_network_is_tried_before_anything_is_created(listening: str) -> None:
    wanted = blueprint(reach=listening)
    assert any(c.rejected is None for c in looked_at(wanted, Account(), {}))


@pytest.mark.enable_socket
def test_a_private_network_that_does_not_answer_is_out_of_the_question() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    wanted = blueprint(reach=f"127.0.0.1:{port}")
    rejected = {c.rejected for c in looked_at(wanted, Account(), {}) if c.region == "us-east-1" and c.zone}
    assert rejected == {
        f"its API is to be private, and 127.0.0.1:{port} in its network does not answer from here; connect to that "
        "network first"
    }


@dataclass
class Box:
    """The sandbox's word on what the operator is connected to."""

    there: frozenset[CloudName]

    def connected(self) -> frozenset[CloudName]:
        return self.there


@pytest.mark.parametrize("there", [frozenset({CloudName.AWS}), frozenset[CloudName]()])
def test_in_the_sandbox_its_operator_says_what_is_connected(there: frozenset[CloudName]) -> None:
    wanted = blueprint(reach="10.20.0.2:443")
    around = Surroundings(Account(), sandbox=Box(there))
    after = ready(cast("Session", around), wanted, found(wanted), lambda _candidate: ())
    assert any(c.rejected is None for c in after) is bool(there)


def test_a_port_that_there_is_not_does_not_answer() -> None:
    assert not answers("127.0.0.1:99999")
