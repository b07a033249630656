"""Tests with the real engine that take more than a minute each."""

from tests.engine.conftest import engine, rehearsal

__all__ = ["engine", "rehearsal"]
