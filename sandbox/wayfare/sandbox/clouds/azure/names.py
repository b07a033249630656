"""Ids and answers that the sandbox's Azure has in common."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused, Row

SUBSCRIPTION = "5a4db0c5-0000-4000-8000-000000000001"
TENANT = "5a4db0c5-0000-4000-8000-000000000002"
CALLER = "5a4db0c5-0000-4000-8000-000000000003"
CLIENT = "5a4db0c5-0000-4000-8000-000000000004"

GROUP = "azure-native:resources:ResourceGroup"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
NETWORK = "azure-native:network:VirtualNetwork"
SUBNET = "azure-native:network:Subnet"
ADDRESS = "azure-native:network:PublicIPAddress"
GATEWAY = "azure-native:network:NatGateway"
RESERVATION_GROUP = "azure-native:compute:CapacityReservationGroup"
RESERVATION = "azure-native:compute:CapacityReservation"
CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "azure-native:containerservice:AgentPool"
ACCOUNT = "azure-native:storage:StorageAccount"
CONTAINER = "azure-native:storage:BlobContainer"
POLICY = "azure-native:storage:ManagementPolicy"
FEDERATION = "azure-native:managedidentity:FederatedIdentityCredential"
ASSIGNMENT = "azure-native:authorization:RoleAssignment"
WORKFLOW = "azure-native:logic:Workflow"
LUSTRE = "azure-native:storagecache:AmlFilesystem"
VAULT = "azure-native:keyvault:Vault"
KEY = "azure-native:keyvault:Key"
DISKS = "azure-native:compute:DiskEncryptionSet"
FEATURE = "azure-native:features:SubscriptionFeatureRegistration"
ROLE = "azure-native:authorization:RoleDefinition"
LOCK = "azure-native:authorization:ManagementLockByScope"
BLOBS = "azure-native:storage:BlobServiceProperties"
REGISTRY = "azure-native:containerregistry:Registry"
ENDPOINT = "azure-native:network:PrivateEndpoint"
ZONE_GROUP = "azure-native:network:PrivateDnsZoneGroup"
ZONE = "azure-native:privatedns:PrivateZone"
ZONE_LINK = "azure-native:privatedns:VirtualNetworkLink"
DIAGNOSTICS = "azure-native:monitor:DiagnosticSetting"
WORKSPACE = "azure-native:monitor:AzureMonitorWorkspace"
COLLECTION_ENDPOINT = "azure-native:monitor:DataCollectionEndpoint"
COLLECTION_RULE = "azure-native:monitor:DataCollectionRule"
COLLECTION = "azure-native:monitor:DataCollectionRuleAssociation"
PEOPLE = "azure-native:monitor:ActionGroup"
ALERTS = "azure-native:alertsmanagement:PrometheusRuleGroup"


def error(code: str, message: str) -> str:
    """An error of Azure's management API, as the provider prints it."""
    return f'Code="{code}" Message="{message}"'


def group_id(group: object) -> str:
    """The id of a resource group."""
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}"


def within(call: Call, path: str) -> str:
    """An id in the resource group of a call: `Microsoft.Network/natGateways/name`."""
    return f"{group_id(call.inputs['resourceGroupName'])}/providers/{path}"


def part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A nested object; empty where it is absent or not known yet."""
    inner = value.get(key)
    return cast("Mapping[str, Any]", inner) if isinstance(inner, dict) else {}


def parts(value: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """A list of nested objects; empty where it is absent or not known yet."""
    return [cast("Mapping[str, Any]", each) for each in texts(value, key) if isinstance(each, dict)]


def texts(value: Mapping[str, Any], key: str) -> Sequence[Any]:
    """A list; empty where it is absent or not known yet."""
    inner = value.get(key)
    return cast("Sequence[Any]", inner) if isinstance(inner, list) else ()


def find(call: Call, token: str, id: object) -> Row | None:
    """A resource by its id. Azure's ids are the same in upper and lower case."""
    wanted = str(id).lower()
    return next((row for row in call.store.rows(token) if row.id.lower() == wanted), None)


def exists(call: Call, token: str, id: object) -> bool:
    """Whether a resource exists."""
    return find(call, token, id) is not None


def refers_to(value: object, id: str | None) -> bool:
    """Whether a reference is to a resource."""
    return isinstance(value, str) and value.lower() == str(id).lower()


def not_found(id: object) -> Refused:
    """Resource Manager's answer for a resource that is not there, by its id."""
    group, _, path = str(id).partition("/resourceGroups/")[2].partition("/providers/")
    return Refused(
        error(
            "ResourceNotFound",
            f"The Resource '{path or id}' under resource group '{group}' was not found. For more details please go to "
            "https://aka.ms/ARMResourceNotFoundFix",
        )
    )


def needed(call: Call, token: str, id: object) -> Row:
    """A resource that another one refers to. Raises `Refused`."""
    if (row := find(call, token, id)) is None:
        raise not_found(id)
    return row


def parent(call: Call, token: str, id: str, kind: str) -> Row:
    """The resource that a new one of a kind is part of; its resource group is looked for first. Raises `Refused`."""
    in_group(call)
    if (row := find(call, token, id)) is None:
        raise Refused(
            error(
                "ParentResourceNotFound",
                f"Failed to perform 'write' on resource(s) of type '{kind}', because the parent resource '{id}' could "
                "not be found.",
            )
        )
    return row


def in_group(call: Call) -> None:
    """The resource group of a new resource exists. Raises `Refused`."""
    group = call.inputs.get("resourceGroupName")
    if group is not None and not exists(call, GROUP, group_id(group)):
        raise Refused(error("ResourceGroupNotFound", f"Resource group '{group}' could not be found."))


def guid(call: Call) -> str:
    """A fresh UUID."""
    digits = call.store.new_id(32)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def location(call: Call) -> str:
    """Where the resource is made: its own location, or its resource group's."""
    if given := call.inputs.get("location"):
        return str(given).replace(" ", "").lower()
    group = group_id(call.inputs.get("resourceGroupName")).lower()
    for row in call.store.rows(GROUP):
        if row.id.lower() == group:
            return row.region
    return str(call.configuration.get("location", ""))


def made(call: Call, kind: str, id: str, outputs: Properties, version: str) -> Made:
    """A resource in a resource group that exists. The provider never takes over one that is there already."""
    in_group(call)
    if exists(call, call.token, id):
        raise Refused(f"cannot create already existing resource '{id}'")
    common = {"name": id.rpartition("/")[2], "type": kind, "azureApiVersion": version}
    return Made(id, {**common, **outputs})


def located(call: Call) -> Properties:
    """The outputs of what has a location of its own."""
    place = location(call)
    if not call.store.zones(place):
        raise Refused(
            error(
                "LocationNotAvailableForResourceType",
                f"The provided location '{place}' is not available for resource type.",
            )
        )
    return {"location": place}


def stamp(call: Call) -> Properties:
    """Who made it, and when."""
    now = call.store.now().isoformat(timespec="seconds")
    return {"createdAt": now, "createdBy": CALLER, "createdByType": "User", "lastModifiedAt": now}


def changed(call: Call, keys: Sequence[str]) -> list[str]:
    """Those of the properties that an update asks to change."""
    row = call.store.row(call.token, str(call.id))
    before = {} if row is None else row.inputs
    return [key for key in keys if call.inputs.get(key) != before.get(key)]


def updated(call: Call) -> Properties:
    """The outputs after an update: what was asked for, over what the cloud has."""
    return {**call.outputs, **{key: value for key, value in call.inputs.items() if not key.endswith("Name")}}
