"""EKS's managed node groups: what they are made of, and what of it never becomes nodes."""

import re
from collections.abc import Iterator
from typing import Any

from wayfare.sandbox.behaviour import Call, HalfMade, Made, Nodes, Properties, Refused, ResourceRules, Row
from wayfare.sandbox.clouds.aws.common import (
    Violation,
    arn,
    exception,
    exclusive,
    here,
    known,
    made,
    mapping,
    mappings,
    matches,
    named,
    region_of,
    strings,
)
from wayfare.sandbox.clouds.aws.iam import attached, has_own_policies, role_by_arn, trusts
from wayfare.sandbox.clouds.aws.kms import key_of, lets_auto_scaling
from wayfare.sandbox.clouds.aws.launch_templates import TEMPLATE, user_data
from wayfare.sandbox.clouds.aws.launches import Fault, bought, faults, machines
from wayfare.sandbox.clouds.aws.limits import limits_of
from wayfare.sandbox.clouds.aws.routes import SUBNET, VPC

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
_CLUSTER = "aws:eks/cluster:Cluster"
_ADDON = "aws:eks/addon:Addon"

_PURCHASES = {"ON_DEMAND": "on-demand", "SPOT": "spot", "CAPACITY_BLOCK": "block"}

#: EKS API reference, CreateNodegroup: at most 20 machine types; EKS User Guide, "Node taints": at most 50 taints.
_MOST_TYPES, _MOST_TAINTS = 20, 50

#: What goes away when it is no longer asked for.
_FREE = frozenset({"labels", "taints", "tags", "nodeRepairConfig", "warmPoolConfig", "forceUpdateVersion"})

#: Processors of AWS have a g after the generation (EC2 User Guide, "Instance type naming"); GB200's is Arm too.
_ARM = re.compile(r"(a1|[a-z]+\d+[a-z]*g[a-z]*|[a-z0-9]+-gb\d+)\..+")


