"""Google Cloud's platform side: what a blueprint asks for besides accelerators, made by the sandbox and looked at."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from tests.contract.asked import LONGEST
from tests.contract.dry_run import DryRun, MadeOne, changed, dry_run
from tests.contract.platform_gcp import (
    EXISTING,
    SHARED,
    a_secret,
    asked,
    bootstrapped,
    existing_network,
    ids,
    inventory,
    lacking,
)
from tests.contract.test_names import LIMITS
from wayfare.blueprints import AcceleratorName, CloudName
from wayfare.components.addresses import addresses
from wayfare.components.alerts import alerts_for
from wayfare.components.contract import Lost, NotFeasible
from wayfare.components.gcp import adoption
from wayfare.components.gcp.bootstrap_plan import bootstrap_plan
from wayfare.components.gcp.gives import gives
from wayfare.components.gcp.planning import plan
from wayfare.sandbox.behaviour import Refused

PRIVATE: dict[str, Any] = {"network": {"existing": [EXISTING]}, "access": {"api": "private", "allow": ["10.0.0.0/8"]}}


def of(run: DryRun, type: str) -> list[MadeOne]:
    return [row for row in run.resources if row.type.endswith(f":{type}")]


def the(run: DryRun, type: str) -> MadeOne:
    (row,) = of(run, type)
    return row


class TestNetwork:
    def test_addresses_are_within_the_clouds_part_of_the_space(self) -> None:
        made = plan(asked(network={"space": "10.64.0.0/11"})).network
        space = IPv4Network("10.64.0.0/11")
        for text in gives(plan(asked(network={"space": "10.64.0.0/11"}))).addresses:
            assert IPv4Network(text).subnet_of(space)
        assert made != plan(asked()).network

    def test_nothing_of_an_existing_network_is_made(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked(network={"existing": [EXISTING]}), before=existing_network()) as run:
            assert run.refusals == []
            assert not [row for row in run.resources if ":compute/" in row.type and "Reservation" not in row.type]
            cluster = the(run, "Cluster")
        assert cluster.inputs["network"] == SHARED
        assert cluster.inputs["subnetwork"] == EXISTING["subnetwork"]
        assert cluster.inputs["ipAllocationPolicy"] == {
            "clusterSecondaryRangeName": "gke-pods",
            "servicesSecondaryRangeName": "gke-services",
        }

    def test_what_exists_is_not_missed(self, tmp_path: Path) -> None:
        request = asked(network={"existing": [EXISTING]})
        with dry_run(tmp_path, request, before=existing_network()) as run:
            assert lacking(run, plan(request).needs) == {}
        assert plan(asked()).needs == ()

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"privateIpGoogleAccess": False}, "no private Google access"),
            ({"name": "others"}, "has no subnetwork accelerators in us-central1"),
            ({"secondaryIpRanges": []}, "no secondary range gke-pods, but none"),
        ],
    )
    def test_what_is_missing_is_said(self, tmp_path: Path, wrong: dict[str, object], said: str) -> None:
        request = asked(network={"existing": [EXISTING]})
        with dry_run(tmp_path, request, before=existing_network(**wrong)) as run:
            reasons = lacking(run, plan(request).needs)
        assert any(said in reason for reason in reasons.values()), reasons

    def test_a_network_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        request = asked(network={"existing": [EXISTING]})
        with dry_run(tmp_path, request) as run:
            reasons = list(lacking(run, plan(request).needs).values())
        assert reasons[0] == "project wayfare-sandbox has no network shared"
        assert len(reasons) == 2

    def test_a_subnetwork_of_another_network_is_said(self, tmp_path: Path) -> None:
        other = {**EXISTING, "network": SHARED.replace("shared", "other")}
        request = asked(network={"existing": [other]})
        with dry_run(tmp_path, request, before=existing_network()) as run:
            reasons = list(lacking(run, plan(request).needs).values())
        assert any("is part of network shared, not of other" in reason for reason in reasons)


class TestAccess:
    def test_a_private_api_answers_in_the_network_alone(self, tmp_path: Path) -> None:
        """GKE, "Customize your network isolation": the external endpoint off, authorized networks on the internal."""
        with dry_run(tmp_path, asked(**PRIVATE), before=existing_network()) as run:
            # Who is outside of the network does not get to it, and so neither does what is put into the cluster.
            assert {refusal.type.partition(":")[0] for refusal in run.refusals} == {"kubernetes"}
            cluster = the(run, "Cluster")
        private = cluster.inputs["privateClusterConfig"]
        assert private["enablePrivateEndpoint"] is True
        assert private["masterGlobalAccessConfig"] == {"enabled": True}
        networks = cluster.inputs["masterAuthorizedNetworksConfig"]
        assert networks == {"cidrBlocks": [{"cidrBlock": "10.0.0.0/8"}], "gcpPublicCidrsAccessEnabled": False}
        assert cluster.inputs["controlPlaneEndpointsConfig"]["dnsEndpointConfig"] == {"allowExternalTraffic": False}

    def test_its_kubeconfig_points_into_the_network(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked(**PRIVATE), before=existing_network()) as run:
            (kubeconfig,) = run._kubeconfigs.values()  # pyright: ignore[reportPrivateUsage] - what the provider was given
        assert json.loads(kubeconfig)["clusters"][0]["cluster"]["server"] == "https://10.200.0.2"

    def test_gives_says_who_reaches_it(self) -> None:
        assert gives(plan(asked(**PRIVATE))).api == "private endpoint for 10.0.0.0/8"
        assert gives(plan(asked())).api == "public endpoint for 203.0.113.0/24"


class TestIdentity:
    def test_groups_administer_this_cluster_and_no_other(self, tmp_path: Path) -> None:
        groups = ["ml-admins@example.com", "sre@example.com"]
        with dry_run(tmp_path, asked(admins={"gcp": groups})) as run:
            assert run.refusals == []
            found = [row for row in of(run, "IAMMember") if row.inputs["role"] == "roles/container.admin"]
            name = the(run, "Cluster").inputs["name"]
        assert {row.inputs["member"] for row in found} == {f"group:{group}" for group in groups}
        path = f"projects/wayfare-sandbox/locations/us-central1/clusters/{name}"
        for row in found:
            expression = row.inputs["condition"]["expression"]
            assert expression == f'resource.name == "{path}" || resource.name.startsWith("{path}/")'

    def test_nobody_is_an_administrator_unasked(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked()) as run:
            assert [row.inputs["role"] for row in of(run, "IAMMember")] == ["roles/container.defaultNodeServiceAccount"]

    def test_the_workload_reads_exactly_the_secrets_that_are_named(self, tmp_path: Path) -> None:
        wanted = "projects/wayfare-sandbox/secrets/hub-token"
        with dry_run(tmp_path, asked(secrets={"gcp": [wanted]}), before=a_secret("hub-token")) as run:
            assert run.refusals == []
            grant = the(run, "SecretIamMember")
            assert lacking(run, plan(asked(secrets={"gcp": [wanted]})).needs) == {}
        assert grant.inputs["secretId"] == wanted
        assert grant.inputs["role"] == "roles/secretmanager.secretAccessor"
        assert grant.inputs["member"].startswith("principalSet://iam.googleapis.com/projects/")
        assert grant.inputs["member"].endswith(plan(asked()).control_plane.name)

    def test_a_secret_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        request = asked(secrets={"gcp": ["projects/wayfare-sandbox/secrets/none"]})
        with dry_run(tmp_path, request) as run:
            assert list(lacking(run, plan(request).needs).values()) == ["project wayfare-sandbox has no secret none"]


class TestEncryption:
    KEY = "projects/wayfare-sandbox/locations/us-central1/keyRings/wayfare/cryptoKeys/wayfare"

    def test_everything_that_takes_a_key_has_the_accounts_own(self, tmp_path: Path) -> None:
        request = asked(encryption="own", registry="private")
        with dry_run(tmp_path, request, before=bootstrapped("us-central1")) as run:
            assert run.refusals == []
            cluster, repository = the(run, "Cluster"), the(run, "Repository")
            (bucket,) = (row for row in of(run, "Bucket") if row.name.endswith("checkpoints-bucket"))
            assert lacking(run, plan(request).needs) == {}
        assert cluster.inputs["databaseEncryption"] == {"state": "ENCRYPTED", "keyName": self.KEY}
        assert cluster.inputs["nodeConfig"]["bootDiskKmsKey"] == self.KEY
        assert [row.inputs["nodeConfig"]["bootDiskKmsKey"] for row in of(run, "NodePool")] == [self.KEY] * 2
        assert bucket.inputs["encryption"] == {"defaultKmsKeyName": self.KEY}
        assert repository.inputs["kmsKeyName"] == self.KEY

    def test_a_missing_key_is_said_with_what_to_run(self, tmp_path: Path) -> None:
        request = asked(encryption="own")
        with dry_run(tmp_path, request, before=bootstrapped("europe-west4")) as run:
            assert run.refusals[0].path == ""
            assert "kmsPermissionDenied" in run.refusals[0].text
            ((need, reason),) = lacking(run, plan(request).needs).items()
        assert reason == "the project has no key wayfare/wayfare in us-central1"
        assert need.remedy == "run `wayfare bootstrap gcp --region us-central1`"

    def test_gives_says_what_google_keeps_its_own_keys_for(self) -> None:
        said = gives(plan(asked(encryption="own"))).encryption
        assert "boot disks" in said
        assert said.endswith("local SSDs, logs and metrics by Google's keys")


class TestRegistry:
    def test_tags_are_immutable_and_only_this_cluster_pulls(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked(registry="private")) as run:
            assert run.refusals == []
            repository, grants = the(run, "Repository"), of(run, "RepositoryIamMember")
            nodes = the(run, "Account").outputs["member"]
        assert repository.inputs["format"] == "DOCKER"
        assert repository.inputs["dockerConfig"] == {"immutableTags": True}
        assert repository.inputs["vulnerabilityScanningConfig"] == {"enablementConfig": "INHERITED"}
        assert {row.inputs["role"] for row in grants} == {"roles/artifactregistry.reader"}
        members = {row.inputs["member"] for row in grants}
        assert nodes in members
        assert len(members) == 2

    def test_none_is_made_unasked(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked()) as run:
            assert of(run, "Repository") == []


class TestEndpoints:
    PRIVATE: Mapping[str, Any] = {"network": {"endpoints": "private"}}

    def test_names_of_googles_apis_lead_to_an_address_of_the_network(self, tmp_path: Path) -> None:
        """VPC, "Access Google APIs through endpoints"."""
        with dry_run(tmp_path, asked(**self.PRIVATE)) as run:
            assert run.refusals == []
            rule, address = the(run, "GlobalForwardingRule"), the(run, "GlobalAddress")
            zones, records = of(run, "ManagedZone"), of(run, "RecordSet")
        assert rule.inputs["target"] == "all-apis"
        assert rule.inputs["name"].isalnum()
        assert len(rule.inputs["name"]) <= 20
        assert address.inputs["purpose"] == "PRIVATE_SERVICE_CONNECT"
        assert {row.inputs["dnsName"] for row in zones} == {"googleapis.com.", "gcr.io.", "pkg.dev."}
        assert {row.inputs["visibility"] for row in zones} == {"private"}
        assert [row.inputs["rrdatas"] for row in records if row.inputs["type"] == "A"] == [
            [address.inputs["address"]]
        ] * 3
        assert all(row.inputs["name"].startswith("*.") for row in records if row.inputs["type"] == "CNAME")

    def test_its_address_is_in_no_other_range(self) -> None:
        made = plan(asked(**self.PRIVATE))
        assert made.endpoints is not None
        address = IPv4Address(made.endpoints.address)
        space = addresses("10.0.0.0/8", CloudName.GCP)
        assert address in space.storage
        *_, of_file_systems = space.storage.subnets(new_prefix=20)
        assert address not in of_file_systems

    def test_the_bucket_is_open_to_the_network_alone(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked(**self.PRIVATE)) as run:
            bucket, subnetwork = the(run, "Bucket"), the(run, "Subnetwork")
        given = bucket.inputs["ipFilter"]
        (source,) = given["vpcNetworkSources"]
        assert given["mode"] == "Enabled"
        assert "publicNetworkSource" not in given
        assert source["network"].endswith("/global/networks/" + plan(asked()).control_plane.name)
        pods = subnetwork.inputs["secondaryIpRanges"][0]["ipCidrRange"]
        assert source["allowedIpCidrRanges"] == [subnetwork.inputs["ipCidrRange"], pods]

    def test_the_workloads_right_can_be_given_and_taken_from_outside(self, tmp_path: Path) -> None:
        """Cloud Storage, "Bypass bucket IP filtering rules": a bucket's policy is not among what can be bypassed."""
        with dry_run(tmp_path, asked(**self.PRIVATE)) as run:
            assert of(run, "BucketIAMMember") == []
            (grant,) = (row for row in of(run, "IAMMember") if row.inputs["role"] == "roles/storage.objectUser")
            bucket = the(run, "Bucket").id
        assert f'"projects/_/buckets/{bucket}"' in grant.inputs["condition"]["expression"]
        assert f'startsWith("projects/_/buckets/{bucket}/")' in grant.inputs["condition"]["expression"]

    def test_in_an_existing_network_no_name_leads_elsewhere(self, tmp_path: Path) -> None:
        request = asked(network={"endpoints": "private", "existing": [EXISTING]})
        with dry_run(tmp_path, request, before=existing_network()) as run:
            assert run.refusals == []
            assert of(run, "ManagedZone") == []
            (source,) = the(run, "Bucket").inputs["ipFilter"]["vpcNetworkSources"]
        assert source == {"network": SHARED, "allowedIpCidrRanges": ["0.0.0.0/0"]}

    def test_all_of_it_can_be_deleted_again(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked(**self.PRIVATE)) as run:
            for row in reversed(run.resources):
                if row.type.startswith("gcp:"):
                    run.delete(row.type, row.id)

    @pytest.mark.parametrize(
        ("spec", "reason"),
        [
            ({"registry": "private"}, "VPC Service Controls"),
            ({"storage": {"checkpoints": {"keep": "scratch"}}}, "cannot be emptied"),
        ],
    )
    def test_what_google_cannot_close_is_refused(self, spec: dict[str, Any], reason: str) -> None:
        with pytest.raises(NotFeasible, match=reason):
            plan(asked(**self.PRIVATE, **spec))


