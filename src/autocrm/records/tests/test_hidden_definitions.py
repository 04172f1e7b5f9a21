"""Fields that are hidden, gone or of another kind: what is asked for, what the journal tells, what a try shows."""

from typing import Any

import pytest

from autocrm.journal.models import Entry
from autocrm.kernel.errors import Invalid
from autocrm.records import services
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import kinds as custom_kinds
from autocrm.records.history.reversal import Outcome, reverse_entries
from autocrm.records.lists import view_services
from autocrm.records.models import CustomField
from autocrm.records.registry import record_types
from autocrm.records.tests.computed_world import add, change, make, work_off
from tests.support.cast import Person, make_person, make_role

ALL = dict.fromkeys(("read", "create", "update", "delete", "export", "import", "bulk"), "all")


def somebody(alice: Person, *hidden: str, codes: tuple[str, ...] = ()) -> Person:
    """Bob, from whom some fields of companies are hidden."""
    fields = {"company": dict.fromkeys(hidden, "hidden")}
    role = make_role(alice.tenant, records={"*": ALL}, fields=fields, codes=list(codes))
    return make_person("Bob Baker", alice.tenant, role)


def test_nobody_is_asked_for_a_required_field_that_is_hidden_from_him(alice: Person) -> None:
    add(alice, "Margin", "number", required=True)
    bob = somebody(alice, "margin")

    made = bob.api.post("/api/v1/companies/", {"name": "Globex"})
    asked = alice.api.post("/api/v1/companies/", {"name": "Initech"})

    assert made.status_code == 201, made.content
    assert asked.status_code == 422
    assert list(asked.json()["errors"]) == ["margin"]


def test_nor_where_a_condition_asks_for_it(alice: Person) -> None:
    lost = {"field": "status", "cmp": "is", "value": "lost"}
    add(alice, "Status", "select", options=["Open", "Lost"])
    add(alice, "Reason", "text", required_when=lost)
    bob = somebody(alice, "reason")
    company = make(alice, name="Globex")

    changed = bob.api.patch(f"/api/v1/companies/{company.id}/", {"status": "lost"})
    created = bob.api.post("/api/v1/companies/", {"name": "Initech", "status": "lost"})

    assert (changed.status_code, created.status_code) == (200, 201), (changed.content, created.content)
    with alice.at_work() as actor, pytest.raises(Invalid):
        services.create_record(record_types.get("company"), {"name": "Hooli", "status": "lost"}, actor=actor)


def test_a_file_needs_no_column_for_it_either(alice: Person) -> None:
    add(alice, "Margin", "number", required=True)
    bob = somebody(alice, "margin")

    begun = bob.api.post("/api/v1/companies/bulk_import/", {"rows": [{"name": "Globex"}]})
    work_off(alice)

    assert begun.status_code == 202, begun.content
    with alice.at_work():
        assert record_types.get("company").rows().get().name == "Globex"


def test_what_is_required_only_where_it_is_shown_needs_no_column(alice: Person) -> None:
    add(alice, "Status", "select", options=["Open", "Lost"])
    add(alice, "Reason", "text", required=True, visible_when={"field": "status", "cmp": "is", "value": "lost"})

    begun = alice.api.post("/api/v1/companies/bulk_import/", {"rows": [{"name": "A"}, {"name": "B", "status": "lost"}]})
    work_off(alice)

    assert begun.status_code == 202, begun.content
    with alice.at_work():
        assert [each.name for each in record_types.get("company").rows()] == ["A"]


def test_a_field_that_is_deleted_takes_its_history_with_it(alice: Person) -> None:
    field = add(alice, "Margin", "text")
    bob = somebody(alice, "margin")
    company = make(alice, name="Globex", margin="Zebrabefore")
    change(alice, company, margin="Zebrasecret")
    with alice.at_work() as actor:
        custom_fields.delete_field(field.id, expected=1, actor=actor)

    for _time in range(2):
        told = bob.api.get(f"/api/v1/companies/{company.id}/timeline/").content.decode()
        assert "Zebra" not in told
        work_off(alice)


