"""How dates, numbers and money read."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from autocrm.kernel import clock
from autocrm.ui import formatting

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with translation.override("en"), timezone.override("UTC"):
        yield


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "just now"),
        (NOW - timedelta(seconds=20), "just now"),
        (NOW + timedelta(seconds=20), "now"),
        (NOW - timedelta(minutes=5), "5 min ago"),
        (NOW + timedelta(minutes=30), "in 30 min"),
        (NOW - timedelta(hours=2, minutes=10), "2 h ago"),
        (NOW + timedelta(hours=3), "in 3 h"),
        (NOW - timedelta(hours=20), "Yesterday"),
        (NOW + timedelta(days=1), "Tomorrow"),
        (datetime(2026, 11, 6, 9, tzinfo=UTC), "6 Nov"),
        (datetime(2025, 11, 6, 9, tzinfo=UTC), "6 Nov 2025"),
        (date(2026, 11, 24), "Today"),
        (date(2026, 11, 23), "Yesterday"),
    ],
)
def test_ago_uses_the_fewest_words_that_are_exact_enough(moment: date | datetime, words: str) -> None:
    assert formatting.ago(moment) == words


def test_a_moment_belongs_to_the_readers_day() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)

    with timezone.override("Asia/Tokyo"):
        assert formatting.ago(late).endswith("h ago")
        assert formatting.clock_time(late) == "08:30"
    assert formatting.ago(late) == "Yesterday"


def test_a_date_is_shown_as_it_is_in_every_zone() -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        with timezone.override(zone):
            assert formatting.day(date(2026, 12, 12)) == "12 Dec"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 24), "today"),
        (date(2026, 11, 25), "in 1 day"),
        (date(2026, 12, 12), "in 18 days"),
        (date(2026, 11, 19), "5 days overdue"),
    ],
)
def test_until_counts_days_to_a_deadline(day: date, words: str) -> None:
    assert formatting.until(day) == words


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (2_676_800, "USD", "$26,768.00"),
        (5, "EUR", "€0.05"),
        (-150, "GBP", "-£1.50"),
        (26_768, "JPY", "¥26,768"),
        (1_234_567, "KWD", "KWD\N{NO-BREAK SPACE}1,234.567"),
    ],
)
def test_money_knows_the_minor_unit_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert formatting.money(minor, currency) == text


def test_money_without_cents_rounds() -> None:
    assert formatting.money(2_676_850, "USD", decimals=0) == "$26,769"
    assert formatting.money(1_000, "JPY", decimals=0) == "¥1,000"


def test_numbers_follow_the_readers_language() -> None:
    assert formatting.number(1284) == "1,284"
    assert formatting.number(Decimal("52.50")) == "52.5"
    with translation.override("de"):
        assert formatting.number(1284) == "1.284"
        assert formatting.amount(2_676_800, "EUR", decimals=0) == "26.768"
        assert formatting.compact_number(26_768) == "26,8 Tsd."
        assert formatting.compact_number(1_234_567) == "1,2 Mio."
        assert formatting.compact_number(-2_500_000_000) == "-2,5 Mrd."
        assert formatting.money(2_676_800, "EUR") == "26.768,00\N{NO-BREAK SPACE}€"


@pytest.mark.parametrize(
    ("value", "text"), [(940, "940"), (26_768, "26.8 k"), (1_234_567, "1.2 m"), (-150_000, "-150 k"), (0, "0")]
)
def test_compact_numbers_fit_a_tile(value: int, text: str) -> None:
    assert formatting.compact_number(value) == text


def test_percent_keeps_one_decimal_at_most() -> None:
    assert formatting.percent(63.14) == "63.1%"
    assert formatting.percent(40) == "40%"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ingrid Halvorsen", "IH"),
        ("Globex", "GL"),
        ("Mei-Mei van der Johns", "MJ"),
        ("", "?"),
        ("ö", "Ö"),
        ("- -", "?"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert formatting.initials(name) == letters


def test_a_name_keeps_its_hue_and_hues_are_spread() -> None:
    names = [f"Person {number}" for number in range(200)]

    hues = [formatting.hue(name) for name in names]

    assert hues == [formatting.hue(name) for name in names]
    assert set(hues) == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=45), "45 s"),
        (timedelta(minutes=80), "1 h 20 min"),
        (timedelta(days=2, hours=4, minutes=9), "2 d 4 h"),
    ],
)
def test_durations_show_their_two_largest_units(length: timedelta, text: str) -> None:
    assert formatting.duration(length) == text


def test_a_noun_within_a_sentence_is_written_as_its_language_does() -> None:
    assert formatting.noun("Contact") == "contact"
    with translation.override("de"):
        assert formatting.noun("Kontakt") == "Kontakt"


def test_dates_numbers_and_shares_follow_the_language() -> None:
    moment = datetime(2025, 11, 6, 9, tzinfo=UTC)

    with translation.override("de"):
        assert formatting.ago(datetime(2026, 11, 6, 9, tzinfo=UTC)) == "06.11."
        assert formatting.ago(moment) == "06.11.2025"
        assert formatting.day_long(moment) == "Donnerstag, 6. November 2025"
        assert formatting.day_full(moment) == "6. November 2025"
        assert formatting.percent(Decimal("63.14")) == "63,1 %"
        assert formatting.number(Decimal("26768.5")) == "26.768,5"
