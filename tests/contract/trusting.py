"""Clusters on all three clouds beside each other, and trusts between them."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pulumi

from tests.contract.dry_run import DryRun, Edit, sandboxed
from tests.golden.cases import INFERENCE, request
from tests.golden.graph import graph
from tests.mocked import run_with_mocks
from wayfare.blueprints import CloudName
from wayfare.components.azure.account import item, search_query
from wayfare.components.clouds import cloud
from wayfare.components.contract import Item, Request
from wayfare.components.trusting import TrustRequest
from wayfare.sandbox.packages import PACKAGE_OF
from wayfare.sandbox.visitors import Visitor

SUBJECT = "system:serviceaccount:workload:workload"

#: Where a cluster stands besides its golden place, so that a cloud can be moved within.
ELSEWHERE = {CloudName.AWS: "us-west-2", CloudName.AZURE: "westus3", CloudName.GCP: "us-east4"}
_GRAPH = "providers/Microsoft.ResourceGraph/resources"
_ZONES = {CloudName.AWS: "us-west-2a", CloudName.AZURE: "1", CloudName.GCP: "us-east4-a"}

Stand = tuple[CloudName, str]
"""Cloud and region of one of the clusters."""


@dataclass
class Told:
    """What a trust's program gave, as texts."""

    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    audience: str | None = None


@dataclass(frozen=True)
class Clusters:
    """One on each cloud, and one more in another region of it."""

    run: DryRun
    outputs: Mapping[Stand, Mapping[str, Any]]
    numbers: Iterator[int] = field(default_factory=count)
    """No trust is called as another was."""

    def wanted(self, source: Stand, reader: Stand, **changes: Any) -> TrustRequest:
        """A trust between two of them."""
        here, there = self.outputs[source], self.outputs[reader]
        asked = TrustRequest(
            name=f"serve-small-20260301-4f2a-{next(self.numbers):02x}",
            cluster=INFERENCE,
            bucket=here["checkpoints"],
            region=source[1],
            reader=reader[0],
            reader_region=reader[1],
            issuer=there["issuer"],
            subject=SUBJECT,
            identity=there["identity"],
        )
        return replace(asked, **changes)

    @contextmanager
    def trust(self, wanted: TrustRequest, source: Stand, edit: Edit | None = None) -> Generator[Told]:
        """Make a trust, and take it back in the end. What is refused stands in the run."""
        run, told = self.run, Told()
        before = len(run.resources)
        run.region, run.edit = source[1], edit or (lambda _type, _name, inputs: inputs)
        run_with_mocks(run, lambda: _declare(source[0], wanted, told))
        try:
            yield told
        finally:
            for row in reversed(run.resources[before:]):
                run.delete(row.type, row.id)
            del run.resources[before:]
            run.refusals.clear()

    def inventory(self, place: Stand) -> list[Item]:
        """What the cloud's inventory shows of the cluster at a place."""
        name, region = place
        if name is CloudName.AZURE:
            # Asked over HTTP, in the sandbox as on Azure.
            query = search_query(INFERENCE, region)
            rows = self.run.clouds["azure-native"].rest("POST", _GRAPH, {"query": query})["data"]
            return [item(row) for row in rows]
        found: list[Item] = []

        def keep(items: Sequence[Item]) -> None:
            found.extend(items)

        def ask() -> None:
            pulumi.Output.from_input(cloud(name).inventory(INFERENCE, region)).apply(keep)

        self.run.region = region
        run_with_mocks(self.run, ask)
        return found

    def reads(self, told: Told, source: Stand, reader: Stand, **changes: Any) -> None:
        """Let the reader's pods come. Raises `Refused` where they may not read."""
        there = self.outputs[reader]
        visitor = Visitor(
            issuer=there["issuer"],
            subject=SUBJECT,
            audience=told.audience,
            environment=told.environment,
            files=told.files,
            identity=there["identity"],
        )
        cloud = self.run.clouds[PACKAGE_OF[source[0]]]
        cloud.reads(replace(visitor, **changes), _named(self.outputs[source]["checkpoints"]))


def _declare(name: CloudName, wanted: TrustRequest, told: Told) -> None:
    trusted = cloud(name).trust(wanted)

    def keep(known: Mapping[str, Any]) -> None:
        told.environment, told.files = known["environment"], known["files"]

    told.audience = trusted.audience
    pulumi.Output.all(environment=dict(trusted.environment), files=dict(trusted.files)).apply(keep)


def _named(url: str) -> str:
    """A bucket as its cloud calls it: `ACCOUNT/CONTAINER` on Azure."""
    host, _, path = url.partition("://")[2].partition("/")
    return f"{host.partition('.')[0]}/{path}" if path else host


@contextmanager
def clusters(directory: Path, change: Callable[[Request], Request] = lambda asked: asked) -> Generator[Clusters]:
    """Make all of them, in one sandbox."""
    asked = {stand: change(each) for stand, each in _requests().items()}
    with sandboxed(directory, "") as run:
        outputs = {stand: _made(run, each) for stand, each in asked.items()}
        yield Clusters(run, outputs)


def _made(run: DryRun, asked: Request) -> Mapping[str, Any]:
    """What a cluster's stack exports."""
    own = DryRun(run.clouds, run.clock, run.store, asked.placement.region, run.trainings)
    resources = graph(asked, own)
    assert own.refusals == []
    return resources[f"wayfare:index:Cluster {asked.name}"].outputs


def _requests() -> Mapping[Stand, Request]:
    found: dict[Stand, Request] = {}
    for name in CloudName:
        asked = request(name, INFERENCE)
        found[name, asked.placement.region] = asked
        other = replace(asked.placement, region=ELSEWHERE[name], zone=_ZONES[name])
        found[name, other.region] = replace(asked, placement=other)
    return found
