"""What is wanted: blueprints, read from YAML, checked strictly, and free of any cloud's machine types."""

from wayfare.blueprints.models import (
    API_VERSION,
    Accelerator,
    AcceleratorName,
    Access,
    Area,
    Blueprint,
    Budget,
    Checkpoints,
    CloudName,
    InferenceCluster,
    PlacementWish,
    Purchase,
    Spec,
    Storage,
    TrainingCluster,
    Workload,
)

__all__ = [
    "API_VERSION",
    "Accelerator",
    "AcceleratorName",
    "Access",
    "Area",
    "Blueprint",
    "Budget",
    "Checkpoints",
    "CloudName",
    "InferenceCluster",
    "PlacementWish",
    "Purchase",
    "Spec",
    "Storage",
    "TrainingCluster",
    "Workload",
]
