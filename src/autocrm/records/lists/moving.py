"""A record carried to another place of a board or calendar: what the places are called, and what a drop changes.

A place is a short text that stands in pages and addresses: "none", "is:<value>" for a value as it is stored, and
"day:<date>" for a day of a calendar, where a moment keeps its time of day in the reader's zone.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict, Invalid, NotFound
from autocrm.kernel.field_kinds import DATE_KINDS, FieldKind
from autocrm.records import services
from autocrm.records.fields import Field
from autocrm.records.history.conflicts import find_conflict
from autocrm.records.registry import RecordType
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import get_record
from autocrm.records.values import is_empty, plain_value

NOWHERE, _VALUE, _DAY = "none", "is:", "day:"


@dataclass(frozen=True)
class Moved:
    """A record after a drop; `back` is the place it came from."""

    record_type: RecordType
    record: Any
    field: Field
    back: str

    @property
    def undo_url(self) -> str:
        """Where a POST takes it back, unless somebody changed the field since."""
        back = urlencode({"undo": 1, "field": self.field.key, "to": self.back, "version": self.record.version})
        return f"/{self.record_type.plural}/{self.record.id}/move/?{back}"


def place_of(field: Field, value: Any) -> str:
    """The place of records with this stored value."""
    if is_empty(value):
        return NOWHERE
    plain = plain_value(field, value)
    return f"{_VALUE}{str(plain).lower() if field.kind is FieldKind.BOOLEAN else plain}"


def day_place(day: date) -> str:
    """The place of a day in a calendar."""
    return f"{_DAY}{day.isoformat()}"


def value_in(place: str) -> str | None:
    """The text of the value that a place stands for, "" for no value, None where it is none of a board."""
    if place == NOWHERE:
        return ""
    return place.removeprefix(_VALUE) if place.startswith(_VALUE) else None


@transaction.atomic
def move_record(
    record_type: RecordType, record_id: object, key: str, place: str, *, version: str, actor: Actor
) -> Moved:
    """Give a record the value of the place it was dropped at. Journal: record.updated.

    Raises Denied, NotFound, Invalid (also what the record's own rules say), and Conflict when somebody else changed
    this very field since `version`.
    """
    field = RecordSchema(record_type, actor).readable([key])[0]
    record = get_record(record_type, record_id, archived=False, actor=actor)
    before = field.read(record)
    raw = _raw(field, place, before, actor)
    seen = QueryDict(mutable=True)
    seen["version"] = version
    conflict = find_conflict(record_type, field, record, seen, actor)
    if conflict is not None:
        said = _("%(name)s changed this meanwhile to “%(value)s”.") % {"name": conflict.who, "value": conflict.value}
        raise Conflict(said)
    services.update_record(record_type, record_id, {field.key: raw}, actor=actor)
    saved = get_record(record_type, record_id, actor=actor)
    return Moved(record_type, saved, field, place_of(field, before))


def _raw(field: Field, place: str, before: Any, actor: Actor) -> str:
    """What the services are given for a place."""
    if place.startswith(_DAY) and field.kind in DATE_KINDS:
        return _on_day(field, place, before, actor)
    text = value_in(place)
    if text is None:
        raise NotFound
    return text


def _on_day(field: Field, place: str, before: Any, actor: Actor) -> str:
    try:
        day = parse_date(place.removeprefix(_DAY))
    except ValueError:
        day = None
    if day is None:
        raise Invalid(fields={field.key: [_("This is not a date.")]})
    if field.kind is FieldKind.DATE or before is None:
        return day.isoformat()
    clock = timezone.localtime(before, actor.zone).time()
    return datetime.combine(day, clock, actor.zone).isoformat()
