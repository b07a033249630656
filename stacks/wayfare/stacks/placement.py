"""Every placement that a blueprint could have, best first, and for each one that it cannot have, the reason.

Pure: catalog, zones and prices come in as data. Rank follows the blueprint's order of wishes (accelerator, then
purchase), then the price (a region's own before one that is another region's), then the blueprint's order of clouds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from wayfare.blueprints import Accelerator, Blueprint, CloudName, Purchase, Reservation
from wayfare.components.catalog import Catalog, MachineType
from wayfare.components.contract import NotFeasible, Placement, ZoneQuestion
from wayfare.components.fitting import Fit, fitted
from wayfare.components.requesting import shortfall

Zones = Mapping[tuple[CloudName, ZoneQuestion], Sequence[str]]
"""What the accounts answered. A missing key means that the account could not be asked."""

Feasible = Callable[["Candidate"], str | None]
"""The cloud's own word on a candidate: None, or the reason why it cannot be planned."""


@dataclass(frozen=True)
class Candidate:
    """A placement that was looked at."""

    cloud: CloudName
    accelerator: Accelerator
    purchase: Purchase
    wish: tuple[int, int]
    """Position of the accelerator and of the purchase in the blueprint's order."""
    region: str | None = None
    zone: str | None = None
    """None where the account could not be asked."""
    machine: MachineType | None = None
    reservation: Reservation | None = None
    """The one that it uses, for the purchases `reserved` and `block`."""
    fit: Fit | None = None
    """How the blueprint's model is laid over the pool; None where it names none, or it does not fit."""
    rejected: str | None = None
    """The reason why it is out of the question, or None."""
    too_small: bool = False
    """Whether that is because its pool cannot hold the blueprint's model."""

    @property
    def price_per_hour(self) -> float | None:
        """USD for an hour of all nodes; None where no price is published. Spot prices move and are not in the catalog;
        nor is what was agreed for a reservation."""
        return self.ceiling_per_hour if self.purchase is Purchase.ON_DEMAND else None

    @property
    def ceiling_per_hour(self) -> float | None:
        """The most that an hour of all nodes costs, USD: the clouds never charge more for spot than on demand."""
        if self.machine is None or self.machine.price is None:
            return None
        return round(self.machine.price.usd_per_hour * self.accelerator.nodes, 2)

    @property
    def priced_here(self) -> bool:
        """False where the price is another region's list price, which this region's may differ from."""
        price = self.machine.price if self.machine else None
        return price is None or price.region == self.region

    @property
    def placement(self) -> Placement:
        """The placement. Raises ValueError where the zone is not known."""
        if self.machine is None or self.region is None or self.zone is None:
            raise ValueError("a candidate without a zone cannot be placed")
        reservation = None if self.reservation is None else self.reservation.id
        return Placement(self.cloud, self.region, self.zone, self.machine.name, self.purchase, reservation)

    def __str__(self) -> str:
        where = "/".join(part for part in (self.cloud, self.region, self.zone) if part)
        machine = self.machine.name if self.machine else self.accelerator.name
        reservation = f" {self.reservation.id}" if self.reservation else ""
        return f"{where} {self.accelerator.nodes} x {machine} {self.purchase}{reservation}"

    def as_data(self, *, chosen: bool) -> dict[str, object]:
        """The row of `wayfare plan -o json`."""
        return {
            "cloud": self.cloud.value,
            "region": self.region,
            "zone": self.zone,
            "machine_type": self.machine.name if self.machine else None,
            "accelerator": self.accelerator.name.value,
            "nodes": self.accelerator.nodes,
            "purchase": self.purchase.value,
            "reservation": self.reservation.id if self.reservation else None,
            "price_per_hour": self.price_per_hour,
            "model": self.fit.as_data() if self.fit else None,
            "chosen": chosen,
            "rejected": self.rejected,
        }


def questions(blueprint: Blueprint, catalog: Catalog) -> Mapping[CloudName, Sequence[ZoneQuestion]]:
    """What must be asked of each cloud's account before its zones are known: only what could be chosen at all."""
    found: dict[CloudName, dict[ZoneQuestion, None]] = {}
    for candidate in candidates(blueprint, catalog, {}):
        if candidate.rejected is None and candidate.machine and candidate.region:
            asked = found.setdefault(candidate.cloud, {})
            if candidate.zone is not None:
                continue  # a reservation says its own
            asked[ZoneQuestion(candidate.region, candidate.machine.name)] = None
    return {cloud: tuple(asked) for cloud, asked in found.items()}


def candidates(
    blueprint: Blueprint, catalog: Catalog, zones: Zones, feasible: Feasible = lambda _: None
) -> list[Candidate]:
    """All candidates: those that can be tried, ranked; then those that cannot, each with its reason."""
    order = {cloud: place for place, cloud in enumerate(blueprint.spec.placement.clouds)}
    found = [
        replace(candidate, rejected=candidate.rejected or feasible(candidate))
        for candidate in _spread_over_zones(_offers(blueprint, catalog), zones)
    ]

    def rank(candidate: Candidate) -> tuple[object, ...]:
        price = candidate.ceiling_per_hour
        return (
            candidate.rejected is not None,
            candidate.wish,
            inf if price is None else price,
            not candidate.priced_here,
            order.get(candidate.cloud, len(order)),
            candidate.region or "",
            candidate.machine.name if candidate.machine else "",
            candidate.zone or "",
        )

    return sorted(found, key=rank)


