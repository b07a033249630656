"""The Pulumi packages that the sandbox stands in for, in one table."""

from collections.abc import Mapping
from dataclasses import dataclass

from wayfare.blueprints import CloudName


@dataclass(frozen=True)
class Package:
    """One Pulumi package."""

    sdk: str
    """The Python package that its resource types are read from."""
    module: str
    """The package under `wayfare.sandbox.clouds` that has its behaviour."""
    cloud: CloudName | None = None
    """Whose machines it makes; None where it makes none."""
    zones: tuple[str, ...] = ()
    """How a region's zones are named, with `{}` for the region."""


PACKAGES: Mapping[str, Package] = {
    "aws": Package("pulumi_aws", "aws", CloudName.AWS, ("{}a", "{}b", "{}c")),
    "azure-native": Package("pulumi_azure_native", "azure", CloudName.AZURE, ("1", "2", "3")),
    "gcp": Package("pulumi_gcp", "gcp", CloudName.GCP, ("{}-a", "{}-b", "{}-c")),
    "kubernetes": Package("pulumi_kubernetes", "kubernetes"),
}
"""By the name that Pulumi has for it."""

CLOUDS: Mapping[str, CloudName] = {name: row.cloud for name, row in PACKAGES.items() if row.cloud is not None}
"""The cloud behind each package that has machines."""

PACKAGE_OF: Mapping[CloudName, str] = {cloud: name for name, cloud in CLOUDS.items()}
