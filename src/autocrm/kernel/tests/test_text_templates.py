"""The template language: says what it means, reaches nothing it was not given."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given, settings
from hypothesis import strategies as st

from autocrm.kernel.errors import Invalid
from autocrm.kernel.money import Money
from autocrm.kernel.template_filters import FILTERS, Rendering
from autocrm.kernel.templates import parse_template

VALUES = {
    "contact.first_name": "ana maría",
    "contact.nick": "",
    "contact.blank": "  ",
    "contact.nothing": None,
    "contact.title": "o'brien-smith, it's l'été",
    "contact.html": "<b>Bob & Co</b>",
    "contact.born_on": date(1990, 3, 31),
    "contact.seen_at": datetime(2026, 1, 1, 23, 30, tzinfo=UTC),
    "contact.opens": time(9, 30),
    "contact.age": 36,
    "contact.vip": True,
    "deal.amount": Money(123456, "EUR"),
    "deal.rate": Decimal("1234.5"),
    "deal.share": 0.25,
    "deal.tags": ["hot", None, 3],
    "deal.id": UUID(int=1),
    "deal.stage": gettext_lazy("Won"),
}


def render(source: Any, how: Any = Rendering()) -> Any:  # noqa: B008 - frozen
    return parse_template(source, names=VALUES).render(VALUES.get, how)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hello there", "Hello there"),
        ("", ""),
        ("Hello {{ contact.first_name }}!", "Hello ana maría!"),
        ("{{contact.first_name}}{{contact.age}}", "ana maría36"),
        ("{{ contact.first_name | title }}", "Ana María"),
        ('{{ contact.nick | default("there") }}', "there"),
        ("{{ contact.blank | default('there') }}", "there"),
        ('{{ contact.nothing | default("x") | upper }}', "X"),
        ('{{ contact.first_name | default("x") }}', "ana maría"),
        ("{{ contact.nothing }}", ""),
        ("{{ contact.title | title }}", "O'Brien-Smith, It's L'Été"),
        ("{{ contact.first_name | upper | lower | title | truncate(5) }}", "Ana…"),
        ("{{ contact.first_name | truncate(50) }}", "ana maría"),
        ("{{ contact.vip }}", "yes"),
        ("{{ contact.born_on }}", "03/31/1990"),
        ("{{ contact.born_on | date }}", "March 31, 1990"),
        ('{{ contact.born_on | date("Y-m-d") }}', "1990-03-31"),
        ('{{ contact.born_on | date("H:i") }}', "00:00"),
        ('{{ contact.seen_at | date("short") }}', "01/01/2026"),
        ('{{ contact.first_name | date("Y") }}', "ana maría"),
        ("{{ contact.opens }}", "9:30 a.m."),
        ("{{ deal.amount }}", "€1,234.56"),
        ("{{ deal.rate | number }}", "1,234.5"),
        ("{{ deal.rate | number(2) }}", "1,234.50"),
        ("{{ deal.share | number(1) }}", "0.2"),
        ("{{ contact.first_name | number }}", "ana maría"),
        ("{{ deal.tags }}", "hot, , 3"),
        ("{{ deal.id }}", "00000000-0000-0000-0000-000000000001"),
        ("{{ deal.stage }}", "Won"),
        ('{{ "{{ as is }}" }}', "{{ as is }}"),
        (r"""{{ 'it\'s "so"\\ \n' }}""", 'it\'s "so"\\ \n'),
        ("a { b } }} {% if x %} {# c #} $x ${x} #{x}", "a { b } }} {% if x %} {# c #} $x ${x} #{x}"),
        ("{{\n contact.age\n}}", "36"),
    ],
)
def test_what_a_template_says(source: Any, text: Any) -> None:
    assert render(source) == text


def test_values_are_written_as_the_reader_s_language_and_zone_have_it() -> None:
    german = Rendering(locale="de", zone=ZoneInfo("Europe/Berlin"))

    assert render("{{ deal.amount }}", german) == "1.234,56\N{NO-BREAK SPACE}€"
    assert render("{{ deal.rate | number(2) }}", german) == "1.234,50"
    assert render("{{ contact.seen_at }}", german) == "02.01.2026 00:30"
    assert render("{{ contact.born_on | date }}", german) == "31. März 1990"


def test_a_day_stays_the_day_it_is_in_every_zone() -> None:
    for hours in (-12, 0, 14):
        assert render("{{ contact.born_on }}", Rendering(zone=timezone(timedelta(hours=hours)))) == "03/31/1990"


def test_in_html_values_are_escaped_and_the_template_is_not() -> None:
    how = Rendering(html=True)

    assert render("<p>{{ contact.html }}</p>", how) == "<p>&lt;b&gt;Bob &amp; Co&lt;/b&gt;</p>"
    assert render('{{ contact.nick | default("<i>") | upper }}', how) == "&lt;I&gt;"
    assert render("{{ contact.html | truncate(4) }}", how) == "&lt;b&gt;…"


def test_a_template_knows_the_names_it_uses() -> None:
    template = parse_template('{{ contact.age }} {{ "x" }} {{ deal.rate|number }} {{ contact.age }}', names=VALUES)

    assert template.names == {"contact.age", "deal.rate"}


@pytest.mark.parametrize(
    "source",
    [
        "{{ contact.last_name }}",
        "{{ contact }}",
        "{{ contact.__class__ }}",
        "{{ contact.first_name.__class__ }}",
        "{{ __import__('os') }}",
        "{{ _private }}",
        "{{ contact.first_name.upper() }}",
        "{{ contact.first_name() }}",
        "{{ contact['first_name'] }}",
        "{{ contact.age + 1 }}",
        "{{ 1 }}",
        "{{ 7*7 }}",
        "{{ contact.age | system }}",
        "{{ contact.age | attr('__class__') }}",
        "{{ contact.age | format }}",
        "{{ contact.age | default }}",
        "{{ contact.age | default() }}",
        "{{ contact.age | default(3) }}",
        "{{ contact.age | default('a', 'b') }}",
        "{{ contact.age | default(contact.first_name) }}",
        "{{ contact.age | upper(1) }}",
        "{{ contact.age | truncate }}",
        "{{ contact.age | truncate(0) }}",
        "{{ contact.age | truncate(-1) }}",
        "{{ contact.age | truncate('5') }}",
        "{{ contact.age | truncate(99999999999) }}",
        "{{ contact.age | number(11) }}",
        "{{ contact.born_on | date('{}') }}",
        "{{ contact.born_on | date('e') }}",
        "{{ contact.age | }}",
        "{{ contact.age || upper }}",
        "{{ contact.age upper }}",
        "{{ contact.age | upper( }}",
        "{{ contact.age | default('a' }}",
        "{{ contact.age | default('a',) }}",
        "{{ | upper }}",
        "{{ }}",
        "{{}}",
        "{{ contact.age",
        "{{ contact.age }",
        "{{ 'open }}",
        "{{ {{ contact.age }} }}",
        "{{ contact..age }}",
        "{{ .age }}",
        "{{ contact.age. }}",
        "{{ contаct.age }}",
        "{{ contact.age" + " | upper" * 11 + " }}",
        "{{ contact.age }}" * 2001,
        "x" * 200_001,
    ],
)
def test_a_mistake_is_found_before_anything_is_sent(source: Any) -> None:
    with pytest.raises(Invalid) as caught:
        parse_template(source, names=VALUES)

    assert list(caught.value.fields) == ["template"]


def test_a_mistake_names_its_line_and_what_is_wrong() -> None:
    with pytest.raises(Invalid) as caught:
        parse_template("Hello\n\n{{ contact.shoe_size }}", names=VALUES)

    assert str(caught.value) == "Line 3: there is no field contact.shoe_size."


class Trap:
    """An object whose every way of being looked at says that the sandbox leaks."""

    def __str__(self, *_arguments: Any) -> None:
        raise AssertionError("executed")

    __repr__ = __format__ = __getattr__ = __getitem__ = __iter__ = __call__ = __bool__ = __len__ = __str__


@pytest.mark.parametrize(
    "make",
    [Trap, lambda: [Trap()], lambda: [["nested"]], lambda: {"a": 1}, lambda: b"bytes", object, lambda: 10**5000],
)
@pytest.mark.parametrize("use", ["", *(f"| {name}" for name in ("upper", "title", "number", "date"))])
def test_only_plain_values_are_written_and_no_object_s_code_runs(make: Any, use: Any) -> None:
    template = parse_template(f"{{{{ x {use} }}}}", names={"x"})

    with pytest.raises(Invalid):
        template.render(lambda _name: make())


def test_the_result_cannot_grow_past_its_cap() -> None:
    template = parse_template("{{ x }}" * 100, names={"x"})

    with pytest.raises(Invalid):
        template.render({"x": "a" * 100}.get, Rendering(max_length=9_999))
    assert len(template.render({"x": "a" * 100}.get, Rendering(max_length=10_000))) == 10_000


FRAGMENTS = st.sampled_from(
    ["{{", "}}", "|", "(", ")", ",", '"', "'", "\\", " ", "\n", "x", "contact.age", "contact.born_on", "deal.rate",
     ".", "_", "1", "-3", "__class__", "{%", *FILTERS, "default('a')", 'date("Y-m-d")', "number(2)", "truncate(3)"]
)  # fmt: skip
VALUE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text()
    | st.dates()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.times()
    | st.uuids()
    | st.builds(Money, st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(["EUR", "JPY", "KWD"]))
)


@settings(max_examples=1500)
@given(st.lists(FRAGMENTS, max_size=14).map("".join) | st.text(max_size=60))
def test_any_source_is_a_template_or_invalid(source: Any) -> None:
    try:
        template = parse_template(source, names={"x", "contact.age", "contact.born_on", "deal.rate"})
    except Invalid:
        return
    assert template.names <= {"x", "contact.age", "contact.born_on", "deal.rate"}
    template.render(VALUES.get)


@settings(max_examples=500)
@given(
    value=VALUE | st.lists(VALUE, max_size=3),
    chain=st.lists(
        st.sampled_from(
            [
                "default('a')",
                "upper",
                "lower",
                "title",
                "date",
                "date('d.m.y H:i')",
                "number",
                "number(3)",
                "truncate(4)",
            ]
        ),
        max_size=4,
    ),
    locale=st.sampled_from(["en", "de", "xx", "zh-hans"]),
    zone=st.sampled_from([UTC, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Los_Angeles")]),
    html=st.booleans(),
)
def test_any_plain_value_goes_through_any_filters(value: Any, chain: Any, locale: Any, zone: Any, html: Any) -> None:
    source = "{{ " + " | ".join(["x", *chain]) + " }}"
    template = parse_template(source, names={"x"})

    text = template.render({"x": value}.get, Rendering(locale=locale, zone=zone, html=html))

    assert isinstance(text, str)
    if html:
        assert "<" not in text
        assert '"' not in text


@given(st.text(max_size=80).filter(lambda text: "{{" not in text))
def test_text_without_placeholders_comes_out_as_it_went_in(text: Any) -> None:
    assert render(text) == text