class TestVersion:
    def test_pools_follow_the_control_plane(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked(kubernetes={"version": "1.35"})) as run:
            assert run.refusals == []
            cluster = the(run, "Cluster")
            versions = [row.inputs["version"] for row in of(run, "NodePool")]
        assert cluster.inputs["minMasterVersion"] == "1.35"
        assert cluster.outputs["masterVersion"].startswith("1.35.")
        assert versions == [cluster.outputs["masterVersion"]] * 2

    def test_without_one_the_channel_decides(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked()) as run:
            assert "minMasterVersion" not in the(run, "Cluster").inputs
            assert not any("version" in row.inputs for row in of(run, "NodePool"))

    def test_a_version_that_the_cloud_does_not_have_is_the_clouds_to_refuse(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked(kubernetes={"version": "1.99"})) as run:
            assert 'Master version "1.99" is unsupported' in run.refusals[0].text


class TestProtection:
    def test_it_is_set_when_the_cluster_stands(self, tmp_path: Path) -> None:
        request = asked(deletionProtection=True, registry="private")
        made, standing = plan(request), plan(replace(request, complete=True))
        assert not made.control_plane.protected
        assert standing.control_plane.protected
        with dry_run(tmp_path, replace(request, complete=True)) as run:
            assert run.refusals == []
            for row in (the(run, "Cluster"), the(run, "Repository"), the(run, "Bucket")):
                with pytest.raises(Refused, match="deletion_p"):
                    run.delete(row.type, row.id)

    def test_scratch_is_not_protected(self) -> None:
        request = asked(deletionProtection=True, storage={"checkpoints": {"keep": "scratch"}})
        assert not plan(replace(request, complete=True)).bucket.protected


