"""Reading conditions: what is accepted, what is refused and where the fault is said to be."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.schema import ConditionField
from autocrm.kernel.conditions.tree import (
    EVERYTHING,
    Group,
    Leaf,
    RelativeDate,
    Span,
    all_of,
    any_of,
    fields_of,
    negate,
    to_json,
    where,
)
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import (
    KIND_LABELS,
    OPERATORS,
    TRIGGER_OPERATORS,
    FieldKind,
    Operator,
    default_operator,
)
from autocrm.kernel.tests.test_conditions_world import PERSON, Fields, field

NESTED = {
    "op": "and",
    "args": [
        {"field": "stage", "cmp": "any_of", "value": ["new", "won"]},
        {"op": "or", "args": [
            {"field": "amount", "cmp": "gt", "value": "1000.50", "opts": {"currency": "EUR"}},
            {"field": "score", "cmp": "between", "value": [0.1, 5]},
            {"op": "not", "args": [{"field": "company.name", "cmp": "is_empty"}]},
        ]},
        {"field": "seen", "cmp": "after", "value": {"rel": {"unit": "day", "n": -7, "anchor": "start"}}},
        {"field": "seen", "cmp": "before", "value": {"rel": {"unit": "month", "n": 1}}},
        {"field": "born", "cmp": "in_last_n", "value": {"n": 3, "unit": "fiscal_quarter"}},
    ],
}  # fmt: skip


def faults(json: object, **more: Any) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        parse(json, PERSON, **more)
    return {path: [str(text) for text in texts] for path, texts in caught.value.fields.items()}


def leaf(field_id: str, cmp: str, value: Any = None) -> dict[str, Any]:
    return {"field": field_id, "cmp": cmp} | ({} if value is None else {"value": value})


@pytest.mark.parametrize("json", [None, {}, {"op": "and", "args": []}, {"version": 1, "condition": None}])
def test_nothing_is_everything(json: object) -> None:
    assert parse(json, PERSON) == EVERYTHING
    assert to_json(EVERYTHING) == {}


def test_a_nested_condition_is_read_and_written_back_exactly() -> None:
    condition = parse(NESTED, PERSON)

    assert to_json(condition) == NESTED
    assert parse(to_json(condition), PERSON) == condition
    assert parse({"version": 1, "condition": NESTED}, PERSON) == condition
    assert fields_of(condition) == {"stage", "amount", "score", "company.name", "seen", "born"}
    assert hash(condition)


def test_conditions_written_in_code_equal_those_that_were_read() -> None:
    owner = UUID(int=5)
    written = all_of(
        EVERYTHING,
        where("owner", Operator.IS, owner),
        any_of(where("amount", "gt", Decimal("9.50"), currency="EUR"), negate(where("stage", "is", "won"))),
        where("seen", "after", RelativeDate("day", -7)),
        where("born", "in_last_n", Span(2, "week")),
    )

    assert parse(to_json(written), PERSON) == written
    assert all_of() == EVERYTHING
    assert any_of(where("stage", "is", "won"), EVERYTHING) == EVERYTHING
    with pytest.raises(ValueError, match="at least one"):
        any_of()
    with pytest.raises(TypeError):
        where("name", "is", {"a": 1})


def test_every_fault_is_reported_at_once_under_its_path() -> None:
    found = faults({"op": "and", "args": [
        leaf("nosuch", "is", "x"),
        leaf("stage", "gt", "won"),
        {"op": "or", "args": [leaf("amount", "gt", "many"), leaf("born", "on", "2026-02-30")]},
        leaf("stage", "is", "unheard-of"),
        {"op": "xor", "args": []},
        "what",
        leaf("notes", "is") | {"opts": {"loud": True}, "sideways": 1},
    ]})  # fmt: skip

    assert set(found) == {
        "args.0.field",
        "args.1.cmp",
        "args.2.args.0.value",
        "args.2.args.1.value",
        "args.3.value",
        "args.4.op",
        "args.5",
        "args.6.value",
        "args.6.opts.loud",
        "args.6.sideways",
    }


@pytest.mark.parametrize(
    ("json", "path"),
    [
        (leaf("name", "is", ""), "value"),
        (leaf("name", "is", "   "), "value"),
        (leaf("name", "is", 5), "value"),
        (leaf("name", "is", "nul\0"), "value"),
        (leaf("name", "is", "\ud800"), "value"),
        (leaf("name", "is", "x" * 1001), "value"),
        (leaf("name", "any_of", "x"), "value"),
        (leaf("name", "any_of", []), "value"),
        (leaf("name", "any_of", ["x"] * 101), "value"),
        (leaf("name", "any_of", ["x"] * 10_000), "value"),
        (leaf("name", "any_of", [["x"]]), "value"),
        (leaf("name", "matches", "(a)\\1"), "value"),
        (leaf("name", "is_empty", "x"), "value"),
        (leaf("name", "is", {"a": "b"}), "value"),
        (leaf("visits", "gt", True), "value"),
        (leaf("visits", "gt", "NaN"), "value"),
        (leaf("visits", "gt", "Infinity"), "value"),
        (leaf("visits", "gt", float("inf")), "value"),
        (leaf("visits", "gt", "1e999999999"), "value"),
        (leaf("visits", "gt", 10**200), "value"),
        (leaf("visits", "gt", "1" * 31), "value"),
        (leaf("visits", "between", [5, 1]), "value"),
        (leaf("visits", "between", [5]), "value"),
        (leaf("born", "on", "2026-1-1"), "value"),
        (leaf("born", "on", "2026-01-01T10:00"), "value"),
        (leaf("born", "before", "2026-01-01T10:00"), "value"),
        (leaf("born", "on", "0001-01-01"), "value"),
        (leaf("born", "between", ["2026-02-01", "2026-01-01"]), "value"),
        (leaf("born", "in_last_n", {"n": 5, "unit": "hour"}), "value"),
        (leaf("born", "in_last_n", {"n": 0, "unit": "day"}), "value"),
        (leaf("born", "in_last_n", {"n": 10**9, "unit": "day"}), "value"),
        (leaf("born", "in_last_n", {"n": True, "unit": "day"}), "value"),
        (leaf("born", "in_last_n", 30), "value"),
        (leaf("born", "this", "fortnight"), "value"),
        (leaf("born", "after", {"rel": {"unit": "day", "n": 1, "anchor": "noon"}}), "value"),
        (leaf("born", "after", {"rel": {"unit": "day", "n": 1, "tz": "UTC"}}), "value"),
        (leaf("seen", "after", {"rel": {"unit": "hour", "n": 1}}), "value"),
        (leaf("seen", "after", "soon"), "value"),
        (leaf("owner", "is", "me"), "value"),
        (leaf("owner", "is", True), "value"),
        (leaf("company", "is", 2**70), "value"),
        (leaf("tags", "has_any", ["red", "mauve"]), "value"),
        (leaf("active", "is_true", True), "value"),
        (leaf("amount", "gt", 1) | {"opts": {"currency": ["EUR"]}}, "opts"),
        (leaf("yen", "gt", 1) | {"opts": {"currency": "EUR"}}, "opts.currency"),
        (leaf("visits", "gt", 1) | {"opts": {"currency": "EUR"}}, "opts.currency"),
        ({"field": 5, "cmp": "is"}, ""),
        ({"field": "name"}, ""),
        ([], ""),
        ("name", ""),
        ({"op": "or", "args": []}, "args"),
        ({"op": "and", "args": "ab"}, "args"),
        ({"op": "not", "args": [leaf("name", "is", "x")] * 2}, "args"),
        ({"version": 2, "condition": None}, "version"),
    ],
)
def test_a_wrong_condition_is_refused_where_it_is_wrong(json: object, path: str) -> None:
    assert set(faults(json)) == {path}


def test_an_unreadable_field_is_refused_exactly_like_an_unknown_one() -> None:
    def answer(name: str) -> object:
        found = faults(leaf(name, "gt", 5))
        return {path: [text.replace(name, "?") for text in texts] for path, texts in found.items()}

    assert answer("salary") == answer("nosuch") == answer("company.bank") == answer("company.nosuch")
    assert answer("company.owner.name") == answer("name.first") == answer("__class__") == answer("nosuch")


def test_groups_nest_five_deep_and_no_deeper() -> None:
    json = leaf("name", "is", "x")
    for _level in range(5):
        json = {"op": "not", "args": [json]}

    assert to_json(parse(json, PERSON)) == json
    assert set(faults({"op": "not", "args": [json]})) == {"args.0.args.0.args.0.args.0.args.0"}


def test_a_condition_has_at_most_two_hundred_comparisons() -> None:
    many = {"op": "or", "args": [leaf("visits", "eq", number) for number in range(200)]}
    group = {"op": "and", "args": [many]}

    assert len(parse(group, PERSON).args[0].args) == 200
    assert faults({"op": "or", "args": [group, leaf("visits", "eq", 1)]}).keys() == {""}
    assert faults({"op": "and", "args": [many] * 200}).keys() == {""}


def test_a_hostile_tree_of_empty_groups_is_given_up_early() -> None:
    tree: dict[str, Any] = {"op": "or", "args": [leaf("nosuch", "is")]}
    for _level in range(4):
        tree = {"op": "or", "args": [tree] * 150}

    assert sum(map(len, faults(tree).values())) < 1000


def test_operators_of_change_need_a_trigger_and_the_record_itself() -> None:
    json = leaf("stage", "changed_to", "won")

    assert parse(json, PERSON, trigger=True) == Leaf("stage", "changed_to", "won")
    assert faults(json).keys() == {"cmp"}
    assert faults(leaf("company.name", "changed"), trigger=True).keys() == {"cmp"}


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["op", "args", "field", "cmp", "value", "opts", "rel", "n", "unit", "version"]), inner),
    max_leaves=12,
))  # fmt: skip
def test_no_json_whatever_does_anything_but_parse_or_be_refused(json: object) -> None:
    condition: object = None
    with suppress(Invalid):
        condition = parse(json, PERSON)

    assert condition is None or isinstance(condition, (Group, Leaf))


@pytest.mark.parametrize("kind", FieldKind)
def test_every_kind_has_a_name_and_operators_for_emptiness_and_change(kind: FieldKind) -> None:
    assert KIND_LABELS[kind]
    assert {Operator.IS_EMPTY, Operator.IS_NOT_EMPTY, Operator.CHANGED} <= set(OPERATORS[kind])
    assert default_operator(kind) in set(OPERATORS[kind]) - TRIGGER_OPERATORS


def test_every_operator_is_taken_by_some_kind() -> None:
    assert set().union(*OPERATORS.values()) == set(Operator)


def test_a_field_must_be_declared_whole() -> None:
    with pytest.raises(ValueError, match="no path"):
        ConditionField(id="x", label="X", kind=FieldKind.TEXT)
    with pytest.raises(ValueError, match="go together"):
        field("x", FieldKind.TEXT, normalised_path="x_key")
    with pytest.raises(ValueError, match="array or related rows"):
        field("x", FieldKind.MULTI_SELECT)


def test_a_field_the_schema_declares_under_a_dotted_name_comes_first() -> None:
    declared = replace(field("company.size", FieldKind.NUMBER), path="company__size")

    assert parse(leaf("company.size", "gt", 5), Fields((declared,))) == Leaf("company.size", "gt", 5)
