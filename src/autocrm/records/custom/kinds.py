"""Another kind for a custom field, where that is safe: first it is said what would fit, then values are converted.

A value is said in words by its old kind and read by the new one, as if somebody typed it; what cannot be read is lost,
and never more of it than whoever decided was told. Small fields are converted at once, and a job goes over all records
again when every process knows of the change.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, F, Func, JSONField, Value
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict, Invalid
from autocrm.kernel.field_kinds import NUMERIC_KINDS, FieldKind
from autocrm.kernel.normalise import name_key
from autocrm.kernel.permissions import authorize, can_read_field
from autocrm.records import events
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom.definitions import LENGTHS, LONGEST_OPTION, MOST_OPTIONS, read_definition, read_options
from autocrm.records.custom.layer import field_of
from autocrm.records.custom.upkeep import begin_typed, later, refuse_used, write_journal
from autocrm.records.custom_json import from_json, to_json
from autocrm.records.field_values import INDEXABLE, LONGEST_INDEXED, UNIQUE_KINDS, fill_values
from autocrm.records.fields import Field
from autocrm.records.models import CustomField
from autocrm.records.passes import Reason
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.registry import RecordType, record_types
from autocrm.records.values import Reading, Unreadable, plain_value, read_value
from autocrm.tenants.selectors import get_tenant
from autocrm.tenants.services import stamp_data_model

CONVERT_JOB = "records.convert_custom_field"
MOST_DIFFERENT = 50_000
AT_ONCE = 2_000
EXAMPLES = 5

_TEXT, _LONG, _NUMBER, _DATE = FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.NUMBER, FieldKind.DATE
_ONE, _MANY = FieldKind.SELECT, FieldKind.MULTI_SELECT
SAFE: Mapping[FieldKind, tuple[FieldKind, ...]] = {
    _TEXT: (_LONG, _ONE, _MANY, _NUMBER, _DATE, FieldKind.EMAIL, FieldKind.PHONE, FieldKind.URL, FieldKind.BOOLEAN),
    _LONG: (_TEXT,),
    FieldKind.EMAIL: (_TEXT,),
    FieldKind.PHONE: (_TEXT,),
    FieldKind.URL: (_TEXT,),
    _NUMBER: (_TEXT, FieldKind.CURRENCY, FieldKind.PERCENT),
    FieldKind.CURRENCY: (_TEXT, _NUMBER),
    FieldKind.PERCENT: (_TEXT, _NUMBER),
    _DATE: (_TEXT, FieldKind.DATETIME),
    FieldKind.DATETIME: (_TEXT, _DATE),
    FieldKind.BOOLEAN: (_TEXT,),
    _ONE: (_MANY, _TEXT),
    _MANY: (_ONE, _TEXT),
}


@dataclass(frozen=True)
class Fit:
    """What a change of kind would do: records with a value, those that would lose it, and some of what is lost."""

    values: int
    lost: int
    examples: tuple[str, ...]
    options: tuple[str, ...] = ()


def kinds_from(field: CustomField) -> tuple[FieldKind, ...]:
    """The kinds a field can be turned into."""
    return SAFE.get(FieldKind(field.kind), ()) if field.kind in set(FieldKind) else ()


@transaction.atomic
def try_kind(field_id: object, kind: str, *, actor: Actor) -> Fit:
    """What turning a field into `kind` would do; nothing is changed. From whom the values are hidden only the numbers.

    Raises Denied, NotFound, Invalid, and Conflict where formulas or rollups are made of it: then it would be refused.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    field = custom_fields.get_field(field_id, actor=actor)
    refuse_used(field)
    turned = _turned(field, kind, actor)
    fit = _fit(field_of(field), field_of(turned), field, actor)
    is_open = can_read_field(actor, field.record_type, field.key)
    return fit if is_open else replace(fit, examples=(), options=())


@transaction.atomic
def change_kind(field_id: object, kind: str, *, expected: int, actor: Actor) -> CustomField:
    """Turn a field into `kind`. Text becomes a choice of the texts that are there.

    `expected` is how many values whoever decides knows to be lost: when it are more by now, Conflict. Journal:
    field.updated with the old and new kind. Raises Denied, NotFound, Invalid.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    field = custom_fields.lock_field(field_id)
    refuse_used(field)
    if "was" in field.config:
        message = _("Its values are still being converted; wait a moment.")
        raise Conflict(message, code="being_converted")
    turned = _turned(field, kind, actor)
    fit = _fit(field_of(field), field_of(turned), field, actor)
    if fit.lost > expected:
        message = _("More values would be lost by now; look again.")
        raise Conflict(message, code="more_is_lost", details={"lost": fit.lost})
    was = {"kind": field.kind, "options": field.options, "decimal_places": field.decimal_places}
    turned.config = {**turned.config, "was": was}
    begin_typed(turned, actor=actor)
    turned.save()
    stamp_data_model()
    record_type = record_types.find(field.record_type)
    if record_type is not None and fit.values <= AT_ONCE:
        holding = record_type.rows().filter(custom__has_key=field.key)
        convert(record_type, turned, list(holding.select_for_update(of=("self",), no_key=True).order_by("pk")), actor)
    later(CONVERT_JOB, Reason.CONVERT, turned, actor=actor)
    data = {"values": fit.values, "lost": fit.lost}
    write_journal(events.FIELD_UPDATED, turned, {"kind": [field.kind, kind]}, actor, **data)
    return turned


def convert(record_type: RecordType, row: CustomField, records: Iterable[Any], actor: Actor) -> int:
    """Give locked records values of the field's new kind where they hold old ones; answers how many were changed."""
    new = field_of(row)
    old = _before(row)
    reading = _reading(actor)
    changed = []
    for record in records:
        raw = record.custom.get(row.key)
        if raw is None or _is_new(new, raw):
            continue
        value = _converted(old, new, from_json(old.kind, raw), reading)
        kept = {key: each for key, each in record.custom.items() if key != row.key}
        record.custom = kept if value is None else {**kept, row.key: to_json(new.kind, value)}
        changed.append(record)
    record_type.model._default_manager.bulk_update(changed, ["custom"], batch_size=500)
    if new.typed and changed:
        fill_values(record_type, replace(new, unique=False), changed)
    return len(changed)


