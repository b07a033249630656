"""A preview's steps as differences by meaning: what becomes of the pool, the bucket, the workload, the labels.

Every property of every step is told exactly once: by a fact where one covers it (`facts.py`), with its label, or by its
own path. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from wayfare.stacks.consent import Loss, loss_of
from wayfare.stacks.engine.preview import Planned
from wayfare.stacks.facts import FACTS, MAINS, POOLS, label, subject
from wayfare.stacks.telling import Fact, at, moved, path_steps, shown

#: The label that every resource carries and every change of a blueprint changes.
_DIGEST = "wayfare-blueprint"

#: A longer value is not shown, only its path.
_SHORT = 80

_INDEX = re.compile(r"\[\d+\]")

Part = tuple[str, str]
"""URN and path of a property; an empty path is the resource as a whole."""


class Effect(StrEnum):
    """What becomes of a resource."""

    IN_PLACE = "in place"
    REPLACED = "replaced"
    CREATED = "created"
    DELETED = "deleted"


_EFFECTS: Mapping[str, Effect] = {
    "update": Effect.IN_PLACE,
    **dict.fromkeys(("create", "import"), Effect.CREATED),
    **dict.fromkeys(("delete", "discard"), Effect.DELETED),
    **dict.fromkeys(
        (
            *("replace", "create-replacement", "delete-replaced", "import-replacement"),
            *("read-replacement", "discard-replaced", "remove-pending-replace"),
        ),
        Effect.REPLACED,
    ),
}

QUIET = frozenset({"same", "read", "refresh"})
"""Operations that change nothing."""


@dataclass(frozen=True)
class Difference:
    """One thing that a person would say has changed."""

    text: str
    effect: Effect
    parts: tuple[Part, ...]
    """What it tells."""
    loss: Loss | None = None
    """What would be lost, where that needs consent."""

    def as_data(self) -> dict[str, object]:
        """The same for a program."""
        properties: dict[str, list[str]] = {}
        for urn, path in self.parts:
            properties.setdefault(urn, []).extend([path] if path else [])
        return {
            "text": self.text,
            "effect": self.effect.value,
            "consent": self.loss.name if self.loss else None,
            "lost": self.loss.what if self.loss else None,
            "resources": [{"urn": urn, "properties": paths} for urn, paths in properties.items()],
        }


@dataclass(frozen=True)
class _Change:
    """All steps of one resource."""

    step: Planned
    """The step that knows the properties."""
    effect: Effect
    old_goes_first: bool

    @property
    def urn(self) -> str:
        return self.step.urn

    @property
    def kind(self) -> str:
        return self.step.type.rpartition(":")[2]

    @property
    def name(self) -> str:
        return self.step.urn.rpartition("::")[2]

    @property
    def subject(self) -> str:
        return subject(self.step.urn)

    @property
    def main(self) -> bool:
        """Whether the thing itself, and not something about it, comes or goes."""
        return self.step.type in MAINS and self.effect is not Effect.IN_PLACE

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.step.properties)) or ("",)

    @property
    def loss(self) -> Loss | None:
        """What is lost with it."""
        goes = self.effect in (Effect.REPLACED, Effect.DELETED)
        return loss_of(self.step.type, self.subject) if goes else None

    def fact(self, path: str) -> tuple[str, str] | None:
        """What a property means and of what, where a fact covers it."""
        for fact in FACTS.get(self.step.type, ()):
            if fact.covers.fullmatch(path) and (words := _words(fact, self.step)) is not None:
                return words, fact.subject or self.subject
        return None

    def label(self, path: str) -> str | None:
        """The label that a property is, unless it means more than that."""
        return None if self.fact(path) else label(self.step.type, path)

    def pieces(self) -> "Iterator[_Piece]":
        """What there is to tell but for labels. That it comes or goes is told whatever its labels do."""
        paths = [path for path in self.paths if self.label(path) is None]
        for path in paths or ([] if self.effect is Effect.IN_PLACE else [""]):
            words, about = self.fact(path) or ("", self.subject)
            yield _Piece(self, path, words, about)


@dataclass(frozen=True)
class _Piece:
    """One property of a change."""

    change: _Change
    path: str
    words: str
    """What it means; empty where no fact covers it."""
    about: str


@dataclass(frozen=True)
class Tense:
    """How it is said: of what an `up` would do, or of what somebody else has done."""

    gone: str
    changed: str
    """What follows on a change that replaces nothing."""


PLANNED, DRIFTED = Tense("is deleted", ", in place"), Tense("is gone", "")


def tell(steps: Iterable[Planned], tense: Tense = PLANNED) -> tuple[Difference, ...]:
    """The differences: those that need consent first, then part by part of the cluster, labels last."""
    changes = _changes(steps)
    subjects = list(dict.fromkeys(change.subject for change in changes))
    found = [each for name in subjects for each in _of_subject([c for c in changes if c.subject == name], tense)]
    return tuple(sorted([*found, *_labels(changes, tense)], key=lambda each: each.loss is None))


def _changes(steps: Iterable[Planned]) -> list[_Change]:
    by_urn: dict[str, list[Planned]] = {}
    for step in steps:
        if step.operation not in QUIET and not step.type.startswith(("wayfare:", "pulumi:pulumi:")):
            by_urn.setdefault(step.urn, []).append(step)
    return [_change(of_one) for of_one in by_urn.values()]


def _change(of_one: Sequence[Planned]) -> _Change:
    operations = [step.operation for step in of_one]
    telling = max(of_one, key=lambda step: (len(step.properties), bool(step.before) and bool(step.after)))
    effects = {_EFFECTS[operation] for operation in operations}
    old_goes_first = "delete-replaced" in operations and "create-replacement" in operations
    old_goes_first = old_goes_first and operations.index("delete-replaced") < operations.index("create-replacement")
    effect = Effect.REPLACED if len(effects) > 1 else effects.pop()
    return _Change(telling, effect, old_goes_first)


def _words(fact: Fact, step: Planned) -> str | None:
    """None where the fact reads the same before and after, so that something else must have changed."""
    before = fact.read(step.before) if step.before else None
    after = fact.read(step.after) if step.after else None
    return None if before == after else fact.words(before, after)


def _of_subject(changes: Sequence[_Change], tense: Tense) -> Iterator[Difference]:
    """What is said of one part of the cluster: of the thing itself where it comes or goes, else of what it is like."""
    headed = next((change for change in changes if change.main), None)
    headline: list[_Piece] = []
    facts: dict[str, list[_Piece]] = {}
    plain: list[_Piece] = []
    for piece in (piece for change in changes for piece in change.pieces()):
        change = piece.change
        if headed is not None and _belongs(piece, headed):
            headline.append(piece)
        elif piece.words and change.loss is None and (change.effect is Effect.IN_PLACE or not piece.path):
            facts.setdefault(piece.about, []).append(piece)
        else:
            plain.append(piece)
    if headed is not None:
        yield _headline(headed, headline, tense)
    for about, pieces in facts.items():
        words = "; ".join(dict.fromkeys(piece.words for piece in pieces))
        join = ": " if about == pieces[0].change.subject else " "
        yield Difference(f"{about}{join}{words}{tense.changed}", Effect.IN_PLACE, _parts(pieces))
    yield from _plain(plain, tense)


def _belongs(piece: _Piece, headed: _Change) -> bool:
    """Whether a piece is told with the thing itself: its own, a fact about it, and what only comes or goes with it."""
    change = piece.change
    if change is headed:
        return True
    alike = change.effect is headed.effect and not piece.path
    return change.loss in (None, headed.loss) and (bool(piece.words) or alike)


def _headline(headed: _Change, pieces: Sequence[_Piece], tense: Tense) -> Difference:
    # Its own first: in which order the rest comes is the engine's affair.
    told = sorted(pieces, key=lambda piece: piece.change is not headed)
    facts = dict.fromkeys(piece.words for piece in told if piece.words)
    own = [piece.path for piece in pieces if piece.change is headed and piece.path and not piece.words]
    said = ", ".join([*facts, *_paths(headed, own)])
    others = {piece.change.urn for piece in pieces if not piece.words} - {headed.urn}
    notes = [f"with {len(others)} more resource{'s' if len(others) > 1 else ''}"] if others else []
    about = headed.subject
    match headed.effect:
        case Effect.REPLACED if headed.kind == "JobSet":
            text = f"{about}: " + (f"{said}: " if said else "") + "the job is replaced and starts anew"
        case Effect.REPLACED:
            text = f"{about} is replaced" + (f": {said}" if said else "")
            if headed.step.type in POOLS:
                order = "its nodes go before new ones come" if headed.old_goes_first else "new nodes come first"
                notes.insert(0, order)
        case Effect.DELETED:
            text = f"{about} {tense.gone}"
        case _:
            text = f"{about} is created" + (f": {said}" if said else "")
    return Difference(text + (f" ({'; '.join(notes)})" if notes else ""), headed.effect, _parts(pieces), headed.loss)


def _plain(pieces: Sequence[_Piece], tense: Tense) -> Iterator[Difference]:
    """What no fact covers, by kind, name and paths; resources that differ in the same way share a line."""
    by_change: dict[str, list[_Piece]] = {}
    for piece in pieces:
        by_change.setdefault(piece.change.urn, []).append(piece)
    alike: dict[tuple[str, Effect, Loss | None, str], list[list[_Piece]]] = {}
    for of_one in by_change.values():
        change = of_one[0].change
        worded = dict.fromkeys(piece.words for piece in of_one if piece.words)
        said = ", ".join([*worded, *_paths(change, [piece.path for piece in of_one if piece.path and not piece.words])])
        alike.setdefault((change.kind, change.effect, change.loss, said), []).append(of_one)
    for (kind, effect, loss, said), group in alike.items():
        about, names = group[0][0].change.subject, ", ".join(of_one[0].change.name for of_one in group)
        verb = {Effect.DELETED: tense.gone, Effect.REPLACED: "is replaced", Effect.CREATED: "is created"}.get(
            effect, ""
        )
        text = " ".join(part for part in (f"{about}:", kind, names, verb) if part) + (f": {said}" if said else "")
        parts = _parts([piece for of_one in group for piece in of_one])
        yield Difference(text + (tense.changed if effect is Effect.IN_PLACE else ""), effect, parts, loss)


def _paths(change: _Change, paths: Sequence[str]) -> list[str]:
    """Paths with their values where these are short; entries of one list in one."""
    families: dict[str, list[str]] = {}
    for path in paths:
        families.setdefault(_INDEX.sub("", path), []).append(path)
    return [
        _with_values(change.step, family[0]) if len(family) == 1 else f"{stem} ({len(family)})"
        for stem, family in families.items()
    ]


def _with_values(step: Planned, path: str) -> str:
    before, after = (at(inputs, *path_steps(path)) for inputs in (step.before, step.after))
    plain = all(
        value is None or (isinstance(value, str | int | float) and len(str(value)) <= _SHORT)
        for value in (before, after)
    )
    return f"{path} {moved(before, after)}" if plain and before != after else path


def _labels(changes: Sequence[_Change], tense: Tense) -> Iterator[Difference]:
    """Labels that change in the same way, over all resources; the digest, which follows from any change, comes last."""
    groups: dict[tuple[str, str, str, Effect], list[Part]] = {}
    for change in changes:
        for path in change.paths:
            key = change.label(path)
            if key is not None:
                before, after = (at(inputs, *path_steps(path)) for inputs in (change.step.before, change.step.after))
                groups.setdefault((key, shown(before), shown(after), change.effect), []).append((change.urn, path))
    for (key, before, after, effect), parts in sorted(groups.items(), key=lambda group: group[0][0] == _DIGEST):
        what = "the blueprint's digest" if key == _DIGEST else key
        count = len({urn for urn, _ in parts})
        where = f"on {count} resource{'s' if count > 1 else ''}"
        how = tense.changed if effect is Effect.IN_PLACE else f", {effect}"
        yield Difference(f"labels: {what} {moved(before, after)}, {where}{how}", effect, tuple(parts))


def _parts(pieces: Iterable[_Piece]) -> tuple[Part, ...]:
    return tuple((piece.change.urn, piece.path) for piece in pieces)
