"""The suite's set-up: real PostgreSQL and Valkey, a database of its own per worker, nothing rolled back.

Tests commit for real, as the product does. What keeps them apart is what keeps customers apart: each test makes
tenants of its own, so no test needs cleaning up after, and a test that sees another's rows has found a leak.
"""

import os
from pathlib import Path
from tempfile import gettempdir

import pytest

from tests.support import database

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
DATABASE = f"autocrm_test_{os.getpid()}_{WORKER}"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Point the settings at this worker's database before Django reads them."""
    if "AUTOCRM_TEST_ADMIN_URL" in os.environ:
        os.environ |= database.environment(DATABASE)
    os.environ.setdefault("AUTOCRM_SECRET_KEY", "the-secret-key-of-the-test-suite-and-nothing-else")
    os.environ.setdefault("AUTOCRM_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    os.environ.setdefault("AUTOCRM_DATA_DIR", str(Path(gettempdir()) / f"autocrm-test-{os.getpid()}"))
    os.environ.setdefault("AUTOCRM_JOB_HINTS", "no")
    os.environ.setdefault("AUTOCRM_EGRESS_ALLOWED_NETWORKS", "127.0.0.0/8")
