"""Accelerators: asked for first, for a bounded time, in one zone, close to each other and on their fabric."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.golden.cases import (
    BLUEPRINTS,
    INFERENCE,
    NOW,
    PLACEMENTS,
    TRAINING,
    declared,
    of_type,
    one,
    pod_template,
    request,
)
from tests.golden.graph import Graph, before, graph, values
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.contract import Holding

CASES = sorted(PLACEMENTS)
NODES = {TRAINING: 16, INFERENCE: 2}

RESERVATIONS = {
    CloudName.AWS: "CapacityReservation",
    CloudName.AZURE: "CapacityReservation",
    CloudName.GCP: "Reservation",
}
POOLS = {CloudName.AWS: "NodeGroup", CloudName.AZURE: "AgentPool", CloudName.GCP: "NodePool"}

#: What a cluster's stack makes without waiting for capacity: what holds it, and the bucket, which depends on nothing so
#: that it can stay. None of it takes minutes or costs more than its bytes.
AT_ONCE = {"Cluster", "Capacity", "Bucket"}


def held(cloud: CloudName, blueprint: str) -> bool:
    return request(cloud, blueprint).holding is Holding.HELD


HELD = [case for case in CASES if held(*case)]


def inputs(resources: Graph, type: str, name: str = "") -> dict[str, Any]:
    return one(resources, type, name).inputs


def test_only_what_azure_cannot_reserve_is_not_held() -> None:
    """Azure's ND series, which has InfiniBand, takes part in no on-demand capacity reservation."""
    assert [case for case in CASES if case not in HELD] == [(CloudName.AZURE, TRAINING)]
    assert not of_type(declared(CloudName.AZURE, TRAINING), "CapacityReservation")


@pytest.mark.parametrize(("cloud", "blueprint"), HELD)
def test_the_reservation_holds_all_nodes_in_the_placements_zone(cloud: CloudName, blueprint: str) -> None:
    _, zone, machine_type = PLACEMENTS[cloud, blueprint]
    made = inputs(declared(cloud, blueprint), RESERVATIONS[cloud])
    match cloud:
        case CloudName.AWS:
            found = made["instanceCount"], made["availabilityZone"], made["instanceType"]
        case CloudName.AZURE:
            (only_zone,) = made["zones"]
            found = made["sku"]["capacity"], only_zone, made["sku"]["name"]
        case CloudName.GCP:
            specific = made["specificReservation"]
            found = specific["count"], made["zone"], specific["instanceProperties"]["machineType"]
    assert found == (NODES[blueprint], zone, machine_type)


@pytest.mark.parametrize(("cloud", "blueprint"), HELD)
def test_the_reservation_is_bounded_in_time(cloud: CloudName, blueprint: str) -> None:
    """By EC2 and Compute Engine themselves; Azure ends none, so a timer does, which is there before it."""
    made = inputs(declared(cloud, blueprint), RESERVATIONS[cloud])
    match cloud:
        case CloudName.AWS:
            assert made["endDateType"] == "limited"
            end = datetime.fromisoformat(made["endDate"])
        case CloudName.AZURE:
            resources = declared(cloud, blueprint)
            timer = one(resources, "Workflow")
            first = timer.inputs["definition"]["triggers"]["hold_ends"]["recurrence"]["startTime"]
            assert first == made["tags"]["wayfare-hold-until"]
            end = datetime.fromisoformat(first)
            rights = one(resources, "RoleAssignment", "timer-rights")
            assert {timer.key, rights.key} <= one(resources, "CapacityReservation").after
        case CloudName.GCP:
            end = NOW + timedelta(seconds=int(made["deleteAfterDuration"]["seconds"]))
    assert end - NOW == timedelta(hours=2)


@pytest.mark.parametrize(("cloud", "blueprint"), HELD)
def test_everything_that_costs_time_waits_for_the_reservation(cloud: CloudName, blueprint: str) -> None:
    resources = declared(cloud, blueprint)
    reservation = one(resources, RESERVATIONS[cloud]).key
    early = [
        row
        for key, row in resources.items()
        if reservation not in before(resources, key) and not row.type.startswith("wayfare:")
    ]
    assert {str(row.parent).split(" ")[0].split(":")[-1] for row in early} <= AT_ONCE
    for row in of_type(resources, POOLS[cloud]):
        assert reservation in row.after | before(resources, row.key)


