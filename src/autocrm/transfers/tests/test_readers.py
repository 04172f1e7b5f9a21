"""Cells into values: what is read at a glance is what the record engine reads; further forms mean what they say."""

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autocrm.kernel.actors import Actor
from autocrm.kernel.field_kinds import NUMERIC_KINDS
from autocrm.kernel.text import unguarded
from autocrm.records.fields import Field
from autocrm.records.registry import record_types
from autocrm.records.values import Reading, Unreadable, read_value
from autocrm.transfers import readers
from autocrm.transfers.mapping import Formats, date_order_of, decimal_sign_of, suggest_formats, suggest_mapping
from autocrm.transfers.readers import compile_reader, iso_date, plain_number

READING = Reading(ZoneInfo("Europe/Oslo"))
FIELDS = {
    f"{record_type.key}.{field.key}": field
    for record_type in record_types
    for field in record_type.fields
    if field.editable and not readers.names_something(field)
    # Numbers take more forms in a file than over the API.
    if field.kind not in NUMERIC_KINDS
}
LIKELY = st.sampled_from(
    (
        *("yes", "No", "lead", "Customer", "2026-11-22", "2026-11-22 14:30", "12.50", "-3", "1e5", "NaN"),
        *("a@b.example", "A.b+c@x-y.example", "a.@b.example", "+1 (212) 555-0100", "Zoë", "  spaced  ", "two\nlines"),
        *("www.example.com", "http://a.example/x?y=1", "https://x.example:80", "http://-x.example"),
        *("tab\tbed", "x" * 300, "1,234.56"),
    )
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30) | LIKELY


def said(read: Any, *arguments: Any) -> Any:
    try:
        return read(*arguments)
    except Unreadable as error:
        return f"unreadable: {error}"


@pytest.mark.parametrize("name", FIELDS)
def test_readers_agree_with_the_record_engine(name: str) -> None:
    field = FIELDS[name]
    read = compile_reader(field, "", READING)

    @settings(max_examples=60, deadline=None)
    @given(TEXT)
    def check(text: str) -> None:
        assume(text.strip())

        assert said(read, text) == said(read_value, field, text, READING)
        assert said(read, text) == said(read_value, field, text, READING), "the second time from memory"

    check()


@pytest.mark.parametrize("pattern", [readers._PLAIN_EMAIL, readers._PLAIN_URL])
def test_what_passes_at_a_glance_passes_the_validators(pattern: Any) -> None:
    field = FIELDS["contact.email" if pattern is readers._PLAIN_EMAIL else "contact.website"]

    @settings(max_examples=400, deadline=None)
    @given(st.from_regex(pattern, fullmatch=True))
    def check(text: str) -> None:
        assert said(compile_reader(field, "", READING), text) == said(read_value, field, text, READING)

    check()


@pytest.mark.parametrize(
    ("text", "sign", "number"),
    [
        ("1100.04", ".", "1100.04"),
        ("$1,100.04", ".", "1100.04"),
        ("1.100,04 €", ",", "1100.04"),
        ("EUR 1 100,5", ",", "1100.5"),
        ("12,34,567.8", ".", "1234567.8"),
        ("1'000'000", ".", "1000000"),
        ("(12.50)", ".", "-12.50"),
        ("-7", ",", "-7"),
        ("+ 7", ".", None),
        ("85 %", ".", "85"),
        (".5", ".", "0.5"),
        ("1,2", ".", None),
        ("1.2.3", ".", None),
        ("52,5O", ".", None),
        ("abc", ".", None),
        ("12 apples", ".", None),
        ("-", ".", None),
    ],
)
def test_numbers_as_people_write_them(text: str, sign: str, number: str | None) -> None:
    found = said(plain_number, text, sign)

    assert found == (Decimal(number) if number is not None else "unreadable: This is not a number.")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_grouped_numbers_mean_the_same_with_either_sign(number: Decimal) -> None:
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))

    assert plain_number(english, ".") == plain_number(german, ",") == number


@pytest.mark.parametrize(
    ("text", "order", "iso"),
    [
        ("22.11.2026", "dmy", "2026-11-22"),
        ("11/22/2026", "mdy", "2026-11-22"),
        ("2026/11/22", "mdy", "2026-11-22"),
        ("22/11/26", "dmy", "2026-11-22"),
        ("22-11-1999 4:05 pm", "dmy", "1999-11-22T16:05:00"),
        ("22 Nov 2026", "mdy", "2026-11-22"),
        ("November 22, 2026", "dmy", "2026-11-22"),
        ("22.11", "dmy", None),
        ("some day", "dmy", None),
    ],
)
def test_dates_as_people_write_them(text: str, order: str, iso: str | None) -> None:
    assert iso_date(text, order) == iso


