"""What EKS and EC2 find in a launch template when a node group is to be made of it.

EC2 does not hold a template's parameters against each other or against what exists when the template is made (EC2 User
Guide, "Create a launch template"); EKS does, by a trial launch, when a node group names it.
"""

from collections.abc import Iterator
from functools import cache

from wayfare.blueprints import CloudName
from wayfare.components.catalog import Fabric, MachineType, shipped_rows
from wayfare.sandbox.behaviour import Call, Row
from wayfare.sandbox.clouds.aws.common import here, mapping, mappings, named, region_of, strings
from wayfare.sandbox.clouds.aws.security_groups import network_of_group, open_to_itself

Fault = tuple[str, str]
"""(the API's error code, its message)"""

PLACEMENT_GROUP = "aws:ec2/placementGroup:PlacementGroup"
RESERVATION = "aws:ec2/capacityReservation:CapacityReservation"
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"

_PARAMETER, _REQUEST = "InvalidParameterException", "InvalidRequestException"


def faults(call: Call, template: Row, cluster: Row, zones: set[str]) -> Iterator[Fault]:
    """Everything in a template that the node group of this call cannot have."""
    yield from _prohibited(call, template)
    yield from _blocks(call, template)
    yield from _targets(call, template, zones)
    yield from _interfaces(call, template)
    yield from _groups(call, template, cluster)
    yield from _placement(call, template, zones)


def machines(call: Call, template: Row | None) -> list[str]:
    """The machine types of a node group; EKS takes t3.medium where none is named."""
    named = strings(call.inputs.get("instanceTypes"))
    own = None if template is None else template.outputs.get("instanceType")
    return named or ([str(own)] if own else ["t3.medium"])


def _prohibited(call: Call, template: Row) -> Iterator[Fault]:
    """EKS User Guide, "Launch template configuration basics"; EKS API reference, LaunchTemplateSpecification."""
    outputs, market = template.outputs, _market(template)
    if any(each.get("subnetId") for each in mappings(outputs.get("networkInterfaces"))):
        yield _PARAMETER, "Launch template network interfaces must not specify a subnet"
    if outputs.get("iamInstanceProfile"):
        yield _PARAMETER, "Launch template should not specify an instance profile."
    if outputs.get("instanceInitiatedShutdownBehavior") or outputs.get("hibernationOptions"):
        yield _PARAMETER, "Launch template should not specify shutdown or hibernation behavior."
    if market is not None and market != "capacity-block":
        yield _PARAMETER, "Instance market options are not supported with the launch template."
    if outputs.get("instanceType") and call.inputs.get("instanceTypes"):
        yield _REQUEST, "Cannot specify instance types in launch template and API request"
    if outputs.get("imageId"):
        if call.inputs.get("version") is not None:
            text = "You cannot specify a kubernetes version to use when specifying an image id to use within the launch"
            yield _PARAMETER, f"{text} template."
        if call.inputs.get("amiType") not in (None, "CUSTOM"):
            yield _PARAMETER, "You cannot specify an AMI Type when specifying an image id within the launch template."
    elif call.inputs.get("amiType") == "CUSTOM":
        yield _PARAMETER, "An image id must be specified within the launch template for the AMI type CUSTOM."


def _market(template: Row) -> str | None:
    options = template.outputs.get("instanceMarketOptions")
    return None if not options else str(mapping(options).get("marketType", "spot"))


def _reservation_target(template: Row) -> dict[str, object]:
    specification = mapping(template.outputs.get("capacityReservationSpecification"))
    return mapping(specification.get("capacityReservationTarget"))


def bought(call: Call, template: Row | None) -> bool:
    """Whether nodes go into a reservation that no stack made."""
    id = None if template is None else _reservation_target(template).get("capacityReservationId")
    return id is not None and here(call, RESERVATION, id) is None


def _blocks(call: Call, template: Row) -> Iterator[Fault]:
    """EKS User Guide, "Create a managed node group with Capacity Blocks for ML", step 1 and 2."""
    capacity, outputs = call.inputs.get("capacityType"), template.outputs
    if _market(template) == "capacity-block" and capacity != "CAPACITY_BLOCK":
        yield _PARAMETER, "The capacity type must be CAPACITY_BLOCK for a launch template of the market capacity-block."
    if capacity == "CAPACITY_BLOCK":
        if _market(template) != "capacity-block":
            yield _PARAMETER, "CAPACITY_BLOCK requires a launch template with the market type capacity-block."
        if not _reservation_target(template).get("capacityReservationId"):
            yield _PARAMETER, "CAPACITY_BLOCK requires a launch template with a capacity reservation id."
        if not outputs.get("instanceType"):
            yield _PARAMETER, "CAPACITY_BLOCK requires a launch template with an instance type."
    elif capacity == "SPOT" and _reservation_target(template):
        # EC2 User Guide, "On-Demand Capacity Reservations": reservations are for on-demand instances.
        yield _PARAMETER, "Spot Instances cannot be launched into a Capacity Reservation."


