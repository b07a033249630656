"""What Azure's documentation asks of keys, registries, private endpoints, locks and monitoring."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.contract.azure_platform import SUBSCRIPTION, bootstrapped, hub, make_hub, of, one, request
from tests.contract.dry_run import DryRun, Edit, changed, dry_run
from wayfare.components.alerts import alerts_for
from wayfare.components.azure import CLOUD
from wayfare.components.azure.account import lack
from wayfare.components.azure.account_compute import RESOURCE_PROVIDER, WHY_LACKING
from wayfare.components.azure.bootstrap_plan import bootstrap_plan, disks_id
from wayfare.components.azure.plan_platform import KEY
from wayfare.components.contract import Need
from wayfare.sandbox.behaviour import Refused
from wayfare.sandbox.clouds.azure import names

OWN = {"encryption": "own"}
PRIVATE = {"network": {"endpoints": "private"}, "registry": "private"}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What a bootstrap of two regions makes, by type and name."""
    with dry_run(tmp_path_factory.mktemp("account"), request({}), before=bootstrapped("eastus", "westus3")) as run:
        assert run.refusals == []
        return {f"{row.type} {row.name}": row for row in run.resources if row.name.startswith("account")}


def test_each_region_has_a_key_that_rotates_and_that_nobody_can_purge(account: Mapping[str, Any]) -> None:
    for region in ("eastus", "westus3"):
        vault = account[f"{names.VAULT} account-{region}-vault"].inputs["properties"]
        # Microsoft, "Customer-managed keys for Azure Storage encryption": soft delete and purge protection.
        assert vault["enablePurgeProtection"] is True
        assert vault["enableRbacAuthorization"] is True
        assert "networkAcls" not in vault
        key = account[f"{names.KEY} account-{region}-key"].inputs["properties"]
        assert (key["kty"], key["keySize"]) == ("RSA", 3072)
        (action,) = key["rotationPolicy"]["lifetimeActions"]
        assert action["trigger"] == {"timeAfterCreate": "P1Y"}
        disks = account[f"{names.DISKS} account-{region}-disks"]
        assert disks.inputs["rotationToLatestKeyVersionEnabled"] is True
        # By the names that a cluster's program knows.
        assert disks.id == disks_id(names.SUBSCRIPTION, region)


def test_the_state_is_private_versioned_and_encrypted_with_that_key(account: Mapping[str, Any]) -> None:
    state = account[f"{names.ACCOUNT} account-state"].inputs
    assert state["location"] == "eastus"
    assert (state["allowSharedKeyAccess"], state["allowBlobPublicAccess"]) == (False, False)
    assert state["encryption"]["keySource"] == "Microsoft.Keyvault"
    # No version is named: storage then follows the newest by itself.
    assert "keyVersion" not in state["encryption"]["keyVaultProperties"]
    assert account[f"{names.BLOBS} account-state-versions"].inputs["isVersioningEnabled"] is True


def test_the_reaper_may_do_no_more_than_it_does(account: Mapping[str, Any]) -> None:
    (permission,) = account[f"{names.ROLE} account-reaper-role"].inputs["permissions"]
    assert all("/capacityReservationGroups/" in action for action in permission["actions"])
    assert [action for action in permission["actions"] if not action.endswith("/read")] == [
        "Microsoft.Compute/capacityReservationGroups/capacityReservations/write"
    ]
    rights = account[f"{names.ASSIGNMENT} account-reaper-rights"].inputs
    assert rights["scope"] == SUBSCRIPTION
    timer = account[f"{names.WORKFLOW} account-reaper"]
    assert rights["principalId"] == timer.outputs["identity"]["principalId"]
    text = json.dumps(timer.inputs["definition"])
    assert "wayfare-hold-until" in text
    assert '"capacity": 0' in text


def why(need: Need, known: dict[str, Any]) -> str | None:
    """What is said of a need that is told from one answer."""
    return WHY_LACKING[need.kind](need, names.SUBSCRIPTION, lambda _path: known)


def test_a_subscription_gets_the_feature_for_infiniband(account: Mapping[str, Any]) -> None:
    feature = account[f"{names.FEATURE} account-AKSInfinibandSupport"].inputs
    assert feature["providerNamespace"] == "Microsoft.ContainerService"


