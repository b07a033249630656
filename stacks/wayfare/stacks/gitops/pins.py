"""What a generated repository pins: actions by their commits, and packages as they are installed here."""

from collections.abc import Collection
from importlib.metadata import PackageNotFoundError, distribution, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wayfare.stacks.engine.install_pins import pins

PACKAGE = "wayfare"

#: Commits of tagged releases. A tag can be moved, a commit cannot.
ACTIONS = {
    "checkout": "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
    "python": "actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0",
    "aws": "aws-actions/configure-aws-credentials@61815dcd50bd041e203e49132bacad1fd04d2708 # v5.1.1",
    "azure": "azure/login@a457da9ea143d694b1b9c7c869ebb04ebe844ef5 # v2.3.0",
    "gcp": "google-github-actions/auth@7c6bc770dae815cd3e89ee6cdf493a5fab2cc093 # v3.0.0",
}


def engine_version() -> str:
    """The engine that this version of Wayfare is made for."""
    return pins().engine


def own_version() -> str:
    """This version of Wayfare."""
    return version(PACKAGE)


def locked(extras: Collection[str]) -> str:
    """Everything that Wayfare needs with these extras, each at the version that is installed here, a line each.

    What is not installed on this machine is left out: its marker speaks of another, or its extra is not here.
    """
    found: dict[str, str] = {}
    waiting = [(PACKAGE, frozenset(extras))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        try:
            there = distribution(name)
        except PackageNotFoundError:
            continue
        found[canonicalize_name(name)] = there.version
        for line in there.requires or ():
            need = Requirement(line)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in (*sorted(wanted), "")):
                waiting.append((canonicalize_name(need.name), frozenset(need.extras)))
    return "".join(f"{name}=={found[name]}\n" for name in sorted(found))
