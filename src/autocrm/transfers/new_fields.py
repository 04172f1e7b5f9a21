"""Fields that a file brings along: a column that no field fits becomes a field of the tenant's own.

A mapping says so by "+" and a kind ("+date"). Until the import begins such fields are only foreseen: a look at the rows
works with the type as it will be, and nothing is saved.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.normalise import name_key
from autocrm.kernel.permissions import is_allowed
from autocrm.records.custom.definitions import read_definition
from autocrm.records.custom.fields import create_field
from autocrm.records.custom.layer import field_of
from autocrm.records.fields import Field
from autocrm.records.models import CustomField
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.registry import RecordType
from autocrm.records.values import yes_or_no
from autocrm.transfers.mapping import EMAIL, NEW, NEW_KINDS, URL, Table, values_of
from autocrm.transfers.readers import iso_date

MOST_CHOICES = 12
LONGEST_CHOICE = 40
LONG_TEXT = 120
_CHOICES = frozenset({FieldKind.SELECT.value, FieldKind.MULTI_SELECT.value})
_NUMBER = re.compile(r"-?[$€£]?\d[\d.,'\u00a0]*")
_PHONE = re.compile(r"(?=(?:.*\d){7})[+(]?[\d ()./-]{7,}(?:x\d+)?")
# Read as yes or no where that is asked for, but they say it of no column.
_UNSURE = frozenset({"0", "1", "x", "on", "off"})


def may_add_fields(actor: Actor) -> bool:
    """Whether a file of this actor may bring fields along."""
    return is_allowed(actor, MANAGE_DATA_MODEL)


def guess_kind(values: Sequence[str]) -> str:
    """The kind that the values of a column suggest; text where they say nothing else."""
    texts = [value.strip() for value in values if value.strip()]
    if not texts:
        return FieldKind.TEXT.value
    for kind, fits in _TESTS:
        if all(fits(text) for text in texts):
            return kind.value
    distinct = set(texts)
    if len(distinct) <= min(MOST_CHOICES, len(texts) // 2) and max(map(len, distinct)) <= LONGEST_CHOICE:
        return FieldKind.SELECT.value
    is_long = max(map(len, texts)) > LONG_TEXT or any("\n" in text for text in texts)
    return FieldKind.LONG_TEXT.value if is_long else FieldKind.TEXT.value


_TESTS: tuple[tuple[FieldKind, Any], ...] = (
    (FieldKind.BOOLEAN, lambda text: text.casefold() not in _UNSURE and yes_or_no(text) is not None),
    (FieldKind.EMAIL, EMAIL.fullmatch),
    (FieldKind.URL, URL.fullmatch),
    (FieldKind.DATE, lambda text: len(text) <= 12 and iso_date(text, "dmy") is not None),
    (FieldKind.DATETIME, lambda text: iso_date(text.replace("T", " "), "dmy") is not None),
    (FieldKind.PERCENT, lambda text: text.endswith("%") and _NUMBER.fullmatch(text[:-1].strip())),
    (FieldKind.NUMBER, lambda text: len(text) <= 18 and _NUMBER.fullmatch(text) and not text.startswith("0")),
    (FieldKind.PHONE, _PHONE.fullmatch),
)


def grown_columns(mapping: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that become fields of choices: the first rows hold some of them, the whole file names all."""
    return tuple(column for column, kind in _wanted(mapping).items() if kind in _CHOICES)


def foresee(
    record_type: RecordType, mapping: Mapping[str, str], table: Table, *, actor: Actor
) -> tuple[RecordType, dict[str, str]]:
    """The type as it would be with the fields a mapping asks for, and the mapping onto them. Saves nothing.

    Raises Invalid by column for a field that cannot be.
    """
    fields: list[Field] = []
    keys: dict[str, str] = {}
    labels = _labels(record_type, mapping)
    for number, (column, kind) in enumerate(_wanted(mapping).items(), start=1):
        row = CustomField(record_type=record_type.key, kind=kind, key=f"new_{number}")
        try:
            read_definition(row, _definition(column, kind, table, labels[column]), actor=actor)
        except Invalid as error:
            raise _about(column, error) from None
        fields.append(field_of(row))
        keys[column] = row.key
    if not fields:
        return record_type, dict(mapping)
    return replace(record_type, fields=(*record_type.fields, *fields)), {**mapping, **keys}


def add_fields(record_type: RecordType, mapping: Mapping[str, str], table: Table, *, actor: Actor) -> dict[str, str]:
    """Make the fields a mapping asks for; the mapping onto them. Journal: field.created. Raises Denied, Invalid."""
    keys: dict[str, str] = {}
    labels = _labels(record_type, mapping)
    for column, kind in _wanted(mapping).items():
        values = {"record_type": record_type.key, "kind": kind, **_definition(column, kind, table, labels[column])}
        try:
            keys[column] = create_field(values, actor=actor).key
        except Invalid as error:
            raise _about(column, error) from None
    return {**mapping, **keys}


def _wanted(mapping: Mapping[str, str]) -> dict[str, str]:
    return {column: key.removeprefix(NEW) for column, key in mapping.items() if key.startswith(NEW)}


def _labels(record_type: RecordType, mapping: Mapping[str, str]) -> dict[str, str]:
    """What the new fields are called: as their columns, with a number where a field of that name is there."""
    taken = {name_key(force_str(field.label)) for field in record_type.all_fields}
    labels: dict[str, str] = {}
    for column in _wanted(mapping):
        named = (f"{column[:74]} ({number})" for number in range(2, 10_000))
        labels[column] = next(label for label in chain([column[:80]], named) if name_key(label) not in taken)
        taken.add(name_key(labels[column]))
    return labels


def _definition(column: str, kind: str, table: Table, label: str) -> dict[str, Any]:
    if kind not in NEW_KINDS:
        raise Invalid(fields={column: [_("There is no such kind of field.")]})
    values = values_of(table.sample, list(table.columns).index(column))
    made: dict[str, Any] = {"label": label}
    if kind in _CHOICES:
        words = [word.strip() for value in values for word in _split(value, kind)]
        made["options"] = [{"label": word[:80]} for word in dict.fromkeys(words) if word][:100]
    if kind in {FieldKind.NUMBER, FieldKind.PERCENT} and any(re.search(r"[.,]\d{1,2}\D*$", value) for value in values):
        made["decimal_places"] = 2
    return made


def _split(value: str, kind: str) -> list[str]:
    return re.split(r"[|;,]", value) if kind == FieldKind.MULTI_SELECT else [value]


def _about(column: str, error: Invalid) -> Invalid:
    return Invalid(fields={column: [message for messages in error.fields.values() for message in messages]})
