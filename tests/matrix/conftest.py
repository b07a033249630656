"""Every machine type, fabric and purchase, with the real engine: a target of its own, for it takes some minutes."""

from tests.engine.conftest import engine, rehearsal

__all__ = ["engine", "rehearsal"]
