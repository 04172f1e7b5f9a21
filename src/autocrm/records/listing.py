"""Keyset pages: what a list is asked for, how it is ordered, and where the next page begins.

Empty values stand last in either direction. A page costs the same at any depth, because the next one is found by
the last row's sort values and id, never by counting rows to skip.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, Value
from django.db.models.expressions import Expression, F, OrderBy
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from django.utils.translation import gettext_lazy

from autocrm.kernel.actors import Verb
from autocrm.kernel.conditions.tree import Condition
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import TEXT_KINDS, FieldKind
from autocrm.kernel.json_text import read_json
from autocrm.records.custom_json import from_json, to_json
from autocrm.records.fields import Field
from autocrm.records.indexes import falls, leads_an_index
from autocrm.records.ranks import has_none, rank_expression, rank_of
from autocrm.records.sql_values import sort_expression, sort_value, typed_place

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort key of a list; `filled` when the query leaves out the records where the field is empty.

    With `ranks` the values stand in that order and not in their own.
    """

    field: Field
    descending: bool
    filled: bool = False
    ranks: tuple[Any, ...] = ()

    @property
    def expression(self) -> Expression | F:
        """What is compared in SQL: the rank, or the normalised column where there is one."""
        return rank_expression(self.field, self.ranks) if self.ranks else sort_expression(self.field)

    @property
    def has_empty(self) -> bool:
        """Whether records without a value are among those that are sorted."""
        return (self.field.nullable or self.has_blanks) and not self.filled

    @property
    def splits(self) -> bool:
        """Whether a list sorted by this first is read in two parts, the filled ones and then the empty ones.

        Asked apart an index gives the filled ones in their order; asked together all records would be sorted, since an
        index that has empty values at its end has them at its beginning when it is read backwards.
        """
        return not self.ranks and (self.field.indexed or self.field.nullable or self.has_blanks)

    @property
    def has_blanks(self) -> bool:
        """A text column that is never NULL: without a value it is blank."""
        field = self.field
        return not (field.custom or field.nullable or field.required) and field.kind in _BLANK_KINDS

    def has_index(self, model: type[Model]) -> bool:
        """Whether an index of the model gives the records in this order, or one of the typed value table."""
        return self.field.indexed or (not self.field.custom and leads_an_index(model, self.field.sort_path))

    def is_empty(self, *, value: bool) -> Q:
        """The records without (True) or with a value in the field."""
        if self.ranks:
            return has_none(self.field) if value else ~has_none(self.field)
        if self.has_blanks:
            return self.compared("exact" if value else "gt", "")
        return self.compared("isnull", value)

    def order_by_index(self, model: type[Model]) -> list[OrderBy]:
        """The ORDER BY terms for one of the two parts: empty values where the model's index has them, forth or back."""
        if self.field.custom or not self.field.nullable or not falls(model, self.field.attribute):
            return [OrderBy(self.expression, descending=self.descending)]
        ends = "nulls_last" if self.descending else "nulls_first"
        return [OrderBy(self.expression, descending=self.descending, **{ends: True})]

    def value_of(self, record: Any) -> Any:
        """The same in Python: what `record` is sorted by."""
        if self.ranks:
            return rank_of(self.field, self.ranks, record)
        return sort_value(self.field, record)

    def compared(self, lookup: str, value: Any) -> Q:
        """The rows whose value compares so; `lookup` is the ORM's name of the comparison."""
        if self.ranks:
            rank = self.expression
            return Q(IsNull(rank, value) if lookup == "isnull" else _LOOKUPS[lookup](rank, Value(value)))
        if not self.field.custom:
            return Q(**{f"{self.field.sort_path}__{lookup}": value})
        column = self.expression
        return Q(
            IsNull(column, value) if lookup == "isnull" else _LOOKUPS[lookup](column, typed_place(self.field, value))
        )

    def column(self, model: type[Model]) -> Any:
        """The column that is compared, of a record's model or of one that it leads to."""
        return model._meta.get_field(self.field.sort_path)

    def order(self) -> list[OrderBy]:
        """The ORDER BY terms, with empty values last."""
        if self.has_blanks and self.has_empty and not self.ranks:
            return [OrderBy(Exact(self.expression, "")), OrderBy(self.expression, descending=self.descending)]
        return [OrderBy(self.expression, descending=self.descending, nulls_last=True if self.has_empty else None)]

    def order_backwards(self) -> list[OrderBy]:
        """The same terms read from the end."""
        terms = self.order()
        for term in terms:
            term.reverse_ordering()
        return terms


