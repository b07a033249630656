"""What the workload of a plan declares, in a cluster of no cloud's."""

import pulumi
from pulumi.runtime import mocks

from tests.golden.graph import Answers, Graph, Recorder
from tests.mocked import event_loop, settled
from wayfare.components.contract import ClusterOutputs, ClusterPlan
from wayfare.components.kubernetes.layers import Given
from wayfare.components.kubernetes.workload import Workload
from wayfare.components.pods import Volume


def declaring(plan: ClusterPlan, *volumes: Volume) -> Graph:
    """The resources, by type and name."""
    answers = Answers()
    recorder = Recorder(answers)

    async def declare() -> None:
        cluster = pulumi.ComponentResource("wayfare:index:Cluster", "cluster")
        outputs = ClusterOutputs(
            endpoint="https://c",
            kubeconfig=pulumi.Output.secret("{}"),
            checkpoints="s3://b",
            identity="i",
            issuer="https://i",
            network="n",
            node_pool="p",
            capacity=None,
            control_plane=cluster,
            ready=[cluster],
        )
        Workload("w", plan, outputs, Given(volumes=volumes))
        await settled()

    with event_loop() as loop:
        mocks.set_mocks(answers, project="wayfare", stack="workload", preview=False, monitor=recorder)
        loop.run_until_complete(declare())
    return recorder.recorded
