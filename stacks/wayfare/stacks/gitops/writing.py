"""A generated repository in a folder: what would change there, and changing it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wayfare.stacks.gitops.choices import RepositoryInvalid
from wayfare.stacks.gitops.rendering import MARK
from wayfare.stacks.gitops.repository import File

#: Where a file may lie that was generated earlier and is no more.
_SEARCHED = (".github/workflows", "stacks/config", "operator", "workloads")


@dataclass(frozen=True)
class Changed:
    """How a folder differs from a repository; paths from its root."""

    missing: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    """Generated earlier, and no more."""

    def __bool__(self) -> bool:
        """Whether it differs at all."""
        return bool(self.missing or self.differing or self.stale)

    def lines(self) -> list[str]:
        """A line for each file."""
        return [
            *(f"missing: {path}" for path in self.missing),
            *(f"not as generated: {path}" for path in self.differing),
            *(f"no more generated: {path}" for path in self.stale),
        ]


def changed(directory: Path, files: Mapping[str, File]) -> Changed:
    """How a folder differs. What people go on with may differ as it likes."""
    missing, differing = list[str](), list[str]()
    for path, file in files.items():
        place = directory / path
        if not place.is_file():
            missing.append(path)
        elif not file.kept and place.read_bytes() != file.text.encode():
            differing.append(path)
    stale = [path for path in _generated(directory) if path not in files]
    return Changed(tuple(missing), tuple(differing), tuple(stale))


def write(directory: Path, files: Mapping[str, File]) -> Changed:
    """Bring a folder to a repository, and give what was otherwise. Raises RepositoryInvalid before anything is written.

    A file that people wrote where one would be generated is refused, not overwritten.
    """
    found = changed(directory, files)
    for path in found.differing:
        if not _is_generated(directory / path) and path not in _WITHOUT_HEAD:
            raise RepositoryInvalid(
                f"{directory / path} was not written by `wayfare gitops`; move it away, or choose another folder. "
                "Nothing was changed"
            )
    for path in (*found.missing, *found.differing):
        place = directory / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(files[path].text.encode())
    for path in found.stale:
        (directory / path).unlink()
    return found


_WITHOUT_HEAD = (".pulumi.version", "blueprints/schema.json")


def is_generated(file: Path) -> bool:
    """Whether a file is there and says that it was generated."""
    return file.is_file() and _is_generated(file)


def _is_generated(file: Path) -> bool:
    first = file.read_bytes()[:400].decode("utf-8", errors="replace").partition("\n")[0]
    return MARK in first


def _generated(directory: Path) -> list[str]:
    found = (file for folder in _SEARCHED for file in (directory / folder).rglob("*"))
    return sorted(file.relative_to(directory).as_posix() for file in found if is_generated(file))
