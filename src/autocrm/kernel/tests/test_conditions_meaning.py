"""What the operators mean, by example: days in zones, money, people, changes. That SQL agrees is proved elsewhere."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrm.kernel.conditions.context import ChangeContext, ConditionContext
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.periods import shift_day, shift_instant, start_of_day
from autocrm.kernel.conditions.predicate import to_predicate
from autocrm.kernel.conditions.schema import RelatedRows, Storage
from autocrm.kernel.conditions.sql import to_q
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.tests.test_conditions_world import PERSON, Fields, Person, field

BERLIN, KOLKATA, NEW_YORK = (ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Kolkata", "America/New_York"))
ALICE, BOB = UUID(int=1), UUID(int=2)
# A Wednesday noon in Berlin; the week began on Monday 16 March, the quarter on 1 January.
WEDNESDAY = datetime(2026, 3, 18, 11, 0, tzinfo=UTC)
CONTEXT = ConditionContext(now=WEDNESDAY, tz=BERLIN, actor_user_id=ALICE, team_user_ids=frozenset({ALICE, BOB}))


def holds(row: Any, field_id: str, cmp: str, value: Any = None, context: ConditionContext = CONTEXT) -> bool:
    json = {"field": field_id, "cmp": cmp} | ({} if value is None else {"value": value})
    return to_predicate(parse(json, PERSON, trigger=context.change is not None), PERSON, context)(row)


def born(day: str, cmp: str, value: Any = None, context: ConditionContext = CONTEXT) -> bool:
    return holds({"born": day}, "born", cmp, value, context)


def seen(moment: str, cmp: str, value: Any = None, context: ConditionContext = CONTEXT) -> bool:
    return holds({"seen": moment}, "seen", cmp, value, context)


def rel(unit: str, n: int, anchor: str = "start") -> dict[str, Any]:
    return {"rel": {"unit": unit, "n": n, "anchor": anchor}}


@pytest.mark.parametrize(("cmp", "value", "first", "last"), [
    ("today", None, "2026-03-18", "2026-03-18"),
    ("yesterday", None, "2026-03-17", "2026-03-17"),
    ("tomorrow", None, "2026-03-19", "2026-03-19"),
    ("this", "week", "2026-03-16", "2026-03-22"),
    ("last", "week", "2026-03-09", "2026-03-15"),
    ("next", "week", "2026-03-23", "2026-03-29"),
    ("this", "month", "2026-03-01", "2026-03-31"),
    ("last", "month", "2026-02-01", "2026-02-28"),
    ("next", "month", "2026-04-01", "2026-04-30"),
    ("this", "quarter", "2026-01-01", "2026-03-31"),
    ("last", "quarter", "2025-10-01", "2025-12-31"),
    ("next", "year", "2027-01-01", "2027-12-31"),
    ("this", "fiscal_year", "2025-05-01", "2026-04-30"),
    ("this", "fiscal_quarter", "2026-02-01", "2026-04-30"),
    ("last", "fiscal_quarter", "2025-11-01", "2026-01-31"),
    ("in_last_n", {"n": 7, "unit": "day"}, "2026-03-11", "2026-03-18"),
    ("in_last_n", {"n": 1, "unit": "month"}, "2026-02-18", "2026-03-18"),
    ("in_next_n", {"n": 2, "unit": "week"}, "2026-03-18", "2026-04-01"),
    ("on", rel("month", -1), "2026-02-01", "2026-02-01"),
    ("on", rel("month", -1, "now"), "2026-02-18", "2026-02-18"),
    ("between", ["2026-03-02", rel("day", 1)], "2026-03-02", "2026-03-19"),
])  # fmt: skip
def test_a_period_is_these_days_and_no_others(cmp: str, value: Any, first: str, last: str) -> None:
    context = replace(CONTEXT, fiscal_year_start_month=5)
    before, after = (
        (date.fromisoformat(first) - timedelta(1)).isoformat(),
        (date.fromisoformat(last) + timedelta(1)).isoformat(),
    )

    assert [born(day, cmp, value, context) for day in (before, first, last, after)] == [False, True, True, False]
    for day, inside in ((before, False), (first, True), (after, False)):
        midnight = start_of_day(date.fromisoformat(day), BERLIN).isoformat()
        now_ends_it, now_begins_it = cmp == "in_last_n" and day == after, cmp == "in_next_n" and day == first
        if not (now_ends_it or now_begins_it):
            assert seen(midnight, cmp, value, context) is inside


def test_sides_of_a_day_and_of_now() -> None:
    assert [born(day, "before", "2026-03-18") for day in ("2026-03-17", "2026-03-18")] == [True, False]
    assert [born(day, "on_or_before", "2026-03-18") for day in ("2026-03-18", "2026-03-19")] == [True, False]
    assert [born(day, "after", "2026-03-18") for day in ("2026-03-18", "2026-03-19")] == [False, True]
    assert [born(day, "on_or_after", "2026-03-18") for day in ("2026-03-17", "2026-03-18")] == [False, True]
    assert [born(day, "in_past") for day in ("2026-03-17", "2026-03-18")] == [True, False]
    assert [born(day, "in_future") for day in ("2026-03-18", "2026-03-19")] == [False, True]
    assert seen("2026-03-18T10:59:59Z", "in_past")
    assert not seen("2026-03-18T11:00:00Z", "in_past")
    assert not seen("2026-03-18T11:00:00Z", "in_future")
    assert seen("2026-03-18T11:00:00Z", "in_last_n", {"n": 1, "unit": "minute"})
    assert not seen("2026-03-18T10:00:00Z", "more_than_n_ago", {"n": 1, "unit": "hour"})
    assert seen("2026-03-18T09:59:59Z", "more_than_n_ago", {"n": 1, "unit": "hour"})
    assert seen("2026-03-18T12:00:01Z", "more_than_n_ahead", {"n": 60, "unit": "minute"})
    assert seen("2026-03-18T10:30", "before", "2026-03-18T10:31")
    assert not seen("2026-03-18T10:30Z", "before", "2026-03-18T10:31+01:00")


def test_in_the_last_and_longer_ago_share_out_the_past() -> None:
    for days_ago in range(40):
        day = (date(2026, 3, 18) - timedelta(days_ago)).isoformat()
        span = {"n": 1, "unit": "month"}

        assert born(day, "in_last_n", span) is not born(day, "more_than_n_ago", span)


def test_a_day_is_the_day_of_the_zone() -> None:
    moment = "2026-03-17T23:30:00Z"

    assert seen(moment, "today")
    assert seen(moment, "today", context=replace(CONTEXT, tz=KOLKATA))
    assert seen(moment, "yesterday", context=replace(CONTEXT, tz=NEW_YORK))


def test_a_date_is_the_same_date_in_every_zone() -> None:
    late = ConditionContext(now=datetime(2026, 3, 18, 23, 30, tzinfo=UTC), tz=NEW_YORK)

    assert born("2026-03-18", "today", context=late)
    assert born("2026-03-19", "today", context=replace(late, tz=KOLKATA))


def test_the_day_the_clocks_change_has_23_or_25_hours() -> None:
    short, long = date(2026, 3, 29), date(2026, 10, 25)

    assert start_of_day(short + timedelta(1), BERLIN) - start_of_day(short, BERLIN) == timedelta(hours=23)
    assert start_of_day(long + timedelta(1), BERLIN) - start_of_day(long, BERLIN) == timedelta(hours=25)
    assert seen("2026-10-25T22:59:59Z", "on", "2026-10-25")
    assert not seen("2026-10-25T23:00:00Z", "on", "2026-10-25")


def test_a_day_whose_midnight_is_skipped_begins_at_the_jump_and_a_skipped_day_is_empty() -> None:
    sao_paulo, apia = ZoneInfo("America/Sao_Paulo"), ZoneInfo("Pacific/Apia")

    assert start_of_day(date(2018, 11, 4), sao_paulo) == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert start_of_day(date(2011, 12, 30), apia) == start_of_day(date(2011, 12, 31), apia)


def test_the_two_readings_of_a_doubled_hour_are_told_apart() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    second = first.replace(fold=1)
    context = replace(CONTEXT, now=datetime(2026, 10, 25, 1, 0, tzinfo=UTC))

    assert holds({"seen": first}, "seen", "in_past", context=context)
    assert holds({"seen": second}, "seen", "in_future", context=context)


def test_shifting_keeps_the_clock_and_the_end_of_the_month() -> None:
    assert shift_day(date(2026, 1, 31), 1, "month") == date(2026, 2, 28)
    assert shift_day(date(2024, 2, 29), -1, "year") == date(2023, 2, 28)
    morning = datetime(2026, 3, 28, 8, 0, tzinfo=BERLIN)
    assert shift_instant(morning, 1, "day", BERLIN) == datetime(2026, 3, 29, 8, 0, tzinfo=BERLIN)
    assert shift_instant(morning, 24, "hour", BERLIN) == datetime(2026, 3, 29, 9, 0, tzinfo=BERLIN)


def test_an_anniversary_is_day_and_month_of_any_year() -> None:
    assert born("1990-03-18", "anniversary")
    assert not born("1990-03-19", "anniversary")
    assert born("1990-03-25", "anniversary", {"n": 7, "unit": "day"})
    assert not born("1990-03-26", "anniversary", {"n": 7, "unit": "day"})
    assert born("1990-12-24", "anniversary", "2026-12-24")
    assert born("2000-02-29", "anniversary", "2026-02-28")
    assert not born("2000-02-29", "anniversary", "2024-02-28")
    assert seen("1999-03-17T23:30:00Z", "anniversary")


@given(
    st.integers(-(10**6), 10**6),
    st.decimals(-20_000, 20_000, places=4),
    st.sampled_from([0, 2, 3]),
    st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]),
)
def test_amounts_compare_exactly_in_major_units(minor: int, asked: Decimal, places: int, cmp: str) -> None:
    schema = Fields((field("price", FieldKind.CURRENCY, decimal_places=places),))
    condition = parse({"field": "price", "cmp": cmp, "value": str(asked)}, schema)
    price = Decimal(minor).scaleb(-places)

    expected = {"eq": price == asked, "ne": price != asked, "gt": price > asked, "gte": price >= asked,
                "lt": price < asked, "lte": price <= asked}[cmp]  # fmt: skip
    assert to_predicate(condition, schema, CONTEXT)({"price": minor}) is expected


def test_an_amount_in_another_currency_is_refused_rather_than_compared() -> None:
    json = {"field": "amount", "cmp": "gt", "value": 5, "opts": {"currency": "USD"}}
    condition = parse(json, PERSON)

    assert to_predicate(condition, PERSON, replace(CONTEXT, base_currency="USD"))({"amount": 501})
    for compiler in (to_q, to_predicate):
        with pytest.raises(Invalid, match="EUR"):
            compiler(condition, PERSON, CONTEXT)


def test_me_and_my_team() -> None:
    assert holds({"owner": ALICE}, "owner", "is_me")
    assert holds({"owner": str(BOB)}, "owner", "is_not_me")
    assert holds({"owner": BOB}, "owner", "in_my_team")
    assert holds({"owner": None}, "owner", "not_in_my_team")
    nobody = replace(CONTEXT, actor_user_id=None, team_user_ids=frozenset())
    assert not holds({"owner": None}, "owner", "is_me", context=nobody)
    assert holds({"owner": ALICE}, "owner", "not_in_my_team", context=nobody)


def test_related_fields_are_read_nested_dotted_or_from_objects() -> None:
    company = SimpleNamespace(name="Acme", pk=4, name_key="acme")

    assert holds({"company": {"id": 4, "name": "ACME"}}, "company.name", "is", "acme")
    assert holds({"company": 4, "company.name": "ACME"}, "company.name", "is", "acme")
    assert holds(SimpleNamespace(company=company), "company.name", "starts_with", "ac")
    assert holds(SimpleNamespace(company=None), "company.name", "is_empty")
    assert holds({"company": company}, "company", "is", 4)
    assert holds({"company": {"id": 4}}, "company", "any_of", [3, 4])
    through = Fields((replace(field("boss", FieldKind.TEXT), path="company__boss__name"),))
    condition = parse({"field": "boss", "cmp": "is_empty"}, through)
    assert to_predicate(condition, through, CONTEXT)(SimpleNamespace(company=SimpleNamespace(boss=None)))


def test_a_field_without_a_column_is_read_from_an_object_by_its_getter_only() -> None:
    schema = Fields(
        (field("nick", FieldKind.TEXT, path="", through=RelatedRows(Person.objects.all, "person", "name")),)
    )
    passes = to_predicate(parse({"field": "nick", "cmp": "is", "value": "x"}, schema), schema, CONTEXT)

    assert passes({"nick": ["a", "X"]})
    assert not passes({"nick": []})
    with pytest.raises(LookupError, match="getter"):
        passes(SimpleNamespace(nick="x"))


def test_ids_may_be_uuids_numbers_or_text() -> None:
    schema = Fields(
        (
            field("plan", FieldKind.SELECT, storage=Storage.UUID),
            field("rank", FieldKind.SELECT, storage=Storage.INTEGER),
            field("code", FieldKind.RELATION, storage=Storage.TEXT),
        )
    )

    def one(field_id: str, value: Any, stored: Any) -> bool:
        condition = parse({"field": field_id, "cmp": "is", "value": value}, schema)
        return to_predicate(condition, schema, CONTEXT)({field_id: stored})

    assert one("plan", str(ALICE), ALICE)
    assert one("rank", "3", 3)
    assert one("code", "x", "x")


def changed(old: Any, new: Any, cmp: str, value: Any = None, *, field_id: str = "stage", names: Any = None) -> bool:
    change = ChangeContext({field_id: old}, {field_id: new}, names)
    return holds({field_id: new}, field_id, cmp, value, replace(CONTEXT, change=change))


def test_states_before_and_after_a_change() -> None:
    assert changed("new", "won", "changed")
    assert not changed("won", "won", "changed")
    assert not changed(None, "", "changed")
    assert changed("new", "won", "changed_to", "won")
    assert not changed("won", "won", "changed_to", "won")
    assert changed("new", "won", "changed_from", "new")
    assert changed("won", "won", "was", "won")
    assert not changed(None, "won", "was", "won")
    assert changed(False, True, "changed_to", True, field_id="active")
    assert changed("Ann", "ÄNN", "changed_to", "änn", field_id="name")
    assert changed("2026-01-01", "2026-03-18", "changed_to", rel("day", 0), field_id="born")
    assert changed(["red"], ["red", "blue"], "changed", field_id="tags")
    assert not changed(["red", "blue"], ["blue", "red"], "changed", field_id="tags")


def test_the_journal_knows_better_than_a_comparison_what_changed() -> None:
    assert changed("won", "won", "changed", names=frozenset({"stage"}))
    assert not changed("new", "won", "changed", names=frozenset({"name"}))


def test_rises_and_falls() -> None:
    assert changed(100, 101, "increased", field_id="amount")
    assert not changed(100, 100, "increased", field_id="amount")
    assert changed(100, 99, "decreased", field_id="amount")
    assert not changed(None, 99, "increased", field_id="amount")
    assert changed("2026-01-01", "2026-01-02", "increased", field_id="born")
    assert changed("2026-01-01T00:00Z", "2025-01-02T00:00Z", "decreased", field_id="seen")
    assert changed(0, 1001, "changed_by_more_than", 10, field_id="amount")
    assert not changed(0, -1000, "changed_by_more_than", 10, field_id="amount")
    assert changed("1.5", "3", "changed_by_more_than", "1.4", field_id="score")


def test_a_change_beside_a_plain_test() -> None:
    json = {"op": "and", "args": [{"field": "stage", "cmp": "changed"}, {"field": "amount", "cmp": "gte", "value": 1}]}
    condition = parse(json, PERSON, trigger=True)
    change = ChangeContext({"stage": "new"}, {"stage": "won", "amount": 100})

    assert to_predicate(condition, PERSON, replace(CONTEXT, change=change))(change.new)
    for compiler in (to_q, to_predicate):
        with pytest.raises(Invalid):
            compiler(condition, PERSON, CONTEXT)


def test_a_stored_condition_is_checked_again_when_a_field_has_been_hidden() -> None:
    condition = parse({"op": "not", "args": [{"field": "amount", "cmp": "gt", "value": 5}]}, PERSON)
    hidden = Fields(tuple(replace(f, readable=f.id != "amount") for f in PERSON.every))

    for compiler in (to_q, to_predicate):
        with pytest.raises(Invalid) as caught:
            compiler(condition, hidden, CONTEXT)
        assert set(caught.value.fields) == {"args.0.field"}


@pytest.mark.parametrize("wrong", [
    {"now": WEDNESDAY.replace(tzinfo=None)}, {"fiscal_year_start_month": 0}, {"week_start": 7},
])  # fmt: skip
def test_a_context_must_make_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"zone|1-12|0-6"):
        ConditionContext(**{"now": WEDNESDAY, "tz": BERLIN} | wrong)