@dataclass(frozen=True, kw_only=True)
class ListQuery:
    """What a list shows: which records, in which order, from where on.

    `verb` narrows it to the records that this right reaches too, `ids` to some of them. With `patience`, in seconds, a
    page may be shorter than `limit` and lead on all the same, and a count may be worked out from a part; `goes_on` says
    that the page before was such a one.
    """

    condition: Condition | None = None
    search: str = ""
    sort: tuple[Sort, ...] = ()
    cursor: str = ""
    limit: int = PAGE_SIZE
    archived: bool = False
    verb: Verb = Verb.READ
    ids: tuple[UUID, ...] | None = None
    patience: float = 0
    goes_on: bool = False


@dataclass(frozen=True)
class Page:
    """One page of records; `next_cursor` is "" on the last.

    `looked` says how many records were looked at where a page is shorter because its time was up.
    """

    rows: Sequence[Any]
    next_cursor: str
    looked: int = 0


@dataclass(frozen=True)
class Count:
    """How many records match; beyond a bound only the planner's estimate, 0 of them standing for a few."""

    value: int
    exact: bool


# Kinds whose columns are texts.
_BLANK_KINDS = TEXT_KINDS | {FieldKind.SELECT}
_LOOKUPS = {"exact": Exact, "lt": LessThan, "lte": LessThanOrEqual, "gt": GreaterThan, "gte": GreaterThanOrEqual}


def patience() -> float:
    """Seconds in which a page that somebody waits for is found in one go; then it is looked for piece by piece."""
    return float(settings.LIST_PATIENCE_MS) / 1000


def ordering(sorts: Sequence[Sort]) -> list[Any]:
    """The whole ORDER BY; the id makes it total, in the direction of the last key."""
    backwards = bool(sorts) and sorts[-1].descending
    return [*(term for sort in sorts for term in sort.order()), "-id" if backwards else "id"]


def ordering_of_part(sorts: Sequence[Sort], model: type[Model]) -> list[Any]:
    """The order within the filled or the empty part of a list whose first key `splits`."""
    backwards = sorts[-1].descending
    rest = [term for sort in sorts[1:] for term in sort.order()]
    return [*sorts[0].order_by_index(model), *rest, "-id" if backwards else "id"]


