"""Input of bulk actions: checked once before anything begins, and kept as JSON that every chunk reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.ids import find_id
from autocrm.kernel.normalise import name_key
from autocrm.kernel.permissions import can_write_field
from autocrm.records.fields import Field
from autocrm.records.models import Tag
from autocrm.records.registry import RecordType
from autocrm.records.selectors import names_of_tags
from autocrm.records.services import ensure_tag, read_values
from autocrm.records.values import plain_value

MOST_TAGS = 50


def editable_fields(record_type: RecordType, actor: Actor) -> list[Field]:
    """The fields that may be given one value for many records: those that need not differ from record to record."""
    return [
        field
        for field in record_type.all_fields
        if field.editable and not field.unique and can_write_field(actor, record_type.key, field.key)
    ]


def read_edit(record_type: RecordType, given: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """`values`: field key -> value, empty to clear it. Raises Invalid."""
    raw = given.get("values")
    if not isinstance(raw, Mapping) or not raw:
        raise Invalid(fields={"values": [_("Choose at least one field.")]})
    offered = {field.key for field in editable_fields(record_type, actor)}
    faults: dict[str, list[Text]] = {
        str(key): [_("There is no such field, or it cannot be set.")] for key in raw if key not in offered
    }
    if faults:
        raise Invalid(fields=faults)
    values = read_values(record_type, raw, creating=False, actor=actor)
    return {"values": {field.key: plain_value(field, value) for field, value in values.items()}}


def read_assign(record_type: RecordType, given: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """`owner`: the id of a member."""
    if not given.get("owner"):
        raise Invalid(fields={"owner": [_("Choose a person.")]})
    return read_edit(record_type, {"values": {"owner": given["owner"]}}, actor)


def read_added_tags(record_type: RecordType, given: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """`tags`: words or ids; words not known become tags."""
    words = _words(given)
    return {"tags": [str(find_id(word) or ensure_tag(word, actor=actor).id) for word in words]} | _check(words)


def read_removed_tags(record_type: RecordType, given: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """`tags`: words or ids of tags that exist."""
    words = _words(given)
    keys = {name_key(word): word for word in words if not find_id(word)}
    known = dict(Tag.objects.filter(name_key__in=keys).values_list("name_key", "id"))
    missing = [word for key, word in keys.items() if key not in known]
    if missing:
        raise Invalid(fields={"tags": [_("There is no such tag.")]})
    return {"tags": [str(find_id(word) or known[name_key(word)]) for word in words]} | _check(words)


def say_edit(record_type: RecordType, values: Mapping[str, Any], actor: Actor) -> Text:
    """As in "Change Type, City"; fields hidden from the reader are not named."""
    keys = [key for key in values.get("values", {}) if key in record_type.by_key]
    labels = [force_str(record_type.by_key[key].label) for key in keys if can_write_field(actor, record_type.key, key)]
    return _("Change %(fields)s") % {"fields": ", ".join(labels) or _("fields")}


def say_added(record_type: RecordType, values: Mapping[str, Any], actor: Actor) -> Text:
    """As in "Add the tag VIP"."""
    return _("Add tags: %(tags)s") % {"tags": _names(values)}


def say_removed(record_type: RecordType, values: Mapping[str, Any], actor: Actor) -> Text:
    """As in "Remove the tag VIP"."""
    return _("Remove tags: %(tags)s") % {"tags": _names(values)}


def _words(given: Mapping[str, Any]) -> list[str]:
    raw = given.get("tags")
    words: Sequence[Any] = raw if isinstance(raw, list | tuple) else [raw]
    found = list(dict.fromkeys(str(word).strip() for word in words if word is not None and str(word).strip()))
    if not 0 < len(found) <= MOST_TAGS:
        raise Invalid(fields={"tags": [_("Choose at least one tag.")]})
    return found


def _check(words: Sequence[str]) -> dict[str, Any]:
    """Ids that were given must be those of tags. Raises Invalid."""
    ids = {each for word in words if (each := find_id(word))}
    if len(names_of_tags(ids)) != len(ids):
        raise Invalid(fields={"tags": [_("There is no such tag.")]})
    return {}


def _names(values: Mapping[str, Any]) -> str:
    ids = [each for text in values.get("tags", []) if (each := find_id(text))]
    known = names_of_tags(ids)
    return ", ".join(known[each].name for each in ids if each in known)
