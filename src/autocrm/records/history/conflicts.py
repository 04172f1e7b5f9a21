"""Two people at one field: whether somebody changed it since the editor was opened, and what to say then."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from autocrm.journal import selectors as journal
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.ids import find_id
from autocrm.kernel.text import read_count
from autocrm.records import cells, services
from autocrm.records.fields import Field
from autocrm.records.history.words import names_in
from autocrm.records.looks import Look, look_at
from autocrm.records.registry import RecordType
from autocrm.records.selectors import names_of_tags
from autocrm.records.values import plain_value, stored_value

LOOK_BACK = 50


@dataclass(frozen=True)
class EditConflict:
    """Who changed the field to what, and when; `mine` is what was about to be saved. Both values in words."""

    who: str
    at: datetime
    value: str
    mine: str


def find_conflict(
    record_type: RecordType, field: Field, record: Any, data: QueryDict, actor: Actor
) -> EditConflict | None:
    """The change of this very field that was made since the version the editor was opened on.

    Locks the record, so that what is true here is still true when it is saved. Changes of other fields are no conflict,
    nor are one's own; `force` saves over everything.
    """
    version = read_count(data.get("version", ""))
    if data.get("force") or version is None:
        return None
    current = services.lock_record(record_type, record.id, actor=actor)
    if current.version == version:
        return None
    for entry in journal.entries_of(record_type.key, record.id, limit=LOOK_BACK, actor=actor):
        if entry.data.get("version", 0) <= version:
            return None
        if field.key in entry.changes and entry.actor_id != actor.user_id:
            look = look_at(record_type, actor)
            value = stored_value(field, entry.changes[field.key][1])
            words = cells.say(field, value, look, names_in(record_type, [entry], look))
            return EditConflict(entry.actor_label, entry.at, words, _posted(record_type, field, data, look))
    return None


def _posted(record_type: RecordType, field: Field, data: QueryDict, look: Look) -> str:
    """What the editor sent, in words; as it was typed where it could not be saved anyway. Makes no tags."""
    typed = [text for text in data.getlist("value") if text.strip()]
    if field.tags:
        names = names_of_tags(each for text in typed if (each := find_id(text)))
        words = ((names[key].name if key in names else "") if (key := find_id(text)) else text for text in typed)
        return ", ".join(word for word in words if word)
    try:
        raw = {field.key: typed if field.kind is FieldKind.MULTI_SELECT else data.get("value", "")}
        value = services.read_values(record_type, raw, creating=False, actor=look.actor)[field]
    except Invalid:
        return ", ".join(typed)
    told = Entry(changes={field.key: [None, plain_value(field, value)]})
    return cells.say(field, value, look, names_in(record_type, [told], look))
