"""Rules for vaults and keys, registries, zones, locks and monitoring, as far as the inputs alone tell.

Names: Microsoft, "Naming rules and restrictions for Azure resources".
"""

import re
from typing import Any

from wayfare.sandbox.behaviour import Call
from wayfare.sandbox.clouds.azure.checks.forms import UUID, Violations, known, matches, same, tagged
from wayfare.sandbox.clouds.azure.names import part, parts, texts

_VAULT = re.compile(r"(?!.*--)[A-Za-z][-A-Za-z0-9]{1,22}[A-Za-z0-9]")
_KEY = re.compile(r"[-A-Za-z0-9]{1,127}")
_VERSIONED = re.compile(r"https://[^/]+/keys/[^/]+/[0-9a-f]{32}")
_REGISTRY = re.compile(r"[A-Za-z0-9]{5,50}")
_PLAIN = re.compile(r"[-_.A-Za-z0-9]{1,80}")
_WORKSPACE = re.compile(r"[A-Za-z0-9][-A-Za-z0-9]{2,42}[A-Za-z0-9]")
_COLLECTION = re.compile(r"[A-Za-z0-9][-A-Za-z0-9]{1,42}[A-Za-z0-9]")
_ZONE = re.compile(r"([-_a-z0-9]{1,63}\.){1,33}[-_a-z0-9]{1,63}", re.IGNORECASE)
_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
#: Microsoft, "AKS monitoring data reference": resource logs.
_AKS_LOGS = (
    *("cloud-controller-manager", "cluster-autoscaler", "csi-azuredisk-controller", "csi-azurefile-controller"),
    *("csi-snapshot-controller", "guard", "kube-apiserver", "kube-audit", "kube-audit-admin"),
    *("kube-controller-manager", "kube-scheduler", "fleet-member-agent", "fleet-member-net-controller-manager"),
    *("fleet-mcs-controller-manager",),
)


def vault(call: Call) -> Violations:
    """A name, a tenant and a tier; protection from purging is never taken away ("Azure Key Vault soft-delete")."""
    given = part(call.inputs, "properties")
    found = [*matches(call.inputs, "vaultName", _VAULT), *tagged(call, 15)]
    if given.get("enablePurgeProtection") is False:
        found.append(("properties.enablePurgeProtection", "The property cannot be set to false."))
    days = given.get("softDeleteRetentionInDays")
    if isinstance(days, int) and not 7 <= days <= 90:
        found.append(("properties.softDeleteRetentionInDays", "7 to 90"))
    if given.get("enableRbacAuthorization") and texts(given, "accessPolicies"):
        found.append(("properties.accessPolicies", "not with enableRbacAuthorization"))
    return found


def key(call: Call) -> Violations:
    """A name, a size that its kind has, and rotation that is a duration ("Configure key auto-rotation": 7 days)."""
    given = part(call.inputs, "properties")
    found = matches(call.inputs, "keyName", _KEY)
    if str(given.get("kty", "")).startswith("RSA") and given.get("keySize") not in (2048, 3072, 4096):
        found.append(("properties.keySize", f"{given.get('keySize')} is not one of 2048, 3072, 4096"))
    for index, each in enumerate(parts(part(given, "rotationPolicy"), "lifetimeActions")):
        trigger = part(each, "trigger")
        path = f"properties.rotationPolicy.lifetimeActions[{index}].trigger"
        if trigger and not trigger.get("timeAfterCreate") and not trigger.get("timeBeforeExpiry"):
            found.append((path, "timeAfterCreate or timeBeforeExpiry"))
        if trigger.get("timeBeforeExpiry") and not part(part(given, "rotationPolicy"), "attributes").get("expiryTime"):
            found.append((f"{path}.timeBeforeExpiry", "needs rotationPolicy.attributes.expiryTime"))
    return found


def disks(call: Call) -> Violations:
    """The key names a version whatever the rotation (Compute REST API: KeyForDiskEncryptionSet.keyUrl)."""
    found = [*matches(call.inputs, "diskEncryptionSetName", _PLAIN), *tagged(call)]
    url = part(call.inputs, "activeKey").get("keyUrl")
    if known(url) and not _VERSIONED.fullmatch(str(url)):
        found.append(("activeKey.keyUrl", "the version of the key is required"))
    return found


def lock(call: Call) -> Violations:
    """A level that locks."""
    level = call.inputs.get("level")
    wrong = known(level) and not any(same(level, each) for each in ("CanNotDelete", "ReadOnly", "NotSpecified"))
    return [("level", f"{level!r} is not one of CanNotDelete, ReadOnly")] if wrong else []


def role(call: Call) -> Violations:
    """An id, a name, permissions and where it can be given ("Azure custom roles")."""
    inputs = call.inputs
    found = matches(inputs, "roleDefinitionId", UUID)
    if not texts(inputs, "assignableScopes") and known(inputs.get("assignableScopes")):
        found.append(("assignableScopes", "at least one"))
    for index, each in enumerate(parts(inputs, "permissions")):
        found += [
            (f"permissions[{index}].actions[{at}]", f"{action!r} is no operation")
            for at, action in enumerate(texts(each, "actions"))
            if known(action) and "/" not in str(action) and action != "*"
        ]
    return found


