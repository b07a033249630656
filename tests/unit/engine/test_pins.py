"""The pins are read from go.mod files as Go writes them."""

from pathlib import Path

import pytest

from wayfare.stacks.engine.install_pins import Pins, pins
from wayfare.stacks.gomod import release


def go_mods(folder: Path, engine: str, host: str) -> Path:
    for name, text in (("pulumi", engine), ("pulumi-language-python", host)):
        (folder / name).mkdir()
        (folder / name / "go.mod").write_text(text, encoding="utf-8")
    return folder


def test_reads_a_block_and_a_single_line(tmp_path: Path) -> None:
    engine = "module x\n\ngo 1.24\n\nrequire (\n\tgithub.com/pulumi/pulumi/pkg/v3 v3.9.1 // indirect\n)\n"
    host = "module y\n\ngo 1.25.3\n\nrequire github.com/pulumi/pulumi/sdk/v3 v3.8.0\n"
    assert pins(go_mods(tmp_path, engine, host)) == Pins(engine="3.9.1", language_host="3.8.0", go="1.25.3")


def test_a_go_mod_that_does_not_pin_the_engine_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"does not require github\.com/pulumi/pulumi/pkg/v3"):
        pins(go_mods(tmp_path, "module x\n\ngo 1.24\n", "module y\n\ngo 1.24\n"))


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("v3.250.0", (3, 250, 0)), ("3.250.0-alpha.1", (3, 250, 0)), ("go1.26.8", (1, 26, 8)), ("1.25\n", (1, 25))],
)
def test_release_reads_the_numbers(version: str, numbers: tuple[int, ...]) -> None:
    assert release(version) == numbers


@pytest.mark.parametrize("version", ["", "devel go1.27-abc", "latest"])
def test_release_refuses_what_is_no_version(version: str) -> None:
    with pytest.raises(ValueError, match="does not begin with a version"):
        release(version)
