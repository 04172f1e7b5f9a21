"""Which column goes into which field, and how its numbers and dates are written: suggestions, and checks at the door.

Suggestions look at the column's name (field keys, labels in the reader's language and in English, aliases) and, where
that says nothing, at the values. A person may change all of it before anything is read.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Protocol

from django.conf import settings
from django.utils import formats as locale_formats
from django.utils import translation
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import DATE_KINDS, NUMERIC_KINDS, FieldKind
from autocrm.kernel.permissions import can_read_field, can_write_field, is_allowed
from autocrm.records.field_rules import is_asked_for
from autocrm.records.fields import Field
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.registry import RecordType
from autocrm.transfers.drafts import RECORD_ID_KEY
from autocrm.transfers.options import NO_KEY, Options, Owners
from autocrm.transfers.sources.converting import WORKBOOK
from autocrm.users.services.placeholders import may_add_placeholders

Sample = Sequence[Sequence[str]]

# A column of this and a kind becomes a new field: see `transfers.new_fields`.
NEW = "+"
NEW_KINDS = tuple(
    kind.value for kind in FieldKind if kind not in {FieldKind.RELATION, FieldKind.USER, FieldKind.CURRENCY}
)
# The record itself, as an export names it: nothing is set, but the row finds its record by it.
RECORD_ID = Field(
    key=RECORD_ID_KEY, label=gettext_lazy("Record ID"), kind=FieldKind.TEXT, editable=False, aliases=("id",)
)

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
URL = re.compile(r"https?://\S+", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_DAY = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})\b.*")
# A number of telephone, an amount, a day: a year alone may well be the name of a column.
_VALUE = re.compile(r"[+(]?\d[\d ()./,:-]{5,}")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{3})+")
_MOST_ARE = 0.8
# How far down rows are looked at for what the first ones leave open.
MOST_LOOKED_AT, LOOKED_AT_ONCE = 20_000, 1_000
_TOLD = NUMERIC_KINDS | DATE_KINDS
Rows = Callable[[], Iterable[Sequence[str]]]


def importable_fields(record_type: RecordType, actor: Actor) -> list[Field]:
    """The fields a file may set, in the order of the declaration: those the actor may write, and wholes of them."""
    return [field for field in record_type.all_fields if is_importable(record_type, field, actor)]


def is_importable(record_type: RecordType, field: Field, actor: Actor) -> bool:
    """Whether a file may set the field."""
    keys = field.made_of if field.taken_apart else (field.key,)
    is_set = bool(field.taken_apart) or (field.editable and field.importable)
    return is_set and all(can_write_field(actor, record_type.key, key) for key in keys)


def check_mapping(
    record_type: RecordType, mapping: Mapping[str, str], columns: Iterable[str], *, actor: Actor
) -> dict[str, str]:
    """The mapping with every column and field found, in the order of the file. Raises Invalid.

    A field that is required and has no default must be among them, or no row could become a record.
    """
    chosen = {str(column): str(key) for column, key in mapping.items() if key}
    faults: dict[str, list[str]] = {}
    seen: dict[str, str] = {}
    known = set(columns)
    for column, key in chosen.items():
        if column not in known:
            faults[column] = [_("The file has no such column.")]
        elif not may_be_set(record_type, key, actor):
            faults[column] = [_("There is no such field, or it cannot be set.")]
        elif key in seen and not key.startswith(NEW):
            faults[column] = [_("“%(other)s” goes into this field already.") % {"other": seen[key]}]
        seen.setdefault(key, column)
    missing = _missing(record_type, seen, actor)
    if missing:
        faults[""] = missing
    if faults:
        raise Invalid(fields=faults)
    return {column: chosen[column] for column in columns if column in chosen}


def may_be_set(record_type: RecordType, key: str, actor: Actor) -> bool:
    """Whether a column may go into this: a field the actor may write, or the record's own id."""
    if key.startswith(NEW):
        return key.removeprefix(NEW) in NEW_KINDS and is_allowed(actor, MANAGE_DATA_MODEL)
    field = record_type.by_key.get(key)
    return key == RECORD_ID.key or (field is not None and is_importable(record_type, field, actor))


def match_keys(record_type: RecordType, mapped: Iterable[str], actor: Actor) -> list[Field]:
    """What rows may find their records by, as far as a column is mapped to it: natural keys, unique fields, the id."""
    mapped = set(mapped)
    fields = [record_type.by_key[key] for key in record_type.natural_key]
    fields += [each for each in record_type.fields if each.unique and each not in fields and is_findable(each)]
    found = [RECORD_ID, *(each for each in fields if can_read_field(actor, record_type.key, each.key))]
    return [each for each in found if each.key in mapped]


