"""A kind to notify with, and a short way to do it."""

from collections.abc import Callable

import pytest

from autocrm.notifications import services
from autocrm.notifications.kinds import NotificationKind, kinds
from autocrm.notifications.models import Notification
from tests.support.cast import Person

Tell = Callable[..., list[Notification]]


@pytest.fixture
def tell() -> Tell:
    """Notify people in the sender's name, and commit."""
    kind = NotificationKind("test.page", "Of a test")
    if kind.key not in kinds:
        kinds.register(kind.key, kind)

    def _tell(sender: Person, *receivers: Person, title: str = "Hello", url: str = "") -> list[Notification]:
        with sender.at_work() as actor:
            return services.notify(
                user_ids=[each.id for each in receivers], kind=kind.key, title=title, url=url, actor=actor
            )

    return _tell
