"""What a blueprint's wishes for the platform become on AWS: networks, keys, registry and monitoring."""

from collections.abc import Mapping
from dataclasses import dataclass

#: What `wayfare bootstrap` calls the account's own key in each region, and clusters find it by.
KEY_ALIAS = "alias/wayfare"


@dataclass(frozen=True)
class ExistingNetworkPlan:
    """A VPC that is there already, and its subnets for the control plane's interfaces and the system pool."""

    vpc: str
    cluster_subnets: tuple[str, ...]


@dataclass(frozen=True)
class FlowLogPlan:
    """Where what a network rejects is written down, and the role that writes it."""

    log_group: str
    log_days: int
    role: str
    roles_path: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class RegistryPlan:
    """A private repository for images, whose tags never change what they mean."""

    name: str
    untagged_days: int
    """Images without a tag are deleted after so many days."""
    inside_only: bool
    """Whether images are pulled and pushed from inside of the cluster's network alone."""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class EndpointsPlan:
    """Private endpoints, and a bucket that answers in the cluster's network alone."""

    region: str
    services: tuple[str, ...]
    """With interface endpoints, such as `ecr.api`; none where the network was there already and has its own."""
    cidr: str
    """Whose addresses may call them."""
    operators: tuple[str, ...]
    """ARNs that may list and delete the bucket's objects from anywhere, besides whoever runs Wayfare."""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class MonitoringPlan:
    """The managed Prometheus: what it collects, what it watches for, and whom it tells."""

    name: str
    region: str
    exporters: tuple[str, ...]
    """EKS add-ons that tell the metrics of nodes and of Kubernetes' objects."""
    scrape: str
    """What the collector asks for, as Prometheus' configuration; JSON, which is YAML."""
    rules: str
    """The alert rules, as Prometheus' rules file; JSON, which is YAML."""
    notify: tuple[str, ...]
    """Mail addresses; nobody is told where there are none."""
    tags: Mapping[str, str]
