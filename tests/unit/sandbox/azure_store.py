"""A store in memory for tests of Azure's rules, and calls on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from wayfare.sandbox.behaviour import Call, Properties
from wayfare.sandbox.clouds.azure import BEHAVIOUR, names

ND = "Standard_ND96isr_H100_v5"
NC = "Standard_NC24ads_A100_v4"


@dataclass(frozen=True)
class FakeRow:
    token: str
    id: str
    inputs: Properties
    outputs: Properties
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    region: str = "eastus"
    failed: bool = False


@dataclass
class FakeStore:
    """Resources and buckets in memory; eastus has two zones, and only the first has ND machines."""

    held: list[FakeRow] = field(default_factory=list[FakeRow])
    buckets: set[str] = field(default_factory=set[str])
    ids: int = 0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def new_id(self, digits: int = 17) -> str:
        self.ids += 1
        return f"{self.ids:x}".ljust(digits, "a")[:digits]

    def rows(self, token: str | None = None) -> Sequence[FakeRow]:
        return [row for row in self.held if token in (None, row.token)]

    def row(self, token: str, id: str) -> FakeRow | None:
        return next((row for row in self.held if (row.token, row.id) == (token, id)), None)

    def deleted(self, token: str, id: str) -> None:
        """Of what was deleted nothing is known."""

    def zones(self, region: str) -> Sequence[str]:
        return ("1", "2") if region == "eastus" else ()

    def offered(self, region: str, zone: str, machine_type: str) -> bool:
        zones = ("1",) if machine_type == ND else self.zones(region)
        return zone in zones if zone else bool(zones)

    def plane(self, token: str, region: str, id: str) -> None:
        """Clusters without real control planes."""

    def bucket_made(self, name: str) -> None:
        self.buckets.add(name)

    def bucket_empty(self, name: str) -> bool:
        return name not in self.buckets

    def bucket_removed(self, name: str) -> None:
        self.buckets.discard(name)


def call(store: FakeStore, token: str, inputs: Mapping[str, Any], id: str | None = None) -> Call:
    row = None if id is None else store.row(token, id)
    return Call(token, "r", "urn", dict(inputs), {"location": "eastus"}, store, id, row.outputs if row else {})


def make(store: FakeStore, token: str, **inputs: Any) -> FakeRow:
    if token != names.GROUP:
        inputs.setdefault("resourceGroupName", "g")
    create = BEHAVIOUR.rules[token].create
    assert create is not None
    made = create(call(store, token, inputs))
    store.held.append(FakeRow(token, made.id, inputs, {**inputs, **made.outputs}, inputs.get("tags", {})))
    return store.held[-1]


def delete(store: FakeStore, row: FakeRow) -> None:
    rule = BEHAVIOUR.rules[row.token].delete
    assert rule is not None
    rule(call(store, row.token, row.inputs, row.id))
    store.held.remove(row)
