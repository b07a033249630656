"""Requests for the platform's part of an Azure cluster, and what a subscription has before it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from pulumi.runtime import mocks

from tests.contract.dry_run import DryRun, MadeOne
from tests.mocked import event_loop, settled
from wayfare.blueprints import CloudName, InferenceCluster, Purchase
from wayfare.components.azure.bootstrap import Bootstrap
from wayfare.components.azure.bootstrap_plan import bootstrap_plan
from wayfare.components.catalog import shipped_rows
from wayfare.components.contract import Holding, Placement, Request
from wayfare.sandbox.clouds.azure import names
from wayfare.sandbox.scenario import OperatorRow

SUBSCRIPTION = f"/subscriptions/{names.SUBSCRIPTION}"
HUB = f"{SUBSCRIPTION}/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub"
#: Whoever is connected to the network.
CONNECTED = OperatorRow(connected=(CloudName.AZURE,))


def request(spec: Mapping[str, Any], *, complete: bool = False, region: str = "eastus") -> Request:
    """A cluster of one node with a T4, and what the blueprint asks for besides."""
    machine = shipped_rows(CloudName.AZURE).machine_type("Standard_NC4as_T4_v3")
    data: dict[str, Any] = {
        "apiVersion": "wayfare.dev/v1",
        "kind": "InferenceCluster",
        "metadata": {"name": "llm"},
        "spec": {
            "accelerators": [{"name": "T4", "perNode": 1, "nodes": 1}],
            "access": {"allow": ["203.0.113.0/24"]},
            "workload": {"image": "registry.example/serve:1"},
            **spec,
        },
    }
    blueprint = InferenceCluster.model_validate(data, strict=False)
    return Request(
        blueprint=blueprint,
        digest="0" * 64,
        placement=Placement(CloudName.AZURE, region, "1", machine.name, Purchase.ON_DEMAND),
        machine=machine,
        accelerator=blueprint.spec.accelerators[0],
        holding=Holding.HELD if machine.holds(Purchase.ON_DEMAND) else Holding.NONE,
        hold_until=datetime(2026, 11, 24, tzinfo=UTC),
        complete=complete,
    )


def hub(outbound: str = "nat-gateway", **more: str) -> dict[str, Any]:
    """`network` of a blueprint that uses the hub's subnet."""
    place = {"cloud": "azure", "region": "eastus", "nodes": f"{HUB}/subnets/nodes", "outbound": outbound}
    return {"existing": [{**place, "reach": "10.200.0.4:443", **more}]}


def make_hub(run: DryRun) -> None:
    """A network with a subnet behind a NAT gateway, a subnet for private endpoints, and a route table's subnet."""
    inside: dict[str, Any] = {"resourceGroupName": "hub"}
    run.make(names.GROUP, "hub", {"resourceGroupName": "hub", "location": "eastus"})
    address = run.make(
        names.ADDRESS,
        "hub-address",
        {
            **inside,
            "publicIpAddressName": "hub",
            "location": "eastus",
            "sku": {"name": "Standard"},
            "publicIPAllocationMethod": "Static",
        },
    )
    gateway = run.make(
        names.GATEWAY,
        "hub-nat",
        {
            **inside,
            "natGatewayName": "hub",
            "location": "eastus",
            "sku": {"name": "Standard"},
            "publicIpAddresses": [{"id": address}],
        },
    )
    space = {"addressPrefixes": ["10.200.0.0/16"]}
    run.make(names.NETWORK, "hub", {**inside, "virtualNetworkName": "hub", "location": "eastus", "addressSpace": space})
    routes = f"{HUB.rpartition('/virtualNetworks/')[0]}/routeTables/hub"
    subnets: dict[str, dict[str, Any]] = {
        "nodes": {"addressPrefix": "10.200.16.0/20", "natGateway": {"id": gateway}},
        "endpoints": {"addressPrefix": "10.200.1.0/24"},
        "routed": {
            "addressPrefix": "10.200.32.0/20",
            "routeTable": {"id": routes},
        },
    }
    for name, given in subnets.items():
        run.make(names.SUBNET, f"hub-{name}", {**inside, "virtualNetworkName": "hub", "subnetName": name, **given})


def of(run: DryRun, kind: str, name: str = "") -> list[MadeOne]:
    """What was made of a kind, by the end of its name."""
    return [row for row in run.resources if row.type.endswith(f":{kind}") and row.name.endswith(name)]


def one(run: DryRun, kind: str, name: str = "") -> MadeOne:
    """The only one."""
    (found,) = of(run, kind, name)
    return found


def bootstrapped(*regions: str) -> Callable[[DryRun], None]:
    """Run the bootstrap's program first."""

    def run_it(run: DryRun) -> None:
        async def declare() -> None:
            Bootstrap("account", bootstrap_plan(regions))
            await settled()

        with event_loop() as loop:
            mocks.set_mocks(run, project="wayfare", stack="account", preview=False)
            loop.run_until_complete(declare())

    return run_it
