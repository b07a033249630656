"""What clouds do by themselves when virtual time has passed: a timer that stands in a cloud rings there.

The clock passes to a moment only while no call is at work. So what was due until then is done before anybody who
waited for that moment goes on.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from wayfare.sandbox.behaviour import Behaviour, Call, Deed, Properties, Refused, StoreView
from wayfare.sandbox.clock import START, VirtualClock
from wayfare.sandbox.ledger import Ledger, OverQuota, Scarce
from wayfare.sandbox.packages import CLOUDS
from wayfare.sandbox.store import Resource, Store
from wayfare.sandbox.view import View


class Timers:
    """The timers of every cloud."""

    def __init__(self, known: Mapping[str, Behaviour], store: Store, ledger: Ledger, clock: VirtualClock) -> None:
        self._store, self._ledger = store, ledger
        # Of all types only a few do anything by themselves, and the clock moves with every call.
        self._makers = [
            (behaviour, View(package, store, ledger, clock), token, rules.deeds)
            for package, behaviour in known.items()
            for token, rules in behaviour.rules.items()
            if rules.deeds is not None
        ]

    def ring(self, after: datetime, until: datetime) -> None:
        """Do what came due in a span of virtual time, its end included, in the order in which it did."""
        due = [
            (deed, row, behaviour, view)
            for behaviour, view, token, deeds in self._makers
            for row in self._store.resources(behaviour.package, token)
            for deed in deeds(row, view, after, until)
        ]
        for deed, maker, behaviour, view in sorted(due, key=lambda each: each[0].at):
            self._do(deed, maker, behaviour, view)

    def _do(self, deed: Deed, maker: Resource, behaviour: Behaviour, view: StoreView) -> None:
        rows = self._store.resources(behaviour.package, deed.token, deed.id)
        if not rows:
            return
        row, at = rows[0], (deed.at - START).total_seconds()
        inputs = _merged(row.inputs, deed.change)
        if inputs == row.inputs:
            return
        try:
            if deed.refused:
                raise Refused(deed.refused)
            self._change(row, inputs, behaviour, view, at)
        except Refused as refused:
            self._store.note(at, "refused", behaviour.package, row.token, row.id, row.name, f"{maker.id}: {refused}")
        else:
            self._store.note(at, "updated", behaviour.package, row.token, row.id, row.name, f"by {maker.id}")

    def _change(self, row: Resource, inputs: Properties, behaviour: Behaviour, view: StoreView, at: float) -> None:
        """Change a resource as its cloud does when it is asked to. Raises `Refused`."""
        rules = behaviour.rules.get(row.token, behaviour.default)
        call = Call(row.token, row.name, row.urn, inputs, {}, view, row.id, row.outputs, row.region)
        outputs = rules.update(call) if rules.update is not None else {**row.outputs, **inputs}
        wanted = rules.nodes(call) if rules.nodes is not None else None
        try:
            cloud = CLOUDS[behaviour.package]
            nodes = None if wanted is None else self._ledger.grant(cloud, row.region, wanted, at, row.number)
        except (Scarce, OverQuota) as short:
            raise Refused(f"{row.id} gets no more machines: {type(short).__name__}") from short
        self._store.change(row.number, inputs=inputs, outputs=outputs, tags=row.tags, failed=row.failed, nodes=nodes)


def _merged(value: Properties, change: Properties) -> Properties:
    """Properties with a change in them, as PATCH makes it: objects are merged, all else is replaced."""
    merged = dict(value)
    for key, new in change.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            merged[key] = _merged(cast("Properties", old), cast("Properties", new))
        else:
            merged[key] = new
    return merged
