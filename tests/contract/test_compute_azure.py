"""What Azure's clusters have beyond the usual, run against the sandbox: reservations, InfiniBand, stores, data."""

from collections.abc import Generator
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.contract.asked import blueprint, request
from tests.contract.dry_run import DryRun, MadeOne, changed, dry_run
from tests.golden.cases import pod_template
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.adoption import by_template
from wayfare.components.azure import CLOUD
from wayfare.components.azure.account import search_query
from wayfare.components.azure.account_compute import ABSENT_FEATURE, FEATURE, RESERVED_MACHINES, WHY_LACKING
from wayfare.components.azure.adoption import BY_NAME
from wayfare.components.azure.plan import AzurePlan
from wayfare.components.catalog import shipped_rows
from wayfare.components.contract import Lost, Need, NotFeasible, Request
from wayfare.components.kubernetes.charts import SYSTEM_NAMESPACE
from wayfare.sandbox.behaviour import NotThere, Properties
from wayfare.sandbox.clouds.azure.names import SUBSCRIPTION, TENANT

NC = "Standard_NC24ads_A100_v4"
ND = "Standard_ND96isr_H100_v5"
#: A resource group that is somebody's, and the reservations in it.
BOUGHT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/bought"
GROUP = f"{BOUGHT}/providers/Microsoft.Compute/capacityReservationGroups/accelerators"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"


def asked(
    machine_type: str,
    purchase: Purchase = Purchase.ON_DEMAND,
    *,
    nodes: int = 2,
    kind: str = "TrainingCluster",
    storage: dict[str, Any] | None = None,
    reservation: str | None = None,
    version: str | None = None,
) -> Request:
    machine = shipped_rows(CloudName.AZURE).machine_type(machine_type)
    wanted = blueprint((machine,), nodes=nodes, kind=kind)
    more = {"storage": storage, "kubernetes": version and {"version": version}}
    if added := {key: value for key, value in more.items() if value is not None}:
        data = wanted.model_dump(by_alias=True, exclude_unset=True)
        data["spec"] |= added
        wanted = type(wanted).model_validate(data, strict=False)
    made = request(CloudName.AZURE, machine, purchase, wanted=wanted)
    return replace(made, placement=replace(made.placement, reservation=reservation))


def bought(machines: int, zone: str = "1", size: str = NC) -> Any:
    """What makes a resource group with a reservation of somebody's in the account, before the cluster is."""

    def buy(run: DryRun) -> None:
        run.make(
            "azure-native:resources:ResourceGroup", "bought", {"resourceGroupName": "bought", "location": run.region}
        )
        place = {"resourceGroupName": "bought", "capacityReservationGroupName": "accelerators", "location": run.region}
        run.make("azure-native:compute:CapacityReservationGroup", "bought", {**place, "zones": [zone]})
        run.make(
            "azure-native:compute:CapacityReservation",
            "bought",
            {
                **place,
                "capacityReservationName": "a",
                "zones": [zone],
                "sku": {"name": size, "capacity": machines},
            },
        )

    return buy


def nothing(_run: DryRun) -> None:
    """What is bought by nobody."""


def needed(plan: AzurePlan, kind: str) -> list[Need]:
    return [need for need in plan.needs if need.kind == kind]


def one(run: DryRun, kind: str, name: str = "") -> MadeOne:
    (found,) = (row for row in run.resources if row.type.endswith(f":{kind}") and row.name.endswith(name))
    return found


