"""Rules for storage accounts, containers, lifecycle policies and Managed Lustre."""

import re
from collections.abc import Mapping

from wayfare.sandbox.behaviour import Call
from wayfare.sandbox.clouds.azure.checks.forms import Violations, known, matches, same, tagged
from wayfare.sandbox.clouds.azure.names import part, parts, texts

_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
#: Microsoft, "Naming and referencing containers, blobs, and metadata"; the three are Azure's own.
_CONTAINER = re.compile(r"(?!.*--)[a-z0-9][-a-z0-9]{1,61}[a-z0-9]|\$root|\$web|\$logs")
_LUSTRE = re.compile(r"[A-Za-z0-9][-_A-Za-z0-9]{0,78}[A-Za-z0-9]")

#: Microsoft, "Storage account overview": which redundancy each kind of account can have.
_ALL = ("Standard_LRS", "Standard_GRS", "Standard_RAGRS", "Standard_ZRS", "Standard_GZRS", "Standard_RAGZRS")
_SKUS: Mapping[str, tuple[str, ...]] = {
    "StorageV2": (*_ALL, "Premium_LRS"),
    "BlockBlobStorage": ("Premium_LRS", "Premium_ZRS"),
    "FileStorage": (
        *("Premium_LRS", "Premium_ZRS", "PremiumV2_LRS", "PremiumV2_ZRS"),
        *("StandardV2_LRS", "StandardV2_GRS", "StandardV2_ZRS", "StandardV2_GZRS"),
    ),
    "Storage": ("Standard_LRS", "Standard_GRS", "Standard_RAGRS", "Premium_LRS"),
    "BlobStorage": ("Standard_LRS", "Standard_GRS", "Standard_RAGRS"),
}

#: Microsoft, "Create an Azure Managed Lustre file system": least capacity and increments, TiB.
LUSTRE_TIB: Mapping[str, int] = {
    "AMLFS-Durable-Premium-40": 48,
    "AMLFS-Durable-Premium-125": 16,
    "AMLFS-Durable-Premium-250": 8,
    "AMLFS-Durable-Premium-500": 4,
}


def account(call: Call) -> Violations:
    """3 to 24 lower-case letters and digits, fewer tags than elsewhere, and settings that go together."""
    inputs = call.inputs
    found = [*matches(inputs, "accountName", _ACCOUNT), *tagged(call, 15)]
    kind, sku = inputs.get("kind"), part(inputs, "sku").get("name")
    allowed = next((skus for name, skus in _SKUS.items() if same(kind, name)), ())
    if allowed and known(sku) and not any(same(sku, each) for each in allowed):
        found.append(("sku.name", f"{sku!r} is not one of those of {kind}: {', '.join(allowed)}"))
    if same(kind, "BlobStorage") and not inputs.get("accessTier"):
        found.append(("accessTier", "Required for storage accounts where kind = BlobStorage"))
    # Microsoft, "NFS 3.0 protocol support" and "SFTP support": both work on a hierarchical namespace alone.
    if not inputs.get("isHnsEnabled"):
        found += [(key, "needs isHnsEnabled") for key in ("enableNfsV3", "isSftpEnabled") if inputs.get(key) is True]
    encryption = part(inputs, "encryption")
    if same(encryption.get("keySource"), "Microsoft.Keyvault") and not encryption.get("keyVaultProperties"):
        found.append(("encryption.keyVaultProperties", "needed with keySource 'Microsoft.Keyvault'"))
    return found


def container(call: Call) -> Violations:
    """3 to 63 lower-case letters, digits and single hyphens."""
    return matches(call.inputs, "containerName", _CONTAINER)


def policy(call: Call) -> Violations:
    """One policy for an account, called `default`; each rule has a name of its own and at least one action."""
    found = matches(call.inputs, "managementPolicyName", re.compile("default"))
    rules = parts(part(call.inputs, "policy"), "rules")
    named = [rule.get("name") for rule in rules]
    for index, rule in enumerate(rules):
        path, definition = f"policy.rules[{index}]", part(rule, "definition")
        if named.index(rule.get("name")) < index:
            found.append((f"{path}.name", "Rule name is case-sensitive and must be unique within a policy"))
        if known(definition.get("actions")) and not any(part(definition, "actions").values()):
            found.append((f"{path}.definition.actions", "at least one action"))
        if not texts(part(definition, "filters"), "blobTypes") and known(definition.get("filters")):
            found.append((f"{path}.definition.filters.blobTypes", "at least one blob type"))
    return found


def lustre(call: Call) -> Violations:
    """A throughput that is sold, a capacity in its increments, one zone, and a time for maintenance."""
    inputs = call.inputs
    found = [*matches(inputs, "amlFilesystemName", _LUSTRE), *tagged(call)]
    found += [(key, "is required") for key in ("sku", "maintenanceWindow", "filesystemSubnet") if not inputs.get(key)]
    sku, size = part(inputs, "sku").get("name"), inputs.get("storageCapacityTiB")
    step = LUSTRE_TIB.get(str(sku))
    if known(sku) and step is None:
        found.append(("sku.name", f"{sku!r} is not one of {', '.join(LUSTRE_TIB)}"))
    if step is not None and isinstance(size, int | float) and (size < step or size % step):
        found.append(("storageCapacityTiB", f"{size:g} is not a multiple of {step} TiB, the increment of {sku}"))
    if len(texts(inputs, "zones")) > 1:
        found.append(("zones", "a file system is in one zone"))
    if inputs.get("identity") and part(inputs, "identity").get("type") not in ("UserAssigned", "None"):
        found.append(("identity.type", "UserAssigned or None"))
    return found
