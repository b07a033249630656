"""`wayfare sandbox`: three clouds on this machine, to rehearse on."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from wayfare.stacks.cli.console import Format, put, write_data
from wayfare.stacks.cli.options import WithKubernetes, WithTraining, start_sandbox

app = typer.Typer(help="Three clouds on this machine, to rehearse on.", no_args_is_help=True)

Scenario = Annotated[Path | None, typer.Option("--scenario", help="YAML file that sets capacity, quotas and faults.")]


@app.command("start")
def start(scenario: Scenario = None, kubernetes: WithKubernetes = False, train: WithTraining = None) -> None:
    """Start the sandbox, if it is not running."""
    box = start_sandbox(scenario, kubernetes=kubernetes, train=train)
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


@app.command("pass")
def pass_(time: Annotated[str, typer.Argument(help="Virtual time, such as 3h.")]) -> None:
    """Let virtual time pass, with all that comes due in it."""
    from wayfare.sandbox.client import Sandbox

    box = Sandbox()
    box.pass_time(time)
    put(f"the sandbox's time is {box.now():%Y-%m-%dT%H:%M:%SZ}")


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
    cloud: Annotated[str, typer.Argument(help="A cloud, such as gcp.")],
    region: Annotated[str, typer.Argument()],
    machine_type: Annotated[str, typer.Argument(metavar="MACHINE")],
    nodes: Annotated[int, typer.Argument(metavar="N", min=0)],
    zone: Annotated[str | None, typer.Option(help="One zone; every zone of the region without it.")] = None,
    purchase: Annotated[str | None, typer.Option(help="One way to pay, such as spot; all without it.")] = None,
) -> None:
    """Set how many machines of a type a region or zone has."""
    from wayfare.sandbox.client import Sandbox

    Sandbox().set_capacity(cloud, region, machine_type, nodes, zone=zone, purchase=purchase)
    put(f"{cloud}/{region}{f'/{zone}' if zone else ''} now has {nodes} x {machine_type}")


@app.command("fault")
def fault(
    cloud: Annotated[str, typer.Argument(help="A cloud, such as gcp.")],
    token: Annotated[str, typer.Argument(help="A resource's type or a function, such as aws:eks/cluster:Cluster.")],
    message: Annotated[str | None, typer.Option(help="The call fails with this text.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="The call fails in the cloud's words: throttled, server-error, expired-credentials, stockout."
        ),
    ] = None,
    dead: Annotated[bool, typer.Option("--dead", help="The provider dies in the call; `start` revives it.")] = False,
    slow: Annotated[str | None, typer.Option(help="Virtual time that the call takes more, such as 20m.")] = None,
    operation: Annotated[str, typer.Option(help="create, read, update, delete or invoke.")] = "create",
    after: Annotated[int, typer.Option(min=0, help="So many of these calls pass first.")] = 0,
    times: Annotated[int, typer.Option(min=1, help="So many calls are met.")] = 1,
) -> None:
    """Let something go wrong with the next calls on a resource type or function."""
    from wayfare.sandbox.client import Sandbox

    wrong = {"message": message, "kind": kind, "slow": slow}
    Sandbox().fail(cloud, token, times=times, dead=dead, operation=operation, after=after, **wrong)
    calls = f"the next {f'{times} ' if times > 1 else ''}{operation} of {token}"
    put(f"{calls} will go wrong{f', after {after} that pass' if after else ''}")


@app.command("training")
def training(
    wrong: Annotated[str, typer.Argument(metavar="WHAT", help="crash, hang, late or mend.")],
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Name of a cluster or of its stack.")],
    times: Annotated[int, typer.Option(min=1, help="So many runs crash, one after the other.")] = 1,
) -> None:
    """Let something go wrong with the process that stands for a training's pods (`start --train`).

    crash: it ends in the midst of a checkpoint. hang: it counts no more steps, and ends by force alone. late: one more
    object comes after its pods have gone; at once where they have gone already. mend: nothing of that any more.
    """
    from wayfare.sandbox.client import Sandbox

    Sandbox().disturb(cluster, wrong, times)
    put(f"{wrong}: {cluster}")


@app.command("operator")
def operator(
    address: Annotated[
        str | None, typer.Option(help="Public IPv4 address; without it, one that every public endpoint lets in.")
    ] = None,
    connected: Annotated[
        list[str] | None, typer.Option(metavar="CLOUD", help="A cloud whose private networks are reached; repeatable.")
    ] = None,
) -> None:
    """Set from where commands reach the control planes."""
    from wayfare.sandbox.client import Sandbox

    Sandbox().set_operator(address, connected or ())
    where = f", connected to {', '.join(connected)}" if connected else ""
    put(f"the operator comes from {address or 'an address that public endpoints let in'}{where}")
