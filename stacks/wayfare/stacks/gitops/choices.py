"""`gitops.yaml`: what a repository was generated for, so that it can be generated again without being told."""

from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from ruamel.yaml import YAML

from wayfare.blueprints.files import read_file
from wayfare.blueprints.problems import printable

FILE = "gitops.yaml"

#: Where the operator's image and the repository are, until somebody says so.
EXAMPLE_REPOSITORY = "https://git.example/team/clusters"
EXAMPLE_IMAGE = "registry.example/wayfare-workspace:1"


#: Neither a quote nor a brace: it becomes a part of workflows. No user before an `@` either: a password may follow it.
Url = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9._~:/?&+,=%-]*$")]


class Operator(StrEnum):
    """Who brings clusters up."""

    NONE = "none"
    """The pipeline."""
    ARGO = "argo"
    """Pulumi's operator, whose objects Argo CD applies."""
    FLUX = "flux"
    """Pulumi's operator, whose objects Flux applies."""


class RepositoryInvalid(ValueError):
    """A repository cannot be generated so. The message says why, and what to do."""


class Choices(BaseModel):
    """What `wayfare gitops` was asked for."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    api_version: Literal["wayfare.dev/v1"] = "wayfare.dev/v1"
    kind: Literal["Repository"] = "Repository"
    clusters: tuple[str, ...] = ()
    """Names of the blueprints under `blueprints/`, in order."""
    operator: Operator = Operator.NONE
    backend: Url | None = None
    """URL of the state, with no password in it; None leaves it to PULUMI_BACKEND_URL."""
    secrets_provider: Url | None = None
    """URL of the key for secrets in the state; None: by a passphrase."""
    repository: Url = EXAMPLE_REPOSITORY
    """Where operators fetch it from."""
    image: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/@-]+$")] = EXAMPLE_IMAGE
    """Of the operator's workspaces: operator/Containerfile makes it."""
    mode: Literal["cloud", "sandbox"] = "cloud"


def read(directory: Path) -> Choices | None:
    """What a repository was generated for; None where there is none. Raises RepositoryInvalid."""
    file = directory / FILE
    if not file.exists():
        return None
    source = read_file(file)
    if source.problems:
        raise RepositoryInvalid("\n".join(str(problem) for problem in source.problems))
    try:
        return Choices.model_validate(source.data)
    except ValidationError as error:
        said = "; ".join(
            f"{printable('.'.join(map(str, problem['loc'])))}: {problem['msg']}" for problem in error.errors()
        )
        raise RepositoryInvalid(f"{printable(str(file))}: {said}") from None


def secrets_provider(directory: Path) -> str | None:
    """The key that a repository was generated with; None where there is none. Raises RepositoryInvalid."""
    known = read(directory)
    return None if known is None else known.secrets_provider


def text(choices: Choices) -> str:
    """What the file says under its head."""
    yaml, out = YAML(typ="rt", pure=True), StringIO()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(choices.model_dump(mode="json", by_alias=True, exclude_none=True), out)  # pyright: ignore[reportUnknownMemberType] - untyped
    return out.getvalue()
