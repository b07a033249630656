"""The check of the fabric before a training starts."""

from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field, JsonValue, SerializerFunctionWrapHandler, WrapSerializer

from wayfare.blueprints.base import Model

OFF = "off"


class Probe(Model):
    """How the fabric is tried, with the workload's own image, before the container starts."""

    framework: Literal["auto", "torch", "jax"] = "auto"
    """What all-reduces: PyTorch, JAX, or whichever of them the image has."""
    at_least: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of the machine type's bandwidth that must be measured; unset takes what tells the fabric from TCP."""


def _unless_off(value: object) -> object:
    """None stands for `off` in Python alone: nothing written is no decision."""
    if value is None:
        raise ValueError("is empty; write `off`, or how the fabric is probed")
    if isinstance(value, str):
        if value != OFF:
            raise ValueError(f"must be a mapping or `off`, not {value!r}")
        return None
    return value


def _written(value: Probe | None, as_usual: SerializerFunctionWrapHandler) -> Any:
    return OFF if value is None else as_usual(value)


def _off_in_schema(schema: dict[str, JsonValue]) -> None:
    anything = cast("list[JsonValue]", schema["anyOf"])
    schema["anyOf"] = [*anything[:-1], {"const": OFF, "type": "string"}]


ProbeOrOff = Annotated[
    Probe | None,
    BeforeValidator(_unless_off),
    WrapSerializer(_written),
    Field(json_schema_extra=_off_in_schema),
]
"""None is written `off`."""
