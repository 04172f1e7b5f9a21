"""Root of the suite: the real database, and the cast of people and workspaces that every test may ask for.

These fixtures stand in a conftest because only here they come before those of pytest-django.
"""

from collections.abc import Iterator

import pytest
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from autocrm.records import sampling
from tests.support import database, middleware
from tests.support.plugin import DATABASE

pytest_plugins = ["tests.support.cast", "tests.support.foreign", "tests.support.sharing", "tests.support.smtp"]

middleware.share()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Clone the template for this worker and open it to every test; nothing is rolled back."""
    database.clone(DATABASE)
    with django_db_blocker.unblock():
        yield
    database.drop(DATABASE)


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A request puts its reader's language into force and leaves it there; the next test begins without it."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def samples_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures from a sample are those of all records, though what other tests left behind makes the tables long."""
    monkeypatch.setattr(sampling, "SAMPLE_ROWS", 10**9)


@pytest.fixture
def db(django_db_setup: None) -> None:
    """The database. Tests get it through the cast (`acme`, `alice`, ...) or name it themselves."""
