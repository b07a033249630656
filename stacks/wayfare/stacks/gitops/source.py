"""What a repository is made of, read from the folder and from the blueprints that are named."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from wayfare.blueprints import Loaded, load
from wayfare.blueprints.locking import lock_file
from wayfare.components.catalog import shipped_catalog
from wayfare.stacks.exceptions import refuse_unknown
from wayfare.stacks.gitops import wanted
from wayfare.stacks.gitops.choices import RepositoryInvalid
from wayfare.stacks.gitops.clusters import Cluster, cluster

_MODELINE = "# yaml-language-server: $schema="


def clusters(directory: Path, names: Sequence[str], files: Sequence[Path]) -> list[Cluster]:
    """The clusters by their names' order; those of `files` are new, or in the repository already.

    What the repository has of a blueprint is read there: it may have been changed since it was copied.
    Raises BlueprintInvalid, PlacementInvalid and RepositoryInvalid.
    """
    found: dict[str, Path] = {name: directory / "blueprints" / f"{name}.yaml" for name in names}
    for file in files:
        name = load(file).blueprint.metadata.name
        inside = directory / "blueprints" / f"{name}.yaml"
        if name in found and file.resolve() != inside.resolve() and not inside.exists():
            raise RepositoryInvalid(f"two blueprints are named {name}: {found[name]} and {file}")
        found[name] = inside if inside.exists() else file
    return [_cluster(directory, name, file) for name, file in sorted(found.items())]


def _cluster(directory: Path, name: str, file: Path) -> Cluster:
    loaded = load(file)
    refuse_unknown(loaded)
    if loaded.blueprint.metadata.name != name:
        raise RepositoryInvalid(f"{file}: metadata.name is {loaded.blueprint.metadata.name}, and its file's is {name}")
    placement = directory / "placements" / f"{name}.yaml"
    known = wanted.read(placement) if placement.exists() else None
    return cluster(loaded, dict(_own_files(loaded, name)), known, shipped_catalog())


def _own_files(loaded: Loaded, name: str) -> Iterator[tuple[str, str]]:
    """Under `blueprints/`: the blueprint with its modeline, and beside it what it extends by a path."""
    text = loaded.path.read_text(encoding="utf-8")
    yield f"{name}.yaml", _with_modeline(text)
    home = loaded.path.parent.resolve()
    for layer in loaded.layers:
        base = Path(layer.name)
        if not base.is_file():
            continue  # one from a git repository is fetched from there
        if not base.resolve().is_relative_to(home):
            raise RepositoryInvalid(
                f"{loaded.path} extends {base}, outside of its own folder: extend it from a git repository, or put it "
                "beside"
            )
        yield base.resolve().relative_to(home).as_posix(), base.read_text(encoding="utf-8")
    if (lock := lock_file(loaded.path)).exists():
        yield f"{name}.yaml.lock", lock.read_text(encoding="utf-8")


def _with_modeline(text: str) -> str:
    """The same blueprint, which tells an editor of the schema beside it."""
    lines = text.splitlines(keepends=True)
    rest = lines[1:] if lines and lines[0].startswith(_MODELINE) else lines
    return "".join([f"{_MODELINE}schema.json\n", *rest])


def placement_file(directory: Path, cluster: str) -> Path:
    """Where a cluster is wanted."""
    return directory / "placements" / f"{cluster}.yaml"
