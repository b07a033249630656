"""EKS: clusters and add-ons."""

import base64
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from wayfare.sandbox.behaviour import Call, HalfMade, Made, Plane, Properties, Refused, ResourceRules, Row
from wayfare.sandbox.clouds.aws.common import (
    Violation,
    arn,
    exception,
    here,
    is_range,
    known,
    made,
    mapping,
    mappings,
    matches,
    named,
    network_of,
    one_of,
    region_of,
    strings,
    zone_id,
)
from wayfare.sandbox.clouds.aws.iam import role_by_arn, trusts
from wayfare.sandbox.clouds.aws.kms import key_of
from wayfare.sandbox.clouds.aws.leftovers import leaves
from wayfare.sandbox.clouds.aws.node_groups import NODE_GROUP, minor
from wayfare.sandbox.clouds.aws.routes import SUBNET, VPC
from wayfare.sandbox.clouds.aws.security_groups import network_of_group

_CLUSTER = "aws:eks/cluster:Cluster"
_ADDON = "aws:eks/addon:Addon"

#: Subnets of a control plane hold at least 6 free addresses (EKS User Guide, "Subnet requirements for clusters").
_FREE, _TAKEN_BY_AWS = 6, 5

#: Zones without control planes (EKS User Guide, "Subnet requirements and considerations").
_WITHOUT_CONTROL_PLANES = ("use1-az3", "usw1-az2", "cac1-az3")

#: Where a cluster's services may be (EKS API reference, KubernetesNetworkConfigRequest).
_PRIVATE = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))


def _cluster_check(call: Call) -> Iterator[Violation]:
    inputs = call.inputs
    yield from matches(inputs, "roleArn", r"arn:aws:iam::\d{12}:role/.+", "a role's ARN")
    yield from matches(inputs, "version", r"1\.\d\d", "a Kubernetes version such as 1.36")
    network = mapping(inputs.get("vpcConfig"))
    if network.get("endpointPublicAccess") is False and not network.get("endpointPrivateAccess"):
        yield "vpcConfig", "private and public access cannot both be off"
    for index, cidr in enumerate(strings(network.get("publicAccessCidrs"))):
        if known(cidr) and network_of(cidr) is None:
            yield f"vpcConfig.publicAccessCidrs[{index}]", f'"{cidr}" is not a valid CIDR block'
    services = mapping(inputs.get("kubernetesNetworkConfig"))
    for path, reason in is_range(services, "serviceIpv4Cidr", 12, 24):
        yield f"kubernetesNetworkConfig.{path}", reason
    if (given := network_of(services.get("serviceIpv4Cidr"))) and not any(given.subnet_of(each) for each in _PRIVATE):
        yield "kubernetesNetworkConfig.serviceIpv4Cidr", "must be within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
    mode = mapping(inputs.get("accessConfig")).get("authenticationMode")
    creator = mapping(inputs.get("accessConfig")).get("bootstrapClusterCreatorAdminPermissions")
    if mode == "CONFIG_MAP" and creator is False:
        # EKS API reference, CreateAccessConfigRequest.
        path = "accessConfig.bootstrapClusterCreatorAdminPermissions"
        yield path, "must be true if cluster authentication mode is set to CONFIG_MAP"


def _cluster(call: Call) -> Made:
    inputs, region, name = call.inputs, region_of(call), str(call.inputs["name"])
    doing = f"creating EKS Cluster ({name})"
    if named(call.store.rows(_CLUSTER), "name", name, region):
        text = f"Cluster already exists with name: {name}"
        raise Refused(exception(doing, "EKS: CreateCluster", "ResourceInUseException", text, 409))
    role = role_by_arn(call, inputs["roleArn"])
    if role is None or not trusts(role, "eks.amazonaws.com", "sts:AssumeRole"):
        text = f"Role with arn: {inputs['roleArn']}, could not be assumed because it does not exist or the trusted "
        text += "entity is not correct"
        raise Refused(exception(doing, "EKS: CreateCluster", "InvalidParameterException", text))
    for each in mappings([inputs.get("encryptionConfig")]):
        # EKS API reference, EncryptionConfig: a symmetric key in the cluster's region.
        if key_of(call, wanted := mapping(each.get("provider")).get("keyArn")) is None:
            text = f"Key not found for {wanted}"
            raise Refused(exception(doing, "EKS: CreateCluster", "InvalidParameterException", text))
    network = mapping(inputs["vpcConfig"])
    vpc = _place(call, network, doing)
    host, issuer = call.store.new_id(32).upper(), call.store.new_id(32).upper()
    plane = call.store.plane(_CLUSTER, region, name) or Plane(
        f"{host}.gr7.{region}.eks.amazonaws.com", base64.b64encode(f"sandbox authority {name} {host}".encode()).decode()
    )
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
            "certificateAuthority": {"data": plane.authority},
            "createdAt": now,
            "deletionProtection": inputs.get("deletionProtection", False),
            "endpoint": f"https://{plane.host}",
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


