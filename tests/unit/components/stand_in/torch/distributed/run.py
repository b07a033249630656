"""Starts the processes of one machine, as torchrun does."""

import os
import subprocess
import sys
from argparse import REMAINDER, ArgumentParser

parser = ArgumentParser()
for flag in ("nnodes", "node_rank", "nproc_per_node", "master_port"):
    parser.add_argument(f"--{flag}", type=int, required=True)
parser.add_argument("--master_addr", required=True)
parser.add_argument("script", nargs=REMAINDER)
given = parser.parse_args()
assert not [name for name in os.environ if name.startswith("PET_")]
processes = [
    subprocess.Popen(
        [sys.executable, *given.script],
        env={
            **os.environ,
            "LOCAL_RANK": str(local),
            "RANK": str(given.node_rank * given.nproc_per_node + local),
            "WORLD_SIZE": str(given.nnodes * given.nproc_per_node),
        },
    )
    for local in range(given.nproc_per_node)
]
codes = [process.wait() for process in processes]
if any(codes):
    sys.exit("ChildFailedError: a long report of what torchrun saw")