def is_findable(field: Field) -> bool:
    """Whether records are found by a unique field: one of the tenant's own stands in the typed value table."""
    return not field.custom or field.typed


def check_options(record_type: RecordType, options: Options, mapping: Mapping[str, str], *, actor: Actor) -> Options:
    """The options, once they fit the mapping and the actor's rights. Raises Invalid.

    Choices are added by nobody who may not change the data model: a mapping that says so may be somebody else's.
    """
    known = {"", NO_KEY, *(each.key for each in match_keys(record_type, mapping.values(), actor))}
    if options.match_by not in known:
        raise Invalid(fields={"match_by": [_("No column holds this: choose another field to find records by.")]})
    if options.owners == Owners.PLACEHOLDER and not may_add_placeholders(actor=actor):
        raise Invalid(fields={"owners": [_("Only who may add members can add placeholders.")]})
    if options.create_options and not is_allowed(actor, MANAGE_DATA_MODEL):
        return replace(options, create_options=False)
    return options


def _missing(record_type: RecordType, chosen: Mapping[str, str], actor: Actor) -> list[str]:
    """What is to be said when no column is chosen, or one is missing without which no row becomes a record."""
    if not chosen:
        return [_("No column goes into a field: nothing would be imported.")]
    message = _("“%(field)s” is required: choose the column it is in.")
    return [message % {"field": field.label} for field in needed_fields(record_type, actor) if field.key not in chosen]


def needed_fields(record_type: RecordType, actor: Actor) -> list[Field]:
    """The fields without which the actor makes no record, whatever else stands in a row."""
    asked = (field for field in record_type.fields if is_asked_for(record_type, field, actor))
    return [field for field in asked if field.default in (None, "")]


def suggest_mapping(record_type: RecordType, columns: Sequence[str], sample: Sample, *, actor: Actor) -> dict[str, str]:
    """Column -> field key as far as it can be told; every field at most once, the first fitting column wins."""
    fields = importable_fields(record_type, actor)
    names = _names_of(fields)
    found: dict[str, str] = {}
    for column in columns:
        key = names.get(plain_name(column)) or (RECORD_ID.key if _names_ids(column, sample, columns) else "")
        if key and key not in found.values():
            found[column] = key
    for position, column in enumerate(columns):
        if column not in found:
            key = _byvalues_of(fields, values_of(sample, position), taken=found.values())
            if key:
                found[column] = key
    # Where a file has the parts as well, they say it better.
    made = {field.key for field in fields if field.taken_apart and not set(found.values()).isdisjoint(field.made_of)}
    return {column: found[column] for column in columns if column in found and found[column] not in made}


class Table(Protocol):
    """What suggestions look at: an import, or a file that has just been laid out."""

    source: Any
    columns: Any
    sample: Any


@dataclass(frozen=True, slots=True)
class Formats:
    """How the mapped columns of numbers and dates are written, and those of dates that no value tells it of."""

    by_column: dict[str, str]
    unsure: frozenset[str] = frozenset()


def suggest_formats(
    record_type: RecordType, table: Table, mapping: Mapping[str, str], *, more: Rows | None = None, actor: Actor
) -> Formats:
    """How numbers and dates are written, by column: by the first rows, and by `more` of them where these leave it open.

    A column that leaves it open all the same follows the other columns of the file, and where those do so too, the
    locale; a workbook's own numbers have a point.
    """
    columns: Sequence[str] = table.columns
    kinds = {column: record_type.by_key[key].kind for column, key in mapping.items() if key in record_type.by_key}
    tellers = {column: _teller_of(kind) for column, kind in kinds.items() if kind in _TOLD and column in columns}
    values = {column: values_of(table.sample, columns.index(column)) for column in tellers}
    found = {column: tell(values[column]) for column, tell in tellers.items()}
    left = {column: (columns.index(column), tellers[column]) for column, form in found.items() if not form}
    found |= _told_below(left, more) if more is not None else {}
    numbers, dates = ([each for each in found if kinds[each] in some] for some in (NUMERIC_KINDS, DATE_KINDS))
    sign = _most(found[each] for each in numbers)
    sign = sign or ("." if table.source == WORKBOOK else _sign_of_locale(actor.locale))
    # Other columns tell the order of day and month only where both come after one another.
    order = _most(each for each in map(found.get, dates) if each != "ymd")
    usual = dict.fromkeys(numbers, sign) | dict.fromkeys(dates, order or _order_of_locale(actor.locale))
    open_dates = (each for each in dates if not (order or found[each]))
    unsure = frozenset(each for each in open_dates if any(_DAY.fullmatch(value.strip()) for value in values[each]))
    return Formats({column: form or usual[column] for column, form in found.items()}, unsure)


def _teller_of(kind: FieldKind) -> Callable[[Iterable[str]], str]:
    return decimal_sign_of if kind in NUMERIC_KINDS else told_order_of


