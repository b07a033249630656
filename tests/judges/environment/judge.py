"""Runs checkov on files and prints what it found, as JSON.

Usage: python judge.py KIND SKIPPED FILE …     KIND: terraform_plan, arm or kubernetes; SKIPPED: check ids, by comma

Runs in the judges' environment. One process for many files, since checkov takes seconds to start; a run of its own for
each file, since checkov joins what has the same name in two files: resources of one cluster would vouch for another's,
and of Kubernetes objects that are called the same all but one would be passed over. Nothing of checkov's command line
is used, and with it nothing that asks its maker's service for anything; whatever would still leave the process ends it.
"""

import json
import sys
from importlib import import_module
from typing import Any

RUNNERS = {
    "terraform_plan": "checkov.terraform.plan_runner",
    "arm": "checkov.arm.runner",
    "kubernetes": "checkov.kubernetes.runner",
}


def main(kind: str, skipped: str, files: list[str]) -> None:
    """Print each file's report."""
    sys.addaudithook(_stay_here)
    runner_filter = import_module("checkov.runner_filter").RunnerFilter(
        framework=[kind],
        skip_checks=[check for check in skipped.split(",") if check],
        show_progress_bar=False,
        download_external_modules=False,
    )
    runner = import_module(RUNNERS[kind]).Runner
    sys.stdout.write(json.dumps({file: _report(runner, file, runner_filter) for file in files}))


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise PermissionError(f"a judge has no business in the network: {event} {arguments[1:]}")


def _report(runner: Any, file: str, runner_filter: Any) -> dict[str, Any]:
    report: Any = runner().run(root_folder=None, files=[file], runner_filter=runner_filter)
    return {
        "passed": [_record(record) for record in report.passed_checks],
        "failed": [_record(record) for record in report.failed_checks],
        "resources": len(report.resources),
        "errors": list(report.parsing_errors),
    }


def _record(record: Any) -> dict[str, str]:
    return {"check": record.check_id, "name": record.check_name, "resource": record.resource}


main(sys.argv[1], sys.argv[2], sys.argv[3:])
