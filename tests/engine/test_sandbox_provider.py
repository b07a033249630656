"""The real engine against the sandbox: what an up, a refresh and a destroy make of its answers."""

import asyncio
import gc
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation

from wayfare.sandbox.client import Sandbox
from wayfare.stacks.engine.install import Engine

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": ["eks.amazonaws.com", "ec2.amazonaws.com"]},
            }
        ],
    }
)


def program() -> None:
    import pulumi_aws as aws
    import pulumi_kubernetes as kubernetes

    tags = {"wayfare-cluster": "trial"}
    provider = aws.Provider("aws", region="us-east-1", default_tags={"tags": {"owner": "me"}})
    there = pulumi.ResourceOptions(provider=provider)
    network = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, tags=tags, opts=there)
    subnets = [
        aws.ec2.Subnet(
            f"subnet-{letter}",
            vpc_id=network.id,
            cidr_block=f"10.0.{number}.0/24",
            availability_zone=f"us-east-1{letter}",
            opts=there,
        )
        for number, letter in enumerate("ab")
    ]
    role = aws.iam.Role("role", assume_role_policy=TRUST, opts=there)
    granted = [
        aws.iam.RolePolicyAttachment(policy, role=role.name, policy_arn=f"arn:aws:iam::aws:policy/{policy}", opts=there)
        for policy in ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
    ]
    cluster = aws.eks.Cluster(
        "cluster",
        role_arn=role.arn,
        vpc_config={"subnet_ids": [subnet.id for subnet in subnets]},
        tags=tags,
        opts=there,
    )
    aws.eks.NodeGroup(
        "pool",
        cluster_name=cluster.name,
        node_role_arn=role.arn,
        subnet_ids=[subnets[0].id],
        instance_types=["p5.48xlarge"],
        scaling_config={"desired_size": 2, "min_size": 0, "max_size": 2},
        opts=pulumi.ResourceOptions(provider=provider, depends_on=granted),
    )
    inside = pulumi.ResourceOptions(
        provider=kubernetes.Provider("kubernetes", kubeconfig=cluster.endpoint.apply(kubeconfig))
    )
    space = kubernetes.core.v1.Namespace("work", metadata={"name": "work"}, opts=inside)
    kubernetes.core.v1.Secret(
        "secret", metadata={"namespace": space.metadata["name"]}, string_data={"key": "hush-hush"}, opts=inside
    )
    pulumi.export("tags", cluster.tags_all)
    pulumi.export("group", cluster.vpc_config.cluster_security_group_id)


def kubeconfig(endpoint: str) -> str:
    return json.dumps(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": endpoint}}],
        }
    )


@pytest.fixture
def sandbox(tmp_path: Path) -> Generator[Sandbox]:
    running = Sandbox(tmp_path / "home")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def closed_loops() -> Generator[None]:
    """The Automation API leaves the event loops of its inline programs open."""
    yield
    for each in gc.get_objects():
        if isinstance(each, asyncio.AbstractEventLoop) and not each.is_running():
            each.close()


@pytest.fixture
def stack(engine: Engine, sandbox: Sandbox, tmp_path: Path, closed_loops: None) -> automation.Stack:  # noqa: ARG001
    options = automation.LocalWorkspaceOptions(
        pulumi_command=automation.PulumiCommand(root=str(engine.directory.parent)),
        work_dir=str(tmp_path),
        env_vars=sandbox.environment(),
        project_settings=automation.ProjectSettings(
            "trial", "python", backend=automation.ProjectBackend(sandbox.environment()["PULUMI_BACKEND_URL"])
        ),
    )
    return automation.create_stack("dev", "trial", program=program, opts=options)


def changed(summary: Any) -> dict[str, int]:
    return {kind: count for kind, count in summary.resource_changes.items() if kind != "same"}


def test_a_stack_comes_up_heals_drifts_and_goes(sandbox: Sandbox, stack: automation.Stack) -> None:
    sandbox.set_capacity("aws", "us-east-1", "p5.48xlarge", 1)
    with pytest.raises(automation.CommandError, match="InsufficientInstanceCapacity"):
        stack.up()
    state = stack.export_stack().deployment
    assert state is not None
    (half_made,) = [resource for resource in state["resources"] if resource.get("initErrors")]
    assert half_made["type"] == "aws:eks/nodeGroup:NodeGroup"

    sandbox.set_capacity("aws", "us-east-1", "p5.48xlarge", 2)
    healed = stack.up()
    assert healed.outputs["tags"].value == {"owner": "me", "wayfare-cluster": "trial"}
    assert healed.outputs["group"].value.startswith("sg-")
    assert changed(stack.up().summary) == {}
    checkpoints = list((sandbox.directory / "backend").rglob("dev.json"))
    assert checkpoints
    assert all("hush-hush" not in file.read_text() for file in checkpoints)
    assert "hush-hush" not in (sandbox.directory / "sandbox.log").read_text()

    (cluster,) = [row for row in sandbox.inventory("trial")["resources"] if "Cluster" in row["token"]]
    sandbox.drift("aws", cluster["token"], cluster["id"], "tags", {"wayfare-cluster": "other"})
    assert changed(stack.refresh().summary) == {"update": 1}
    assert changed(stack.up().summary) == {"update": 1}

    stack.destroy()
    assert sandbox.inventory() == {"resources": [], "kubernetes": []}
