"""What every generated file is held to: by yamllint, the API's schemas, the operator's fields, and GitHub's dangers."""

import re
from collections.abc import Iterator
from typing import Any

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import pytest
from ruamel.yaml import YAML
from yamllint import linter  # pyright: ignore[reportMissingTypeStubs]
from yamllint.config import YamlLintConfig  # pyright: ignore[reportMissingTypeStubs]

from tests.golden.repositories import BACKEND, KEY, LIBRARY, generated
from wayfare.stacks.gitops.choices import Operator
from wayfare.stacks.gitops.operating import LONGEST_STACK

#: Fields of the operator's `Stack` that are given, with their types: its custom resource's schema, version 2.9.
STACK: dict[str, type | tuple[type, ...]] = {
    "stack": str,
    "backend": str,
    "secretsProvider": str,
    "projectRepo": str,
    "branch": str,
    "repoDir": str,
    "fluxSource": dict,
    "serviceAccountName": str,
    "envRefs": dict,
    "refresh": bool,
    "continueResyncOnCommitMatch": bool,
    "resyncFrequencySeconds": int,
    "retryOnUpdateConflict": bool,
    "destroyOnFinalize": bool,
    "workspaceReclaimPolicy": str,
    "workspaceTemplate": dict,
}

#: Kinds of others that no schema here knows; each is looked at by a test of its own.
_OF_OTHERS = {"Stack", "GitRepository", "Application"}

_CASES = [(name, operator) for name in LIBRARY for operator in Operator]


def read(text: str) -> list[Any]:
    return list(YAML(typ="safe", pure=True).load_all(text))  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType] - untyped


def linted(text: str) -> list[str]:
    """What yamllint says by the rules of the repository itself."""
    rules = YamlLintConfig(content=generated("serve-small")[".yamllint"].text)
    found: Any = linter.run(text, rules)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped
    return [str(problem) for problem in found]


def objects(blueprint: str, operator: Operator) -> Iterator[Any]:
    for path, file in generated(blueprint, operator, keyed=True).items():
        if path.startswith("operator/") and path.endswith(".yaml"):
            yield from read(file.text)


@pytest.mark.parametrize(("blueprint", "operator"), _CASES)
def test_yamllint_finds_nothing(blueprint: str, operator: Operator) -> None:
    for path, file in generated(blueprint, operator).items():
        if path.endswith(".yaml"):
            assert linted(file.text) == [], path


def test_yamllint_would_find_something() -> None:
    assert linted("a: 1\na: 2\n")


@pytest.mark.parametrize("operator", [Operator.ARGO, Operator.FLUX])
@pytest.mark.parametrize("blueprint", LIBRARY)
def test_the_api_takes_what_it_knows(blueprint: str, operator: Operator) -> None:
    seen: list[str] = []
    for each in objects(blueprint, operator):
        if each["kind"] not in _OF_OTHERS and not each["apiVersion"].startswith("kustomize."):
            kubernetes_validate.validate(each, kubernetes_validate.latest_version(), strict=True)
            seen.append(each["kind"])
    assert {"Namespace", "ServiceAccount", "ClusterRoleBinding"} <= set(seen)


@pytest.mark.parametrize("operator", [Operator.ARGO, Operator.FLUX])
@pytest.mark.parametrize("blueprint", LIBRARY)
def test_the_operator_takes_the_stack(blueprint: str, operator: Operator) -> None:
    (stack,) = (each for each in objects(blueprint, operator) if each["kind"] == "Stack")
    assert stack["apiVersion"] == "pulumi.com/v1"
    spec = stack["spec"]
    assert {name for name, value in spec.items() if not isinstance(value, STACK[name])} == set()
    assert len(spec["stack"]) <= LONGEST_STACK
    assert (spec["backend"], spec["secretsProvider"]) == (BACKEND, KEY)
    assert "envRefs" not in spec, "a key needs no passphrase"
    assert ("fluxSource" in spec) is not ("projectRepo" in spec)
    assert f"stacks/config/Pulumi.{spec['stack']}.yaml" in generated(blueprint, operator, keyed=True)


def test_what_is_durable_or_protected_stays_when_its_object_goes() -> None:
    def destroyed(blueprint: str) -> bool:
        (stack,) = (each for each in objects(blueprint, Operator.FLUX) if each["kind"] == "Stack")
        return stack["spec"]["destroyOnFinalize"]

    assert not destroyed("pretrain-h100-16"), "its checkpoints are durable"
    assert destroyed("serve-small")


def test_two_never_bring_the_same_stack_up() -> None:
    workflow = ".github/workflows/up.yaml"
    assert workflow in generated("serve-small")
    assert workflow not in generated("serve-small", Operator.ARGO)
    assert "operator/access.yaml" not in generated("serve-small")


def test_argo_cd_knows_how_a_stack_is() -> None:
    (health,) = (each for each in objects("serve-small", Operator.ARGO) if each["kind"] == "ConfigMap")
    script = health["data"]["resource.customizations.health.pulumi.com_Stack"]
    for condition, shown in {"Stalled": "Degraded", "Reconciling": "Progressing", "Ready": "Healthy"}.items():
        assert re.search(rf'seen\["{condition}"\] ~= nil then\n    shown = {{status = "{shown}"', script)


def workflows(blueprint: str) -> dict[str, Any]:
    found = generated(blueprint)
    return {path: read(file.text)[0] for path, file in found.items() if path.startswith(".github/workflows/")}


@pytest.mark.parametrize("blueprint", LIBRARY)
def test_workflows_keep_to_what_is_careful(blueprint: str) -> None:
    for path, workflow in workflows(blueprint).items():
        text = generated(blueprint)[path].text
        assert "pull_request_target" not in text
        assert workflow["permissions"] == {}, "each job asks for its own"
        for action in re.findall(r"uses: (\S+)", text):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        for name, job in workflow["jobs"].items():
            assert job["timeout-minutes"] <= 360, name
            signed_in = job["permissions"].get("id-token") == "write"
            writing = {key for key, value in job["permissions"].items() if value == "write"} - {"id-token"}
            assert not (signed_in and writing), f"{name} is somebody in the clouds, and may write here"
            for step in job["steps"]:
                assert "${{" not in step.get("run", ""), f"{name}: what others write would become a script"
        assert (workflow["on"].get("pull_request") is None) == ("review" not in path)


def test_only_the_writing_role_is_behind_the_environment() -> None:
    for path, workflow in workflows("serve-small").items():
        for name, job in workflow["jobs"].items():
            text = str(job)
            assert ("_WRITE_" in text) == (job.get("environment") == "wayfare"), (path, name)
            if "environment" in job:
                assert job["concurrency"] == {"group": "cluster-serve-small", "cancel-in-progress": False}


def test_no_secret_stands_in_a_file() -> None:
    for operator in Operator:
        for path, file in generated("serve-small", operator).items():
            for expression in re.findall(r"\$\{\{\s*secrets\.(\w+)", file.text):
                assert expression == "PULUMI_CONFIG_PASSPHRASE", path
        keyed = generated("serve-small", operator, keyed=True)
        assert not [path for path, file in keyed.items() if "${{ secrets." in file.text]
