"""What tests of the outgoing client share: both its twins, and leave to call this machine."""

from typing import Any

import pytest

from autocrm.kernel.tests.peers import async_send, sync_send


@pytest.fixture(params=[sync_send, async_send], ids=["sync", "async"])
def send(request: pytest.FixtureRequest) -> Any:
    """Every behaviour holds for both twins."""
    return request.param


@pytest.fixture
def opened(settings: Any) -> None:
    """This machine may be called."""
    settings.EGRESS_ALLOWED_NETWORKS = ["127.0.0.1/32"]
