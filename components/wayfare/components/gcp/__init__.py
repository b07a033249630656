"""Google Cloud: GKE, a reservation, and what they need."""

from wayfare.components.gcp.cloud import CLOUD, Gcp

__all__ = ["CLOUD", "Gcp"]
