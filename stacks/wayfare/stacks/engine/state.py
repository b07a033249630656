"""What a stack's state and history tell, as plain data."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Recorded:
    """A resource as a stack's state records it."""

    urn: str
    type: str
    id: str | None
    parent: str | None
    needs: frozenset[str]
    """URNs that it depends on in any way, its provider and parent included."""


@dataclass(frozen=True)
class Unfinished:
    """What an engine that died was about to do, as a stack's state records it."""

    operations: tuple[tuple[str, Mapping[str, Any]], ...]
    """(`creating`, `updating`, `deleting`, …; the resource as the state would record it, without its id)"""
    urns: frozenset[str]
    """All that the state does record."""
    providers: frozenset[str]
    """What its resources name as their provider: URN and id."""


@dataclass(frozen=True)
class Past:
    """An operation on a stack that came to an end."""

    kind: str
    """`update`, `destroy`, `refresh`, `import`, …"""
    well: bool


@dataclass(frozen=True)
class History:
    """What was done to a stack, the last operation first."""

    entries: tuple[Past, ...]

    @property
    def ended_well(self) -> bool:
        """Whether the last operation that came to an end succeeded; also where there never was one."""
        return not self.entries or self.entries[0].well

    @property
    def is_up(self) -> bool:
        """Whether the last operation was an `up` and went well."""
        return bool(self.entries) and self.entries[0] == Past("update", well=True)

    @property
    def stands(self) -> bool:
        """Whether an `up` went well and nothing was destroyed since, however later ones ended."""
        for entry in self.entries:
            if entry.kind == "destroy":
                return False
            if entry == Past("update", well=True):
                return True
        return False


def resources(deployment: Mapping[str, Any]) -> list[Recorded]:
    """What a deployment records, in order."""
    rows: list[dict[str, Any]] = deployment.get("resources") or []
    return [_recorded(row) for row in rows]


def unfinished(deployment: Mapping[str, Any]) -> Unfinished:
    """What was going on when an engine died, and what is recorded."""
    pending: list[dict[str, Any]] = deployment.get("pending_operations") or []
    rows: list[dict[str, Any]] = deployment.get("resources") or []
    return Unfinished(
        tuple((operation["type"], operation["resource"]) for operation in pending),
        frozenset(row["urn"] for row in rows),
        frozenset(f"{row['urn']}::{row['id']}" for row in rows if row["type"].startswith("pulumi:providers:")),
    )


def with_adopted(deployment: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A deployment with more resources, each with its id, in place of all unfinished operations."""
    there: list[Mapping[str, Any]] = deployment.get("resources") or []
    adopted = [{"outputs": row.get("inputs", {}), **row, "custom": True} for row in rows]
    return {**deployment, "resources": [*there, *adopted], "pending_operations": []}


def with_full_ones_deletable(deployment: Mapping[str, Any], urns: Collection[str]) -> dict[str, Any] | None:
    """A deployment in which buckets may be deleted with what they hold; None where all of those may be already.

    A provider goes by the flag in the state, which no cloud ever hears of (Terraform, `force_destroy`).
    """
    rows: list[dict[str, Any]] = deployment.get("resources") or []
    changed = [_deletable(row) if row["urn"] in urns else row for row in rows]
    return {**deployment, "resources": changed} if changed != rows else None


def _deletable(row: dict[str, Any]) -> dict[str, Any]:
    """Where its kind has the flag; Azure deletes an account with all that it holds."""
    changed = {
        part: {**row[part], "forceDestroy": True}
        for part in ("inputs", "outputs")
        if "forceDestroy" in (row.get(part) or {})
    }
    return {**row, **changed}


def with_needs(rows: Sequence[Recorded], keep: Callable[[Recorded], bool]) -> set[str]:
    """URNs of the resources to keep, and of everything that they cannot stand without."""
    by_urn = {resource.urn: resource for resource in rows}
    todo = [resource.urn for resource in rows if keep(resource)]
    kept: set[str] = set()
    while todo:
        urn = todo.pop()
        if urn in by_urn and urn not in kept:
            kept.add(urn)
            todo.extend(by_urn[urn].needs)
    return kept


def _recorded(row: Mapping[str, Any]) -> Recorded:
    provider: str = row.get("provider") or ""
    dependencies: list[str] = row.get("dependencies") or []
    needs = {row.get("parent") or "", provider.rpartition("::")[0], *dependencies} - {""}
    return Recorded(row["urn"], row["type"], row.get("id"), row.get("parent"), frozenset(needs))
