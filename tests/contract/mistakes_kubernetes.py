"""Mistakes in what is put into a cluster, which its API server would notice, on whatever cloud it is."""

from collections.abc import Mapping
from typing import Any

from tests.contract.planted import Mistake
from tests.golden.cases import INFERENCE
from wayfare.blueprints import CloudName

_POD = "spec.template.spec"
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
        "Job",
        {f"{_POD}.nodeSelectors": {"a": "b"}},
        f"{_POD}.nodeSelectors",
        "unknown property 'nodeSelectors'; did you mean 'nodeSelector'?",
    ),
    _mistake(
        "a field that the cluster's version does not have yet",
        "Job",
        {f"{_CONTAINER}.restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]},
        f"{_CONTAINER}.restartPolicyRules",
        f'strict decoding error: unknown field "{_CONTAINER}.restartPolicyRules"',
        cloud=CloudName.AZURE,
    ),
    _mistake(
        "a job whose pods always restart",
        "Job",
        {f"{_POD}.restartPolicy": "Always"},
        f"{_POD}.restartPolicy",
        'Unsupported value: "Always": supported values: "OnFailure", "Never"',
    ),
    _mistake(
        "an indexed job that does not say how many",
        "Job",
        {"spec.completions": ...},
        "spec.completions",
        "Required value: when completion mode is Indexed",
    ),
    _mistake(
        "half an accelerator",
        "Job",
        {
            f"{_CONTAINER}.resources.limits": {"nvidia.com/gpu": "0.5"},
            f"{_CONTAINER}.resources.requests": {"nvidia.com/gpu": "0.5"},
        },
        f'{_CONTAINER}.resources.limits["nvidia.com/gpu"]',
        'Invalid value: "0.5": must be an integer',
    ),
    _mistake(
        "memory in a unit that there is not",
        "Job",
        {f"{_CONTAINER}.resources.limits": {"nvidia.com/gpu": "8", "memory": "512GB"}},
        f"{_CONTAINER}.resources.limits.memory",
        "quantities must match the regular expression",
        cloud=CloudName.AWS,
    ),
    _mistake(
        "more accelerators asked for than allowed",
        "Job",
        {f"{_CONTAINER}.resources.limits": {"nvidia.com/gpu": "4"}},
        f"{_CONTAINER}.resources.requests",
        'Invalid value: "8": must be less than or equal to nvidia.com/gpu limit of 4',
    ),
    _mistake(
        "accelerators asked for without a limit",
        "Deployment",
        {f"{_CONTAINER}.resources.limits": {}},
        f"{_CONTAINER}.resources.limits",
        "Required value: Limit must be set for non overcommitable resources",
        blueprint=INFERENCE,
    ),
    _mistake(
        "shared memory that is mounted and not there",
        "Job",
        {f"{_POD}.volumes": []},
        f"{_CONTAINER}.volumeMounts[0].name",
        'Not found: "shm"',
    ),
    _mistake(
        "a claim that the pod does not make",
        "Job",
        {f"{_POD}.resourceClaims[0].name": "network"},
        f"{_CONTAINER}.resources.claims[0]",
        'Not found: "fabric"',
    ),
    _mistake(
        "a toleration of any value that names one",
        "Job",
        {f"{_POD}.tolerations[0].operator": "Exists", f"{_POD}.tolerations[0].value": "present"},
        f"{_POD}.tolerations[0].operator",
        "value must be empty when `operator` is 'Exists'",
    ),
    _mistake(
        "a taint's effect in Google's spelling",
        "Job",
        {f"{_POD}.tolerations[0].effect": "NO_SCHEDULE"},
        f"{_POD}.tolerations[0].effect",
        'Unsupported value: "NO_SCHEDULE": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
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
        "a port that no machine has",
        "Service",
        {"spec.ports[0].port": 70000},
        "spec.ports[0].port",
        "Invalid value: 70000: must be between 1 and 65535, inclusive",
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
)
