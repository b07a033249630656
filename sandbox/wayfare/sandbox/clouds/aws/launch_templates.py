"""EC2's launch templates: what a template may hold. What a node group makes of one is in `launches`."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused, ResourceRules, Row
from wayfare.sandbox.clouds.aws.common import (
    Violation,
    api_error,
    arn,
    ec2_id,
    exclusive,
    known,
    made,
    mapping,
    mappings,
    named,
    one_of,
    region_of,
)
from wayfare.sandbox.clouds.aws.tags import tag_violations

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"

_INTERFACES = ("branch", "efa", "efa-only", "interface", "trunk")
_ADDRESSES = ("privateIpAddress", "ipv4AddressCount", "ipv4Addresses", "ipv6AddressCount", "ipv6Addresses")

#: What a template can tag (EC2 API reference, LaunchTemplateTagSpecificationRequest).
_TAGGED = ("instance", "volume", "network-interface", "spot-instances-request")

#: GiB of a volume by its type (EC2 API reference, EbsBlockDevice).
_SIZES = {
    "gp2": (1, 16384),
    "gp3": (1, 65536),
    "io1": (4, 16384),
    "io2": (4, 65536),
    "st1": (125, 16384),
    "sc1": (125, 16384),
    "standard": (1, 1024),
}

#: Bytes of user data before they are encoded (EC2 User Guide, "Run commands on your Linux instance at launch").
_MOST_USER_DATA = 16384


def templates_in_use(call: Call) -> Iterator[Row]:
    """Launch templates that a node group uses."""
    for pool in call.store.rows(_NODE_GROUP):
        template = call.store.row(TEMPLATE, str(mapping(pool.outputs.get("launchTemplate")).get("id")))
        if template is not None:
            yield template


def user_data(value: object) -> bytes | None:
    """What user data holds; None for what is not base64."""
    try:
        return base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        return None


def _check(call: Call) -> Iterator[Violation]:
    inputs = call.inputs
    yield from exclusive(inputs, "name", "namePrefix")
    yield from exclusive(inputs, "instanceType", "instanceRequirements")
    yield from _interfaces(inputs)
    for index, device in enumerate(mappings(inputs.get("blockDeviceMappings"))):
        yield from _volume(mapping(device.get("ebs")), f"blockDeviceMappings[{index}].ebs")
    hops = mapping(inputs.get("metadataOptions")).get("httpPutResponseHopLimit")
    # EC2 API reference, LaunchTemplateInstanceMetadataOptionsRequest.
    if isinstance(hops, int) and not 1 <= hops <= 64:
        path = "metadataOptions.httpPutResponseHopLimit"
        yield path, f"expected http_put_response_hop_limit to be in the range (1 - 64), got {hops}"
    yield from _purchase(inputs)
    for index, each in enumerate(mappings(inputs.get("tagSpecifications"))):
        path = f"tagSpecifications[{index}]"
        yield from one_of(each.get("resourceType"), f"{path}.resourceType", _TAGGED)
        yield from tag_violations(each.get("tags"), f"{path}.tags")
    if known(value := inputs.get("userData")):
        data = user_data(value)
        if data is None:
            yield "userData", "expected user_data to be base64-encoded"
        elif len(data) > _MOST_USER_DATA:
            yield "userData", f"User data is limited to {_MOST_USER_DATA} bytes"


def _interfaces(inputs: Properties) -> Iterator[Violation]:
    """Groups, places and addresses of the interfaces (EC2 User Guide, "efa-acc-inst-types" and "create-efa")."""
    interfaces = mappings(inputs.get("networkInterfaces"))
    if interfaces and inputs.get("vpcSecurityGroupIds"):
        yield "vpcSecurityGroupIds", "security groups belong to the network interfaces where there are any"
    slots: set[tuple[int, int]] = set()
    for index, interface in enumerate(interfaces):
        path, kind = f"networkInterfaces[{index}]", interface.get("interfaceType")
        yield from one_of(kind, f"{path}.interfaceType", _INTERFACES)
        slot = (interface.get("networkCardIndex", 0), interface.get("deviceIndex", 0))
        if slot in slots:
            yield f"{path}.deviceIndex", f"device {slot[1]} of network card {slot[0]} is given twice"
        if slot == (0, 0) and kind == "efa-only":
            yield f"{path}.interfaceType", "the primary network interface cannot be EFA-only"
        slots.add(slot)
        for name in _ADDRESSES:
            if kind == "efa-only" and interface.get(name):
                yield f"{path}.{name}", "an EFA-only network interface takes no IP address"


def _volume(ebs: dict[str, Any], path: str) -> Iterator[Violation]:
    """What belongs together in a volume (EC2 API reference, EbsBlockDevice)."""
    kind, size = str(ebs.get("volumeType") or "gp2"), ebs.get("volumeSize")
    if not known(kind):
        return
    least, most = _SIZES.get(kind, (1, 65536))
    if isinstance(size, int) and not least <= size <= most:
        yield f"{path}.volumeSize", f"a volume of the type {kind} has {least} to {most} GiB, not {size}"
    if ebs.get("throughput") is not None and kind != "gp3":
        yield f"{path}.throughput", f"The parameter throughput is not supported for {kind} volumes."
    if ebs.get("iops") is not None and kind not in ("io1", "io2", "gp3"):
        yield f"{path}.iops", f"The parameter iops is not supported for {kind} volumes."
    if ebs.get("iops") is None and kind in ("io1", "io2"):
        yield f"{path}.iops", f"The parameter iops must be specified for {kind} volumes."
    if ebs.get("kmsKeyId") is not None and ebs.get("encrypted") in ("false", None):
        yield f"{path}.kmsKeyId", "The parameter KmsKeyId requires the parameter Encrypted to be set."


def _purchase(inputs: Properties) -> Iterator[Violation]:
    """Market and reservation (EC2 API reference, InstanceMarketOptionsRequest, CapacityReservationSpecification)."""
    market = mapping(inputs.get("instanceMarketOptions"))
    if market.get("spotOptions") and market.get("marketType", "spot") != "spot":
        yield "instanceMarketOptions.spotOptions", f"not with the market type {market['marketType']}"
    reservation = mapping(inputs.get("capacityReservationSpecification"))
    target, path = mapping(reservation.get("capacityReservationTarget")), "capacityReservationSpecification"
    for name, reason in exclusive(target, "capacityReservationId", "capacityReservationResourceGroupArn"):
        yield f"{path}.capacityReservationTarget.{name}", reason
    if target and reservation.get("capacityReservationPreference") in ("open", "none"):
        yield f"{path}.capacityReservationPreference", "conflicts with a target"
    placement = mapping(inputs.get("placement"))
    for name, reason in exclusive(placement, "groupName", "groupId"):
        yield f"placement.{name}", reason


def _create(call: Call) -> Made:
    name, region = call.inputs["name"], region_of(call)
    if named(call.store.rows(TEMPLATE), "name", name, region):
        text = "Launch template name already in use."
        code = "InvalidLaunchTemplateName.AlreadyExistsException"
        raise Refused(api_error("creating EC2 Launch Template", "EC2: CreateLaunchTemplate", code, text))
    id = ec2_id(call, "lt")
    return made(
        call,
        id,
        {"arn": arn("ec2", region, f"launch-template/{id}"), "defaultVersion": 1, "latestVersion": 1, "namePrefix": ""},
    )


#: Outputs of a launch template that are not inputs.
_OUTPUTS = frozenset({"arn", "defaultVersion", "latestVersion", "namePrefix", "region", "tagsAll"})


def _version(call: Call) -> Properties:
    """Every change but one of the template's own tags makes a version."""
    kept = {key: value for key, value in call.outputs.items() if key in _OUTPUTS}
    inputs = {key: value for key, value in call.inputs.items() if not key.startswith("__")}
    before = {key: value for key, value in call.outputs.items() if key not in _OUTPUTS | {"tags"}}
    changed = before != {key: value for key, value in inputs.items() if key not in _OUTPUTS | {"tags"}}
    version = int(call.outputs["latestVersion"]) + (1 if changed else 0)
    return {**kept, **inputs, "latestVersion": version}


RULES: dict[str, ResourceRules] = {
    TEMPLATE: ResourceRules(
        seconds=2,
        delete_seconds=1,
        # All else is a new version (EC2 API reference, CreateLaunchTemplateVersion).
        replace_on=frozenset({"name", "namePrefix"}),
        check=lambda call: list(_check(call)),
        create=_create,
        update=_version,
    ),
}
