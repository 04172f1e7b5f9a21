"""Keyset pages: what a list is asked for, how it is ordered, and where the next page begins.

Empty values stand last in either direction. A page costs the same at any depth, because the next one is found by
the last row's sort values and id, never by counting rows to skip.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.db.models.expressions import Expression, F, OrderBy
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autocrm.kernel.actors import Verb
from autocrm.kernel.conditions.tree import Condition
from autocrm.kernel.errors import Invalid
from autocrm.kernel.json_text import read_json
from autocrm.records.custom_json import from_json, to_json
from autocrm.records.fields import Field
from autocrm.records.schema import RecordSchema
from autocrm.records.sql_values import sort_expression, sort_value, typed_place

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort key of a list; `filled` when the query leaves out the records where the field is empty."""

    field: Field
    descending: bool
    filled: bool = False

    @property
    def expression(self) -> Expression | F:
        """What is compared in SQL: the normalised column where there is one."""
        return sort_expression(self.field)

    @property
    def has_empty(self) -> bool:
        """Whether records without a value are among those that are sorted."""
        return self.field.nullable and not self.filled

    def value_of(self, record: Any) -> Any:
        """The same in Python: what `record` is sorted by."""
        return sort_value(self.field, record)

    def compared(self, lookup: str, value: Any) -> Q:
        """The rows whose value compares so; `lookup` is the ORM's name of the comparison."""
        if not self.field.custom:
            return Q(**{f"{self.field.normalised or self.field.attribute}__{lookup}": value})
        column = self.expression
        return Q(
            IsNull(column, value) if lookup == "isnull" else _LOOKUPS[lookup](column, typed_place(self.field, value))
        )

    def order(self) -> OrderBy:
        """The ORDER BY term, with empty values last."""
        last = True if self.has_empty else None
        return OrderBy(self.expression, descending=self.descending, nulls_last=last)


@dataclass(frozen=True, kw_only=True)
class ListQuery:
    """What a list shows: which records, in which order, from where on.

    `verb` narrows it to the records that this right reaches too, `ids` to some of them.
    """

    condition: Condition | None = None
    search: str = ""
    sort: tuple[Sort, ...] = ()
    cursor: str = ""
    limit: int = PAGE_SIZE
    archived: bool = False
    verb: Verb = Verb.READ
    ids: tuple[UUID, ...] | None = None


@dataclass(frozen=True)
class Page:
    """One page of records; `next_cursor` is "" on the last."""

    rows: Sequence[Any]
    next_cursor: str


@dataclass(frozen=True)
class Count:
    """How many records match; beyond a bound only the planner's estimate."""

    value: int
    exact: bool


_LOOKUPS = {"lt": LessThan, "lte": LessThanOrEqual, "gt": GreaterThan, "gte": GreaterThanOrEqual}


def parse_sort(texts: Sequence[str], schema: RecordSchema) -> tuple[Sort, ...]:
    """Sort keys from "name" and "-created_at". Raises Invalid for a field that is unknown, hidden or unsortable."""
    sorts = []
    for text in texts:
        field = schema.readable([text.removeprefix("-")])[0]
        if not field.sortable:
            raise Invalid(fields={field.key: [_("Lists cannot be sorted by this field.")]})
        sorts.append(Sort(field, text.startswith("-")))
    return tuple(sorts)


def default_sorts(schema: RecordSchema) -> tuple[Sort, ...]:
    """The type's own order, as far as the actor may see its fields."""
    keys = schema.record_type.default_sort
    return parse_sort(
        [key for key in keys if schema.can_read(schema.record_type.by_key[key.removeprefix("-")])], schema
    )


def ordering(sorts: Sequence[Sort]) -> list[Any]:
    """The whole ORDER BY; the id makes it total, in the direction of the last key."""
    backwards = bool(sorts) and sorts[-1].descending
    return [*(sort.order() for sort in sorts), "-id" if backwards else "id"]