def registry(call: Call) -> Violations:
    """What the tiers have ("Azure Container Registry SKU features and limits")."""
    inputs = call.inputs
    found = [*matches(inputs, "registryName", _REGISTRY), *tagged(call)]
    tier = part(inputs, "sku").get("name")
    if not known(tier) or same(tier, "Premium"):
        return found
    if same(inputs.get("publicNetworkAccess"), "Disabled"):
        found.append(("publicNetworkAccess", f"disabling it needs the Premium tier, and this is {tier}"))
    if same(part(inputs, "encryption").get("status"), "enabled"):
        found.append(("encryption.status", f"a customer-managed key needs the Premium tier, and this is {tier}"))
    if same(inputs.get("zoneRedundancy"), "Enabled"):
        found.append(("zoneRedundancy", f"needs the Premium tier, and this is {tier}"))
    return found


def endpoint(call: Call) -> Violations:
    """A name and at least one connection."""
    found = [*matches(call.inputs, "privateEndpointName", _PLAIN), *tagged(call)]
    keys = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
    if all(not texts(call.inputs, key) and call.inputs.get(key) in (None, []) for key in keys):
        found.append((keys[0], "at least one connection"))
    return found


def zone_group(call: Call) -> Violations:
    """A name."""
    return matches(call.inputs, "privateDnsZoneGroupName", _PLAIN)


def zone(call: Call) -> Violations:
    """A name of two labels or more, in no region."""
    return [*matches(call.inputs, "privateZoneName", _ZONE), *_global(call), *tagged(call)]


def zone_link(call: Call) -> Violations:
    """Fallback to the internet is for zones of private links ("Fallback to internet for Azure Private DNS zones")."""
    inputs = call.inputs
    found = [*matches(inputs, "virtualNetworkLinkName", _PLAIN), *_global(call), *tagged(call)]
    zone = inputs.get("privateZoneName")
    if same(inputs.get("resolutionPolicy"), "NxDomainRedirect") and known(zone) and "privatelink" not in str(zone):
        found.append(("resolutionPolicy", "NxDomainRedirect is for privatelink zones"))
    return found


def _global(call: Call) -> Violations:
    place = call.inputs.get("location")
    return [] if not known(place) or same(place, "global") else [("location", f"must be global, and is {place!r}")]


def diagnostics(call: Call) -> Violations:
    """A destination, and logs that AKS has."""
    inputs = call.inputs
    found: Violations = []
    destinations = ("storageAccountId", "workspaceId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
    if not any(inputs.get(key) for key in destinations):
        found.append(("storageAccountId", "at least one destination"))
    if "microsoft.containerservice/managedclusters" not in str(inputs.get("resourceUri", "")).lower():
        return found
    return found + [
        (f"logs[{index}].category", f"Category '{category}' is not supported.")
        for index, each in enumerate(parts(inputs, "logs"))
        if known(category := each.get("category")) and category not in _AKS_LOGS
    ]


def workspace(call: Call) -> Violations:
    """A name of 4 to 44 characters."""
    return [*matches(call.inputs, "azureMonitorWorkspaceName", _WORKSPACE), *tagged(call)]


def collection_endpoint(call: Call) -> Violations:
    """A name of 3 to 44 characters."""
    return [*matches(call.inputs, "dataCollectionEndpointName", _COLLECTION), *tagged(call)]


def collection_rule(call: Call) -> Violations:
    """Flows lead to destinations that are named."""
    inputs = call.inputs
    found = [*matches(inputs, "dataCollectionRuleName", re.compile(r"[-A-Za-z0-9]{1,64}")), *tagged(call)]
    given = part(inputs, "destinations")
    named: set[Any] = {each.get("name") for key in given for each in parts(given, key)}
    return found + [
        (f"dataFlows[{index}].destinations", f"{name!r} is not among the destinations")
        for index, flow in enumerate(parts(inputs, "dataFlows"))
        for name in texts(flow, "destinations")
        if known(name) and name not in named
    ]


def people(call: Call) -> Violations:
    """A short name of at most 12 characters, and receivers each named once."""
    inputs = call.inputs
    found = [*matches(inputs, "groupShortName", re.compile(r".{1,12}")), *tagged(call)]
    named = [each.get("name") for each in parts(inputs, "emailReceivers")]
    return found + ([("emailReceivers", "a name is given twice")] if len(set(named)) < len(named) else [])


def alerts(call: Call) -> Violations:
    """An interval of 1 to 15 minutes, at most 20 rules; a rule alerts or records, and severities go from 0 to 4.

    Microsoft, "Azure Monitor managed service for Prometheus rule groups"; the number of rules is a quota of Azure
    Monitor ("Prometheus rules": rules for each rule group).
    """
    inputs = call.inputs
    found = tagged(call)
    rules = parts(inputs, "rules")
    if len(rules) > 20:
        found.append(("rules", "at most 20"))
    if known(inputs.get("interval")) and not re.fullmatch(r"PT([1-9]|1[0-5])M", str(inputs["interval"])):
        found.append(("interval", "PT1M to PT15M"))
    for index, rule in enumerate(rules):
        path = f"rules[{index}]"
        if bool(rule.get("alert")) == bool(rule.get("record")):
            found.append((path, "one of alert and record"))
        if isinstance(rule.get("severity"), int) and not 0 <= rule["severity"] <= 4:
            found.append((f"{path}.severity", "0 to 4"))
        if known(rule.get("for")) and not _DURATION.fullmatch(str(rule["for"])):
            found.append((f"{path}.for", f"{rule['for']!r} is no ISO 8601 duration"))
    return found
