"""`wayfare plan`, `up`, `outputs` and `destroy`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wayfare.stacks.cli import living
from wayfare.stacks.cli.console import Format, put, stderr, stdout, tell, write_data
from wayfare.stacks.cli.controls import tell_exceptions
from wayfare.stacks.cli.exits import Exit
from wayfare.stacks.cli.options import (
    File,
    InSandbox,
    Output,
    WithKubernetes,
    WithTraining,
    Yes,
    cloud_named,
    confirmed,
    open_session,
)

if TYPE_CHECKING:
    from wayfare.blueprints import Loaded
    from wayfare.stacks.failover import Attempt, Shortage
    from wayfare.stacks.gitops.wanted import Place
    from wayfare.stacks.placement import Candidate
    from wayfare.stacks.project import StackName
    from wayfare.stacks.prospect import Prospect, Wish
    from wayfare.stacks.session import Session

Name = Annotated[str, typer.Argument(metavar="NAME", help="A cluster's name.")]
Cloud = Annotated[str | None, typer.Option("--cloud", help="Only this cloud, such as gcp.")]
Region = Annotated[str | None, typer.Option("--region", help="Only this region.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (plan, up, outputs, destroy):
        app.command(command.__name__)(command)


def _wish(cloud: str | None, region: str | None, place: "Place | None" = None) -> "Wish":
    from wayfare.stacks.prospect import Wish

    return Wish(None if cloud is None else cloud_named(cloud, "--cloud"), region, place=place)


def plan(
    file: File,
    output: Output = Format.TABLE,
    sandbox: InSandbox = False,
    cloud: Cloud = None,
    region: Region = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no account; zones stay unknown.")] = False,
) -> None:
    """Show every placement in the order in which `up` would try them, and why not for each that is out."""
    from wayfare.blueprints import load
    from wayfare.stacks.cli import render
    from wayfare.stacks.exceptions import excepted, refuse_unknown
    from wayfare.stacks.prospect import look

    loaded = load(file)
    refuse_unknown(loaded)
    exceptions = excepted(loaded.blueprint)
    session = None if offline else open_session(sandbox=sandbox)
    prospect = look(loaded, _wish(cloud, region), session)
    if output is Format.TABLE:
        _show(loaded, prospect, on_stdout=True)
        tell_exceptions(exceptions)
    else:
        rows = [candidate.as_data(chosen=candidate is prospect.first) for candidate in prospect.candidates]
        cautions = render.cautions(loaded.blueprint, prospect.candidates)
        write_data(
            {"candidates": rows, "exceptions": [each.as_data() for each in exceptions], "cautions": cautions}, output
        )
        _say_who_was_silent(prospect)
    _refuse_too_small(prospect)


def up(
    file: File,
    output: Output = Format.TABLE,
    sandbox: InSandbox = False,
    cloud: Cloud = None,
    region: Region = None,
    yes: Yes = False,
    replace: living.Replace = None,
    kubernetes: WithKubernetes = False,
    train: WithTraining = None,
    placement: Annotated[
        Path | None,
        typer.Option(
            "--placement", metavar="PLACEMENT", help="Only where this file wants it, such as placements/NAME.yaml."
        ),
    ] = None,
) -> None:
    """Bring the blueprint's cluster up at the first placement that has capacity, or change the one that stands."""
    from wayfare.blueprints import load
    from wayfare.stacks.exceptions import refuse_unknown
    from wayfare.stacks.gitops.recalling import recall
    from wayfare.stacks.gitops.wanted import wanted_place
    from wayfare.stacks.moving.book import unmoved

    loaded, agreed = load(file), living.agreed_names(replace)
    refuse_unknown(loaded)
    name = loaded.blueprint.metadata.name
    wish = _wish(cloud, region, None if placement is None else wanted_place(placement, name))
    session = open_session(sandbox=sandbox, kubernetes=kubernetes, train=train)
    with session.lease(name, "up"), unmoved(session, name) as leased:
        if placement is not None:
            recall(session, name)
        raise typer.Exit(_up(session, loaded, output, wish, agreed, leased, yes=yes))


