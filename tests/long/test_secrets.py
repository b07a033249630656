"""Planted secrets, and every place where they could come to light: files, output, JSON, and the engine's arguments."""

import os
from pathlib import Path
from stat import S_IMODE

from tests.engine.rehearsal import Rehearsal
from wayfare.stacks.engine.install import Engine

SMALL = ("up", "blueprints/serve-small.yaml", "--sandbox", "--yes", "--cloud", "azure", "--region", "westeurope")
GROUP = "azure-native:resources:ResourceGroup"

#: What Azure's error repeats of the request.
ECHOED = "eyJhbGciOiJSUzI1NiJ9.eyJwbGFudGVkIjoidG9rZW4ifQ.cGxhbnRlZA"
DENIED = f'Code="AuthorizationFailed" Message="The client does not have authorization: Authorization: Bearer {ECHOED}"'

#: What the caller's shell holds for the clouds' providers.
AMBIENT = {"AWS_SECRET_ACCESS_KEY": "planted/aws/key", "ARM_CLIENT_SECRET": "planted~azure~secret"}


def recording(directory: Path, engine: Engine) -> tuple[Path, Path]:
    """A folder with a `pulumi` that writes its arguments, which every user can see, to a file; and the file."""
    folder, record = directory / "recording" / "bin", directory / "arguments"
    folder.mkdir(parents=True)
    real = engine.directory / "pulumi"
    (folder / "pulumi").write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{record}'\nexec '{real}' \"$@\"\n")
    (folder / "pulumi").chmod(0o755)
    return folder, record


def test_no_secret_comes_to_light(rehearsal: Rehearsal, engine: Engine, tmp_path: Path) -> None:
    folder, record = recording(tmp_path, engine)
    path = os.pathsep.join((str(folder), str(engine.directory), rehearsal.shell["PATH"]))
    shell = {**rehearsal.shell, **AMBIENT, "PATH": path}
    rehearsal.sandbox.fail("azure", GROUP, DENIED)
    denied = rehearsal.wayfare(*SMALL, "-o", "json", expect=3, shell=shell)
    assert "Bearer [secret]" in denied.data["attempts"][0]["failure"]["message"]
    done = rehearsal.wayfare(*SMALL, "-o", "json", shell=shell)
    assert done.data["outputs"]["kubeconfig"] == "[secret]"
    shown = rehearsal.wayfare("outputs", "serve-small", "--sandbox", "-o", "json", shell=shell)
    assert shown.data["kubeconfig"] == "[secret]"
    asked = rehearsal.wayfare("outputs", "serve-small", "--sandbox", "-o", "json", "--show-secrets", shell=shell)
    kubeconfig = asked.data["kubeconfig"]
    assert "kubelogin" in kubeconfig

    home = rehearsal.sandbox.directory
    own = {name: (home / name).read_text(encoding="utf-8") for name in ("token", "passphrase")}
    assert "config" in record.read_text(encoding="utf-8"), "the engine was called by way of the recording"
    told = [text for each in (denied, done, shown) for text in (each.out, each.err)]
    for secret in (ECHOED, kubeconfig, *AMBIENT.values(), *own.values()):
        assert not [text for text in told if secret in text]
        # The sandbox keeps the words that it was told to say, and these two are its own.
        kept = {file for file in tmp_path.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()}
        allowed = {home / name for name, text in own.items() if text == secret}
        assert {file for file in kept - allowed if not file.name.startswith("sandbox.sqlite")} == set()
        assert {S_IMODE(file.stat().st_mode) for file in kept} <= {0o600}
    assert "kubelogin" not in rehearsal.state_file("serve-small.azure-westeurope").read_text(encoding="utf-8")
