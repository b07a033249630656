"""Who brings what onto Azure's nodes, and what is said of it."""

import json
from dataclasses import replace

import pytest

from tests.contract.asked import request
from tests.unit.components.test_azure import request as asked
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.azure import CLOUD
from wayfare.components.azure.software import objects, software
from wayfare.components.catalog import shipped_rows

ND, NC, MI = "Standard_ND96isr_H100_v5", "Standard_NC24ads_A100_v4", "Standard_ND96isr_MI300X_v5"


@pytest.mark.parametrize("machine", shipped_rows(CloudName.AZURE).machine_types, ids=lambda row: row.name)
def test_the_pools_driver_does_not_change_with_its_size(machine: object) -> None:
    """AKS cannot change it in a pool, and a pool grows in place."""
    row = shipped_rows(CloudName.AZURE).machine_type(getattr(machine, "name", ""))
    one, many = (software(request(CloudName.AZURE, row, Purchase.ON_DEMAND, nodes=nodes)) for nodes in (1, 16))
    assert one == many


def test_infiniband_cards_are_shown_one_by_one() -> None:
    """Azure/aks-rdma-infiniband: the SR-IOV device plugin, cards of vendor 15b3 whose link is InfiniBand."""
    plan = CLOUD.plan(asked(ND))
    (policy,) = plan.pods.objects
    config = json.loads(policy.spec["sriovDevicePlugin"]["config"])
    (resource,) = config["resourceList"]
    assert f"{resource['resourcePrefix']}/{resource['resourceName']}" in plan.pods.fabric
    assert resource["selectors"] == {"vendors": ["15b3"], "linkTypes": ["infiniband"], "isRdma": True}
    assert [toleration["key"] for toleration in policy.spec["tolerations"]] == ["nvidia.com/gpu"]


def test_what_is_installed_bears_spot_nodes_too() -> None:
    plan = CLOUD.plan(asked(MI, Purchase.SPOT))
    keys = {"amd.com/gpu", "kubernetes.azure.com/scalesetpriority"}
    for each in objects(software(plan.request), plan.pods.tolerations):
        spec = each.spec.get("template", {}).get("spec", each.spec)
        assert {toleration["key"] for toleration in spec["tolerations"]} == keys


def test_what_a_plan_gives_is_said_as_it_is() -> None:
    training, serving = CLOUD.gives(CLOUD.plan(asked(ND))), CLOUD.gives(CLOUD.plan(asked(NC)))
    assert training.placement_domain == "one scale set, which is one InfiniBand network"
    assert training.driver == "by NVIDIA's operator; by Helm: network-operator, gpu-operator"
    assert serving.placement_domain == "one scale set"
    assert serving.driver.startswith("by AKS; by Helm: nvidia")
    assert CLOUD.gives(CLOUD.plan(asked(MI))).driver.startswith("from AMD's package repository")
    bought = asked(NC, Purchase.RESERVED)
    assert CLOUD.gives(CLOUD.plan(bought)).hold == "the reservation accelerators"
    other = replace(bought, placement=replace(bought.placement, reservation=None, purchase=Purchase.SPOT))
    assert CLOUD.gives(CLOUD.plan(other)).hold == "none"


@pytest.mark.parametrize(("machine", "watched"), [(ND, True), (NC, True), (MI, False)])
def test_managed_metrics_watch_nvidias_accelerators(machine: str, watched: bool) -> None:
    plain = asked(machine)
    spec = plain.blueprint.spec
    wished = spec.model_copy(update={"monitoring": spec.monitoring.model_copy(update={"metrics": "managed"})})
    managed = replace(plain, blueprint=plain.blueprint.model_copy(update={"spec": wished}))
    assert "dcgm" not in CLOUD.plan(plain).pods.device_plugins
    assert ("dcgm" in CLOUD.plan(managed).pods.device_plugins) == watched