class TestBootstrap:
    def test_a_key_in_every_region_rotates_and_stays(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked(), before=bootstrapped("us-central1", "europe-west4", "us-central1")) as run:
            assert run.refusals == []
            keys, rings = of(run, "CryptoKey"), of(run, "KeyRing")
            grants = of(run, "CryptoKeyIAMMember")
            (state,) = (row for row in of(run, "Bucket") if row.name == "wayfare-state")
        assert {row.inputs["location"] for row in rings} == {"us-central1", "europe-west4"}
        assert {row.inputs["rotationPeriod"] for row in keys} == {"7776000s"}
        agents = {row.inputs["member"].partition("@")[2] for row in grants}
        assert agents == {
            "compute-system.iam.gserviceaccount.com",
            "container-engine-robot.iam.gserviceaccount.com",
            "gs-project-accounts.iam.gserviceaccount.com",
            "gcp-sa-artifactregistry.iam.gserviceaccount.com",
            "gcp-sa-lustre.iam.gserviceaccount.com",
        }
        assert len(grants) == 2 * len(agents)
        assert state.inputs["name"] == "wayfare-sandbox-wayfare-state"
        assert state.inputs["versioning"] == {"enabled": True}
        assert state.inputs["publicAccessPrevention"] == "enforced"
        assert state.inputs["encryption"]["defaultKmsKeyName"].startswith(
            "projects/wayfare-sandbox/locations/us-central1/"
        )

    def test_services_are_never_disabled(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked(), before=bootstrapped("us-central1")) as run:
            services = [row for row in of(run, "Service") if row.type.startswith("gcp:")]
        assert {row.inputs["service"] for row in services} >= {"cloudkms.googleapis.com", "container.googleapis.com"}
        assert not any(row.inputs["disableOnDestroy"] for row in services)

    def test_without_a_region_it_asks_for_one(self) -> None:
        with pytest.raises(ValueError, match="at least one region"):
            bootstrap_plan([])


