"""What a move would do, before anything happens. Pure: everything that it is made from was asked before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from wayfare.blueprints import Checkpoint, CloudName
from wayfare.stacks.moving.journey import Through
from wayfare.stacks.moving.weights import DataWeight, ImageWeight
from wayfare.stacks.placement import Candidate
from wayfare.stacks.project import StackName

#: USD for a GB (10^9 bytes) that leaves a region of a cloud for the internet, at the first step of its list price in
#: North America and Europe, without what is free; unsure elsewhere (AWS, "EC2 on-demand pricing", data transfer; Azure,
#: "Bandwidth pricing"; Google Cloud, "Cloud Storage pricing", network egress; as of 2026-08).
EGRESS: Mapping[CloudName, float] = {CloudName.AWS: 0.09, CloudName.AZURE: 0.087, CloudName.GCP: 0.12}

#: Assumed where nobody says how fast a copy is, in bytes a second: 1 Gbit/s.
ASSUMED_RATE = 125_000_000

#: Of which objects a store knows no MD5, which is what a proof compares (docs/decisions/0019).
_UNHASHED: Mapping[CloudName, str] = {
    CloudName.AWS: "on aws those in parts or under a key of KMS",
    CloudName.AZURE: "on azure those in blocks",
    CloudName.GCP: "on gcp composite ones",
}

#: What opening and closing a queue takes: an update of a stack in which nothing else changes, each.
_UPDATE = timedelta(minutes=2)


@dataclass(frozen=True)
class Outlook:
    """What a move would do."""

    source: StackName
    here: Candidate
    """The source's placement."""
    there: Candidate
    """The placement that is tried first."""
    others: int
    """Placements after it."""
    objects: int
    size: int
    """Bytes of the source's bucket."""
    images: tuple[ImageWeight, ...]
    """Images that come along."""
    data: tuple[DataWeight, ...]
    """Data sets that come along."""
    rate: int
    """Bytes a second that the copy is reckoned with."""
    through: Through
    """What copies."""
    contract: Checkpoint
    differences: tuple[tuple[str, str, str], ...]
    """(what, here, there): what the target gives otherwise than the source."""
    lost: tuple[str, ...]
    """What does not come along."""
    keeps_data: bool

    @property
    def way(self) -> tuple[str, ...]:
        """By what the bytes go, and whose rights it has."""
        if self.through is Through.HERE:
            return ("the bytes go through this machine, with the rights that it has on both sides",)
        clouds = (self.source.cloud, self.there.cloud)
        unhashed = " and ".join(_UNHASHED[cloud] for cloud in dict.fromkeys(clouds))
        return (
            "the bytes go through pods of the target, which may read the source's bucket for as long",
            f"the proof is made from this machine: it lists hashes, and reads objects that have none ({unhashed})",
        )

    @property
    def copying(self) -> timedelta:
        """How long the bulk is on its way, images and data sets included, while the source runs."""
        beside = sum(each.size for each in self.data) + sum(each.size or 0 for each in self.images)
        return timedelta(seconds=(self.size + beside) / self.rate)

    @property
    def egress(self) -> float:
        """USD for what leaves the source's cloud, images included, and for what leaves those of the data sets."""
        own = self.size + sum(each.size or 0 for each in self.images)
        return round(_egress(own, self.source.cloud) + sum(_egress(each.size, each.cloud) for each in self.data), 2)

    @property
    def pause(self) -> timedelta:
        """What the training stands still for at most, but for its own way to its next checkpoint: its grace, both
        queues, and one more copy of the newest checkpoint, reckoned as a tenth of the bucket."""
        return self.contract.grace + 2 * _UPDATE + timedelta(seconds=self.size / self.rate / 10)

    @property
    def both_per_hour(self) -> float | None:
        """USD for an hour in which both clusters stand; None where a price is not published."""
        here, there = self.here.price_per_hour, self.there.price_per_hour
        return None if here is None or there is None else round(here + there, 2)

    @property
    def undoable(self) -> tuple[tuple[str, str], ...]:
        """(until when, what cannot be undone from then on)."""
        kept = (
            "its durable stores stay"
            if self.keeps_data
            else "its data with it, once every object is proven to be there"
        )
        return (
            (
                "before the cut-over",
                "a roll-back takes all back; steps that the target has trained are then lost",
            ),
            ("after the cut-over", f"the source is destroyed, {kept}; the move only goes forward"),
        )


