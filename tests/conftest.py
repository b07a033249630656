"""No test leaves this machine: sockets of the test process reach the loopback only."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set pytest-socket before it reads its options. What tests start is held back by `tests/engine/rehearsal.py`."""
    config.option.allow_hosts = "127.0.0.1,::1,localhost"
    config.option.allow_unix_socket = True