def _turned(field: CustomField, kind: str, actor: Actor) -> CustomField:
    """The field as it would be, unsaved. Raises Invalid."""
    if kind not in kinds_from(field):
        raise Invalid(fields={"kind": [_("A field of this kind cannot be turned into that.")]})
    new = FieldKind(kind)
    turned = CustomField.objects.get(pk=field.pk)
    turned.kind, turned.default, turned.minimum, turned.maximum = kind, None, None, None
    turned.max_length = LENGTHS[new][0] if new in LENGTHS else None
    turned.indexed = field.indexed and new in INDEXABLE and (turned.max_length or 0) <= LONGEST_INDEXED
    turned.unique = field.unique and new in UNIQUE_KINDS
    if new in NUMERIC_KINDS:
        turned.decimal_places = field.decimal_places or 0
    if new in {_ONE, _MANY}:
        turned.options = field.options if field.kind in {_ONE, _MANY} else read_options(_labels(field))
    else:
        turned.options = []
    read_definition(turned, {}, actor=actor)
    return turned


def _labels(field: CustomField) -> list[str]:
    """The texts that are there, the most frequent first, one of those that differ in case or accents."""
    found: dict[str, str] = {}
    for raw, _count in _different(field):
        label = " ".join(str(raw).split())[:LONGEST_OPTION] if isinstance(raw, str) else ""
        if label and name_key(label):
            found.setdefault(name_key(label), label)
    return list(found.values())[:MOST_OPTIONS] or [_("New choice")]


def _different(field: CustomField) -> Iterator[tuple[Any, int]]:
    """Every different value that records hold, as JSON, with how many do, the most frequent first."""
    record_type = record_types.find(field.record_type)
    if record_type is None:
        return
    raw = Func(F("custom"), Value(field.key), function="jsonb_extract_path", output_field=JSONField())
    found = record_type.rows().filter(custom__has_key=field.key).annotate(raw=raw).order_by()
    groups = found.values("raw").annotate(records=Count("pk")).order_by("-records")
    yield from groups.values_list("raw", "records")[:MOST_DIFFERENT]


def _fit(old: Field, new: Field, field: CustomField, actor: Actor) -> Fit:
    reading = _reading(actor)
    values, lost = 0, 0
    examples: list[str] = []
    for raw, count in _different(field):
        value = from_json(old.kind, raw)
        if value is None:
            continue
        values += count
        if _converted(old, new, value, reading) is None:
            lost += count
            examples += [_words(old, value)[:80]] if len(examples) < EXAMPLES else []
    return Fit(values, lost, tuple(examples), tuple(str(option.label) for option in new.options))


def _converted(old: Field, new: Field, value: Any, reading: Reading) -> Any:
    """The value as the new kind stores it; None when it cannot be had."""
    if value is None or (old.kind in NUMERIC_KINDS and new.kind in NUMERIC_KINDS):
        return value
    if {old.kind, new.kind} == {_ONE, _MANY}:
        return [value] if new.kind is _MANY else value[0] if len(value) == 1 else None
    if old.kind is FieldKind.DATETIME and new.kind is _DATE:
        return value.astimezone(reading.zone).date()
    words = _words(old, value)
    try:
        return read_value(new, [words] if new.kind is _MANY else words, reading)
    except Unreadable:
        return None


def _words(field: Field, value: Any) -> str:
    if field.kind is _MANY:
        return ", ".join(str(field.option_label(each)) for each in value)
    if field.kind is _ONE:
        return str(field.option_label(value))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(plain_value(field, value))


def _is_new(new: Field, raw: Any) -> bool:
    """Whether what stands there is of the new kind already: whoever knows of the change may have written since."""
    value = from_json(new.kind, raw)
    if new.kind in {_ONE, _MANY}:
        known = {option.value for option in new.options}
        return value is not None and set([value] if isinstance(value, str) else value) <= known
    return value is not None and not (isinstance(value, str) and new.kind in {FieldKind.EMAIL, FieldKind.URL})


def _before(row: CustomField) -> Field:
    """The field as it was before its kind changed."""
    was = row.config.get("was") or {"kind": row.kind}
    old = replace(field_of(row), kind=FieldKind(was["kind"]), decimal_places=was.get("decimal_places"))
    return replace(old, options=field_of(CustomField(kind="select", options=was.get("options") or [])).options)


def _reading(actor: Actor) -> Reading:
    settings = get_tenant(actor.tenant_id).settings
    return Reading(ZoneInfo(settings.get("time_zone", "UTC")), settings.get("region", "US"))
