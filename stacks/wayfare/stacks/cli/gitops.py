"""`wayfare gitops`: a repository that brings clusters up from pull requests."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wayfare.stacks.cli.console import put, tell
from wayfare.stacks.cli.exits import Exit

if TYPE_CHECKING:
    from wayfare.stacks.gitops.choices import Choices


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("gitops")(gitops)


def gitops(
    to: Annotated[Path, typer.Option("--to", help="The repository's folder; made where it is missing.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="Blueprints; without any, those that the repository has already."),
    ] = None,
    operator: Annotated[
        str | None, typer.Option("--operator", help="Who brings clusters up: none (the pipeline), argo or flux.")
    ] = None,
    backend: Annotated[str | None, typer.Option("--backend", help="URL of the state, such as s3://bucket.")] = None,
    secrets_provider: Annotated[
        str | None, typer.Option("--secrets-provider", help="URL of the key for secrets in the state.")
    ] = None,
    repository: Annotated[str | None, typer.Option("--repository", help="URL that operators fetch from.")] = None,
    image: Annotated[str | None, typer.Option("--image", help="Image of the operator's workspaces.")] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", envvar="WAYFARE_SANDBOX", help="Its stacks are the sandbox's: a rehearsal.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 7 where a file is not as it would be generated.")
    ] = False,
) -> None:
    """Write a repository with pipelines for clusters, or write it again. What people edit in it is left alone."""
    from wayfare.stacks.gitops import source
    from wayfare.stacks.gitops.repository import repository as planned
    from wayfare.stacks.gitops.writing import changed, write

    asked: dict[str, Any] = {
        "operator": operator,
        "backend": backend,
        "secrets_provider": secrets_provider,
        "repository": repository,
        "image": image,
        "mode": "sandbox" if sandbox else None,
    }
    choices = _choices(to, {key: value for key, value in asked.items() if value is not None})
    if not files and not choices.clusters:
        raise typer.BadParameter(f"is needed, for {to} was not generated before", param_hint="FILE")
    clusters = source.clusters(to, choices.clusters, files or ())
    choices = choices.model_copy(update={"clusters": tuple(each.name for each in clusters)})
    wanted = planned(choices, clusters)
    found = changed(to, wanted) if check else write(to, wanted)
    for line in found.lines():
        put(line)
    if check and found:
        tell(f"call: wayfare gitops --to {to}")
        raise typer.Exit(Exit.CHANGES)
    if not found:
        tell(f"{to} is as it would be generated")


def _choices(to: Path, asked: dict[str, Any]) -> "Choices":
    """What was chosen before, with what is asked for now over it."""
    from pydantic import ValidationError

    from wayfare.stacks.gitops.choices import Choices, RepositoryInvalid, read

    known = read(to)
    before = known.model_dump() if known is not None else {}
    try:
        return Choices.model_validate({**before, **asked})
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        raise RepositoryInvalid(said) from None
