"""The web process that this app's tests speak to, and a kind to notify with."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autocrm.notifications import services
from autocrm.notifications.kinds import NotificationKind, kinds
from autocrm.notifications.models import Notification
from tests.support.cast import Person
from tests.support.registered import registered
from tests.support.site import Site, running_site

Tell = Callable[..., list[Notification]]


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One web process for all tests of a module."""
    with running_site(tmp_path_factory.mktemp("web")) as running:
        yield running


@pytest.fixture
def tell() -> Iterator[Tell]:
    """Notify people in the sender's name, and commit."""
    kind = NotificationKind("test.socket", "Of a test", own_act=True)

    def _tell(sender: Person, *receivers: Person, title: str = "Hello", url: str = "") -> list[Notification]:
        with sender.at_work() as actor:
            return services.notify(
                user_ids=[each.id for each in receivers], kind=kind.key, title=title, url=url, actor=actor
            )

    with registered(kinds, {kind.key: kind}):
        yield _tell


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where private servers of tests keep their files."""
    return tmp_path_factory.mktemp("servers")
