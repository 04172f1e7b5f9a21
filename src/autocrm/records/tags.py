"""Tags as things of their own: found, renamed, given another colour, deleted. `services.ensure_tag` makes them.

The row of a deleted tag goes at once, and with it the tag from every page; its id goes from the records by a pass over
each type that has some which carry it. Until then it stands there unseen: what reads tags reads those that exist.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Func, QuerySet, UUIDField, Value
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Denied, Invalid, NotFound, Text
from autocrm.kernel.ids import parse_id
from autocrm.kernel.jobs import JobRun
from autocrm.kernel.json_text import to_json_text
from autocrm.kernel.normalise import name_key
from autocrm.kernel.permissions import authorize, can_read_field, is_allowed
from autocrm.kernel.tenancy import current_database
from autocrm.records import events
from autocrm.records.computed.filling import NONE_CHANGED
from autocrm.records.computed.rollups import ROLLUP
from autocrm.records.computed.spreading import follow
from autocrm.records.custom.shelved import find_type_of
from autocrm.records.models import CustomField, CustomObject, Tag
from autocrm.records.pass_models import DataModelPass
from autocrm.records.passes import EVERYBODY_KNOWS, Reason, begin_pass, carry_out, finish_pass, go_over
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.registry import RecordType, record_types
from autocrm.records.tag_names import read_tag_name, storable

TAKE_OFF_JOB = "records.take_off_tag"
CHUNK = 1_000
HUES = range(1, 7)


@dataclass(frozen=True)
class TagPage:
    """Some tags in the order of their names; `next_cursor` is "" on the last page."""

    rows: Sequence[Tag]
    next_cursor: str


def may_see_tags(record_type: RecordType, actor: Actor) -> bool:
    """Whether the actor may see which tags records of the type carry, if only of some of them."""
    is_open = is_allowed(actor, record_type.permission(Verb.READ))
    return is_open and can_read_field(actor, record_type.key, "tags")


def list_page(*, search: str = "", cursor: str = "", limit: int, actor: Actor) -> TagPage:
    """A page of the tags whose names have `search` in them. Raises Denied for who may see tags nowhere."""
    _refuse_blind(actor)
    found = Tag.objects.order_by("name_key")
    if words := name_key(storable(search)):
        found = found.filter(name_key__contains=words)
    if cursor:
        found = found.filter(name_key__gt=storable(cursor))
    rows = list(found[: limit + 1])
    return TagPage(rows[:limit], rows[limit - 1].name_key if len(rows) > limit else "")


def find_tags(text: str, *, limit: int, actor: Actor) -> list[Tag]:
    """The tags to choose from while somebody types: the one of that name, those that begin so, those that contain it.

    Raises Denied for who may see tags nowhere.
    """
    _refuse_blind(actor)
    found = Tag.objects.order_by("name_key")
    words = name_key(storable(text))
    if not words:
        return list(found[:limit])
    first = list(found.filter(name_key__startswith=words)[:limit])
    within = found.filter(name_key__contains=words).exclude(name_key__startswith=words)
    return [*first, *within[: limit - len(first)]]


def get_tag(tag_id: object, *, actor: Actor) -> Tag:
    """One tag. Raises NotFound, Denied for who may see tags nowhere."""
    _refuse_blind(actor)
    tag = Tag.objects.filter(pk=parse_id(tag_id)).first()
    if tag is None:
        raise NotFound
    return tag


@transaction.atomic
def change_tag(tag_id: object, *, name: str | None = None, hue: int | None = None, actor: Actor) -> Tag:
    """Give a tag another name or colour, for all records at once. Journal: tag.updated with old and new.

    Raises Denied, NotFound, and Invalid by field: a name that is empty, too long or another tag's, no such colour.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    tag = _lock(tag_id)
    values = _read(name, hue)
    changes = {key: [getattr(tag, key), value] for key, value in values.items() if getattr(tag, key) != value}
    if not changes:
        return tag
    for key, value in values.items():
        setattr(tag, key, value)
    try:
        with transaction.atomic():
            tag.save(update_fields=list(values))
    except IntegrityError as error:
        raise Invalid(fields={"name": [_("There is a tag of this name already.")]}) from error
    changes.pop("name_key", None)
    journal.write(events.TAG_UPDATED, record_id=tag.id, record_label=tag.name, changes=changes, actor=actor)
    return tag


