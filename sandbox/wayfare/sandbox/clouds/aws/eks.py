"""EKS: clusters, node groups, add-ons, access and pod identities."""

import base64
from collections.abc import Iterator
from typing import Any

from wayfare.sandbox.behaviour import Call, HalfMade, Made, Nodes, Refused, ResourceRules, Row
from wayfare.sandbox.clouds.aws.common import (
    Violation,
    arn,
    exception,
    exclusive,
    known,
    made,
    mapping,
    mappings,
    matches,
    named,
    one_of,
    region_of,
    strings,
)
from wayfare.sandbox.clouds.aws.ec2 import SUBNET, TEMPLATE
from wayfare.sandbox.clouds.aws.iam import ROLE

_CLUSTER = "aws:eks/cluster:Cluster"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
_ENTRY = "aws:eks/accessEntry:AccessEntry"

_AMI_TYPES = (
    *("AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD", "AL2023_x86_64_NVIDIA", "AL2023_ARM_64_NVIDIA"),
    *("AL2023_x86_64_NEURON", "BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64", "BOTTLEROCKET_x86_64_NVIDIA", "CUSTOM"),
)

#: Network cards of a machine type, and the first of them that has EFA (EC2 User Guide, "efa-acc-inst-types").
_CARDS = {
    "p3dn.24xlarge": (1, 0),
    "p4d.24xlarge": (4, 0),
    "p4de.24xlarge": (4, 0),
    "p5.4xlarge": (1, 0),
    "p5.48xlarge": (32, 0),
    "p5e.48xlarge": (32, 0),
    "p5en.48xlarge": (16, 0),
    "p6-b200.48xlarge": (8, 0),
    "p6-b300.48xlarge": (17, 1),
    "g5.48xlarge": (1, 0),
    "g6.48xlarge": (1, 0),
    "g6e.48xlarge": (4, 0),
}

_PURCHASES = {"ON_DEMAND": "on-demand", "SPOT": "spot", "CAPACITY_BLOCK": "block"}


def _cluster_check(call: Call) -> Iterator[Violation]:
    inputs = call.inputs
    yield from matches(inputs, "name", r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}", "a cluster's name (at most 100 characters)")
    yield from matches(inputs, "roleArn", r"arn:aws:iam::\d{12}:role/.+", "a role's ARN")
    yield from matches(inputs, "version", r"1\.\d\d", "a Kubernetes version such as 1.36")
    mode = mapping(inputs.get("accessConfig")).get("authenticationMode")
    yield from one_of(mode, "accessConfig.authenticationMode", ("API", "API_AND_CONFIG_MAP", "CONFIG_MAP"))
    network = mapping(inputs.get("vpcConfig"))
    if network.get("endpointPublicAccess") is False and not network.get("endpointPrivateAccess"):
        yield "vpcConfig", "private and public access cannot both be off"
    support = mapping(inputs.get("upgradePolicy")).get("supportType")
    yield from one_of(support, "upgradePolicy.supportType", ("STANDARD", "EXTENDED"))
    logs = ("api", "audit", "authenticator", "controllerManager", "scheduler")
    for index, log in enumerate(strings(inputs.get("enabledClusterLogTypes"))):
        yield from one_of(log, f"enabledClusterLogTypes[{index}]", logs)


