"""A blueprint's placements without asking any account: zones are made up, as the clouds write them. Pure."""

from collections.abc import Sequence
from typing import assert_never

from wayfare.blueprints import Blueprint, CloudName, ExistingAwsNetwork, Loaded
from wayfare.components.catalog import Catalog
from wayfare.components.contract import ZoneQuestion
from wayfare.stacks.placement import Candidate, candidates, questions
from wayfare.stacks.plans import Plans


def presumed(loaded: Loaded, catalog: Catalog) -> tuple[Sequence[Candidate], Plans]:
    """The placements, best first, and their plans."""
    plans = Plans(loaded)
    zones = {
        (name, question): (_zone(loaded.blueprint, name, question),)
        for name, asked in questions(loaded.blueprint, catalog).items()
        for question in asked
    }
    return candidates(loaded.blueprint, catalog, zones, plans.against), plans


def _zone(blueprint: Blueprint, name: CloudName, question: ZoneQuestion) -> str:
    """A zone as the cloud writes it; the first of a network that exists already."""
    match name:
        case CloudName.AWS:
            existing = blueprint.spec.network.within(name, question.region)
            own = list(existing.accelerator_subnets) if isinstance(existing, ExistingAwsNetwork) else []
            return own[0] if own else f"{question.region}a"
        case CloudName.AZURE:
            return "1"
        case CloudName.GCP:
            return f"{question.region}-a"
        case _:
            assert_never(name)
