"""What all models of a blueprint have in common."""

from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue
from pydantic.alias_generators import to_camel

from wayfare.blueprints import rules

#: A list in which nothing may stand twice.
Once = AfterValidator(rules.once)
ONCE_SCHEMA: dict[str, JsonValue] = {"uniqueItems": True}


class Model(BaseModel):
    """Base of every blueprint model: frozen, strict, unknown keys refused."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )
