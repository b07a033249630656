"""Which engine Wayfare needs: the pins, read from the go.mod files under `tools/`.

Those files are the one place where the engine's version stands. A checkout has them at its root; a wheel carries them
beside this module.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wayfare.stacks.gomod import least_go, release, required

#: The folders under `tools/`, one Go module each, and the packages in them that are built.
ENGINE = "pulumi"
LANGUAGE_HOST = "pulumi-language-python"
PACKAGES = {
    ENGINE: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    LANGUAGE_HOST: "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
}
SDK = "github.com/pulumi/pulumi/sdk/v3"
_ENGINE_MODULE = "github.com/pulumi/pulumi/pkg/v3"


@dataclass(frozen=True)
class Pins:
    """What the go.mod files ask for. Versions without a leading `v`."""

    engine: str
    """Version of Pulumi's command."""
    language_host: str
    """Version of the SDK module that holds the Python language host, where that is built."""
    go: str
    """The least Go that builds both."""


@cache
def tools() -> Path:
    """The folder that holds the go.mod files."""
    here = Path(__file__).resolve().parent
    for folder in (here / "tools", here.parents[3] / "tools"):
        if (folder / ENGINE / "go.mod").is_file():
            return folder
    raise FileNotFoundError(f"no go.mod files beside {here} or at the root of a checkout: Wayfare is not whole")


def pins(folder: Path | None = None) -> Pins:
    """Read the pins from `folder`, by default the one that comes with this version of Wayfare."""
    root = folder or tools()
    engine, host = ((root / name / "go.mod").read_text(encoding="utf-8") for name in (ENGINE, LANGUAGE_HOST))
    return Pins(
        engine=required(engine, _ENGINE_MODULE),
        language_host=required(host, SDK),
        go=max((least_go(engine), least_go(host)), key=release),
    )
