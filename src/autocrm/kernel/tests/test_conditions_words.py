"""Conditions at the edges: said in words, read from query parameters, offered to the filter builder."""

import json
from typing import Any

import pytest
from django.utils.translation import override

from autocrm.kernel.conditions.builder import builder_schema
from autocrm.kernel.conditions.operators import LABELS, SENTENCES, Shape
from autocrm.kernel.conditions.params import from_params
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.schema import Option
from autocrm.kernel.conditions.tree import EVERYTHING, RelativeDate, Span, to_json, where
from autocrm.kernel.conditions.words import describe
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind, Operator
from autocrm.kernel.tests.test_conditions_world import PERSON, Fields, field

LEADS = Fields((
    field("sector", FieldKind.SELECT, options=(Option("medical", "medical"), Option("it", "IT"), Option("law", "law"))),
    field("revenue", FieldKind.CURRENCY),
    field("margin", FieldKind.PERCENT),
    field("name", FieldKind.TEXT),
    field("closed", FieldKind.DATE),
    field("seen", FieldKind.DATETIME),
    field("vip", FieldKind.BOOLEAN),
    field("tags", FieldKind.MULTI_SELECT, array=True),
    field("owner", FieldKind.USER, value_label=lambda user: "Alice"),
    field("secret", FieldKind.TEXT, readable=False),
))  # fmt: skip
ALICE = "00000000-0000-0000-0000-000000000001"


def rel(unit: str, n: int, anchor: str = "start") -> dict[str, Any]:
    return {"rel": {"unit": unit, "n": n, "anchor": anchor}}


def words(field_id: str, cmp: str, value: Any = None, **opts: Any) -> str:
    leaf = {"field": field_id, "cmp": cmp} | ({} if value is None else {"value": value})
    with override("en"):
        return describe(parse(leaf | ({"opts": opts} if opts else {}), LEADS, trigger=True), LEADS)


@pytest.mark.parametrize(("leaf", "expected"), [
    (("sector", "is", "medical"), "Sector is medical"),
    (("sector", "any_of", ["medical", "it", "law"]), "Sector is any of medical, IT or law"),
    (("sector", "was", "it"), "Sector was IT"),
    (("revenue", "gt", 1000), "Revenue is more than 1,000"),
    (("revenue", "between", [1, "2500.5"]), "Revenue is between 1 and 2,500.5"),
    (("margin", "lte", 12), "Margin is at most 12%"),
    (("name", "contains", "100%"), "Name contains 100%"),
    (("name", "matches", "^A.*"), "Name matches ^A.*"),
    (("closed", "on", rel("day", 0)), "Closed is today"),
    (("closed", "on", rel("day", 2)), "Closed is on in 2 days"),
    (("closed", "this", "fiscal_quarter"), "Closed is in this fiscal quarter"),
    (("closed", "in_last_n", {"n": 30, "unit": "day"}), "Closed is in the last 30 days"),
    (("closed", "more_than_n_ago", {"n": 1, "unit": "week"}), "Closed is more than 1 week ago"),
    (("closed", "after", rel("month", -1)), "Closed is after the start of last month"),
    (("closed", "after", rel("month", -3)), "Closed is after the start of the period 3 months ago"),
    (("closed", "after", rel("month", 3)), "Closed is after the start of the period in 3 months"),
    (("closed", "after", rel("day", -7)), "Closed is after 7 days ago"),
    (("seen", "before", rel("hour", 2, "now")), "Seen is before in 2 hours"),
    (("seen", "before", rel("hour", 0, "now")), "Seen is before now"),
    (("closed", "anniversary"), "Closed has its anniversary today"),
    (("closed", "anniversary", {"n": 7, "unit": "day"}), "Closed has its anniversary within the next 7 days"),
    (("closed", "anniversary", rel("day", 1)), "Closed has its anniversary tomorrow"),
    (("closed", "is_not_empty"), "Closed is not empty"),
    (("vip", "is_true"), "Vip is yes"),
    (("vip", "changed_to", False), "Vip changed to no"),
    (("tags", "has_all", ["red", "blue"]), "Tags has all of red and blue"),
    (("owner", "is", ALICE), "Owner is Alice"),
    (("owner", "in_my_team"), "Owner is in my team"),
])  # fmt: skip
def test_a_comparison_in_words(leaf: tuple[Any, ...], expected: str) -> None:
    assert words(*leaf) == expected


def test_groups_in_words() -> None:
    either = {"op": "or", "args": [
        {"field": "revenue", "cmp": "gt", "value": 1000, "opts": {"currency": "EUR"}},
        {"op": "not", "args": [{"field": "vip", "cmp": "is_true"}]},
    ]}  # fmt: skip
    both = {"op": "and", "args": [{"field": "sector", "cmp": "is", "value": "medical"}, either]}

    assert describe(parse(either, LEADS), LEADS) == "Revenue is more than 1,000 EUR or not (Vip is yes)"
    assert describe(parse(both, LEADS), LEADS) == (
        "Sector is medical and (Revenue is more than 1,000 EUR or not (Vip is yes))"
    )
    assert describe(EVERYTHING, LEADS) == "everything"


def test_literal_days_are_said_the_way_the_reader_writes_them() -> None:
    condition = parse({"field": "closed", "cmp": "on", "value": "2026-03-31"}, LEADS)

    with override("de"):
        assert "31.03.2026" in describe(condition, LEADS)
    assert "31 Mar 2026" in describe(condition, LEADS)
    assert "31 Mar 2026, 10:00" in words("seen", "before", "2026-03-31T10:00")
    assert "March" in words("closed", "anniversary", "2026-03-31")