def chips(candidate: Candidate) -> int:
    """Accelerators of the whole pool."""
    return candidate.accelerator.nodes * (candidate.machine.accelerators if candidate.machine else 1)


def lines(outlook: Outlook) -> Sequence[str]:
    """For a person."""
    here, there = outlook.here, outlook.there
    price = outlook.both_per_hour
    found = [
        f"from {here}",
        f"to   {there}" + (f", and {outlook.others} more placements after it" if outlook.others else ""),
        f"to copy: {outlook.objects:,} objects, {_size(outlook.size)}; {_time(outlook.copying)} at "
        f"{outlook.rate * 8 / 1e9:g} Gbit/s, while the source runs; about {outlook.egress:,.2f} USD for leaving "
        f"{' and '.join(dict.fromkeys((outlook.source.cloud, *(each.cloud for each in outlook.data))))}",
        *outlook.way,
        *(
            f"  and the data at {each.source}: {each.objects:,} objects, {_size(each.size)}, from then on in the "
            "cluster's own bucket"
            for each in outlook.data
        ),
        *(f"  and the image {each.image}: {_weight(each)}" for each in outlook.images),
        f"expected pause: {_time(outlook.pause)}, and what the training needs to its next checkpoint",
        "both clusters stand until the target is proven to train: "
        + (f"{price:,.2f} USD/h" if price is not None else "a price is not published"),
    ]
    if chips(here) != chips(there):
        found.append(f"the pool changes from {chips(here)} to {chips(there)} accelerators: the training must reshard")
    found += [f"{until}: {what}" for until, what in outlook.undoable]
    if outlook.differences:
        found.append("the target gives otherwise:")
        found += [f"  {what}: {one} -> {other}" for what, one, other in outlook.differences]
    found.append("what does not come along:")
    return [*found, *(f"  {each}" for each in outlook.lost)]


def as_data(outlook: Outlook) -> dict[str, object]:
    """For a program."""
    return {
        "source": str(outlook.source),
        "from": outlook.here.as_data(chosen=False),
        "to": outlook.there.as_data(chosen=True),
        "objects": outlook.objects,
        "bytes": outlook.size,
        "images": [{"image": each.image, "bytes": each.size} for each in outlook.images],
        "data": [{"from": each.source, "objects": each.objects, "bytes": each.size} for each in outlook.data],
        "copy_seconds": round(outlook.copying.total_seconds()),
        "egress_usd": outlook.egress,
        "copy_through": outlook.through.value,
        "pause_seconds": round(outlook.pause.total_seconds()),
        "both_usd_per_hour": outlook.both_per_hour,
        "differences": [{"what": what, "from": one, "to": other} for what, one, other in outlook.differences],
        "lost": list(outlook.lost),
        "undoable": [{"when": when, "what": what} for when, what in outlook.undoable],
    }


def _weight(image: ImageWeight) -> str:
    if image.size is None:
        return "the sandbox's registry does not have it, so that nothing is mirrored"
    return f"{_size(image.size)} at most, by its digest to the target's registry"


def _egress(size: int, cloud: CloudName) -> float:
    return size / 1e9 * EGRESS[cloud]


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 10**8 else f"{count / 1e6:,.1f} MB"


def _time(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    return f"{minutes / 60:,.1f} h" if minutes >= 90 else f"{max(minutes, 1):.0f} min"
