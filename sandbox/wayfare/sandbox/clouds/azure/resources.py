"""Groups, networks, identities and rights as Azure makes them."""

import ipaddress

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.names import error, exists, group_id, guid, located, made, stamp

_NETWORK = "Microsoft.Network"
_VERSION = "2025-01-01"


def group(call: Call) -> Made:
    """A resource group."""
    outputs: Properties = {**located(call), "properties": {"provisioningState": "Succeeded"}}
    id = group_id(call.inputs["resourceGroupName"])
    if exists(call, names.GROUP, id):
        raise Refused(f"cannot create already existing resource '{id}'")
    common = {"name": call.inputs["resourceGroupName"], "type": "Microsoft.Resources/resourceGroups"}
    return Made(id, {**common, **outputs, "azureApiVersion": "2024-11-01"})


def _within(call: Call, path: str) -> str:
    return f"{group_id(call.inputs['resourceGroupName'])}/providers/{path}"


def _networking(call: Call) -> Properties:
    return {"etag": f'W/"{guid(call)}"', "provisioningState": "Succeeded", "resourceGuid": guid(call)}


def address(call: Call) -> Made:
    """A public address."""
    id = _within(call, f"{_NETWORK}/publicIPAddresses/{call.inputs['publicIpAddressName']}")
    digits = call.store.new_id(6)
    first, second, third = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    outputs: Properties = {
        **located(call),
        **_networking(call),
        "ipAddress": f"20.{first}.{second}.{third}",
        "ipConfiguration": {},
        "idleTimeoutInMinutes": call.inputs.get("idleTimeoutInMinutes", 4),
        "sku": {"tier": "Regional", **names.part(call.inputs, "sku")},
    }
    return made(call, f"{_NETWORK}/publicIPAddresses", id, outputs, _VERSION)


def gateway(call: Call) -> Made:
    """A NAT gateway, with addresses that exist and that no other gateway has."""
    id = _within(call, f"{_NETWORK}/natGateways/{call.inputs['natGatewayName']}")
    for each in names.parts(call.inputs, "publicIpAddresses"):
        _must_exist(call, names.ADDRESS, str(each.get("id")))
    return made(call, f"{_NETWORK}/natGateways", id, {**located(call), **_networking(call), "subnets": []}, _VERSION)


def network(call: Call) -> Made:
    """A virtual network. Its subnets are resources of their own."""
    id = _within(call, f"{_NETWORK}/virtualNetworks/{call.inputs['virtualNetworkName']}")
    outputs: Properties = {
        **located(call),
        **_networking(call),
        "flowLogs": [],
        "subnets": [],
        "virtualNetworkPeerings": [],
        "enableDdosProtection": False,
    }
    return made(call, f"{_NETWORK}/virtualNetworks", id, outputs, _VERSION)


def subnet(call: Call) -> Made:
    """A subnet inside its network's ranges."""
    parent = _within(call, f"{_NETWORK}/virtualNetworks/{call.inputs['virtualNetworkName']}")
    _must_exist(call, names.NETWORK, parent)
    if part := names.part(call.inputs, "natGateway"):
        _must_exist(call, names.GATEWAY, str(part.get("id")))
    name = call.inputs.get("subnetName") or call.inputs.get("name")
    network = next(row for row in call.store.rows(names.NETWORK) if row.id.lower() == parent.lower())
    space = names.texts(names.part(network.inputs, "addressSpace"), "addressPrefixes")
    own = ipaddress.IPv4Network(str(call.inputs.get("addressPrefix")))
    if not any(own.subnet_of(ipaddress.IPv4Network(str(each))) for each in space):
        raise Refused(
            error(
                "NetcfgSubnetRangeOutsideVnet",
                f"Subnet '{name}' is not valid because its IP address range is outside the IP address range of virtual "
                f"network '{network.outputs['name']}'.",
            )
        )
    outputs: Properties = {
        "etag": f'W/"{guid(call)}"',
        "provisioningState": "Succeeded",
        "purpose": "",
        "ipConfigurationProfiles": [],
        "ipConfigurations": [],
        "privateEndpoints": [],
        "resourceNavigationLinks": [],
        "serviceAssociationLinks": [],
        "privateEndpointNetworkPolicies": call.inputs.get("privateEndpointNetworkPolicies", "Disabled"),
        "privateLinkServiceNetworkPolicies": call.inputs.get("privateLinkServiceNetworkPolicies", "Enabled"),
        "delegations": [],
    }
    return made(call, f"{_NETWORK}/virtualNetworks/subnets", f"{parent}/subnets/{name}", outputs, _VERSION)