class TestMonitoring:
    WATCHED: Mapping[str, Any] = {"monitoring": {"metrics": "managed", "notify": ["oncall@example.com"]}}

    def test_each_rule_is_a_policy_that_tells_who_wants_to_know(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked("TrainingCluster", **self.WATCHED)) as run:
            assert run.refusals == []
            policies, channel = of(run, "AlertPolicy"), the(run, "NotificationChannel")
            name = the(run, "Cluster").inputs["name"]
        wanted = {f"{name} {alert.name}" for alert in alerts_for(AcceleratorName.H100)}
        assert {row.inputs["displayName"] for row in policies} == wanted
        assert channel.inputs["labels"] == {"email_address": "oncall@example.com"}
        assert all(row.inputs["notificationChannels"] == [channel.id] for row in policies)

    def test_every_rule_looks_at_this_cluster_alone(self) -> None:
        """Cloud Monitoring evaluates PromQL over all metrics of a project."""
        made = plan(asked("TrainingCluster", **self.WATCHED))
        assert made.monitoring is not None
        for alert in made.monitoring.alerts:
            metrics = re.findall(r"(?:DCGM_FI|node_network|kube_|kubernetes_io:)\w+", alert.expression)
            assert metrics
            assert alert.expression.count(f'="{made.control_plane.name}"') == len(metrics), alert.expression

    def test_the_exporters_are_collected_and_do_not_run_twice(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked(**self.WATCHED)) as run:
            assert run.refusals == []
            charts = {row.inputs["chart"] for row in of(run, "Release")}
            collected = [row.inputs["spec"]["selector"]["matchLabels"] for row in of(run, "ClusterPodMonitoring")]
            cluster = the(run, "Cluster")
        assert charts == {"dcgm-exporter", "prometheus-node-exporter"}
        assert sorted(each["app.kubernetes.io/name"] for each in collected) == sorted(charts)
        assert cluster.inputs["monitoringConfig"] == {
            "enableComponents": ["SYSTEM_COMPONENTS"],
            "managedPrometheus": {"enabled": True},
        }

    def test_a_server_that_is_idle_does_not_hang(self) -> None:
        made = plan(asked(**self.WATCHED)).monitoring
        assert made is not None
        assert "JobStalled" not in {alert.name for alert in made.alerts}

    def test_nothing_is_watched_unasked(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked()) as run:
            assert of(run, "AlertPolicy") == of(run, "Release") == []
            assert the(run, "Cluster").inputs["monitoringConfig"]["enableComponents"] == ["SYSTEM_COMPONENTS", "DCGM"]

    def test_what_google_numbers_is_found_by_what_it_shows(self, tmp_path: Path) -> None:
        with dry_run(tmp_path, asked(**self.WATCHED)) as run:
            made = [row for row in run.resources if ":monitoring/" in row.type]
            found = ids(run, [Lost(row.urn, row.type, row.name, row.inputs) for row in made])
            listed = {item.id.partition(".com/")[2] for item in inventory(run, "llm", "us-central1")}
        assert found == {row.urn: row.id for row in made}
        assert {row.id for row in made} <= listed


