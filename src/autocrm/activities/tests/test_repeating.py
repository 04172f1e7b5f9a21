"""Rules of repetition: what is read, that nothing is skipped or comes twice, that nine o'clock stays nine o'clock."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given
from hypothesis import strategies as st

from autocrm.activities.repeating import (
    Rule,
    anchored,
    describe,
    next_after_completion,
    next_on_schedule,
    occurrences,
    read_rule,
)
from autocrm.kernel.errors import Invalid

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda each: each.replace(tzinfo=UTC, second=0, microsecond=0)
)
weekly = st.builds(
    Rule,
    frequency=st.just("WEEKLY"),
    interval=st.integers(1, 4),
    by_day=st.lists(st.sampled_from(DAYS), unique=True, max_size=3).map(
        lambda names: tuple((0, each) for each in names)
    ),
)
daily = st.builds(Rule, frequency=st.just("DAILY"), interval=st.integers(1, 10))
monthly = st.builds(
    Rule,
    frequency=st.just("MONTHLY"),
    interval=st.integers(1, 3),
    by_day=st.sampled_from([(), ((1, "MO"),), ((-1, "FR"),), ((2, "WE"), (4, "WE"))]),
)
yearly = st.builds(Rule, frequency=st.just("YEARLY"), interval=st.integers(1, 2))
ends = st.one_of(st.none(), st.integers(1, 20))
rules = st.one_of(daily, weekly, monthly, yearly)


@given(rules, moments, zones)
def test_the_times_are_those_of_dateutil_on_the_wall_clock(rule: Rule, starts_at: datetime, zone: ZoneInfo) -> None:
    wall = starts_at.astimezone(zone).replace(tzinfo=None)
    expected = rrule.rrulestr(rule.text, dtstart=wall)

    found = [each.at for each in islice(occurrences(rule, starts_at, zone), 15)]

    walls = [wall, *(each for each in islice(expected, 16) if each > wall)][: len(found)]
    assert found == [starts_at, *(each.replace(tzinfo=zone).astimezone(UTC) for each in walls[1:])]


@given(rules, moments, zones, ends)
def test_done_in_time_each_one_is_followed_by_the_next(
    rule: Rule, starts_at: datetime, zone: ZoneInfo, count: int | None
) -> None:
    rule = Rule(rule.frequency, rule.interval, rule.by_day, count=count)
    expected = list(islice(occurrences(rule, starts_at, zone), 12))

    found = [expected[0]]
    while len(found) < 12:
        last = found[-1].at
        coming = next_on_schedule(rule, starts_at, zone, first_number=1, after=last, moment=last)
        if coming is None:
            break
        found.append(coming)

    assert found == expected
    assert [each.number for each in found] == list(range(1, len(found) + 1))


@given(rules, moments, zones, st.integers(0, 400))
def test_what_was_missed_is_passed_by_and_still_counted(
    rule: Rule, starts_at: datetime, zone: ZoneInfo, days_late: int
) -> None:
    moment = starts_at + timedelta(days=days_late)

    coming = next_on_schedule(rule, starts_at, zone, first_number=1, after=starts_at, moment=moment)

    assert coming is not None
    assert coming.at.astimezone(zone).date() >= moment.astimezone(zone).date()
    everything = list(islice(occurrences(rule, starts_at, zone), coming.number))
    assert everything[-1] == coming
    today = moment.astimezone(zone).date()
    assert all(each.at.astimezone(zone).date() < today for each in everything[1:-1])


@given(st.one_of(daily, weekly), moments, zones, st.integers(0, 60))
def test_after_completion_is_counted_from_the_day_it_was_done(
    rule: Rule, occurred: datetime, zone: ZoneInfo, days_late: int
) -> None:
    moment = occurred + timedelta(days=days_late)

    coming = next_after_completion(rule, occurred, zone, number=3, moment=moment)

    assert coming is not None
    assert coming.number == 4
    ahead = (coming.at.astimezone(zone).date() - moment.astimezone(zone).date()).days
    assert 0 < ahead <= rule.interval * 7 + 7
    assert rule.frequency == "WEEKLY" or ahead == rule.interval


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=10", "Every 2 weeks on Monday, Friday, 10 times"),
        ("FREQ=MONTHLY;BYDAY=1MO", "Every month on the first Monday"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "Every month on the last Friday"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "Every month on day 15"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "Every month on the last day"),
        ("FREQ=MONTHLY;BYMONTH=1,7;BYMONTHDAY=1", "Every month in January, July on day 1"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "Every month on the last day"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", "Every month on day 30"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "Every month on BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    ],
)
def test_a_rule_says_on_which_days(rule: str, said: str) -> None:
    assert describe(read_rule(rule)) == said


def test_nine_oclock_stays_nine_oclock_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    starts_at = datetime(2026, 3, 27, 9, 0, tzinfo=zone)

    found = [each.at for each in islice(occurrences(read_rule("FREQ=DAILY"), starts_at, zone), 4)]

    assert [each.astimezone(zone).strftime("%d %H:%M") for each in found] == [
        "27 09:00",
        "28 09:00",
        "29 09:00",
        "30 09:00",
    ]
    assert found[2] - found[1] == timedelta(hours=23)


def test_an_hour_that_the_change_leaves_out_is_an_hour_later_and_one_that_comes_twice_is_the_first() -> None:
    zone = ZoneInfo("America/New_York")

    spring = [
        each.at
        for each in islice(occurrences(read_rule("FREQ=DAILY"), datetime(2026, 3, 7, 2, 30, tzinfo=zone), zone), 3)
    ]
    autumn = [
        each.at
        for each in islice(occurrences(read_rule("FREQ=DAILY"), datetime(2026, 10, 31, 1, 30, tzinfo=zone), zone), 3)
    ]

    assert [each.astimezone(zone).strftime("%d %H:%M") for each in spring] == ["07 02:30", "08 03:30", "09 02:30"]
    assert [each.astimezone(zone).strftime("%d %H:%M %Z") for each in autumn] == [
        "31 01:30 EDT",
        "01 01:30 EDT",
        "02 01:30 EST",
    ]


@pytest.mark.parametrize(
    ("frequency", "start", "expected"),
    [
        ("MONTHLY", date(2026, 1, 31), ["31 Jan", "28 Feb", "31 Mar", "30 Apr"]),
        ("MONTHLY", date(2026, 1, 30), ["30 Jan", "28 Feb", "30 Mar", "30 Apr"]),
        ("MONTHLY", date(2026, 1, 15), ["15 Jan", "15 Feb", "15 Mar", "15 Apr"]),
        ("YEARLY", date(2028, 2, 29), ["29 Feb", "28 Feb", "28 Feb", "28 Feb"]),
    ],
)
def test_the_last_days_of_a_month_do_not_fall_out(frequency: str, start: date, expected: list[str]) -> None:
    rule = anchored(read_rule(f"FREQ={frequency}"), start)
    starts_at = datetime(start.year, start.month, start.day, 9, tzinfo=UTC)

    found = [f"{each.at:%d %b}" for each in islice(occurrences(rule, starts_at, ZoneInfo("UTC")), 4)]

    assert found == expected
    assert read_rule(rule.text) == rule


def test_a_series_ends_with_its_number_or_its_day() -> None:
    starts_at, zone = datetime(2026, 1, 1, 9, tzinfo=UTC), ZoneInfo("UTC")

    by_number = list(occurrences(read_rule("FREQ=DAILY;COUNT=3"), starts_at, zone))
    by_day = list(occurrences(read_rule("FREQ=DAILY;UNTIL=20260104"), starts_at, zone))
    later = list(occurrences(read_rule("FREQ=DAILY;COUNT=5"), starts_at, zone, first_number=4))

    assert [len(by_number), len(by_day)] == [3, 4]
    assert [each.number for each in later] == [4, 5]


@given(
    st.one_of(rules, st.builds(Rule, frequency=st.just("DAILY"), until=st.dates(date(2020, 1, 1), date(2099, 1, 1))))
)
def test_what_is_written_is_read_again(rule: Rule) -> None:
    assert read_rule(rule.text) == rule
    assert describe(rule)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ=HOURLY",
        "FREQ=SECONDLY;INTERVAL=1",
        "INTERVAL=2",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=1000",
        "FREQ=DAILY;COUNT=3;UNTIL=20300101",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=DAILY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=DAILY;UNTIL=20261399",
        "FREQ=DAILY;BYSECOND=1",
        "FREQ=DAILY\nATTENDEE:mailto:x@y.z",
        "FREQ=DAILY;COUNT=１",
        "A" * 400,
    ],
)
def test_anything_else_is_no_rule(text: str) -> None:
    with pytest.raises(Invalid):
        read_rule(text)


def test_a_day_that_never_comes_ends_in_bounded_time() -> None:
    rule = read_rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")

    found = list(occurrences(rule, datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC")))

    assert [each.number for each in found] == [1]
