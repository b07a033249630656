"""AWS in the sandbox: ids, defaults, rules and words of EC2, EKS, IAM and S3, as far as clusters need them.

Single values are held against the service models of botocore (`limits`); what values, resources and regions need of
each other follows the API references and user guides that each rule names. What replaces a resource is what the API
cannot change and the provider's schema marks as forcing a new one.
"""

from wayfare.sandbox.behaviour import Behaviour, Nodes
from wayfare.sandbox.clouds.aws import (
    access,
    ec2,
    ecr,
    eks,
    faults,
    federation,
    flow_logs,
    fsx,
    iam,
    kms,
    launch_templates,
    monitoring,
    node_groups,
    routes,
    s3,
    schedules,
    security_groups,
    vpc,
)
from wayfare.sandbox.clouds.aws.common import ACCOUNT, api_error
from wayfare.sandbox.clouds.aws.invokes import INVOKES
from wayfare.sandbox.clouds.aws.limits import limits_of
from wayfare.sandbox.clouds.aws.reading import reads, writes
from wayfare.sandbox.clouds.aws.tags import with_tags_checked

_CALLS = {"on-demand": "On-Demand", "spot": "Spot", "reserved": "On-Demand", "block": "Capacity Block"}


def _pool_failure(reason: str, nodes: Nodes) -> str:
    """A managed node group's health issue, as the provider reports it."""
    return (
        "waiting for EKS Node Group create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: "
        f"AsgInstanceLaunchFailures: Could not launch {_CALLS[nodes.purchase]} Instances. {reason} "
        "Launching EC2 instance failed."
    )


def _stockout(nodes: Nodes, region: str) -> str:
    del region
    if nodes.reserves:
        return api_error(
            "creating EC2 Capacity Reservation",
            "EC2: CreateCapacityReservation",
            "InsufficientInstanceCapacity",
            "Insufficient capacity.",
            status=500,
        )
    if nodes.purchase == "spot":
        reason = "InsufficientInstanceCapacity - There is no Spot capacity available that matches your request."
    elif nodes.purchase in ("reserved", "block"):
        reason = (
            "ReservationCapacityExceeded - The requested reservation does not have sufficient compatible and available "
            "capacity for this request."
        )
    else:
        reason = (
            f"InsufficientInstanceCapacity - We currently do not have sufficient {nodes.machine_type} capacity in the "
            f"Availability Zone you requested ({nodes.zone}). Our system will be working on provisioning additional "
            f"capacity. You can currently get {nodes.machine_type} capacity by not specifying an Availability Zone in "
            "your request."
        )
    return _pool_failure(reason, nodes)


def _over_quota(nodes: Nodes, region: str, family: str, limit: int, wanted: int) -> str:
    del region, family, wanted
    text = (
        f"You have requested more vCPU capacity than your current vCPU limit of {limit} allows for the instance bucket "
        "that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to "
        "request an adjustment to this limit."
    )
    if nodes.reserves:
        return api_error(
            "creating EC2 Capacity Reservation", "EC2: CreateCapacityReservation", "VcpuLimitExceeded", text
        )
    if nodes.purchase == "spot":
        return _pool_failure("MaxSpotInstanceCountExceeded - Max spot instance count exceeded.", nodes)
    return _pool_failure(f"VcpuLimitExceeded - {text}", nodes)


_MODULES = (
    access,
    monitoring,
    ec2,
    ecr,
    eks,
    federation,
    flow_logs,
    fsx,
    iam,
    kms,
    launch_templates,
    node_groups,
    routes,
    s3,
    schedules,
    security_groups,
    vpc,
)

BEHAVIOUR = Behaviour(
    package="aws",
    rules={token: with_tags_checked(rules) for module in _MODULES for token, rules in module.RULES.items()},
    invokes=INVOKES,
    stockout=_stockout,
    over_quota=_over_quota,
    reads=reads,
    writes=writes,
    faults=faults.TEXTS,
    account={"accountId": ACCOUNT},
    limits=limits_of,
    healthy_status="ACTIVE",
    autonames=True,
)
