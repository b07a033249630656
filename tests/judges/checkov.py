"""checkov, in its own environment: what it finds in many inputs, each judged by itself."""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.golden.cases import ROOT
from tests.judges.inputs import Input, Kind

ENVIRONMENT = ROOT / ".tools" / "judges"
_SCRIPTS = Path(__file__).with_name("environment")

_PROCESSES = 2

#: So many files are judged while another process would still be starting.
_FEW = 40

#: An ARM type has dots and slashes in it; the other forms' types have none.
_ARM_TYPE = re.compile(r"^([\w.]+(?:/\w+)+)\.(.*)$")


@dataclass(frozen=True, order=True)
class Finding:
    """What one check said of one resource."""

    check: str
    type: str
    resource: str
    """The resource's name, as the judge has it."""
    passed: bool
    title: str

    @property
    def what(self) -> str:
        """Type and name, as waivers name them."""
        return f"{self.type}.{self.resource}"


@dataclass(frozen=True)
class Verdict:
    """All that was found in one input."""

    findings: Sequence[Finding]
    resources: int
    """How many resources checkov saw."""

    @property
    def failed(self) -> Counter[tuple[str, str]]:
        """How often each check failed for a type."""
        return Counter((one.check, one.type) for one in self.findings if not one.passed)


def judge(inputs: Mapping[str, Input], left_out: Iterable[str], directory: Path) -> Mapping[str, Verdict]:
    """What checkov finds in each input, by the input's name. Raises RuntimeError if it could not read one."""
    files: dict[Kind, list[str]] = {}
    named: dict[str, str] = {}
    for name, one in inputs.items():
        file = directory / f"{name}{one.suffix}"
        file.write_text(one.text, encoding="utf-8")
        files.setdefault(one.kind, []).append(str(file))
        named[str(file)] = name
    skipped = ",".join(left_out)
    with ThreadPoolExecutor(_PROCESSES) as processes:
        runs = [
            processes.submit(script, "judge.py", kind, skipped, *group)
            for kind, found in files.items()
            for group in _groups(found)
        ]
        reports = [run.result() for run in runs]
    return {named[file]: _verdict(file, report) for found in reports for file, report in found.items()}


def _groups(files: Sequence[str]) -> list[Sequence[str]]:
    """One for each process, and few, since checkov takes seconds to start."""
    count = 1 if len(files) <= _FEW else _PROCESSES
    return [files[start::count] for start in range(count)]


def script(name: str, *arguments: str) -> Any:
    """What a script of the judges' environment prints. Raises RuntimeError with what it says when it fails."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        raise RuntimeError(f"there is no {ENVIRONMENT}; `make test-judges` makes it")
    done = subprocess.run([python, _SCRIPTS / name, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def _verdict(file: str, report: Any) -> Verdict:
    if report["errors"]:
        raise RuntimeError(f"checkov could not read {file}")
    found = [_finding(row, passed=passed == "passed") for passed in ("passed", "failed") for row in report[passed]]
    return Verdict(sorted(set(found)), report["resources"])


def _finding(row: Mapping[str, str], *, passed: bool) -> Finding:
    found = _ARM_TYPE.match(row["resource"])
    type, name = (found.group(1), found.group(2)) if found else row["resource"].split(".", 1)
    return Finding(row["check"], type, name, passed, row["name"])
