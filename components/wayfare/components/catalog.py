"""The catalog: what each cloud's machine types are, where they are sold, how, and for how much.

The rows live in `catalog_data/<cloud>.yaml`, so that a change of a price or a region is a reviewable line of data with
its source. An uncertain figure stands in the row's `unsure`. Zones are not here: they differ by account and are asked.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from ruamel.yaml import YAML

from wayfare.blueprints import AcceleratorName, Area, CloudName, Purchase


class Fabric(StrEnum):
    """The network between the nodes of a pool. It follows from the machine type and is never asked for."""

    NONE = "none"
    EFA = "efa"
    INFINIBAND = "infiniband"
    TCPX = "tcpx"
    TCPXO = "tcpxo"
    ROCE = "roce"
    NVL72 = "nvl72"
    ICI = "ici"
    """The links between the chips of a slice of TPUs."""


class Sale(StrEnum):
    """Every way in which clouds sell a machine type, those that a blueprint cannot ask for yet included."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    RESERVED = "reserved"
    FLEX = "flex"
    BLOCK = "block"


class Row(BaseModel):
    """Base of the catalog's rows: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True)


class Price(Row):
    """A list price in USD for one machine for one hour."""

    usd_per_hour: Annotated[float, Field(gt=0)]
    as_of: date
    region: str
    """The region whose list price this is; other regions may differ."""
    source: str


class MachineType(Row):
    """One machine type of one cloud."""

    name: str
    accelerator: AcceleratorName
    accelerators: Annotated[int, Field(ge=1)]
    """Accelerators in one machine."""
    memory_gib: Annotated[int, Field(alias="memoryGiB")]
    """Memory of one accelerator, GiB."""
    vcpus: int
    ram_gib: Annotated[int | None, Field(alias="ramGiB")] = None
    """None where the vendor does not state it."""
    family: str
    """The quota family that its vCPUs (AWS, Azure) or accelerators (GCP) count against."""
    fabric: Fabric
    interconnect_gbps: int
    """Bandwidth of one machine to its peers, Gbit/s; 0 where it is not stated."""
    fabric_interfaces: int = 0
    """Network cards that carry the fabric: EFA interfaces, InfiniBand HCAs, GPU NICs."""
    network_cards: int = 1
    """All network cards, those without fabric included."""
    local_ssd_gb: int | None = None
    """Local NVMe in GB (10^9 bytes); 0 where there is none, None where the vendor does not state it."""
    local_ssd_disks: int = 0
    """How many disks make it up, where the cloud asks for the number."""
    regions: tuple[str, ...]
    sales: tuple[Sale, ...]
    holdable: tuple[Sale, ...] = ()
    """Those of `sales` whose capacity can be held before the control plane is built."""
    price: Price | None = None
    """On-demand list price; unset where the cloud publishes none."""
    cloud_name: str | None = None
    """What the cloud's API calls the accelerator (`nvidia-h100-mega-80gb`), where it must be named."""
    unsure: tuple[str, ...] = ()
    """Fields of this row that no price list or documentation confirmed."""
    notes: str = ""

    def sells(self, purchase: Purchase) -> bool:
        """Whether the machine type can be had this way."""
        return Sale(purchase.value) in self.sales

    def holds(self, purchase: Purchase) -> bool:
        """Whether its capacity can be held beforehand when it is bought this way."""
        return Sale(purchase.value) in self.holdable


class Region(Row):
    """A region of a cloud, and the part of the world that it lies in."""

    name: str
    area: Area


class CloudCatalog(Row):
    """All rows of one cloud."""

    cloud: CloudName
    regions: tuple[Region, ...]
    machine_types: tuple[MachineType, ...]

    def machine_type(self, name: str) -> MachineType:
        """The row of that name. Raises KeyError where there is none."""
        for machine in self.machine_types:
            if machine.name == name:
                return machine
        raise KeyError(f"{self.cloud} has no machine type {name!r} in the catalog")

    def area(self, region: str) -> Area:
        """The part of the world that a region lies in. Raises KeyError for a region that is not listed."""
        return next(row.area for row in self.regions if row.name == region)


Catalog = Mapping[CloudName, CloudCatalog]


@cache
def shipped_rows(cloud: CloudName) -> CloudCatalog:
    """One cloud's rows as they come with this version of Wayfare."""
    text = files("wayfare.components").joinpath("catalog_data", f"{cloud}.yaml").read_text(encoding="utf-8")
    # Not pure: the scanner in C takes a fifth of the time, and every command waits for it.
    data: object = YAML(typ="safe").load(text)  # pyright: ignore[reportUnknownMemberType] - untyped
    return CloudCatalog.model_validate(data)


def shipped_catalog() -> Catalog:
    """The catalog that comes with this version of Wayfare."""
    return {cloud: shipped_rows(cloud) for cloud in CloudName}
