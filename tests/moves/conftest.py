"""Whole moves, and trusts across clouds, with the real engine: each takes minutes."""

from tests.engine.conftest import engine, rehearsal

__all__ = ["engine", "rehearsal"]