def _up(
    session: "Session",
    loaded: "Loaded",
    output: Format,
    wish: "Wish",
    agreed: "frozenset[str]",
    leased: "Callable[[], None]",
    *,
    yes: bool,
) -> Exit:
    from wayfare.components.failures import FailureKind
    from wayfare.stacks.cli import render
    from wayfare.stacks.cli.changes import outlook_data
    from wayfare.stacks.cli.progress import ProgressLines
    from wayfare.stacks.exceptions import excepted
    from wayfare.stacks.failover import End
    from wayfare.stacks.launch import bring_up
    from wayfare.stacks.prospect import look, placeable

    tell("asking the accounts for zones")
    prospect = look(loaded, wish, session)
    _show(loaded, prospect, on_stdout=False)
    _refuse_too_small(prospect)
    exceptions = excepted(loaded.blueprint)
    tell_exceptions(exceptions)
    name, outlook = loaded.blueprint.metadata.name, None
    if prospect.standing is not None:
        outlook = living.foretell(session, loaded, prospect.standing)
        if not outlook.differences:
            found = _plain_outputs(session, prospect.standing, name)
            living.put_unchanged(outlook, prospect, found, [each.as_data() for each in exceptions], output)
            return Exit.DONE
        if not living.consented(outlook, agreed, output):
            confirmed(f"change {name} so?", yes=yes)
    elif prospect.first is not None and placeable(prospect.first, prospect).rejected is None:
        confirmed(f"bring {name} up, beginning with the first?", yes=yes)

    def starting(candidate: "Candidate", skipped: "Sequence[tuple[Candidate, Shortage]]") -> None:
        leased()
        for other, shortage in skipped:
            tell(f"passing over {other}: {shortage.meaning.kind}")
        tell(f"trying {candidate} at {render.shown_price(candidate)} USD/h")

    def failed(attempt: "Attempt") -> None:
        assert attempt.failure is not None  # noqa: S101 - only failed attempts are told
        meaning = attempt.failure.meaning
        for line in render.said_lines(attempt.failure, "  failed: "):
            tell(line)
        if meaning.kind is not FailureKind.CONTROL:
            tell(f"  taken for {meaning.kind} in {meaning.scope} scope")

    with ProgressLines(stderr()) as progress:
        result = bring_up(session, loaded, prospect, progress=progress, tell=tell, starting=starting, failed=failed)
        found = _plain_outputs(session, result.standing, name)
    if output is Format.TABLE:
        for line in render.timeline(result):
            put(line)
        for stack, remains in result.remains.items():
            for line in render.remains_lines(stack, remains):
                put(line)
        if result.end is End.STANDS:
            stdout().print(render.outputs_table(found))
        elif result.end is End.NO_CAPACITY:
            put("no capacity anywhere:")
            stdout().print(render.no_capacity_table(result, [placeable(c, prospect) for c in prospect.candidates]))
        else:
            put("stopped; the stack stays as it is: mend the cause and call `up` again, or `destroy`")
    else:
        changes = {"changes": outlook_data(outlook)} if outlook else {}
        data = {**render.result_data(result, prospect.candidates, found), **changes}
        write_data({**data, "exceptions": [each.as_data() for each in exceptions]}, output)
    return render.exit_of(result)


def outputs(
    name: Name,
    output: Output = Format.TABLE,
    sandbox: InSandbox = False,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Show secret values.")] = False,
) -> None:
    """Print what a cluster exports. Secrets are hidden unless they are asked for."""
    from wayfare.stacks.cli import render
    from wayfare.stacks.prospect import standing_stacks

    session = open_session(sandbox=sandbox)
    standing = standing_stacks(session, session.names(name))
    if not standing:
        tell(f"no cluster {name!r} stands on the {session.mode}; `wayfare get` lists what there is")
        raise typer.Exit(Exit.ERROR)
    found = _outputs(session, standing[0], show_secrets=show_secrets)
    if output is Format.TABLE:
        stdout().print(render.outputs_table(found))
    else:
        write_data(found, output)


