"""A graph in the words of each judge. Nothing is left out in silence: what has no form raises NotConvertible."""

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from tests.golden.graph import Graph, Properties
from tests.judges import arm, manifests, terraform
from tests.judges.errors import NotConvertible


class Kind(StrEnum):
    """A form that checkov reads, by checkov's name."""

    TERRAFORM = "terraform_plan"
    ARM = "arm"
    KUBERNETES = "kubernetes"


@dataclass(frozen=True)
class Input:
    """What is handed to a judge as one file."""

    kind: Kind
    text: str
    types: Counter[str]
    """How many resources of each type are in it, by the judge's names."""
    unread: Counter[str] = field(default_factory=Counter[str])
    """What the graph has in this form and no judge reads."""

    @property
    def suffix(self) -> str:
        """Of the file's name."""
        return ".yaml" if self.kind is Kind.KUBERNETES else ".json"


#: What is no resource of a cloud: Wayfare's own components, and Pulumi's providers, which hold credentials at most.
_NO_RESOURCES = ("wayfare:", "pulumi:providers:")

_KINDS = {
    **dict.fromkeys(terraform.PREFIXES, Kind.TERRAFORM),
    arm.PACKAGE: Kind.ARM,
    manifests.PACKAGE: Kind.KUBERNETES,
}


def inputs(resources: Graph) -> list[Input]:
    """One input for each form that a graph has resources in. Raises NotConvertible."""
    kinds = {kind_of(row.type) for row in resources.values() if not row.type.startswith(_NO_RESOURCES)}
    return [in_form(kind, resources) for kind in sorted(kinds)]


def kind_of(token: str) -> Kind:
    """The form that a type is judged in."""
    package = token.partition(":")[0]
    if package not in _KINDS:
        raise NotConvertible(f"no judge reads {token}: add a converter for {package} to tests/judges")
    return _KINDS[package]


def in_form(kind: Kind, resources: Graph) -> Input:
    """The resources of a graph that are judged in one form. Raises NotConvertible."""
    match kind:
        case Kind.TERRAFORM:
            plan = terraform.plan(resources)
            made = plan["planned_values"]["root_module"]["resources"]
            return Input(kind, _json(plan), Counter(str(one["type"]) for one in made))
        case Kind.ARM:
            template = arm.template(resources)
            return Input(kind, _json(template), Counter(str(one["type"]) for one in template["resources"]))
        case Kind.KUBERNETES:
            items = manifests.manifests(resources)
            types = Counter(str(item["kind"]) for item in items)
            return Input(kind, manifests.text(items), types, Counter(manifests.unread(resources)))


def _json(document: Properties) -> str:
    return json.dumps(document, indent=1)
