"""What a copy's Job and pods tell, as Kubernetes tells it."""

import json
from typing import Any

from wayfare.stacks.carrying.watching import seen


def job(**status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "wayfare-copy-1"}, "spec": {"completions": 3}, "status": status}


def pod(name: str = "p", **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "status": status}


def stats(objects: int, size: int) -> str:
    told = {"transfers": objects, "totalTransfers": 9, "bytes": size, "totalBytes": 90, "checks": 1, "speed": 2.0}
    return json.dumps({"level": "notice", "msg": "", "stats": told})


def test_one_that_goes_on_tells_all_its_pods_together() -> None:
    logs = {"a": "\n".join([stats(1, 10), "", stats(2, 20), "torn {"]), "b": stats(3, 30), "c": ""}
    found = seen(job(active=2, succeeded=1), [pod()], logs)
    assert (found.name, found.wanted, found.succeeded, found.ended) == ("wayfare-copy-1", 3, 1, "")
    assert (found.whole.objects, found.whole.bytes, found.whole.objects_to_copy) == (5, 50, 18)


def test_one_that_has_just_been_made_has_no_status() -> None:
    found = seen({"metadata": {"name": "j"}, "spec": {}}, [], {})
    assert (found.wanted, found.succeeded, found.ended, found.waits, found.whole.objects) == (1, 0, "", "", 0)


def test_it_has_ended_when_a_condition_says_so() -> None:
    for type in ("Complete", "Failed"):
        assert seen(job(conditions=[{"type": type, "status": "True"}]), [], {}).ended == type
    for condition in ({"type": "Failed", "status": "False"}, {"type": "FailureTarget", "status": "True"}):
        assert seen(job(conditions=[condition]), [], {}).ended == ""


def test_last_words_are_those_of_pods_that_failed_and_hold_no_credentials() -> None:
    said = json.dumps({"level": "error", "object": "a", "msg": "AccessDenied: no"})
    signed = json.dumps(
        {"level": "critical", "msg": "Failed to copy: ?X-Amz-Signature=0123456789abcdef0123456789abcdef"}
    )
    message = "\n".join([stats(1, 1), said, signed])
    failed = pod(containerStatuses=[{"state": {"terminated": {"exitCode": 1, "message": message}}}])
    well = pod(containerStatuses=[{"state": {"terminated": {"exitCode": 0, "message": said}}}])
    first, second = seen(job(failedIndexes="0-1"), [failed, well], {}).words
    assert first == "a: AccessDenied: no"
    assert "0123456789abcdef" not in second
    killed = pod(containerStatuses=[{"state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}])
    assert list(seen(job(), [killed], {}).words) == ["OOMKilled"]


def test_why_it_waits_is_said_by_whoever_holds_it_back() -> None:
    no_node = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}
    assert seen(job(), [pod(), pod(conditions=[no_node])], {}).waits == "0/3 nodes are available"
    pull = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    assert seen(job(), [pod(containerStatuses=[pull])], {}).waits == "ImagePullBackOff: no such image"
    usual = {"state": {"waiting": {"reason": "ContainerCreating"}}}
    assert seen(job(), [pod(containerStatuses=[usual])], {}).waits == ""
