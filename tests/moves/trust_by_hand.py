"""A trust made and removed outside of a move: `python -m tests.moves.trust_by_hand up|down ID SETTINGS`.

Prints what the reading container is told.
"""

import json
import sys
from pathlib import Path
from typing import TextIO

from wayfare.sandbox.client import Sandbox
from wayfare.stacks.session import Session
from wayfare.stacks.trusting import TrustFailed, Trusts, TrustSettings, TrustStack


def main(doing: str, id: str, said: str) -> int:
    """Do it, as a move does."""
    wanted = TrustSettings.model_validate_json(said)
    session = Session.open(sandbox=Sandbox(), start=Path.cwd())
    stack = TrustStack(id, wanted.cluster, wanted.cloud, wanted.region, sandbox=True)
    trusts = Trusts(session, stack, lambda _step: None, lambda line: _say(sys.stderr, line))
    try:
        if doing == "up":
            trusts.bring_up(wanted)
            _say(sys.stdout, json.dumps(session.trust_stacks.outputs(str(stack))))
        else:
            trusts.take_down()
    except TrustFailed as failed:
        _say(sys.stderr, str(failed))
        return 1
    return 0


def _say(stream: TextIO, line: str) -> None:
    stream.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