def test_and_nothing_of_it_is_told_of_a_new_one_of_its_name(alice: Person) -> None:
    field = add(alice, "Margin", "text")
    bob = somebody(alice, "margin")
    company = make(alice, name="Globex", margin="Zebrabefore")
    change(alice, company, margin="Zebrasecret")
    with alice.at_work() as actor:
        custom_fields.delete_field(field.id, expected=1, actor=actor)
    work_off(alice)

    new = add(alice, "Margin", "text")
    with alice.at_work() as actor, pytest.raises(Invalid):
        custom_fields.create_field(
            {"record_type": "company", "label": "X", "kind": "text", "key": "margin"}, actor=actor
        )

    assert new.key == "margin_2"
    for path in (
        f"/companies/{company.id}/panels/history/",
        f"/companies/{company.id}/",
        "/companies/?columns=name,margin_2",
    ):
        assert "Zebra" not in bob.page.get(path).content.decode()
    assert "Zebra" not in bob.api.get(f"/api/v1/companies/{company.id}/timeline/").content.decode()


def test_deleted_fields_take_nobody_the_room_for_new_ones(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_fields, "MOST_FIELDS", 1)
    for _time in range(3):
        field = add(alice, "Margin", "text")
        with alice.at_work() as actor:
            custom_fields.delete_field(field.id, expected=0, actor=actor)
        work_off(alice)

    with alice.at_work() as actor:
        assert custom_fields.list_fields(record_types.get("company"), actor=actor) == []
        assert custom_fields.reorder_fields(record_types.get("company"), [], actor=actor) == []
        assert CustomField.objects.count() == 3


def test_a_try_of_another_kind_shows_no_values_to_whom_they_are_hidden(alice: Person) -> None:
    field = add(alice, "Margin", "text")
    manager = somebody(alice, "margin", codes=("data_model.manage",))
    make(alice, name="Globex", margin="Zebrasecret")

    for kind in ("number", "select"):
        seen = alice.api.get(f"/api/v1/custom_fields/{field.id}/kind/", {"kind": kind}).content.decode()
        told = manager.api.get(f"/api/v1/custom_fields/{field.id}/kind/", {"kind": kind})
        page = manager.page.get(f"/settings/data-model/fields/{field.id}/kind/", {"kind": kind})
        assert "Zebrasecret" in seen
        assert told.json()["values"] == 1
        assert "Zebrasecret" not in told.content.decode()
        assert page.status_code == 200
        assert "Zebrasecret" not in page.content.decode()


def test_a_view_names_no_hidden_field_among_its_cards(alice: Person) -> None:
    add(alice, "Margin", "text")
    add(alice, "Status", "text")
    bob = somebody(alice, "margin")
    with alice.at_work() as actor:
        query = "layout=board&by=owner&cards=margin,status"
        view = view_services.create_view(
            record_types.get("company"), name="Board", query=query, visibility="workspace", actor=actor
        )

    seen = bob.api.get(f"/api/v1/views/{view.id}/").json()

    assert "margin" not in seen["query"]
    assert "status" in seen["query"]
    assert bob.page.get(f"/companies/?view={view.id}").status_code == 200


CONVERTED: list[tuple[str, str, Any, str]] = [
    ("text", "number", "twelve", "twelve"),
    ("text", "date", "some day", "some day"),
    ("text", "boolean", "Perhaps", "Perhaps"),
    ("text", "multi_select", "Blue, red", "Blue, red"),
    ("number", "text", "12", "12"),
    ("select", "multi_select", "small", "small"),
    ("multi_select", "text", ["small", "large"], "large, small"),
]


@pytest.mark.parametrize(("old", "new", "value", "told"), CONVERTED, ids=str)
def test_the_history_tells_what_stood_there_when_a_field_was_of_another_kind(
    alice: Person, old: str, new: str, value: Any, told: str
) -> None:
    options = {"options": ["Small", "Large"]} if "select" in old else {}
    field = add(alice, "Size", old, **options)
    company = make(alice, name="Globex")
    change(alice, company, size=value)
    with alice.at_work() as actor:
        custom_kinds.change_kind(field.id, new, expected=1, actor=actor)
    work_off(alice)

    history = alice.page.get(f"/companies/{company.id}/panels/history/")
    timeline = alice.api.get(f"/api/v1/companies/{company.id}/timeline/")

    assert (history.status_code, timeline.status_code) == (200, 200)
    assert told in history.content.decode()


def test_an_undo_leaves_a_record_alone_whose_old_value_no_longer_fits(alice: Person) -> None:
    field = add(alice, "Size", "text")
    company = make(alice, name="Globex", size="twelve")
    change(alice, company, size="12.50")
    with alice.at_work() as actor:
        turned = custom_kinds.change_kind(field.id, "number", expected=1, actor=actor)
        assert turned.decimal_places == 0
    work_off(alice)

    with alice.at_work() as actor:
        entries = list(Entry.objects.filter(record_id=company.id, kind="record.updated"))
        (done,) = reverse_entries(entries, actor=actor)

    assert done.outcome is Outcome.REFUSED