EVERYTHING: Mapping[str, Any] = {
    "admins": {"gcp": ["ml-admins@example.com"]},
    "secrets": {"gcp": ["projects/wayfare-sandbox/secrets/hub-token"]},
    "encryption": "own",
    "network": {"endpoints": "private"},
}
"""With all that can be had together."""


def prepared(run: DryRun) -> None:
    bootstrapped("us-central1")(run)
    a_secret("hub-token")(run)
    run.resources.clear()  # what a cluster has is looked at alone


@pytest.mark.parametrize("spec", [EVERYTHING, {"registry": "private"}], ids=["endpoints", "registry"])
class TestWhole:
    def test_what_was_lost_is_found_by_what_was_asked_for(self, tmp_path: Path, spec: Mapping[str, Any]) -> None:
        with dry_run(tmp_path, asked(**spec), before=prepared) as run:
            assert run.refusals == []
            made = [row for row in run.resources if row.type.startswith("gcp:")]
        lost = [Lost(row.urn, row.type, row.name, row.inputs) for row in made]
        assert adoption.named(lost, "wayfare-sandbox") == {row.urn: row.id for row in made}

    def test_the_inventory_shows_all_that_is_an_asset(self, tmp_path: Path, spec: Mapping[str, Any]) -> None:
        with dry_run(tmp_path, asked(**spec), before=prepared) as run:
            found = {item.id for item in inventory(run, "llm", "us-central1")}
            assets = run.clouds["gcp"].invoke(
                "gcp:cloudasset/getSearchAllResources:getSearchAllResources", {"query": ""}, {}
            )
        of_bootstrap = ("keyRings", "wayfare-state", "secrets")
        there = {row["name"] for row in assets["results"]}
        assert found == {name for name in there if not any(part in name for part in of_bootstrap)}

    @pytest.mark.parametrize("name", ["a", LONGEST])
    def test_names_are_within_their_limits(self, tmp_path: Path, spec: Mapping[str, Any], name: str) -> None:
        with dry_run(tmp_path, asked(name=name, **spec), before=prepared) as run:
            assert run.refusals == []
        for row in run.resources:
            if row.type in LIMITS:
                key, most, form = LIMITS[row.type]
                assert len(row.inputs[key]) <= most
                assert re.fullmatch(form, row.inputs[key]), row.inputs[key]