@transaction.atomic
def delete_tag(tag_id: object, *, actor: Actor) -> int:
    """Delete a tag and, by a pass over each type, take it off all records; answers how many carry it.

    Journal: tag.deleted with that number. Raises Denied, NotFound, and Conflict where a rollup counts by it.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    tag = _lock(tag_id)
    if reason := why_kept(tag):
        raise Conflict(reason, code="tag_is_used")
    held = _holders(tag.id)
    for record_type, count in held:
        if count:
            begin_pass(
                TAKE_OFF_JOB,
                Reason.REMOVE,
                record_type.key,
                f"{tag.name} ({force_str(record_type.label_plural)})",
                subject_id=tag.id,
                user_id=actor.user_id,
                # What was read before may still be written with it.
                run_at=now() + EVERYBODY_KNOWS,
            )
    total = sum(count for _type, count in held)
    journal.write(events.TAG_DELETED, record_id=tag.id, record_label=tag.name, data={"records": total}, actor=actor)
    Tag.objects.filter(pk=tag.pk).delete()
    return total


def count_holders(tag: Tag, *, actor: Actor) -> int:
    """How many records would lose a tag, those in the bin and of archived objects included. Raises Denied."""
    authorize(actor, MANAGE_DATA_MODEL)
    return sum(count for _type, count in _holders(tag.id))


def why_kept(tag: Tag) -> Text:
    """Why a tag cannot be deleted: rollups count the records that carry it. Empty where it can."""
    rollups = CustomField.objects.filter(kind=ROLLUP, archived_at__isnull=True, deleted_at__isnull=True)
    names = [
        f"{force_str(record_type.label_plural)}: {row.label}"
        for row in rollups.order_by("record_type", "position", "id")
        if str(tag.id) in to_json_text(row.config.get("filter") or {})
        and (record_type := record_types.find(row.record_type)) is not None
    ]
    if not names:
        return ""
    message = _("“%(label)s” is part of: %(fields)s. Change or remove these first.")
    return message % {"label": tag.name, "fields": ", ".join(names)}


def take_off(run: JobRun) -> Mapping[str, Any]:
    """The handler of TAKE_OFF_JOB: the id of a deleted tag goes from all records of a type, some at a time."""
    return carry_out(run, _take_off)


def _take_off(run: JobRun, made: DataModelPass) -> dict[str, Any]:
    tag_id = made.subject_id or made.pk

    def holders() -> QuerySet[Any] | None:
        record_type = find_type_of(made.record_type)
        return None if record_type is None else _carrying(record_type, tag_id)

    while True:
        done = go_over(run, made.pk, holders, lambda rows: _take_off_some(made.record_type, rows, tag_id), size=CHUNK)
        if done is None:
            return {"state": "stopped"}
        with transaction.atomic(using=current_database()):
            left = holders()
            if left is None or not left.exists():
                finish_pass(made.pk)
                return {"state": "removed", "records": done.changed}
            # Somebody's write that began before the tag was deleted came to its end behind the pass.
            DataModelPass.objects.filter(pk=made.pk).update(last_id=None)


def _take_off_some(key: str, rows: Sequence[Any], tag_id: UUID) -> int:
    """Locked records without the tag: nobody's act, so no version and no entry; rollups that look at tags follow."""
    record_type = find_type_of(key)
    assert record_type is not None  # noqa: S101 - there are no records of a type that is gone
    without = Func(F("tags"), Value(tag_id, output_field=UUIDField()), function="array_remove")
    record_type.rows().filter(pk__in=[each.pk for each in rows]).update(tags=without)
    written = []
    for row in rows:
        before, row.tags = row.tags, [each for each in row.tags if each != tag_id]
        written.append((row, {"tags": (before, row.tags)}))
    if key in record_types:
        follow(record_type, written, [NONE_CHANGED] * len(written))
    return len(rows)


def _carrying(record_type: RecordType, tag_id: UUID) -> QuerySet[Any]:
    return record_type.rows().filter(tags__contains=[tag_id])


def _holders(tag_id: UUID) -> list[tuple[RecordType, int]]:
    """How many records of each type carry the tag, archived objects and the bin included."""
    keys = [*(each.key for each in record_types), *CustomObject.objects.values_list("key", flat=True)]
    found = (find_type_of(key) for key in dict.fromkeys(keys))
    return [(each, _carrying(each, tag_id).count()) for each in found if each is not None]


def _lock(tag_id: object) -> Tag:
    tag = Tag.objects.select_for_update().filter(pk=parse_id(tag_id)).first()
    if tag is None:
        raise NotFound
    return tag


def _read(name: str | None, hue: int | None) -> dict[str, Any]:
    """What may be set, checked. Raises Invalid with every fault."""
    values: dict[str, Any] = {}
    faults: dict[str, list[Text]] = {}
    if name is not None:
        try:
            values["name"], values["name_key"] = read_tag_name(name, field="name")
        except Invalid as error:
            faults |= error.fields
    if hue is not None:
        values["hue"] = hue
        if hue not in HUES:
            faults["hue"] = [_("Choose one of the six colours.")]
    if faults:
        raise Invalid(fields=faults)
    return values


def _refuse_blind(actor: Actor) -> None:
    sees_some = any(may_see_tags(each, actor) for each in record_types)
    if not sees_some and not is_allowed(actor, MANAGE_DATA_MODEL):
        raise Denied(_("Your role does not allow this."))
