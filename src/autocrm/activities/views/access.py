"""Which record a page of activities is about, and who asks."""

from typing import Any

from django.http import HttpRequest

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import NotFound
from autocrm.records.registry import RecordType, find_by_plural
from autocrm.records.selectors import get_record
from autocrm.users.door import actor_of


def record_of(request: HttpRequest, plural: str, record_id: object) -> tuple[RecordType, Any, Actor]:
    """The record that an address names, as far as whoever asks may see it. Raises NotFound, Denied."""
    actor = actor_of(request)
    record_type = find_by_plural(plural)
    if record_type is None:
        raise NotFound
    return record_type, get_record(record_type, record_id, actor=actor), actor