def _check(call: Call) -> Iterator[Violation]:
    inputs = call.inputs
    yield from exclusive(inputs, "nodeGroupName", "nodeGroupNamePrefix")
    yield from exclusive(inputs, "launchTemplate", "remoteAccess")
    yield from exclusive(inputs, "launchTemplate", "diskSize")
    yield from matches(inputs, "nodeGroupName", r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", "a node group's name")
    for name, count, most in (
        ("instanceTypes", len(strings(inputs.get("instanceTypes"))), _MOST_TYPES),
        ("taints", len(mappings(inputs.get("taints"))), _MOST_TAINTS),
    ):
        if count > most:
            yield name, f"no more than {most} are allowed"
    size = mapping(inputs.get("scalingConfig"))
    sized = all(known(size.get(name)) for name in ("minSize", "desiredSize", "maxSize"))
    if sized and not size["minSize"] <= size["desiredSize"] <= size["maxSize"]:
        yield "scalingConfig.desiredSize", "must be between minSize and maxSize"
    for name, reason in exclusive(mapping(inputs.get("updateConfig")), "maxUnavailable", "maxUnavailablePercentage"):
        yield f"updateConfig.{name}", reason
    template = mapping(inputs.get("launchTemplate"))
    if template and (template.get("id") is None) == (template.get("name") is None):
        yield "launchTemplate", "needs an id or a name, and not both"
    if inputs.get("capacityType") == "CAPACITY_BLOCK" and inputs.get("launchTemplate") is None:
        yield "capacityType", "node groups with Capacity Blocks need a launch template"


def _create(call: Call) -> Made:
    inputs, operation = call.inputs, "EKS: CreateNodegroup"
    cluster, name = str(inputs["clusterName"]), str(inputs.get("nodeGroupName") or call.name)
    id, doing = f"{cluster}:{name}", f"creating EKS Node Group ({cluster}:{name})"
    host = named(call.store.rows(_CLUSTER), "name", cluster, region_of(call))
    if host is None:
        text = f"No cluster found for name: {cluster}."
        raise Refused(exception(doing, operation, "ResourceNotFoundException", text, 404))
    if call.store.row(NODE_GROUP, id):
        text = f"NodeGroup already exists with name {name} and cluster name {cluster}"
        raise Refused(exception(doing, operation, "ResourceInUseException", text, 409))
    template = _launchable(call, host, doing, operation)
    result = made(call, id, _outputs(call, host, template, cluster, name))
    issues = list(_issues(call, host, template))
    if issues:
        waiting = f"waiting for EKS Node Group ({id}) create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'."
        text = f"{waiting} last error: {issues[0]}"
        raise HalfMade(id, {**result.outputs, "status": "CREATE_FAILED"}, [text])
    return result


def _launchable(call: Call, host: Row, doing: str, operation: str) -> Row | None:
    """The launch template, if EKS can make nodes of all that is asked for. Raises `Refused`."""
    template = _template(call, doing, operation)
    zones = {str(row.outputs["availabilityZone"]) for row in _subnets(call)}
    found = [*_references(call, host), *_release(call, host), *_machines(call, template)]
    if template is not None:
        found += faults(call, template, host, zones)
    if found:
        raise Refused(exception(doing, operation, *found[0]))
    return template


def _update(call: Call) -> Properties:
    """Another version of the template is tried as the first one was; size, labels and taints follow the inputs."""
    doing, operation = f"updating EKS Node Group ({call.id}) version", "EKS: UpdateNodegroupVersion"
    host = named(call.store.rows(_CLUSTER), "name", call.inputs["clusterName"], call.region)
    if host is None:
        raise Refused(exception(doing, operation, "ResourceNotFoundException", "No cluster found", 404))
    template = _launchable(call, host, doing, operation)
    if issues := list(_issues(call, host, template)):
        raise Refused(f"waiting for EKS Node Group ({call.id}) version update: unexpected state 'Failed': {issues[0]}")
    inputs = {name: value for name, value in call.inputs.items() if not name.startswith("__")}
    kept = {name: value for name, value in call.outputs.items() if name not in _FREE}
    outputs = {**kept, **inputs, "updateConfig": {"maxUnavailable": 1, **mapping(inputs.get("updateConfig"))}}
    if template is not None:
        version = _version(call, template)
        outputs["launchTemplate"] = {**mapping(call.outputs.get("launchTemplate")), "version": version}
    return outputs


def _outputs(call: Call, host: Row, template: Row | None, cluster: str, name: str) -> dict[str, Any]:
    inputs, release = call.inputs, call.inputs.get("version") or host.outputs["version"]
    outputs: dict[str, Any] = {
        "arn": arn("eks", region_of(call), f"nodegroup/{cluster}/{name}/{call.store.new_id(8)}"),
        "amiType": inputs.get("amiType", "AL2023_x86_64_STANDARD"),
        "capacityType": inputs.get("capacityType", "ON_DEMAND"),
        "instanceTypes": machines(call, template),
        "nodeGroupName": name,
        "nodeGroupNamePrefix": "",
        "releaseVersion": f"{release}.1-20261003",
        "resources": [
            {
                "autoscalingGroups": [{"name": f"eks-{name}-{call.store.new_id(8)}"}],
                "remoteAccessSecurityGroupId": "",
            }
        ],
        "scalingConfig": mapping(inputs["scalingConfig"]),
        "status": "ACTIVE",
        "updateConfig": {"maxUnavailable": 1, **mapping(inputs.get("updateConfig"))},
        "version": release,
    }
    if template is not None:
        outputs["launchTemplate"] = {
            "id": template.id,
            "name": template.outputs["name"],
            "version": _version(call, template),
        }
    return outputs


def _subnets(call: Call) -> list[Row]:
    rows = (here(call, SUBNET, id) for id in strings(call.inputs["subnetIds"]))
    return [row for row in rows if row is not None]


def _template(call: Call, doing: str, operation: str) -> Row | None:
    asked = mapping(call.inputs.get("launchTemplate"))
    if not asked:
        return None
    rows = [row for row in call.store.rows(TEMPLATE) if row.region == region_of(call)]
    found = next((row for row in rows if asked.get("id") == row.id or asked.get("name") == row.outputs["name"]), None)
    version = "" if found is None else _version(call, found)
    if found is None or not (version.isdigit() and 1 <= int(version) <= int(found.outputs["latestVersion"])):
        text = f"The specified launch template, with template ID {asked.get('id')}, does not exist or has no version "
        text += str(asked.get("version"))
        raise Refused(exception(doing, operation, "InvalidParameterException", text))
    return found


def _version(call: Call, template: Row) -> str:
    """The template's version that is asked for; EKS knows numbers, and the provider EC2's two words for them."""
    asked = str(mapping(call.inputs["launchTemplate"]).get("version", "$Default"))
    words = {"$Default": "defaultVersion", "$Latest": "latestVersion"}
    return str(template.outputs[words[asked]]) if asked in words else asked


def _references(call: Call, host: Row) -> Iterator[Fault]:
    """Subnets and role (EKS User Guide, "Amazon EKS node IAM role" and "Create a managed node group")."""
    code, vpc = "InvalidParameterException", mapping(host.outputs["vpcConfig"])["vpcId"]
    for id in strings(call.inputs["subnetIds"]):
        row = here(call, SUBNET, id)
        if row is None:
            yield code, f"The subnet ID '{id}' does not exist"
        elif row.outputs["vpcId"] != vpc:
            yield code, f"Subnet {id} is not in the VPC of the cluster ({vpc})"
    wanted = str(call.inputs["nodeRoleArn"])
    role = role_by_arn(call, wanted)
    if role is None:
        yield code, f"The role with name {wanted.rpartition('/')[2]} cannot be found."
    elif not trusts(role, "ec2.amazonaws.com", "sts:AssumeRole"):
        text = "Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of"
        yield code, f"{text} nodeRole {wanted}"


def minor(version: object) -> int:
    """`1.36` → 36"""
    return int(str(version).partition(".")[2])


def _release(call: Call, host: Row) -> Iterator[Fault]:
    """Nodes do not lead their control plane (EKS User Guide, "Update a managed node group"; the words are unsure)."""
    asked, has = call.inputs.get("version") or host.outputs["version"], host.outputs["version"]
    if minor(asked) > minor(has):
        text = f"Requested Nodegroup Kubernetes version {asked} is greater than the cluster's Kubernetes version {has}"
        yield "InvalidParameterException", text


def _machines(call: Call, template: Row | None) -> Iterator[Fault]:
    """Machine types that EC2 has, of the image's architecture (EKS API reference, CreateNodegroup.amiType)."""
    code, image = "InvalidParameterException", str(call.inputs.get("amiType", "AL2023_x86_64_STANDARD"))
    custom = image == "CUSTOM" or (template is not None and template.outputs.get("imageId"))
    all_types = limits_of(TEMPLATE)["instanceType"].values
    for machine in machines(call, template):
        if machine not in all_types:
            yield code, f"The following supplied instance types do not exist: [{machine}]"
        elif not custom and ("ARM_64" in image) != bool(_ARM.fullmatch(machine)):
            yield code, f"[{machine}] is not a valid instance type for requested amiType {image}"


def _issues(call: Call, host: Row, template: Row | None) -> Iterator[str]:
    """Why nodes never come, or never join (EKS API reference, Issue): the node group stays, failed."""
    nodes = _nodes(call)
    if nodes.zone and not call.store.offered(region_of(call), nodes.zone, nodes.machine_type):
        yield (
            "AsgInstanceLaunchFailures: Could not launch instances. Unsupported - Your requested instance "
            f"type ({nodes.machine_type}) is not supported in your requested Availability Zone ({nodes.zone}). "
            "Launching EC2 instance failed."
        )
    if template is not None and template.outputs.get("userData") and not template.outputs.get("imageId"):
        data = user_data(template.outputs["userData"]) or b""
        # EKS merges it with its own (EKS User Guide, "Amazon EC2 user data"); Bottlerocket's is TOML.
        bottlerocket = str(call.inputs.get("amiType")).startswith("BOTTLEROCKET")
        if not bottlerocket and b"content-type: multipart/" not in data.lower():
            yield "Ec2LaunchTemplateInvalidConfiguration: User data was not in the MIME multipart format."
    if template is not None:
        for each in mappings(template.outputs.get("blockDeviceMappings")):
            wanted = mapping(each.get("ebs")).get("kmsKeyId")
            key = None if wanted is None else key_of(call, wanted)
            if wanted is not None and (key is None or not lets_auto_scaling(key)):
                yield (
                    "AsgInstanceLaunchFailures: Instance became unhealthy while waiting for instance to be in "
                    "InService state. Termination Reason: Client.InvalidKMSKey.InvalidState: The KMS key provided is "
                    "in an incorrect state"
                )
    unjoined = "NodeCreationFailure: Instances failed to join the kubernetes cluster"
    role = role_by_arn(call, call.inputs["nodeRoleArn"])
    if role is not None and not has_own_policies(call, role):
        policies = attached(call, role)
        if not policies & {"AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"}:
            yield f"{unjoined} (the node role has no AmazonEKSWorkerNodePolicy)"
        elif not any(policy.startswith("AmazonEC2ContainerRegistry") for policy in policies):
            yield f"{unjoined} (the node role has no AmazonEC2ContainerRegistryPullOnly)"
    vpc = call.store.row(VPC, str(mapping(host.outputs["vpcConfig"])["vpcId"]))
    # EKS User Guide, "VPC requirements and considerations".
    if vpc is not None and not (vpc.outputs["enableDnsSupport"] and vpc.outputs["enableDnsHostnames"]):
        yield f"{unjoined} (the VPC has no DNS resolution or no DNS hostnames)"
    if host.inputs.get("bootstrapSelfManagedAddons") is False and nodes.count and not _has_network(call, host):
        yield f"{unjoined} (no network plug-in: the cluster was made without add-ons, and has no vpc-cni)"


def _has_network(call: Call, host: Row) -> bool:
    """Nodes are not ready before a network plug-in is there (EKS User Guide, "Create a cluster", bare clusters)."""
    addons = call.store.rows(_ADDON)
    return any(row.outputs.get("clusterName") == host.id and row.outputs["addonName"] == "vpc-cni" for row in addons)


def _nodes(call: Call) -> Nodes:
    inputs = call.inputs
    zones = {str(row.outputs["availabilityZone"]) for row in _subnets(call)}
    asked = mapping(inputs.get("launchTemplate"))
    template = call.store.row(TEMPLATE, str(asked.get("id"))) if asked.get("id") else None
    purchase = _PURCHASES[inputs.get("capacityType") or "ON_DEMAND"]
    if purchase == "on-demand" and bought(call, template):
        purchase = "reserved"
    count = int(mapping(inputs["scalingConfig"])["desiredSize"])
    return Nodes(zones.pop() if len(zones) == 1 else "", machines(call, template)[0], purchase, count, False)


RULES: dict[str, ResourceRules] = {
    NODE_GROUP: ResourceRules(
        seconds=240,
        delete_seconds=240,
        # UpdateNodegroupConfig changes size, labels, taints and update; UpdateNodegroupVersion a version of the same
        # template (EKS API reference). All else the provider replaces.
        replace_on=frozenset(
            {"amiType", "capacityType", "clusterName", "diskSize", "instanceTypes", "nodeGroupName", "nodeRoleArn"}
            | {"nodeGroupNamePrefix", "remoteAccess", "subnetIds", "launchTemplate.id", "launchTemplate.name"}
        ),
        check=lambda call: list(_check(call)),
        create=_create,
        update=_update,
        nodes=_nodes,
        half_made=True,
    ),
}
