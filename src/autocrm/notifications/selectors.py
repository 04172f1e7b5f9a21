"""Reads of inboxes: pages by number, what came after a number, and the counts that every face shows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.notifications.kinds import Channel
from autocrm.notifications.models import Notification, NotificationCounter, NotificationPreference
from autocrm.notifications.permissions import authorize_own
from autocrm.users.models import Membership

MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class Counts:
    """What the bell shows; `last_seq` is the newest number given out, so a client knows whether it lags."""

    unread: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some notifications, newest first; `next_before` continues, None at the end."""

    notifications: list[Notification]
    next_before: int | None


def list_page(actor: Actor, *, before: int | None = None, unread: bool = False, limit: int = 50) -> Page:
    """One's inbox, newest first, from below the number `before`."""
    limit = max(1, min(limit, MAX_PAGE))
    rows = Notification.objects.of_user(authorize_own(actor)).in_inbox().order_by("-seq")
    if unread:
        rows = rows.unread()
    if before is not None:
        rows = rows.filter(seq__lt=before)
    found = list(rows[: limit + 1])
    more = len(found) > limit
    return Page(found[:limit], found[limit - 1].seq if more else None)


def list_after(actor: Actor, after_seq: int, *, limit: int = MAX_PAGE) -> list[Notification]:
    """What came after the number `after_seq`, in order; nothing in between can appear later."""
    rows = Notification.objects.of_user(authorize_own(actor)).in_inbox().filter(seq__gt=after_seq)
    return list(rows.order_by("seq")[: max(1, min(limit, MAX_PAGE))])


def find_notification(notification_id: UUID, actor: Actor) -> Notification | None:
    """One of one's own, or None."""
    found: Notification | None = Notification.objects.of_user(authorize_own(actor)).filter(id=notification_id).first()
    return found


def count_unread(actor: Actor) -> int:
    """How many the bell shows."""
    return Notification.objects.of_user(authorize_own(actor)).unread().count()


def get_counts(actor: Actor) -> Counts:
    """The unread count together with the newest number."""
    unread = count_unread(actor)
    counter = NotificationCounter.objects.filter(user_id=authorize_own(actor))
    last = counter.values_list("last_seq", flat=True).first()
    return Counts(unread, last or 0)


def list_last_seqs(user_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """The newest number of each of these people of the current tenant; for the sockets' watch, no content."""
    rows = NotificationCounter.objects.filter(user_id__in=list(user_ids))
    return dict(rows.values_list("user_id", "last_seq"))


def list_preferences(actor: Actor) -> Mapping[str, bool]:
    """Which kinds one has switched on or off in the app; kinds without a wish are left out."""
    rows = NotificationPreference.objects.filter(user_id=authorize_own(actor), channel=Channel.IN_APP)
    return dict(rows.values_list("kind", "is_on"))


def list_unwilling(kind: str, user_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of `user_ids` who switched `kind` off in the app."""
    rows = NotificationPreference.objects.filter(
        user_id__in=list(user_ids), kind=kind, channel=Channel.IN_APP, is_on=False
    )
    return frozenset(rows.values_list("user_id", flat=True))


def list_reachable(user_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of `user_ids` who are active members of the current tenant."""
    rows = Membership.objects.filter(user_id__in=list(user_ids), is_active=True, user__is_active=True)
    return frozenset(rows.values_list("user_id", flat=True))