@pytest.mark.parametrize(("cloud", "blueprint"), CASES)
def test_the_pool_has_all_nodes_in_exactly_one_zone(cloud: CloudName, blueprint: str) -> None:
    _, zone, machine_type = PLACEMENTS[cloud, blueprint]
    resources = declared(cloud, blueprint)
    pool = inputs(resources, POOLS[cloud], f"accelerator-{'nodes' if cloud is CloudName.AWS else 'pool'}")
    match cloud:
        case CloudName.AWS:
            assert pool["subnetIds"] == [f"<Subnet {one(resources, 'Subnet', 'accelerator-subnet').name}>"]
            zones = [inputs(resources, "Subnet", "accelerator-subnet")["availabilityZone"]]
            assert len(set(pool["scalingConfig"].values())) == 1
            found = pool["scalingConfig"]["desiredSize"], pool["instanceTypes"]
        case CloudName.AZURE:
            zones = pool["availabilityZones"]
            assert pool["enableAutoScaling"] is False
            found = pool["count"], [pool["vmSize"]]
        case CloudName.GCP:
            # `nodeCount` is for each zone.
            zones = pool["nodeLocations"]
            assert "autoscaling" not in pool
            found = pool["nodeCount"], [pool["nodeConfig"]["machineType"]]
    assert zones == [zone]
    assert found == (NODES[blueprint], [machine_type])


def test_training_on_aws_is_in_one_placement_group_with_its_reservation() -> None:
    resources = declared(CloudName.AWS, TRAINING)
    group = one(resources, "PlacementGroup")
    assert group.inputs["strategy"] == "cluster"
    assert inputs(resources, "LaunchTemplate", "accelerator-template")["placement"] == {
        "groupName": group.inputs["name"]
    }
    assert inputs(resources, "CapacityReservation")["placementGroupArn"] == f"<PlacementGroup {group.name}>.arn"


def test_training_on_azure_is_one_scale_set_which_is_one_infiniband_domain() -> None:
    pool = inputs(declared(CloudName.AZURE, TRAINING), "AgentPool")
    assert pool["type"] == "VirtualMachineScaleSets"
    assert "proximityPlacementGroupID" not in pool


def test_training_on_google_cloud_is_compact_where_nothing_is_held() -> None:
    """Machines with a placement policy consume no reservation that is consumed by itself."""
    held_pool = inputs(declared(CloudName.GCP, TRAINING), "NodePool", "accelerator-pool")
    assert "placementPolicy" not in held_pool
    assert held_pool["nodeConfig"]["reservationAffinity"] == {"consumeReservationType": "ANY_RESERVATION"}
    spot = graph(request(CloudName.GCP, TRAINING, machine_type="a3-ultragpu-8g", purchase=Purchase.SPOT))
    pool = inputs(spot, "NodePool", "accelerator-pool")
    assert pool["placementPolicy"] == {"type": "COMPACT"}
    assert pool["nodeConfig"]["reservationAffinity"] == {"consumeReservationType": "NO_RESERVATION"}
    assert not of_type(spot, "Reservation")


@pytest.mark.parametrize("cloud", CloudName)
def test_replicas_of_an_inference_need_not_be_close(cloud: CloudName) -> None:
    """Closeness makes capacity harder to find; nothing in a replica talks to another."""
    resources = declared(cloud, INFERENCE)
    assert not of_type(resources, "PlacementGroup")
    assert not [path for row in resources.values() for path, _ in values(row.inputs) if "lacementPolicy" in path]


