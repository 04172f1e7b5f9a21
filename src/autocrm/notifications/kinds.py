"""The kinds of notification: what can be told, whether it may be switched off, whether one hears of own acts."""

from dataclasses import dataclass
from enum import StrEnum

from autocrm.kernel.errors import Text
from autocrm.kernel.registry import Registry


class Channel(StrEnum):
    """How a notification reaches a person."""

    IN_APP = "in_app"


class Severity(StrEnum):
    """How the bell's toast looks; always said in words as well."""

    OK = "ok"
    INFO = "info"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """One kind, as "import.finished".

    `mandatory` kinds cannot be switched off. Nobody is told of an own act unless the kind says `own_act`: the end of
    a long job is news for whoever started it.
    """

    key: str
    label: Text
    mandatory: bool = False
    own_act: bool = False
    severity: Severity = Severity.INFO
    icon: str = "bell"


kinds: Registry[NotificationKind] = Registry("notification kinds", NotificationKind)


def declare(kind: NotificationKind) -> NotificationKind:
    """Declare a kind; called from `kinds.py` of the app that will notify."""
    return kinds.register(kind.key, kind)
