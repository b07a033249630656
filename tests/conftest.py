"""What holds for every test process: it reaches the loopback only, and looks for garbage in what tests made alone."""

import gc
import sys

import pytest
from hypothesis import settings

#: No test is about how long an example takes, least of all where others use the machine.
settings.register_profile("wayfare", deadline=None)
settings.load_profile("wayfare")

#: So many modules that are new are a cloud's SDK.
_AN_SDK = 100


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set pytest-socket before it reads its options. What tests start is held back by `tests/engine/rehearsal.py`."""
    config.option.allow_hosts = "127.0.0.1,::1,localhost"
    config.option.allow_unix_socket = True


class Kept:
    """What was imported stays for as long as the process does.

    The clouds' SDKs are a million objects; a collector that looks through them again and again takes a third of the
    time in which programs run on Pulumi's mocks. So it is told to leave alone what is there after an import.
    """

    def __init__(self) -> None:
        self._modules = 0

    @pytest.hookimpl
    def pytest_collection_finish(self) -> None:
        """The modules of the tests are there."""
        self._keep()

    @pytest.hookimpl
    def pytest_runtest_teardown(self) -> None:
        """A test may be the first for which an SDK is imported."""
        self._keep()

    def _keep(self) -> None:
        if len(sys.modules) - self._modules < _AN_SDK:
            return
        self._modules = len(sys.modules)
        gc.collect()
        gc.freeze()


def pytest_sessionstart(session: pytest.Session) -> None:
    """In each process that runs tests."""
    session.config.pluginmanager.register(Kept(), "kept")
