"""Takes the definitions of custom kinds from the Go modules that carry them, and keeps what can be judged.

    python -m tests.schemas.taken

`go` must be on PATH and reach the modules; `definitions/` then holds a JSON Schema for each kind. Words are left out,
and so are rules in CEL, which JSON Schema has no way to say. Pod templates are marked, and judged as pods.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

HERE = Path(__file__).parent / "definitions"

#: Of Kueue's kinds, those that a queue is made of.
QUEUES = (
    *("admissionchecks", "clusterqueues", "localqueues", "provisioningrequestconfigs", "resourceflavors"),
    *("topologies", "workloadpriorityclasses"),
)

#: Module, version, and files in it: the versions that the charts install.
MODULES = (
    ("sigs.k8s.io/lws", "v0.9.0", ("config/crd/bases/leaderworkerset.x-k8s.io_leaderworkersets.yaml",)),
    ("sigs.k8s.io/jobset", "v0.12.0", ("config/components/crd/bases/jobset.x-k8s.io_jobsets.yaml",)),
    (
        "sigs.k8s.io/kueue",
        "v0.19.2",
        tuple(f"config/components/crd/bases/kueue.x-k8s.io_{plural}.yaml" for plural in QUEUES),
    ),
    (
        "github.com/envoyproxy/gateway",
        "v1.7.0",
        (
            "charts/gateway-helm/crds/generated/gateway.envoyproxy.io_envoyproxies.yaml",
            "charts/gateway-helm/crds/generated/gateway.envoyproxy.io_securitypolicies.yaml",
        ),
    ),
    ("github.com/kedacore/keda/v2", "v2.20.0", ("config/crd/bases/keda.sh_scaledobjects.yaml",)),
    # The bundle that the same chart brings.
    (
        "sigs.k8s.io/gateway-api",
        "v1.4.1",
        (
            "config/crd/standard/gateway.networking.k8s.io_gatewayclasses.yaml",
            "config/crd/standard/gateway.networking.k8s.io_gateways.yaml",
            "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
        ),
    ),
)
POD_TEMPLATE = "x-pod-template"
_LEFT_OUT = ("description", "title", "default", "example", "externalDocs", "format")


def main() -> None:
    """Write every definition anew."""
    HERE.mkdir(exist_ok=True)
    for module, version, files in MODULES:
        found = subprocess.run(
            ["go", "mod", "download", "-json", f"{module}@{version}"], capture_output=True, check=True
        )
        folder = Path(json.loads(found.stdout)["Dir"])
        for file in files:
            for name, schema in _kinds((folder / file).read_text(encoding="utf-8")):
                # Without a space: what a definition says is in its module, and here it is for a program.
                text = json.dumps({"x-module": f"{module}@{version}", **schema}, separators=(",", ":"), sort_keys=True)
                (HERE / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def _kinds(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """From a definition `<group>_<version>_<kind>` and the schema of the version that is stored."""
    for document in YAML(typ="safe").load_all(text):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped
        definition = cast("Mapping[str, Any]", document)
        if not definition or definition["kind"] != "CustomResourceDefinition":
            continue
        spec = definition["spec"]
        for version in (each for each in spec["versions"] if each["storage"]):
            schema = _strict(version["schema"]["openAPIV3Schema"])
            schema["properties"] = {**schema["properties"], "metadata": {"type": "object"}}
            yield f"{spec['group']}_{version['name']}_{spec['names']['kind']}", schema


def _strict(node: Any) -> Any:
    """A part of a definition as JSON Schema in which unknown fields are errors, as in a strict apply."""
    if isinstance(node, list):
        return [_strict(each) for each in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    schema = cast("dict[str, Any]", node)
    if _is_pod_template(schema):
        return {"type": "object", POD_TEMPLATE: True}
    kept = {key: value for key, value in schema.items() if key not in _LEFT_OUT and not key.startswith("x-kubernetes")}
    made: dict[str, Any] = {key: _strict(value) for key, value in kept.items() if key != "properties"}
    if isinstance(pattern := made.get("pattern"), str) and "(?i)" in pattern:
        # Python wants flags of the whole before everything.
        made["pattern"] = f"(?i){pattern.replace('(?i)', '')}"
    if "properties" in kept:
        # Here the keys are fields, which may be called `description`.
        made["properties"] = {name: _strict(value) for name, value in kept["properties"].items()}
        if "type" in kept and not schema.get("x-kubernetes-preserve-unknown-fields"):
            made.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        made = {"type": ["integer", "string"], **{key: made[key] for key in ("pattern",) if key in made}}
    if made.pop("nullable", False):
        made["type"] = [made["type"], "null"]
    return made


def _is_pod_template(schema: Mapping[str, Any]) -> bool:
    fields: dict[str, Any] = schema.get("properties", {})
    return "containers" in fields.get("spec", {}).get("properties", {})


if __name__ == "__main__":
    main()