WATCHED = TestMonitoring.WATCHED
ELSEWHERE = "projects/wayfare-sandbox/locations/europe-west4/keyRings/wayfare/cryptoKeys/wayfare"


@pytest.mark.parametrize(
    ("spec", "type", "path", "value", "said"),
    [
        (EVERYTHING, "Cluster", "databaseEncryption.keyName", ELSEWHERE, "the key is in europe-west4"),
        (EVERYTHING, "NodePool", "nodeConfig.bootDiskKmsKey", ELSEWHERE, "the key is in europe-west4"),
        (EVERYTHING, "Bucket", "encryption.defaultKmsKeyName", ELSEWHERE, "the key is in europe-west4"),
        (EVERYTHING, "Bucket", "ipFilter.vpcNetworkSources", ..., "would close the bucket to everybody"),
        (EVERYTHING, "Bucket", "ipFilter.mode", "ENABLED", "expected ipFilter.mode to be one of"),
        (EVERYTHING, "GlobalForwardingRule", "name", "llm-googleapis", "doesn't match regexp"),
        (EVERYTHING, "GlobalForwardingRule", "loadBalancingScheme", "EXTERNAL", "set it to an empty text"),
        (EVERYTHING, "GlobalAddress", "addressType", "EXTERNAL", "is INTERNAL"),
        (EVERYTHING, "GlobalAddress", "address", "10.128.0.9", "is in the range of subnetwork"),
        (EVERYTHING, "ManagedZone", "dnsName", "googleapis.com", "must end with a dot"),
        (EVERYTHING, "RecordSet", "name", "googleapis.com", "must end with a dot"),
        ({"registry": "private"}, "Repository", "format", "docker", "is not one of DOCKER, MAVEN"),
        ({"registry": "private"}, "Repository", "repositoryId", "LLM", "doesn't match regexp"),
        ({"registry": "private"}, "Repository", "kmsKeyName", ELSEWHERE, "the key is in europe-west4"),
        ({"registry": "private"}, "RepositoryIamMember", "repository", "others", "404"),
        (EVERYTHING, "SecretIamMember", "secretId", "others", "not found"),
        ({"kubernetes": {"version": "1.33"}}, "NodePool", "version", "1.34", "must not have a greater version"),
        ({}, "BucketIAMMember", "bucket", "others", "does not exist"),
        (WATCHED, "NotificationChannel", "labels.email_address", "somebody", "is no mail address"),
        (WATCHED, "AlertPolicy", "severity", "critical", "is not one of"),
        (
            WATCHED,
            "AlertPolicy",
            "conditions[0].conditionPrometheusQueryLanguage.evaluationInterval",
            "45s",
            "multiple of 30 seconds",
        ),
    ],
)
def test_a_mistake_is_refused(
    tmp_path: Path, spec: Mapping[str, Any], type: str, path: str, value: object, said: str
) -> None:
    """Planted into what the components declare; what the vendor's documents forbid, in the sandbox's words."""

    def edit(made: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        return changed(inputs, path, value) if made.endswith(f":{type}") and name.startswith("llm") else inputs

    with dry_run(tmp_path, asked(**spec), edit, before=prepared) as run:
        assert run.refusals
        assert run.refusals[0].type.endswith(f":{type}")
        assert said in run.refusals[0].text


def test_the_policy_of_a_closed_bucket_cannot_be_set_from_outside(tmp_path: Path) -> None:
    with dry_run(tmp_path, asked(**EVERYTHING), before=prepared) as run:
        bucket = the(run, "Bucket").id
        member = {"bucket": bucket, "role": "roles/storage.objectUser", "member": "user:somebody@example.com"}
        with pytest.raises(Refused, match="IP filtering condition"):
            run.make("gcp:storage/bucketIAMMember:BucketIAMMember", "late", member)
