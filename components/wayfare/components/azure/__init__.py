"""Azure: AKS, a capacity reservation, and what they need."""

from wayfare.components.azure.cloud import CLOUD, Azure

__all__ = ["CLOUD", "Azure"]
