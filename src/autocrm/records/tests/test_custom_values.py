"""Proof by generated cases: values of custom fields come back as they went in, and SQL reads them as Python does."""

import json
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from autocrm.kernel.conditions.binding import allowed_operators
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.predicate import to_predicate
from autocrm.kernel.conditions.schema import BoundField, find_field
from autocrm.kernel.conditions.sql import to_q
from autocrm.kernel.field_kinds import FieldKind, Operator
from autocrm.kernel.tests.test_conditions_agreement import DAYS, MOMENTS, TEXTS, contexts, value_for
from autocrm.records.bulk import insert_records
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom_json import from_json, to_json
from autocrm.records.field_values import INDEXABLE
from autocrm.records.fields import Field
from autocrm.records.listing import ListQuery, Sort
from autocrm.records.registry import record_types
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import list_records
from autocrm.records.sql_values import json_expression, sort_value
from tests.support.cast import Person

quick = settings(
    phases=[Phase.generate, Phase.shrink], deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
IDS = [UUID(int=number) for number in (1, 2, 3)]
CHOICES = ["new", "won", "lost"]
NUMBERS = [-(10**18) + 1, -1, 0, 1, 99, 100, 101, 12345]
# What one kind keeps, another may find there after its kind changed, or written by hand.
JUNK: list[Any] = [
    None, "", "x", "2026-02-30", "2026-02-29", "2024-02-29", "2023-1-1", "0000-01-01", "99999-01-01", "2026-13-01",
    1.5, -0.0, 1e300, 10**18, -(10**18), 1e30, "12", True, False, [], {}, [1], ["a", 1, None], {"a": 1},
    "2026-01-01T00:00:00Z",
    "2026-01-01T24:00:00.000000Z", "2026-01-01T10:00:00.000000Z", "2026-01-01\n", str(IDS[0]), str(IDS[0]).upper(),
    "{}", "٣",
    "２０２６-01-01", str(IDS[0]).replace("-", ""), " 2026-01-01",
]  # fmt: skip


def stored(kind: FieldKind) -> st.SearchStrategy[Any]:
    """Values as a record of that kind stores them."""
    texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
    return {
        FieldKind.TEXT: st.sampled_from([text for text in TEXTS if text]) | texts,
        FieldKind.LONG_TEXT: texts,
        FieldKind.EMAIL: st.sampled_from(["a@x.de", "A@X.DE"]),
        FieldKind.PHONE: st.sampled_from(["+1 212", "0"]),
        FieldKind.URL: st.sampled_from(["https://a.de/?Ä=1", "http://b"]),
        FieldKind.NUMBER: st.integers(-(10**18) + 1, 10**18 - 1),
        FieldKind.PERCENT: st.integers(-100, 200),
        FieldKind.CURRENCY: st.integers(-(10**18) + 1, 10**18 - 1) | st.sampled_from([0, 1, 99, 100, 12345]),
        FieldKind.DATE: st.sampled_from(DAYS) | st.dates(date(1000, 1, 1), date(9000, 12, 31)),
        FieldKind.DATETIME: st.sampled_from(MOMENTS)
        | st.dates(date(1001, 1, 1), date(9000, 1, 1)).map(
            lambda day: datetime(day.year, day.month, day.day, 13, 5, 7, 9, UTC)
        ),
        FieldKind.BOOLEAN: st.booleans(),
        FieldKind.SELECT: st.sampled_from(CHOICES),
        FieldKind.MULTI_SELECT: st.lists(st.sampled_from(CHOICES), min_size=1, unique=True),
        FieldKind.USER: st.sampled_from(IDS),
        FieldKind.RELATION: st.sampled_from(IDS),
    }[kind]


@pytest.mark.parametrize("kind", list(FieldKind))
@given(data=st.data())
@settings(quick, max_examples=50)
def test_a_value_of_every_kind_comes_back_as_it_went_in(kind: FieldKind, data: st.DataObject) -> None:
    value = data.draw(stored(kind))

    kept = json.loads(json.dumps(to_json(kind, value)))

    assert from_json(kind, kept) == value


@pytest.mark.parametrize("kind", list(FieldKind))
def test_what_is_no_value_of_the_kind_reads_as_empty_and_never_raises(kind: FieldKind) -> None:
    read = [from_json(kind, each) for each in JUNK]

    assert all(value is None or to_json(kind, value) is not None for value in read)


def add_fields(person: Person) -> dict[str, Field]:
    """A field of every kind, and one more that is indexed where that can be."""
    with person.at_work() as actor:
        for kind in FieldKind:
            given: dict[str, Any] = {"record_type": "company", "kind": kind.value}
            if kind in {FieldKind.SELECT, FieldKind.MULTI_SELECT}:
                given["options"] = CHOICES
            if kind is FieldKind.RELATION:
                given["relation"] = "company"
            custom_fields.create_field({**given, "label": f"plain {kind.value}"}, actor=actor)
            if kind in INDEXABLE:
                custom_fields.create_field({**given, "label": f"fast {kind.value}", "indexed": True}, actor=actor)
    with person.at_work():
        return {field.key: field for field in record_types.get("company").fields if field.custom}


def fill(person: Person, fields: dict[str, Field], count: int) -> None:
    """Records with values of every kind, past the readers; in the plain fields of some of them stands anything."""
    random = Random(11)
    with person.at_work() as actor:
        record_type = record_types.get("company")
        made = []
        for number in range(count):
            record = record_type.new(name=f"c{number}")
            for field in fields.values():
                if random.random() < 0.75:
                    field.write(record, _some(field.kind, random))
                elif not field.typed and random.random() < 0.8:
                    record.custom = {**record.custom, field.key: random.choice(JUNK)}
            made.append((record, {}))
        insert_records(record_type, made, actor=actor)


def _some(kind: FieldKind, random: Random) -> Any:
    texts = [text for text in TEXTS if text.strip()]
    values: dict[FieldKind, list[Any]] = {
        **dict.fromkeys((FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.EMAIL, FieldKind.PHONE, FieldKind.URL), texts),
        **dict.fromkeys((FieldKind.NUMBER, FieldKind.CURRENCY, FieldKind.PERCENT), NUMBERS),
        FieldKind.DATE: DAYS,
        FieldKind.DATETIME: MOMENTS,
        FieldKind.BOOLEAN: [True, False],
        FieldKind.SELECT: [*CHOICES, "gone"],
        FieldKind.USER: IDS,
        FieldKind.RELATION: IDS,
    }
    if kind is FieldKind.MULTI_SELECT:
        return random.sample(CHOICES, random.randint(1, 3))
    return random.choice(values[kind])


def condition(data: st.DataObject, bound: BoundField, operator: Operator) -> dict[str, Any]:
    leaf: dict[str, Any] = {"field": bound.id, "cmp": operator.value}
    reference = bound.field.kind in {FieldKind.RELATION, FieldKind.USER}
    value = data.draw(keys_for(operator) if reference else value_for(bound, operator))
    return leaf if value is None else leaf | {"value": value}


def keys_for(operator: Operator) -> st.SearchStrategy[Any]:
    keys = st.sampled_from([str(each) for each in IDS])
    if operator in {Operator.IS, Operator.IS_NOT}:
        return keys
    return st.lists(keys, min_size=1, max_size=2) if operator in {Operator.ANY_OF, Operator.NONE_OF} else st.none()


def test_conditions_let_in_the_same_records_in_sql_and_in_python(alice: Person) -> None:
    fields = add_fields(alice)
    fill(alice, fields, 120)
    with alice.at_work() as actor:
        record_type = record_types.get("company")
        schema = RecordSchema(record_type, actor)
        rows = list(record_type.rows())

        @given(data=st.data())
        @settings(quick, max_examples=4)
        def agree(data: st.DataObject) -> None:
            context = data.draw(contexts)
            for key in fields:
                bound = find_field(schema, key)
                assert bound is not None
                for operator in allowed_operators(bound):
                    tree = condition(data, bound, operator)
                    if data.draw(st.booleans()):
                        tree = {"op": "not", "args": [tree]}
                    parsed = parse(tree, schema)
                    by_sql = set(record_type.rows().filter(to_q(parsed, schema, context)).values_list("pk", flat=True))
                    passes = to_predicate(parsed, schema, context)
                    assert {row.pk for row in rows if passes(row)} == by_sql, tree

        agree()


def test_sql_reads_out_of_the_json_what_python_reads(alice: Person) -> None:
    fields = add_fields(alice)
    fill(alice, fields, 120)

    with alice.at_work():
        record_type = record_types.get("company")
        for field in fields.values():
            by_sql = dict(record_type.rows().annotate(v=json_expression(field, "")).values_list("pk", "v"))
            assert by_sql == {row.pk: field.read(row) for row in record_type.rows()}, field.key


@pytest.mark.parametrize("descending", [False, True])
def test_every_sortable_kind_is_listed_in_order_page_by_page(alice: Person, *, descending: bool) -> None:
    fields = add_fields(alice)
    fill(alice, fields, 60)

    with alice.at_work() as actor:
        record_type = record_types.get("company")
        for field in fields.values():
            if not field.sortable:
                continue
            sorts, cursor, found = (Sort(field, descending),), "", []
            while True:
                page = list_records(record_type, ListQuery(sort=sorts, cursor=cursor, limit=7), actor=actor)
                found += list(page.rows)
                cursor = page.next_cursor
                if not cursor:
                    break
            filled = [row for row in found if sort_value(field, row) is not None]
            keys = [(sort_value(field, row), row.pk) for row in filled]
            assert len({row.pk for row in found}) == 60, field.key
            assert found[: len(filled)] == filled
            assert keys == sorted(keys, key=lambda key: (_bytes(key[0]), key[1]), reverse=descending), field.key


def _bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value
