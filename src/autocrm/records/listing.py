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
from django.db.models import F, Model, Q
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autocrm.kernel.conditions.tree import Condition
from autocrm.kernel.errors import Invalid
from autocrm.kernel.json_text import read_json
from autocrm.records.fields import Field
from autocrm.records.schema import RecordSchema

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort key of a list; `path` is the declared column."""

    field: Field
    descending: bool

    @property
    def path(self) -> str:
        """The column that is compared: the normalised one where there is one."""
        return self.field.normalised or self.field.attribute

    def order(self) -> OrderBy:
        """The ORDER BY term, with empty values last."""
        last = True if self.field.nullable else None
        return F(self.path).desc(nulls_last=last) if self.descending else F(self.path).asc(nulls_last=last)


@dataclass(frozen=True, kw_only=True)
class ListQuery:
    """What a list shows: which records, in which order, from where on."""

    condition: Condition | None = None
    search: str = ""
    sort: tuple[Sort, ...] = ()
    cursor: str = ""
    limit: int = PAGE_SIZE
    archived: bool = False


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
    values = [_plain(getattr(record, sort.path)) for sort in sorts]
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


def _after(sort: Sort, value: Any, within_equal: Q) -> Q:
    """Rows beyond `value` in this key, or equal in it and further on in the keys that follow."""
    path = sort.path
    if value is None:
        return Q(**{f"{path}__isnull": True}) & within_equal
    beyond, bound = ("lt", "lte") if sort.descending else ("gt", "gte")
    rest = Q(**{f"{path}__{beyond}": value}) | within_equal
    # The outer bound is implied by the rest, but it is what the index can begin at.
    found = Q(**{f"{path}__{bound}": value}) & rest
    return found | Q(**{f"{path}__isnull": True}) if sort.field.nullable else found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else str(value) if isinstance(value, UUID) else value


def _decode(cursor: str, sorts: Sequence[Sort], model: type[Model]) -> tuple[list[Any], UUID]:
    try:
        keys, values, last_id = read_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        columns: list[Any] = [model._meta.get_field(sort.path) for sort in sorts]
        typed = [
            None if value is None else column.to_python(value) for column, value in zip(columns, values, strict=True)
        ]
        place = UUID(last_id)
    except (ArithmeticError, ValueError, TypeError, AttributeError, ValidationError) as error:
        raise Invalid(fields={"cursor": [_PLACE_UNKNOWN]}) from error
    if keys != _keys(sorts) or any(isinstance(value, str) and "\x00" in value for value in typed):
        raise Invalid(fields={"cursor": [_PLACE_UNKNOWN]})
    return typed, place


def _keys(sorts: Sequence[Sort]) -> list[str]:
    return [f"{'-' * sort.descending}{sort.field.key}" for sort in sorts]


_PLACE_UNKNOWN = gettext_lazy("This place in the list is not known; begin from the top.")
