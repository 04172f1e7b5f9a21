"""Reads and writes of the record types that a tenant makes on a page."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Invalid, LimitReached, NotFound, Text
from autocrm.kernel.ids import parse_id
from autocrm.kernel.normalise import name_key
from autocrm.kernel.permissions import authorize
from autocrm.records import events
from autocrm.records.models import CustomObject, CustomRecord
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.registry import record_types
from autocrm.tenants.services import stamp_data_model

MOST_OBJECTS = 100
_KEY = re.compile(r"[a-z][a-z0-9_]{1,39}")
_PLURAL = re.compile(r"[a-z][a-z0-9-]{1,59}")
_ICON = re.compile(r"[a-z0-9-]{1,40}")
# First words of addresses that belong to something else; a test compares them with the addresses there are.
TAKEN_WORDS = frozenset(
    """
    accounts admin api bin bulk calendar calls companies contacts dashboard data-model emails exports follow healthz
    imports inbox invitations jobs login logout meetings merges notes notifications operators palette pick readyz search
    settings static style tasks tags today user users views workflows workspaces ws
    """.split()  # noqa: SIM905 - fifty strings in quotes are harder to read
)
_LENGTHS = {"label": 60, "label_plural": 60, "name_label": 60, "description": 300}
CHANGEABLE = frozenset({*_LENGTHS, "icon", "in_nav", "position"})


def list_objects(*, archived: bool = False, actor: Actor) -> list[CustomObject]:
    """The objects a tenant made, in the order of the sidebar. Raises Denied."""
    authorize(actor, MANAGE_DATA_MODEL)
    found = CustomObject.objects.filter(archived_at__isnull=not archived, deleted_at__isnull=True)
    return list(found.order_by("position", "label", "id"))


def get_object(object_id: object, *, actor: Actor) -> CustomObject:
    """One object, archived or not. Raises Denied, NotFound."""
    authorize(actor, MANAGE_DATA_MODEL)
    made = CustomObject.objects.filter(pk=parse_id(object_id), deleted_at__isnull=True).first()
    if made is None:
        raise NotFound
    return made


def find_object(key: str, *, actor: Actor) -> CustomObject | None:
    """The object behind a record type; None for types of the product. Raises Denied."""
    authorize(actor, MANAGE_DATA_MODEL)
    return CustomObject.objects.filter(key=key, deleted_at__isnull=True).first()


def count_records(made: CustomObject, *, actor: Actor) -> int:
    """How many records an object has, those in the bin included. Raises Denied."""
    authorize(actor, MANAGE_DATA_MODEL)
    return CustomRecord.objects.filter(object_key=made.key).count()


@transaction.atomic
def create_object(values: Mapping[str, Any], *, actor: Actor) -> CustomObject:
    """Make a record type of `label` and `label_plural`; `key` and `plural` follow from them unless given.

    Journal: object.created. Raises Denied, Invalid by field, LimitReached.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    if CustomObject.objects.count() >= MOST_OBJECTS:
        raise LimitReached(_("A workspace has at most %(most)d own objects.") % {"most": MOST_OBJECTS})
    given = {"label_plural": values.get("label_plural") or values.get("label", ""), **values}
    cleaned = _read({key: value for key, value in given.items() if key not in {"key", "plural"}}, creating=True)
    names = _names(given, cleaned)
    last = CustomObject.objects.aggregate(last=Max("position"))["last"]
    made = CustomObject(**{"position": (last or 0) + 1} | cleaned | names)
    _save(made)
    stamp_data_model()
    journal.write(
        events.OBJECT_CREATED, record_id=made.id, record_label=made.label, data={"key": made.key}, actor=actor
    )
    return made


