"""Prints as JSON what Terraform's providers call the attributes and blocks of some resource types.

Usage: python schemas.py aws_eks_cluster google_container_cluster …

Runs in the judges' environment. The schemas are those that the prebuilt providers of Terraform's CDK were generated
from; their Python files are read as text, since importing one would start a JavaScript engine. For each type that there
is: the provider's version, `root`, and by class and name its `kind` (`value`, `list`, `map` or `block`) and, for a
block, its class.
"""

import json
import re
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

_CLASS = re.compile(r"^class (\w+)(.*)$")
_PARAMETER = re.compile(r"^ (?:       |   def __init__\(self, \*, )(\w+): (.+?)(?: = None)?(?:,|\) -> None:)$")
_BLOCK = re.compile(r'typing\.Union\["?([A-Z]\w+)"?, typing\.Dict\[')
_DOCUMENTED = re.compile(r"^        :param (\w+):.*?/docs/resources/[\w.-]+#(\w+) ")
_VERSION = re.compile(r"registry\.terraform\.io/providers/hashicorp/(\w+)/([\d.]+)/")

#: What every type has in Terraform's CDK, and no provider's schema.
_META = "TerraformMetaArguments"


def main(types: list[str]) -> None:
    """Print what is known of the types."""
    found = {type: _schema(file) for type in types if (file := _file(type)) is not None}
    sys.stdout.write(json.dumps(found))


def _file(type: str) -> Path | None:
    provider, _, name = type.partition("_")
    package = f"cdktf_cdktf_provider_{provider}"
    file = Path(str(distribution(package).locate_file(package))) / name / "__init__.py"
    return file if file.is_file() else None


def _schema(file: Path) -> dict[str, Any]:
    lines = file.read_text(encoding="utf-8").splitlines()
    version = next(found.group(2) for line in lines if (found := _VERSION.search(line)))
    classes: dict[str, Any] = {}
    root = ""
    for number, line in enumerate(lines):
        if (found := _CLASS.match(line)) is None:
            continue
        name, bases = found.groups()
        if bases == "(":
            bases = lines[number + 1]
        if _META in bases:
            root = name
        elif bases != ":":
            continue
        classes[name] = _attributes(lines[number:])
    return {"version": version, "root": root, "classes": classes}


def _attributes(lines: list[str]) -> dict[str, Any]:
    """The parameters of a class's constructor, under the names that its documentation gives them."""
    parameters: dict[str, str] = {}
    made: dict[str, Any] = {}
    for line in lines[1:]:
        if _CLASS.match(line) or line.startswith("        if __debug__"):
            break
        if found := _PARAMETER.match(line):
            parameters[found.group(1)] = found.group(2)
        elif (found := _DOCUMENTED.match(line)) and found.group(1) in parameters:
            made[found.group(2)] = _kind(parameters[found.group(1)])
    return made


def _kind(annotation: str) -> dict[str, str]:
    if found := _BLOCK.search(annotation):
        return {"kind": "block", "class": found.group(1)}
    if "typing.Sequence[" in annotation:
        return {"kind": "list"}
    if "typing.Mapping[" in annotation:
        return {"kind": "map"}
    return {"kind": "value"}


main(sys.argv[1:])
