"""A copy's Job on a real API: under Pod Security, quotas and Kueue its pods run while the queue is held."""

from collections.abc import Generator, Mapping
from copy import deepcopy

import pytest

from tests.kubernetes.living import JOBS, NODES, PODS, WORKLOADS, Living
from wayfare.components.contract import ACCELERATOR_POOL, NAMESPACE, POOL_LABEL, SERVICE_ACCOUNT
from wayfare.components.kubernetes.carrying import objects
from wayfare.components.kubernetes.queues import QUEUE
from wayfare.components.trusting import Trusted
from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.planes.api import ApiRefused
from wayfare.stacks.carrying.order import CopyOrder, Place
from wayfare.stacks.carrying.watching import Seen, seen

SHARES = ("- /b**\n- /c**\n", "+ /b**\n- **\n", "+ /c**\n- **\n")
CLUSTER_QUEUE = f"/apis/kueue.x-k8s.io/v1beta2/clusterqueues/{QUEUE}"
MERGE = "application/merge-patch+json"
INDEX = "batch.kubernetes.io/job-completion-index"


def planned(cluster: Living) -> list[Properties]:
    places = Place(url="s3://a", region="us-east-1"), Place(url="gs://b", region="us-east4")
    order = CopyOrder.new("stack", *places, SHARES, cluster.pods, None)
    trusted = Trusted({"AWS_ROLE_ARN": "arn:aws:iam::1:role/$(R)"}, {"google.json": "{}"}, "sts.amazonaws.com")
    return [each.manifest() for each in objects(order.carriage(trusted))]


def policy(cluster: Living, name: str | None) -> None:
    cluster.api.ask("PATCH", CLUSTER_QUEUE, {"spec": {"stopPolicy": name}}, content=MERGE)


@pytest.fixture
def copy(cluster: Living) -> Generator[Properties]:
    """A copy's Job in a cluster whose queue is held, with all of its pods."""
    policy(cluster, "HoldAndDrain")
    items = planned(cluster)
    for item in items:
        cluster.apply(item)
    job = items[-1]
    cluster.run_all(of(job), len(SHARES))
    yield job
    for item in items:
        cluster.api.delete(cluster.path(item))
    cluster.until(PODS, of(job), lambda found: not found)
    policy(cluster, None)


def of(job: Properties) -> Mapping[str, str]:
    return {"labelSelector": f"batch.kubernetes.io/job-name={job['metadata']['name']}"}


def pods(cluster: Living, job: Properties) -> dict[str, Properties]:
    """By index."""
    found = cluster.api.ask("GET", PODS, query=of(job))["items"]
    return {each["metadata"]["labels"][INDEX]: each for each in found}


def looked_at(cluster: Living, job: Properties) -> Seen:
    there = cluster.api.get(cluster.path(job))
    assert there is not None
    return seen(there, list(pods(cluster, job).values()), {})


def test_its_pods_run_on_the_pools_nodes_while_the_queue_is_held(cluster: Living, copy: Properties) -> None:
    there = pods(cluster, copy)
    assert there.keys() == {"0", "1", "2"}
    labels = {each["metadata"]["name"]: each["metadata"]["labels"] for each in cluster.api.ask("GET", NODES)["items"]}
    nodes = [each["spec"]["nodeName"] for each in there.values()]
    assert {labels[node].get(POOL_LABEL) for node in nodes} == {ACCELERATOR_POOL}
    assert len(set(nodes)) == min(len(SHARES), cluster.request.accelerator.nodes)
    # Kueue has nothing to do with it, and it has not been admitted: it was never asked for.
    uid = there["0"]["metadata"]["ownerReferences"][0]["uid"]
    assert cluster.api.ask("GET", WORKLOADS, query={"labelSelector": f"kueue.x-k8s.io/job-uid={uid}"})["items"] == []
    # The controller tells each pod its index where its arguments name it.
    for index, each in there.items():
        (container,) = each["spec"]["containers"]
        told = {one["name"]: one for one in container["env"]}["JOB_COMPLETION_INDEX"]
        assert told["valueFrom"]["fieldRef"]["fieldPath"] in (
            f"metadata.annotations['{INDEX}']",
            f"metadata.labels['{INDEX}']",
        )
        assert each["metadata"]["annotations"][INDEX] == index
        assert each["spec"]["serviceAccountName"] == SERVICE_ACCOUNT
    assert (looked_at(cluster, copy).wanted, looked_at(cluster, copy).ended) == (3, "")


def ends(cluster: Living, pod: Properties, code: int, message: str = "") -> None:
    """Have a pod end, as its kubelet would tell it."""
    state = {"terminated": {"exitCode": code, "message": message, "reason": "Error" if code else "Completed"}}
    status = {"name": "rclone", "image": "i", "imageID": "", "ready": False, "restartCount": 0, "state": state}
    phase = "Failed" if code else "Succeeded"
    path = f"{PODS}/{pod['metadata']['name']}/status"
    cluster.api.ask("PATCH", path, {"status": {"phase": phase, "containerStatuses": [status]}}, content=MERGE)


def test_a_share_that_fails_for_good_ends_no_other_and_the_job_says_which(cluster: Living, copy: Properties) -> None:
    there = pods(cluster, copy)
    words = '{"level":"critical","msg":"Failed to create file system: AccessDenied: no"}'
    ends(cluster, there["1"], 7, words)

    def counted(jobs: Mapping[str, Properties]) -> bool:
        return jobs[copy["metadata"]["name"]].get("status", {}).get("failedIndexes") == "1"

    cluster.until(JOBS, {}, counted)
    found = looked_at(cluster, copy)
    assert (found.failed, found.ended) == ("1", "")
    assert list(found.words) == ["Failed to create file system: AccessDenied: no"]
    for index in ("0", "2"):
        ends(cluster, there[index], 0)

    def over(jobs: Mapping[str, Properties]) -> bool:
        return bool(seen(jobs[copy["metadata"]["name"]], [], {}).ended)

    cluster.until(JOBS, {}, over)
    found = looked_at(cluster, copy)
    assert (found.ended, found.succeeded) == ("Failed", 2)


def test_it_would_be_let_into_a_namespace_of_the_strictest_standard(cluster: Living) -> None:
    name = "restricted"
    labels = {"pod-security.kubernetes.io/enforce": name}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    account = {"name": SERVICE_ACCOUNT, "namespace": name}
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    template = planned(cluster)[-1]["spec"]["template"]
    pod: Properties = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": name},
        "spec": template["spec"],
    }
    cluster.tried(pod)
    wrong = deepcopy(pod)
    wrong["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    with pytest.raises(ApiRefused, match="violates PodSecurity"):
        cluster.tried(wrong)


def test_the_namespace_counts_its_pods_and_lets_them_in(cluster: Living, copy: Properties) -> None:
    quotas = f"/api/v1/namespaces/{NAMESPACE}/resourcequotas"

    def counted(found: Mapping[str, Properties]) -> bool:
        return int(found["within-the-namespace"]["status"].get("used", {}).get("pods", "0")) >= len(SHARES)

    cluster.until(quotas, {}, counted)
    assert len(pods(cluster, copy)) == len(SHARES)
