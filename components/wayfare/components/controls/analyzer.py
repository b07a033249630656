"""The controls as a policy pack of the engine's: what Pulumi calls an analyzer.

The engine starts `pulumi-analyzer-policy-wayfare` from PATH, because `PulumiPolicy.yaml` names the runtime `wayfare`,
reads a port from its first line of output, and shows it every resource before it is made. The service is written
against the SDK's own protocol: the package `pulumi-policy` pins protobuf 5, which the clouds' SDKs have left behind.
"""

import os
import signal
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import plugin_pb2
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerServicer, add_AnalyzerServicer_to_server

from wayfare.components.controls import CONTROLS, Control, Resource, Terms, Violation, judge, judge_stack, what_to_try
from wayfare.components.controls.terms import told
from wayfare.components.controls.wire import plain

NAME = "wayfare-controls"
VERSION = "1.0.0"

#: A cluster's workload may bring large objects; the engine's own limit.
_MESSAGE_BYTES = 400 * 1024 * 1024


class Analyzer(AnalyzerServicer):
    """Judges the resources of one operation."""

    def __init__(self) -> None:
        self._terms = Terms()
        self._lock = Lock()

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - gRPC's names
        """Nothing is agreed on."""
        return proto.AnalyzerHandshakeResponse()

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """What the controls say against one resource."""
        resource = _resource(request)
        with self._lock:
            self._terms = told(resource) or self._terms
            terms = self._terms
        return _said(judge(resource, terms))

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """What the controls say against the stack as a whole."""
        return _said(judge_stack([_resource(each) for each in request.resources], self._terms))

    def Remediate(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Nothing is changed behind a program's back."""
        return proto.RemediateResponse()

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Every control."""
        return proto.AnalyzerInfo(
            name=NAME,
            displayName="Wayfare's controls",
            version=VERSION,
            policies=[
                proto.PolicyInfo(
                    name=control.name,
                    displayName=control.name,
                    description=control.demands,
                    enforcementLevel=_level(control),
                )
                for control in CONTROLS.values()
            ],
        )

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Its version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Nothing is configured: exceptions are the blueprint's."""
        return empty_pb2.Empty()

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Nothing is configured."""
        return proto.AnalyzerStackConfigureResponse()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Nothing is under way for long."""
        return empty_pb2.Empty()


def _resource(request: Any) -> Resource:
    return Resource(request.type, request.name, plain(request.properties), request.urn)


def _level(control: Control) -> Any:
    return proto.EnforcementLevel.MANDATORY if control.mandatory else proto.EnforcementLevel.ADVISORY


def _said(violations: Iterable[Violation]) -> Any:
    return proto.AnalyzeResponse(
        diagnostics=[
            proto.AnalyzeDiagnostic(
                policyName=violation.control.name,
                policyPackName=NAME,
                policyPackVersion=VERSION,
                description=violation.control.demands,
                message=f"{violation}\n{what_to_try([violation.control.name])}",
                enforcementLevel=_level(violation.control),
                urn=violation.finding.resource.urn,
            )
            for violation in violations
        ]
    )


def main() -> None:
    """Serve until the engine ends this process, by an interrupt: nothing is left to put in order."""
    signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(0))
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES)]
    with ThreadPoolExecutor(4) as threads:
        server = grpc.server(threads, options=options)  # pyright: ignore[reportUnknownMemberType] - partly typed
        add_AnalyzerServicer_to_server(Analyzer(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        server.wait_for_termination()


if __name__ == "__main__":
    main()
