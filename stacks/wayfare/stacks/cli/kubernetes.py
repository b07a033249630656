"""`wayfare kubernetes`: the programs of a real Kubernetes on this machine, for the sandbox."""

import typer

from wayfare.stacks.cli.console import put, tell
from wayfare.stacks.cli.exits import Exit

app = typer.Typer(help="A real Kubernetes on this machine, for the sandbox.", no_args_is_help=True)


@app.command("install")
def install() -> None:
    """Build etcd, Kubernetes, kwok, Kueue, JobSet and LeaderWorkerSet into the user's cache, unless they are there."""
    from wayfare.stacks.kubernetes import install as installation

    put(str(installation.install(tell).directory))


@app.command("info")
def info() -> None:
    """Print which versions are pinned and where they are. Exits with 1 when they are not installed."""
    from wayfare.stacks.kubernetes import install as installation
    from wayfare.stacks.kubernetes.pins import pins

    put(f"wanted:  {', '.join(f'{name} {version}' for name, version in pins().versions.items())}")
    found = installation.find()
    if found is None:
        put("found:   none; install it with: wayfare kubernetes install")
        raise typer.Exit(Exit.ERROR)
    put(f"where:   {found.directory}")
