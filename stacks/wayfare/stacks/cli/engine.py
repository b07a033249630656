"""`wayfare engine`: the Pulumi engine on this machine."""

import typer

from wayfare.stacks.cli.console import put, tell
from wayfare.stacks.cli.exits import Exit

app = typer.Typer(help="The Pulumi engine on this machine.", no_args_is_help=True)


@app.command("install")
def install() -> None:
    """Put Pulumi and its Python language host into the user's cache, unless a fitting one is on PATH."""
    from wayfare.stacks.engine import install as installation

    engine = installation.install(tell)
    put(str(engine.directory))


@app.command("info")
def info() -> None:
    """Print which versions are pinned and which engine is in use. Exits with 1 when there is none."""
    from wayfare.stacks.engine import install as installation

    found = installation.info()
    put(f"wanted:  pulumi {found.wanted.engine}, language host {found.wanted.language_host}")
    if found.engine is None:
        put("found:   none; install it with: wayfare engine install")
        raise typer.Exit(Exit.ERROR)
    host = found.engine.language_host_version or "as found on PATH"
    put(f"found:   pulumi {found.engine.version}, language host {host}")
    put(f"way:     {found.engine.way}")
    put(f"where:   {found.engine.directory}")
