"""Registries, private endpoints, zones, locks, roles, features and monitoring, as Azure makes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused
from wayfare.sandbox.clouds.azure import keyvault, names
from wayfare.sandbox.clouds.azure.names import error, group_id, guid, located, made, part, parts, stamp, within

#: What a private endpoint may lead to, by the type of its target (Microsoft, "Private-link resource").
_GROUP_IDS = {names.ACCOUNT: ("blob", "dfs", "file", "queue", "table", "web"), names.REGISTRY: ("registry",)}


@dataclass(frozen=True)
class Simple:
    """A resource of a group of which Azure says no more than its id, and a few outputs."""

    kind: str
    named: str
    """The input that names it."""
    version: str
    outputs: Callable[[Call], Mapping[str, Any]] = field(default=lambda _call: {})
    everywhere: bool = False
    """Whether it is in no region."""

    def __call__(self, call: Call) -> Made:
        """Make it."""
        place = {"location": call.inputs.get("location", "global")} if self.everywhere else located(call)
        id = within(call, f"{self.kind}/{call.inputs[self.named]}")
        outputs: Properties = {**place, "provisioningState": "Succeeded", **self.outputs(call)}
        return made(call, self.kind, id, outputs, self.version)


def _monitored(call: Call) -> Properties:
    account = f"https://{call.inputs['azureMonitorWorkspaceName']}.{names.location(call)}.prometheus.monitor.azure.com"
    return {
        "accountId": guid(call),
        "defaultIngestionSettings": {"dataCollectionEndpointResourceId": "", "dataCollectionRuleResourceId": ""},
        "metrics": {"internalId": guid(call), "prometheusQueryEndpoint": account},
        "systemData": stamp(call),
    }


def _immutable(call: Call) -> Properties:
    return {"immutableId": f"dcr-{call.store.new_id(32)}", "systemData": stamp(call)}


workspace = Simple("Microsoft.Monitor/accounts", "azureMonitorWorkspaceName", "2023-04-03", _monitored)
collection_endpoint = Simple(
    "Microsoft.Insights/dataCollectionEndpoints", "dataCollectionEndpointName", "2022-06-01", _immutable
)
people = Simple("Microsoft.Insights/actionGroups", "actionGroupName", "2024-10-01-preview", everywhere=True)
zone = Simple("Microsoft.Network/privateDnsZones", "privateZoneName", "2024-06-01", everywhere=True)


def collection_rule(call: Call) -> Made:
    """A rule whose endpoint and workspaces exist."""
    if endpoint := call.inputs.get("dataCollectionEndpointId"):
        names.needed(call, names.COLLECTION_ENDPOINT, endpoint)
    for each in parts(part(call.inputs, "destinations"), "monitoringAccounts"):
        names.needed(call, names.WORKSPACE, each.get("accountResourceId"))
    kind = "Microsoft.Insights/dataCollectionRules"
    return Simple(kind, "dataCollectionRuleName", "2022-06-01", _immutable)(call)


def alerts(call: Call) -> Made:
    """Rules whose workspace and receivers exist."""
    scopes = [str(each) for each in names.texts(call.inputs, "scopes")]
    names.needed(call, names.WORKSPACE, scopes[0])
    for rule in parts(call.inputs, "rules"):
        for action in parts(rule, "actions"):
            names.needed(call, names.PEOPLE, action.get("actionGroupId"))
    return Simple("Microsoft.AlertsManagement/prometheusRuleGroups", "ruleGroupName", "2023-03-01")(call)


def _on(call: Call, kind: str, target: object, name: object, outputs: Properties, version: str) -> Made:
    """A resource that stands on another one."""
    if not any(row.id.lower() == str(target).lower() for row in call.store.rows()):
        raise names.not_found(target)
    return made(call, kind, f"{target}/providers/{kind}/{name}", outputs, version)


def collection(call: Call) -> Made:
    """A rule for a resource; both exist."""
    names.needed(call, names.COLLECTION_RULE, call.inputs.get("dataCollectionRuleId"))
    kind = "Microsoft.Insights/dataCollectionRuleAssociations"
    outputs: Properties = {"provisioningState": "Succeeded", "etag": guid(call), "systemData": stamp(call)}
    return _on(call, kind, call.inputs["resourceUri"], call.inputs["associationName"], outputs, "2022-06-01")


def diagnostics(call: Call) -> Made:
    """Logs of a resource to an account in the same region ("Diagnostic settings": destinations)."""
    inputs, target = call.inputs, str(call.inputs["resourceUri"])
    source = next((row for row in call.store.rows() if row.id.lower() == target.lower()), None)
    if source is not None and (id := inputs.get("storageAccountId")):
        account = names.needed(call, names.ACCOUNT, id)
        if account.outputs["location"] != source.outputs.get("location"):
            raise Refused(
                error("BadRequest", f"Resource {target} and storage account {id} must be in the same region.")
            )
    kind = "Microsoft.Insights/diagnosticSettings"
    return _on(call, kind, target, inputs["name"], {"systemData": stamp(call)}, "2021-05-01-preview")


def lock(call: Call) -> Made:
    """A lock on a resource that exists."""
    inputs = call.inputs
    kind = "Microsoft.Authorization/locks"
    return _on(call, kind, inputs["scope"], inputs["lockName"], {"systemData": stamp(call)}, "2020-05-01")


def unlocked(call: Call) -> None:
    """Refuse a deletion under a lock: of the resource, and of all that is part of it."""
    for row in call.store.rows(names.LOCK):
        scope = str(row.inputs.get("scope")).lower()
        if call.token != names.LOCK and f"{str(call.id).lower()}/".startswith(f"{scope}/"):
            raise Refused(
                error(
                    "ScopeLocked",
                    f"The scope '{call.id}' cannot perform delete operation because following scope(s) are locked: "
                    f"'{row.inputs['scope']}'. Please remove the lock and try again.",
                )
            )


def role(call: Call) -> Made:
    """A role of the subscription's own."""
    inputs = call.inputs
    id = f"{inputs['scope']}/providers/Microsoft.Authorization/roleDefinitions/{inputs['roleDefinitionId']}"
    now = call.store.now().isoformat()
    outputs: Properties = {"createdBy": names.CALLER, "createdOn": now, "updatedBy": names.CALLER, "updatedOn": now}
    return made(call, "Microsoft.Authorization/roleDefinitions", id, outputs, "2022-05-01-preview")