def _cluster(call: Call) -> Made:
    inputs, region, name = call.inputs, region_of(call), str(call.inputs["name"])
    doing = f"creating EKS Cluster ({name})"
    if named(call.store.rows(_CLUSTER), "name", name, region):
        text = f"Cluster already exists with name: {name}"
        raise Refused(exception(doing, "EKS: CreateCluster", "ResourceInUseException", text, 409))
    if named(call.store.rows(ROLE), "arn", inputs["roleArn"]) is None:
        text = f"Role with arn: {inputs['roleArn']}, could not be assumed because it does not exist or the trusted "
        text += "entity is not correct"
        raise Refused(exception(doing, "EKS: CreateCluster", "InvalidParameterException", text))
    network = mapping(inputs["vpcConfig"])
    subnets = [call.store.row(SUBNET, id) for id in strings(network.get("subnetIds"))]
    zones = {row.outputs["availabilityZone"] for row in subnets if row is not None}
    if len(zones) < 2 or None in subnets:
        text = "Subnets specified must be in at least two different AZs"
        raise Refused(exception(doing, "EKS: CreateCluster", "InvalidParameterException", text))
    host, issuer = call.store.new_id(32).upper(), call.store.new_id(32).upper()
    vpc = next(row.outputs["vpcId"] for row in subnets if row is not None)
    now = call.store.now().isoformat().replace("+00:00", "Z")
    return made(
        call,
        name,
        {
            "arn": arn("eks", region, f"cluster/{name}"),
            "accessConfig": {
                "authenticationMode": "CONFIG_MAP",
                "bootstrapClusterCreatorAdminPermissions": True,
                **mapping(inputs.get("accessConfig")),
            },
            "certificateAuthority": {"data": base64.b64encode(f"sandbox authority {name} {host}".encode()).decode()},
            "createdAt": now,
            "deletionProtection": inputs.get("deletionProtection", False),
            "endpoint": f"https://{host}.gr7.{region}.eks.amazonaws.com",
            "identities": [{"oidcs": [{"issuer": f"https://oidc.eks.{region}.amazonaws.com/id/{issuer}"}]}],
            "kubernetesNetworkConfig": {
                "ipFamily": "ipv4",
                "serviceIpv4Cidr": "172.20.0.0/16",
                **mapping(inputs.get("kubernetesNetworkConfig")),
            },
            "platformVersion": "eks.4",
            "status": "ACTIVE",
            "upgradePolicy": inputs.get("upgradePolicy") or {"supportType": "EXTENDED"},
            "version": inputs.get("version", "1.36"),
            "vpcConfig": {
                "endpointPrivateAccess": False,
                "endpointPublicAccess": True,
                "publicAccessCidrs": ["0.0.0.0/0"],
                **network,
                "clusterSecurityGroupId": f"sg-0{call.store.new_id(16)}",
                "vpcId": vpc,
            },
        },
    )


def _cluster_free(call: Call) -> None:
    if any(row.outputs.get("clusterName") == call.id for row in call.store.rows(_NODE_GROUP)):
        text = "Cluster has nodegroups attached"
        doing = f"deleting EKS Cluster ({call.id})"
        raise Refused(exception(doing, "EKS: DeleteCluster", "ResourceInUseException", text, 409))


