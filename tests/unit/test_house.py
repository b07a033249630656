"""The house keeps its own rules: the namespace, one place for each version, what a wheel carries, a clean lock."""

import re
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder

from wayfare.blueprints import CloudName
from wayfare.stacks.engine.install_pins import pins
from wayfare.stacks.gomod import release
from wayfare.stacks.kubernetes.pins import PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("blueprints", "components", "stacks", "sandbox")
REGISTRY = "https://pypi.org/simple"
FILES = "https://files.pythonhosted.org/"


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


@cache
def project() -> dict[str, Any]:
    return toml("pyproject.toml")


@cache
def locked() -> list[dict[str, Any]]:
    return toml("uv.lock")["package"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names of the files in a wheel of the working tree."""
    folder = tmp_path_factory.mktemp("wheel")
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(path) as archive:
        return frozenset(archive.namelist())


def sources() -> list[Path]:
    return [path for part in PARTS for path in (ROOT / part / "wayfare").rglob("*") if path.is_file()]


@pytest.mark.parametrize("part", PARTS)
def test_wayfare_is_a_namespace_that_no_part_owns(part: str) -> None:
    owned = ROOT / part / "wayfare"
    assert [path.name for path in owned.iterdir() if path.name != "__pycache__"] == [part], "one package in each part"
    assert (owned / part / "__init__.py").is_file()


def test_every_folder_with_python_in_it_is_a_package() -> None:
    folders = {path.parent for path in sources() if path.suffix == ".py"}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_pulumi_is_the_version_of_the_pinned_engine() -> None:
    (pulumi,) = (text for text in project()["project"]["dependencies"] if re.match(r"pulumi\b(?!-)", text))
    assert pulumi == f"pulumi=={pins().engine}"


def test_the_language_host_is_no_newer_than_the_engine() -> None:
    assert release(pins().language_host) <= release(pins().engine)


def test_every_cloud_is_an_extra_and_the_sandbox_needs_all() -> None:
    extras = project()["project"]["optional-dependencies"]
    assert set(extras) >= {*CloudName, "sandbox"}
    assert f"wayfare[{','.join(CloudName)}]" in extras["sandbox"]


def test_the_locked_version_of_wayfare_is_the_projects() -> None:
    (own,) = (package for package in locked() if package["name"] == project()["project"]["name"])
    assert own["version"] == project()["project"]["version"]


def test_the_lock_names_no_index_but_pypi() -> None:
    for package in locked():
        if package["source"] == {"editable": "."}:
            continue
        assert package["source"] == {"registry": REGISTRY}, package["name"]
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert files
        assert [file["url"] for file in files if not file["url"].startswith(FILES)] == []
        assert [file["url"] for file in files if not file["hash"].startswith("sha256:")] == []


def test_a_wheel_carries_every_source_file(wheel: frozenset[str]) -> None:
    wanted = {
        path.relative_to(ROOT / part).as_posix()
        for part in PARTS
        for path in sources()
        if path.is_relative_to(ROOT / part) and "__pycache__" not in path.parts
    }
    assert wanted - wheel == set()


def test_a_wheel_can_build_its_engine_and_a_kubernetes(wheel: frozenset[str]) -> None:
    folder = "wayfare/stacks/engine/tools"
    tools = ("pulumi", "pulumi-language-python", *(f"kubernetes/{program.folder}" for program in PROGRAMS))
    names = {f"{folder}/{tool}/go.{end}" for tool in tools for end in ("mod", "sum")}
    assert names - wheel == set()


def test_a_wheel_carries_the_library(wheel: frozenset[str]) -> None:
    files = (ROOT / "blueprints" / "library").glob("*.yaml")
    assert {f"wayfare/blueprints/library/{file.name}" for file in files} - wheel == set()


def test_a_wheel_carries_nothing_else(wheel: frozenset[str]) -> None:
    version = project()["project"]["version"]
    assert {name.split("/")[0] for name in wheel} == {"wayfare", f"wayfare-{version}.dist-info"}
    assert {name.split("/")[1] for name in wheel if name.startswith("wayfare/")} == set(PARTS)
    assert [name for name in wheel if name.endswith((".pyc", "/wayfare/__init__.py")) or "/tests/" in name] == []


def test_make_and_the_engine_agree_on_the_command() -> None:
    """`make` calls the command that the project installs."""
    assert "wayfare" in project()["project"]["scripts"]
    assert "wayfare engine install" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_continuous_integration_can_be_run() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
