"""Names that a blueprint chooses from."""

from collections.abc import Mapping
from enum import StrEnum


class CloudName(StrEnum):
    """The clouds that can provide a cluster."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"


class Purchase(StrEnum):
    """How accelerators are paid for."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    RESERVED = "reserved"
    """Capacity that the account reserved beforehand, one of `spec.reservations`."""
    BLOCK = "block"
    """Capacity of a dated reservation, one of `spec.reservations` with a `start`."""
    FLEX = "flex"
    """Queued until there is room, and ended after 7 days (Google's flex-start)."""


class Area(StrEnum):
    """Parts of the world that a placement may be held within."""

    US = "us"
    EU = "eu"
    UK = "uk"
    CANADA = "canada"
    ASIA = "asia"
    AUSTRALIA = "australia"
    SOUTH_AMERICA = "south-america"


class Maker(StrEnum):
    """Who makes a chip, and with it the driver, the device plugin and the exporter of its metrics."""

    NVIDIA = "NVIDIA"
    AMD = "AMD"
    AWS = "AWS"
    GOOGLE = "Google"


class AcceleratorName(StrEnum):
    """Chips by the name that their vendor gives them, never by a machine type."""

    V100 = "V100"
    T4 = "T4"
    A10 = "A10"
    A10G = "A10G"
    L4 = "L4"
    L40S = "L40S"
    A100 = "A100"
    H100 = "H100"
    H100NVL = "H100NVL"
    H200 = "H200"
    B200 = "B200"
    B300 = "B300"
    GB200 = "GB200"
    GB300 = "GB300"
    RTXPRO4500 = "RTXPRO4500"
    RTXPRO6000 = "RTXPRO6000"
    MI300X = "MI300X"
    TRAINIUM = "Trainium"
    TRAINIUM2 = "Trainium2"
    INFERENTIA2 = "Inferentia2"
    TPUV5E = "TPUv5e"
    TPUV5P = "TPUv5p"
    TPUV6E = "TPUv6e"
    TPU7X = "TPU7x"

    @property
    def is_tpu(self) -> bool:
        """Whether it is had in slices of a topology, and not in nodes."""
        return self.name.startswith("TPU")

    @property
    def maker(self) -> Maker:
        """Who makes it."""
        if self.is_tpu:
            return Maker.GOOGLE
        return _MAKERS.get(self, Maker.NVIDIA)


#: The makers of chips that are neither NVIDIA's nor TPUs.
_MAKERS: Mapping[AcceleratorName, Maker] = {
    AcceleratorName.MI300X: Maker.AMD,
    AcceleratorName.TRAINIUM: Maker.AWS,
    AcceleratorName.TRAINIUM2: Maker.AWS,
    AcceleratorName.INFERENTIA2: Maker.AWS,
}
