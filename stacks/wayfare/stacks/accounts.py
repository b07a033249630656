"""What is asked of the accounts: where a machine type is offered, and what carries a cluster's tags."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud, sdk_missing
from wayfare.components.contract import AnyCloud, Item, Lost, Need, ZoneQuestion
from wayfare.stacks.engine.automation import ask
from wayfare.stacks.engine.install import Engine
from wayfare.stacks.engine.outcome import EngineFailed
from wayfare.stacks.placement import Zones
from wayfare.stacks.redaction import redacted

#: What is asked of a cloud's account.
Question = Callable[[AnyCloud], Awaitable[Any]]


class AccountSilent(RuntimeError):
    """An account did not answer: no credentials, no permission, no network. The message is the cloud's."""


@dataclass(frozen=True)
class Survey:
    """What the accounts said about zones."""

    zones: Zones
    silent: Mapping[CloudName, str]
    """Clouds that could not be asked, with the reason."""


class Accounts:
    """The accounts that the engine's providers have credentials for."""

    def __init__(self, engine: Engine, environment: Mapping[str, str]) -> None:
        self._engine = engine
        self._environment = environment

    def survey(self, questions: Mapping[CloudName, Sequence[ZoneQuestion]]) -> Survey:
        """Ask every cloud for the zones of its machine types. A cloud that does not answer is in `silent`."""
        silent = {name: reason for name in questions if (reason := sdk_missing(name)) is not None}
        asked = {name: _zones(questions[name]) for name in questions if name not in silent}
        zones: dict[tuple[CloudName, ZoneQuestion], Sequence[str]] = {}
        for name, answer in self._ask(asked).items():
            if isinstance(answer, Exception):
                silent[name] = redacted(str(answer))
            else:
                zones |= {(name, question): tuple(found) for question, found in answer.items()}
        return Survey(zones, silent)

    def lacking(self, name: CloudName, needs: Sequence[Need]) -> Mapping[Need, str]:
        """Of what clusters need beforehand, what the account does not have. Raises AccountSilent."""
        answer = self._ask({name: lambda cloud: cloud.lacking(needs)})[name]
        if isinstance(answer, Exception):
            raise AccountSilent(f"{name} did not answer what it has: {redacted(str(answer))}")
        return answer

    def inventory(self, name: CloudName, cluster: str, region: str) -> list[Item]:
        """Everything in a region that carries the cluster's tags. Raises AccountSilent."""
        answer = self._ask({name: lambda cloud: cloud.inventory(cluster, region)})[name]
        if isinstance(answer, Exception):
            said = redacted(str(answer))
            raise AccountSilent(f"{name} did not answer what it holds of {cluster} in {region}: {said}")
        return list(answer)

    def ids(self, name: CloudName, cluster: str, region: str, lost: Sequence[Lost]) -> Mapping[str, str]:
        """By URN, the id that each lost resource has if it exists. Raises AccountSilent."""
        if not lost:
            return {}
        answer = self._ask({name: lambda cloud: cloud.ids(cluster, region, lost)})[name]
        if isinstance(answer, Exception):
            raise AccountSilent(f"{name} did not answer where resources of {cluster} in {region} are: {answer}")
        return answer

    def _ask(self, questions: Mapping[CloudName, Question]) -> dict[CloudName, Any]:
        """Ask all at once; a cloud whose provider broke the run off is then asked again by itself."""
        if not questions:
            return {}
        bound = {name: partial(question, cloud(name)) for name, question in questions.items()}
        answers = ask(bound, self._engine, self._environment)
        if len(questions) > 1:
            for name, answer in answers.items():
                if isinstance(answer, EngineFailed):
                    answers |= ask({name: bound[name]}, self._engine, self._environment)
        return answers


def _zones(questions: Sequence[ZoneQuestion]) -> Question:
    return lambda cloud: cloud.zones(questions)