def _told_below(left: dict[str, tuple[int, Callable[[Iterable[str]], str]]], more: Rows) -> dict[str, str]:
    """What rows further down say of columns that the first ones say nothing of."""
    found: dict[str, str] = {}
    rows = islice(more(), MOST_LOOKED_AT) if left else iter(())
    while len(found) < len(left) and (some := list(islice(rows, LOOKED_AT_ONCE))):
        for column, (position, tell) in left.items():
            if column not in found and (form := tell(values_of(some, position))):
                found[column] = form
    return found


def _most(forms: Iterable[str | None]) -> str:
    """What most of the columns say; nothing where none does."""
    return next((form for form, _count in Counter(filter(None, forms)).most_common(1)), "")


def looks_like_row(columns: Iterable[str]) -> bool:
    """Whether what should be the names of columns are values: an address, a number, a day."""
    return any(EMAIL.fullmatch(name) or URL.fullmatch(name) or _VALUE.fullmatch(name) for name in columns)


def _names_ids(column: str, sample: Sample, columns: Sequence[str]) -> bool:
    """Whether a column called so holds ids of records: another system has ids too, but of another form."""
    said = {plain_name(force_str(RECORD_ID.label)), "record id", "id"}
    values = values_of(sample, columns.index(column)) if plain_name(column) in said else []
    return bool(values) and all(_UUID.fullmatch(value.strip()) for value in values)


def plain_name(name: str) -> str:
    """A column's name as it is compared: lower case, words with single spaces between, "e-mail" as one word."""
    words = " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())
    return re.sub(r"\be mail\b", "email", words)


def decimal_sign_of(values: Iterable[str]) -> str:
    """A point or a comma, by the values that leave no doubt; nothing where none does."""
    votes = {".": 0, ",": 0}
    for value in values:
        last = max(value.rfind("."), value.rfind(","))
        if last < 0:
            continue
        sign = value[last]
        other = "," if sign == "." else "."
        if _GROUPED.fullmatch(value.strip()) and other not in value:
            # "1,100" may be either; "1,100,200" can only be grouped.
            votes[other] += value.count(sign) > 1
        else:
            votes[sign] += 1
    if votes["."] == votes[","]:
        return ""
    return "." if votes["."] > votes[","] else ","


def _sign_of_locale(locale: str) -> str:
    return str(locale_formats.get_format("DECIMAL_SEPARATOR", lang=locale, use_l10n=True)) if locale else "."


def date_order_of(values: Iterable[str], *, locale: str) -> str:
    """The order, "ymd", "dmy" or "mdy"; where no value tells, the locale decides."""
    return told_order_of(values) or _order_of_locale(locale)


def told_order_of(values: Iterable[str]) -> str:
    """The order that values leave no doubt about, points mean day first; nothing where none does."""
    dotted = False
    for value in values:
        found = _DAY.fullmatch(value.strip())
        if found is None:
            continue
        if len(found[1]) == 4:
            return "ymd"
        if int(found[1]) > 12:
            return "dmy"
        if int(found[2]) > 12:
            return "mdy"
        dotted = dotted or "." in value
    return "dmy" if dotted else ""


def _order_of_locale(locale: str) -> str:
    return "mdy" if locale.lower() in {"en", "en-us", "en-ca"} else "dmy"


def _names_of(fields: Sequence[Field]) -> dict[str, str]:
    """Everything a field is called -> its key; labels before keys before aliases, earlier fields before later ones.

    Files come in other languages than one's own: labels count in all that there are, those of the reader first.
    """
    names: dict[str, str] = {}
    for language in (translation.get_language(), *dict(settings.LANGUAGES)):
        with translation.override(language):
            for field in fields:
                names.setdefault(plain_name(force_str(field.label)), field.key)
    for field in fields:
        names.setdefault(plain_name(field.key), field.key)
    for field in fields:
        for alias in field.aliases:
            names.setdefault(plain_name(alias), field.key)
    names.pop("", None)
    return names


def _byvalues_of(fields: Sequence[Field], values: Sequence[str], *, taken: Iterable[str]) -> str:
    for pattern, kind in ((EMAIL, FieldKind.EMAIL), (URL, FieldKind.URL)):
        if values and sum(bool(pattern.fullmatch(value.strip())) for value in values) >= len(values) * _MOST_ARE:
            used = set(taken)
            return next((field.key for field in fields if field.kind is kind and field.key not in used), "")
    return ""


def values_of(sample: Sample, position: int) -> list[str]:
    """What stands in a column of the first rows, blank cells left out."""
    cells = chain.from_iterable(row[position : position + 1] for row in sample)
    return [cell for cell in cells if cell.strip()]