def test_a_bootstrap_names_a_region() -> None:
    with pytest.raises(ValueError, match="at least one region"):
        bootstrap_plan([])


def test_what_the_subscription_lacks_has_a_remedy() -> None:
    needs = CLOUD.plan(request({**OWN, "registry": "private"})).needs
    (key,) = (need for need in needs if need.kind == KEY)
    assert key.remedy == "run `wayfare bootstrap azure --region eastus`"
    assert lack(key, None) == "there is no encryption key wayfare in eastus"
    provider = Need(RESOURCE_PROVIDER, "eastus", "Microsoft.ContainerRegistry", "x")
    assert provider.id in {need.id for need in needs if need.kind == RESOURCE_PROVIDER}
    assert why(provider, {"registrationState": "NotRegistered"}) is not None
    assert why(provider, {"registrationState": "Registered"}) is None


def test_own_keys_encrypt_secrets_disks_bucket_logs_and_registry(tmp_path: Path) -> None:
    asked = request({**OWN, "registry": "private"})
    with dry_run(tmp_path, asked, before=bootstrapped("eastus")) as run:
        assert run.refusals == []
        key = one(run, "Key").outputs
        cluster = one(run, "ManagedCluster").inputs
        # AKS wants the key's version, and reads it from outside of any network of ours.
        assert cluster["securityProfile"]["azureKeyVaultKms"] == {
            "enabled": True,
            "keyId": key["keyUriWithVersion"],
            "keyVaultNetworkAccess": "Public",
        }
        assert cluster["diskEncryptionSetID"] == one(run, "DiskEncryptionSet").id
        for account in of(run, "StorageAccount"):
            assert account.inputs["encryption"]["keySource"] == "Microsoft.Keyvault", account.name
        registry = one(run, "Registry").inputs
        assert registry["sku"] == {"name": "Premium"}
        assert registry["encryption"]["keyVaultProperties"]["keyIdentifier"] == key["keyUri"]


def test_a_registry_lets_nodes_and_workload_pull_and_nobody_without_a_name(tmp_path: Path) -> None:
    with dry_run(tmp_path, request({"registry": "private"})) as run:
        assert run.refusals == []
        registry = one(run, "Registry")
        assert registry.inputs["sku"] == {"name": "Standard"}
        assert (registry.inputs["adminUserEnabled"], registry.inputs["anonymousPullEnabled"]) == (False, False)
        kubelet = one(run, "ManagedCluster").outputs["identityProfile"]["kubeletidentity"]["objectId"]
        workload = one(run, "UserAssignedIdentity", "identity-identity").outputs["principalId"]
        rights = [row.inputs for row in of(run, "RoleAssignment") if row.inputs["scope"] == registry.id]
        # "AcrPull".
        assert {right["roleDefinitionId"].rpartition("/")[2] for right in rights} == {
            "7f951dda-4ed3-4680-a7ca-43fe172d538d"
        }
        assert {right["principalId"] for right in rights} == {kubelet, workload}


@pytest.mark.parametrize("existing", [False, True], ids=["own network", "existing network"])
def test_bucket_and_registry_answer_in_the_network_alone(tmp_path: Path, *, existing: bool) -> None:
    inside = (
        hub(
            endpoints=f"{SUBSCRIPTION}/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub"
            "/subnets/endpoints"
        )
        if existing
        else {}
    )
    asked = request({**PRIVATE, "network": {"endpoints": "private", **inside}})
    with dry_run(tmp_path, asked, before=make_hub) as run:
        assert run.refusals == []
        bucket, registry = one(run, "StorageAccount", "checkpoints-account"), one(run, "Registry")
        assert bucket.inputs["publicNetworkAccess"] == registry.inputs["publicNetworkAccess"] == "Disabled"
        assert registry.inputs["sku"] == {"name": "Premium"}
        targets = {
            row.inputs["privateLinkServiceConnections"][0]["privateLinkServiceId"]: row
            for row in of(run, "PrivateEndpoint")
        }
        assert targets.keys() == {bucket.id, registry.id}
        # Microsoft, "Azure private endpoint private DNS zone values".
        zones = {row.inputs["privateZoneName"]: row for row in of(run, "PrivateZone")}
        assert zones.keys() == {"privatelink.blob.core.windows.net", "privatelink.azurecr.io"}
        for link in of(run, "VirtualNetworkLink"):
            assert link.inputs["resolutionPolicy"] == "NxDomainRedirect"
            assert link.inputs["virtualNetwork"]["id"].endswith("/hub" if existing else "/wf-" + asked.resource_name)
        named = {row.inputs["privateDnsZoneConfigs"][0]["privateDnsZoneId"] for row in of(run, "PrivateDnsZoneGroup")}
        assert named == {zone.id for zone in zones.values()}


