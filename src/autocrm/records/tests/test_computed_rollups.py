"""Rollups: figures over what leads to a record, kept with every write, exact whatever happened."""

from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autocrm.kernel.errors import Invalid
from autocrm.records import services
from autocrm.records.bulk import archive_records, restore_records
from autocrm.records.computed import recalculating, spreading
from autocrm.records.custom import fields as custom_fields
from autocrm.records.merging.merging import merge_records
from autocrm.records.merging.undoing import undo_merge
from autocrm.records.models import CustomField
from autocrm.records.registry import record_types
from autocrm.records.tests.computed_world import add, change, formula, make, rollup, value, work_off
from tests.support.cast import Person, make_person, make_role


def test_each_function_over_the_records_that_lead_here(alice: Person) -> None:
    add(alice, "Worth", "currency", on="contact")
    add(alice, "Met on", "date", on="contact")
    add(alice, "Size", "select", on="contact", options=["Small", "Large"])
    rollup(alice, "People", "count")
    for function in ("sum", "avg", "min", "max", "latest"):
        rollup(alice, f"Worth {function}", function, field="worth")
    rollup(alice, "First met", "min", field="met_on")
    rollup(alice, "Last name", "latest", field="last_name")
    rollup(alice, "Last size", "latest", field="size")
    company, other = make(alice), make(alice, name="Other")
    for number, worth in enumerate(["1.00", "2.01", ""], start=1):
        values = {"worth": worth, "met_on": f"2026-01-0{number}", "size": "Small", "last_name": f"L{number}"}
        make(alice, "contact", company=str(company.id), **values)

    keys = ("people", "worth_sum", "worth_avg", "worth_min", "worth_max", "worth_latest")
    assert [value(alice, company, key) for key in keys] == [3, 301, 150, 100, 201, 201]
    assert str(value(alice, company, "first_met")) == "2026-01-01"
    assert value(alice, company, "last_name") == "L3"
    assert value(alice, company, "last_size") == "Small"
    assert [value(alice, other, key) for key in keys] == [0, 0, None, None, None, None]


def test_it_follows_every_write(alice: Person) -> None:
    rollup(alice, "People", "count", filter={"field": "type", "cmp": "is", "value": "customer"})
    formula(alice, "Crowded", "people > 1")
    one, other = make(alice), make(alice, name="Other")
    people = [make(alice, "contact", company=str(one.id), type="customer") for _number in range(2)]

    def figures() -> list[Any]:
        return [value(alice, each, key) for each in (one, other) for key in ("people", "crowded")]

    assert figures() == [2, True, 0, False]
    change(alice, people[0], "contact", company=str(other.id))
    assert figures() == [1, False, 1, False]
    change(alice, people[1], "contact", type="lead")
    assert figures() == [0, False, 1, False]
    with alice.at_work() as actor:
        contact = record_types.get("contact")
        services.archive_record(contact, people[0].id, actor=actor)
    assert figures() == [0, False, 0, False]
    with alice.at_work() as actor:
        services.restore_record(contact, people[0].id, actor=actor)
    assert figures() == [0, False, 1, False]
    with alice.at_work() as actor:
        archive_records(contact, list(contact.rows().filter(pk=people[0].id).select_for_update()), actor=actor)
    assert figures() == [0, False, 0, False]
    with alice.at_work() as actor:
        restore_records(contact, list(contact.rows().filter(pk=people[0].id).select_for_update()), actor=actor)
    assert figures() == [0, False, 1, False]


def test_a_relation_that_the_tenant_made_leads_here_too(alice: Person) -> None:
    add(alice, "Advisor of", "relation", on="contact", relation="company")
    rollup(alice, "Advisors", "count", relation="advisor_of")
    company = make(alice)
    contact = make(alice, "contact", advisor_of=str(company.id))
    assert value(alice, company, "advisors") == 1

    change(alice, contact, "contact", advisor_of=None)

    assert value(alice, company, "advisors") == 0


def test_figures_go_up_the_tree_step_by_step(alice: Person) -> None:
    rollup(alice, "People", "count")
    rollup(alice, "People below", "sum", record_type="company", relation="parent", field="people")
    top = make(alice, name="Top")
    part = make(alice, name="Part", parent=str(top.id))
    make(alice, "contact", company=str(part.id))

    assert value(alice, top, "people_below") == 1


def test_many_members_are_left_to_a_job(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "MOST_MEMBERS", 2)
    rollup(alice, "People", "count")
    company = make(alice)
    for _number in range(4):
        make(alice, "contact", company=str(company.id))
    assert value(alice, company, "people") == 2

    work_off(alice)

    assert value(alice, company, "people") == 4


