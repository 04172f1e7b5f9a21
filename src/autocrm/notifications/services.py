"""Telling people: write notifications, mark them, put them away, keep wishes. Every change is hinted to open pages."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.utils import translation
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from autocrm.kernel import push
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.ids import new_id
from autocrm.kernel.tenancy import current_database, current_tenant_id
from autocrm.notifications import selectors
from autocrm.notifications.kinds import Channel, NotificationKind, kinds
from autocrm.notifications.models import Notification, NotificationPreference
from autocrm.notifications.permissions import authorize_own
from autocrm.users.selectors import language_of

# What these do is the person's own doing; a workflow or the system that acts in her name tells her something new.
OWN_HANDS = frozenset({ActorKind.HUMAN, ActorKind.TOKEN, ActorKind.IMPORT})

_NEXT_SEQ = """
INSERT INTO notifications_notificationcounter AS counter (id, tenant_id, user_id, last_seq)
SELECT fresh.id, %(tenant)s, fresh.user_id, 1
FROM unnest(%(ids)s::uuid[], %(users)s::uuid[]) AS fresh (id, user_id)
ON CONFLICT (tenant_id, user_id) DO UPDATE SET last_seq = counter.last_seq + 1
RETURNING user_id, last_seq
"""


@dataclass(frozen=True, slots=True)
class _Message:
    """What is told, whoever it is told to."""

    kind: NotificationKind
    title: Text
    body: Text = ""
    url: str = ""
    record_type: str = ""
    record_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    actor_label: str = ""
    dedup_key: str = ""


def notify(  # noqa: PLR0913 - the parts of a message; all but three have a default
    *,
    user_ids: Iterable[UUID],
    kind: str,
    title: Text,
    body: Text = "",
    url: str = "",
    record_type: str = "",
    record_id: UUID | None = None,
    data: Mapping[str, Any] | None = None,
    dedup_key: str = "",
    actor: Actor,
) -> list[Notification]:
    """Tell people something, in the caller's transaction; open pages hear of it after commit.

    Left out: whoever did it (unless the kind says so), people who are no active members, and those who switched the
    kind off. With a `dedup_key` a person is told once, however often this runs. `url` is a path of this site.
    A lazy title or body is read in the language of each person (`kernel.sentences.spoken`).
    Raises KeyError for an undeclared kind and Invalid for an address elsewhere.
    """
    declared = kinds.get(kind)
    if url and (not url.startswith("/") or url.startswith("//")):
        raise Invalid(fields={"url": [_("A notification leads to a page of this site.")]})
    message = _Message(
        kind=declared,
        title=title,
        body=body,
        url=url,
        record_type=record_type,
        record_id=record_id,
        data=dict(data or {}),
        actor_label=actor.label[:200],
        dedup_key=dedup_key,
    )
    with transaction.atomic(using=current_database()):
        told = _write(message, _listeners(declared, user_ids, actor))
    for notification in told:
        push.to_user(actor.tenant_id, notification.user_id, {"type": "notification", "seq": notification.seq})
    return told


def mark_read(ids: Collection[UUID], *, actor: Actor) -> int:
    """Mark some of one's own as read; unknown ids are passed over. Returns how many changed."""
    rows = Notification.objects.of_user(authorize_own(actor, "update")).filter(id__in=list(ids), read_at=None)
    return _mark(rows, actor, read_at=now())


def mark_all_read(*, up_to_seq: int | None = None, actor: Actor) -> int:
    """Mark everything as read, or what had been seen by then: up to a number. Returns how many changed."""
    rows = Notification.objects.of_user(authorize_own(actor, "update")).unread()
    if up_to_seq is not None:
        rows = rows.filter(seq__lte=up_to_seq)
    return _mark(rows, actor, read_at=now())


def archive(ids: Collection[UUID], *, actor: Actor) -> int:
    """Put some of one's own away; they no longer count. Returns how many changed."""
    rows = Notification.objects.of_user(authorize_own(actor, "update")).filter(id__in=list(ids), archived_at=None)
    return _mark(rows, actor, archived_at=now())


