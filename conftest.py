"""Root of the suite: the real database, and the cast of people and workspaces that every test may ask for.

These fixtures stand in a conftest because only here they come before those of pytest-django.
"""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.support import database
from tests.support.plugin import DATABASE

pytest_plugins = ["tests.support.cast", "tests.support.sharing"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Clone the template for this worker and open it to every test; nothing is rolled back."""
    database.clone(DATABASE)
    with django_db_blocker.unblock():
        yield
    database.drop(DATABASE)


@pytest.fixture
def db(django_db_setup: None) -> None:
    """The database. Tests get it through the cast (`acme`, `alice`, ...) or name it themselves."""