@pytest.mark.parametrize(
    ("config", "wrong"),
    [
        ({"record_type": "nothing"}, "record_type"),
        ({"relation": "owner"}, "relation"),
        ({"relation": "nothing"}, "relation"),
        ({"function": "median"}, "function"),
        ({"function": "sum", "field": "first_name"}, "field"),
        ({"function": "sum", "field": "nothing"}, "field"),
        ({"function": "sum"}, "field"),
        ({"filter": {"field": "nothing", "cmp": "is", "value": 1}}, "filter"),
        ({"filter": {"field": "company.people", "cmp": "is", "value": 1}}, "filter"),
    ],
)
def test_what_is_wrong_with_a_rollup_is_told(alice: Person, config: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        rollup(alice, "People", **{"function": "count", **config})

    assert set(refused.value.fields) == {f"config.{wrong}"}
    with alice.at_work():
        assert not CustomField.objects.exists()


def test_a_rollup_and_a_formula_make_no_circle(alice: Person) -> None:
    made = rollup(alice, "People", "count")
    formula(alice, "Peers", "company.people", on="contact")

    with pytest.raises(Invalid) as refused, alice.at_work() as actor:
        config = {**made.config, "function": "sum", "field": "peers"}
        custom_fields.update_field(made.id, {"config": config}, actor=actor)

    assert "The value would depend on itself" in str(refused.value.fields)


def test_it_is_hidden_from_whoever_does_not_see_all_that_it_counts(alice: Person) -> None:
    rollup(alice, "People", "count", filter={"field": "source", "cmp": "is", "value": "fair"})
    company = make(alice)
    reads = {"contact": {"read": "all"}, "company": {"read": "all"}}
    roles = {
        "all": {"records": reads},
        "own": {"records": {**reads, "contact": {"read": "own"}}},
        "no source": {"records": reads, "fields": {"contact": {"source": "hidden"}}},
        "no company": {"records": reads, "fields": {"contact": {"company": "hidden"}}},
    }

    seen = {}
    for name, values in roles.items():
        person = make_person("Dora", alice.tenant, make_role(alice.tenant, **values))
        seen[name] = "people" in person.api.get(f"/api/v1/companies/{company.id}/").json()

    assert seen == {"all": True, "own": False, "no source": False, "no company": False}


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["make", "move", "worth", "archive", "restore", "revenue"]),
        st.integers(0, 5),
        st.integers(0, 2),
        st.integers(-3, 3),
    ),
    max_size=12,
)


@given(operations=OPERATIONS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_the_values_are_those_of_a_full_pass(
    alice: Person, operations: list[tuple[str, int, int, int]]
) -> None:
    """Step by step or all at once: the same."""
    with alice.at_work():
        is_new = not CustomField.objects.exists()
    if is_new:
        add(alice, "Worth", "currency", on="contact")
        rollup(alice, "People", "count")
        rollup(alice, "Sum", "sum", field="worth", filter={"field": "worth", "cmp": "gt", "value": "-2"})
        formula(alice, "Rate", "coalesce(sum, 0) + revenue * people")
        formula(alice, "Share", "company.rate - worth", on="contact")
        rollup(alice, "Oldest share", "min", record_type="contact", field="worth")
    companies = [make(alice, name=f"C{number}") for number in range(3)]
    people: list[Any] = []
    for name, who, where, figure in operations:
        if name == "make":
            people.append(make(alice, "contact", company=str(companies[where].id), worth=str(figure)))
        elif name == "revenue":
            change(alice, companies[where], revenue=str(figure))
        elif people:
            _do(alice, name, people[who % len(people)], companies[where], figure)

    with alice.at_work() as actor:
        before = _values()
        for key in ("company", "contact", "company"):
            recalculating.recalculate_all(record_types.get(key), actor=actor)
    work_off(alice)

    with alice.at_work():
        assert _values() == before


def _do(person: Person, name: str, record: Any, company: Any, figure: int) -> None:
    with person.at_work() as actor:
        contact = record_types.get("contact")
        match name:
            case "archive":
                services.archive_record(contact, record.id, actor=actor)
            case "restore":
                services.restore_record(contact, record.id, actor=actor)
            case "move":
                services.update_record(contact, record.id, {"company": str(company.id)}, actor=actor)
            case "worth":
                services.update_record(contact, record.id, {"worth": str(figure)}, actor=actor)


def _values() -> dict[Any, Any]:
    return {record.id: record.custom for key in ("company", "contact") for record in record_types.get(key).rows()}


def test_two_that_write_at_once_never_wait_for_each_other_and_both_count(alice: Person) -> None:
    rollup(alice, "People", "count")
    company = make(alice)
    begun, go_on = Event(), Event()

    def write_slowly() -> None:
        try:
            with alice.at_work() as actor:
                values = {"first_name": "Slow", "company": str(company.id)}
                services.create_record(record_types.get("contact"), values, actor=actor)
                begun.set()
                assert go_on.wait(20)
        finally:
            connections.close_all()

    slow = Thread(target=write_slowly)
    slow.start()
    assert begun.wait(20)
    make(alice, "contact", company=str(company.id))
    assert value(alice, company, "people") == 0
    go_on.set()
    slow.join()
    work_off(alice)

    assert value(alice, company, "people") == 2


def test_merging_moves_what_is_counted_and_undo_moves_it_back(alice: Person) -> None:
    rollup(alice, "People", "count")
    rollup(alice, "Parts", "count", record_type="company", relation="parent")
    top = make(alice, name="Top")
    one, other = (make(alice, name=f"Same {number}", parent=str(top.id)) for number in range(2))
    for company in (one, one, other):
        make(alice, "contact", company=str(company.id))
    assert [value(alice, each, "people") for each in (one, other)] == [2, 1]

    with alice.at_work() as actor:
        operation = merge_records(record_types.get("company"), one.id, [other.id], actor=actor)
    assert value(alice, one, "people") == 3
    assert value(alice, top, "parts") == 1

    with alice.at_work() as actor:
        undo_merge(operation.id, actor=actor)
    assert [value(alice, each, "people") for each in (one, other)] == [2, 1]
    assert value(alice, top, "parts") == 2


def test_a_rollup_is_defined_over_rest_and_repaired_on_demand(alice: Person) -> None:
    company = make(alice)
    make(alice, "contact", company=str(company.id))
    config = {"record_type": "contact", "relation": "company", "function": "count"}
    body = {"record_type": "company", "kind": "rollup", "label": "People", "config": config}
    made = alice.api.post("/api/v1/custom_fields/", body)
    assert made.status_code == 201, made.content
    with alice.at_work() as actor:
        record_types.get("company").rows().update(custom={"people": 17})
        recalculating.recalculate_all(record_types.get("company"), actor=actor)
    work_off(alice)

    assert value(alice, company, "people") == 1
