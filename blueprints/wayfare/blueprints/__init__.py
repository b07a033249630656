"""What is wanted: blueprints, read from YAML, checked strictly, and free of any cloud's machine types."""

from wayfare.blueprints.loading import Loaded, digest, load, load_all, loads
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
    Metadata,
    PlacementWish,
    Purchase,
    Spec,
    Storage,
    TrainingCluster,
    Workload,
)
from wayfare.blueprints.problems import BlueprintInvalid, Loc, Problem
from wayfare.blueprints.schema import json_schema
from wayfare.blueprints.writing import dump

__all__ = [
    "API_VERSION",
    "Accelerator",
    "AcceleratorName",
    "Access",
    "Area",
    "Blueprint",
    "BlueprintInvalid",
    "Budget",
    "Checkpoints",
    "CloudName",
    "InferenceCluster",
    "Loaded",
    "Loc",
    "Metadata",
    "PlacementWish",
    "Problem",
    "Purchase",
    "Spec",
    "Storage",
    "TrainingCluster",
    "Workload",
    "digest",
    "dump",
    "json_schema",
    "load",
    "load_all",
    "loads",
]
