"""What is wrong with a resource's inputs, and what the provider adds to them: before anything is made."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wayfare.sandbox import conform, limits
from wayfare.sandbox.behaviour import Behaviour, Call, Properties, Refused, ResourceRules
from wayfare.sandbox.clouds import kubernetes
from wayfare.sandbox.planes import objects
from wayfare.sandbox.planes.api import Api
from wayfare.sandbox.regions import cluster_key, cluster_of
from wayfare.sandbox.schema import ANYTHING, ResourceSchema, Schemas
from wayfare.sandbox.store import Store
from wayfare.sandbox.view import View
from wayfare.sandbox.wire import has_unknown, unknown_at

if TYPE_CHECKING:
    from wayfare.sandbox.planes.planes import Planes


@dataclass(frozen=True)
class Subject:
    """The resource that a call is about."""

    token: str
    urn: str
    name: str
    configuration: Mapping[str, str]
    owner: str = ""
    """Which provider instance asks."""
    secrets: frozenset[str] = frozenset()
    """Texts that the timeline does not repeat."""


class Checks:
    """Schemas, limits and rules of one package, held against inputs."""

    def __init__(
        self, behaviour: Behaviour, schemas: Schemas, store: Store, view: View, planes: "Planes | None" = None
    ) -> None:
        self._behaviour, self._schemas, self._store, self._view = behaviour, schemas, store, view
        self._planes = planes

    def schema(self, token: str) -> ResourceSchema:
        """A type's schema. Raises `Refused` for a type that the SDK does not have."""
        schema = self._schemas.get(token)
        if schema is None:
            like = conform.nearest(token, list(self._schemas.tokens()))
            raise Refused(f"unknown resource type {token!r}" + (f"; did you mean {like!r}?" if like else ""))
        return schema

    def check(
        self, subject: Subject, inputs: Properties, old: Properties, seed: bytes
    ) -> tuple[Properties, list[conform.Violation]]:
        """Properties that the provider adds to the inputs (a name), and everything that is wrong with them."""
        added = self._named(subject, inputs, old, seed)
        inputs = {name: value for name, value in (inputs | added).items() if not name.startswith("__")}
        schema = self.schema(subject.token)
        violations = [] if schema is ANYTHING else conform.check(schema, inputs)
        violations = violations or limits.check(self._behaviour.limits(subject.token), inputs)
        return added, violations or self._beyond_schema(self.rules(subject.token), self.call(subject, inputs))

    def _beyond_schema(self, rules: ResourceRules, call: Call) -> list[conform.Violation]:
        """The cloud's own rules. What they say about a value that is not known yet does not count."""
        if rules.check is None:
            return []
        try:
            with self._store.transaction():
                found = rules.check(call)
        except (TypeError, ValueError, KeyError, AttributeError):
            if has_unknown(call.inputs):
                return []
            raise
        return [(path, reason) for path, reason in found if not unknown_at(call.inputs, path)]

    def _named(self, subject: Subject, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        """The name that the provider gives to what has none, stable as long as the resource lives."""
        suffix = hashlib.sha256(seed + subject.urn.encode()).hexdigest()
        if self._behaviour.package == "kubernetes":
            return kubernetes.named(subject.name, inputs, old, suffix[:8])
        known = self.schema(subject.token).inputs
        if not self._behaviour.autonames or "name" in inputs or "namePrefix" in inputs or "name" not in known:
            return {}
        return {"name": old.get("name") or f"{subject.name}-{suffix[:7]}"}

    def rules(self, token: str) -> ResourceRules:
        """The rules of a type."""
        return self._behaviour.rules.get(token, self._behaviour.default)

    def call(self, subject: Subject, inputs: Properties) -> Call:
        """What a rule may look at."""
        cluster = cluster_of(subject.configuration, self._store) if self._behaviour.package == "kubernetes" else None
        call = Call(
            subject.token, subject.name, subject.urn, inputs, subject.configuration, self._view, cluster=cluster
        )
        if cluster is None or self._planes is None or (api := self._planes.api(cluster_key(cluster))) is None:
            return call
        if not _is_live(api, replace(call, region=cluster_key(cluster))):
            return call
        return replace(call, live=True, namespaced=objects.namespaced(api, subject.token))


def _is_live(api: Api, call: Call) -> bool:
    """Whether an API server judges an object: not what Pulumi makes of a Helm chart, nor a kind that only a chart
    which is not rendered would bring.
    """
    if call.token == kubernetes.RELEASE:
        return False
    return objects.served(api, call.token) or not kubernetes.has_kind(call)
