"""Orders that are not those of the stored values: choices stand as they were defined, people by their names.

A value has the rank of its place in that order, counted from one; what is not in it comes after all of them, what is
empty has none.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connections
from django.db.models import Case, CharField, Func, IntegerField, Model, Q, UUIDField, Value, When
from django.db.models.expressions import Expression
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import IsNull

from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.tenancy import current_database, current_tenant_id
from autocrm.records.fields import Field
from autocrm.records.models import FieldValue
from autocrm.records.sql_values import COLUMNS, custom_id, has_value, storage_of, value_expression
from autocrm.users import selectors as users

# More values than this are not looked for one by one.
MOST_VALUES = 2_000
_PRESENT = """
    WITH RECURSIVE present(value) AS (
        (SELECT "{column}" FROM "{table}" WHERE tenant_id = %s AND {among} AND "{column}" IS NOT NULL
         ORDER BY "{column}" LIMIT 1)
        UNION ALL
        SELECT (SELECT "{column}" FROM "{table}" WHERE tenant_id = %s AND {among} AND "{column}" > present.value
                ORDER BY "{column}" LIMIT 1)
        FROM present WHERE present.value IS NOT NULL
    )
    SELECT value FROM present WHERE value IS NOT NULL LIMIT {most}
"""


def ranked_values(field: Field) -> tuple[Any, ...]:
    """The values in their order, () where the stored values are it. A query for fields that name people."""
    if field.kind is FieldKind.SELECT:
        return tuple(option.value for option in field.options)
    if field.kind is FieldKind.USER:
        return tuple(users.list_ids_by_name())
    return ()


def rank_expression(field: Field, values: tuple[Any, ...]) -> Expression:
    """The rank in SQL, NULL where the field is empty."""
    column: Any = UUIDField() if field.is_reference else CharField()
    all_values = Value(list(values), output_field=ArrayField(column))
    value = Cast(value_expression(field), column)
    place = Func(all_values, value, function="array_position", output_field=IntegerField())
    known = Coalesce(place, Value(len(values) + 1))
    return Case(When(has_none(field), then=None), default=known, output_field=IntegerField())


def rank_of(field: Field, values: tuple[Any, ...], record: Any) -> int | None:
    """The same in Python."""
    value = field.read(record)
    if value in {None, ""}:
        return None
    return _rank(values, value)


def has_none(field: Field) -> Q:
    """The records where the field is empty."""
    if field.custom:
        return Q(IsNull(value_expression(field), rhs=True))
    empty = Q(**{f"{field.attribute}__isnull": True})
    return empty | Q(**{field.attribute: ""}) if field.kind is FieldKind.SELECT else empty


def has_one_of(field: Field, values: Iterable[Any]) -> Q:
    """The records whose field is one of these stored values."""
    found = Q()
    for value in values:
        found |= has_value(field, value)
    return found


def present_ranks(
    model: type[Model], scope: Mapping[str, Any], field: Field, values: tuple[Any, ...]
) -> dict[int, list[Any]] | None:
    """The stored values there are in the workspace, by their rank; None if they are too many to be told.

    Each is found by a step in the index that begins with the field, however many records have it.
    """
    found = present_values(model, scope, field)
    if found is None:
        return None
    ranks: dict[int, list[Any]] = {}
    for value in found:
        ranks.setdefault(_rank(values, value), []).append(value)
    return ranks


def present_values(model: type[Model], scope: Mapping[str, Any], field: Field) -> list[Any] | None:
    """The stored values that a type's records have; None if they are too many to be told.

    `scope` has the column values that tell them from the others in the model's table.
    """
    table, column = model._meta.db_table, field.attribute
    among = " AND ".join(["archived_at IS NULL", *(f'"{name}" = %s' for name in scope)])
    given: list[Any] = [current_tenant_id(), *scope.values()]
    if field.custom:
        table, column, among = FieldValue._meta.db_table, COLUMNS[storage_of(field)], "field_id = %s"
        given = [current_tenant_id(), custom_id(field)]
    sql = _PRESENT.format(table=table, column=column, among=among, most=MOST_VALUES + 1)
    with connections[current_database()].cursor() as cursor:
        cursor.execute(sql, [*given, *given])
        found = [value for (value,) in cursor.fetchall() if value != ""]
    return None if len(found) > MOST_VALUES else found


def _rank(values: tuple[Any, ...], value: Any) -> int:
    return values.index(value) + 1 if value in values else len(values) + 1
