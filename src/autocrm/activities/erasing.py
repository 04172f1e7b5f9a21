"""What goes with a record that is deleted for good: its place on activities, and theirs on it."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from autocrm.activities.models import ActivityLink, Attendee
from autocrm.records.registry import RecordType


def forget_links(record_type: RecordType, ids: Sequence[UUID]) -> None:
    """Drop the links of these records, whichever end they stand at, and their places in meetings; the rest stays."""
    as_record = Q(record_type=record_type.key, record_id__in=ids)
    as_activity = Q(activity_type=record_type.key, activity_id__in=ids)
    ActivityLink.objects.filter(as_record | as_activity).delete()
    Attendee.objects.filter(record_type=record_type.key, record_id__in=ids).delete()
