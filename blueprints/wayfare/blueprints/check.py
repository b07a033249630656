"""From a document's JSON values to a blueprint, or to all of its mistakes in words."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from wayfare.blueprints import hints, words
from wayfare.blueprints.models import Blueprint, InferenceCluster, TrainingCluster
from wayfare.blueprints.problems import Loc, Problem, render, show
from wayfare.blueprints.source import MAX_MISTAKES, Position, Source

BLUEPRINT: TypeAdapter[Blueprint] = TypeAdapter(Blueprint)
KINDS = (TrainingCluster.__name__, InferenceCluster.__name__)


def check(source: Source) -> tuple[Blueprint | None, list[Problem]]:
    """Validate a document. Either the blueprint or at least one problem is there."""
    problems = list(source.problems)
    if not isinstance(source.data, dict):
        if not problems:
            problems.append(_no_mapping(source))
        return None, sorted(set(problems))
    data = dict(source.data)
    if (kind := data.get("kind")) not in KINDS:
        # What else is wrong is told at once, too: the rest is checked as the kind that was most likely meant.
        problems.append(_kind_problem(source, kind))
        data["kind"] = (hints.nearest(kind, KINDS) if isinstance(kind, str) else None) or KINDS[0]
    blueprint = None
    try:
        # JSON text and not Python values: only there does Pydantic's strict mode take lists for tuples and texts for
        # enum members. Keys must be spelled as in YAML.
        blueprint = BLUEPRINT.validate_json(json.dumps(data), by_alias=True, by_name=False)
    except ValidationError as invalid:
        told = {problem.path for problem in problems}
        errors = _distinct(invalid, str(data["kind"]))
        found = [_problem(source, error, str(data["kind"])) for error in errors[:MAX_MISTAKES]]
        problems += [problem for problem in found if problem.path not in told]
        if (more := len(errors) - MAX_MISTAKES) > 0:
            problems.append(Problem(source.name, 0, 0, "", f"has {more} more mistakes than are told here"))
    return (None if problems else blueprint), sorted(set(problems))


def _no_mapping(source: Source) -> Problem:
    if () not in source.values:
        return Problem(source.name, 0, 0, "", "is empty", "copy one of the library's blueprints")
    return Problem(source.name, *source.values[()], "", "a blueprint is a mapping that begins with apiVersion")


def _kind_problem(source: Source, kind: object) -> Problem:
    position = source.where(("kind",))
    if kind is None:
        return Problem(source.file(("kind",)), *position, "kind", "is missing", hints.one_of(KINDS))
    message = f"{show(kind)} is not a kind of blueprint, {hints.one_of(KINDS)}"
    return Problem(source.file(("kind",)), *position, "kind", message, hints.for_value(kind, KINDS))


def _distinct(invalid: ValidationError, kind: str) -> list[ErrorDetails]:
    """The errors without those that only follow from another one."""
    errors = invalid.errors(include_url=False)
    unknown = [error["loc"] for error in errors if error["type"] == "extra_forbidden"]
    misspelled = {(*loc[:-1], hints.nearest(str(loc[-1]), _known(loc[1:-1], kind))) for loc in unknown}
    return [error for error in errors if error["loc"] not in misspelled and not _is_long_enough(error)]


def _is_long_enough(error: ErrorDetails) -> bool:
    """Pydantic counts only the valid entries of a list; the others have errors of their own."""
    return error["type"] == "too_short" and len(error["input"]) >= error.get("ctx", {})["min_length"]


def _problem(source: Source, error: ErrorDetails, kind: str) -> Problem:
    loc: Loc = error["loc"][1:]  # the first part is the kind
    type_ = error["type"]
    if type_ == "extra_forbidden":
        message, hint = "unknown key", _unknown_key(loc, kind)
        position: Position = source.key(loc)
    elif type_ == "missing":
        message, hint = "is missing", _first_sentence(documentation(loc, kind))
        position = source.key(loc[:-1])
    elif loc and loc[-1] == "[key]":
        loc = loc[:-1]
        message, hint = words.say(error, None)
        message, position = f"the key {message}", source.key(loc)
    else:
        message, hint = words.say(error, source.text(loc))
        position = source.where(loc)
    return Problem(source.file(loc), *position, render(loc), message, hint)


def _unknown_key(loc: Loc, kind: str) -> str:
    for other in KINDS:
        if other != kind and str(loc[-1]) in _known(loc[:-1], other):
            return f"only kind: {other} has it"
    return hints.for_key(str(loc[-1]), _known(loc[:-1], kind), _places())


def _known(loc: Loc, kind: str) -> list[str]:
    """The keys that the mapping at a place may have."""
    model = _model_at(loc, kind)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def documentation(loc: Loc, kind: str) -> str:
    """What a field of a kind of blueprint means; empty where nobody says. Items of a list are documented with it."""
    while loc and isinstance(loc[-1], int):
        loc = loc[:-1]
    model = _model_at(loc[:-1], kind)
    for field in model.model_fields.values() if model and loc else ():
        if field.alias == loc[-1] and field.description:
            return " ".join(field.description.split())
    return ""


def _first_sentence(text: str) -> str:
    return re.split(r"[.](?:\s|$)", text, maxsplit=1)[0]


def _model_at(loc: Loc, kind: str) -> type[BaseModel] | None:
    """The model of the mapping at a place; None where there is none, as within labels."""
    model: type[BaseModel] | None = InferenceCluster if kind == InferenceCluster.__name__ else TrainingCluster
    for part in loc:
        if isinstance(part, str) and model is not None:
            found = [field.annotation for field in model.model_fields.values() if field.alias == part]
            model = next(_models(found[0]), None) if found else None
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models within an annotation such as `tuple[Accelerator, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


@cache
def _places() -> Mapping[str, str]:
    """From a field's name to the mapping that it belongs to, for names that only one mapping has."""
    places: dict[str, list[str]] = {}

    def walk(model: type[BaseModel], path: str) -> None:
        for field in model.model_fields.values():
            places.setdefault(str(field.alias), []).append(path or "the top level")
            for inner in _models(field.annotation):
                walk(inner, f"{path}.{field.alias}" if path else str(field.alias))

    for kind in (TrainingCluster, InferenceCluster):
        walk(kind, "")
    return {name: " or ".join(dict.fromkeys(paths)) for name, paths in places.items()}