def encode_cursor(record: Model, sorts: Sequence[Sort]) -> str:
    """The place after `record`, opaque to callers."""
    values = [_plain(sort.field, sort.value_of(record)) for sort in sorts]
    text = json.dumps([_keys(sorts), values, str(record.pk)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def after_cursor(cursor: str, sorts: Sequence[Sort], model: type[Model]) -> Q:
    """The rows after the place `cursor` names. Raises Invalid for one of another list or a broken one."""
    values, last_id = _decode(cursor, sorts, model)
    backwards = bool(sorts) and sorts[-1].descending
    result = Q(id__lt=last_id) if backwards else Q(id__gt=last_id)
    for sort, value in zip(reversed(sorts), reversed(values), strict=True):
        result = _after(sort, value, result)
    return result


def backwards_ordering(sorts: Sequence[Sort], *, equal: int = 0) -> list[Any]:
    """The order of `ordering` read from the end; in the first `equal` keys all rows are known to be alike."""
    turned = [
        OrderBy(sort.expression, descending=not sort.descending, nulls_first=True if sort.has_empty else None)
        for sort in sorts[equal:]
    ]
    backwards = bool(sorts) and sorts[-1].descending
    return [*turned, "id" if backwards else "-id"]


def before_record(record: Model, sorts: Sequence[Sort], *, equal: int = 0) -> Q:
    """The rows before `record`, as `after_cursor` has those after a place; `equal` as in `backwards_ordering`."""
    backwards = bool(sorts) and sorts[-1].descending
    result = Q(id__gt=record.pk) if backwards else Q(id__lt=record.pk)
    for sort in reversed(sorts[equal:]):
        result = _before(sort, sort.value_of(record), result)
    return result


def _before(sort: Sort, value: Any, within_equal: Q) -> Q:
    """Rows that come before `value` in this key, or equal in it and earlier in the keys that follow."""
    if value is None:
        return sort.compared("isnull", value=False) | within_equal
    beyond, bound = ("gt", "gte") if sort.descending else ("lt", "lte")
    return sort.compared(bound, value) & (sort.compared(beyond, value) | within_equal)


def is_among_empty(cursor: str, sorts: Sequence[Sort], model: type[Model]) -> bool:
    """Whether the place `cursor` names lies among the records where the first sort key is empty."""
    return _decode(cursor, sorts, model)[0][0] is None


def _after(sort: Sort, value: Any, within_equal: Q) -> Q:
    """Rows beyond `value` in this key, or equal in it and further on in the keys that follow."""
    if value is None:
        return sort.compared("isnull", value=True) & within_equal
    beyond, bound = ("lt", "lte") if sort.descending else ("gt", "gte")
    rest = sort.compared(beyond, value) | within_equal
    # The outer bound is implied by the rest, but it is what the index can begin at.
    found = sort.compared(bound, value) & rest
    return found | sort.compared("isnull", value=True) if sort.has_empty else found


def _plain(field: Field, value: Any) -> Any:
    if field.custom:
        return to_json(field.kind, value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value) if isinstance(value, UUID) else value


def _typed(field: Field, value: Any, model: type[Model]) -> Any:
    if value is None:
        return None
    if not field.custom:
        column: Any = model._meta.get_field(field.normalised or field.attribute)
        return column.to_python(value)
    typed = from_json(field.kind, value)
    if typed is None:
        raise ValueError(value)
    return typed


def _decode(cursor: str, sorts: Sequence[Sort], model: type[Model]) -> tuple[list[Any], UUID]:
    try:
        keys, values, last_id = read_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        typed = [_typed(sort.field, value, model) for sort, value in zip(sorts, values, strict=True)]
        place = UUID(last_id)
    except (ArithmeticError, ValueError, TypeError, AttributeError, ValidationError) as error:
        raise Invalid(fields={"cursor": [_PLACE_UNKNOWN]}) from error
    if keys != _keys(sorts) or any(isinstance(value, str) and "\x00" in value for value in typed):
        raise Invalid(fields={"cursor": [_PLACE_UNKNOWN]})
    return typed, place


def _keys(sorts: Sequence[Sort]) -> list[str]:
    return [f"{'-' * sort.descending}{sort.field.key}" for sort in sorts]


_PLACE_UNKNOWN = gettext_lazy("This place in the list is not known; begin from the top.")
