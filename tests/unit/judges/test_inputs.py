"""What the judges are handed, the mistakes planted in it, and what a waiver speaks of."""

import pytest

from tests.golden.graph import Graph, Resource
from tests.judges.cases import Case
from tests.judges.checkov import Finding
from tests.judges.errors import NotConvertible
from tests.judges.inputs import inputs
from tests.judges.planted import GONE, Plant, planted
from tests.judges.waivers import Waivers, covers, waivers
from wayfare.blueprints import CloudName

ROW = Resource(
    "aws:s3/bucket:Bucket", "data", None, frozenset(), (), {"tags": {"a": "b"}, "rules": [{"x": 1}, {"x": 2}]}
)
GRAPH: Graph = {ROW.key: ROW}


def test_a_package_that_no_judge_reads_is_an_error() -> None:
    other = Resource("random:index:RandomId", "one", None, frozenset(), (), {})
    with pytest.raises(NotConvertible, match="no judge reads random:index:RandomId"):
        inputs({other.key: other})


def test_a_plant_edits_one_resource() -> None:
    plant = Plant("CKV", ROW.type, {"tags.a": "c", "rules.1.x": GONE, "versioning.enabled": True})
    assert planted(GRAPH, plant)[ROW.key].inputs == {
        "tags": {"a": "c"},
        "rules": [{"x": 1}, {}],
        "versioning": {"enabled": True},
    }
    assert ROW.inputs["tags"] == {"a": "b"}


def test_a_plant_takes_a_resource_away() -> None:
    assert not planted(GRAPH, Plant("CKV", ROW.type, gone=True))


@pytest.mark.parametrize("plant", [Plant("CKV", ROW.type, name="other"), Plant("CKV", "aws:eks/cluster:Cluster")])
def test_a_plant_that_names_nothing_is_an_error(plant: Plant) -> None:
    with pytest.raises(ValueError, match="0 resources are called so"):
        planted(GRAPH, plant)


def test_the_file_of_waivers_can_be_read() -> None:
    assert "CKV_K8S_100" in waivers().not_asked
    assert waivers().accepted


def test_a_waiver_speaks_of_its_check_resource_cloud_and_blueprints() -> None:
    known = Waivers.model_validate(
        {
            "left_out": [],
            "accepted": [
                {
                    "checks": ["CKV_AWS_21"],
                    "resources": ["aws_s3_bucket.*"],
                    "clouds": ["aws"],
                    "blueprints": ["serve-*"],
                    "reason": "scratch is not kept for later",
                }
            ],
            "unclaimed": [],
        }
    )
    (part,) = known.accepted[0].parts()
    finding = Finding("CKV_AWS_21", "aws_s3_bucket", "data", passed=False, title="")
    assert covers(part, Case(CloudName.AWS, "serve-small"), finding)
    assert not covers(part, Case(CloudName.AWS, "finetune-a100"), finding)
    assert not covers(part, Case(CloudName.GCP, "serve-small"), finding)
    assert not covers(
        part, Case(CloudName.AWS, "serve-small"), Finding("CKV_AWS_21", "aws_s3_bucket_acl", "d", False, "")
    )
