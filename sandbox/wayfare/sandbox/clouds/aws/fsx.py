"""FSx for Lustre: sizes that are sold, and the network that a file system is in."""

from collections.abc import Iterator

from wayfare.sandbox.behaviour import Call, Made, Refused, ResourceRules, Row
from wayfare.sandbox.clouds.aws.common import (
    ACCOUNT,
    Violation,
    arn,
    exception,
    here,
    known,
    made,
    mappings,
    region_of,
    strings,
)
from wayfare.sandbox.clouds.aws.routes import SUBNET
from wayfare.sandbox.clouds.aws.security_groups import network_of_group, open_to_itself

LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

#: MB/s for each TiB of SSD by deployment type (FSx API reference, CreateFileSystemLustreConfiguration).
_THROUGHPUT = {"PERSISTENT_1": (50, 100, 200), "PERSISTENT_2": (125, 250, 500, 1000)}

#: GiB of an EFA-enabled file system come in these steps (FSx for Lustre User Guide, "Managing storage capacity").
_WITH_EFA = {125: 38400, 250: 19200, 500: 9600, 1000: 4800}

_PORT = 988


def _check(call: Call) -> Iterator[Violation]:
    """Sizes on SSD (FSx API reference, CreateFileSystem.StorageCapacity); the provider knows none of this."""
    inputs, kind = call.inputs, str(call.inputs.get("deploymentType", "SCRATCH_1"))
    per_tib, size = inputs.get("perUnitStorageThroughput"), inputs.get("storageCapacity")
    if not all(known(each) for each in (kind, inputs.get("storageType", "SSD"))) or inputs.get("storageType") == "HDD":
        return
    allowed = _THROUGHPUT.get(kind, ())
    if allowed and per_tib is None:
        yield "perUnitStorageThroughput", f"is required for the deployment type {kind}"
    elif known(per_tib) and per_tib not in allowed:
        yield "perUnitStorageThroughput", f"{per_tib} is not one of {list(allowed)}, which {kind} has on SSD"
    step = 3600 if kind == "SCRATCH_1" else 2400
    if isinstance(size, int) and size not in (1200, 2400) and (size % step or size <= 0):
        yield "storageCapacity", f"{size} is neither 1200, 2400 nor a multiple of {step} GiB"
    yield from _efa(call, kind)
    for name in ("automaticBackupRetentionDays", "copyTagsToBackups", "kmsKeyId"):
        if kind.startswith("SCRATCH") and inputs.get(name):
            yield name, f"is not supported for the deployment type {kind}"


def _efa(call: Call, kind: str) -> Iterator[Violation]:
    """The provider's documentation, `efa_enabled`."""
    inputs = call.inputs
    if not inputs.get("efaEnabled"):
        return
    if kind != "PERSISTENT_2" or not inputs.get("metadataConfiguration"):
        yield "efaEnabled", "needs the deployment type PERSISTENT_2 and a metadata configuration"
    size, step = inputs.get("storageCapacity"), _WITH_EFA.get(int(inputs.get("perUnitStorageThroughput") or 0))
    if isinstance(size, int) and step and size % step:
        yield "storageCapacity", f"{size} is no multiple of {step} GiB, which an EFA-enabled file system needs"


def _create(call: Call) -> Made:
    inputs, region = call.inputs, region_of(call)
    doing, operation = "creating FSx for Lustre File System", "FSx: CreateFileSystem"
    subnet = here(call, SUBNET, inputs.get("subnetIds"))
    if subnet is None:
        text = f"The subnet ID {inputs.get('subnetIds')} is invalid"
        raise Refused(exception(doing, operation, "InvalidNetworkSettings", text))
    groups = strings(inputs.get("securityGroupIds"))
    if any(network_of_group(call, group) != subnet.outputs["vpcId"] for group in groups):
        text = f"The security groups {groups} are not in the subnet's network"
        raise Refused(exception(doing, operation, "InvalidNetworkSettings", text))
    if not any(open_to_itself(call, group) or _lets_lustre_in(call, group) for group in groups):
        text = "The file system cannot be created because the default security group in the subnet provided or the "
        text += "provided security groups do not permit Lustre LNET network traffic on port 988"
        raise Refused(exception(doing, operation, "InvalidNetworkSettings", text))
    if inputs.get("efaEnabled") and not any(open_to_itself(call, group) for group in groups):
        text = "Insufficient security group permissions to create an EFA-enabled file system. Update security group to "
        text += "allow all internal inbound and outbound traffic."
        raise Refused(exception(doing, operation, "InvalidNetworkSettings", text))
    id = f"fs-0{call.store.new_id(16)}"
    return made(
        call,
        id,
        {
            "arn": arn("fsx", region, f"file-system/{id}"),
            "dnsName": f"{id}.fsx.{region}.amazonaws.com",
            "mountName": call.store.new_id(8),
            "networkInterfaceIds": [f"eni-0{call.store.new_id(16)}"],
            "ownerId": ACCOUNT,
            "vpcId": subnet.outputs["vpcId"],
        },
    )


def _lets_lustre_in(call: Call, group: str) -> bool:
    """Whether a group has a rule that lets TCP 988 in (FSx for Lustre User Guide, "Access control with Amazon VPC")."""
    return any(_covers(row) for row in call.store.rows(_INGRESS) if row.outputs.get("securityGroupId") == group) or any(
        _covers_inline(rule)
        for row in call.store.rows("aws:ec2/securityGroup:SecurityGroup")
        if row.id == group
        for rule in mappings(row.inputs.get("ingress"))
    )


def _covers(row: Row) -> bool:
    ports = (row.outputs.get("fromPort"), row.outputs.get("toPort"))
    return row.outputs.get("ipProtocol") == "-1" or _within(ports)


def _covers_inline(rule: dict[str, object]) -> bool:
    return rule.get("protocol") == "-1" or _within((rule.get("fromPort"), rule.get("toPort")))


def _within(ports: tuple[object, object]) -> bool:
    low, high = ports
    return isinstance(low, int) and isinstance(high, int) and low <= _PORT <= high


RULES: dict[str, ResourceRules] = {
    LUSTRE: ResourceRules(
        seconds=600,
        delete_seconds=300,
        # UpdateFileSystem changes capacity (upwards), throughput, compression, maintenance and backups; the provider's
        # schema forces a new one for the rest.
        replace_on=frozenset(
            {"deploymentType", "storageType", "subnetIds", "securityGroupIds", "kmsKeyId", "efaEnabled", "backupId"}
            | {"importPath", "exportPath", "importedFileChunkSize", "driveCacheType", "copyTagsToBackups"}
        ),
        check=lambda call: list(_check(call)),
        create=_create,
    ),
}