def delete_subnet(call: Call) -> None:
    """Not while nodes are in it."""
    id = str(call.id).lower()
    for row in call.store.rows(names.POOL):
        if str(row.inputs.get("vnetSubnetID", "")).lower() == id:
            raise Refused(
                error(
                    "InUseSubnetCannotBeDeleted",
                    f"Subnet {id.rpartition('/')[2]} is in use by {row.id} and cannot be deleted.",
                )
            )


def delete_address(call: Call) -> None:
    """Not while a gateway has it."""
    id = str(call.id).lower()
    for row in call.store.rows(names.GATEWAY):
        if any(str(each.get("id")).lower() == id for each in names.parts(row.inputs, "publicIpAddresses")):
            raise Refused(
                error(
                    "PublicIPAddressCannotBeDeleted",
                    f"Public IP address {call.id} can not be deleted since it is still allocated to resource {row.id}.",
                )
            )


def _must_exist(call: Call, token: str, id: str) -> None:
    if not exists(call, token, id):
        raise Refused(
            error(
                "InvalidResourceReference",
                f"Resource {id} referenced by resource {call.name} was not found. Please make sure that the referenced "
                "resource exists, and that both resources are in the same region.",
            )
        )


def identity(call: Call) -> Made:
    """An identity that resources or pods act as."""
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    id = _within(call, f"{kind}/{call.inputs['resourceName']}")
    outputs: Properties = {
        **located(call),
        "clientId": guid(call),
        "principalId": guid(call),
        "tenantId": names.TENANT,
        "systemData": stamp(call),
    }
    return made(call, kind, id, outputs, "2024-11-30")


def federation(call: Call) -> Made:
    """A trust of an identity in tokens of a cluster."""
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    parent = _within(call, f"{kind}/{call.inputs['resourceName']}")
    if not exists(call, names.IDENTITY, parent):
        raise Refused(error("ResourceNotFound", f"The Resource '{parent}' was not found."))
    name = call.inputs["federatedIdentityCredentialResourceName"]
    outputs: Properties = {"systemData": stamp(call)}
    return made(
        call,
        f"{kind}/federatedIdentityCredentials",
        f"{parent}/federatedIdentityCredentials/{name}",
        outputs,
        "2024-11-30",
    )


def assignment(call: Call) -> Made:
    """A role for a principal on a scope, once."""
    inputs = call.inputs
    same = ("principalId", "roleDefinitionId", "scope")
    for row in call.store.rows(call.token):
        if all(str(row.inputs.get(key)).lower() == str(inputs.get(key)).lower() for key in same):
            raise Refused(error("RoleAssignmentExists", "The role assignment already exists."))
    name = inputs.get("roleAssignmentName") or guid(call)
    id = f"{inputs['scope']}/providers/Microsoft.Authorization/roleAssignments/{name}"
    now = call.store.now().isoformat()
    outputs: Properties = {
        "createdBy": names.CALLER,
        "createdOn": now,
        "updatedBy": names.CALLER,
        "updatedOn": now,
        "principalType": inputs.get("principalType", "User"),
        "systemData": stamp(call),
    }
    return made(call, "Microsoft.Authorization/roleAssignments", id, outputs, "2022-04-01")
