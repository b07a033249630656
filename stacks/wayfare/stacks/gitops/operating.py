"""Objects of Pulumi's Kubernetes operator (2.8 or later), and of Flux or Argo CD, which apply them. Pure.

Fields as the operator's 2.9 has them: `Stack` of pulumi.com/v1; GitRepository and Kustomization of Flux 2; Application
of Argo CD 3. What a Stack holds for longer than an update it cannot give back, so its stacks hold nothing beforehand.
"""

from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, assert_never

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from wayfare.components.kubernetes.layers import Given, layers, untold
from wayfare.stacks.gitops.choices import Choices, Operator, RepositoryInvalid
from wayfare.stacks.gitops.clusters import Cluster
from wayfare.stacks.gitops.rendering import head
from wayfare.stacks.manifests import files as manifests
from wayfare.stacks.stores import durable

NAMESPACE = "wayfare"
ACCOUNT = "wayfare-stacks"
SOURCE = "wayfare-clusters"

#: Longer names of stacks do not fit the labels that the operator makes of them.
LONGEST_STACK = 42

#: Seconds after which a Stack is updated though nothing was merged: what has drifted is put back.
RESYNC = 3600

Object = Mapping[str, Any]


def files(choices: Choices, clusters: Sequence[Cluster]) -> Mapping[str, str]:
    """Files under `operator/` and `workloads/`. Raises RepositoryInvalid."""
    found = {"operator/access.yaml": _text(*_access()), "operator/source.yaml": _text(*_source(choices, clusters))}
    for each in clusters:
        found[f"operator/{each.name}.yaml"] = _text(_stack(each, choices))
        found |= {f"workloads/{each.name}/{name}": text for name, text in _workload(each).items()}
    applied = sorted(path.removeprefix("operator/") for path in found if path.startswith("operator/"))
    resources = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": applied}
    return {**found, "operator/kustomization.yaml": _text(resources)}


def _access() -> Iterator[Object]:
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    account = {"name": ACCOUNT, "namespace": NAMESPACE}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account}
    # The workspace asks the API server whether a caller is the operator: it needs no other right in this cluster.
    yield {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{NAMESPACE}:{ACCOUNT}:system:auth-delegator"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:auth-delegator"},
        "subjects": [{"kind": "ServiceAccount", **account}],
    }


def _stack(of: Cluster, choices: Choices) -> Object:
    name, spec = str(of.stack), of.loaded.blueprint.spec
    if len(name) > LONGEST_STACK:
        raise RepositoryInvalid(
            f"the operator takes names of stacks up to {LONGEST_STACK} characters, and {name} has {len(name)}; give "
            f"{of.path} a shorter metadata.name"
        )
    return {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"wayfare.dev/cluster": of.name}},
        "spec": {
            "stack": name,
            **({} if choices.backend is None else {"backend": choices.backend}),
            **({} if choices.secrets_provider is None else {"secretsProvider": choices.secrets_provider}),
            **_program(choices),
            "serviceAccountName": ACCOUNT,
            **_passphrase(choices),
            "refresh": True,
            "continueResyncOnCommitMatch": True,
            "resyncFrequencySeconds": RESYNC,
            "retryOnUpdateConflict": True,
            # What is protected, or holds a durable store, is not deleted because an object is.
            "destroyOnFinalize": not spec.deletion_protection and not durable(of.loaded.blueprint),
            "workspaceReclaimPolicy": "Delete",
            "workspaceTemplate": {"spec": {"image": choices.image}},
        },
    }


def _program(choices: Choices) -> Object:
    match choices.operator:
        case Operator.FLUX:
            reference = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "name": SOURCE}
            return {"fluxSource": {"sourceRef": reference, "dir": "."}}
        case Operator.ARGO | Operator.NONE:
            return {"projectRepo": choices.repository, "branch": "refs/heads/main", "repoDir": "."}
        case _:
            assert_never(choices.operator)


def _passphrase(choices: Choices) -> Object:
    if choices.secrets_provider is not None:
        return {}
    secret = {"type": "Secret", "secret": {"name": "wayfare-passphrase", "key": "passphrase"}}
    return {"envRefs": {"PULUMI_CONFIG_PASSPHRASE": secret}}


