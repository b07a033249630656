"""Google Cloud's behaviour without a sandbox around it: resources in memory, and its rules called one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from wayfare.sandbox import limits
from wayfare.sandbox.behaviour import Call, Properties
from wayfare.sandbox.clouds.gcp import BEHAVIOUR

ZONES = {"us-central1": ("us-central1-a", "us-central1-b", "us-central1-c")}
POOL: dict[str, Any] = {
    "name": "accelerator",
    "cluster": "projects/wayfare-sandbox/locations/us-central1/clusters/llm",
    "location": "us-central1",
    "nodeLocations": ["us-central1-b"],
    "nodeCount": 2,
    "nodeConfig": {
        "machineType": "a3-highgpu-8g",
        "guestAccelerators": [{"type": "nvidia-h100-80gb", "count": 8}],
        "reservationAffinity": {"consumeReservationType": "ANY_RESERVATION"},
        "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}],
    },
}
CLUSTER = {"name": "llm", "location": "us-central1", "datapathProvider": "ADVANCED_DATAPATH"}


@dataclass(frozen=True)
class FakeRow:
    token: str
    id: str
    inputs: Properties
    outputs: Properties
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    region: str = "us-central1"
    failed: bool = False


@dataclass
class FakeStore:
    """Resources and buckets in memory."""

    held: list[FakeRow] = field(default_factory=list[FakeRow])
    buckets: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
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
        return ZONES.get(region, ())

    def offered(self, region: str, zone: str, machine_type: str) -> bool:
        return zone in ZONES.get(region, ()) and machine_type == "a3-highgpu-8g"

    def plane(self, token: str, region: str, id: str) -> None:
        """Clusters without real control planes."""

    def bucket_made(self, name: str) -> None:
        self.buckets[name] = []

    def bucket_empty(self, name: str) -> bool:
        return not self.buckets[name]

    def bucket_removed(self, name: str) -> None:
        del self.buckets[name]


def call(store: FakeStore, token: str, inputs: Mapping[str, Any], id: str | None = None) -> Call:
    return Call(token, "r", "urn", dict(inputs), {"region": "us-central1"}, store, id)


def make(store: FakeStore, token: str, inputs: Mapping[str, Any], tags: Mapping[str, str] | None = None) -> FakeRow:
    create = BEHAVIOUR.rules[token].create
    assert create is not None
    made = create(call(store, token, inputs))
    row = FakeRow(token, made.id, dict(inputs), {**inputs, **made.outputs}, tags or {})
    store.held.append(row)
    return row


def delete(store: FakeStore, row: FakeRow) -> None:
    rule = BEHAVIOUR.rules[row.token].delete
    if rule is not None:
        rule(call(store, row.token, row.inputs, row.id))
    store.held.remove(row)


def violations(token: str, inputs: Mapping[str, Any]) -> list[str]:
    """Paths of what the API's model and the cloud's own rules refuse."""
    check = BEHAVIOUR.rules[token].check
    assert check is not None
    found = limits.check(BEHAVIOUR.limits(token), dict(inputs)) or check(call(FakeStore(), token, inputs))
    return [path for path, _ in found]
