"""The journeys' stack and browser: one of each for all of them, a new set of people and windows for every test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browsing import FLAGS, Browsing, Watch, find_chromium
from tests.e2e.stack import Stack, running_stack
from tests.support.plugin import DATABASE

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember a failure, so that pictures of the windows are taken before they close."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture(scope="package", autouse=True)
def stack(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running product; it ends with the last journey."""
    if not find_chromium():
        pytest.skip("Chromium is missing")
    with running_stack(tmp_path_factory.mktemp("stack"), f"{DATABASE}_e2e") as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    # Playwright keeps an event loop running in this thread, at which Django would refuse all work with the database.
    former = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()
        # Beside a running loop Django keeps connections of their own.
        connections.close_all()
    if former is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = former


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def browsing(
    db: None, chromium: Browser, stack: Stack, watch: Watch, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Browsing]:
    """Windows for this test; whatever went wrong in one of them fails it.

    Asks for the database by name, so that pytest-django keeps all journeys together and one stack serves them.
    """
    browsing = Browsing(chromium, stack.port, watch)
    yield browsing
    pictures = browsing.picture(tmp_path) if watch.faults or request.node.stash.get(FAILED, False) else []
    browsing.close()
    assert watch.faults == [], (watch.faults, pictures, stack.said)
    if pictures:
        print(*pictures, stack.said, sep="\n")  # noqa: T201 - shown with the failure
