"""Who holds which machines, how many there are, and what the account may have.

A zone has so many nodes of a machine type for each purchase. On demand, an open reservation is consumed by pools of its
zone and machine type: what is in use is the pools and the part of the reservations that no pool fills, which is the
larger of the two sums. A reservation can so be released without touching the pools.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from wayfare.blueprints import CloudName, Purchase
from wayfare.components.catalog import Catalog, MachineType, Sale
from wayfare.sandbox.behaviour import FaultKind, Nodes, Operation
from wayfare.sandbox.packages import CLOUDS, PACKAGE_OF, PACKAGES
from wayfare.sandbox.scenario import CapacityRow, FaultRow, OfferedRow, QuotaRow, Scenario
from wayfare.sandbox.store import Store

DEFAULT_NODES = 64
"""Nodes in each zone for each purchase that the catalog sells, unless a scenario says else."""

#: Regions without a zone a (cloud.google.com/compute/docs/regions-zones).
_ZONES_OF = {region: tuple(f"{region}-{letter}" for letter in "bcd") for region in ("us-east1", "europe-west1")}


class Scarce(Exception):
    """A zone has not as many nodes left."""


@dataclass
class OverQuota(Exception):
    """The account may not have as many."""

    family: str
    limit: int
    wanted: int


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call; see `scenario.FaultRow`."""

    message: str | None
    kind: FaultKind | None
    dead: bool
    slow: float
    """Virtual seconds."""


