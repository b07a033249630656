"""The account's own stack: what is one per account or outlives clusters, and that cluster stacks find by its names.

A stack for each cloud and mode, `aws` or `aws.sandbox`, in a project of its own beside the clusters'. Regions are only
ever added: keys of a region that is left out would go, and with them whatever they encrypt.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pulumi

from wayfare.blueprints import CloudName
from wayfare.blueprints.files import read_file
from wayfare.components.catalog import shipped_rows
from wayfare.components.clouds import SdkMissing, cloud
from wayfare.stacks.engine.outcome import Step, Update
from wayfare.stacks.project import StackSettingsInvalid, refuse_other_mode
from wayfare.stacks.session import Session

PROJECT_NAME = "wayfare-bootstrap"


class BootstrapInvalid(ValueError):
    """A region or a setting of the account's stack is not what it must be. The message says what to try."""


def run() -> None:
    """Declare the account's stack. Any mistake becomes one clear error of the engine's."""
    config = pulumi.Config(PROJECT_NAME)
    try:
        name = CloudName(config.require("cloud"))
        refuse_other_mode(pulumi.get_stack(), config.require("mode"), PROJECT_NAME)
        regions = checked(name, json.loads(config.require("regions")))
        outputs = cloud(name).bootstrap(regions)
    except (BootstrapInvalid, StackSettingsInvalid, SdkMissing) as error:
        raise pulumi.RunError(str(error)) from None
    for key, value in {**outputs, "regions": list(regions)}.items():
        pulumi.export(key, value)


def checked(name: CloudName, regions: Sequence[str]) -> tuple[str, ...]:
    """The regions in order, each once. Raises BootstrapInvalid for none, and for one that the catalog does not know."""
    known = {row.name for row in shipped_rows(name).regions}
    for region in regions:
        if region not in known:
            raise BootstrapInvalid(
                f"{region!r} is no region of {name} in the catalog; known: {', '.join(sorted(known))}"
            )
    if not regions:
        raise BootstrapInvalid(f"no region is given; say where clusters may be, such as --region {min(known)}")
    # The first stays the first: it is where the state bucket is.
    return tuple(dict.fromkeys(regions))


def stack_name(session: Session, name: CloudName) -> str:
    """`aws`, or `aws.sandbox`: the two never share a stack."""
    return f"{name}.sandbox" if session.sandbox else name.value


def regions_there(session: Session, name: CloudName) -> tuple[str, ...]:
    """The regions that the account's stack has already, by its settings."""
    file = settings_file(session, name)
    data = read_file(file).data if file.exists() else None
    configuration = data.get("config") if isinstance(data, dict) else None
    said = configuration.get(f"{PROJECT_NAME}:regions") if isinstance(configuration, dict) else None
    return tuple(json.loads(said)) if isinstance(said, str) else ()


def settings_file(session: Session, name: CloudName) -> Path:
    """`stacks/bootstrap/config/Pulumi.<stack>.yaml`."""
    return session.project.bootstrap() / "config" / f"Pulumi.{stack_name(session, name)}.yaml"


def configure(session: Session, name: CloudName, regions: Sequence[str]) -> tuple[str, ...]:
    """Set the stack to the regions that it has and those that are asked for. Raises BootstrapInvalid."""
    wanted = checked(name, [*regions_there(session, name), *regions])
    # The provider has a region too, though what is made says its own.
    settings = {
        f"{PROJECT_NAME}:cloud": name.value,
        f"{PROJECT_NAME}:mode": session.mode,
        f"{PROJECT_NAME}:regions": json.dumps(wanted),
        **cloud(name).configuration(wanted[0]),
    }
    session.bootstrap_stacks.configure(stack_name(session, name), settings)
    return wanted


def bring_up(session: Session, name: CloudName, watch: Callable[[Step], None]) -> Update:
    """Bring the account's stack to what its program declares."""
    return session.bootstrap_stacks.up(stack_name(session, name), watch)