def _offers(blueprint: Blueprint, catalog: Catalog) -> Iterator[Candidate]:
    spec = blueprint.spec
    for a, accelerator in enumerate(spec.accelerators):
        for p, purchase in enumerate(spec.purchase):
            for cloud in CloudName:
                bare = Candidate(cloud, accelerator, purchase, (a, p))
                if (unwanted := _unwanted_cloud(blueprint, cloud)) is not None:
                    yield replace(bare, rejected=unwanted)
                    continue
                machines = [m for m in catalog[cloud].machine_types if m.accelerator == accelerator.name]
                if not machines:
                    yield replace(bare, rejected=f"{cloud} has no machine type with {accelerator.name} in the catalog")
                for machine in machines:
                    sized = _laid_out(blueprint, replace(bare, machine=machine), machine)
                    for offer in _places(blueprint, sized, machine):
                        yield replace(offer, rejected=_reason_against(blueprint, catalog, offer, machine))


def _laid_out(blueprint: Blueprint, offer: Candidate, machine: MachineType) -> Candidate:
    """The offer with the model's sizes, or with the reason why a pool of that machine type cannot hold it."""
    if shortfall(offer.accelerator, machine) is not None:
        return offer  # told further on: another node's memory says nothing of the one that is wanted
    try:
        return replace(offer, fit=fitted(blueprint, machine, offer.accelerator))
    except NotFeasible as error:
        return replace(offer, rejected=str(error), too_small=True)


def _places(blueprint: Blueprint, offer: Candidate, machine: MachineType) -> Iterator[Candidate]:
    """The regions in which a machine type is sold, or the zones of the reservations that serve the purchase."""
    if offer.purchase not in (Purchase.RESERVED, Purchase.BLOCK):
        yield from (replace(offer, region=region) for region in machine.regions)
        return
    serving = [
        each for each in blueprint.spec.reservations if (each.cloud, each.purchase) == (offer.cloud, offer.purchase)
    ]
    if not serving:
        yield replace(offer, rejected=f"the blueprint names no reservation for {offer.purchase} on {offer.cloud}")
    for each in serving:
        yield replace(offer, region=each.region, zone=each.zone, reservation=each)


def _unwanted_cloud(blueprint: Blueprint, cloud: CloudName) -> str | None:
    wish = blueprint.spec.placement
    if cloud not in wish.clouds:
        return "the blueprint's placement.clouds leaves it out"
    if cloud.value in wish.avoid:
        return f"the blueprint avoids {cloud}"
    return None


def _reason_against(blueprint: Blueprint, catalog: Catalog, offer: Candidate, machine: MachineType) -> str | None:
    """The first reason why an offer is out of the question, or None."""
    region = offer.region
    if offer.rejected is not None or region is None:
        return offer.rejected
    wish, budget = blueprint.spec.placement, blueprint.spec.budget
    if (short := shortfall(offer.accelerator, machine)) is not None:
        return short
    if not machine.sells(offer.purchase):
        return f"{machine.name} is not sold {offer.purchase}; it is sold as {', '.join(machine.sales)}"
    if f"{offer.cloud}/{region}" in wish.avoid:
        return f"the blueprint avoids {offer.cloud}/{region}"
    if region not in {row.name for row in catalog[offer.cloud].regions}:
        return f"{region} is not a region of {offer.cloud} in the catalog"
    if (elsewhere := _not_in_a_network(blueprint, offer.cloud, region)) is not None:
        return elsewhere
    area = catalog[offer.cloud].area(region)
    if wish.within and area not in wish.within:
        return f"in {area}, outside of {', '.join(wish.within)}"
    if budget is not None:
        price = offer.ceiling_per_hour
        if price is None and budget.unknown_price == "refuse":
            return "its price is not published; budget.unknownPrice: allow would take it"
        if price is not None and price > budget.per_hour:
            return f"{price:,.2f} USD/h is over the budget of {budget.per_hour:,.2f} USD/h"
    return None


def _not_in_a_network(blueprint: Blueprint, cloud: CloudName, region: str) -> str | None:
    """Why a region is out of the question for a blueprint that names networks, or None."""
    network = blueprint.spec.network
    if any(each.cloud == cloud.value for each in network.existing):
        if network.within(cloud, region) is None:
            return f"the blueprint's network.existing names none in {cloud}/{region}"
    elif blueprint.spec.access.api == "private":
        return f"its API is to be private, and the blueprint's network.existing names no network on {cloud}"
    return None


def _spread_over_zones(offers: Iterator[Candidate], zones: Zones) -> Iterator[Candidate]:
    for offer in offers:
        if offer.rejected is not None or offer.machine is None or offer.region is None or offer.zone is not None:
            yield offer
            continue
        answer = zones.get((offer.cloud, ZoneQuestion(offer.region, offer.machine.name)))
        if answer is None:
            yield offer
        elif not answer:
            yield replace(offer, rejected=f"the account sees no {offer.machine.name} in {offer.region}")
        else:
            for zone in answer:
                yield replace(offer, zone=zone)