def test_a_reservation_that_exists_is_taken_and_none_is_made(tmp_path: Path) -> None:
    """Microsoft, "Assign capacity reservation groups to AKS node pools"."""
    wanted = asked(NC, Purchase.RESERVED, reservation=GROUP)
    with dry_run(tmp_path, wanted, before=bought(2)) as run:
        assert run.refusals == []
        assert one(run, "AgentPool").inputs["capacityReservationGroupID"] == GROUP
        assert not [row for row in run.resources if "CapacityReservation" in row.type]
        rights = one(run, "RoleAssignment", "reservation-rights").inputs
        assert rights["scope"] == BOUGHT
        assert rights["roleDefinitionId"].endswith(CONTRIBUTOR)
        identity = one(run, "UserAssignedIdentity", "control-plane-identity")
        assert rights["principalId"] == identity.outputs["principalId"]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (bought(1), "1 machines of Standard_NC24ads_A100_v4 are free in zone 1, and 2 are needed"),
        (bought(4, zone="2"), "0 machines of Standard_NC24ads_A100_v4 are free in zone 1"),
        (bought(4, size="Standard_NC4as_T4_v3"), "0 machines"),
        (nothing, "there is no capacity reservation group"),
        (bought(2), None),
    ],
    ids=["too few", "another zone", "another size", "none", "enough"],
)
def test_what_a_reservation_lacks_is_told_before_anything_is_made(
    tmp_path: Path, before: Any, said: str | None
) -> None:
    plan = CLOUD.plan(asked(NC, Purchase.RESERVED, reservation=GROUP))
    (need,) = needed(plan, RESERVED_MACHINES)
    with dry_run(tmp_path, asked("Standard_NC4as_T4_v3"), before=before) as run:
        reason = WHY_LACKING[need.kind](need, SUBSCRIPTION, lambda path: read(run, path))
    assert (reason is None) if said is None else (reason is not None and said in reason)


def read(run: DryRun, path: str) -> dict[str, Any] | None:
    """As the sandbox's management API answers a GET."""
    place, _, query = path.lstrip("/").partition("?")
    try:
        return run.clouds["azure-native"].rest("GET", place, dict(parse_qsl(query)))
    except NotThere:
        return None


def test_machines_in_use_are_not_free(tmp_path: Path) -> None:
    plan = CLOUD.plan(asked(NC, Purchase.RESERVED, reservation=GROUP))
    (need,) = needed(plan, RESERVED_MACHINES)
    with dry_run(tmp_path, asked(NC, Purchase.RESERVED, reservation=GROUP), before=bought(3)) as run:
        reason = WHY_LACKING[need.kind](need, SUBSCRIPTION, lambda path: read(run, path))
    assert reason is not None
    assert "1 machines" in reason


def test_a_spot_pool_comes_back_after_evictions(tmp_path: Path) -> None:
    """Microsoft, "Add an Azure Spot node pool to an AKS cluster": evicted machines are deleted, the autoscaler makes
    new ones.
    """
    with dry_run(tmp_path, asked(ND, Purchase.SPOT, nodes=3)) as run:
        assert run.refusals == []
        pool = one(run, "AgentPool").inputs
        assert pool["scaleSetEvictionPolicy"] == "Delete"
        assert (pool["enableAutoScaling"], pool["minCount"], pool["maxCount"], pool["count"]) == (True, 3, 3, 3)


def test_a_shared_store_is_made_in_a_subnet_of_its_own_and_mounted(tmp_path: Path) -> None:
    """Microsoft, "Azure Managed Lustre file system prerequisites", and "Statically provision Azure Managed Lustre
    volumes for AKS".
    """
    with dry_run(tmp_path, asked(NC, storage={"shared": {"capacity": "40TiB", "throughputGBps": 10}})) as run:
        assert run.refusals == []
        store = one(run, "AmlFilesystem")
        # 40 TiB at 250 MB/s each are 10 GB/s.
        assert store.inputs["sku"] == {"name": "AMLFS-Durable-Premium-250"}
        assert store.inputs["storageCapacityTiB"] == 40
        assert store.inputs["zones"] == one(run, "AgentPool").inputs["availabilityZones"]
        subnet = one(run, "Subnet", "store-subnet")
        assert store.inputs["filesystemSubnet"] == subnet.id
        assert IPv4Network(subnet.inputs["addressPrefix"]).prefixlen <= 24
        volume = one(run, "PersistentVolume", "shared").inputs["spec"]
        assert volume["csi"]["driver"] == "azurelustre.csi.azure.com"
        assert volume["csi"]["volumeAttributes"] == {"mgs-ip-address": store.outputs["clientInfo"]["mgsAddress"]}
        assert volume["capacity"] == {"storage": f"{40 * 1024}Gi"}
        (chart,) = [row.inputs["chart"] for row in run.resources if row.name.endswith("azure-lustre")]
        assert chart == "oci://mcr.microsoft.com/microsoft.azuremanagedlustre/azurelustre-csi-driver"