def _targets(call: Call, template: Row, zones: set[str]) -> Iterator[Fault]:
    """A named reservation is in the zone and for the machine type (EC2 User Guide, "Target a reservation").

    One that no stack made was bought outside of any, and is taken to be there and to fit.
    """
    row = here(call, RESERVATION, _reservation_target(template).get("capacityReservationId"))
    if row is None:
        return
    id = row.id
    if zones != {row.outputs["availabilityZone"]} or row.outputs["instanceType"] not in machines(call, template):
        text = f"The requested instance type or Availability Zone does not match the capacity reservation '{id}'."
        yield _REQUEST, text


def _interfaces(call: Call, template: Row) -> Iterator[Fault]:
    """The interfaces are on cards that the machine type has, and EFA on cards that have it."""
    interfaces = mappings(template.outputs.get("networkInterfaces"))
    if len(interfaces) > 1 and any(each.get("associatePublicIpAddress") == "true" for each in interfaces):
        text = "The associatePublicIPAddress parameter cannot be specified when launching with multiple network"
        yield _REQUEST, f"{text} interfaces."
    for name in machines(call, template):
        machine = _catalog().get(name)
        if machine is None:  # a machine type that the catalog does not describe
            continue
        first = machine.network_cards - machine.fabric_interfaces if machine.fabric is Fabric.EFA else None
        for each in interfaces:
            card, kind = int(each.get("networkCardIndex", 0)), str(each.get("interfaceType", "interface"))
            unfit = card >= machine.network_cards or (kind.startswith("efa") and (first is None or card < first))
            if unfit:
                yield _PARAMETER, f"Network card index {card} of {name} does not support interface type {kind}."


@cache
def _catalog() -> dict[str, MachineType]:
    return {row.name: row for row in shipped_rows(CloudName.AWS).machine_types}


def _groups(call: Call, template: Row, cluster: Row) -> Iterator[Fault]:
    """The groups exist in the cluster's VPC, and one of each EFA's lets all traffic in from and out to itself.

    Without one EC2 launches the instances all the same, and the first collective operation fails ("Unresponsive
    receiver (reachable by EFA device but handshake failed)", libfabric): too late for a rehearsal, which has no
    packets. So it is refused here, in the words of the EC2 User Guide ("Get started with EFA", step 1).
    """
    vpc, interfaces = (
        mapping(cluster.outputs["vpcConfig"])["vpcId"],
        mappings(template.outputs.get("networkInterfaces")),
    )
    everywhere = strings(template.outputs.get("vpcSecurityGroupIds"))
    for group in (*everywhere, *(group for each in interfaces for group in strings(each.get("securityGroups")))):
        home = network_of_group(call, group)
        if home is None:
            yield _REQUEST, f"The security group '{group}' does not exist"
        elif home != vpc:
            yield _REQUEST, f"Security group {group} and the cluster's subnets belong to different networks."
    for each in interfaces:
        groups = strings(each.get("securityGroups"))
        if str(each.get("interfaceType")).startswith("efa") and not any(open_to_itself(call, id) for id in groups):
            card, device = each.get("networkCardIndex", 0), each.get("deviceIndex", 0)
            text = (
                "An EFA requires a security group that allows all inbound and outbound traffic to and from the security"
                f" group itself: device {device} of network card {card} has none among {groups}. EC2 would launch the "
                "instances, and EFA would fail in the job: Unresponsive receiver (reachable by EFA device but "
                "handshake failed)"
            )
            yield _REQUEST, text


def _placement(call: Call, template: Row, zones: set[str]) -> Iterator[Fault]:
    """A cluster placement group is in one zone: that of what is in it (EC2 User Guide, "Placement strategies").

    A node group over several zones may find its group empty once; every later update is refused with the second text.
    """
    placement = mapping(template.outputs.get("placement"))
    name, id = placement.get("groupName"), placement.get("groupId")
    if name is None and id is None:
        return
    rows, key = call.store.rows(PLACEMENT_GROUP), "placementGroupId" if name is None else "name"
    group = named(rows, key, id if name is None else name, region_of(call))
    if group is None:
        yield _REQUEST, f"The Placement Group '{name or id}' is unknown."
    elif group.outputs.get("strategy") == "cluster":
        held = zones_of(call, group)
        if held and zones != held:
            zone = next(iter(held))
            text = f"Instances in the {group.outputs['name']} Placement Group must be launched in the {zone} "
            yield _REQUEST, f"{text}Availability Zone. Specify the {zone} Availability Zone and try again."
        elif len(zones) > 1:
            yield _REQUEST, "A cluster placement group can't span multiple Availability Zones."


def zones_of(call: Call, group: Row) -> set[str]:
    """Where what is in a placement group is: reservations, and the node groups that launch into it."""
    reserved = {
        str(row.outputs["availabilityZone"])
        for row in call.store.rows(RESERVATION)
        if row.outputs.get("placementGroupArn") == group.outputs["arn"]
    }
    running: set[str] = set()
    own = {group.outputs["name"], group.outputs["placementGroupId"]}
    for pool in call.store.rows(_NODE_GROUP):
        template = call.store.row(_TEMPLATE, str(mapping(pool.outputs.get("launchTemplate")).get("id")))
        placement = {} if template is None else mapping(template.outputs.get("placement"))
        if {placement.get("groupName"), placement.get("groupId")} & own:
            rows = (call.store.row("aws:ec2/subnet:Subnet", id) for id in strings(pool.outputs.get("subnetIds")))
            running |= {str(row.outputs["availabilityZone"]) for row in rows if row is not None}
    return reserved | running