def put_back(ids: Collection[UUID], *, actor: Actor) -> int:
    """Take some of one's own back into the inbox, read or not as they were. Returns how many changed."""
    rows = Notification.objects.of_user(authorize_own(actor, "update")).filter(id__in=list(ids))
    return _mark(rows.exclude(archived_at=None), actor, archived_at=None)


def mark_seen(notifications: Sequence[Notification], *, actor: Actor) -> None:
    """Note that these were shown in a list; says nothing about having been read."""
    unseen = [each.id for each in notifications if each.seen_at is None]
    if unseen:
        Notification.objects.of_user(authorize_own(actor)).filter(id__in=unseen).update(seen_at=now())


def set_preference(kind: str, *, is_on: bool, actor: Actor) -> None:
    """Switch one kind on or off for oneself. Raises Invalid for an unknown kind or one that can't be switched off."""
    user_id = authorize_own(actor, "update")
    declared = kinds.find(kind)
    if declared is None or (declared.mandatory and not is_on):
        raise Invalid(fields={"kind": [_("These notifications cannot be switched off.")]})
    NotificationPreference.objects.update_or_create(
        user_id=user_id, kind=kind, channel=Channel.IN_APP, defaults={"is_on": is_on}
    )


def _listeners(kind: NotificationKind, user_ids: Iterable[UUID], actor: Actor) -> list[UUID]:
    """Who is to hear of it, in one order everywhere, so that two writers can't wait for each other's counters."""
    wanted = set(user_ids)
    if not kind.own_act and actor.kind in OWN_HANDS and actor.user_id is not None:
        wanted.discard(actor.user_id)
    if wanted and not kind.mandatory:
        wanted -= selectors.list_unwilling(kind.key, wanted)
    return sorted(wanted & selectors.list_reachable(wanted)) if wanted else []


def _write(message: _Message, user_ids: list[UUID]) -> list[Notification]:
    if not user_ids:
        return []
    numbers = _next_seqs(user_ids)
    if message.dedup_key:
        # Read after the counters are locked: whoever told them first has committed by now.
        rows = Notification.objects.filter(user_id__in=user_ids, dedup_key=message.dedup_key)
        for user_id in rows.values_list("user_id", flat=True):
            del numbers[user_id]
    at = now()
    words = _in_their_languages(message, numbers)
    return Notification.objects.bulk_create(
        Notification(
            user_id=user_id,
            seq=seq,
            kind=message.kind.key,
            severity=message.kind.severity,
            title=words[user_id][0],
            body=words[user_id][1],
            url=message.url,
            record_type=message.record_type,
            record_id=message.record_id,
            data=message.data,
            actor_label=message.actor_label,
            dedup_key=message.dedup_key,
            created_at=at,
        )
        for user_id, seq in numbers.items()
    )


def _in_their_languages(message: _Message, user_ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """Title and body as each of the people reads them; what is no lazy sentence is the same for all."""
    if not isinstance(message.title, Promise) and not isinstance(message.body, Promise):
        return dict.fromkeys(user_ids, (force_str(message.title)[:300], force_str(message.body)))
    words = {}
    for user_id in user_ids:
        with translation.override(language_of(user_id, current_tenant_id())):
            words[user_id] = (force_str(message.title)[:300], force_str(message.body))
    return words


def _next_seqs(user_ids: list[UUID]) -> dict[UUID, int]:
    """Take the next number of each person; their counter rows stay locked until commit."""
    with connections[current_database()].cursor() as cursor:
        cursor.execute(
            _NEXT_SEQ, {"tenant": current_tenant_id(), "ids": [new_id() for _each in user_ids], "users": user_ids}
        )
        return dict(cursor.fetchall())


def _mark(rows: Any, actor: Actor, **changes: Any) -> int:
    changed: int = rows.update(**changes)
    if changed and actor.user_id is not None:
        push.to_user(actor.tenant_id, actor.user_id, {"type": "counts"})
    return changed
