"""The Job of a copy: what reaches rclone is what was meant, and it may do nothing else."""

import base64
import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.schemas.judge import misfits
from wayfare.components.contract import NAMESPACE, SERVICE_ACCOUNT
from wayfare.components.kubernetes.carrying import SHARES, Carriage, objects
from wayfare.components.kubernetes.queues import QUEUE_LABEL
from wayfare.components.pods import Toleration
from wayfare.components.trusting import FILES, TOKEN, Trusted
from wayfare.sandbox.pods import environment_of, expanded

CARRIAGE = Carriage(
    name="wayfare-copy-1",
    image="rclone/rclone:1.75.2",
    arguments=("copy", "source:a/$(HOME)", "target:b", "--checksum"),
    chosen="--filter-from",
    shares=("- /x**\n", "+ /x**\n- **\n"),
    environment={"RCLONE_CONFIG_SOURCE_TYPE": "s3"},
    trusted=Trusted({"AWS_ROLE_ARN": "arn:aws:iam::1:role/r"}, {"google.json": "{}"}, "sts.amazonaws.com"),
    tolerations=(Toleration("nvidia.com/gpu"),),
    labels={"azure.workload.identity/use": "true"},
)


def job(carriage: Carriage = CARRIAGE) -> dict[str, Any]:
    return objects(carriage)[-1].manifest()


def container(carriage: Carriage = CARRIAGE) -> dict[str, Any]:
    (found,) = job(carriage)["spec"]["template"]["spec"]["containers"]
    return found


def test_every_object_is_what_its_definition_says() -> None:
    for carriage in (CARRIAGE, replace(CARRIAGE, trusted=Trusted(), shares=("a\0",), chosen="--files-from0")):
        assert [misfits(each) for each in objects(carriage)] == [[] for _ in objects(carriage)]


def test_a_pod_for_each_share_finds_its_own_by_its_index() -> None:
    spec = job()["spec"]
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 2, 2)
    assert "ttlSecondsAfterFinished" not in spec
    shares = objects(CARRIAGE)[0].manifest()
    assert shares["data"] == {"share-0": "- /x**\n", "share-1": "+ /x**\n- **\n"}
    # As the kubelet does it: nothing else of the arguments is filled in.
    known = {"JOB_COMPLETION_INDEX": "1", "HOME": "/root"}
    arguments = [expanded(each, known) for each in container()["args"]]
    assert arguments == [*CARRIAGE.arguments, f"--filter-from={SHARES}/share-1"]
    assert container()["command"] == ["rclone"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.text("$()AB\\ ", max_size=12))
def test_names_and_values_reach_rclone_as_they_are(one: str, other: str) -> None:
    carriage = replace(CARRIAGE, arguments=(one, other), environment={"A": one, "B": other}, trusted=Trusted())
    known = environment_of(container(carriage)["env"])
    assert known == {"A": one, "B": other}
    assert [expanded(each, known) for each in container(carriage)["args"][:2]] == [one, other]


def test_what_would_not_do_as_text_is_kept_as_bytes() -> None:
    found = objects(replace(CARRIAGE, shares=("a\0b\n\0",)))[0].manifest()
    assert {name: base64.b64decode(each) for name, each in found["binaryData"].items()} == {"share-0": b"a\0b\n\0"}
    assert "data" not in found


def test_it_acts_as_the_workload_and_asks_for_no_accelerators_and_no_queue() -> None:
    item = job()
    pod = item["spec"]["template"]["spec"]
    assert (item["metadata"]["namespace"], pod["serviceAccountName"]) == (NAMESPACE, SERVICE_ACCOUNT)
    assert QUEUE_LABEL not in json.dumps(item)
    assert not [name for part in container()["resources"].values() for name in part if "/" in name]
    assert pod["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert item["spec"]["template"]["metadata"]["labels"]["azure.workload.identity/use"] == "true"


def test_it_is_as_restricted_as_a_pod_can_be() -> None:
    """Kubernetes, "Pod Security Standards": restricted."""
    pod = job()["spec"]["template"]["spec"]
    own = container()["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert not own["allowPrivilegeEscalation"]
    assert own["readOnlyRootFilesystem"]
    assert not pod["automountServiceAccountToken"]
    assert {kind for each in pod["volumes"] for kind in each} == {"name", "configMap", "emptyDir", "projected"}


def test_a_disruption_is_not_the_copys_failure_and_no_share_ends_the_others() -> None:
    spec = job()["spec"]
    assert spec["template"]["spec"]["restartPolicy"] == "Never", "a pod failure policy asks for it"
    ignored, final = spec["podFailurePolicy"]["rules"]
    assert ignored == {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    assert final["action"] == "FailIndex"
    assert spec["backoffLimitPerIndex"] >= 1
    assert "maxFailedIndexes" not in spec


def test_the_token_is_for_the_other_cloud_alone_and_lies_where_it_is_said_to() -> None:
    pod = job()["spec"]["template"]["spec"]
    (token,) = (
        source["serviceAccountToken"]
        for volume in pod["volumes"]
        for source in volume.get("projected", {}).get("sources", ())
    )
    mounts = {each["mountPath"]: each for each in container()["volumeMounts"]}
    assert token["audience"] == "sts.amazonaws.com"
    assert TOKEN in {f"{path}/{token['path']}" for path in mounts}
    assert mounts[FILES]["readOnly"]
    assert objects(CARRIAGE)[1].manifest()["data"] == {"google.json": "{}"}
    alone = job(replace(CARRIAGE, trusted=Trusted()))["spec"]["template"]["spec"]
    assert [each["name"] for each in alone["volumes"]] == ["shares", "scratch"]