def _cluster_changed(call: Call) -> Properties:
    """Versions go up, one at a time (EKS User Guide, "Update existing cluster to new Kubernetes version")."""
    was, now = str(call.outputs.get("version")), str(call.inputs.get("version") or call.outputs.get("version"))
    if minor(now) - minor(was) not in (0, 1):
        text = f"Unsupported Kubernetes minor version update from {was} to {now}"
        doing = f"updating EKS Cluster ({call.id}) version"
        raise Refused(exception(doing, "EKS: UpdateClusterVersion", "InvalidParameterException", text))
    inputs = {name: value for name, value in call.inputs.items() if not name.startswith("__")}
    return {
        **call.outputs,
        **inputs,
        "vpcConfig": {**mapping(call.outputs["vpcConfig"]), **mapping(inputs["vpcConfig"])},
    }


def _place(call: Call, network: dict[str, Any], doing: str) -> str:
    """The VPC of a cluster's subnets (EKS User Guide, "VPC and subnet requirements"). Raises `Refused`."""
    code, operation = "InvalidParameterException", "EKS: CreateCluster"
    rows: list[Row] = []
    for id in strings(network.get("subnetIds")):
        row = here(call, SUBNET, id)
        if row is None:
            raise Refused(exception(doing, operation, code, f"The subnet ID '{id}' does not exist"))
        rows.append(row)
    if len({row.outputs["availabilityZone"] for row in rows}) < 2:
        text = "Subnets specified must be in at least two different AZs"
        raise Refused(exception(doing, operation, code, text))
    if len(vpcs := {str(row.outputs["vpcId"]) for row in rows}) > 1:
        raise Refused(exception(doing, operation, code, "Subnets specified must be in the same VPC"))
    for row in rows:
        size = network_of(row.outputs.get("cidrBlock"))
        if size is not None and size.num_addresses - _TAKEN_BY_AWS < _FREE:
            text = f"Atleast one subnet in each AZ should have {_FREE} free IPs. Invalid AZs: {{ "
            text += f"[{row.outputs['availabilityZone']}] }} provided"
            raise Refused(exception(doing, operation, code, text))
    _supported(call, {str(row.outputs["availabilityZone"]) for row in rows}, doing)
    vpc = vpcs.pop()
    services = network_of(mapping(call.inputs.get("kubernetesNetworkConfig")).get("serviceIpv4Cidr"))
    around = call.store.row(VPC, vpc)
    own = None if around is None else network_of(around.outputs.get("cidrBlock"))
    if services is not None and own is not None and services.overlaps(own):
        text = f"The specified service CIDR {services} overlaps with a CIDR block of the VPC ({own})"
        raise Refused(exception(doing, operation, code, text))
    for group in strings(network.get("securityGroupIds")):
        if network_of_group(call, group) != vpc:
            text = f"Security group(s) [{group}] are not in the same VPC as the subnets"
            raise Refused(exception(doing, operation, code, text))
    return vpc


def _supported(call: Call, zones: set[str], doing: str) -> None:
    """No subnet is in a zone without control planes. Raises `Refused`."""
    region = region_of(call)
    names = call.store.zones(region)
    closed = {name for index, name in enumerate(names) if zone_id(region, index) in _WITHOUT_CONTROL_PLANES}
    for zone in sorted(zones & closed):
        text = (
            f"Cannot create cluster '{call.inputs['name']}' because {zone}, the targeted availability zone, does not "
        )
        text += "currently have sufficient capacity to support the cluster. Retry and choose from these availability "
        text += f"zones: {', '.join(name for name in names if name not in closed)}"
        raise Refused(exception(doing, "EKS: CreateCluster", "UnsupportedAvailabilityZoneException", text))


def _cluster_free(call: Call) -> None:
    """A protected cluster stays, and one with node groups (EKS API reference, DeleteCluster)."""
    if call.outputs.get("deletionProtection"):
        text, doing = "Cluster has deletion protection enabled", f"deleting EKS Cluster ({call.id})"
        raise Refused(exception(doing, "EKS: DeleteCluster", "InvalidRequestException", text))
    if any(row.outputs.get("clusterName") == call.id for row in call.store.rows(NODE_GROUP)):
        text = "Cluster has nodegroups attached"
        doing = f"deleting EKS Cluster ({call.id})"
        raise Refused(exception(doing, "EKS: DeleteCluster", "ResourceInUseException", text, 409))


