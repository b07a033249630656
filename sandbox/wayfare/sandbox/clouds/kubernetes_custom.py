"""Kinds of others that hold pods, as their webhooks and definitions judge them: JobSet and LeaderWorkerSet.

What they hold is judged as Kubernetes' own kinds are, at its place in the object. Sources: the Go types and webhooks of
`sigs.k8s.io/jobset` 0.12 (api/jobset/v1alpha2, pkg/webhooks) and `sigs.k8s.io/lws` 0.9 (api/leaderworkerset/v1,
pkg/webhooks). Definitions of other kinds are not held here.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wayfare.sandbox.behaviour import Properties
from wayfare.sandbox.clouds import kubernetes_rules as rules
from wayfare.sandbox.clouds import kubernetes_schema as schema
from wayfare.sandbox.clouds.kubernetes_pods import between, flat, listed, one_of, text_of
from wayfare.sandbox.conform import Violation
from wayfare.sandbox.wire import Path, is_unknown, path_text

JOB_SET, WORKERS = "jobset.x-k8s.io/v1alpha2", "leaderworkerset.x-k8s.io/v1"

Found = Iterator[Violation]
#: From a path in an object to the fields that its definition has there.
_Fields = Mapping[str, frozenset[str]]

_RULE_NAME = re.compile(r"[A-Za-z]([A-Za-z0-9_,:]{0,126}[A-Za-z0-9_])?")
_ACTIONS = (
    *("FailJobSet", "RestartJobSet", "RestartJobSetAndIgnoreMaxRestarts"),
    *("RestartJob", "RestartJobAndIgnoreMaxRestarts"),
)
#: Of Kubernetes' Job; `pkg/webhooks` knows no other.
_REASONS = ("BackoffLimitExceeded", "DeadlineExceeded", "FailedIndexes", "MaxFailedIndexesExceeded", "PodFailurePolicy")

_OF_JOB_SETS: _Fields = {
    "spec": frozenset(
        {
            *("replicatedJobs", "network", "successPolicy", "failurePolicy", "startupPolicy", "suspend"),
            *("coordinator", "managedBy", "ttlSecondsAfterFinished", "volumeClaimPolicies"),
        }
    ),
    "spec.network": frozenset({"enableDNSHostnames", "subdomain", "publishNotReadyAddresses"}),
    "spec.failurePolicy": frozenset({"maxRestarts", "restartStrategy", "rules"}),
}
_OF_A_JOB = frozenset({"name", "groupName", "template", "replicas", "dependsOn"})
_OF_A_RULE = frozenset(
    {"name", "action", "onJobFailureReasons", "onJobFailureMessagePatterns", "targetReplicatedJobs"},
)

_OF_WORKERS: _Fields = {
    "spec": frozenset({"replicas", "leaderWorkerTemplate", "rolloutStrategy", "startupPolicy", "networkConfig"}),
    "spec.leaderWorkerTemplate": frozenset(
        {
            *("leaderTemplate", "workerTemplate", "size", "restartPolicy", "subGroupPolicy"),
            *("volumeClaimTemplates", "persistentVolumeClaimRetentionPolicy"),
        }
    ),
    "spec.rolloutStrategy": frozenset({"type", "rollingUpdateConfiguration"}),
    "spec.networkConfig": frozenset({"subdomainPolicy"}),
}


def check(item: Properties, version: str) -> list[Violation]:
    """What is wrong in an object of such a kind; nothing is said of other kinds."""
    judge = _KINDS.get((str(item.get("apiVersion")), str(item.get("kind"))))
    return [] if judge is None else list(judge(item, version))


def _job_set(item: Properties, version: str) -> Found:
    yield from _fields(item, _OF_JOB_SETS)
    spec, name = flat(item, "spec"), text_of(flat(item, "metadata").get("name"))
    jobs = listed(spec, "replicatedJobs")
    names = [text_of(job.get("name")) for job in jobs]
    for index, job in enumerate(jobs):
        path: Path = ("spec", "replicatedJobs", index)
        yield from _known(job, _OF_A_JOB, path_text(path))
        yield from _job(job, (*path, "template"), version)
        yield from _job_names(job, name, path_text(path))
    for index, rule in enumerate(listed(flat(spec, "failurePolicy"), "rules")):
        yield from _failure_rule(rule, f"spec.failurePolicy.rules[{index}]", names)
    subdomain = text_of(flat(spec, "network").get("subdomain"))
    if subdomain and not _is_label(subdomain):
        yield "spec.network.subdomain", f'Invalid value: "{subdomain}": a DNS-1035 label starts with a letter'
    yield from between(flat(spec, "failurePolicy").get("maxRestarts"), "spec.failurePolicy.maxRestarts", 0)


def _job(job: Mapping[str, Any], path: Path, version: str) -> Found:
    """The job of which the set holds replicas."""
    yield from _inside({"apiVersion": "batch/v1", "kind": "Job", **flat(job, "template")}, path, version)


def _job_names(job: Mapping[str, Any], name: str, path: str) -> Found:
    """The names of its last job and pod are DNS labels, the pod's with five more characters."""
    own, replicas = text_of(job.get("name")), job.get("replicas", 1)
    spec = flat(flat(job, "template"), "spec")
    completions = spec.get("completions", 1)
    if not own:
        yield f"{path}.name", "Required value"
    elif name and isinstance(replicas, int) and isinstance(completions, int):
        pod = f"{name}-{own}-{replicas - 1}-{completions - 1}-abcde"
        if not _is_label(pod):
            yield f"{path}.name", f'Invalid value: "{pod}": pod names generated for this JobSet are no DNS-1035 labels'


