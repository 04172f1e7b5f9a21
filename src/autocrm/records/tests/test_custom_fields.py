"""Fields that a tenant adds: defined, filled, filtered and sorted by, kept apart, taken away again."""

from threading import Thread
from typing import Any

import pytest
from django.db import connections

from autocrm.kernel.conditions.tree import where
from autocrm.kernel.errors import Denied, Invalid
from autocrm.records import selectors, services
from autocrm.records.custom import fields as custom_fields
from autocrm.records.listing import ListQuery
from autocrm.records.models import CustomField, FieldValue
from autocrm.records.orders import parse_sort
from autocrm.records.registry import record_types
from autocrm.records.schema import RecordSchema
from tests.support.cast import Person, make_person, make_role


def add_field(person: Person, label: str = "Budget", kind: str = "currency", **values: Any) -> CustomField:
    with person.at_work() as actor:
        given = {"record_type": "company", "label": label, "kind": kind, **values}
        return custom_fields.create_field(given, actor=actor)


def make(person: Person, name: str, **values: Any) -> Any:
    with person.at_work() as actor:
        return services.create_record(record_types.get("company"), {"name": name, **values}, actor=actor)


def names(person: Person, *, sort: str = "", condition: Any = None, limit: int = 50) -> list[str]:
    """The names in a list, read page by page."""
    found: list[str] = []
    with person.at_work() as actor:
        record_type = record_types.get("company")
        sorts = parse_sort([sort] if sort else ["name"], RecordSchema(record_type, actor))
        cursor = ""
        while True:
            query = ListQuery(condition=condition, sort=sorts, cursor=cursor, limit=limit)
            page = selectors.list_records(record_type, query, actor=actor)
            found += [record.name for record in page.rows]
            cursor = page.next_cursor
            if not cursor:
                return found


def test_a_field_is_part_of_its_type_for_its_tenant_alone(alice: Person, charlie: Person) -> None:
    made = add_field(alice, "Budget")

    assert made.key == "budget"
    with alice.at_work():
        assert record_types.get("company").by_key["budget"].custom
    with charlie.at_work():
        assert "budget" not in record_types.get("company").by_key
    assert "budget" not in record_types.get("company").by_key


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("descending", [False, True])
def test_lists_are_sorted_and_continued_by_a_custom_field(alice: Person, *, indexed: bool, descending: bool) -> None:
    add_field(alice, "Budget", indexed=indexed)
    values = {"a": "3", "b": "", "c": "1.50", "d": "2", "e": "", "f": "3"}
    for name, value in values.items():
        make(alice, name, budget=value)

    order = names(alice, sort="-budget" if descending else "budget", limit=2)

    assert order == (["f", "a", "d", "c", "e", "b"] if descending else ["c", "d", "a", "f", "b", "e"])


@pytest.mark.parametrize("indexed", [False, True])
def test_lists_are_filtered_by_a_custom_field(alice: Person, *, indexed: bool) -> None:
    add_field(alice, "Budget", indexed=indexed)
    for name, value in {"a": "3", "b": "", "c": "1.50"}.items():
        make(alice, name, budget=value)

    assert names(alice, condition=where("budget", "gt", "1.5")) == ["a"]
    assert names(alice, condition=where("budget", "is_empty")) == ["b"]
    assert names(alice, condition=where("budget", "ne", "3")) == ["b", "c"]


def test_the_typed_value_follows_every_write(alice: Person) -> None:
    add_field(alice, "Budget", indexed=True)
    record = make(alice, "a", budget="3")
    company = record_types.get("company")

    with alice.at_work() as actor:
        assert FieldValue.objects.get().number == 300
        services.update_record(record_types.get("company"), record.id, {"budget": "4"}, actor=actor)
        assert FieldValue.objects.get().number == 400
        services.update_record(record_types.get(company.key), record.id, {"budget": None}, actor=actor)
        assert not FieldValue.objects.exists()


def test_a_unique_value_is_taken_once(alice: Person) -> None:
    add_field(alice, "Customer number", "text", unique=True)
    make(alice, "a", customer_number="K 1")

    with pytest.raises(Invalid) as refused:
        make(alice, "b", customer_number=" k  1 ")

    assert set(refused.value.fields) == {"customer_number"}
    assert names(alice) == ["a"]


def test_who_may_not_manage_the_data_model_changes_nothing(alice: Person, bob: Person) -> None:
    made = add_field(alice)

    with bob.at_work() as actor:
        with pytest.raises(Denied):
            custom_fields.create_field({"record_type": "company", "label": "x", "kind": "text"}, actor=actor)
        with pytest.raises(Denied):
            custom_fields.update_field(made.id, {"label": "x"}, actor=actor)
        with pytest.raises(Denied):
            custom_fields.archive_field(made.id, actor=actor)
        with pytest.raises(Denied):
            custom_fields.delete_field(made.id, expected=0, actor=actor)
        assert [each.label for each in CustomField.objects.all()] == ["Budget"]