def test_audit_logs_are_always_kept_where_only_azure_monitor_writes(tmp_path: Path) -> None:
    with dry_run(tmp_path, request({})) as run:
        assert run.refusals == []
        setting, account = one(run, "DiagnosticSetting").inputs, one(run, "StorageAccount", "monitoring-audit")
        assert setting["resourceUri"] == one(run, "ManagedCluster").id
        assert setting["storageAccountId"] == account.id
        assert {log["category"] for log in setting["logs"]} == {"kube-audit-admin", "guard"}
        # Microsoft, "Diagnostic settings": trusted services are let through the account's firewall.
        assert account.inputs["networkRuleSet"] == {"bypass": "AzureServices", "defaultAction": "Deny"}
        (rule,) = one(run, "ManagementPolicy", "audit-expiry").inputs["policy"]["rules"]
        # Resource logs are append blobs.
        assert rule["definition"]["filters"]["blobTypes"] == ["appendBlob"]


def test_managed_metrics_reach_a_workspace_and_alerts_reach_people(tmp_path: Path) -> None:
    asked = request({"monitoring": {"metrics": "managed", "notify": ["ops@example.org"]}})
    with dry_run(tmp_path, asked) as run:
        assert run.refusals == []
        cluster, workspace = one(run, "ManagedCluster"), one(run, "AzureMonitorWorkspace")
        assert cluster.inputs["azureMonitorProfile"]["metrics"]["enabled"] is True
        rule = one(run, "DataCollectionRule").inputs
        assert rule["dataSources"]["prometheusForwarder"][0]["streams"] == ["Microsoft-PrometheusMetrics"]
        assert rule["destinations"]["monitoringAccounts"][0]["accountResourceId"] == workspace.id
        assert one(run, "DataCollectionRuleAssociation").inputs["resourceUri"] == cluster.id
        group = one(run, "PrometheusRuleGroup").inputs
        assert group["scopes"] == [workspace.id, cluster.id]
        assert {each["alert"] for each in group["rules"]} == {
            alert.name for alert in alerts_for(asked.accelerator.name)
        }
        assert {each["for"] for each in group["rules"]} >= {"PT0M", "PT30M"}
        # DCGM's pods say that they want to be scraped; what the alerts read is kept besides the least.
        settings = one(run, "ConfigMap").inputs["data"]
        assert "kube-system" in settings["pod-annotation-based-scraping"]
        assert "kube_job_status_active" in settings["default-targets-metrics-keep-list"]
        assert "node_network_up" in settings["default-targets-metrics-keep-list"]
        assert "dcgm" in CLOUD.plan(asked).pods.device_plugins
        people = one(run, "ActionGroup")
        assert people.inputs["emailReceivers"][0]["emailAddress"] == "ops@example.org"
        assert all(each["actions"][0]["actionGroupId"] == people.id for each in group["rules"])


def test_protection_is_set_when_the_cluster_stands_and_is_kept_by_azure(tmp_path: Path) -> None:
    spec = {"deletionProtection": True}
    with dry_run(tmp_path / "first", request(spec)) as run:
        assert not of(run, "ManagementLockByScope")
    with dry_run(tmp_path / "last", request(spec, complete=True)) as run:
        assert run.refusals == []
        locks = {row.inputs["scope"]: row.inputs["level"] for row in of(run, "ManagementLockByScope")}
        cluster, pool = one(run, "ManagedCluster"), one(run, "AgentPool")
        bucket = one(run, "StorageAccount", "checkpoints-account")
        assert locks == {cluster.id: "CanNotDelete", bucket.id: "CanNotDelete"}
        # Microsoft, "Lock your Azure resources": what is part of it inherits the lock.
        for kept in (cluster, pool, bucket):
            with pytest.raises(Refused, match="ScopeLocked"):
                run.delete(kept.type, kept.id)


