"""Pulumi's provider protocol over a sandboxed cloud: structs in and out, secrets, previews, errors with details."""

import json
import logging
from collections.abc import Callable, Mapping
from traceback import format_tb
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from wayfare.sandbox import difference
from wayfare.sandbox.behaviour import Died, HalfMade, Properties, Refused
from wayfare.sandbox.checks import Subject
from wayfare.sandbox.clock import VirtualClock
from wayfare.sandbox.cloud import SandboxedCloud
from wayfare.sandbox.regions import is_other_cluster
from wayfare.sandbox.wire import (
    at,
    conceal,
    from_struct,
    has_unknown,
    hidden,
    plain,
    secret_paths,
    secret_texts,
    to_struct,
)

_LOG = logging.getLogger(__name__)
_KINDS = {
    (difference.Kind.ADD, False): provider_pb2.PropertyDiff.ADD,
    (difference.Kind.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (difference.Kind.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (difference.Kind.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (difference.Kind.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (difference.Kind.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}

_INSTANCES = 1000
"""Provider instances whose configuration is kept: those of the last runs."""

ReplyT = TypeVar("ReplyT")


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One package's servicer. Provider instances are told apart by their connection."""

    def __init__(
        self, cloud: SandboxedCloud, clock: VirtualClock, version: str, die: Callable[[], Callable[[], None]]
    ) -> None:
        """`die` counts this servicer as dead, and gives what ends its server."""
        self._cloud, self._clock, self._version, self._die = cloud, clock, version, die
        self._configurations: dict[str, Mapping[str, str]] = {}

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """What this provider can do."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """The engine attaches to a provider that runs already."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """The version of the SDK that is stood in for."""
        return plugin_pb2.PluginInfo(version=self._version)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Every configuration is taken as it is."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """A changed configuration changes the provider; another cluster replaces it, and with it every object."""
        old: Properties = plain(from_struct(request.old_inputs))
        new: Properties = plain(from_struct(request.news))
        other = self._cloud.package == "kubernetes" and is_other_cluster(old, new)
        found = difference.changes(old, new, {"kubeconfig"} if other else ())
        return _difference(found, replaces=other)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Keep the configuration of a provider instance."""
        given: Properties = plain(from_struct(request.args))
        configuration = {key: value if isinstance(value, str) else json.dumps(value) for key, value in given.items()}
        while len(self._configurations) >= _INSTANCES:
            del self._configurations[next(iter(self._configurations))]
        self._configurations[context.peer()] = {**self._cloud.behaviour.account, **configuration}
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Hold inputs against the schema and the cloud's own rules."""
        news = from_struct(request.news)

        def answer() -> Any:
            subject = self._subject(request.urn, context, news)
            added, violations = self._cloud.check(
                subject, plain(news), plain(from_struct(request.olds)), bytes(request.randomSeed)
            )
            failures = [
                provider_pb2.CheckFailure(property=path, reason=hidden(reason, subject.secrets))
                for path, reason in violations
            ]
            inputs = conceal(news | added, list(secret_paths(news)))
            return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=failures)

        return self._answer(context, answer, news, _token(request.urn))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """What changed between old and new inputs, and whether it replaces the resource."""

        def answer() -> Any:
            token = _token(request.urn)
            found = difference.changes(
                plain(from_struct(request.old_inputs)),
                plain(from_struct(request.news)),
                self._cloud.replace_on(token),
                list(request.ignoreChanges),
            )
            return _difference(found, replaces=True)

        return self._answer(context, answer)

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Make a resource; in a preview, say what is known of it."""
        given = from_struct(request.properties)

        def answer() -> Any:
            subject = self._subject(request.urn, context, given)
            if request.preview:
                return provider_pb2.CreateResponse(
                    properties=self._concealed(subject.token, self._cloud.preview(subject, plain(given)), given)
                )
            made = self._cloud.create(subject, plain(given))
            return provider_pb2.CreateResponse(
                id=made.id, properties=self._concealed(subject.token, made.outputs, given)
            )

        return self._answer(context, answer, given, _token(request.urn))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """What the cloud holds now, for a refresh or an import; an empty answer for what is gone."""
        inputs = from_struct(request.inputs)
        given = from_struct(request.properties) | inputs

        def answer() -> Any:
            subject = self._subject(request.urn, context, given)
            found = self._cloud.read(subject, request.id, plain(inputs))
            if found is None:
                return provider_pb2.ReadResponse()
            return provider_pb2.ReadResponse(
                id=request.id,
                properties=self._concealed(subject.token, found[0], given),
                inputs=to_struct(conceal(found[1], list(secret_paths(inputs)))),
            )

        return self._answer(context, answer, given, _token(request.urn), inputs)

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Change a resource; in a preview, say what is known of it then."""
        given, old = from_struct(request.news), plain(from_struct(request.old_inputs))

        def answer() -> Any:
            subject = self._subject(request.urn, context, given)
            if request.preview:
                before = plain(from_struct(request.olds))
                outputs = self._cloud.preview_update(subject, request.id, before, old, plain(given))
            else:
                outputs = self._cloud.update(subject, request.id, old, plain(given))
            return provider_pb2.UpdateResponse(properties=self._concealed(subject.token, outputs, given))

        return self._answer(context, answer, given, _token(request.urn))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Delete a resource."""

        inputs = from_struct(request.old_inputs) or from_struct(request.properties)

        def answer() -> Any:
            self._cloud.delete(self._subject(request.urn, context, inputs), request.id, plain(inputs))
            return empty_pb2.Empty()

        return self._answer(context, answer, inputs, _token(request.urn))

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Answer a function; nothing is known of an answer to an unknown question."""
        arguments = plain(from_struct(request.args))

        def answer() -> Any:
            configuration = self._configuration(context)
            result = self._cloud.invoke(_unversioned(request.tok), arguments, configuration, context.peer())
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(to_struct(result))
            return response

        if has_unknown(arguments):
            return provider_pb2.InvokeResponse()
        return self._answer(context, answer)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Let every call of this provider instance that waits for virtual time end at once."""
        self._clock.cancel(context.peer())
        return empty_pb2.Empty()

    def _answer(
        self,
        context: grpc.ServicerContext,
        answer: Callable[[], ReplyT],
        given: Properties | None = None,
        token: str = "",
        inputs: Properties | None = None,
    ) -> ReplyT:
        """Answer while time stands still; refusals become aborts in the cloud's own words."""
        with self._clock.call():
            try:
                return answer()
            except Refused as refusal:
                context.abort(grpc.StatusCode.UNKNOWN, hidden(str(refusal), self._secrets(token, given)))
            except HalfMade as half:
                half = _untold(half, self._secrets(token, given))
                properties = self._concealed(token, half.outputs, given or {})
                _abort_half_made(context, half, properties, inputs)
            except Died:
                # What the engine sees of a plugin that crashes: the connection ends while an answer is waited for.
                end = self._die()
                if not context.add_callback(end):
                    end()
                context.abort(grpc.StatusCode.UNAVAILABLE, "error reading from server: EOF")
            except Exception as error:
                # The message of an error may hold any value, so the log has only where it came from.
                _LOG.error("the sandbox failed: %s\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))
                said = hidden(f"{type(error).__name__}: {error}", self._secrets(token, given))
                context.abort(grpc.StatusCode.INTERNAL, f"the sandbox failed: {said}")

    def _concealed(self, token: str, outputs: Properties, given: Properties) -> Any:
        """Outputs as a struct: secret where the inputs were, and where the SDK says so."""
        paths = [*secret_paths(given), *((name,) for name in self._cloud.schema(token).secrets)]
        return to_struct(conceal(outputs, paths))

    def _secrets(self, token: str, given: Properties | None) -> frozenset[str]:
        """Texts that no message may repeat: what is in secrets' envelopes, and what the SDK says is secret."""
        if not given:
            return frozenset()
        try:
            names = self._cloud.schema(token).secrets
        except Refused:
            names = ()
        concealed = conceal(given, [*secret_paths(given), *((name,) for name in names)])
        return frozenset[str]().union(*(secret_texts(plain(at(concealed, path))) for path in secret_paths(concealed)))

    def _subject(self, urn: str, context: grpc.ServicerContext, given: Properties) -> Subject:
        return Subject(
            token=_token(urn),
            urn=urn,
            name=urn.rpartition("::")[2],
            configuration=self._configuration(context),
            owner=context.peer(),
            secrets=self._secrets(_token(urn), given),
        )

    def _configuration(self, context: grpc.ServicerContext) -> Mapping[str, str]:
        """The configuration of this instance; after a reconnection, the last one that was given."""
        last: Mapping[str, str] = next(reversed(self._configurations.values()), dict[str, str]())
        return self._configurations.get(context.peer(), last)


def _untold(half: HalfMade, secrets: frozenset[str]) -> HalfMade:
    """The same failure, whose reasons do not repeat secrets."""
    return HalfMade(half.id, half.outputs, [hidden(reason, secrets) for reason in half.reasons])


def _token(urn: str) -> str:
    """The resource type in a URN, without its parents' types and an API version."""
    return _unversioned(urn.split("::", 3)[2].rpartition("$")[2])


def _unversioned(token: str) -> str:
    """`azure-native:network/v20240101preview:Subnet` → `azure-native:network:Subnet`."""
    package, module, name = token.split(":")
    head, _, version = module.rpartition("/")
    is_version = package == "azure-native" and version[:1] == "v" and version[1:9].isdecimal() and len(version) >= 9
    return f"{package}:{head}:{name}" if is_version else token


def _difference(found: list[difference.Change], *, replaces: bool) -> Any:
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
        replaces=sorted({str(change.path[0]) for change in found if change.replaces and replaces}),
        diffs=sorted({str(change.path[0]) for change in found}),
        detailedDiff={
            change.text: provider_pb2.PropertyDiff(
                kind=_KINDS[change.kind, change.replaces and replaces], inputDiff=True
            )
            for change in found
        },
        hasDetailedDiff=True,
    )


def _abort_half_made(
    context: grpc.ServicerContext, half: HalfMade, properties: Any, inputs: Properties | None
) -> NoReturn:
    """Fail with the detail that makes the engine keep the resource in its state."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=half.id,
        properties=properties,
        inputs=None if inputs is None else to_struct(inputs),
        reasons=half.reasons,
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(half))
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, str(half))
