"""Google Cloud's platform side: what a blueprint asks for besides accelerators, made by the sandbox and looked at."""

import json
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from tests.contract.dry_run import DryRun, MadeOne, dry_run
from tests.contract.platform_gcp import EXISTING, SHARED, asked, existing_network, lacking
from wayfare.components.gcp.gives import gives
from wayfare.components.gcp.planning import plan

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