def edited(type: str, name: str, edits: Mapping[str, Any]) -> Edit:
    """One resource with other properties."""

    def edit(token: str, named: str, inputs: dict[str, Any]) -> dict[str, Any]:
        for path, value in edits.items() if token.endswith(f":{type}") and named.endswith(name) else ():
            inputs = changed(inputs, path, value)
        return inputs

    return edit


def nothing(run: DryRun) -> None:
    """What there is before, where that is nothing."""
    assert run.resources == []


def refusal(tmp_path: Path, spec: Mapping[str, Any], edit: Edit, regions: tuple[str, ...] = ()) -> str:
    with dry_run(tmp_path, request(spec), edit, before=bootstrapped(*regions) if regions else nothing) as run:
        return "; ".join(f"{each.path}: {each.text}" for each in run.refusals)


#: A role assignment that is given to somebody else.
SOMEBODY = {"principalId": names.CALLER, "principalType": ...}
METRICS = {"monitoring": {"metrics": "managed"}}


@pytest.mark.parametrize(
    ("spec", "type", "name", "edits", "said"),
    [
        (PRIVATE, "Registry", "", {"sku.name": "Standard"}, "needs the Premium tier"),
        (PRIVATE, "PrivateEndpoint", "blob-endpoint",
         {"privateLinkServiceConnections[0].groupIds[0]": "blobs"}, "is no group id"),
        (PRIVATE, "PrivateZone", "", {"location": "eastus"}, "must be global"),
        (PRIVATE, "VirtualNetworkLink", "", {"virtualNetwork.id": f"{SUBSCRIPTION}/resourceGroups/x/providers/y/z"},
         "was not found"),
        ({}, "DiagnosticSetting", "", {"logs[0].category": "kube-audit-admins"}, "is not supported"),
        ({}, "DiagnosticSetting", "", {"storageAccountId": ...}, "at least one destination"),
        (METRICS, "DataCollectionRule", "", {"dataFlows[0].destinations[0]": "elsewhere"}, "not among the dest"),
        (METRICS, "PrometheusRuleGroup", "", {"interval": "PT30S"}, "PT1M to PT15M"),
        (METRICS, "PrometheusRuleGroup", "", {"rules[0].severity": 5}, "0 to 4"),
        (METRICS, "PrometheusRuleGroup", "", {"rules[0].for": "10m"}, "no ISO 8601 duration"),
    ],
)  # fmt: skip
def test_mistakes_are_refused(
    tmp_path: Path, spec: Mapping[str, Any], type: str, name: str, edits: Mapping[str, Any], said: str
) -> None:
    assert said in refusal(tmp_path, spec, edited(type, name, edits))


@pytest.mark.parametrize(
    ("type", "name", "edits", "said"),
    [
        ("Vault", "", {"properties.enablePurgeProtection": ...}, "must have purge protection"),
        ("Vault", "", {"properties.enablePurgeProtection": False}, "cannot be set to false"),
        ("Key", "", {"properties.keySize": 1024}, "is not one of 2048, 3072, 4096"),
        ("RoleAssignment", "eastus-rights", SOMEBODY, "no permission to use"),
        ("RoleAssignment", "control-plane-key", SOMEBODY,
         "no permission to use"),
        ("StorageAccount", "checkpoints-account", {"encryption.encryptionIdentity": ...}, "is not among the account's"),
        ("ManagedCluster", "", {"securityProfile.azureKeyVaultKms.keyId": "https://v.vault.azure.net/keys/wayfare"},
         "is not https://VAULT/keys/KEY/VERSION"),
    ],
)  # fmt: skip
def test_mistakes_with_keys_are_refused(
    tmp_path: Path, type: str, name: str, edits: Mapping[str, Any], said: str
) -> None:
    assert said in refusal(tmp_path, OWN, edited(type, name, edits), ("eastus",))
