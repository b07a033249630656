"""vLLM's command, as far as it must agree with what a blueprint says of its model (docs.vllm.ai, "vllm serve")."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

TENSOR = "--tensor-parallel-size"
PIPELINE = "--pipeline-parallel-size"
CONTEXT = "--max-model-len"
SEQUENCES = "--max-num-seqs"
UTILIZATION = "--gpu-memory-utilization"
CACHE_DTYPE = "--kv-cache-dtype"
DATA_PARALLEL = "--data-parallel-size"
PORT = "--port"
DEFAULT_PORT = 8000
API_KEY = "--api-key"
#: Options in a file, which those of the command would override unseen.
FILE = "--config"

_SHORT = {"-tp": TENSOR, "-pp": PIPELINE, "-dp": DATA_PARALLEL}
_KNOWN = (TENSOR, PIPELINE, CONTEXT, SEQUENCES, UTILIZATION, CACHE_DTYPE, DATA_PARALLEL, PORT, API_KEY, FILE)
#: `--max-` and shorter begin other options, too.
_SHORTEST = len("--max-")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)
_PYTHON = re.compile(r"python([0-9][0-9.]*)?")


def options(command: Sequence[str]) -> Mapping[str, str] | None:
    """Those options of vLLM's server that are named above, by their long name; None for another program's command.

    Of one that stands twice the last counts, as it does for vLLM.
    """
    arguments = _arguments(command)
    if arguments is None:
        return None
    found: dict[str, str] = {}
    for index, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        # vLLM takes underscores for hyphens, and short names for long ones.
        if (long := _known(name)) is not None:
            following = arguments[index + 1] if index + 1 < len(arguments) else ""
            found[long] = value if equals else following
    return found


def _known(name: str) -> str | None:
    """The long name of an option that is named above, or None."""
    if name in _SHORT:
        return _SHORT[name]
    long = name.replace("_", "-")
    if long in _KNOWN:
        return long
    # Python's argparse takes the beginning of a name for it as well.
    meant = [known for known in _KNOWN if len(long) > _SHORTEST and known.startswith(long)]
    return meant[0] if len(meant) == 1 else None


def _arguments(command: Sequence[str]) -> Sequence[str] | None:
    """What follows `vllm serve`, or its module run by Python; `env NAME=value` before it is looked through."""
    rest = list(command)
    if rest and PurePosixPath(rest[0]).name == "env":
        rest = rest[1:]
        while rest and _ASSIGNMENT.fullmatch(rest[0]):
            rest = rest[1:]
    if not rest:
        return None
    program = PurePosixPath(rest[0]).name
    if program == "vllm" and rest[1:2] == ["serve"]:
        return rest[2:]
    if _PYTHON.fullmatch(program) and rest[1:3] == ["-m", "vllm.entrypoints.openai.api_server"]:
        return rest[3:]
    return None


def whole_number(text: str) -> int | None:
    """A size as vLLM's options write it, such as 8192; None for what only vLLM can read (`32k`, `auto`)."""
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,11}", text) else None