def test_efa_on_p5_is_an_interface_on_each_of_32_cards() -> None:
    """EC2 User Guide, "Maximize network bandwidth": card 0 carries IP too, on a device of its own."""
    resources = declared(CloudName.AWS, TRAINING)
    template = inputs(resources, "LaunchTemplate", "accelerator-template")
    cards = [(i["networkCardIndex"], i["deviceIndex"], i["interfaceType"]) for i in template["networkInterfaces"]]
    assert cards == [
        (0, 0, "interface"),
        (0, 1, "efa-only"),
        *((card, 0, "efa-only") for card in range(1, 32)),
    ]
    # A template with interfaces takes its groups from them, and the node group's subnet is the only one.
    assert "vpcSecurityGroupIds" not in template
    assert not [interface for interface in template["networkInterfaces"] if "subnetId" in interface]


def test_efa_is_let_through_in_and_out_on_every_interface() -> None:
    resources = declared(CloudName.AWS, TRAINING)
    group = f"<SecurityGroup {one(resources, 'SecurityGroup').name}>"
    for direction in ("SecurityGroupIngressRule", "SecurityGroupEgressRule"):
        rule = inputs(resources, direction)
        assert (rule["securityGroupId"], rule["referencedSecurityGroupId"], rule["ipProtocol"]) == (group, group, "-1")
    template = inputs(resources, "LaunchTemplate", "accelerator-template")
    assert all(group in interface["securityGroups"] for interface in template["networkInterfaces"])


def test_infiniband_on_azure_comes_with_the_machine_type_and_reaches_pods_by_nvidias_operators() -> None:
    """Azure/aks-rdma-infiniband: AKS installs no driver, the operators do; each card is one `rdma/ib`."""
    resources = declared(CloudName.AZURE, TRAINING)
    pool = inputs(resources, "AgentPool")
    assert pool["vmSize"] == "Standard_ND96isr_H100_v5"
    assert pool["gpuProfile"] == {"driver": "None"}
    charts = {row.inputs["chart"] for row in of_type(resources, "Release")}
    assert {"network-operator", "gpu-operator"} <= charts
    (policy,) = of_type(resources, "NicClusterPolicy")
    assert policy.inputs["spec"]["sriovDevicePlugin"]["image"] == "sriov-network-device-plugin"
    container = pod_template(inputs(resources, "JobSet"))["spec"]["containers"][0]
    assert container["resources"]["limits"] == {"nvidia.com/gpu": "8", "rdma/ib": "8"}
    assert container["securityContext"]["capabilities"]["add"] == ["IPC_LOCK"]
    assert pool["upgradeSettings"] == {"maxSurge": "0", "maxUnavailable": "1"}


def test_gke_makes_the_fabrics_networks_and_offers_them_to_pods() -> None:
    resources = declared(CloudName.GCP, TRAINING)
    pool = inputs(resources, "NodePool", "accelerator-pool")
    assert pool["networkConfig"]["acceleratorNetworkProfile"] == "auto"
    assert pool["nodeConfig"]["labels"]["cloud.google.com/gke-networking-dra-driver"] == "true"
    assert inputs(resources, "Cluster", "cluster")["datapathProvider"] == "ADVANCED_DATAPATH"
    claim = inputs(resources, "ResourceClaimTemplate")["spec"]["spec"]["devices"]["requests"]
    assert [request["exactly"]["deviceClassName"] for request in claim] == ["netdev.google.com"]


@pytest.mark.parametrize("cloud", CloudName)
@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_a_pod_takes_a_whole_node_and_bears_its_taint(cloud: CloudName, blueprint: str) -> None:
    resources = declared(cloud, blueprint)
    workload = inputs(resources, "JobSet" if blueprint == TRAINING else "Deployment")
    pod = pod_template(workload)["spec"]
    asked = request(cloud, blueprint)
    limits = pod["containers"][0]["resources"]["limits"]
    assert limits["nvidia.com/gpu"] == str(asked.accelerator.per_node)
    assert limits.get("vpc.amazonaws.com/efa") == ("32" if (cloud, blueprint) == (CloudName.AWS, TRAINING) else None)
    spec = workload["spec"]
    nodes = spec["replicatedJobs"][0]["template"]["spec"]["parallelism"] if blueprint == TRAINING else spec["replicas"]
    assert nodes == NODES[blueprint]
    assert pod["nodeSelector"] == {"wayfare.dev/pool": "accelerator"}
    assert [taint["key"] for taint in pod["tolerations"]] == ["nvidia.com/gpu"]