@pytest.mark.parametrize(("keep", "group"), [("durable", "-data"), ("scratch", "")])
def test_a_durable_store_is_with_the_data_and_says_so(tmp_path: Path, keep: str, group: str) -> None:
    with dry_run(tmp_path, asked(NC, storage={"shared": {"capacity": "4TiB", "keep": keep}})) as run:
        assert run.refusals == []
        store, cluster = one(run, "AmlFilesystem").inputs, one(run, "ManagedCluster").inputs
        assert store["resourceGroupName"] == cluster["resourceGroupName"] + group
        assert store["tags"]["wayfare-keep"] == keep


CONTAINER = "https://tokens.blob.core.windows.net/books"


@pytest.mark.parametrize("prefix", ["", "en/v2"])
def test_data_is_read_by_the_workload_alone_and_no_further_than_asked(tmp_path: Path, prefix: str) -> None:
    """Microsoft, "Example Azure role assignment conditions for Blob Storage"; blob-csi-driver, "Workload Identity
    Support for Static Provisioning".
    """
    storage = {"data": [{"from": f"{CONTAINER}/{prefix}", "mount": "/data"}]}
    with dry_run(tmp_path, asked(NC, storage=storage)) as run:
        assert run.refusals == []
        identity = one(run, "UserAssignedIdentity", "identity-identity").outputs
        rights = one(run, "RoleAssignment", "data-0-rights").inputs
        assert rights["principalId"] == identity["principalId"]
        # Storage Blob Data Reader.
        assert rights["roleDefinitionId"].endswith("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1")
        assert rights["conditionVersion"] == "2.0"
        condition = rights["condition"]
        assert "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'tokens'" in condition
        assert (
            "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'books'"
            in condition
        )
        assert ("StringStartsWith 'en/v2/'" in condition) == bool(prefix)
        assert condition.count("(") == condition.count(")")
        volume = one(run, "PersistentVolume", "data-0").inputs["spec"]
        assert volume["accessModes"] == ["ReadOnlyMany"]
        assert volume["csi"]["readOnly"] is True
        assert volume["csi"]["driver"] == "blob.csi.azure.com"
        attributes = volume["csi"]["volumeAttributes"]
        assert (attributes["storageAccount"], attributes["containerName"]) == ("tokens", "books")
        assert (attributes["clientID"], attributes["tenantID"]) == (identity["clientId"], TENANT)
        assert ("--subdirectory=en/v2" in volume["mountOptions"]) == bool(prefix)


def test_data_of_another_cloud_is_refused() -> None:
    storage = {"data": [{"from": "s3://tokens/books", "mount": "/data"}]}
    with pytest.raises(
        NotFeasible, match=r"s3://tokens/books is on aws: copy it to a storage account, .* or leave azure out"
    ):
        CLOUD.plan(asked(NC, storage=storage))


def test_local_disks_are_one_volume_on_each_node(tmp_path: Path) -> None:
    """Microsoft, "Use Azure Container Storage with local NVMe": striped over all disks, a generic ephemeral volume."""
    with dry_run(tmp_path, asked(ND, kind="InferenceCluster", storage={"scratch": {"perNode": "20TiB"}})) as run:
        assert run.refusals == []
        kind = one(run, "StorageClass").inputs
        assert kind["provisioner"] == "localdisk.csi.acstor.io"
        assert kind["volumeBindingMode"] == "WaitForFirstConsumer"
        pod = one(run, "Deployment").inputs["spec"]["template"]["spec"]
        (scratch,) = [volume for volume in pod["volumes"] if volume["name"] == "scratch"]
        claim = scratch["ephemeral"]["volumeClaimTemplate"]["spec"]
        assert claim["storageClassName"] == kind["metadata"]["name"]
        assert claim["resources"] == {"requests": {"storage": f"{20 * 1024}Gi"}}
        (chart,) = [row.inputs for row in run.resources if row.name.endswith("local-disks")]
        assert chart["chart"] == "oci://localcsidriver.azurecr.io/acstor/charts/local-csi-driver"


