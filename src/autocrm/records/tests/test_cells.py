"""Values in words and back: what the journal keeps is said again as it was."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.schema import Option
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.cells import say
from autocrm.records.fields import Field
from autocrm.records.looks import Look
from autocrm.records.values import plain_value, stored_value

LOOK: Any = Look(None, Actor.system(1), "USD")  # type: ignore[arg-type]


def field(kind: FieldKind, **more: Any) -> Field:
    return Field(key="x", label="X", kind=kind, nullable=True, **more)


@pytest.mark.parametrize(
    ("declared", "value", "words"),
    [
        (field(FieldKind.TEXT), "Buyer", "Buyer"),
        (field(FieldKind.CURRENCY), 110004, "$1,100.04"),
        (field(FieldKind.NUMBER), 2822, "2,822"),
        (field(FieldKind.NUMBER, extra={"ungrouped": True}), 1996, "1996"),
        (field(FieldKind.NUMBER, decimal_places=2), 1250, "12.50"),
        (field(FieldKind.PERCENT, decimal_places=1), 125, "12.5%"),
        (field(FieldKind.BOOLEAN), True, "yes"),
        (field(FieldKind.SELECT, options=(Option("lead", "Lead"),)), "lead", "Lead"),
        (field(FieldKind.DATE), date(2020, 3, 31), "31 Mar 2020"),
        (field(FieldKind.DATETIME), datetime(2020, 3, 31, 9, 30, tzinfo=UTC), "31 Mar 2020, 09:30"),
        (field(FieldKind.MULTI_SELECT, options=(Option("a", "A"), Option("b", "B"))), ["a", "b"], "A, B"),
        (field(FieldKind.TEXT), "", ""),
        (field(FieldKind.DATE), None, ""),
    ],
)
def test_a_stored_value_is_said_the_same_after_a_stay_in_the_journal(declared: Field, value: Any, words: str) -> None:
    assert say(declared, value, LOOK) == words
    assert say(declared, stored_value(declared, plain_value(declared, value)), LOOK) == words
