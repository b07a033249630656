"""One sandboxed cloud: what a check, create, read, update, delete or invoke does, free of the protocol.

A resource is kept when its create begins, as in a real cloud: an engine that dies while it waits leaves an orphan
behind, which the cloud's inventory shows. Its machines are granted in the same transaction.
"""

import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from wayfare.sandbox import generic, parts
from wayfare.sandbox.behaviour import (
    Behaviour,
    Call,
    Died,
    HalfMade,
    Made,
    Nodes,
    Operation,
    Properties,
    Refused,
    ResourceRules,
)
from wayfare.sandbox.checks import Checks, Subject
from wayfare.sandbox.clock import VirtualClock
from wayfare.sandbox.conform import fill_unknown
from wayfare.sandbox.copies.keeper import Copies
from wayfare.sandbox.faults import Faults, Met
from wayfare.sandbox.ledger import Ledger, OverQuota, Scarce
from wayfare.sandbox.packages import CLOUDS
from wayfare.sandbox.planes.real import Real
from wayfare.sandbox.regions import region_of
from wayfare.sandbox.schema import ANYTHING, Schemas
from wayfare.sandbox.store import Resource, Store
from wayfare.sandbox.training.keeper import Trainings
from wayfare.sandbox.view import View
from wayfare.sandbox.visitors import Visitor
from wayfare.sandbox.wire import hidden

if TYPE_CHECKING:
    from wayfare.sandbox.planes.planes import Planes

_LOG = logging.getLogger(__name__)
_STATES = ("status", "provisioningState")


#: Arguments by which a provider goes and of which its cloud never hears: the engine's state alone has them.
_PROVIDERS_OWN = ("forceDestroy",)


