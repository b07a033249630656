"""What a blueprint's wishes for the platform become on AWS: networks, keys, registry and monitoring."""

from dataclasses import dataclass

#: What `wayfare bootstrap` calls the account's own key in each region, and clusters find it by.
KEY_ALIAS = "alias/wayfare"


@dataclass(frozen=True)
class ExistingNetworkPlan:
    """A VPC that is there already, and its subnets for the control plane's interfaces and the system pool."""

    vpc: str
    cluster_subnets: tuple[str, ...]
