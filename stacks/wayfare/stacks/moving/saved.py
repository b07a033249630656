"""How far a training has come, by the checkpoints in its bucket."""

import tempfile
from pathlib import Path

from wayfare.blueprints import loads
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.running import Rclone
from wayfare.stacks.moving.cargo import Cargo
from wayfare.stacks.moving.journey import Stopped, Whole
from wayfare.stacks.moving.order import contract
from wayfare.stacks.project import StackName
from wayfare.stacks.session import Session


def saved(session: Session, stack: StackName) -> Whole | None:
    """The newest whole checkpoint of a standing cluster, by the contract in the blueprint that it was made from.

    Lists the whole bucket. Raises Stopped where that fails, and NotMovable where there is no such contract.
    """
    text = session.stacks.outputs(str(stack)).get("blueprint")
    if not isinstance(text, str):
        raise Stopped(f"{stack} exports no blueprint; run `wayfare up`")
    agreement = contract(loads(text, str(stack)))
    with tempfile.TemporaryDirectory(prefix="wayfare-") as directory:
        return Cargo(session, agreement, Path(directory), Rclone(), Pace()).newest(stack)
