"""A world for the tests of formulas: names of every type, values of every type, formulas that fit."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from autocrm.kernel.conditions.schema import Option
from autocrm.kernel.field_kinds import NUMERIC_KINDS, REFERENCE_KINDS, FieldKind
from autocrm.kernel.formulas.checking import check_formula
from autocrm.kernel.formulas.compiling import compile_formula
from autocrm.kernel.formulas.context import FormulaContext
from autocrm.kernel.formulas.tree import Binary, Call, Literal, Name, Node, Unary
from autocrm.kernel.formulas.types import FIRST_YEAR, LAST_YEAR, LIMIT, LONGEST_TEXT, Names, Type, Variable

CHOICES = (Option("new", "Fresh"), Option("won", "Won it"))
USER = UUID(int=1)
TYPES = {
    "name": Type(FieldKind.TEXT),
    "nick": Type(FieldKind.TEXT),
    "notes": Type(FieldKind.TEXT),
    "count": Type(FieldKind.NUMBER),
    "rate": Type(FieldKind.NUMBER, 4),
    "share": Type(FieldKind.PERCENT, 3),
    "revenue": Type(FieldKind.CURRENCY, 2),
    "price": Type(FieldKind.CURRENCY, 2, currency="currency"),
    "company.revenue": Type(FieldKind.CURRENCY, 2),
    "company.name": Type(FieldKind.TEXT),
    "born_on": Type(FieldKind.DATE),
    "seen_at": Type(FieldKind.DATETIME),
    "vip": Type(FieldKind.BOOLEAN),
    "stage": Type(FieldKind.TEXT, options=CHOICES),
    "interests": Type(FieldKind.MULTI_SELECT, options=CHOICES),
    "owner": Type(FieldKind.USER, target="user"),
    "author": Type(FieldKind.USER, target="user"),
    "company": Type(FieldKind.RELATION, target="company"),
}
NAMES = Names({key: Variable(key, key.title(), type_) for key, type_ in TYPES.items()})
ROW: dict[str, Any] = {
    "name": "Ada Lovelace",
    "nick": None,
    "notes": 'says "hi"',
    "count": Decimal(7),
    "rate": Decimal("0.1250"),
    "share": Decimal("0.250"),
    "revenue": Decimal("1000.10"),
    "price": Decimal("20.00"),
    "company.revenue": Decimal("5000.00"),
    "company.name": "Engines Ltd",
    "born_on": date(2000, 2, 29),
    "seen_at": datetime(2026, 1, 31, 23, 30, tzinfo=UTC),
    "vip": True,
    "stage": "won",
    "interests": frozenset({"new", "won"}),
    "owner": USER,
    "author": USER,
    "company": UUID(int=2),
}
EMPTY_ROW: dict[str, Any] = dict.fromkeys(ROW)
CONTEXT = FormulaContext(datetime(2026, 11, 25, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
READERS = {key: (lambda row, key=key: row[key]) for key in TYPES}


def evaluate(source: str, row: dict[str, Any] | None = None, context: FormulaContext = CONTEXT, **values: Any) -> Any:
    """What a formula answers for a row; `values` stand in for what the usual row has."""
    formula = check_formula(source, NAMES)
    return compile_formula(formula, READERS)({**(ROW if row is None else row), **values}, context)


_CLASSES: dict[FieldKind, type] = {
    FieldKind.TEXT: str,
    FieldKind.NUMBER: Decimal,
    FieldKind.PERCENT: Decimal,
    FieldKind.CURRENCY: Decimal,
    FieldKind.BOOLEAN: bool,
    FieldKind.DATE: date,
    FieldKind.DATETIME: datetime,
    FieldKind.MULTI_SELECT: frozenset,
}


def is_value_of(value: object, type_: Type) -> bool:
    """Whether a value has the type."""
    if value is None or type_.kind is None:
        return value is None
    if not isinstance(value, UUID if type_.kind in REFERENCE_KINDS else _CLASSES[type_.kind]):
        return False
    checks: dict[FieldKind, Any] = {
        FieldKind.TEXT: lambda text: 0 < len(text) <= LONGEST_TEXT,
        FieldKind.DATE: lambda day: FIRST_YEAR <= day.year <= LAST_YEAR and not isinstance(day, datetime),
        FieldKind.DATETIME: lambda moment: moment.tzinfo is not None,
        **dict.fromkeys(NUMERIC_KINDS, lambda number: _is_number(number, type_.places)),
    }
    return bool(checks.get(type_.kind, lambda _value: True)(value))


def _is_number(value: Decimal, places: int) -> bool:
    return value.is_finite() and value.as_tuple().exponent >= -places and abs(value) < LIMIT


def decimals(places: int) -> st.SearchStrategy[Decimal]:
    most = Decimal(10) ** 16
    return st.decimals(-most, most, places=places) | st.sampled_from([Decimal(0), Decimal(1), Decimal(-1)])


VALUES: dict[FieldKind, Any] = {
    FieldKind.TEXT: lambda _type: (
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
        | st.sampled_from(["won", "ß" * LONGEST_TEXT, "12.50", "a"])
    ),
    FieldKind.NUMBER: lambda type_: decimals(type_.places),
    FieldKind.PERCENT: lambda type_: decimals(type_.places),
    FieldKind.CURRENCY: lambda type_: decimals(type_.places),
    FieldKind.BOOLEAN: lambda _type: st.booleans(),
    FieldKind.DATE: lambda _type: st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)),
    FieldKind.DATETIME: lambda _type: st.datetimes(
        datetime.combine(date(FIRST_YEAR, 1, 1), time()),
        datetime.combine(date(LAST_YEAR, 12, 31), time()),
        timezones=st.just(UTC),
    ),
    FieldKind.MULTI_SELECT: lambda _type: st.frozensets(st.sampled_from(["new", "won", "gone"]), min_size=1),
    FieldKind.USER: lambda _type: st.uuids(),
    FieldKind.RELATION: lambda _type: st.uuids(),
}
ROWS = st.fixed_dictionaries({key: st.none() | VALUES[type_.kind](type_) for key, type_ in TYPES.items()})

# Any tree at all: what printing and reading have to agree on.
WORDS = st.from_regex(r"[a-z][a-z0-9_]{0,6}(\.[a-z][a-z0-9_]{0,6})?", fullmatch=True).filter(
    lambda word: word not in {"and", "or", "not", "true", "false", "empty"}
)
LITERALS = (
    st.booleans()
    | st.none()
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=10)
    | st.decimals(0, 10**9, places=3)
    | st.integers(0, 10**9).map(Decimal)
).map(Literal)
PERCENTS = st.integers(0, 10**6).map(lambda number: Literal(Decimal(number).scaleb(-4), percent=True))


def _grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    operators = st.sampled_from(["+", "-", "*", "/", "%", "&", "=", "!=", "<", "<=", ">", ">=", "and", "or"])
    return (
        st.builds(Unary, st.sampled_from(["-", "not"]), inner)
        | st.builds(Binary, operators, inner, inner)
        | st.builds(Call, st.from_regex(r"[a-z][a-z_]{0,6}", fullmatch=True), st.lists(inner, max_size=4).map(tuple))
    )


TREES: st.SearchStrategy[Node] = st.recursive(LITERALS | PERCENTS | WORDS.map(Name), _grown, max_leaves=25)

# Trees that fit: each rule makes a value of its sort out of values of other sorts.
RULES: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "text": [
        ("&", ("any", "any")), ("upper", ("text",)), ("lower", ("text",)), ("trim", ("text",)),
        ("left", ("text", "number")), ("right", ("text", "number")), ("mid", ("text", "number", "number")),
        ("replace", ("text", "text", "text")), ("text", ("any",)), ("concat", ("any", "any", "any")),
        ("if", ("truth", "text", "text")), ("coalesce", ("text", "text")), ("case", ("truth", "text", "truth", "text")),
        ("switch", ("text", "text", "text", "text")),
    ],
    "number": [
        ("+", ("number", "number")), ("-", ("number", "number")), ("*", ("number", "number")),
        ("/", ("number", "number")), ("%", ("number", "number")), ("*", ("number", "share")),
        ("/", ("money", "money")), ("neg", ("number",)), ("round3", ("number",)), ("floor", ("number",)),
        ("ceil3", ("number",)), ("abs", ("number",)), ("min", ("number", "number")), ("max", ("number", "number")),
        ("len", ("text",)), ("number", ("text",)), ("number", ("money",)), ("number", ("truth",)),
        ("year", ("day",)), ("weekday", ("moment",)), ("days_between", ("day", "moment")), ("hour", ("moment",)),
        ("months_between", ("day", "day")), ("years_between", ("moment", "day")), ("-", ("day", "day")),
        ("if", ("truth", "number", "number")), ("switch", ("text", "text", "number", "number")),
    ],
    "money": [
        ("+", ("money", "money")), ("-", ("money", "number")), ("*", ("money", "number")), ("*", ("share", "money")),
        ("/", ("money", "number")), ("%", ("money", "number")), ("neg", ("money",)), ("round3", ("money",)),
        ("max", ("money", "number")), ("currency", ("number",)), ("if", ("truth", "money")),
        ("coalesce", ("money", "number")),
    ],
    "share": [
        ("+", ("share", "share")), ("*", ("share", "share")), ("/", ("share", "number")), ("percent", ("number",)),
        ("neg", ("share",)), ("if", ("truth", "share", "number")),
    ],
    "truth": [
        ("and", ("truth", "truth")), ("or", ("truth", "truth")), ("not", ("truth",)), ("=", ("text", "text")),
        ("!=", ("number", "number")), ("<", ("money", "number")), (">=", ("day", "moment")), ("<=", ("text", "text")),
        ("=", ("moment", "day")), ("is_empty", ("any",)), ("is_not_empty", ("any",)), ("contains", ("text", "text")),
        ("starts_with", ("text", "text")), ("ends_with", ("text", "text")), ("=", ("truth", "truth")),
    ],
    "day": [
        ("today", ()), ("date", ("number", "number", "number")), ("add_days", ("day", "number")),
        ("add_months", ("day", "number")), ("add_years", ("day", "number")), ("to_date", ("moment",)),
        ("+", ("day", "number")), ("-", ("day", "number")), ("min", ("day", "moment")), ("max", ("day", "day")),
        ("if", ("truth", "day", "day")),
    ],
    "moment": [
        ("now", ()), ("add_days", ("moment", "number")), ("add_months", ("moment", "number")),
        ("-", ("moment", "number")), ("coalesce", ("moment", "moment")), ("min", ("moment", "moment")),
    ],
}  # fmt: skip
LEAVES: dict[str, st.SearchStrategy[Node]] = {
    "text": st.sampled_from(
        [Name("name"), Name("nick"), Name("notes"), Name("company.name"), Literal("x"), Literal(None)]
    ),
    "number": st.sampled_from(
        [Name("count"), Name("rate"), Literal(Decimal("0")), Literal(Decimal("2.50")), Literal(None)]
    )
    | st.integers(0, 10**18).map(lambda value: Literal(Decimal(value))),
    "money": st.sampled_from([Name("revenue"), Name("company.revenue")]),
    "share": st.sampled_from([Name("share"), Literal(Decimal("0.20"), percent=True)]),
    "truth": st.sampled_from([Name("vip"), Literal(True), Literal(False), Literal(None)]),
    "day": st.sampled_from([Name("born_on")]),
    "moment": st.sampled_from([Name("seen_at")]),
}


@st.composite
def formulas(draw: Any, sort: str, left: int = 4) -> Node:
    """A formula of a sort, so many levels deep at most."""
    if sort == "any":
        sort = draw(st.sampled_from(sorted(RULES)))
    if not left or draw(st.integers(0, 4)) == 0:
        return draw(LEAVES[sort])
    op, sorts = draw(st.sampled_from(RULES[sort]))
    parts = tuple(draw(formulas(each, left - 1)) for each in sorts)
    if op in {"neg", "not"}:
        return Unary("-" if op == "neg" else "not", parts[0])
    if op.endswith("3"):
        return Call(op[:-1], (*parts, Literal(Decimal(3))))
    return Call(op, parts) if op[0].isalpha() and op not in {"and", "or"} else Binary(op, *parts)
