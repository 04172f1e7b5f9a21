"""Rows sent by COPY arrive as they were, whatever stands in them."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autocrm.kernel.staging import Column, staged

pytestmark = pytest.mark.usefixtures("db")

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
    "uuid": st.uuids(),
    "numeric": st.decimals(allow_nan=False, allow_infinity=False, places=3),
    "date": st.dates(),
    "timestamptz": st.datetimes(timezones=st.just(UTC)),
    "uuid[]": st.lists(st.uuids()),
    "text[]": st.lists(TEXT | st.none()),
    "jsonb": st.dictionaries(st.text("abc"), TEXT | st.integers(-9, 9) | st.none() | st.booleans()),
}


def arrived(*columns: Column) -> list[Any]:
    with transaction.atomic(), staged(columns, using="default") as rows, connection.cursor() as cursor:
        cursor.execute(rows.select, rows.params)
        return cursor.fetchall()


@pytest.mark.parametrize("sql_type", KINDS)
def test_every_value_arrives_as_it_was(sql_type: str) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(KINDS[sql_type] | st.none(), min_size=1, max_size=8))
    def check(values: list[Any]) -> None:
        number = list(range(len(values)))
        found = arrived(Column("n", "int", number), Column("v", sql_type, values))

        read = json.loads if sql_type == "jsonb" else lambda value: value
        assert [None if row[1] is None else read(row[1]) for row in found] == values

    check()


def test_constants_are_not_sent() -> None:
    at = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    same: tuple[tuple[str, Any], ...] = (
        ("text", "a\tb\\n"), ("date", date(2026, 1, 2)), ("timestamptz", at), ("uuid", UUID(int=7)), ("boolean", True),
        ("bigint", None), ("uuid[]", []), ("jsonb", {"a": 1}), ("numeric", Decimal("1.50")),
    )  # fmt: skip
    columns = [Column(f"c{number}", kind, [value] * 3) for number, (kind, value) in enumerate(same)]

    expected = tuple(json.dumps(value) if kind == "jsonb" else value for kind, value in same)
    assert arrived(*columns) == [expected] * 3


def test_the_smallest_number_may_be_a_constant() -> None:
    assert arrived(Column("v", "bigint", [-(2**63)] * 2)) == [(-(2**63),)] * 2


def test_a_number_and_a_boolean_that_are_equal_stay_apart() -> None:
    found = arrived(Column("n", "int", [1, 2]), Column("v", "text", ["1", "1"]), Column("w", "text", ["", None]))

    assert found == [(1, "1", ""), (2, "1", None)]


def test_nothing_is_left_behind() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for _round in range(3):
            with staged([Column("n", "int", [1, 2])], using="default"):
                pass
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'staged\\_%%' AND pg_table_is_visible(oid)")

        assert cursor.fetchone() == (0,)
