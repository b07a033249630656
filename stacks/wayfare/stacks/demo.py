"""The main job on a sandbox where capacity is short, as the commands that a person would type.

Two runs, each ended by `destroy`: on demand, where a placement is sold out at create time and another has too little
quota; and with spot allowed, where the spot capacity is lost after the control plane stands. Exits with 1 when a
command does not end as it should, or when something is left in the sandbox's inventory or its backend.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from wayfare.sandbox.client import HOME, Sandbox
from wayfare.stacks.project import Project
from wayfare.stacks.session import Session

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
                _check_nothing_is_left(sandbox, root)
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


def _check_nothing_is_left(sandbox: Sandbox, root: Path) -> None:
    """Hold the sandbox's own books and its backend against what `destroy` said: only checkpoints may be there."""
    inventory = [(str(row["token"]), str(row["id"]), str(row["name"])) for row in sandbox.inventory()["resources"]]
    stacks = Session.open(sandbox=sandbox, start=root).stacks
    recorded = [(row.type, row.id, row.urn) for name in stacks.names() for row in stacks.resources(name) if row.id]
    backend = [row for row in recorded if not row[0].startswith("pulumi:")]
    _say(f"kept on purpose: {len(inventory)} resources in the sandbox's inventory, {len(backend)} in its backend")
    for token, id, _ in inventory:
        sys.stdout.write(f"  {token} {id}\n")
    if left := [row for row in (*inventory, *backend) if "-checkpoints" not in row[2]]:
        sys.exit(f"left behind: {left}")


if __name__ == "__main__":
    main()
