"""Random lives of a cluster, with the real engine: a minute or more each."""

from tests.engine.conftest import engine

__all__ = ["engine"]