@pytest.mark.parametrize(
    ("machine_type", "size", "reason"),
    [
        (ND, "27TiB", "has 26069 GiB of local disks, and 27648 are asked for"),
        ("Standard_NC4as_T4_v3", "100GiB", "is not NVMe"),
        ("Standard_ND96asr_v4", "100GiB", "not documented well enough"),
    ],
)
def test_disks_that_are_not_there_are_not_promised(machine_type: str, size: str, reason: str) -> None:
    with pytest.raises(NotFeasible, match=reason):
        CLOUD.plan(asked(machine_type, storage={"scratch": {"perNode": size}}))


def test_infiniband_needs_a_feature_of_the_subscription(tmp_path: Path) -> None:
    """Microsoft, "Use AMD GPUs on AKS": register AKSInfinibandSupport for machines with RDMA."""
    (need,) = needed(CLOUD.plan(asked(ND)), FEATURE)
    assert need.id == "Microsoft.ContainerService/AKSInfinibandSupport"
    with dry_run(tmp_path, asked("Standard_NC4as_T4_v3")) as run:
        assert WHY_LACKING[need.kind](need, SUBSCRIPTION, lambda path: read(run, path)) is None
        nothing: dict[str, Any] = {"properties": {"state": "NotRegistered"}}
        reason = WHY_LACKING[need.kind](need, SUBSCRIPTION, lambda _: nothing)
        assert reason == "the feature Microsoft.ContainerService/AKSInfinibandSupport is not registered"