@transaction.atomic
def update_object(object_id: object, values: Mapping[str, Any], *, actor: Actor) -> CustomObject:
    """Change how an object is called and shown; its key and address stay.

    Journal: object.updated with old and new. Raises Denied, NotFound, Invalid by field.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    made = lock_object(object_id)
    cleaned = _read(values, creating=False)
    changes = {key: [getattr(made, key), value] for key, value in cleaned.items() if getattr(made, key) != value}
    if not changes:
        return made
    for key, value in cleaned.items():
        setattr(made, key, value)
    _save(made)
    stamp_data_model()
    journal.write(events.OBJECT_UPDATED, record_id=made.id, record_label=made.label, changes=changes, actor=actor)
    return made


@transaction.atomic
def archive_object(object_id: object, *, actor: Actor) -> CustomObject:
    """Take an object out of the product; its records stay as they are. Journal: object.archived."""
    return _set_archived(object_id, events.OBJECT_ARCHIVED, actor)


@transaction.atomic
def restore_object(object_id: object, *, actor: Actor) -> CustomObject:
    """Bring an archived object back with all its records. Journal: object.restored."""
    return _set_archived(object_id, events.OBJECT_RESTORED, actor)


def _set_archived(object_id: object, kind: str, actor: Actor) -> CustomObject:
    authorize(actor, MANAGE_DATA_MODEL)
    made = lock_object(object_id)
    archiving = kind == events.OBJECT_ARCHIVED
    if (made.archived_at is not None) == archiving:
        return made
    made.archived_at = now() if archiving else None
    made.save(update_fields=["archived_at"])
    stamp_data_model()
    journal.write(kind, record_id=made.id, record_label=made.label, data={"key": made.key}, actor=actor)
    return made


def lock_object(object_id: object) -> CustomObject:
    """One object, locked for a change. Raises NotFound."""
    found = CustomObject.objects.select_for_update()
    made = found.filter(pk=parse_id(object_id), deleted_at__isnull=True).first()
    if made is None:
        raise NotFound
    return made


def _read(values: Mapping[str, Any], *, creating: bool) -> dict[str, Any]:
    """The values that may be set, checked. Raises Invalid with every fault."""
    cleaned: dict[str, Any] = {}
    faults: dict[str, list[Text]] = {}
    for key, value in values.items():
        if key not in CHANGEABLE:
            faults[key] = [_("There is no such field, or it cannot be set.")]
        elif fault := _fault(key, value):
            faults[key] = [fault]
        else:
            cleaned[key] = " ".join(value.split()) if key in _LENGTHS else value
    for key in ("label", "label_plural"):
        if (creating or key in cleaned) and not cleaned.get(key) and key not in faults:
            faults[key] = [_("This is required.")]
    if faults:
        raise Invalid(fields=faults)
    return cleaned


def _fault(key: str, value: Any) -> Text:
    if key in _LENGTHS:
        too_long = not isinstance(value, str) or len(value) > _LENGTHS[key] or not value.isprintable()
        return _("At most %(count)s characters, on one line.") % {"count": _LENGTHS[key]} if too_long else ""
    if key == "icon":
        is_icon = isinstance(value, str) and _ICON.fullmatch(value)
        return "" if is_icon else _("This is not an icon.")
    if key == "in_nav":
        return "" if isinstance(value, bool) else _("This is neither yes nor no.")
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000
    return "" if is_number else _("A whole number from 0 to 1,000.")


def _names(values: Mapping[str, Any], cleaned: Mapping[str, Any]) -> dict[str, str]:
    """The key and the address: as given, or made of the labels. Raises Invalid when they cannot be had."""
    key = str(values.get("key") or _word(cleaned["label"], "_")[:40])
    plural = str(values.get("plural") or _word(cleaned["label_plural"], "-")[:60])
    faults: dict[str, list[Text]] = {}
    if not _KEY.fullmatch(key):
        faults["key"] = [_("Two to 40 small letters, digits and underscores, beginning with a letter.")]
    elif key in record_types or CustomObject.objects.filter(key=key).exists():
        faults["key"] = [_("Another object has this key already.")]
    if not _PLURAL.fullmatch(plural):
        faults["plural"] = [_("Two to 60 small letters, digits and hyphens, beginning with a letter.")]
    elif plural in TAKEN_WORDS or any(each.plural == plural for each in record_types):
        faults["plural"] = [_("This address is taken.")]
    elif CustomObject.objects.filter(plural=plural).exists():
        faults["plural"] = [_("Another object has this address already.")]
    if faults:
        raise Invalid(fields=faults)
    return {"key": key, "plural": plural}


def _word(label: str, joint: str) -> str:
    """A label as a word of addresses: "Rental property" -> "rental_property"; without Latin letters there is none."""
    words = re.findall(r"[a-z0-9]+", name_key(label))
    word = joint.join(words)
    return word if word[:1].isalpha() else f"o{joint}{word}" if word else ""


def _save(made: CustomObject) -> None:
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise Conflict(_("Another object has this key or address already."), code="object_taken") from error


def object_id_of(key: str) -> UUID | None:
    """The id of the object with this key, or None for a type that an app declares."""
    return CustomObject.objects.filter(key=key).values_list("id", flat=True).first()
