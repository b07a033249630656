"""What is wanted: blueprints, read from YAML, checked strictly, and free of any cloud's machine types."""

from wayfare.blueprints.checkpoints import Checkpoint
from wayfare.blueprints.gateway import Gateway
from wayfare.blueprints.loading import Loaded, digest, load, load_all, loads
from wayfare.blueprints.models import (
    API_VERSION,
    Accelerator,
    Blueprint,
    Budget,
    InferenceCluster,
    Metadata,
    PlacementWish,
    ServingSpec,
    Spec,
    TrainingCluster,
    TrainingSpec,
)
from wayfare.blueprints.names import AcceleratorName, Area, CloudName, Maker, Purchase
from wayfare.blueprints.network import (
    Access,
    ExistingAwsNetwork,
    ExistingAzureNetwork,
    ExistingGcpNetwork,
    ExistingNetwork,
    Network,
)
from wayfare.blueprints.operating import Admins, ControlException, Kubernetes, Monitoring, Secrets
from wayfare.blueprints.problems import BlueprintInvalid, Loc, Problem
from wayfare.blueprints.purchases import Reservation
from wayfare.blueprints.schema import json_schema
from wayfare.blueprints.serving import Latent, Scale, ServedModel, SlidingWindow, Weights
from wayfare.blueprints.storage import Checkpoints, DataSet, Scratch, SharedStore, Storage
from wayfare.blueprints.workloads import ServingWorkload, TrainingWorkload, Workload
from wayfare.blueprints.writing import dump

__all__ = [
    "API_VERSION",
    "Accelerator",
    "AcceleratorName",
    "Access",
    "Admins",
    "Area",
    "Blueprint",
    "BlueprintInvalid",
    "Budget",
    "Checkpoint",
    "Checkpoints",
    "CloudName",
    "ControlException",
    "DataSet",
    "ExistingAwsNetwork",
    "ExistingAzureNetwork",
    "ExistingGcpNetwork",
    "ExistingNetwork",
    "Gateway",
    "InferenceCluster",
    "Kubernetes",
    "Latent",
    "Loaded",
    "Loc",
    "Maker",
    "Metadata",
    "Monitoring",
    "Network",
    "PlacementWish",
    "Problem",
    "Purchase",
    "Reservation",
    "Scale",
    "Scratch",
    "Secrets",
    "ServedModel",
    "ServingSpec",
    "ServingWorkload",
    "SharedStore",
    "SlidingWindow",
    "Spec",
    "Storage",
    "TrainingCluster",
    "TrainingSpec",
    "TrainingWorkload",
    "Weights",
    "Workload",
    "digest",
    "dump",
    "json_schema",
    "load",
    "load_all",
    "loads",
]