def encode_cursor(record: Model, sorts: Sequence[Sort]) -> str:
    """The place after `record`, opaque to callers."""
    values = [_plain(sort, sort.value_of(record)) for sort in sorts]
    text = json.dumps([_keys(sorts), values, str(record.pk)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def after_cursor(cursor: str, sorts: Sequence[Sort], model: type[Model], *, equal: int = 0) -> Q:
    """The rows after the place `cursor` names; in the first `equal` keys all rows are known to be alike.

    Raises Invalid for one of another list or a broken one.
    """
    values, last_id = _decode(cursor, sorts, model)
    backwards = bool(sorts) and sorts[-1].descending
    result = Q(id__lt=last_id) if backwards else Q(id__gt=last_id)
    for sort, value in zip(reversed(sorts[equal:]), reversed(values[equal:]), strict=True):
        result = _after(sort, value, result)
    return result


def backwards_ordering(sorts: Sequence[Sort]) -> list[Any]:
    """The order of `ordering` read from the end."""
    turned = [term for sort in sorts for term in sort.order_backwards()]
    backwards = bool(sorts) and sorts[-1].descending
    return [*turned, "id" if backwards else "-id"]


def backwards_ordering_of_part(sorts: Sequence[Sort], model: type[Model]) -> list[Any]:
    """The order of `ordering_of_part` read from the end."""
    first = replace(sorts[0], descending=not sorts[0].descending)
    rest = [term for sort in sorts[1:] for term in sort.order_backwards()]
    return [*first.order_by_index(model), *rest, "id" if sorts[-1].descending else "-id"]


def before_record(record: Model, sorts: Sequence[Sort], *, equal: int = 0) -> Q:
    """The rows before `record`, as `after_cursor` has those after a place; `equal` as in `after_cursor`."""
    backwards = bool(sorts) and sorts[-1].descending
    result = Q(id__gt=record.pk) if backwards else Q(id__lt=record.pk)
    for sort in reversed(sorts[equal:]):
        result = _before(sort, sort.value_of(record), result)
    return result


def _before(sort: Sort, value: Any, within_equal: Q) -> Q:
    """Rows that come before `value` in this key, or equal in it and earlier in the keys that follow."""
    if _is_empty(sort, value):
        return sort.is_empty(value=False) | within_equal
    beyond, bound = ("gt", "gte") if sort.descending else ("lt", "lte")
    found = sort.compared(bound, value) & (sort.compared(beyond, value) | within_equal)
    return found & sort.is_empty(value=False) if sort.has_blanks and not sort.filled else found


def is_among_empty(cursor: str, sorts: Sequence[Sort], model: type[Model], *, key: int = 0) -> bool:
    """Whether the place `cursor` names lies among the records where the sort key of that number is empty."""
    return values_of_cursor(cursor, sorts, model)[key] in {None, ""}


def values_of_cursor(cursor: str, sorts: Sequence[Sort], model: type[Model]) -> list[Any]:
    """What the record before the place has in the sort keys. Raises Invalid."""
    return _decode(cursor, sorts, model)[0]


def _after(sort: Sort, value: Any, within_equal: Q) -> Q:
    """Rows beyond `value` in this key, or equal in it and further on in the keys that follow."""
    if _is_empty(sort, value):
        return sort.is_empty(value=True) & within_equal
    beyond, bound = ("lt", "lte") if sort.descending else ("gt", "gte")
    rest = sort.compared(beyond, value) | within_equal
    # The outer bound is implied by the rest, but it is what the index can begin at.
    found = sort.compared(bound, value) & rest
    if not sort.has_empty:
        return found
    if sort.has_blanks:
        found &= sort.is_empty(value=False)
    return found | sort.is_empty(value=True)


def _is_empty(sort: Sort, value: Any) -> bool:
    return value is None or (sort.has_blanks and value == "")


def _plain(sort: Sort, value: Any) -> Any:
    if sort.field.custom and not sort.ranks:
        return to_json(sort.field.kind, value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value) if isinstance(value, UUID) else value


def _typed(sort: Sort, value: Any, model: type[Model]) -> Any:
    if value is None:
        return None
    if sort.ranks:
        return int(value)
    field = sort.field
    if not field.custom:
        return sort.column(model).to_python(value)
    typed = from_json(field.kind, value)
    if typed is None:
        raise ValueError(value)
    return typed


def _decode(cursor: str, sorts: Sequence[Sort], model: type[Model]) -> tuple[list[Any], UUID]:
    try:
        keys, values, last_id = read_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        typed = [_typed(sort, value, model) for sort, value in zip(sorts, values, strict=True)]
        place = UUID(last_id)
    except (ArithmeticError, ValueError, TypeError, AttributeError, ValidationError) as error:
        raise Invalid(fields={"cursor": [_PLACE_UNKNOWN]}) from error
    if keys != _keys(sorts) or any(isinstance(value, str) and "\x00" in value for value in typed):
        raise Invalid(fields={"cursor": [_PLACE_UNKNOWN]})
    return typed, place


def _keys(sorts: Sequence[Sort]) -> list[str]:
    return [f"{'-' * sort.descending}{sort.field.key}" for sort in sorts]


_PLACE_UNKNOWN = gettext_lazy("This place in the list is not known; begin from the top.")
