"""What is asked of a Google Cloud project: where machine types are offered, and what carries a cluster's name."""

import asyncio
from collections.abc import Mapping, Sequence

import pulumi_gcp as gcp

from wayfare.blueprints import CloudName
from wayfare.components.contract import Item, ZoneQuestion, short_digest


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
    listed = await gcp.compute.get_zones_output(region=region, status="UP").future()
    names = sorted(listed.names) if listed is not None else []
    return dict(zip(names, await asyncio.gather(*(_types(zone, machine_types) for zone in names)), strict=True))


async def _types(zone: str, machine_types: Sequence[str]) -> frozenset[str]:
    condition = " OR ".join(f'(name = "{machine_type}")' for machine_type in machine_types)
    listed = await gcp.compute.get_machine_types_output(zone=zone, filter=condition).future()
    return frozenset(row.name for row in listed.machine_types) if listed is not None else frozenset()


async def inventory(cluster: str, region: str) -> Sequence[Item]:
    """Everything that carries the cluster's labels, or its name where a type has no labels.

    Networks, routers, reservations, service accounts and node pools have no labels of their own. The index of Cloud
    Asset Inventory follows a change within minutes. Its search is wide; what is kept is checked here again.
    """
    project = await gcp.organizations.get_client_config_output().apply(lambda client: client.project).future()
    name = f"{cluster}-{short_digest(cluster, CloudName.GCP, region, length=4)}"
    queries = (f'labels.wayfare-cluster="{cluster}"', f'name:"{name}"')
    answers = await asyncio.gather(
        *(
            gcp.cloudasset.get_search_all_resources_output(scope=f"projects/{project}", query=query).future()
            for query in queries
        )
    )
    found: dict[str, Item] = {}
    for answer in answers:
        for row in answer.results if answer is not None else ():
            labelled = row.labels.get("wayfare-cluster") == cluster and row.labels.get("wayfare-region") == region
            if labelled or _named(row.name, name):
                kept = row.labels.get("wayfare-keep") == "durable"
                found[row.name] = Item(kind=row.asset_type, id=row.name, retained=kept)
    return tuple(sorted(found.values(), key=lambda item: (item.kind, item.id)))


def _named(full_name: str, name: str) -> bool:
    """Whether a part of a full resource name is the cluster's, such as `…/clusters/<name>/nodePools/system`.

    GKE's own resources begin with `gke-<name>`, if the name is short enough to be kept whole.
    """
    return any(
        part == name or part.startswith((f"{name}-", f"{name}@", f"gke-{name}-")) for part in full_name.split("/")
    )