def _source(choices: Choices, clusters: Sequence[Cluster]) -> Iterator[Object]:
    apart = [each.name for each in clusters if _workload(each)]
    if choices.operator is Operator.FLUX:
        yield {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": SOURCE, "namespace": NAMESPACE},
            "spec": {"interval": "5m", "url": choices.repository, "ref": {"branch": "main"}},
        }
        yield _kustomization("wayfare-stacks", "./operator", {})
        for name in apart:
            # In the cluster itself, by the kubeconfig that somebody puts into a Secret of that name.
            target = {"kubeConfig": {"secretRef": {"name": f"{name}-kubeconfig"}}}
            yield _kustomization(f"{name}-workload", f"./workloads/{name}", target)
        return
    yield _application("wayfare-stacks", "operator", {"server": "https://kubernetes.default.svc"}, choices)
    for name in apart:
        yield _application(f"{name}-workload", f"workloads/{name}", {"name": name}, choices)
    yield _health()


def _kustomization(name: str, path: str, further: Object) -> Object:
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "interval": "10m",
            "path": path,
            # A Stack that goes out of the repository is deleted, and with it what `destroyOnFinalize` lets go.
            "prune": True,
            "sourceRef": {"kind": "GitRepository", "name": SOURCE},
            **further,
        },
    }


def _application(name: str, path: str, destination: Object, choices: Choices) -> Object:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": choices.repository, "targetRevision": "main", "path": path},
            "destination": destination,
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                # A Stack that stalls is not synced again and again.
                "retry": {"limit": 3, "backoff": {"duration": "1m", "factor": 2, "maxDuration": "10m"}},
            },
        },
    }


#: What Argo CD shows of a Stack: stalled is degraded, being updated is progressing, ready is healthy.
HEALTH = """\
local shown = {status = "Progressing", message = "nothing is known yet"}
if obj.status ~= nil and obj.status.conditions ~= nil then
  local seen = {}
  for _, condition in ipairs(obj.status.conditions) do
    if condition.status == "True" then
      seen[condition.type] = condition.message or ""
    end
  end
  if seen["Stalled"] ~= nil then
    shown = {status = "Degraded", message = seen["Stalled"]}
  elseif seen["Reconciling"] ~= nil then
    shown = {status = "Progressing", message = seen["Reconciling"]}
  elseif seen["Ready"] ~= nil then
    shown = {status = "Healthy", message = seen["Ready"]}
  end
end
return shown
"""


def _health() -> Object:
    """A part of Argo CD's own ConfigMap: with server-side apply its other keys stay as they are."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "argocd-cm",
            "namespace": "argocd",
            "labels": {"app.kubernetes.io/name": "argocd-cm", "app.kubernetes.io/part-of": "argocd"},
            "annotations": {"argocd.argoproj.io/sync-options": "ServerSideApply=true,Prune=false"},
        },
        "data": {"resource.customizations.health.pulumi.com_Stack": HEALTH},
    }


def _workload(of: Cluster) -> Mapping[str, str]:
    """The workload's manifests where its stack leaves it to others, and its plan tells all of it."""
    if of.loaded.blueprint.spec.workload.apply == "stack":
        return {}
    plan = of.plans.of(of.chosen)
    if wanting := untold(plan):
        raise RepositoryInvalid(
            f"{of.path} leaves its workload to others, and only a cluster that stands tells {' and '.join(wanting)}: "
            "write the manifests with `wayfare render` when it stands, and generate this without an operator"
        )
    # The head comes first: that is how a file that is no more generated is found.
    return {name: f"# {head()}\n{text}" for name, text in manifests(layers(plan, Given())).items()}


def _text(*documents: Object) -> str:
    yaml, out = YAML(typ="rt", pure=True), StringIO()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.explicit_start = len(documents) > 1  # pyright: ignore[reportAttributeAccessIssue] - ruamel is untyped
    yaml.dump_all([_literal(each) for each in documents], out)  # pyright: ignore[reportUnknownMemberType] - untyped
    return f"# {head()}\n{out.getvalue()}"


def _literal(value: Any) -> Any:
    """Texts of several lines as they are read."""
    if isinstance(value, Mapping):
        return {key: _literal(inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType] - any JSON
    if isinstance(value, list):
        return [_literal(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType] - any JSON
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value
