"""A copy's objects beside what the components declare on each cloud: its API, quotas and controls let them through."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract.asked import request as asked
from tests.contract.asked import sold
from tests.contract.dry_run import DryRun, dry_run
from tests.golden.cases import TRAINING, request
from tests.schemas.judge import misfits
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud
from wayfare.components.contract import NotFeasible, Request
from wayfare.components.controls import Resource, Terms, violations
from wayfare.components.kubernetes.carrying import objects
from wayfare.components.pods import ClusterObject, PodNeeds
from wayfare.components.trusting import Trusted
from wayfare.sandbox.behaviour import Refused
from wayfare.sandbox.copies.jobs import jobs
from wayfare.stacks.carrying.order import CopyOrder, Place

SOURCE, TARGET = Place(url="s3://a", region="us-east-1"), Place(url="gs://b", region="us-east4")
TRUSTED = Trusted({"A": "b"}, {"google.json": "{}"}, "sts.amazonaws.com")


def planned(pods: PodNeeds, shares: int = 16) -> tuple[ClusterObject, ...]:
    order = CopyOrder.new("llm.gcp-us-east4", SOURCE, TARGET, ["+ /a**\n"] * shares, pods, None)
    return objects(order.carriage(TRUSTED))


def token(wanted: ClusterObject) -> str:
    return f"kubernetes:{'core/v1' if wanted.api_version == 'v1' else wanted.api_version}:{wanted.kind}"


def made(run: DryRun, wanted: tuple[ClusterObject, ...]) -> None:
    for each in wanted:
        run.make(token(each), each.name, each.manifest())


@pytest.mark.parametrize("on", CloudName)
def test_what_any_machine_type_asks_of_it_is_what_its_definition_says(on: CloudName) -> None:
    judged = set[tuple[Any, ...]]()
    for machine, purchase in sold(on):
        try:
            pods = cloud(on).plan(asked(on, machine, purchase)).pods
        except NotFeasible:
            continue
        if (key := (pods.tolerations, *sorted(pods.labels.items()))) not in judged:
            judged.add(key)
            assert [misfits(each) for each in planned(pods)] == [[], [], []], machine.name
    assert judged


@pytest.mark.parametrize("on", CloudName)
def test_the_clusters_api_takes_it_while_the_queue_is_held_and_its_pods_have_nodes(
    tmp_path: Path, on: CloudName
) -> None:
    held: Request = replace(request(on, TRAINING), held=True)
    with dry_run(tmp_path, held) as run:
        assert run.refusals == []
        made(run, planned(cloud(on).plan(held).pods))
        (job,) = jobs(run.store).values()
        assert (job.completions, job.at_once, job.waits) == (16, 16, "")
        assert job.acting.issuer.startswith("https://")
        assert job.stack == f"llm-pretrain.{on}-{run.region}"
        with pytest.raises(Refused, match="not found"):
            made(run, (replace(planned(PodNeeds({}, {}))[-1], namespace="elsewhere"),))


@pytest.mark.parametrize("on", CloudName)
def test_no_control_is_broken_by_it(on: CloudName) -> None:
    for pods in (cloud(on).plan(request(on, TRAINING)).pods, PodNeeds({}, {})):
        resources = [Resource(token(each), each.name, each.manifest()) for each in planned(pods)]
        assert [str(violation) for violation in violations(resources, Terms())] == []
    # And a control that looks at it would find something.
    job = resources[-1]
    job.inputs["spec"]["template"]["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    assert violations([job], Terms())