def feature(call: Call) -> Made:
    """A feature of the whole subscription."""
    namespace, name = call.inputs["providerNamespace"], call.inputs["featureName"]
    id = (
        f"/subscriptions/{names.SUBSCRIPTION}/providers/Microsoft.Features/featureProviders/{namespace}"
        f"/subscriptionFeatureRegistrations/{name}"
    )
    outputs: Properties = {"properties": {"state": "Registered", **part(call.inputs, "properties")}}
    kind = "Microsoft.Features/featureProviders/subscriptionFeatureRegistrations"
    return made(call, kind, id, outputs, "2021-07-01")


def blobs(call: Call) -> Made:
    """How an account's blobs are kept."""
    parent = f"{group_id(call.inputs['resourceGroupName'])}/providers/Microsoft.Storage/storageAccounts"
    holder = f"{parent}/{call.inputs['accountName']}"
    names.parent(call, names.ACCOUNT, holder, "storageAccounts/blobServices")
    return made(
        call, "Microsoft.Storage/storageAccounts/blobServices", f"{holder}/blobServices/default", {}, "2024-01-01"
    )


def registry(call: Call) -> Made:
    """A registry; its name is one in the world."""
    inputs, name = call.inputs, str(call.inputs["registryName"])
    if any(str(row.outputs.get("name")).lower() == name.lower() for row in call.store.rows(names.REGISTRY)):
        raise Refused(error("AlreadyInUse", f"The registry DNS name {name}.azurecr.io is already in use."))
    place, own = located(call), part(inputs, "identity")
    identities = [str(each) for each in part(own, "userAssignedIdentities")]
    encryption = part(inputs, "encryption")
    if str(encryption.get("status", "")).lower() == "enabled":
        uri = str(part(encryption, "keyVaultProperties").get("keyIdentifier"))
        keyvault.usable(call, uri, identities, (keyvault.SERVICE_USER, keyvault.USER, keyvault.OFFICER))
    outputs: Properties = {
        **place,
        "loginServer": f"{name.lower()}.azurecr.io",
        "creationDate": call.store.now().isoformat(),
        "provisioningState": "Succeeded",
        "privateEndpointConnections": [],
        "dataEndpointHostNames": [],
        "sku": {**part(inputs, "sku"), "tier": part(inputs, "sku").get("name")},
        "status": {"displayStatus": "Ready", "message": "", "timestamp": call.store.now().isoformat()},
        "systemData": stamp(call),
    }
    if identities:
        outputs["identity"] = {**own, "userAssignedIdentities": keyvault.identified(call, identities)}
    kind = "Microsoft.ContainerRegistry/registries"
    return made(call, kind, within(call, f"{kind}/{name}"), outputs, "2023-01-01-preview")