@pytest.mark.parametrize("kind", ["TrainingCluster", "InferenceCluster"])
def test_amds_accelerators_get_their_driver_on_the_node(tmp_path: Path, kind: str) -> None:
    """Microsoft, "Use AMD GPUs on AKS": `--gpu-driver none`. Azure/aks-rdma-infiniband: amdgpu-dkms by a DaemonSet."""
    with dry_run(tmp_path, asked("Standard_ND96isr_MI300X_v5", kind=kind)) as run:
        assert run.refusals == []
        pool = one(run, "AgentPool").inputs
        assert pool["gpuProfile"] == {"driver": "None"}
        assert pool["nodeTaints"] == ["amd.com/gpu=present:NoSchedule"]
        pod = one(run, "DaemonSet").inputs["spec"]["template"]["spec"]
        assert pod["tolerations"] == [{"key": "amd.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
        (install,) = pod["initContainers"]
        assert "amdgpu-dkms" in install["command"][-1]
        assert "modprobe amdgpu" in install["command"][-1]
        charts = list(plugins(run))
        assert charts == (["network-operator"] if kind == "TrainingCluster" else [])


def plugins(run: DryRun) -> dict[str, Any]:
    """Device plugins' charts, with their values."""
    releases = [row.inputs for row in run.resources if row.type.endswith(":Release")]
    return {each["chart"]: each["values"] for each in releases if each["namespace"] == SYSTEM_NAMESPACE}


@pytest.mark.parametrize("size", ["Standard_ND128isr_NDR_GB200_v6", "Standard_ND128isr_GB300_v6"])
def test_nvl72_machines_share_memory_within_a_domain(tmp_path: Path, size: str) -> None:
    """NVIDIA, "ComputeDomains"; Microsoft, "Upgrade OS version in AKS": Ubuntu is 24.04 from Kubernetes 1.35 on."""
    wanted = asked(size, nodes=18, version="1.35")
    with dry_run(tmp_path, wanted) as run:
        assert run.refusals == []
        pool = one(run, "AgentPool").inputs
        assert (pool["osSKU"], pool["gpuProfile"]) == ("Ubuntu", {"driver": "None"})
        assert one(run, "ManagedCluster").inputs["kubernetesVersion"] == "1.35"
        assert one(run, "ComputeDomain").inputs["spec"]["numNodes"] == 18
        container = pod_template(one(run, "JobSet").inputs)["spec"]["containers"][0]
        assert container["resources"]["limits"] == {"nvidia.com/gpu": "4"}
        assert container["resources"]["claims"] == [{"name": "compute-domain"}]
        charts = plugins(run)
        assert charts.keys() == {"gpu-operator", "nvidia-dra-driver-gpu"}
        assert charts["nvidia-dra-driver-gpu"]["nvidiaDriverRoot"] == "/run/nvidia/driver"
        (need,) = needed(CLOUD.plan(wanted), ABSENT_FEATURE)
        reason = WHY_LACKING[need.kind](need, SUBSCRIPTION, lambda path: read(run, path))
        assert reason == "the feature Microsoft.ContainerService/AKSInfinibandSupport is registered"


def test_more_than_one_domain_is_refused() -> None:
    with pytest.raises(NotFeasible, match="an NVL72 domain has 18 of Standard_ND128isr_GB300_v6, and 19"):
        CLOUD.plan(asked("Standard_ND128isr_GB300_v6", nodes=19, version="1.35"))
    with pytest.raises(NotFeasible, match="set `kubernetes"):
        CLOUD.plan(asked("Standard_ND128isr_GB300_v6", version="1.34"))


@pytest.mark.parametrize(
    ("type", "edits", "path", "said"),
    [
        ("AmlFilesystem", {"storageCapacityTiB": 12}, "storageCapacityTiB", "12 is not a multiple of 8 TiB"),
        ("AmlFilesystem", {"sku.name": "AMLFS-Scratch-250"}, "sku.name", "is not one of AMLFS-Durable-Premium-40"),
        ("AmlFilesystem", {"zones": ["1", "2"]}, "zones", "a file system is in one zone"),
        ("AmlFilesystem", {"maintenanceWindow": ...}, "maintenanceWindow", "required"),
        ("RoleAssignment", {"conditionVersion": ...}, "conditionVersion", "needed with a condition: 2.0"),
    ],
    ids=["increment", "tier", "two zones", "no maintenance", "condition without a version"],
)
def test_a_mistake_in_a_store_or_in_datas_rights_is_noticed(
    stores: DryRun, type: str, edits: dict[str, Any], path: str, said: str
) -> None:
    row = one(stores, type, "" if type == "AmlFilesystem" else "data-0-rights")

    def edit(_type: str, _name: str, inputs: Properties) -> Properties:
        for each, value in edits.items():
            inputs = changed(inputs, each, value)
        return inputs

    refusals = stores.check(row, edit)
    assert [refusal for refusal in refusals if refusal.path == path and said in refusal.text], refusals


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Generator[DryRun]:
    """A cluster with a store of 8 TiB and data."""
    storage = {
        "shared": {"capacity": "8TiB", "throughputGBps": 2},
        "data": [{"from": f"{CONTAINER}/en", "mount": "/data"}],
    }
    with dry_run(tmp_path_factory.mktemp("stores"), asked(NC, storage=storage)) as run:
        assert run.refusals == []
        yield run


def test_everything_with_stores_is_found_by_its_names_and_its_tags(stores: DryRun) -> None:
    lost = [Lost(row.urn, row.type, row.name, row.inputs) for row in stores.resources if row.type.startswith("azure")]
    told = by_template(BY_NAME, lost, subscription=SUBSCRIPTION)
    assert {row.urn: row.id.lower() for row in stores.resources if row.type.startswith("azure")} == {
        urn: id.lower() for urn, id in told.items()
    }
    graph = "providers/Microsoft.ResourceGraph/resources"
    query = {"query": search_query("llm-pretrain", stores.region)}
    listed = [row["id"].lower() for row in stores.clouds["azure-native"].rest("POST", graph, query)["data"]]
    assert one(stores, "AmlFilesystem").id.lower() in listed


def test_a_store_with_own_keys_is_refused_with_the_reason() -> None:
    """Microsoft, "Create an Azure Managed Lustre file system": the key must be a 2048-bit RSA key."""
    wanted = asked(NC, storage={"shared": {"capacity": "4TiB"}})
    spec = wanted.blueprint.spec.model_copy(update={"encryption": "own"})
    own = replace(wanted, blueprint=wanted.blueprint.model_copy(update={"spec": spec}))
    with pytest.raises(NotFeasible, match="takes keys of 2,048 bits alone"):
        CLOUD.plan(own)