class SandboxedCloud:
    """The resources of one package."""

    def __init__(
        self,
        behaviour: Behaviour,
        schemas: Schemas,
        store: Store,
        ledger: Ledger,
        clock: VirtualClock,
        planes: "Planes | None" = None,
        trainings: Trainings | None = None,
        copies: Copies | None = None,
    ) -> None:
        self.behaviour, self.package = behaviour, behaviour.package
        self._store, self._ledger, self._clock = store, ledger, clock
        self._view = View(self.package, store, ledger, clock, planes)
        self._checks = Checks(behaviour, schemas, store, self._view, planes)
        self._real, self._trainings, self._copies = Real(store, planes), trainings, copies
        self.schema, self.check = self._checks.schema, self._checks.check
        self._faults = Faults(behaviour, ledger, clock)

    def preview(self, subject: Subject, inputs: Properties) -> Properties:
        """The outputs of a create in a preview."""
        schema = self.schema(subject.token)
        if schema is ANYTHING:
            return dict(inputs)
        return fill_unknown(schema, inputs, nested=self.package != "kubernetes")

    def create(self, subject: Subject, inputs: Properties) -> Made:
        """Make a resource, in virtual time. Raises `Refused`, `HalfMade` and `Died`."""
        try:
            met = self._meet(Operation.CREATE, subject)
            made, failure = self._begin(subject, inputs, short=met.short)
            made = self._real.created(self._checks.call(subject, inputs), made)
        except Refused as refusal:
            self._note("refused", subject, "", str(refusal))
            raise
        self._note("create", subject, made.id)
        self._clock.wait(self._checks.rules(subject.token).seconds + met.slow, subject.owner)
        if (why := self._real.follow(subject.token)) is not None:
            failure = HalfMade(made.id, made.outputs, [why])
        if failure is not None:
            self._note("failed", subject, made.id, str(failure))
            raise failure
        self._note("created", subject, made.id)
        return made

    def read(self, subject: Subject, id: str, old_inputs: Properties) -> tuple[Properties, Properties] | None:
        """(outputs, inputs) as the cloud holds them now; None when it is gone. Raises `HalfMade`."""
        self._clock.wait(self._meet(Operation.READ, subject).slow, subject.owner)
        row = self.find(subject, id, old_inputs)
        row = None if row is None else self._real.seen(self._checks.call(subject, row.inputs), row)
        if row is None:
            return None
        if (why := self._unready(subject, row)) is not None:
            raise HalfMade(row.id, row.outputs, [why])
        keys = old_inputs or row.inputs
        return row.outputs, {name: row.inputs[name] for name in keys if name in row.inputs}

    def preview_update(
        self, subject: Subject, id: str, outputs: Properties, old: Properties, new: Properties
    ) -> Properties:
        """The outputs of an update in a preview."""
        schema = self.schema(subject.token)
        if schema is ANYTHING:
            return outputs | new
        return generic.updated(schema, replace(self._checks.call(subject, new), id=id, outputs=outputs), old)

    def update(self, subject: Subject, id: str, old: Properties, new: Properties) -> Properties:
        """Change a resource, or heal a half-made one; its outputs. Raises `Refused` and `HalfMade`."""
        rules, row = self._checks.rules(subject.token), self.find(subject, id, old)
        if row is None:
            raise Refused(f"{subject.token} {id} was not found")
        call = replace(self._checks.call(subject, new), id=id, outputs=row.outputs, region=row.region)
        failure: HalfMade | None = None
        try:
            met = self._meet(Operation.UPDATE, subject)
            changed = self._real.changed(call)
            with self._store.transaction():
                outputs = changed or (
                    rules.update(call) if rules.update else generic.updated(self.schema(row.token), call, row.inputs)
                )
                tags = generic.tags_of(rules.tags, new, subject.configuration)
                outputs = generic.with_tags(outputs, tags)
                nodes, shortage = self._granted(
                    rules, replace(call, outputs=outputs), row.region, row.number, short=met.short
                )
                if shortage is not None:
                    if not row.failed:
                        raise Refused(shortage)
                    failure = HalfMade(id, row.outputs, [shortage])
                else:
                    why = rules.unready(replace(call, outputs=outputs)) if rules.unready else None
                    if row.failed and why is None:
                        outputs = _in_state(outputs, self.behaviour.healthy_status)
                    failure = None if why is None else HalfMade(id, outputs, [why])
                    failed = failure is not None
                    self._store.change(row.number, inputs=new, outputs=outputs, tags=tags, failed=failed, nodes=nodes)
        except Refused as refusal:
            self._note("refused", subject, id, str(refusal))
            raise
        self._clock.wait(met.slow + (rules.seconds if row.failed else 0), subject.owner)
        if (why := self._real.follow(subject.token)) is not None:
            failure = HalfMade(id, outputs, [why])
        if failure is not None:
            self._note("failed", subject, id, str(failure))
            raise failure
        self._note("updated", subject, id)
        return outputs

    def delete(self, subject: Subject, id: str, inputs: Properties) -> None:
        """Delete a resource, in virtual time; what is gone already is no error. Raises `Refused`."""
        rules, row = self._checks.rules(subject.token), self.find(subject, id, inputs)
        if row is None:
            return
        try:
            met = self._meet(Operation.DELETE, subject)
            with self._store.transaction():
                if rules.delete is not None:
                    known = {name: inputs[name] for name in _PROVIDERS_OWN if name in inputs}
                    call = self._checks.call(subject, {**row.inputs, **known})
                    rules.delete(replace(call, id=id, outputs={**row.outputs, **known}, region=row.region))
        except Refused as refusal:
            self._note("refused", subject, id, str(refusal))
            raise
        self._note("delete", subject, id)
        self._clock.wait(rules.delete_seconds + met.slow, subject.owner)
        if self._trainings is not None:
            self._trainings.removing(row)
        if self._copies is not None:
            self._copies.removing(row)
        self._real.deleted(replace(self._checks.call(subject, row.inputs), id=id, region=row.region))
        with self._store.transaction():
            parts.remove(self._store, row, rules, self._clock.elapsed)
        self._real.follow(subject.token)
        self._note("deleted", subject, id)

    def vanish(self, token: str, id: str) -> None:
        """Remove a resource, and what goes with it, past every rule: as somebody else would. Raises `Refused`."""
        with self._store.transaction():
            rows = self._store.resources(self.package, token, id)
            if not rows:
                raise Refused(f"{token} {id} was not found")
            parts.remove(self._store, rows[0], self._checks.rules(token), self._clock.elapsed)
        self._real.vanished(rows[0])

    def invoke(
        self, token: str, arguments: Properties, configuration: Mapping[str, str], owner: str = ""
    ) -> Properties:
        """Answer a function. Raises `Refused` and `Died`."""
        subject = Subject(token, "", "", configuration, owner)
        self._clock.wait(self._meet(Operation.INVOKE, subject).slow, owner)
        answer = self.behaviour.invokes.get(token)
        if answer is None:
            raise Refused(f"the sandbox does not answer the function {token!r}")
        with self._store.transaction():
            return answer(arguments, configuration, self._view)

    def reads(self, visitor: Visitor, bucket: str) -> None:
        """Let pods of a cluster anywhere come to a bucket. Raises `Refused` where they may not read it."""
        if self.behaviour.reads is None:
            raise Refused(f"{self.package} has no buckets in the sandbox")
        with self._store.transaction():
            self.behaviour.reads(visitor, bucket, self._view)

    def writes(self, visitor: Visitor, bucket: str) -> None:
        """The same for whoever is to write there, too."""
        if self.behaviour.writes is None:
            raise Refused(f"{self.package} has no buckets in the sandbox")
        with self._store.transaction():
            self.behaviour.writes(visitor, bucket, self._view)

    def rest(self, method: str, path: str, arguments: Properties) -> Properties:
        """Answer the cloud's HTTP API. Raises `Refused`."""
        if self.behaviour.rest is None:
            raise Refused(f"{self.package} answers no HTTP requests in the sandbox")
        with self._store.transaction():
            return self.behaviour.rest(method, path, arguments, self._view)

    def replace_on(self, token: str) -> frozenset[str]:
        """Properties whose change replaces a resource."""
        return self._checks.rules(token).replace_on

    def find(self, subject: Subject, id: str, inputs: Properties) -> Resource | None:
        """The resource with an id, in the region of the call where several have it."""
        rows = self._store.resources(self.package, subject.token, id)
        if len(rows) == 1 and self.package != "kubernetes":
            return rows[0]
        region = region_of(self.package, self.schema(subject.token), inputs, subject.configuration, self._store)
        return next((row for row in rows if row.region == region), None)

    def _meet(self, operation: Operation, subject: Subject) -> Met:
        """What was asked to go wrong with a call. Raises `Refused` and `Died`."""
        try:
            return self._faults.meet(operation, subject.token, subject.owner)
        except Died:
            self._note("died", subject, "", f"the provider of {self.package} died")
            raise

    def _begin(self, subject: Subject, inputs: Properties, *, short: bool) -> tuple[Made, HalfMade | None]:
        """Keep the new resource with its machines; a failure to raise after its time has passed."""
        rules, schema, failure = self._checks.rules(subject.token), self.schema(subject.token), None
        with self._store.transaction():
            region = region_of(self.package, schema, inputs, subject.configuration, self._store)
            call = replace(self._checks.call(subject, inputs), region=region)
            try:
                made = rules.create(call) if rules.create else generic.make(call, schema)
            except HalfMade as half:
                made, failure = Made(half.id, half.outputs), half
            made = Made(made.id, generic.echoed(schema, inputs) | made.outputs)
            whole, nodes = replace(call, id=made.id, outputs=made.outputs), None
            if failure is None:
                nodes, shortage = self._granted(rules, whole, region, 0, short=short)
                if shortage is not None and not rules.half_made:
                    raise Refused(shortage)
                if shortage is not None:
                    made = Made(made.id, _in_state(made.outputs, self.behaviour.failed_status))
                    failure = HalfMade(made.id, made.outputs, [shortage])
                elif rules.unready and (why := rules.unready(whole)) is not None:
                    failure = HalfMade(made.id, made.outputs, [why])
            try:
                self._store.add(
                    package=self.package,
                    token=subject.token,
                    id=made.id,
                    region=region,
                    urn=subject.urn,
                    name=subject.name,
                    inputs=inputs,
                    outputs=made.outputs,
                    tags=generic.tags_of(rules.tags, inputs, subject.configuration),
                    failed=failure is not None,
                    nodes=nodes,
                    at=self._clock.elapsed,
                )
            except sqlite3.IntegrityError as error:
                raise Refused(f"AlreadyExists: {subject.token} {made.id} already exists") from error
        return made, failure

    def _unready(self, subject: Subject, row: Resource) -> str | None:
        """Why a resource is not ready now. What can become so by itself is looked at again."""
        rules = self._checks.rules(subject.token)
        call = replace(self._checks.call(subject, row.inputs), id=row.id, outputs=row.outputs, region=row.region)
        if rules.unready and (why := rules.unready(call)) is not None:
            return why
        by_itself = rules.unready is not None and rules.nodes is None
        return f"{row.token.rpartition(':')[2]} {row.id} is not healthy" if row.failed and not by_itself else None

    def _granted(
        self, rules: ResourceRules, call: Call, region: str, number: int, *, short: bool
    ) -> tuple[Nodes | None, str | None]:
        """The machines that a resource gets, or the cloud's text for why not."""
        wanted = rules.nodes(call) if rules.nodes else None
        if wanted is None:
            return None, None
        if short:
            return None, self.behaviour.stockout(wanted, region)
        try:
            return self._ledger.grant(CLOUDS[self.package], region, wanted, self._clock.elapsed, number), None
        except Scarce:
            return None, self.behaviour.stockout(wanted, region)
        except OverQuota as over:
            return None, self.behaviour.over_quota(wanted, region, over.family, over.limit, over.wanted)

    def _note(self, kind: str, subject: Subject, id: str, text: str = "") -> None:
        # What the cloud says stands in the timeline alone, which only the sandbox's owner can read.
        _LOG.info("%s %s %s", kind, subject.token, id or subject.name)
        text = hidden(text, subject.secrets)
        self._store.note(self._clock.elapsed, kind, self.package, subject.token, id, subject.name, text)


def _in_state(outputs: Properties, state: str) -> Properties:
    """The outputs with the word for a resource's health, wherever its cloud puts it."""
    return outputs | {name: state for name in _STATES if isinstance(outputs.get(name), str)}
