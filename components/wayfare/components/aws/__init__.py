"""A cluster on AWS: EKS, with the accelerators in one zone and one placement group."""

from wayfare.components.aws.cloud import CLOUD

__all__ = ["CLOUD"]