def destroy(
    name: Name,
    sandbox: InSandbox = False,
    yes: Yes = False,
    delete_data: Annotated[
        bool,
        typer.Option(
            "--delete-data", help="Delete durable stores too, checkpoints among them, which are kept otherwise."
        ),
    ] = False,
) -> None:
    """Destroy a cluster wherever it is, and prove from the cloud's inventory that it is gone."""
    from wayfare.stacks.moving.book import unmoved

    session = open_session(sandbox=sandbox)
    with session.lease(name, "destroy"), unmoved(session, name) as leased:
        raise typer.Exit(_destroy(session, name, leased, yes=yes, delete_data=delete_data))


def _destroy(session: "Session", name: str, leased: "Callable[[], None]", *, yes: bool, delete_data: bool) -> Exit:
    from wayfare.stacks.cli.progress import ProgressLines
    from wayfare.stacks.cli.render import remains_lines
    from wayfare.stacks.ground import destroy as destroy_stack
    from wayfare.stacks.launch import is_protected, keeps_data
    from wayfare.stacks.recovery import doubtful
    from wayfare.stacks.stores import Store

    stacks = session.names(name)
    if not stacks:
        tell(f"there is no cluster {name!r} on the {session.mode}")
        return Exit.ERROR
    for stack in stacks:
        if is_protected(session, stack):
            tell(
                f"{stack} is protected from being deleted: set deletionProtection: false in its blueprint, run "
                "`wayfare up`, then destroy it. Nothing was changed"
            )
            return Exit.ERROR
    kept = {stack: frozenset[Store]() if delete_data else keeps_data(session, stack) for stack in stacks}
    for stack in stacks:
        but = " and ".join(sorted(kept[stack]))
        tell(f"{stack}: destroy all{f' but its {but}' if but else ''}")
    confirmed(f"destroy {name}?", yes=yes)
    proven = True
    with ProgressLines(stderr()) as progress:
        for stack in stacks:
            leased()
            unclear = doubtful(session, stack)
            remains = destroy_stack(session, stack, progress, tell, keep_data=kept[stack], unclear=unclear)
            proven = proven and remains.proven
            for line in remains_lines(str(stack), remains):
                put(line)
    return Exit.DONE if proven else Exit.UNFINISHED


def _show(loaded: "Loaded", prospect: "Prospect", *, on_stdout: bool) -> None:
    from wayfare.stacks.cli import render

    console = stdout() if on_stdout else stderr()
    console.print(render.candidate_table(prospect.candidates, prospect.first))
    for line in (
        *render.model_lines(loaded.blueprint, prospect.candidates),
        *render.probe_lines(loaded.blueprint, prospect.candidates),
    ):
        (put if on_stdout else tell)(line)
    if prospect.first is not None and prospect.standing is None:
        tell(render.hold_note(prospect.first))
    for line in render.cautions(loaded.blueprint, prospect.candidates):
        tell(f"note: {line}")
    _say_who_was_silent(prospect)


def _refuse_too_small(prospect: "Prospect") -> None:
    """End here where a model is too large for every placement that there could be."""
    if prospect.too_small:
        reasons = dict.fromkeys(each.rejected for each in prospect.candidates if each.too_small and each.rejected)
        tell("no placement holds the blueprint's model:")
        for reason in reasons:
            tell(f"  {reason}")
        raise typer.Exit(Exit.INVALID)


def _say_who_was_silent(prospect: "Prospect") -> None:
    for name, reason in prospect.silent.items():
        tell(f"warning: {name} did not answer, its zones are unknown: {reason}")


def _plain_outputs(session: "Session", standing: "Candidate | None", cluster: str) -> dict[str, object]:
    from wayfare.stacks.project import StackName

    if standing is None:
        return {}
    return _outputs(session, StackName(cluster, standing.cloud, standing.placement.region), show_secrets=False)


def _outputs(session: "Session", stack: "StackName", *, show_secrets: bool) -> dict[str, object]:
    return dict(sorted(session.stacks.outputs(str(stack), show_secrets=show_secrets).items()))