class Ledger:
    """Capacity, quotas and faults of one sandbox, kept in its store."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        """`catalog` says what is sold where, and what counts against which quota."""
        self._store, self._catalog = store, catalog

    def load(self, scenario: Scenario) -> None:
        """Take over a scenario's rows, in place of those before."""
        with self._store.transaction():
            for table in ("capacity", "quotas", "offered", "zones", "fault_rows"):
                self._store.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
            for row in scenario.capacity:
                self.set_capacity(row, row.after.total_seconds() if row.after else 0.0)
            for quota in scenario.quotas:
                self.set_quota(quota)
            for offered in scenario.offered:
                self.set_offered(offered)
            for fault in scenario.faults:
                self.add_fault(fault)
            for cloud, regions in scenario.zones.items():
                for region, zones in regions.items():
                    self._store.execute("INSERT INTO zones VALUES (?, ?, ?)", cloud, region, " ".join(zones))

    def set_capacity(self, row: CapacityRow, since: float) -> None:
        """From a moment on, in virtual seconds, there are so many nodes."""
        self._store.execute(
            "INSERT INTO capacity (cloud, region, zone, machine_type, purchase, nodes, since) VALUES (?,?,?,?,?,?,?)",
            *(row.cloud, row.region, row.zone, row.machine_type, row.purchase, row.nodes, since),
        )

    def set_quota(self, row: QuotaRow) -> None:
        """Set the account's limit."""
        self._store.execute(
            "INSERT OR REPLACE INTO quotas VALUES (?,?,?,?)", row.cloud, row.region, row.family, row.limit
        )

    def set_offered(self, row: OfferedRow) -> None:
        """Say whether a machine type is offered."""
        self._store.execute(
            "INSERT INTO offered (cloud, region, zone, machine_type, offered) VALUES (?,?,?,?,?)",
            *(row.cloud, row.region, row.zone, row.machine_type, row.offered),
        )

    def add_fault(self, row: FaultRow) -> None:
        """Let something go wrong with the next calls on a type or function."""
        self._store.execute(
            "INSERT INTO fault_rows (cloud, token, operation, message, kind, dead, slow, passing, remaining)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            *(row.cloud, row.token, row.operation, row.message, row.kind, row.dead),
            *(row.slow.total_seconds() if row.slow else 0.0, row.after, row.times),
        )

    def take_fault(self, cloud: str, token: str, operation: Operation) -> Fault | None:
        """What goes wrong with this call, if anything; each row is used up by its number of times."""
        with self._store.transaction():
            rows = self._store.query(
                "SELECT * FROM fault_rows WHERE cloud=? AND token=? AND operation=? AND remaining>0 ORDER BY number",
                *(cloud, token, operation),
            )
            for row in rows:
                if row["passing"]:
                    self._store.execute("UPDATE fault_rows SET passing = passing - 1 WHERE number = ?", row["number"])
                    continue
                self._store.execute("UPDATE fault_rows SET remaining = remaining - 1 WHERE number = ?", row["number"])
                kind = FaultKind(row["kind"]) if row["kind"] else None
                return Fault(row["message"], kind, bool(row["dead"]), float(row["slow"]))
        return None

    def faults(self) -> list[dict[str, object]]:
        """What is still to go wrong, in the order in which it was asked for."""
        rows = self._store.query("SELECT * FROM fault_rows WHERE remaining > 0 ORDER BY number")
        return [{key: row[key] for key in row.keys() if row[key] not in (None, 0)} for row in rows]  # noqa: SIM118 - a sqlite3.Row

    def zones(self, cloud: CloudName, region: str) -> Sequence[str]:
        """Zones of a region; empty for a region that the cloud does not have."""
        rows = self._store.query("SELECT names FROM zones WHERE cloud=? AND region=?", cloud, region)
        if rows:
            return tuple(str(rows[0]["names"]).split())
        if cloud in self._catalog and all(row.name != region for row in self._catalog[cloud].regions):
            return ()
        return _ZONES_OF.get(region) or tuple(zone.format(region) for zone in PACKAGES[PACKAGE_OF[cloud]].zones)

    def offered(self, cloud: CloudName, region: str, zone: str, machine_type: str) -> bool:
        """Whether a zone (or, for an empty zone, any of the region) has a machine type at all."""
        rows = self._store.query(
            "SELECT offered FROM offered WHERE cloud=? AND region=? AND machine_type=? AND (zone IS NULL OR zone=?)"
            " ORDER BY number DESC LIMIT 1",
            *(cloud, region, machine_type, zone),
        )
        if rows:
            return bool(rows[0]["offered"])
        machine = self._machine(cloud, machine_type)
        if machine is not None and region not in machine.regions:
            return False
        zones = self.zones(cloud, region)
        return zone in zones if zone else bool(zones)

    def capacity(
        self, cloud: CloudName, region: str, zone: str, machine_type: str, purchase: str, at: float
    ) -> int | None:
        """Nodes that there are, used or not; None without limit (a machine type that the catalog does not know)."""
        rows = self._store.query(
            "SELECT nodes FROM capacity WHERE cloud=? AND region=? AND machine_type=? AND (zone IS NULL OR zone=?)"
            " AND (purchase IS NULL OR purchase=?) AND since<=? ORDER BY since DESC, number DESC LIMIT 1",
            *(cloud, region, machine_type, zone, purchase, at),
        )
        if rows:
            return int(rows[0]["nodes"])
        machine = self._machine(cloud, machine_type)
        if machine is None:
            return None
        return DEFAULT_NODES if Sale(purchase) in machine.sales and region in machine.regions else 0

    def in_use(
        self, cloud: CloudName, region: str, zone: str, machine_type: str, purchase: str, without: int = 0
    ) -> int:
        """Nodes in use in a zone, leaving out the resource of one number."""
        pools, reserved = self._sums(cloud, region, without)[zone, machine_type, purchase]
        return max(pools, reserved)

    def grant(self, cloud: CloudName, region: str, nodes: Nodes, at: float, without: int = 0) -> Nodes:
        """Grant machines to a resource, in a zone of its own choice or in the first that has room.

        `without`: the number of the resource that asks, so that its own machines do not stand in its way.
        Raises `Scarce` and `OverQuota`. Nothing is written: the caller keeps the nodes with the resource.
        """
        self._hold_to_quota(cloud, region, nodes, without)
        for zone in [nodes.zone] if nodes.zone else list(self.zones(cloud, region)) or [""]:
            there = self.capacity(cloud, region, zone, nodes.machine_type, nodes.purchase, at)
            pools, reserved = self._sums(cloud, region, without)[zone, nodes.machine_type, nodes.purchase]
            wanted = max(pools, reserved + nodes.count) if nodes.reserves else max(pools + nodes.count, reserved)
            # Machines that are already in use stay in use when capacity falls below them.
            if there is None or wanted <= max(there, max(pools, reserved)) or nodes.count == 0:
                return Nodes(zone, nodes.machine_type, nodes.purchase, nodes.count, nodes.reserves)
        raise Scarce

    def overview(self, at: float) -> list[dict[str, object]]:
        """Every zone's capacity and use: where nodes are in use or a scenario or a command set the number."""
        keys = {
            (CloudName(row["cloud"]), str(row["region"]), zone, str(row["machine_type"]), purchase)
            for row in self._store.query("SELECT * FROM capacity")
            for zone in ([row["zone"]] if row["zone"] else self.zones(CloudName(row["cloud"]), row["region"]))
            for purchase in ([row["purchase"]] if row["purchase"] else list(Purchase))
        }
        for resource in self._store.resources():
            if (nodes := resource.nodes) is not None:
                keys.add((CLOUDS[resource.package], resource.region, nodes.zone, nodes.machine_type, nodes.purchase))
        return [
            {
                "cloud": key[0],
                "region": key[1],
                "zone": key[2],
                "machineType": key[3],
                "purchase": str(key[4]),
                "nodes": self.capacity(*key, at),
                "inUse": self.in_use(*key),
            }
            for key in sorted(keys)
        ]

    def _hold_to_quota(self, cloud: CloudName, region: str, nodes: Nodes, without: int) -> None:
        machine = self._machine(cloud, nodes.machine_type)
        if machine is None or nodes.count == 0:
            return
        rows = self._store.query(
            "SELECT ceiling FROM quotas WHERE cloud=? AND region=? AND family=?", cloud, region, machine.family
        )
        if not rows:
            return
        sums = self._sums(cloud, region, without)
        before = self._counted(cloud, machine.family, sums)
        pools, reserved = sums[nodes.zone, nodes.machine_type, nodes.purchase]
        grown = (pools, reserved + nodes.count) if nodes.reserves else (pools + nodes.count, reserved)
        sums[nodes.zone, nodes.machine_type, nodes.purchase] = grown
        wanted, limit = self._counted(cloud, machine.family, sums), int(rows[0]["ceiling"])
        if wanted > limit and wanted > before:
            raise OverQuota(machine.family, limit, wanted)

    def _counted(self, cloud: CloudName, family: str, sums: dict[tuple[str, str, str], tuple[int, int]]) -> int:
        """What counts against a family: accelerators on GCP, vCPUs elsewhere."""
        total = 0
        for (_, machine_type, _), (pools, reserved) in sums.items():
            machine = self._machine(cloud, machine_type)
            if machine is not None and machine.family == family:
                total += max(pools, reserved) * (machine.accelerators if cloud is CloudName.GCP else machine.vcpus)
        return total

    def _sums(self, cloud: CloudName, region: str, without: int) -> dict[tuple[str, str, str], tuple[int, int]]:
        """(zone, machine type, purchase) → nodes of pools, nodes of reservations."""
        sums: dict[tuple[str, str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        rows = self._store.query(
            "SELECT zone, machine_type, purchase, SUM(CASE WHEN reserves THEN 0 ELSE count END) AS pools,"
            " SUM(CASE WHEN reserves THEN count ELSE 0 END) AS reserved FROM resources"
            " WHERE package=? AND region=? AND machine_type IS NOT NULL AND number<>?"
            " GROUP BY zone, machine_type, purchase",
            *(PACKAGE_OF[cloud], region, without),
        )
        for row in rows:
            sums[row["zone"], row["machine_type"], row["purchase"]] = (row["pools"], row["reserved"])
        return sums

    def _machine(self, cloud: CloudName, machine_type: str) -> MachineType | None:
        """The catalog's row; None for a machine type without accelerators."""
        try:
            return self._catalog[cloud].machine_type(machine_type)
        except KeyError:
            return None
