"""Managed Lustre as Azure makes it."""

from wayfare.sandbox.behaviour import Call, Made, Properties, Refused
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.clouds.azure.names import error, located, made, stamp, within

_KIND = "Microsoft.StorageCache/amlFilesystems"
#: As azure-native 3.29 speaks it.
_VERSION = "2024-03-01"
#: Azure REST API, "AML filesystems - Update": tags, keys, maintenance window and root squash are all that changes.
_FIXED = ("filesystemSubnet", "hsm", "identity", "sku", "storageCapacityTiB", "zones")


def file_system(call: Call) -> Made:
    """A file system in a subnet that exists; its throughput is that of its SKU, MB/s for each TiB."""
    inputs = call.inputs
    id = within(call, f"{_KIND}/{inputs['amlFilesystemName']}")
    names.in_group(call)
    names.needed(call, names.SUBNET, inputs["filesystemSubnet"])
    each = int(str(names.part(inputs, "sku").get("name")).rpartition("-")[2])
    address = "10.0.0.4"
    outputs: Properties = {
        **located(call),
        "clientInfo": {
            "containerStorageInterface": {"persistentVolume": "", "persistentVolumeClaim": "", "storageClass": ""},
            "lustreVersion": "2.15",
            "mgsAddress": address,
            "mountCommand": f"mount -t lustre -o noatime,flock {address}@tcp:/lustrefs /lustre",
        },
        "health": {"state": "Available", "statusCode": "", "statusDescription": ""},
        "provisioningState": "Succeeded",
        "systemData": stamp(call),
        "throughputProvisionedMBps": int(each * inputs["storageCapacityTiB"]),
    }
    return made(call, _KIND, id, outputs, _VERSION)


def change_file_system(call: Call) -> Properties:
    """Little changes in place. Raises `Refused`."""
    if changes := names.changed(call, _FIXED):
        raise Refused(error("PropertyChangeNotAllowed", f"Changing property 'properties.{changes[0]}' is not allowed."))
    return names.updated(call)
