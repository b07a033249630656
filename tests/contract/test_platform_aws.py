"""Networks, access, identities, versions and protection on AWS: what is declared passes the sandbox and is what AWS's
documentation asks for."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract.dry_run import DryRun, changed, dry_run
from tests.contract.platform_aws import (
    AWS,
    CLUSTER,
    NODES,
    PRIVATE,
    of,
    policy,
    update,
    wish,
    with_network,
)
from tests.golden.cases import TRAINING
from wayfare.sandbox.behaviour import Refused
from wayfare.sandbox.scenario import OperatorRow


def test_an_existing_network_is_used_and_nothing_of_it_is_made(tmp_path: Path) -> None:
    """EKS User Guide, "Cluster API server endpoint": the private endpoint's security group must let 443 in from the
    connected networks."""
    ids: list[str] = []

    def before(run: DryRun) -> None:
        ids.extend(with_network(run))

    def edit(type: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - an `Edit`
        named = ["vpc-0a1b2c3d4e5f60718", *(f"subnet-0a1b2c3d4e5f6000{index}" for index in (1, 2, 3))]
        text = json.dumps(inputs)
        for asked, id in zip(named, ids, strict=True):
            text = text.replace(asked, id)
        return json.loads(text)

    operator = OperatorRow(connected=(AWS,))
    with dry_run(tmp_path, wish(TRAINING, **PRIVATE), edit, operator, before) as run:
        kinds = {row.type for row in run.resources}
        assert not kinds & {"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/natGateway:NatGateway"}
        assert not kinds & {"aws:ec2/routeTable:RouteTable", "aws:ec2/vpcEndpoint:VpcEndpoint"}
        (cluster,) = of(run, CLUSTER)
        network = cluster.inputs["vpcConfig"]
        assert network["subnetIds"] == ids[1:3]
        assert (network["endpointPublicAccess"], network["endpointPrivateAccess"]) == (False, True)
        assert "publicAccessCidrs" not in network
        (pool,) = of(run, NODES, "accelerator-nodes")
        assert pool.inputs["subnetIds"] == ids[3:]
        (fabric,) = of(run, "aws:ec2/securityGroup:SecurityGroup")
        assert fabric.inputs["vpcId"] == ids[0]
        (door,) = of(run, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "allow-10-20-0-0-16")
        assert door.inputs["securityGroupId"] == cluster.outputs["vpcConfig"]["clusterSecurityGroupId"]
        assert (door.inputs["fromPort"], door.inputs["toPort"], door.inputs["cidrIpv4"]) == (443, 443, "10.20.0.0/16")


def test_another_space_moves_every_address(tmp_path: Path) -> None:
    with dry_run(tmp_path, wish(network={"space": "10.64.0.0/10"})) as run:
        (vpc,) = of(run, "aws:ec2/vpc:Vpc")
        assert vpc.inputs["cidrBlock"] == "10.64.0.0/16"
        assert len(of(run, "aws:ec2/subnet:Subnet")) == 4
        (cluster,) = of(run, CLUSTER)
        assert cluster.inputs["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "10.65.0.0/16"


def test_administrators_become_access_entries_with_the_cluster_admin_policy(tmp_path: Path) -> None:
    """EKS User Guide, "Associate access policies with access entries"."""
    arns = ["arn:aws:iam::123456789012:role/platform/oncall", "arn:aws:iam::123456789012:user/root-of-trust"]
    with dry_run(tmp_path, wish(admins={"aws": arns})) as run:
        entries = [row.inputs["principalArn"] for row in of(run, "aws:eks/accessEntry:AccessEntry")]
        assert sorted(entries) == sorted(["arn:aws:iam::123456789012:role/Administrator", *arns])
        policies = of(run, "aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
        assert sorted(row.inputs["principalArn"] for row in policies) == sorted(entries)
        admin = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
        assert {row.inputs["policyArn"] for row in policies} == {admin}


def test_the_workload_reads_exactly_the_secrets_that_are_named(tmp_path: Path) -> None:
    secrets = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:hub-token-AbCdEf"]
    with dry_run(tmp_path, wish(secrets={"aws": secrets})) as run:
        (row,) = of(run, "aws:iam/rolePolicy:RolePolicy", "secrets")
        read, decrypt = policy(row)
        assert read["Resource"] == secrets
        assert set(read["Action"]) == {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}
        assert decrypt["Condition"]["StringEquals"] == {
            "kms:ViaService": ["secretsmanager.us-east-1.amazonaws.com"],
            "kms:EncryptionContext:SecretARN": secrets,
        }


def test_a_chosen_version_is_the_control_planes_and_both_pools(tmp_path: Path) -> None:
    with dry_run(tmp_path, wish(kubernetes={"version": "1.34"})) as run:
        versions = [row.inputs["version"] for row in (*of(run, CLUSTER), *of(run, NODES))]
        assert versions == ["1.34"] * 3


@pytest.mark.parametrize(
    ("type", "version", "said"),
    [
        (CLUSTER, "1.38", "Unsupported Kubernetes minor version update from 1.36 to 1.38"),
        (CLUSTER, "1.35", "Unsupported Kubernetes minor version update from 1.36 to 1.35"),
        (NODES, "1.37", "is greater than the cluster's Kubernetes version 1.36"),
    ],
    ids=["two at once", "down", "nodes before the control plane"],
)
def test_versions_go_up_one_at_a_time_and_nodes_do_not_lead(tmp_path: Path, type: str, version: str, said: str) -> None:
    """EKS User Guide, "Update existing cluster to new Kubernetes version"."""
    with dry_run(tmp_path, wish()) as run:
        row = of(run, type)[0]
        with pytest.raises(Refused) as refused:
            update(run, row, changed(row.inputs, "version", version))
        assert said in str(refused.value)


def test_a_protected_cluster_is_not_deleted_until_it_is_no_longer_protected(tmp_path: Path) -> None:
    """EKS API reference, `deletionProtection`; set when the cluster stands, never while it is made."""
    standing = replace(wish(deletionProtection=True), complete=True)
    with dry_run(tmp_path, standing) as run:
        (cluster,) = of(run, CLUSTER)
        assert cluster.inputs["deletionProtection"] is True
        with pytest.raises(Refused, match="deletion protection"):
            run.delete(CLUSTER, cluster.id)
    with dry_run(tmp_path / "2", wish(deletionProtection=True)) as run:
        assert of(run, CLUSTER)[0].inputs["deletionProtection"] is False
