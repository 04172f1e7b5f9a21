"""The notices port: an app tells people something without knowing who keeps notifications.

Transfers and notifications stand side by side and may not import each other; what either needs of the other goes
through here. A notice is written in the caller's transaction: it is there exactly when the news is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One kind, as "import_finished". Nobody is told of an own act unless the kind says so with `own_act`.

    `severity` is "ok", "info" or "bad": how the toast looks.
    """

    key: str
    label: Text
    own_act: bool = False
    severity: str = "info"
    icon: str = "bell"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told. `url` is a path of this site; with a `dedup_key` a person is told once, however often we say it."""

    kind: str
    title: Text
    body: Text = ""
    url: str = ""
    data: tuple[tuple[str, Any], ...] = ()
    dedup_key: str = ""


class Teller(Protocol):
    """What the notifications app binds."""

    def __call__(self, notice: Notice, *, user_ids: Iterable[UUID], actor: Actor) -> None: ...


notice_kinds: Registry[NoticeKind] = Registry("notice kinds", NoticeKind)
_teller: list[Teller] = []


def declare(kind: NoticeKind) -> NoticeKind:
    """Declare a kind; called from `kinds.py` of the app that will tell."""
    return notice_kinds.register(kind.key, kind)


def bind(teller: Teller) -> None:
    """Name the function that delivers notices (bound once, by the notifications app)."""
    _teller[:] = [teller]


def tell(notice: Notice, *, user_ids: Iterable[UUID], actor: Actor) -> None:
    """Tell people in the caller's transaction; nothing without a teller. Raises KeyError for an undeclared kind."""
    notice_kinds.get(notice.kind)
    for teller in _teller:
        teller(notice, user_ids=user_ids, actor=actor)
