"""Proof by generated cases: SQL and Python let in the same rows, whatever the condition, row, zone and moment."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from autocrm.kernel.conditions.binding import allowed_operators
from autocrm.kernel.conditions.context import ConditionContext
from autocrm.kernel.conditions.operators import NEGATIVES, Shape, shape_of
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.patterns import read_pattern
from autocrm.kernel.conditions.predicate import to_predicate
from autocrm.kernel.conditions.schema import BoundField, find_field
from autocrm.kernel.conditions.sql import to_q
from autocrm.kernel.conditions.tree import Condition, Leaf, to_json
from autocrm.kernel.field_kinds import FieldKind, Operator
from autocrm.kernel.tests.test_conditions_patterns import patterns
from autocrm.kernel.tests.test_conditions_world import ALIAS, PERSON, Person, as_mapping, store, tables

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Apia", "UTC"]
USERS = [UUID(int=number) for number in (1, 2, 3)]
KEYS = [str(user) for user in USERS]
# Days on which clocks change: Berlin and New York both ways, São Paulo (over midnight), Apia (a day that never was).
DAYS = [
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2018, 11, 4),
    date(2011, 12, 30),
    date(2024, 2, 29),
    date(2025, 2, 28),
    date(2026, 12, 31),
    date(2026, 1, 1),
]
NOWS = [datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC) for day in DAYS for hour in (0, 12, 23)]
TEXTS = [
    "", "a", "A", "Äpfel", "äPFEL", "STRASSE", "Straße", "ΣΊΣΥΦΟΣ", "σίσυφοσ", "İstanbul", "ß", "Привет", "ПРИВЕТ", "ſ",
    "50%", "a_b", "aXb", "back\\slash", "two  spaces ", "line\nbreak", "Café 12-34", "ｅ", "𝔘", "'quote'", "\t", "s",
]  # fmt: skip
INTEGERS = [-(2**63), -1, 0, 1, 99, 100, 101, 12345, 2**63 - 1]
DECIMALS = ["0", "-0.01", "0.1", "1", "1.00", "1.005", "0.99", "123.45", "1e-9", "12345678901234567890.5", "9e29"]
FLOATS = [0.0, -0.0, 0.1, 0.30000000000000004, 1.0, 1e300, float("inf"), float("nan"), float("-inf")]
PATTERNS = [
    "a",
    "^a",
    "a$",
    "[A-Z]+",
    r"\d{2}-\d+",
    "(?:a|ä)p?",
    "^.$",
    r"^\w+$",
    "[^a-z]",
    r"\s",
    "e|𝔘",
    "^a.b$|%",
    "^$?",
]


def moments() -> list[datetime]:
    found: set[datetime] = set(NOWS)
    for zone in ZONES:
        for day in DAYS:
            midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
            found |= {midnight + timedelta(microseconds=shift) for shift in (-1, 0, 1)}
    return sorted(found)


MOMENTS = moments()


def people(random: Random, count: int, first_id: int = 1) -> list[dict[str, Any]]:
    def some(values: list[Any]) -> Any:
        return None if random.random() < 0.2 else random.choice(values)

    def several(values: list[Any]) -> Any:
        return None if random.random() < 0.2 else random.sample(values, random.randint(0, len(values)))

    days = [day + timedelta(days=shift) for day in DAYS for shift in (-366, -31, -7, -1, 0, 1, 30, 365)]
    return [
        {
            "id": first_id + index,
            **{name: some(TEXTS) for name in ("name", "email", "notes")},
            **{name: some(INTEGERS) for name in ("amount", "yen", "visits")},
            "score": some([Decimal(text) for text in DECIMALS]),
            "ratio": some(FLOATS),
            "born": some(days),
            "seen": some([*MOMENTS, *(moment - timedelta(days=31) for moment in MOMENTS)]),
            "active": some([True, False]),
            "stage": some(["new", "won", "lost", "", "gone"]),
            "tags": several(["red", "green", "blue"]),
            "groups": several(USERS),
            "label_ids": several(USERS) or [],
            "owner_id": some(USERS),
            "company_id": some([1, 2, 3, 4]),
            "payload": random.choice([{}, {"colour": None}, {"colour": random.choice(TEXTS)}]),
            "custom": [
                {"field": random.choice(["budget", "nick"]), "number": some(INTEGERS), "text": some(TEXTS)}
                for _value in range(random.randint(0, 2))
            ],
        }
        for index in range(count)
    ]


COMPANIES = [
    {"id": 1, "sector": "Medical", "revenue": 100, "founded": date(2024, 2, 29), "name": "Äpfel", "owner_id": USERS[0]},
    {"id": 2, "sector": None, "revenue": None, "founded": None, "name": None, "owner_id": None},
    {"id": 3, "sector": "", "revenue": 12345, "founded": date(2026, 3, 29), "name": "a", "owner_id": USERS[1]},
    {"id": 4, "sector": "äpfel", "revenue": -1, "founded": date(1999, 1, 1), "name": "50%", "owner_id": USERS[2]},
]


@pytest.fixture(scope="module")
def rows(django_db_setup: None) -> Iterator[list[Person]]:
    with tables():
        yield store(COMPANIES, people(Random(7), 240))


def relative(*units: str) -> st.SearchStrategy[Any]:
    start = st.fixed_dictionaries({"unit": st.sampled_from(DAY_UNITS), "n": st.integers(-14, 14)},
                                  optional={"anchor": st.sampled_from(["start", "now"])})  # fmt: skip
    clock = st.fixed_dictionaries(
        {"unit": st.sampled_from(["hour", "minute"]), "n": st.integers(-999, 999), "anchor": st.just("now")}
    )
    return (start | clock if units else start).map(lambda rel: {"rel": rel})


DAY_UNITS = ["day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"]
texts = st.sampled_from([text for text in TEXTS if text.strip()]) | st.text(
    "aÄäΣσßИи%_\\ ", min_size=1, max_size=3
).filter(str.strip)
numbers = st.sampled_from([*DECIMALS, *INTEGERS, 0.1, 123.45]) | st.decimals(-1000, 1000, places=3).map(str)
days = st.sampled_from([day.isoformat() for day in DAYS]) | relative()
instants = (
    st.sampled_from(MOMENTS).map(datetime.isoformat) | st.just("2026-10-25T02:30") | st.just("2026-03-29T02:30:00")
)
moments_of_field = days | instants | relative("clock")
spans = st.builds(lambda n, unit: {"n": n, "unit": unit}, st.integers(1, 20), st.sampled_from(DAY_UNITS))
clock_spans = st.builds(
    lambda n, unit: {"n": n, "unit": unit}, st.integers(1, 2000), st.sampled_from(["hour", "minute"])
)


def ordered_pair(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def order(pair: list[Any]) -> list[Any]:
        both_days = all(isinstance(item, str) and len(item) == 10 for item in pair)
        both_numbers = all(not isinstance(item, dict) for item in pair) and not any("-" in str(i)[1:] for i in pair)
        if both_days:
            return sorted(pair)
        return sorted(pair, key=lambda item: Decimal(str(item))) if both_numbers else pair

    return st.lists(values, min_size=2, max_size=2).map(order)


def value_for(bound: BoundField, operator: Operator) -> st.SearchStrategy[Any]:
    kind, shape = bound.field.kind, shape_of(bound.field.kind, operator)
    instant = kind is FieldKind.DATETIME
    moment = moments_of_field if instant else days
    span = spans | clock_spans if instant else spans
    if bound.field.options:
        keys = st.sampled_from([option.value for option in bound.field.options])
    else:
        keys = st.integers(1, 5) if kind is FieldKind.RELATION else st.sampled_from(KEYS)
    return {
        Shape.NONE: st.none(),
        Shape.TEXT: texts,
        Shape.TEXTS: st.lists(texts, min_size=1, max_size=3),
        Shape.PATTERN: st.sampled_from(PATTERNS[:-1]),
        Shape.NUMBER: numbers,
        Shape.NUMBERS: ordered_pair(numbers_in_order),
        Shape.DAY: days,
        Shape.MOMENT: moment,
        Shape.MOMENTS: ordered_pair(moment),
        Shape.UNIT: st.sampled_from(DAY_UNITS),
        Shape.SPAN: span,
        Shape.ANNIVERSARY: st.none() | days | spans,
        Shape.CHOICE: keys,
        Shape.CHOICES: st.lists(keys, min_size=1, max_size=3),
        Shape.REFERENCE: keys,
        Shape.REFERENCES: st.lists(keys, min_size=1, max_size=3),
    }[shape]


numbers_in_order = st.sampled_from([0, 1, 99, 100, "0.1", "1.005", "123.45", 12345])
FIELD_IDS = [field.id for field in PERSON.every if field.readable] + [
    f"company.{name}" for name in ("sector", "revenue", "founded", "name", "owner")
]
PAIRS = [(field_id, operator) for field_id in FIELD_IDS for operator in allowed_operators(find_field(PERSON, field_id))]


@st.composite
def leaves(draw: st.DrawFn, pair: tuple[str, Operator] | None = None) -> dict[str, Any]:
    field_id, operator = pair or draw(st.sampled_from(PAIRS))
    leaf: dict[str, Any] = {"field": field_id, "cmp": operator.value}
    value = draw(value_for(find_field(PERSON, field_id), operator))
    return leaf if value is None else leaf | {"value": value}


def trees() -> st.SearchStrategy[dict[str, Any]]:
    def group(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        many = st.builds(lambda op, args: {"op": op, "args": args}, st.sampled_from(["and", "or"]),
                         st.lists(children, min_size=1, max_size=3))  # fmt: skip
        return many | children.map(lambda child: {"op": "not", "args": [child]})

    tree: st.SearchStrategy[Any] = leaves()
    for _level in range(3):
        tree = st.one_of(leaves(), group(tree))
    return group(tree)


contexts = st.builds(
    ConditionContext,
    now=st.sampled_from(NOWS + MOMENTS[::3]),
    tz=st.sampled_from(ZONES).map(ZoneInfo),
    actor_user_id=st.none() | st.sampled_from(USERS),
    team_user_ids=st.frozensets(st.sampled_from(USERS), max_size=2),
    fiscal_year_start_month=st.integers(1, 12),
    week_start=st.integers(0, 6),
)
quick = settings(
    phases=[Phase.generate, Phase.shrink], deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def assert_same_rows(json: dict[str, Any], context: ConditionContext, rows: list[Person]) -> None:
    condition = parse(json, PERSON)
    by_sql = set(
        Person._default_manager.using(ALIAS).filter(to_q(condition, PERSON, context)).values_list("id", flat=True)
    )
    passes = to_predicate(condition, PERSON, context)

    assert {row.id for row in rows if passes(row)} == by_sql
    assert {row.id for row in rows if passes(row.mapping)} == by_sql
    assert to_json(condition) == json


@pytest.fixture(scope="module")
def read_rows(rows: list[Person]) -> list[Person]:
    for row in rows:
        row.mapping = as_mapping(row)
    return rows


@pytest.mark.parametrize("field_id", FIELD_IDS)
@given(data=st.data())
@settings(quick, max_examples=6)
def test_every_operator_of_a_field_lets_in_the_same_rows(
    read_rows: list[Person], field_id: str, data: st.DataObject
) -> None:
    context = data.draw(contexts)

    for operator in allowed_operators(find_field(PERSON, field_id)):
        assert_same_rows(data.draw(leaves((field_id, operator))), context, read_rows)


@given(json=trees(), context=contexts)
@settings(quick, max_examples=200)
def test_nested_groups_let_in_the_same_rows(
    read_rows: list[Person], json: dict[str, Any], context: ConditionContext
) -> None:
    assert_same_rows(json, context, read_rows)


@given(json=trees(), context=contexts, seed=st.integers(0, 2**32))
@settings(quick, max_examples=60)
def test_rows_made_for_the_occasion_agree_too(
    read_rows: list[Person], json: dict[str, Any], context: ConditionContext, seed: int
) -> None:
    with transaction.atomic(using=ALIAS):
        fresh = store([], people(Random(seed), 4, first_id=1000))
        for row in fresh:
            row.mapping = as_mapping(row)
        assert_same_rows(json, context, [*read_rows, *fresh])
        transaction.set_rollback(True, using=ALIAS)


@given(json=trees(), context=contexts)
@settings(quick, max_examples=60)
def test_not_is_the_exact_complement(read_rows: list[Person], json: dict[str, Any], context: ConditionContext) -> None:
    everyone = Person._default_manager.using(ALIAS)
    inside = to_q(parse(json, PERSON), PERSON, context)
    outside = to_q(parse({"op": "not", "args": [json]}, PERSON), PERSON, context)

    found = everyone.filter(inside).count()
    left_out = everyone.filter(outside).count()

    assert found + left_out == len(read_rows)


@pytest.mark.parametrize("negative", NEGATIVES)
def test_a_negative_operator_includes_what_is_empty(read_rows: list[Person], negative: Operator) -> None:
    context = ConditionContext(now=NOWS[0], tz=ZoneInfo("UTC"), actor_user_id=USERS[0], team_user_ids=frozenset(USERS))
    empty = next(row for row in read_rows if row.owner_id is None)
    values = {Operator.NE: 1, Operator.HAS_NONE: ["red"], Operator.NONE_OF: [KEYS[0]], Operator.NOT_CONTAINS: "x"}
    fields = {Operator.NE: "visits", Operator.HAS_NONE: "tags", Operator.NOT_CONTAINS: "notes"}
    condition: Condition = Leaf(fields.get(negative, "owner"), negative, None)
    value = values.get(negative, KEYS[0] if negative is Operator.IS_NOT else None)
    condition = parse(to_json(condition) | ({} if value is None else {"value": value}), PERSON)
    blank = {field.id: None for field in PERSON.every} | {"payload": {}, "label_ids": [], "custom": []}

    if negative is Operator.IS_NOT_EMPTY:
        assert not to_predicate(condition, PERSON, context)(blank)
    else:
        assert to_predicate(condition, PERSON, context)(blank)
        assert (
            fields.get(negative)
            or Person._default_manager.using(ALIAS).filter(to_q(condition, PERSON, context), id=empty.id).exists()
        )


@given(pattern=patterns, texts_to_search=st.lists(st.text("abc1 .ä-]\n", max_size=8), min_size=5, max_size=20))
@settings(quick, max_examples=300)
def test_postgresql_finds_what_a_pattern_finds(
    pattern: str, texts_to_search: list[str], read_rows: list[Person]
) -> None:
    safe = read_pattern(pattern)

    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT text ~ %s FROM unnest(%s::text[]) AS text", [safe.postgresql, texts_to_search])
        assert [found for (found,) in cursor.fetchall()] == [safe.found_in(text) for text in texts_to_search]


def test_the_connection_of_these_tests_is_postgresql() -> None:
    assert connections[ALIAS].vendor == "postgresql"
