"""A kind to notify with, and a short way to do it."""

from collections.abc import Callable, Iterator

import pytest

from autocrm.notifications import services
from autocrm.notifications.kinds import NotificationKind, kinds
from autocrm.notifications.models import Notification
from tests.support.cast import Person
from tests.support.registered import registered

Tell = Callable[..., list[Notification]]


@pytest.fixture
def tell() -> Iterator[Tell]:
    """Notify people in the sender's name, and commit."""
    kind = NotificationKind("test.page", "Of a test")

    def _tell(sender: Person, *receivers: Person, title: str = "Hello", url: str = "") -> list[Notification]:
        with sender.at_work() as actor:
            return services.notify(
                user_ids=[each.id for each in receivers], kind=kind.key, title=title, url=url, actor=actor
            )

    with registered(kinds, {kind.key: kind}):
        yield _tell
