"""Following: whoever follows a record hears what others do to it.

A person follows a record by hand, and by itself when she makes one or is given one. Following is a wish about one's own
inbox, like a preference: it is open to everybody who may see the record, and not journalled.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.notifications.models import Follow
from autocrm.notifications.permissions import authorize_own
from autocrm.records import selectors as records
from autocrm.records.registry import RecordType
from autocrm.users import selectors as users


@dataclass(frozen=True, slots=True)
class Subject:
    """A record, as followers name it."""

    record_type: str
    record_id: UUID


@transaction.atomic
def follow(record_type: RecordType, record_id: object, *, actor: Actor) -> None:
    """Hear of a record from now on. Raises Denied, and NotFound for a record that the actor may not see."""
    user_id = authorize_own(actor, "update")
    record = records.get_record(record_type, record_id, columns=(), actor=actor)
    ensure_followers([(Subject(record_type.key, record.pk), user_id)])


@transaction.atomic
def unfollow(record_type: RecordType, record_id: object, *, actor: Actor) -> None:
    """Hear of a record no more. Raises Denied, and NotFound for a record that the actor may not see."""
    user_id = authorize_own(actor, "update")
    record = records.get_record(record_type, record_id, columns=(), actor=actor)
    _of(Subject(record_type.key, record.pk)).filter(user_id=user_id).delete()


def ensure_followers(wanted: Iterable[tuple[Subject, UUID]]) -> None:
    """Make people follow records, in the caller's transaction; those who do already stay as they are."""
    at = now()
    Follow.objects.bulk_create(
        (
            Follow(user_id=user_id, record_type=subject.record_type, record_id=subject.record_id, created_at=at)
            for subject, user_id in dict.fromkeys(wanted)
        ),
        ignore_conflicts=True,
    )


def forget_records(record_type: RecordType, ids: Collection[UUID]) -> None:
    """Nobody follows what is deleted for good; in the caller's transaction."""
    Follow.objects.filter(record_type=record_type.key, record_id__in=list(ids)).delete()


def is_following(record_type: str, record_id: UUID, actor: Actor) -> bool:
    """Whether the actor follows the record."""
    if actor.user_id is None:
        return False
    return bool(_of(Subject(record_type, record_id)).filter(user_id=actor.user_id).exists())


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who follows a record, and since when."""

    user_id: UUID
    name: str
    since: datetime


def list_followers(record_type: RecordType, record_id: object, *, actor: Actor) -> list[Follower]:
    """Who follows a record, those who did first first; no former members.

    Raises NotFound for a record that the actor may not see, Denied for a token that may not read people.
    """
    record = records.get_record(record_type, record_id, columns=(), actor=actor)
    names = {each.user_id: str(each.user) for each in users.list_members(actor, include_disabled=False)}
    found = _of(Subject(record_type.key, record.pk)).order_by("created_at", "user_id")
    return [Follower(row.user_id, names[row.user_id], row.created_at) for row in found if row.user_id in names]


def followers_of(subjects: Iterable[Subject]) -> dict[Subject, list[UUID]]:
    """Who follows which of the records; one query for each record type."""
    by_type: dict[str, set[UUID]] = {}
    for subject in subjects:
        by_type.setdefault(subject.record_type, set()).add(subject.record_id)
    found: dict[Subject, list[UUID]] = {}
    for record_type, ids in by_type.items():
        rows = Follow.objects.filter(record_type=record_type, record_id__in=ids).order_by("user_id")
        for record_id, user_id in rows.values_list("record_id", "user_id"):
            found.setdefault(Subject(record_type, record_id), []).append(user_id)
    return found


def _of(subject: Subject) -> Any:
    return Follow.objects.filter(record_type=subject.record_type, record_id=subject.record_id)
