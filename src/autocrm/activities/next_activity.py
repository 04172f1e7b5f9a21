"""The next activity of a record, kept on the record itself in the transaction that writes the activity.

A list of a million records is then filtered and sorted by it as by any other column. It is the earliest time of the
open calls, meetings and tasks about the record, whoever they belong to; whose role does not let him see all of them
does not see the column either (`may_read`), and is shown what is his by `selectors.next_of`.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Min, OuterRef, QuerySet, Subquery

from autocrm.activities.models import ActivityLink, Planned
from autocrm.activities.permissions import PLANNED
from autocrm.kernel.actors import Actor
from autocrm.kernel.permissions import can_read_field, gate_field, visible_filter
from autocrm.records.registry import record_types

FIELD = "next_activity"
FILLED_AT_ONCE = 5_000
# The field of each type that says when it is.
TIME_FIELDS = {"task": "due_at", "call": "at", "meeting": "starts_at"}


def open_time(activity: Any) -> datetime | None:
    """When an activity lies ahead, as its links repeat it; None for what is done, cancelled or in the bin."""
    if not isinstance(activity, Planned) or not activity.is_open or activity.archived_at is not None:
        return None
    return activity.moment


def refresh(links: QuerySet[ActivityLink]) -> None:
    """Bring the records that these links name up to date, after their activities were written."""
    refresh_places(links.values_list("record_type", "record_id").distinct())


def refresh_places(places: Iterable[tuple[str, UUID]]) -> None:
    """Bring these records (type and id) up to date; those whose next activity is the same are not written.

    The rows are locked first, in one order, by a statement of its own: of two who write at once the second then sees
    what the first has written.
    """
    by_type: dict[str, list[UUID]] = defaultdict(list)
    for key, record_id in places:
        by_type[key].append(record_id)
    for key in sorted(by_type):
        record_type = record_types.find(key)
        if record_type is None or not record_type.has_activities:
            continue
        rows = record_type.rows().filter(pk__in=by_type[key])
        locked = rows.order_by("pk").select_for_update(no_key=True).values_list("pk", "next_activity_at")
        before = dict(locked)
        soonest = _soonest(key, before)
        changed = [pk for pk, at in before.items() if soonest.get(pk) != at]
        if changed:
            first = ActivityLink.objects.filter(record_type=key, record_id=OuterRef("pk"), open_at__isnull=False)
            first_at = Subquery(first.order_by("open_at").values("open_at")[:1])
            record_type.rows().filter(pk__in=changed).update(next_activity_at=first_at)


def _soonest(key: str, ids: Iterable[UUID]) -> dict[UUID, object]:
    links = ActivityLink.objects.filter(record_type=key, record_id__in=list(ids), open_at__isnull=False)
    return dict(links.values("record_id").annotate(first=Min("open_at")).values_list("record_id", "first"))


def may_read(actor: Actor) -> bool:
    """Whether nothing that the column is made of is closed to the actor."""
    return all(not visible_filter(actor, key) and can_read_field(actor, key, TIME_FIELDS[key]) for key in PLANNED)


def fill_missing() -> int:
    """Fill the column of those types of this tenant none of whose records has it although something lies ahead."""
    ahead = ActivityLink.objects.filter(open_at__isnull=False)
    filled = 0
    for key in ahead.order_by().values_list("record_type", flat=True).distinct():
        record_type = record_types.find(key)
        if record_type is None or record_type.rows().filter(next_activity_at__isnull=False).exists():
            continue
        ids = list(ahead.filter(record_type=key).order_by().values_list("record_id", flat=True).distinct())
        for start in range(0, len(ids), FILLED_AT_ONCE):
            refresh_places((key, record_id) for record_id in ids[start : start + FILLED_AT_ONCE])
        filled += len(ids)
    return filled


gate_field(FIELD, may_read)
