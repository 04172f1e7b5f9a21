"""What stands in an editor when it opens: a value as its reader types it, the same when it comes back."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.utils import translation

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.schema import Option
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.editors import control_for, read_posted
from autocrm.records.fields import Field
from autocrm.records.looks import Look
from autocrm.records.values import Reading, read_value

LOOK: Any = Look(None, Actor.system(1), "USD")  # type: ignore[arg-type]
LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("kind", "places", "stored", "english", "german"),
    [
        (FieldKind.CURRENCY, None, 6_204_000_000, "62040000", "62040000"),
        (FieldKind.CURRENCY, None, 123_450, "1234.50", "1234,50"),
        (FieldKind.CURRENCY, None, -5, "-0.05", "-0,05"),
        (FieldKind.CURRENCY, 0, 1_234, "1234", "1234"),
        (FieldKind.CURRENCY, 3, 1_234, "1.234", "1,234"),
        (FieldKind.CURRENCY, None, LARGEST, "92233720368547758.07", "92233720368547758,07"),
        (FieldKind.NUMBER, None, 0, "0", "0"),
        (FieldKind.NUMBER, None, LARGEST, "9223372036854775807", "9223372036854775807"),
        (FieldKind.NUMBER, 4, 125_000, "12.5", "12,5"),
        (FieldKind.NUMBER, 4, 1_000_000, "100", "100"),
        (FieldKind.PERCENT, 1, 125, "12.5", "12,5"),
        (FieldKind.PERCENT, 3, 1_234, "1.234", "1,234"),
    ],
)
def test_a_number_opens_as_its_reader_types_it_and_comes_back_the_same(
    kind: FieldKind, places: int | None, stored: int, english: str, german: str
) -> None:
    field = Field(key="x", label="X", kind=kind, decimal_places=places, nullable=True)

    for language, written in (("en", english), ("de", german)):
        with translation.override(language):
            control = control_for(field, LOOK, name="value", record=SimpleNamespace(x=stored))
            posted = QueryDict(mutable=True)
            posted["value"] = control.value
            back = read_posted(field, posted, "value", actor=LOOK.actor)

        assert control.value == written
        assert read_value(field, back, Reading(ZoneInfo("UTC"))) == stored


def test_a_choice_that_is_offered_no_more_stays_in_the_editor_of_the_record_that_has_it() -> None:
    options = (Option("new", "New"), Option("old", "Old", active=False), Option("won", "Won"))
    one = Field(key="x", label="X", kind=FieldKind.SELECT, options=options, required=True, nullable=True)
    several = replace(one, kind=FieldKind.MULTI_SELECT)

    def offered(field: Field, value: Any) -> list[tuple[str, bool]]:
        control = control_for(field, LOOK, name="value", record=SimpleNamespace(x=value))
        return [(choice.value, choice.selected) for choice in control.choices]

    assert offered(one, "old") == [("new", False), ("old", True), ("won", False)]
    assert offered(several, ["old", "won"]) == [("new", False), ("old", True), ("won", True)]
    # And where none stands yet, none looks chosen.
    assert offered(one, None) == [("", False), ("new", False), ("won", False)]
    again = control_for(one, LOOK, name="x", typed=[""], error="This is required.")
    assert next(iter(again.choices)).value == ""
