"""What must be there before anything is created: what a plan needs of the account, and a way into a private network."""

import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from wayfare.blueprints import Blueprint, CloudName, ExistingNetwork
from wayfare.components.contract import Need
from wayfare.stacks.accounts import AccountSilent
from wayfare.stacks.placement import Candidate
from wayfare.stacks.session import Session

#: How long a network that is connected may take to answer, in seconds.
_PATIENCE = 5.0

Needs = Callable[[Candidate], Sequence[Need]]
"""What a candidate's plan needs."""


def ready(session: Session, blueprint: Blueprint, candidates: Sequence[Candidate], needs: Needs) -> list[Candidate]:
    """The candidates, those rejected whose account lacks something or whose network is not reached from here."""
    shut = _shut(session, blueprint, candidates)
    lacking = _lacking(session, candidates, needs)

    def reason(candidate: Candidate) -> str | None:
        missing = [lacking[candidate.cloud, need] for need in needs(candidate) if (candidate.cloud, need) in lacking]
        return shut.get((candidate.cloud, candidate.region or "")) or "; ".join(missing) or None

    return [
        candidate if candidate.rejected is not None else replace(candidate, rejected=reason(candidate))
        for candidate in candidates
    ]


def _lacking(session: Session, candidates: Sequence[Candidate], needs: Needs) -> Mapping[tuple[CloudName, Need], str]:
    """Why a need is not met, each asked once; an account that does not answer meets none."""
    asked: dict[CloudName, dict[Need, None]] = {}
    for candidate in candidates:
        asked.setdefault(candidate.cloud, {}).update(dict.fromkeys(needs(candidate)))
    found: dict[tuple[CloudName, Need], str] = {}
    for name, wanted in asked.items():
        if not wanted:
            continue
        try:
            answer = session.accounts.lacking(name, tuple(wanted))
        except AccountSilent as silent:
            answer = dict.fromkeys(wanted, str(silent))
        found |= {(name, need): f"{why}; {need.remedy}" for need, why in answer.items()}
    return found


def _shut(
    session: Session, blueprint: Blueprint, candidates: Sequence[Candidate]
) -> Mapping[tuple[CloudName, str], str]:
    """By cloud and region, why a private API could not be got to from here."""
    if blueprint.spec.access.api != "private":
        return {}
    open = {(c.cloud, c.region) for c in candidates if c.rejected is None}
    networks = [each for each in blueprint.spec.network.existing if (CloudName(each.cloud), each.region) in open]
    answers = _connected(session)
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="reach") as threads:
        reached = list(threads.map(answers, networks))
    return {
        (
            CloudName(network.cloud),
            network.region,
        ): f"its API is to be private, and {network.reach} in its network does "
        "not answer from here; connect to that network first"
        for network, is_there in zip(networks, reached, strict=True)
        if not is_there
    }


def _connected(session: Session) -> Callable[[ExistingNetwork], bool]:
    """Whether a network is connected to this machine: something in it answers. The sandbox says so itself."""
    if session.sandbox is None:
        return lambda network: answers(network.reach or "")
    connected = session.sandbox.connected()
    return lambda network: CloudName(network.cloud) in connected


def answers(place: str) -> bool:
    """Whether a host and port, as in `10.20.0.2:443`, take a connection."""
    host, _, port = place.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=_PATIENCE):
            return True
    except (OSError, OverflowError):
        return False
