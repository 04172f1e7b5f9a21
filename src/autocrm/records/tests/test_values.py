"""Reading values that came from outside: what cannot be stored is said in words and never a failure."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field
from autocrm.records.values import Reading, Unreadable, read_value

READING = Reading(ZoneInfo("Pacific/Kiritimati"))


def field(kind: FieldKind) -> Field:
    return Field(key="it", label="It", kind=kind, nullable=True)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (FieldKind.TEXT, "half a character \ud800"),
        (FieldKind.NUMBER, "1e999999999"),
        (FieldKind.NUMBER, "-1e-999999999"),
        (FieldKind.NUMBER, "NaN"),
        (FieldKind.CURRENCY, "1e999999"),
        (FieldKind.CURRENCY, {}),
        (FieldKind.CURRENCY, {"amount": {}}),
        (FieldKind.DATE, "2026-13-45"),
        (FieldKind.DATE, "0001-01-01"),
        (FieldKind.DATETIME, "2026-13-45"),
        (FieldKind.DATETIME, "0001-01-01"),
        (FieldKind.DATETIME, "0001-01-03T00:00:00Z"),
        (FieldKind.DATETIME, "0001-01-01T00:00:00+14:00"),
        (FieldKind.DATETIME, "9999-12-31T23:59:59-14:00"),
        (FieldKind.DATETIME, {}),
        (FieldKind.RELATION, {"id": {}}),
    ],
)
def test_what_is_no_value_is_unreadable(kind: FieldKind, raw: Any) -> None:
    with pytest.raises(Unreadable):
        read_value(field(kind), raw, READING)


def test_a_day_alone_is_the_beginning_of_that_day_where_one_lives() -> None:
    moment = read_value(field(FieldKind.DATETIME), "2026-11-22", READING)

    assert moment.isoformat() == "2026-11-21T10:00:00+00:00"
