"""What clouds and the engine say passes by the redactor before anybody reads it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from wayfare.blueprints import CloudName
from wayfare.stacks.accounts import Accounts, AccountSilent, Question
from wayfare.stacks.engine.install import ENGINE, EXEC_SCRIPT, LANGUAGE_HOST, Engine, Way
from wayfare.stacks.engine.install_pins import pins

PLANTED = "eyJhbGciOiJSUzI1NiJ9.eyJwbGFudGVkIjoidG9rZW4ifQ.cGxhbnRlZA"
SAID = f"401 Unauthorized: the token '{PLANTED}' is not valid"


class Echoing(Accounts):
    """Accounts whose clouds repeat the request's token when they refuse it."""

    def _ask(self, questions: Mapping[CloudName, Question]) -> dict[CloudName, Any]:
        return {key: RuntimeError(SAID) for key in questions}


@pytest.mark.parametrize("name", CloudName)
def test_an_account_that_refuses_is_told_of_without_its_token(name: CloudName, tmp_path: Path) -> None:
    accounts = Echoing(Engine(Way.PATH, tmp_path, pins().engine, None), {})
    assert accounts.survey({name: ()}).silent == {name: SAID.replace(PLANTED, "[secret]")}
    with pytest.raises(AccountSilent, match=r"the token '\[secret\]' is not valid") as silent:
        accounts.inventory(name, "llm", "us-east-1")
    assert PLANTED not in str(silent.value)


def test_an_engine_that_fails_is_told_of_without_what_it_repeats(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in (ENGINE, LANGUAGE_HOST, EXEC_SCRIPT):
        script = f'#!/bin/sh\n[ "$1" = version ] && echo v{pins().engine} && exit\necho "error: {SAID}" >&2\nexit 1\n'
        (folder / name).write_text(script, encoding="utf-8")
        (folder / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "XDG_DATA_HOME": str(tmp_path)}
    environment.pop("WAYFARE_SANDBOX", None)
    command = [sys.executable, "-m", "wayfare.stacks.cli", "get"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "the token '[secret]' is not valid" in done.stderr
    assert PLANTED not in done.stderr
    assert "Traceback" not in done.stderr