def _failure_rule(rule: Mapping[str, Any], path: str, jobs: list[str]) -> Found:
    yield from _known(rule, _OF_A_RULE, path)
    name = rule.get("name")
    if not is_unknown(name) and not _RULE_NAME.fullmatch(str(name or "")):
        words = "must start with an alphabetic character, optionally followed by alphanumeric characters or '_,:'"
        yield f"{path}.name", f"invalid failure policy rule name '{name}', a failure policy rule name {words}"
    yield from one_of(rule.get("action"), f"{path}.action", _ACTIONS)
    for reason in rule.get("onJobFailureReasons") or ():
        yield from one_of(reason, f"{path}.onJobFailureReasons", _REASONS)
    for target in rule.get("targetReplicatedJobs") or ():
        if target not in jobs:
            said = f"invalid replicatedJob name '{target}' in failure policy does not appear in .spec.ReplicatedJobs"
            yield f"{path}.targetReplicatedJobs", said


def _workers(item: Properties, version: str) -> Found:
    yield from _fields(item, _OF_WORKERS)
    spec = flat(item, "spec")
    yield from between(spec.get("replicas"), "spec.replicas", 0)
    template = flat(spec, "leaderWorkerTemplate")
    yield from between(template.get("size"), "spec.leaderWorkerTemplate.size", 1, 2**31 - 1)
    policies = ("RecreateGroupOnPodRestart", "None", "RecreateGroupAfterStart")
    yield from one_of(template.get("restartPolicy"), "spec.leaderWorkerTemplate.restartPolicy", policies)
    if not template.get("workerTemplate"):
        yield "spec.leaderWorkerTemplate.workerTemplate", "Required value"
    for part in ("leaderTemplate", "workerTemplate"):
        if part in template:
            path: Path = ("spec", "leaderWorkerTemplate", part)
            yield from _inside({"apiVersion": "v1", "kind": "Pod", **flat(template, part)}, path, version)


def _inside(item: Properties, path: Path, version: str) -> Found:
    """What an object of Kubernetes' own at a path of another one has against it."""
    own = ((f"{path_text(path)}.{at}", said) for at, said in rules.check(item))
    yield from schema.check(item, version, path) or own


def _fields(item: Properties, known: _Fields) -> Found:
    for path, fields in known.items():
        here: Properties = item
        for key in path.split("."):
            here = flat(here, key)
        yield from _known(here, fields, path)


def _known(given: Mapping[str, Any], fields: frozenset[str], path: str) -> Found:
    return schema.unknown(set(given) - fields, sorted(fields), lambda name: f"{path}.{name}")


def _is_label(name: str) -> bool:
    """Whether it is a DNS label that begins with a letter, as names of services and pods are."""
    return len(name) <= 63 and rules.LABEL_1035.fullmatch(name) is not None


_KINDS: Mapping[tuple[str, str], Callable[[Properties, str], Found]] = {
    (JOB_SET, "JobSet"): _job_set,
    (WORKERS, "LeaderWorkerSet"): _workers,
}
