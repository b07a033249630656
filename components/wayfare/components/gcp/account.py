"""What is asked of a Google Cloud project: where machine types are offered, and what carries a cluster's name."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from wayfare.blueprints import CloudName
from wayfare.components.asking import asked
from wayfare.components.contract import Item, Need, ZoneQuestion, resource_name
from wayfare.components.gcp.needs import missing
from wayfare.components.gcp.plan_platform import endpoint_name
from wayfare.components.gcp.trust_plan import trust_of

#: The label that GKE puts on what it makes for a cluster, disks of its claims included.
_OWNED = "goog-k8s-cluster-name"


async def zones(questions: Sequence[ZoneQuestion]) -> Mapping[ZoneQuestion, Sequence[str]]:
    """Ask which zones list a machine type: one question for a region's zones, and one for each zone."""
    regions = sorted({question.region for question in questions})
    offered = dict(
        zip(
            regions,
            await asyncio.gather(*(_offers(region, _wanted(questions, region)) for region in regions)),
            strict=True,
        )
    )
    return {
        question: tuple(zone for zone, types in offered[question.region].items() if question.machine_type in types)
        for question in questions
    }


def _wanted(questions: Sequence[ZoneQuestion], region: str) -> tuple[str, ...]:
    return tuple(sorted({question.machine_type for question in questions if question.region == region}))


async def _offers(region: str, machine_types: Sequence[str]) -> Mapping[str, frozenset[str]]:
    listed = await asked("gcp:compute/getZones:getZones", {"region": region, "status": "UP"})
    names = sorted(listed["names"])
    return dict(zip(names, await asyncio.gather(*(_types(zone, machine_types) for zone in names)), strict=True))


async def _types(zone: str, machine_types: Sequence[str]) -> frozenset[str]:
    condition = " OR ".join(f'(name = "{machine_type}")' for machine_type in machine_types)
    listed = await asked("gcp:compute/getMachineTypes:getMachineTypes", {"zone": zone, "filter": condition})
    return frozenset(row["name"] for row in listed["machineTypes"])


async def project() -> str:
    """The project that the provider works in."""
    client = await asked("gcp:organizations/getClientConfig:getClientConfig")
    return client["project"]


async def lacking(needs: Sequence[Need]) -> Mapping[Need, str]:
    """Of what clusters need beforehand, what the account does not have, with the reason."""
    return await missing(needs)


async def inventory(cluster: str, region: str) -> Sequence[Item]:
    """Everything that carries the cluster's labels, or its name where a type has no labels.

    Networks, routers, reservations, service accounts and node pools have no labels of their own. The index of Cloud
    Asset Inventory follows a change within minutes. Its search is wide; what is kept is checked here again.
    """
    scope = f"projects/{await project()}"
    name = resource_name(cluster, CloudName.GCP, region)
    endpoint = endpoint_name(name)
    queries = (
        f'labels.wayfare-cluster="{cluster}"',
        f'labels.{_OWNED}="{name}"',
        f'name:"{name}"',
        f'name:"{endpoint}"',
        # Alerts and channels are numbered, and pools of identities are called by a digest; all show whose they are.
        f'displayName:"{name}"',
    )
    search = "gcp:cloudasset/getSearchAllResources:getSearchAllResources"
    answers = await asyncio.gather(*(asked(search, {"scope": scope, "query": query}) for query in queries))
    found: dict[str, Item] = {}
    for row in (row for answer in answers for row in answer["results"]):
        labels: Mapping[str, str] = row.get("labels") or {}
        labelled = labels.get("wayfare-cluster") == cluster and labels.get("wayfare-region") == region
        shown = f"{row.get('displayName') or ''} ".startswith(f"{name} ") and not _deleted(row)
        if labelled or shown or labels.get(_OWNED) == name or _named(row["name"], name, endpoint):
            kept = labels.get("wayfare-keep") == "durable"
            trust = trust_of(str(row.get("description") or ""))
            found[row["name"]] = Item(kind=row["assetType"], id=row["name"], retained=kept, trust=trust)
    return tuple(sorted(found.values(), key=lambda item: (item.kind, item.id)))


def _deleted(row: Mapping[str, Any]) -> bool:
    """A pool that was deleted lets nobody in, and is listed until it cannot be had back any more, after 30 days."""
    return str(row.get("state") or "").upper() == "DELETED"


def _named(full_name: str, name: str, endpoint: str) -> bool:
    """Whether a part of a full resource name is the cluster's, such as `…/clusters/<name>/nodePools/system`.

    GKE's own resources begin with `gke-<name>`, if the name is short enough to be kept whole.
    """
    return any(
        part in (name, endpoint) or part.startswith((f"{name}-", f"{name}@", f"gke-{name}-"))
        for part in full_name.split("/")
    )