LOST = {"field": "status", "cmp": "is", "value": "lost"}


def with_reason(person: Person) -> None:
    add_field(person, "Status", "select", options=["Open", "Lost"])
    add_field(person, "Reason", "text", visible_when=LOST, required_when=LOST)


def test_a_field_is_required_while_its_condition_holds(alice: Person) -> None:
    with_reason(alice)

    record = make(alice, "a", status="open")
    with pytest.raises(Invalid) as refused:
        make(alice, "b", status="lost")
    assert set(refused.value.fields) == {"reason"}
    with alice.at_work() as actor, pytest.raises(Invalid) as refused:
        services.update_record(record_types.get("company"), record.id, {"status": "lost"}, actor=actor)
    assert set(refused.value.fields) == {"reason"}
    with alice.at_work() as actor:
        both = {"status": "lost", "reason": "price"}
        services.update_record(record_types.get("company"), record.id, both, actor=actor)
        services.update_record(record_types.get("company"), record.id, {"status": "open"}, actor=actor)
        assert record_types.get("company").rows().get().custom["reason"] == "price"


def test_a_field_that_is_not_to_be_seen_is_neither_on_the_page_nor_in_the_form(alice: Person) -> None:
    with_reason(alice)
    record = make(alice, "a", status="lost", reason="price")
    url = f"/companies/{record.id}/"

    assert "Reason" in alice.page.get(url).content.decode()
    alice.page.post(f"{url}edit/status/?in=page", {"value": "open", "version": "1"})
    assert "Reason" not in alice.page.get(url).content.decode()
    drawn = alice.page.post("/companies/rules/", {"name": "b", "status": "open"}).content.decode()
    assert 'id="field-f-reason" hidden' in drawn
    drawn = alice.page.post("/companies/rules/", {"name": "b", "status": "lost"}).content.decode()
    assert 'id="field-f-reason" hx-swap-oob' in drawn


def test_what_is_not_committed_is_nobody_else_s(alice: Person) -> None:
    """Another thread that looks meanwhile would keep types without the field under the new state's name."""
    seen: list[bool] = []

    def look() -> None:
        try:
            with alice.at_work():
                seen.append("budget" in record_types.get("company").by_key)
        finally:
            connections.close_all()

    def look_in_a_thread() -> None:
        other = Thread(target=look)
        other.start()
        other.join()

    with alice.at_work() as actor:
        given = {"record_type": "company", "label": "Budget", "kind": "currency"}
        custom_fields.create_field(given, actor=actor)
        assert "budget" in record_types.get("company").by_key
        look_in_a_thread()
        assert "budget" in record_types.get("company").by_key
    look_in_a_thread()

    assert seen == [False, True]
    with alice.at_work():
        assert "budget" in record_types.get("company").by_key


def test_what_was_rolled_back_is_seen_by_nobody(alice: Person) -> None:
    with pytest.raises(ZeroDivisionError), alice.at_work() as actor:
        custom_fields.create_field({"record_type": "company", "label": "Budget", "kind": "currency"}, actor=actor)
        assert "budget" in record_types.get("company").by_key
        raise ZeroDivisionError

    with alice.at_work():
        assert "budget" not in record_types.get("company").by_key


def test_values_that_keep_a_field_from_being_unique_are_named_to_who_may_see_them(alice: Person) -> None:
    field = add_field(alice, "Code", "text")
    for name, code in (("a", "A-1"), ("b", "a-1"), ("c", "B-2")):
        make(alice, name, code=code)
    role = make_role(alice.tenant, records={}, fields={"company": {"code": "hidden"}}, codes=["data_model.manage"])
    dora = make_person("Dora Dean", alice.tenant, role)

    said = []
    for person in (alice, dora):
        with person.at_work() as actor, pytest.raises(Invalid) as refused:
            custom_fields.update_field(field.id, {"unique": True}, actor=actor)
        said.append([str(text) for text in refused.value.fields["unique"]])

    assert said == [["1 value is there more than once.", "For example: “a-1”"], ["1 value is there more than once."]]
    with alice.at_work():
        assert not CustomField.objects.get().unique


def test_a_list_by_a_field_that_is_gone_names_the_field(alice: Person) -> None:
    said = alice.page.get("/companies/?budget__contains=9")

    assert said.status_code == 422
    assert "There is no field “budget”." in said.content.decode()