def endpoint(call: Call) -> Made:
    """An endpoint in a subnet that exists, to a part of a service that exists."""
    names.in_group(call)
    names.needed(call, names.SUBNET, part(call.inputs, "subnet").get("id"))
    for each in parts(call.inputs, "privateLinkServiceConnections"):
        target = str(each.get("privateLinkServiceId"))
        row = next((row for row in call.store.rows() if row.id.lower() == target.lower()), None)
        if row is None:
            raise names.not_found(target)
        allowed = _GROUP_IDS.get(row.token, ())
        if wrong := [id for id in names.texts(each, "groupIds") if id not in allowed]:
            raise Refused(
                error("InvalidPrivateLinkServiceConnection", f"{wrong[0]} is no group id of {target}: {allowed}.")
            )
        if row.token == names.REGISTRY and part(row.inputs, "sku").get("name") != "Premium":
            raise Refused(
                error("RegistryPrivateEndpointNotSupported", "Private endpoints need a registry of the Premium tier.")
            )
    outputs: Properties = {"customDnsConfigs": [], "networkInterfaces": [], "etag": f'W/"{guid(call)}"'}
    return Simple("Microsoft.Network/privateEndpoints", "privateEndpointName", "2024-05-01", lambda _call: outputs)(
        call
    )


def zone_group(call: Call) -> Made:
    """The names of an endpoint, in zones that exist."""
    parent = within(call, f"Microsoft.Network/privateEndpoints/{call.inputs['privateEndpointName']}")
    names.parent(call, names.ENDPOINT, parent, "privateEndpoints/privateDnsZoneGroups")
    for each in parts(call.inputs, "privateDnsZoneConfigs"):
        names.needed(call, names.ZONE, each.get("privateDnsZoneId"))
    kind = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups"
    id = f"{parent}/privateDnsZoneGroups/{call.inputs['privateDnsZoneGroupName']}"
    return made(call, kind, id, {"etag": f'W/"{guid(call)}"', "provisioningState": "Succeeded"}, "2024-05-01")


def zone_link(call: Call) -> Made:
    """A zone for a network, which takes one of a name ("Azure Private DNS": virtual network links)."""
    parent = within(call, f"Microsoft.Network/privateDnsZones/{call.inputs['privateZoneName']}")
    names.parent(call, names.ZONE, parent, "privateDnsZones/virtualNetworkLinks")
    network = part(call.inputs, "virtualNetwork").get("id")
    names.needed(call, names.NETWORK, network)
    for other in call.store.rows(names.ZONE_LINK):
        same_zone = str(other.inputs.get("privateZoneName")).lower() == str(call.inputs["privateZoneName"]).lower()
        if same_zone and names.refers_to(part(other.inputs, "virtualNetwork").get("id"), str(network)):
            raise Refused(
                error(
                    "BadRequest",
                    f"A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to "
                    f"link virtual network with '{call.inputs['privateZoneName']}' and "
                    f"'{other.inputs['privateZoneName']}' zones.",
                )
            )
    kind = "Microsoft.Network/privateDnsZones/virtualNetworkLinks"
    id = f"{parent}/virtualNetworkLinks/{call.inputs['virtualNetworkLinkName']}"
    outputs: Properties = {
        "location": "global",
        "etag": guid(call),
        "provisioningState": "Succeeded",
        "virtualNetworkLinkState": "Completed",
    }
    return made(call, kind, id, outputs, "2024-06-01")
