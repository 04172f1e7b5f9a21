"""What formulas mean: each function and operator by example, empty values, limits."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.formulas.checking import check_formula
from autocrm.kernel.formulas.context import FormulaContext
from autocrm.kernel.formulas.functions import FUNCTIONS, GROUPS
from autocrm.kernel.formulas.parsing import parse_formula
from autocrm.kernel.formulas.types import LONGEST_TEXT
from autocrm.kernel.tests.formula_world import CONTEXT, EMPTY_ROW, NAMES, evaluate


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 - 3 - 4", -5),
        ("-count + 1", -6),
        ("7 % 3", 1),
        ("7%3", 1),
        ("-7 % 3", 2),
        ("7 / 2", Decimal("3.5")),
        ("1 / 3", Decimal("0.3333333333")),
        ("0.1 + 0.2", Decimal("0.3")),
        ("revenue * 3", Decimal("3000.30")),
        ("revenue / 3", Decimal("333.3666666667")),
        ("round(revenue / 3, 2)", Decimal("333.37")),
        ("revenue * share", Decimal("250.025")),
        ("revenue - revenue * 20%", Decimal("800.08")),
        ("1 - share", Decimal("0.75")),
        ("20% * 50%", Decimal("0.1")),
        ("revenue / company.revenue", Decimal("0.20002")),
        ("percent(revenue / company.revenue)", Decimal("0.20002")),
        ("currency(count * 1200)", 8400),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(1234.5, -2)", 1200),
        ("floor(-1.5)", -2),
        ("ceil(1.21, 1)", Decimal("1.3")),
        ("abs(-3)", 3),
        ("min(3, 1, 2)", 1),
        ("max(count, rate)", 7),
        ("max(born_on, seen_at)", date(2026, 2, 1)),
        ('number("12.50") + 1', Decimal("13.5")),
        ("number(vip)", 1),
        ("len(name)", 12),
        ("year(born_on) * 100 + month(born_on)", 200002),
        ("day(seen_at)", 1),
        ("hour(seen_at)", 0),
        ("weekday(date(2026, 11, 25))", 3),
        ("days_between(born_on, date(2000, 3, 1))", 1),
        ("date(2000, 3, 1) - born_on", 1),
        ("days_between(today(), seen_at)", -298),
        ("months_between(born_on, date(2000, 3, 30))", 1),
        ("months_between(date(2000, 3, 30), born_on)", -1),
        ("years_between(born_on, date(2026, 2, 28))", 26),
        ("years_between(born_on, date(2026, 2, 27))", 25),
    ],
)
def test_numbers_are_exact(source: str, value: Any) -> None:
    assert evaluate(source) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('name & " & " & company.name', "Ada Lovelace & Engines Ltd"),
        ('concat(name, " ", count, " ", rate, " ", share)', "Ada Lovelace 7 0.125 25%"),
        ('"is " & vip & ", " & born_on & ", " & seen_at', "is true, 2000-02-29, 2026-02-01 00:30"),
        ("text(interests)", "new, won"),
        ("text(revenue)", "1000.1"),
        ("text(100)", "100"),
        ("upper(name)", "ADA LOVELACE"),
        ("lower(name)", "ada lovelace"),
        ('trim("  x ")', "x"),
        ("left(name, 3)", "Ada"),
        ("right(name, 4)", "lace"),
        ("mid(name, 5, 4)", "Love"),
        ('replace(name, "a", "o")', "Ado Loveloce"),
        ('replace(name, " Lovelace", "")', "Ada"),
        (r'"a\"b\\c\n"', 'a"b\\c\n'),
        ("'say \"x\"'", 'say "x"'),
        ('if(revenue > 1000, "large", "small")', "large"),
        ('case(count > 10, "a", count > 5, "b", "c")', "b"),
        ('switch(stage, "new", "N", "won", "W", "?")', "W"),
        ('switch(stage, "new", "N", "?")', "?"),
        ('switch(count, 1, "one", 7, "seven")', "seven"),
        ("coalesce(nick, name)", "Ada Lovelace"),
        ("IF(TRUE, Upper(name))", "ADA LOVELACE"),
        ("# what it is called\nname # and nothing else", "Ada Lovelace"),
    ],
)
def test_texts(source: str, value: Any) -> None:
    assert evaluate(source) == value


@pytest.mark.parametrize(
    "source",
    [
        'name = "ADA lovelace"',
        "count = 7 and revenue >= 1000",
        "count == 7 and count <> 8",
        "not count = 8",
        "false or true and true",
        'stage = "won"',
        'stage = "Won it"',
        'stage != "new"',
        'contains(interests, "Fresh")',
        'contains(name, "LOVE")',
        'starts_with(name, "ada")',
        'ends_with(name, "LACE")',
        "is_empty(nick) and is_not_empty(name)",
        "nick = empty and nick != name",
        "share = 25% and share > 0",
        "revenue > 1000",
        "seen_at = date(2026, 2, 1)",
        "born_on < today() and today() = date(2026, 11, 26)",
        "owner = author",
        'upper(name) > "a"',
        "interests != empty",
    ],
)
def test_what_holds(source: str) -> None:
    assert evaluate(source) is True


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("add_days(born_on, 1)", date(2000, 3, 1)),
        ("born_on + 366", date(2001, 3, 1)),
        ("born_on - 1", date(2000, 2, 28)),
        ("add_months(date(2026, 1, 31), 1)", date(2026, 2, 28)),
        ("add_years(born_on, 1)", date(2001, 2, 28)),
        ("to_date(seen_at)", date(2026, 2, 1)),
        ("add_months(seen_at, 1)", datetime(2026, 2, 28, 23, 30, tzinfo=UTC)),
        ("today()", date(2026, 11, 26)),
        ("now()", CONTEXT.now),
        ("date(2026, 2, 30)", None),
        ("date(2026.5, 1, 1)", None),
        ("date(99, 1, 1)", None),
        ("add_days(born_on, 10000000)", None),
        ("add_months(born_on, 100000)", None),
    ],
)
def test_days(source: str, value: Any) -> None:
    assert evaluate(source) == value


@pytest.mark.parametrize(
    "source",
    [
        "count + 1", "revenue * 2", "-count", "1 / 0", "1 % 0", "count / 0", "upper(name)", "left(name, count)",
        "add_days(born_on, 1)", "days_between(born_on, today())", "year(seen_at)", "round(revenue, 1)",
        "min(count, rate)", "coalesce(nick, name)", "concat(name, nick)", "name & nick", "trim('  ')", 'text(vip)',
        'number("twelve")', "if(vip, 1)", 'if(count > 1, "x")', "owner", "case(vip, 1)",
        "999999999999999999 * 999999999999999999",
    ],
)  # fmt: skip
def test_out_of_nothing_comes_nothing(source: str) -> None:
    source = source.replace("owner", "if(is_empty(owner), name)")

    assert evaluate(source, EMPTY_ROW) is None


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("count > 5", False),
        ("count < 5", False),
        ("count = 5", False),
        ("count != 5", True),
        ("count = rate", True),
        ("not vip", True),
        ("vip or true", True),
        ("vip and true", False),
        ('if(count > 5, "many", "few")', "few"),
        ("len(name)", 0),
        ("coalesce(count, 0) + 1", 1),
        ("min(count, 3)", 3),
        ('name & "!"', "!"),
        ('contains(name, "x")', False),
        ('replace("abc", nick, "x")', "abc"),
    ],
)
def test_where_empty_values_do_not_make_everything_empty(source: str, value: Any) -> None:
    assert evaluate(source, EMPTY_ROW) == value


def test_only_what_is_chosen_is_evaluated() -> None:
    assert evaluate("if(count = 0, 1, revenue / count)", count=Decimal(0)) == 1


def test_days_begin_where_the_workspace_is() -> None:
    auckland = FormulaContext(CONTEXT.now, ZoneInfo("Pacific/Auckland"))

    assert evaluate("day(seen_at)", context=auckland) == 1
    assert evaluate("hour(seen_at)", context=auckland) == 12
    assert evaluate("hour(seen_at)", context=FormulaContext(CONTEXT.now, ZoneInfo("UTC"))) == 23


def test_a_text_never_grows_past_its_limit() -> None:
    long = "x" * LONGEST_TEXT

    assert len(evaluate("name & name & name", name=long)) == LONGEST_TEXT
    assert len(evaluate('replace(name, "x", name)', name=long)) == LONGEST_TEXT
    assert len(evaluate("upper(name)", name="ß" * LONGEST_TEXT)) == LONGEST_TEXT


@pytest.mark.parametrize(
    ("source", "kind", "places"),
    [
        ("revenue * 1.5", FieldKind.CURRENCY, 3),
        ("revenue / 3", FieldKind.CURRENCY, 10),
        ("round(revenue / 3, 2)", FieldKind.CURRENCY, 2),
        ("revenue / company.revenue", FieldKind.NUMBER, 10),
        ("round(1234, -2)", FieldKind.NUMBER, 0),
        ("count + 0.25", FieldKind.NUMBER, 2),
        ("share + 5%", FieldKind.PERCENT, 3),
        ("if(vip, 20%, 0)", FieldKind.PERCENT, 2),
        ("share * revenue", FieldKind.CURRENCY, 5),
        ("stage", FieldKind.TEXT, 0),
        ("if(vip, empty, born_on)", FieldKind.DATE, 0),
        ("coalesce(born_on, empty)", FieldKind.DATE, 0),
        ("max(born_on, seen_at)", FieldKind.DATE, 0),
        ("owner = author", FieldKind.BOOLEAN, 0),
    ],
)
def test_the_kind_of_a_result_is_known_before(source: str, kind: FieldKind, places: int) -> None:
    found = check_formula(source, NAMES).type

    assert (found.kind, found.places) == (kind, places)
    assert found.options == ()


def test_a_formula_knows_what_it_looks_at_and_whether_time_changes_it() -> None:
    formula = check_formula("if(vip, company.revenue, revenue) + revenue", NAMES)

    assert formula.names == {"vip", "company.revenue", "revenue"}
    assert not formula.is_volatile
    assert check_formula("days_between(born_on, today())", NAMES).is_volatile
    assert check_formula("now()", NAMES).is_volatile


def test_every_function_is_explained_and_its_example_can_be_read() -> None:
    for name, function in FUNCTIONS.items():
        assert function.name == name
        assert function.group in GROUPS
        assert function.signature.startswith(f"{name}(")
        assert str(function.says).endswith(".")
        assert parse_formula(function.example)
