"""`wayfare sandbox`: three clouds on this machine, to rehearse on."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from wayfare.stacks.cli.console import Format, put, write_data

app = typer.Typer(help="Three clouds on this machine, to rehearse on.", no_args_is_help=True)

Scenario = Annotated[Path | None, typer.Option("--scenario", help="YAML file that sets capacity, quotas and faults.")]


@app.command("start")
def start(scenario: Scenario = None) -> None:
    """Start the sandbox, if it is not running."""
    from wayfare.sandbox.client import Sandbox

    box = Sandbox()
    box.start(scenario)
    put(f"the sandbox runs; its state is in {box.directory}")


@app.command("stop")
def stop() -> None:
    """Stop the sandbox. Its resources stay on disk."""
    from wayfare.sandbox.client import Sandbox

    Sandbox().stop()
    put("the sandbox is stopped")


@app.command("status")
def status() -> None:
    """Print whether it runs, its virtual time, and what it holds."""
    from wayfare.sandbox.client import Sandbox

    write_data(Sandbox().status(), Format.YAML)


@app.command("reset")
def reset(scenario: Scenario = None) -> None:
    """Forget every resource, bucket and stack, and set the scenario anew."""
    from wayfare.sandbox.client import Sandbox
    from wayfare.stacks.project import Project

    Sandbox().reset(scenario)
    Project.locate(Path.cwd()).forget("sandbox")
    put("the sandbox is empty")


@app.command("env")
def env() -> None:
    """Print what a shell needs for `pulumi up` against the sandbox: eval "$(wayfare sandbox env)"."""
    import sys

    from wayfare.sandbox.client import Sandbox
    from wayfare.stacks.engine import install
    from wayfare.stacks.session import EngineMissing

    engine = install.find()
    if engine is None:
        raise EngineMissing("the Pulumi engine is not installed; install it with: wayfare engine install")
    for key, value in Sandbox().environment().items():
        put(f"export {key}={shlex.quote(value)}")
    ours = f"{Path(sys.executable).parent}:{engine.directory}"
    put(f'export PATH={shlex.quote(ours)}:"$PATH"')


@app.command("capacity")
def capacity(
    cloud: Annotated[str, typer.Argument(help="aws, azure or gcp")],
    region: Annotated[str, typer.Argument()],
    machine_type: Annotated[str, typer.Argument(metavar="MACHINE")],
    nodes: Annotated[int, typer.Argument(metavar="N", min=0)],
    zone: Annotated[str | None, typer.Option(help="One zone; every zone of the region without it.")] = None,
    purchase: Annotated[str | None, typer.Option(help="on-demand or spot; both without it.")] = None,
) -> None:
    """Set how many machines of a type a region or zone has."""
    from wayfare.sandbox.client import Sandbox

    Sandbox().set_capacity(cloud, region, machine_type, nodes, zone=zone, purchase=purchase)
    put(f"{cloud}/{region}{f'/{zone}' if zone else ''} now has {nodes} x {machine_type}")