def in_cluster(call: Call, doing: str, operation: str) -> Row:
    """The cluster that a call names. Raises `Refused`."""
    cluster = str(call.inputs["clusterName"])
    row = named(call.store.rows(_CLUSTER), "name", cluster, region_of(call))
    if row is None:
        text = f"No cluster found for name: {cluster}."
        raise Refused(exception(doing, f"EKS: {operation}", "ResourceNotFoundException", text, 404))
    return row


def _addon(call: Call) -> Made:
    """CoreDNS becomes active on nodes only, and tolerates no taint of theirs (EKS User Guide, "Manage CoreDNS")."""
    cluster, name = call.inputs["clusterName"], call.inputs["addonName"]
    doing = f"creating EKS Add-On ({cluster}:{name})"
    in_cluster(call, doing, "CreateAddon")
    if call.store.row(_ADDON, f"{cluster}:{name}"):
        raise Refused(exception(doing, "EKS: CreateAddon", "ResourceInUseException", "Addon already exists.", 409))
    for each in mappings(call.inputs.get("podIdentityAssociations")):
        role = role_by_arn(call, each.get("roleArn"))
        # EKS User Guide, "EKS Pod Identity role".
        if role is None or not trusts(role, "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"):
            text = (
                "Trust policy of the role provided is invalid. Follow the official documentation to resolve the issue."
            )
            raise Refused(exception(doing, "EKS: CreateAddon", "InvalidParameterException", text))
    now = call.store.now().isoformat().replace("+00:00", "Z")
    addon = made(
        call,
        f"{cluster}:{name}",
        {
            "arn": arn("eks", region_of(call), f"addon/{cluster}/{name}/{call.store.new_id(8)}"),
            "addonVersion": call.inputs.get("addonVersion", "v1.0.0-eksbuild.1"),
            "createdAt": now,
            "modifiedAt": now,
        },
    )
    tolerant = "tolerations" in str(call.inputs.get("configurationValues"))
    if name == "coredns" and not tolerant and not _has_room(call, cluster):
        text = f"waiting for EKS Add-On ({cluster}:{name}) create: timeout while waiting for state to become 'ACTIVE' "
        text += (
            "(last state: 'DEGRADED', timeout: 20m0s): InsufficientNumberOfReplicas: The add-on is unhealthy because "
        )
        text += "it doesn't have the desired number of replicas."
        raise HalfMade(addon.id, addon.outputs, [text])
    return addon


def _addon_check(call: Call) -> Iterator[Violation]:
    """PRESERVE is for updates, and a version is a semantic one with a v (the provider's own checks)."""
    allowed = ("OVERWRITE", "NONE")
    yield from one_of(call.inputs.get("resolveConflictsOnCreate"), "resolveConflictsOnCreate", allowed)
    yield from matches(call.inputs, "addonVersion", r"v\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?", "an add-on's version")


def _has_room(call: Call, cluster: object) -> bool:
    """Whether a node group without a taint that keeps pods away has nodes."""
    return any(
        row.outputs.get("clusterName") == cluster
        and not row.failed
        and mapping(row.outputs.get("scalingConfig")).get("desiredSize", 0) > 0
        and all(taint.get("effect") == "PREFER_NO_SCHEDULE" for taint in mappings(row.outputs.get("taints")))
        for row in call.store.rows(NODE_GROUP)
    )


RULES: dict[str, ResourceRules] = {
    _CLUSTER: ResourceRules(
        seconds=600,
        delete_seconds=180,
        # UpdateClusterConfig and UpdateClusterVersion change the rest (the provider's schema, ForceNew).
        replace_on=frozenset(
            {"name", "roleArn", "bootstrapSelfManagedAddons", "outpostConfig.controlPlaneInstanceType"}
            | {"kubernetesNetworkConfig.ipFamily", "kubernetesNetworkConfig.serviceIpv4Cidr"}
            | {"accessConfig.bootstrapClusterCreatorAdminPermissions"}
            # A key can be added (AssociateEncryptionConfig), and stays (EKS User Guide, "Encrypt Kubernetes secrets
            # with KMS"): without one the provider makes another cluster. Whether it exchanges keys is unsure.
            | {"-encryptionConfig", "encryptionConfig.provider.keyArn"}
        ),
        check=lambda call: list(_cluster_check(call)),
        create=_cluster,
        update=_cluster_changed,
        delete=_cluster_free,
        leaves=leaves,
    ),
    _ADDON: ResourceRules(
        seconds=20,
        delete_seconds=10,
        # UpdateAddon changes version, configuration and role.
        replace_on=frozenset({"clusterName", "addonName", "namespaceConfig"}),
        check=lambda call: list(_addon_check(call)),
        create=_addon,
    ),
}