def _pool_check(call: Call) -> Iterator[Violation]:
    inputs = call.inputs
    yield from exclusive(inputs, "nodeGroupName", "nodeGroupNamePrefix")
    yield from exclusive(inputs, "launchTemplate", "remoteAccess")
    yield from exclusive(inputs, "launchTemplate", "diskSize")
    yield from matches(inputs, "nodeGroupName", r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", "a node group's name")
    yield from one_of(inputs.get("amiType"), "amiType", _AMI_TYPES)
    yield from one_of(inputs.get("capacityType"), "capacityType", tuple(_PURCHASES))
    for index, taint in enumerate(mappings(inputs.get("taints"))):
        effects = ("NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE")
        yield from one_of(taint.get("effect"), f"taints[{index}].effect", effects)
    size = mapping(inputs.get("scalingConfig"))
    if all(known(size.get(name)) for name in ("minSize", "desiredSize", "maxSize")):
        if not size["minSize"] <= size["desiredSize"] <= size["maxSize"]:
            yield "scalingConfig.desiredSize", "must be between minSize and maxSize"
        if size["maxSize"] < 1:
            yield "scalingConfig.maxSize", "must be at least 1"
    template = mapping(inputs.get("launchTemplate"))
    if template and (template.get("id") is None) == (template.get("name") is None):
        yield "launchTemplate", "needs an id or a name, and not both"


def _pool(call: Call) -> Made:
    inputs, region = call.inputs, region_of(call)
    cluster, name = str(inputs["clusterName"]), str(inputs.get("nodeGroupName") or call.name)
    id, doing = f"{cluster}:{name}", f"creating EKS Node Group ({cluster}:{name})"
    host = named(call.store.rows(_CLUSTER), "name", cluster, region)
    if host is None:
        text = f"No cluster found for name: {cluster}."
        raise Refused(exception(doing, "EKS: CreateNodegroup", "ResourceNotFoundException", text, 404))
    if call.store.row(_NODE_GROUP, id):
        text = f"NodeGroup already exists with name {name} and cluster name {cluster}"
        raise Refused(exception(doing, "EKS: CreateNodegroup", "ResourceInUseException", text, 409))
    template = _launch_template(call, doing)
    if template is not None:
        _fitting(template, strings(inputs.get("instanceTypes")), doing)
    release = host.outputs["version"]
    size = mapping(inputs["scalingConfig"])
    group = f"eks-{name}-{call.store.new_id(8)}"
    outputs: dict[str, Any] = {
        "arn": arn("eks", region, f"nodegroup/{cluster}/{name}/{call.store.new_id(8)}"),
        "amiType": inputs.get("amiType", "AL2023_x86_64_STANDARD"),
        "capacityType": inputs.get("capacityType", "ON_DEMAND"),
        "instanceTypes": inputs.get("instanceTypes") or ["t3.medium"],
        "nodeGroupName": name,
        "nodeGroupNamePrefix": "",
        "releaseVersion": f"{release}.1-20261003",
        "resources": [{"autoscalingGroups": [{"name": group}], "remoteAccessSecurityGroupId": ""}],
        "scalingConfig": size,
        "status": "ACTIVE",
        "updateConfig": {"maxUnavailable": 1, **mapping(inputs.get("updateConfig"))},
        "version": release,
    }
    if template is not None:
        outputs["launchTemplate"] = {
            "id": template.id,
            "name": template.outputs["name"],
            "version": str(mapping(inputs["launchTemplate"])["version"]),
        }
    result = made(call, id, outputs)
    _launchable(call, result)
    return result


def _launch_template(call: Call, doing: str) -> Row | None:
    asked = mapping(call.inputs.get("launchTemplate"))
    if not asked:
        return None
    rows = call.store.rows(TEMPLATE)
    found = next((row for row in rows if asked.get("id") == row.id or asked.get("name") == row.outputs["name"]), None)
    if found is None or not 1 <= int(asked["version"]) <= int(found.outputs["latestVersion"]):
        text = f"The specified launch template, with template ID {asked.get('id')}, does not exist or has no version "
        text += str(asked.get("version"))
        raise Refused(exception(doing, "EKS: CreateNodegroup", "InvalidParameterException", text))
    return found


def _fitting(template: Row, machines: list[str], doing: str) -> None:
    """The interfaces must be on cards that the machine type has, and EFA on cards that have it."""
    interfaces = mappings(template.outputs.get("networkInterfaces"))
    for each in interfaces:
        if each.get("subnetId"):
            text = "Launch template network interfaces must not specify a subnet"
            raise Refused(exception(doing, "EKS: CreateNodegroup", "InvalidParameterException", text))
    for machine in machines:
        cards, first = _CARDS.get(machine, (1, 0) if not interfaces else (64, 0))
        for each in interfaces:
            card, kind = int(each.get("networkCardIndex", 0)), str(each.get("interfaceType", "interface"))
            if card >= cards or (kind.startswith("efa") and card < first):
                text = f"Network card index {card} of {machine} does not support interface type {kind}."
                raise Refused(exception(doing, "EKS: CreateNodegroup", "InvalidParameterException", text))


def _launchable(call: Call, pool: Made) -> None:
    """A zone that does not have the machine type fails the node group, which stays."""
    nodes = _nodes(call)
    if nodes.zone and not call.store.offered(region_of(call), nodes.zone, nodes.machine_type):
        text = (
            f"waiting for EKS Node Group ({pool.id}) create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. "
            "last error: AsgInstanceLaunchFailures: Could not launch instances. Unsupported - Your requested instance "
            f"type ({nodes.machine_type}) is not supported in your requested Availability Zone ({nodes.zone}). "
            "Launching EC2 instance failed."
        )
        raise HalfMade(pool.id, {**pool.outputs, "status": "CREATE_FAILED"}, [text])


def _nodes(call: Call) -> Nodes:
    inputs = call.inputs
    subnets = [call.store.row(SUBNET, id) for id in strings(inputs["subnetIds"])]
    zones = {row.outputs["availabilityZone"] for row in subnets if row is not None}
    machine = (strings(inputs.get("instanceTypes")) or ["t3.medium"])[0]
    purchase = _PURCHASES[inputs.get("capacityType") or "ON_DEMAND"]
    count = int(mapping(inputs["scalingConfig"])["desiredSize"])
    return Nodes(zones.pop() if len(zones) == 1 else "", machine, purchase, count, False)


def _addon(call: Call) -> Made:
    cluster, name = call.inputs["clusterName"], call.inputs["addonName"]
    now = call.store.now().isoformat().replace("+00:00", "Z")
    return made(
        call,
        f"{cluster}:{name}",
        {
            "arn": arn("eks", region_of(call), f"addon/{cluster}/{name}/{call.store.new_id(8)}"),
            "addonVersion": call.inputs.get("addonVersion", "v1.0.0-eksbuild.1"),
            "createdAt": now,
            "modifiedAt": now,
        },
    )


def _entry(call: Call) -> Made:
    cluster, principal = call.inputs["clusterName"], str(call.inputs["principalArn"])
    kind, _, name = principal.rpartition(":")[2].partition("/")
    now = call.store.now().isoformat().replace("+00:00", "Z")
    rest = f"access-entry/{cluster}/{kind}/{principal.split(':')[4]}/{name.rpartition('/')[2]}/{call.store.new_id(8)}"
    return made(
        call,
        f"{cluster}:{principal}",
        {
            "accessEntryArn": arn("eks", region_of(call), rest),
            "createdAt": now,
            "modifiedAt": now,
            "kubernetesGroups": call.inputs.get("kubernetesGroups", []),
            "type": call.inputs.get("type", "STANDARD"),
            "userName": call.inputs.get("userName", principal),
        },
    )


def _policy(call: Call) -> Made:
    cluster, principal, policy = (call.inputs[name] for name in ("clusterName", "principalArn", "policyArn"))
    doing = f"creating EKS Access Policy Association ({cluster})"
    if call.store.row(_ENTRY, f"{cluster}:{principal}") is None:
        text = f"The specified principalArn could not be found: {principal}"
        raise Refused(exception(doing, "EKS: AssociateAccessPolicy", "ResourceNotFoundException", text, 404))
    now = call.store.now().isoformat().replace("+00:00", "Z")
    return made(call, f"{cluster}#{principal}#{policy}", {"associatedAt": now, "modifiedAt": now}, tagged=False)


def _pod_identity(call: Call) -> Made:
    id, cluster = f"a-{call.store.new_id(17)}", call.inputs["clusterName"]
    rest = f"podidentityassociation/{cluster}/{id}"
    return made(call, f"{cluster},{id}", {"associationArn": arn("eks", region_of(call), rest), "associationId": id})


RULES: dict[str, ResourceRules] = {
    _CLUSTER: ResourceRules(
        seconds=600,
        delete_seconds=180,
        replace_on=frozenset(
            {"name", "roleArn", "kubernetesNetworkConfig", "bootstrapSelfManagedAddons"}
            | {"accessConfig.bootstrapClusterCreatorAdminPermissions"}
        ),
        check=lambda call: list(_cluster_check(call)),
        create=_cluster,
        delete=_cluster_free,
    ),
    _NODE_GROUP: ResourceRules(
        seconds=240,
        delete_seconds=240,
        replace_on=frozenset(
            {"amiType", "capacityType", "clusterName", "diskSize", "instanceTypes", "nodeGroupName", "nodeRoleArn"}
            | {"nodeGroupNamePrefix", "remoteAccess", "subnetIds", "launchTemplate.id", "launchTemplate.name"}
        ),
        check=lambda call: list(_pool_check(call)),
        create=_pool,
        nodes=_nodes,
        half_made=True,
    ),
    "aws:eks/addon:Addon": ResourceRules(
        seconds=20, delete_seconds=10, replace_on=frozenset({"clusterName", "addonName"}), create=_addon
    ),
    _ENTRY: ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=frozenset({"clusterName", "principalArn", "type"}),
        check=lambda call: list(
            matches(call.inputs, "principalArn", r"arn:aws:iam::\d{12}:(role|user)/.+", "a role's or a user's ARN")
        ),
        create=_entry,
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ResourceRules(
        seconds=1, delete_seconds=1, replace_on=frozenset({"*"}), create=_policy, tags=None
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=frozenset({"clusterName", "namespace", "serviceAccount"}),
        create=_pod_identity,
    ),
}