def test_impossible_dates_are_no_dates() -> None:
    read = compile_reader(FIELDS["contact.next_follow_up_on"], "dmy", READING)

    assert said(read, "31.02.2026").startswith("unreadable")
    assert str(said(read, "28.02.2026")) == "2026-02-28"


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        (["1.5", "2"], "."),
        (["1,5"], ","),
        (["1.234,5"], ","),
        (["1,234.5"], "."),
        (["1,234,567"], "."),
        (["1,234"], ""),
    ],
)
def test_the_decimal_sign_is_told_by_the_values(values: list[str], sign: str) -> None:
    assert decimal_sign_of(values) == sign


@pytest.mark.parametrize(
    ("values", "locale", "order"),
    [
        (["2026-11-02"], "en", "ymd"),
        (["02/11/2026", "22/11/2026"], "en", "dmy"),
        (["11/02/2026", "11/22/2026"], "de", "mdy"),
        (["02.11.2026"], "en", "dmy"),
        (["02/11/2026"], "en", "mdy"),
        (["02/11/2026"], "de", "dmy"),
    ],
)
def test_the_order_of_dates_is_told_by_the_values(values: list[str], locale: str, order: str) -> None:
    assert date_order_of(values, locale=locale) == order


def formats(dates: dict[str, list[str]], below: list[list[str]] | None = None, locale: str = "en") -> Any:
    """How the dates of these columns are written, by the first rows and by those below."""
    keys = dict(zip(dates, ("next_follow_up_on", "last_contact_at"), strict=False))
    sample = [list(row) for row in zip(*dates.values(), strict=True)]
    table = SimpleNamespace(source="text", columns=list(dates), sample=sample)
    actor = replace(Actor.system(1), locale=locale)
    return suggest_formats(record_types.get("contact"), table, keys, more=lambda: below or [], actor=actor)


def test_rows_further_down_tell_what_the_first_leave_open() -> None:
    below = [["01/03/2026"]] * 3_000 + [["25/03/2026"]]

    assert formats({"Due": ["01/03/2026"]}, below) == Formats({"Due": "dmy"})
    assert formats({"Due": ["01/03/2026"]}, below[:10]) == Formats({"Due": "mdy"}, frozenset({"Due"}))


def test_a_column_of_dates_follows_the_other_one_before_the_language() -> None:
    found = formats({"Due": ["01/03/2026"], "Seen": ["25/03/2026"]})

    assert found == Formats({"Due": "dmy", "Seen": "dmy"})


def test_dates_that_leave_no_choice_are_no_guess() -> None:
    assert not formats({"Due": ["3 March 2026", ""], "Seen": ["", ""]}).unsure
    assert not formats({"Due": ["2026-03-01"]}).unsure


def test_the_apostrophe_of_an_export_is_taken_off_again() -> None:
    assert [unguarded(text) for text in ("'=1+1", "'+47 1", "'tis", "x")] == ["=1+1", "+47 1", "'tis", "x"]


def test_columns_are_recognised_by_names_aliases_and_values() -> None:
    columns = ["Vorname", "Surname", "E-Mail Address", "what", "Lead Source", "Company Name", "e-mail 2", "Phone_1"]
    sample = [["Ana", "Silva", "", "https://a.example", "Fair", "Globex", "", ""]]

    found = suggest_mapping(record_types.get("contact"), columns, sample, actor=Actor.system(1))

    # German, though whoever asks reads English: files come in other languages than one's own.
    assert found == {
        "Vorname": "first_name",
        "Surname": "last_name",
        "E-Mail Address": "email",
        "what": "website",
        "Lead Source": "source",
        "Company Name": "company",
        "e-mail 2": "email2",
        "Phone_1": "phone",
    }


def test_a_field_that_may_not_be_written_is_not_suggested(bob: Any) -> None:
    found = suggest_mapping(record_types.get("contact"), ["First name", "Source"], [], actor=bob.actor)

    assert found == {"First name": "first_name"}


def test_a_list_from_memory_is_a_new_list() -> None:
    field = Field(key="x", label="x", kind=FIELDS["contact.type"].kind)
    read = readers.remembered(lambda text: [text])

    assert read("a") == read("a")
    assert read("a") is not read("a")
    assert field.key == "x"
