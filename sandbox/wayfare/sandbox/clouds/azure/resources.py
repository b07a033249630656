"""Resource groups as Azure makes them."""

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.names import exists, group_id, located


def group(call: Call) -> Made:
    """A resource group."""
    outputs: Properties = {**located(call), "properties": {"provisioningState": "Succeeded"}}
    id = group_id(call.inputs["resourceGroupName"])
    if exists(call, names.GROUP, id):
        raise Refused(f"cannot create already existing resource '{id}'")
    common = {"name": call.inputs["resourceGroupName"], "type": "Microsoft.Resources/resourceGroups"}
    return Made(id, {**common, **outputs, "azureApiVersion": "2024-03-01"})
