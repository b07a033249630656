"""The main job on a sandbox where capacity is short, as the commands that a person would type.

Two runs, each ended by `destroy`: on demand, where a placement is sold out at create time and another has too little
quota; and with spot allowed, where the spot capacity is lost after the control plane stands. Exits with 1 when a
command does not end as it should, or when something is left in the sandbox's inventory or its backend.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from wayfare.sandbox.client import HOME, Sandbox
from wayfare.stacks.project import Project

_RUNS = ("blueprints/library/pretrain-h100-16.yaml", "blueprints/library/pretrain-h100-16-spot.yaml")
_SCENARIO = "sandbox/scenarios/scarce.yaml"
_CLUSTERS = ("llm-pretrain", "llm-pretrain-spot")


def main() -> None:
    """Run the demo in a sandbox and a project of its own, which are gone afterwards."""
    checkout = Project.locate(Path.cwd()).root
    with tempfile.TemporaryDirectory(prefix="wayfare-demo-") as directory:
        root = Path(directory) / "project"
        Project.create(root)
        for name in ("blueprints", "sandbox"):
            (root / name).symlink_to(checkout / name)
        os.environ[HOME] = f"{directory}/sandbox"
        sandbox = Sandbox()
        try:
            _say("a sandbox in which H100 are scarce")
            _run(root, "sandbox", "start")
            for blueprint, cluster in zip(_RUNS, _CLUSTERS, strict=True):
                _say(f"{cluster}: bring it up wherever there is capacity, then destroy it")
                _run(root, "sandbox", "reset", "--scenario", _SCENARIO)
                _run(root, "up", blueprint, "--sandbox", "--yes")
                _run(root, "get", "--sandbox")
                _run(root, "destroy", cluster, "--sandbox", "--yes")
                _check_nothing_is_left(sandbox)
        finally:
            sandbox.stop()


def _say(text: str) -> None:
    sys.stdout.write(f"\n=== {text}\n")
    sys.stdout.flush()


def _run(root: Path, *arguments: str) -> None:
    """Show a command and run it. Ends the demo when it fails."""
    sys.stdout.write(f"\n$ wayfare {' '.join(arguments)}\n")
    sys.stdout.flush()
    done = subprocess.run([sys.executable, "-m", "wayfare.stacks.cli", *arguments], cwd=root, check=False)  # noqa: S603 - our own command
    if done.returncode != 0:
        sys.exit(f"`wayfare {' '.join(arguments)}` ended with {done.returncode}")


def _check_nothing_is_left(sandbox: Sandbox) -> None:
    """Compare the sandbox's own books with what `destroy` said: only what is kept on purpose may be there."""
    resources = sandbox.inventory()["resources"]
    left = [row for row in resources if not _kept_on_purpose(row)]
    _say(f"the sandbox's inventory: {len(resources)} resources, {len(resources) - len(left)} of them kept on purpose")
    for row in resources:
        sys.stdout.write(f"  {row['token']} {row['id']}\n")
    if left:
        sys.exit(f"left behind: {left}")


def _kept_on_purpose(row: Mapping[str, object]) -> bool:
    return "-checkpoints" in str(row["name"])


if __name__ == "__main__":
    main()
