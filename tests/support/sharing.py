"""Which tests one worker of pytest-xdist takes together: those that share a running product, and no others.

The marks `xdist_group` say the same; pytest-xdist reads them by an attribute that pytest 9.2 has given up, so that
journeys would start a product on every worker. Here the folder decides, which needs no mark.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/e2e/", "tests/faults/")


class SharedProducts(LoadScopeScheduling):
    """Each test by itself, except for the folders above; the large ones begin first."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedProducts | None:
    """Stand in for `--dist loadgroup`."""
    return SharedProducts(config, log) if config.getvalue("dist") == "loadgroup" else None
