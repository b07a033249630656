"""Rules for resource groups and networks.

Names: Microsoft, "Naming rules and restrictions for Azure resources". Ranges: Microsoft, "Azure Virtual Network
frequently asked questions".
"""

import ipaddress
import re

from wayfare.sandbox.behaviour import Call
from wayfare.sandbox.clouds.azure.checks.forms import Violations, cidr, known, matches, range_of, same, tagged
from wayfare.sandbox.clouds.azure.names import part, parts, texts

_GROUP = re.compile(r"[-\w._()]{0,89}[-\w_()]")
_NAME = re.compile(r"[A-Za-z0-9]([-_.A-Za-z0-9]{0,78}[A-Za-z0-9_])?")
_NETWORK = re.compile(r"[A-Za-z0-9][-_.A-Za-z0-9]{0,62}[A-Za-z0-9_]")
#: "Are there any restrictions on using IP addresses within these subnets?", "address ranges that can't be added".
_RESERVED = [
    ipaddress.IPv4Network(each)
    for each in ("224.0.0.0/4", "255.255.255.255/32", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32")
]
#: Microsoft, "Virtual Network service endpoints".
_ENDPOINTS = (
    *("Microsoft.AzureActiveDirectory", "Microsoft.AzureCosmosDB", "Microsoft.CognitiveServices"),
    *("Microsoft.ContainerRegistry", "Microsoft.EventHub", "Microsoft.KeyVault", "Microsoft.ServiceBus"),
    *("Microsoft.Sql", "Microsoft.Storage", "Microsoft.Storage.Global", "Microsoft.Web"),
)


def group(call: Call) -> Violations:
    """At most 90 characters."""
    return [*matches(call.inputs, "resourceGroupName", _GROUP), *tagged(call)]


def network(call: Call) -> Violations:
    """Address ranges: at least one, in private or public space that is not reserved, none over another."""
    found = [*matches(call.inputs, "virtualNetworkName", _NETWORK), *tagged(call)]
    path = "addressSpace.addressPrefixes"
    space = texts(part(call.inputs, "addressSpace"), "addressPrefixes")
    if not space and known(call.inputs.get("addressSpace")):
        found.append((path, "at least one address prefix"))
    before: list[ipaddress.IPv4Network] = []
    for index, each in enumerate(space):
        found += cidr(f"{path}[{index}]", each)
        if (own := range_of(each)) is None:
            continue
        found += [(f"{path}[{index}]", f"{own} is reserved: {it}") for it in _RESERVED if own.overlaps(it)]
        found += [(f"{path}[{index}]", f"{own} overlaps {other}") for other in before if own.overlaps(other)]
        before.append(own)
    return found


def subnet(call: Call) -> Violations:
    """A range, given once, from /29 to /2; endpoints of services that have them."""
    inputs = call.inputs
    found = [*matches(inputs, "subnetName", _NAME), *cidr("addressPrefix", inputs.get("addressPrefix"))]
    if inputs.get("addressPrefix") and inputs.get("addressPrefixes"):
        found.append(("addressPrefixes", "goes with addressPrefix in no way: give one of them"))
    own = range_of(inputs.get("addressPrefix"))
    if own is not None and not 2 <= own.prefixlen <= 29:
        found.append(("addressPrefix", "The smallest supported IPv4 subnet is /29, and the largest is /2"))
    for index, each in enumerate(parts(inputs, "serviceEndpoints")):
        service = each.get("service")
        if known(service) and not any(same(service, endpoint) for endpoint in _ENDPOINTS):
            path = f"serviceEndpoints[{index}].service"
            found.append((path, f"{service!r} is not one of {', '.join(_ENDPOINTS)}"))
    return found


def address(call: Call) -> Violations:
    """A Standard address is static; a Basic one has no zone (Microsoft, "Public IP addresses": SKU)."""
    inputs = call.inputs
    found = [*matches(inputs, "publicIpAddressName", _NAME), *tagged(call)]
    sku = part(inputs, "sku").get("name")
    if same(sku, "Standard") and not same(inputs.get("publicIPAllocationMethod"), "Static"):
        found.append(("publicIPAllocationMethod", "Standard sku publicIp must have AllocationMethod set to Static"))
    if (sku is None or same(sku, "Basic")) and texts(inputs, "zones"):
        found.append(("zones", "zones are for addresses of the Standard SKU"))
    return found


def gateway(call: Call) -> Violations:
    """A name. Its addresses are looked at where it is made."""
    return [*matches(call.inputs, "natGatewayName", _NAME), *tagged(call)]