def test_what_may_no_longer_be_read_is_not_said() -> None:
    assert describe(where("secret", "is", "the password"), LEADS) == "a comparison that is no longer possible"


def test_every_operator_has_a_label_and_a_sentence() -> None:
    assert set(LABELS) == set(SENTENCES) == set(Operator)


def read(**params: str | list[str]) -> Any:
    lists = {name: [value] if isinstance(value, str) else value for name, value in params.items()}
    return to_json(from_params(lists, LEADS))


def leaf(field_id: str, cmp: str, value: Any = None) -> dict[str, Any]:
    return {"field": field_id, "cmp": cmp} | ({} if value is None else {"value": value})


def test_parameters_become_a_condition() -> None:
    assert read(sector="medical", revenue__gt="1000", name__contains="x") == {
        "op": "and",
        "args": [leaf("sector", "is", "medical"), leaf("revenue", "gt", "1000"), leaf("name", "contains", "x")],
    }
    assert read() == {}
    assert from_params({"page": ["2"], "sector": []}, LEADS, ignore={"page"}) == EVERYTHING


@pytest.mark.parametrize(("name", "value", "expected"), [
    ("sector", ["medical", "it"], leaf("sector", "any_of", ["medical", "it"])),
    ("sector__none_of", "medical,it", leaf("sector", "none_of", ["medical", "it"])),
    ("revenue", "10", leaf("revenue", "eq", "10")),
    ("revenue__between", "1,5", leaf("revenue", "between", ["1", "5"])),
    ("vip", "yes", leaf("vip", "is_true")),
    ("vip", "0", leaf("vip", "is_false")),
    ("owner__is_me", "1", leaf("owner", "is_me")),
    ("owner__is_empty", "", leaf("owner", "is_empty")),
    ("tags", "red,blue", leaf("tags", "has_any", ["red", "blue"])),
    ("tags", ["red", "b,lue"], leaf("tags", "has_any", ["red", "b,lue"])),
    ("closed", "today", leaf("closed", "on", RelativeDate("day", 0).to_json())),
    ("closed__before", "-7d", leaf("closed", "before", RelativeDate("day", -7, "now").to_json())),
    ("closed__after", "2026-01-31", leaf("closed", "after", "2026-01-31")),
    ("closed__this", "month", leaf("closed", "this", "month")),
    ("closed__in_last_n", "30d", leaf("closed", "in_last_n", Span(30, "day").to_json())),
    ("closed__in_next_n", "2 weeks", leaf("closed", "in_next_n", Span(2, "week").to_json())),
    ("closed__anniversary", "today", leaf("closed", "anniversary")),
    ("closed__anniversary", "7d", leaf("closed", "anniversary", Span(7, "day").to_json())),
    ("closed__anniversary", "2026-01-31", leaf("closed", "anniversary", "2026-01-31")),
    ("seen__more_than_n_ago", "2h", leaf("seen", "more_than_n_ago", Span(2, "hour").to_json())),
])  # fmt: skip
def test_a_parameter_is_read_as_its_field_asks(name: str, value: Any, expected: dict[str, Any]) -> None:
    assert read(**{name: value}) == expected


def test_parameters_reach_related_fields() -> None:
    assert to_json(from_params({"company.name__contains": ["x"]}, PERSON)) == leaf("company.name", "contains", "x")


@pytest.mark.parametrize("params", [
    {"nosuch": "1"}, {"secret": "x"}, {"secret__contains": "x"}, {"sector__gt": "x"}, {"sector__pk": "1"}, {"__": "x"},
    {"revenue": "many"}, {"revenue": ["1", "2"]}, {"vip": "perhaps"}, {"closed": "someday"}, {"closed__this": "era"},
    {"sector__changed": "1"}, {"closed__in_last_n": "many"}, {"sector": "farming"}, {"x" * 5000: "1"},
])  # fmt: skip
def test_a_wrong_parameter_is_named(params: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        read(**params)

    assert list(caught.value.fields) == [name[:100] for name in params]


def test_too_many_parameters_are_refused() -> None:
    with pytest.raises(Invalid):
        from_params({f"f{number}": ["x"] for number in range(201)}, LEADS)


def test_the_builder_is_told_of_every_readable_field_and_nothing_else() -> None:
    offered = {entry["id"]: entry for entry in builder_schema(PERSON)}

    assert "salary" not in offered
    assert "company.bank" not in offered
    assert offered["company.sector"]["group"] == "Company"
    assert offered["company.sector"]["label"] == "Company: Sector"
    assert [option["value"] for option in offered["stage"]["options"]] == ["new", "won", "lost"]
    assert offered["yen"]["currency"] == "JPY"
    assert offered["yen"]["decimal_places"] == 0
    assert json.loads(json.dumps(list(offered.values())))


def test_each_operator_says_what_value_it_takes() -> None:
    def operators(**more: bool) -> dict[str, dict[str, Any]]:
        seen = next(entry for entry in builder_schema(PERSON, **more) if entry["id"] == "seen")
        return {operator["id"]: operator for operator in seen["operators"]}

    assert operators()["on"] | {"units": None} == {
        "id": "on", "label": "is on", "shape": Shape.DAY, "default": True, "units": None,
    }  # fmt: skip
    assert operators()["in_last_n"]["units"][0] == {"value": "minute", "label": "minutes"}
    assert "units" not in operators()["is_empty"]
    assert "changed" not in operators()
    assert "changed" in operators(trigger=True)


def test_changes_are_offered_for_the_record_itself_only() -> None:
    offered = {entry["id"]: entry for entry in builder_schema(PERSON, trigger=True)}

    assert not any(operator["id"] == "changed" for operator in offered["company.name"]["operators"])
