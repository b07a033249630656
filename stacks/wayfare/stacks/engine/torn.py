"""What an engine that was killed leaves torn in a backend of files."""

from wayfare.stacks.engine.owner import directory_of


def mended(backend: str) -> bool:
    """Remove notes on files that were begun and never written; whether there were any.

    Beside each file the engine's library keeps a note on its content, `.attrs`, which it writes in place. Killed in
    between, an engine leaves an empty one, at which every later engine ends with `EOF`. The file itself is written
    under another name first, and is whole; a note that is missing is read as one that says nothing.
    """
    state = directory_of(backend)
    if state is None:
        return False
    torn = [path for path in (state / ".pulumi").rglob("*.attrs") if path.stat().st_size == 0]
    for path in torn:
        path.unlink(missing_ok=True)
    return bool(torn)
