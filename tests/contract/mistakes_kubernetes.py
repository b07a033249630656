"""Mistakes in what is put into a cluster, which its API server would notice, on whatever cloud it is."""

from collections.abc import Mapping
from typing import Any

from tests.contract.planted import Mistake
from tests.golden.cases import INFERENCE
from wayfare.blueprints import CloudName

_JOB = "spec.replicatedJobs[0].template"
_POD = f"{_JOB}.spec.template.spec"
_CONTAINER = f"{_POD}.containers[0]"


def _mistake(
    title: str,
    type: str,
    edits: Mapping[str, Any],
    path: str,
    said: str,
    cloud: CloudName = CloudName.GCP,
    **more: Any,
) -> Mistake:
    return Mistake(title, cloud, type, edits, path, said, **more)


MISTAKES: tuple[Mistake, ...] = (
    _mistake(
        "a misspelt field of a pod",
        "JobSet",
        {f"{_POD}.nodeSelectors": {"a": "b"}},
        f"{_POD}.nodeSelectors",
        f"strict decoding error: unknown field \"{_POD}.nodeSelectors\"; did you mean 'nodeSelector'?",
    ),
    _mistake(
        "a field that the cluster's version does not have yet",
        "JobSet",
        {f"{_CONTAINER}.restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]},
        f"{_CONTAINER}.restartPolicyRules",
        f'strict decoding error: unknown field "{_CONTAINER}.restartPolicyRules"',
        cloud=CloudName.AZURE,
    ),
    _mistake(
        "a job whose pods always restart",
        "JobSet",
        {f"{_POD}.restartPolicy": "Always"},
        f"{_POD}.restartPolicy",
        'Unsupported value: "Always": supported values: "OnFailure", "Never"',
    ),
    _mistake(
        "an indexed job that does not say how many",
        "JobSet",
        {f"{_JOB}.spec.completions": ...},
        f"{_JOB}.spec.completions",
        "Required value: when completion mode is Indexed",
    ),
    _mistake(
        "half an accelerator",
        "JobSet",
        {
            f"{_CONTAINER}.resources.limits": {"nvidia.com/gpu": "0.5"},
            f"{_CONTAINER}.resources.requests": {"nvidia.com/gpu": "0.5"},
        },
        f'{_CONTAINER}.resources.limits["nvidia.com/gpu"]',
        'Invalid value: "0.5": must be an integer',
    ),
    _mistake(
        "memory in a unit that there is not",
        "JobSet",
        {f"{_CONTAINER}.resources.limits": {"nvidia.com/gpu": "8", "memory": "512GB"}},
        f"{_CONTAINER}.resources.limits.memory",
        "quantities must match the regular expression",
        cloud=CloudName.AWS,
    ),
    _mistake(
        "more accelerators asked for than allowed",
        "JobSet",
        {f"{_CONTAINER}.resources.limits": {"nvidia.com/gpu": "4"}},
        f"{_CONTAINER}.resources.requests",
        'Invalid value: "8": must be less than or equal to nvidia.com/gpu limit of 4',
    ),
    _mistake(
        "accelerators asked for without a limit",
        "Deployment",
        {"spec.template.spec.containers[0].resources.limits": {}},
        "spec.template.spec.containers[0].resources.limits",
        "Required value: Limit must be set for non overcommitable resources",
        blueprint=INFERENCE,
    ),
    _mistake(
        "shared memory that is mounted and not there",
        "JobSet",
        {f"{_POD}.volumes": []},
        f"{_CONTAINER}.volumeMounts[0].name",
        'Not found: "shm"',
    ),
    _mistake(
        "a claim that the pod does not make",
        "JobSet",
        {f"{_POD}.resourceClaims[0].name": "network"},
        f"{_CONTAINER}.resources.claims[0]",
        'Not found: "fabric"',
    ),
    _mistake(
        "a toleration of any value that names one",
        "JobSet",
        {f"{_POD}.tolerations[0].operator": "Exists", f"{_POD}.tolerations[0].value": "present"},
        f"{_POD}.tolerations[0].operator",
        "value must be empty when `operator` is 'Exists'",
    ),
    _mistake(
        "a taint's effect in Google's spelling",
        "JobSet",
        {f"{_POD}.tolerations[0].effect": "NO_SCHEDULE"},
        f"{_POD}.tolerations[0].effect",
        'Unsupported value: "NO_SCHEDULE": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ),
    _mistake(
        "a misspelt field of a set of jobs",
        "JobSet",
        {"spec.failurePolicy.maxRestart": 3},
        "spec.failurePolicy.maxRestart",
        "strict decoding error: unknown field \"spec.failurePolicy.maxRestart\"; did you mean 'maxRestarts'?",
    ),
    _mistake(
        "a failure rule with a hyphen in its name",
        "JobSet",
        {"spec.failurePolicy.rules[0].name": "taken-away"},
        "spec.failurePolicy.rules[0].name",
        "invalid failure policy rule name 'taken-away'",
        cloud=CloudName.AWS,
    ),
    _mistake(
        "a failure rule for a job that is not in the set",
        "JobSet",
        {"spec.failurePolicy.rules[0].targetReplicatedJobs": ["workers"]},
        "spec.failurePolicy.rules[0].targetReplicatedJobs",
        "invalid replicatedJob name 'workers' in failure policy",
        cloud=CloudName.AZURE,
    ),
    _mistake(
        "a set whose pods' names are too long",
        "JobSet",
        {"spec.replicatedJobs[0].name": "node-with-eight-accelerators-of-the-newest-kind"},
        "spec.replicatedJobs[0].name",
        "pod names generated for this JobSet",
    ),
    _mistake(
        "a deployment that does not find its own pods",
        "Deployment",
        {"spec.selector.matchLabels": {"app": "serve"}},
        "spec.template.metadata.labels",
        "`selector` does not match template `labels`",
        blueprint=INFERENCE,
    ),
    _mistake(
        "a rollout without a pod that may go or come",
        "Deployment",
        {"spec.strategy.rollingUpdate.maxUnavailable": 0},
        "spec.strategy.rollingUpdate.maxUnavailable",
        "may not be 0 when `maxSurge` is 0",
        blueprint=INFERENCE,
        cloud=CloudName.AZURE,
    ),
    _mistake(
        "a level of pod security that there is not",
        "Namespace",
        {"metadata.labels": {"pod-security.kubernetes.io/enforce": "strict"}},
        'metadata.labels["pod-security.kubernetes.io/enforce"]',
        'Invalid value: "strict": must be one of privileged, baseline, restricted',
    ),
    _mistake(
        "a label with spaces in it",
        "ServiceAccount",
        {"metadata.labels": {"team": "large models"}},
        "metadata.labels",
        'Invalid value: "large models": a valid label must be',
    ),
    _mistake(
        "a namespace that is not there",
        "ServiceAccount",
        {"metadata.namespace": "workloads"},
        "",
        'namespaces "workloads" not found',
    ),
    _mistake(
        "a quota of what is not counted",
        "ResourceQuota",
        {"spec.hard": {"loadbalancers": "0"}},
        'spec.hard["loadbalancers"]',
        'Invalid value: "loadbalancers": must be a standard resource for quota',
        name="within-the-namespace",
    ),
    _mistake(
        "a quota of services by the priority of pods",
        "ResourceQuota",
        {"spec.hard": {"services": "0"}},
        "spec.scopeSelector",
        'Invalid value: "PriorityClass": unsupported scope applied to resource',
        name="priorities-of-the-system",
        cloud=CloudName.AZURE,
    ),
    _mistake(
        "a way in beside the gateway",
        "Service",
        {"spec.type": "LoadBalancer"},
        "",
        "exceeded quota: within-the-namespace, requested: services.loadbalancers=1",
        blueprint=INFERENCE,
        cloud=CloudName.AWS,
    ),
    _mistake(
        "a port of every node",
        "Service",
        {"spec.type": "NodePort"},
        "",
        "exceeded quota: within-the-namespace, requested: services.nodeports=1",
        blueprint=INFERENCE,
    ),
)
