"""Money: exact in, exact out, never mixed."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrm.kernel.errors import Invalid
from autocrm.kernel.money import EXPONENTS, MAX_MINOR, Money, format_money, parse_money, parse_number, total

currencies = st.sampled_from(sorted(EXPONENTS))
amounts = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("text", "minor", "currency"),
    [
        ("1.234,56", 123456, "EUR"),
        ("1,234.56", 123456, "EUR"),
        ("1 234,56", 123456, "EUR"),
        ("1\N{NO-BREAK SPACE}234,56 €", 123456, "EUR"),
        ("1\N{NARROW NO-BREAK SPACE}234,5", 123450, "EUR"),
        ("1'234.56 CHF", 123456, "CHF"),
        ("1’234.56", 123456, "EUR"),
        ("12,34,567.89", 123456789, "EUR"),
        ("1.234.567", 123456700, "EUR"),
        ("0.5", 50, "EUR"),
        (".5", 50, "EUR"),
        (",50", 50, "EUR"),
        ("5.", 500, "EUR"),
        ("1234", 123400, "EUR"),
        ("1234.5", 123450, "EUR"),
        ("0,500", 50, "EUR"),
        ("1234,500", 123450, "EUR"),
        ("$1,234.56", 123456, "USD"),
        ("US$ 5", 500, "USD"),
        ("R$ 1.234,56", 123456, "BRL"),
        ("Fr. 5", 500, "CHF"),
        ("12 Kč", 1200, "CZK"),
        ("GBP 12", 1200, "GBP"),
        ("12 usd", 1200, "USD"),
        ("￥１２", 12, "JPY"),
        ("-12.50", -1250, "EUR"),
        ("12.50-", -1250, "EUR"),
        ("−12.50", -1250, "EUR"),
        ("€ -12.50", -1250, "EUR"),
        ("-€12.50", -1250, "EUR"),
        ("(12.50)", -1250, "EUR"),
        ("(€12.50)", -1250, "EUR"),
        ("+12", 1200, "EUR"),
        ("JPY 1,234", 1234, "JPY"),
        ("1.2345 CLF", 12345, "CLF"),
    ],
)
def test_amounts_as_people_write_them(text: Any, minor: Any, currency: Any) -> None:
    assert parse_money(text, currency="EUR") == Money(minor, currency)


@pytest.mark.parametrize("locale", ["de", "fr"])
def test_a_lone_point_is_read_as_the_locale_says(locale: Any) -> None:
    assert parse_money("1.234", currency="EUR", locale=locale) == Money(123400, "EUR")


def test_a_lone_point_divides_decimals_where_the_locale_says_so() -> None:
    with pytest.raises(Invalid):
        parse_money("1.234", currency="EUR", locale="en")
    assert parse_money("1.234", currency="KWD", locale="en") == Money(1234, "KWD")


def test_a_dollar_sign_means_the_tenant_s_dollar() -> None:
    assert parse_money("$5", currency="CAD").currency == "CAD"
    assert parse_money("£5", currency="EGP").currency == "EGP"
    assert parse_money("£5", currency="EUR").currency == "GBP"


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "abc", "EUR", "€", ".", ",", "-", "1.234", "1,234", "12.345", "0.001", "1.2.3,4,5",
        "1,23,4", "1.23.456,7.8", "12 34", "1 2", "5 EUR USD", "EUR 5 EUR", "--5", "1-2", "1e5", "0x10",
        "5 ZZZ", "5%", "٣", "NaN", "Infinity", "1_000", "99999999999999999999", "9" * 70, "1.234 567,89",
        "1,,234", "1..5", "=1+1", "5\x00",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(text: Any) -> None:
    with pytest.raises(Invalid) as caught:
        parse_money(text, currency="EUR")

    assert set(caught.value.fields) <= {"amount", "currency"}


@given(st.text(max_size=30))
def test_any_text_ends_in_money_or_invalid(text: Any) -> None:
    try:
        money = parse_money(text, currency="EUR")
    except Invalid:
        return
    assert isinstance(money.minor, int)


@given(amounts, currencies, st.sampled_from(["en", "de", "fr", "de-ch", "pl", "ja", "hi", "sv"]))
def test_what_is_formatted_reads_back_the_same(minor: Any, currency: Any, locale: Any) -> None:
    money = Money(minor, currency)

    assert parse_money(format_money(money, locale=locale), currency=currency, locale=locale) == money


@given(amounts, currencies)
def test_text_and_decimal_are_exact(minor: Any, currency: Any) -> None:
    money = Money(minor, currency)

    assert Money.of(money.amount, currency) == money
    assert Money.of(str(money).partition(" ")[0], currency) == money


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(123456, "EUR"), "en", "€1,234.56"),
        (Money(123456, "EUR"), "de", "1.234,56\N{NO-BREAK SPACE}€"),
        (Money(-123456, "USD"), "en", "-$1,234.56"),
        (Money(1234, "JPY"), "en", "¥1,234"),
        (Money(1234567, "KWD"), "en", "KWD\N{NO-BREAK SPACE}1,234.567"),
        (Money(0, "CHF"), "de", "0,00\N{NO-BREAK SPACE}CHF"),
        (Money(9007199254740993, "EUR"), "en", "€90,071,992,547,409.93"),
    ],
)
def test_formats(money: Any, locale: Any, text: Any) -> None:
    assert format_money(money, locale=locale) == text


@given(amounts, amounts, amounts, currencies)
def test_arithmetic_is_that_of_whole_numbers(one: Any, two: Any, three: Any, currency: Any) -> None:
    a, b, c = Money(one, currency), Money(two, currency), Money(three, currency)

    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a - b == -(b - a)
    assert a + b - b == a
    assert a * 3 == a + a + a == 3 * a
    assert total([a, b, c], currency).minor == one + two + three
    assert (a < b, a <= b, a > b, a >= b) == (one < two, one <= two, one > two, one >= two)
    assert abs(a).minor == abs(one)
    assert bool(a) == (one != 0)


@given(amounts, st.lists(st.integers(0, 1000), min_size=1, max_size=20).filter(any))
def test_splitting_loses_nothing_and_is_fair(minor: Any, weights: Any) -> None:
    parts = Money(minor, "EUR").allocate(weights)

    assert sum(part.minor for part in parts) == minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - Decimal(minor) * weight / sum(weights)) < len(weights)
        assert weight or part.minor == 0


def test_currencies_never_mix() -> None:
    euro, dollar = Money(1, "EUR"), Money(1, "USD")

    for mix in (
        lambda: euro + dollar,
        lambda: euro - dollar,
        lambda: euro < dollar,
        lambda: euro >= dollar,
        lambda: total([euro, dollar], "EUR"),
    ):
        with pytest.raises(Invalid) as caught:
            mix()
        assert caught.value.code == "mixed_currencies"
    assert euro != dollar


def test_rounding_happens_once_and_as_asked() -> None:
    assert Money(105, "EUR").times(Decimal("0.5")) == Money(52, "EUR")
    assert Money(105, "EUR").times(Decimal("0.5"), rounding=ROUND_HALF_UP) == Money(53, "EUR")
    assert Money(10_000, "USD").converted(Decimal("151.235"), "JPY") == Money(15124, "JPY")
    assert Money(15124, "JPY").converted(Decimal("0.0066"), "KWD") == Money(99818, "KWD")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Money(1, "XXX"),
        lambda: Money(1, "eur"),
        lambda: Money(MAX_MINOR + 1, "EUR"),
        lambda: Money(MAX_MINOR, "EUR") + Money(1, "EUR"),
        lambda: Money.of("0.001", "EUR"),
        lambda: Money.of(Decimal("NaN"), "EUR"),
        lambda: Money.of(Decimal("1E+400"), "EUR"),
        lambda: Money.of(1, "???"),
        lambda: Money(1, "EUR").allocate([0]),
        lambda: Money(1, "EUR").allocate([2, -1]),
    ],
)
def test_impossible_money_cannot_be_made(make: Any) -> None:
    with pytest.raises(Invalid):
        make()


@pytest.mark.parametrize(
    ("text", "locale", "number"),
    [
        ("1,234.5", "en", "1234.5"),
        ("12 345,67", "en", "12345.67"),
        ("12345,67", "en", "12345.67"),
        ("1,234", "en", "1234"),
        ("1,234", "de", "1.234"),
        ("1.234", "de", "1234"),
        ("1.234,5", "de", "1234.5"),
        ("12.50", "de", "12.50"),
        ("-3", "en", "-3"),
        ("(3)", "en", "-3"),
        ("0", "en", "0"),
    ],
)
def test_a_number_is_read_as_its_reader_writes_it(text: str, locale: str, number: str) -> None:
    assert parse_number(text, locale=locale) == Decimal(number)


@pytest.mark.parametrize("text", ["12e", "", "1,2,3.4.5", "twelve", "1-2", "$5", "9" * 5000])
def test_what_is_no_number_is_not_made_one(text: str) -> None:
    assert parse_number(text, locale="en") is None
