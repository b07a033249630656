"""Building the engine from its Go modules, for machines that reach a Go module proxy but not Pulumi's download site."""

import shutil
from pathlib import Path

from wayfare.stacks.engine.install_pins import ENGINE, LANGUAGE_HOST, PACKAGES, SDK, Pins, tools
from wayfare.stacks.golang import Report, find_go, go_build, module_folder

#: The script by which the language host starts Python; it comes with the SDK's source, not with a build.
EXEC_SCRIPT = "pulumi-language-python-exec"


def build(directory: Path, wanted: Pins, cache: Path, report: Report) -> None:
    """Build the engine and the language host into `directory`/bin. Raises `NotInstalled`.

    Takes 4 to 9 minutes on 2 cores with empty Go caches, half a minute with filled ones.
    """
    go = find_go(wanted.go, cache, report)
    binaries = directory / "bin"
    binaries.mkdir(parents=True, exist_ok=True)
    for name, version in ((ENGINE, wanted.engine), (LANGUAGE_HOST, wanted.language_host)):
        # Without the version that is linked in, the engine calls itself v0.0.0 and refuses its own SDK.
        link = f"-X {SDK}/go/common/version.Version=v{version}"
        go_build(go, tools() / name, PACKAGES[name], binaries / name, link, f"{name} {version}", report)
    script = binaries / EXEC_SCRIPT
    # Not with its mode: Go keeps its modules read-only and without the executable bit.
    shutil.copyfile(module_folder(go, tools() / ENGINE, SDK) / "python" / "cmd" / EXEC_SCRIPT, script)
    script.chmod(0o755)
