"""Merging and taking it back: whatever leads to the records, afterwards everything is as it was."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autocrm.activities import services as activities
from autocrm.activities.models import ActivityLink
from autocrm.kernel.errors import Conflict, Denied, Invalid, NotFound
from autocrm.kernel.ids import new_id
from autocrm.records import services
from autocrm.records.custom import fields as custom_fields
from autocrm.records.duplicate_models import MatchKey, MergedRecord, MergeOperation, NotDuplicate
from autocrm.records.matching.pairs import mark_not_duplicates
from autocrm.records.merging.merging import merge_records
from autocrm.records.merging.pointers import find_survivor, merged_ids
from autocrm.records.merging.undoing import undo_merge
from autocrm.records.models import FieldValue, SearchRow
from autocrm.records.registry import record_types
from autocrm.tenants.models import Tenant
from autocrm.workflows.defaults import ensure_defaults
from autocrm.workflows.models import WorkflowRun
from tests.support.cast import Person, make_person, make_role

# What an undo makes anew: it is a write of its own.
MOVING = {"version", "updated_at", "updated_by_id"}


def create(key: str, actor: Any, **values: Any) -> Any:
    return services.create_record(record_types.get(key), values, actor=actor)


def merge(key: str, survivor: Any, *losers: Any, actor: Any, **choices: Any) -> MergeOperation:
    picked = {name: record.pk for name, record in choices.items()}
    return merge_records(record_types.get(key), survivor.pk, [each.pk for each in losers], picked, actor=actor)


def read(record: Any) -> Any:
    return type(record).objects.get(pk=record.pk)


def state() -> dict[str, Any]:
    """Every row that a merge may touch, without what an undo makes anew."""
    tables: dict[str, Any] = {}
    for key in ("contact", "company", "task"):
        rows = record_types.get(key).rows()
        tables[key] = {
            row["id"]: {name: value for name, value in row.items() if name not in MOVING} for row in rows.values()
        }
    tables["links"] = set(ActivityLink.objects.values_list("id", "activity_id", "record_id", "record_label", "at"))
    tables["search"] = set(SearchRow.objects.values_list("record_id", "title", "subtitle", "owner_id", "document"))
    tables["keys"] = set(MatchKey.objects.values_list("record_id", "kind", "key"))
    tables["said"] = set(NotDuplicate.objects.values_list("left_id", "right_id"))
    tables["values"] = set(FieldValue.objects.values_list("field_id", "record_id", "reference", "text", "unique_key"))
    tables["pointers"] = set(MergedRecord.objects.values_list("record_id", "survivor_id"))
    return tables


GRAPH = st.fixed_dictionaries(
    {
        "parents": st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=6, max_size=6),
        "employers": st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=5, max_size=5),
        "links": st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), max_size=8),
        "tags": st.lists(st.tuples(st.sampled_from(["VIP", "Old", "New"]), st.integers(0, 5)), max_size=6),
        "said": st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=4),
        "cities": st.lists(st.sampled_from(["", "Oslo", "Bergen"]), min_size=6, max_size=6),
        "merged": st.lists(st.integers(0, 5), min_size=2, max_size=4, unique=True),
    }
)


def build(graph: dict[str, Any], actor: Any) -> list[Any]:
    companies = [
        create("company", actor, name=f"Firm {number}", city=city, phone=f"+1 212 555 01{number:02d}")
        for number, city in enumerate(graph["cities"])
    ]
    kind = record_types.get("company")
    for child, parent in enumerate(graph["parents"]):
        # A smaller number as parent makes no loop.
        if parent is not None and parent < child:
            services.update_record(kind, companies[child].pk, {"parent": companies[parent].pk}, actor=actor)
    for number, employer in enumerate(graph["employers"]):
        company = None if employer is None else str(companies[employer].pk)
        create("contact", actor, first_name=f"Person{number}", last_name="Smith", company=company)
    _decorate(graph, companies, actor)
    return companies


def _decorate(graph: dict[str, Any], companies: list[Any], actor: Any) -> None:
    kind = record_types.get("company")
    for task in {task for task, _company in graph["links"]}:
        found = sorted({company for each, company in graph["links"] if each == task})
        links = [activities.About("company", companies[each].pk) for each in found]
        activities.create_task({"subject": f"Task {task}"}, about=links, actor=actor)
    for word, number in graph["tags"]:
        tag = services.ensure_tag(word, actor=actor)
        had = read(companies[number]).tags
        services.update_record(kind, companies[number].pk, {"tags": [*had, tag.pk]}, actor=actor)
    for one, other in graph["said"]:
        if one != other:
            mark_not_duplicates(kind, [companies[one].pk, companies[other].pk], actor=actor)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(GRAPH)
def test_a_merge_that_is_undone_leaves_everything_as_it_was(alice: Person, graph: dict[str, Any]) -> None:
    with alice.at_work() as actor:
        for key in ("contact", "task", "company"):
            record_types.get(key).rows().delete()
        for table in (ActivityLink, SearchRow, MatchKey, NotDuplicate, MergeOperation):
            table.objects.all().delete()
        companies = build(graph, actor)
        survivor, *losers = [companies[number] for number in graph["merged"]]
        before = state()

        operation = merge("company", survivor, *losers, actor=actor)
        gone = {each.pk for each in losers}
        between = state()
        undone = undo_merge(operation.pk, actor=actor)

        live = [row for row in between["company"].values() if row["archived_at"] is None]
        assert not gone & {row["parent_id"] for row in live}
        assert not gone & {row["company_id"] for row in between["contact"].values()}
        assert not gone & {record_id for _id, _task, record_id, _label, _at in between["links"]}
        assert not gone & {row[0] for row in between["search"]}
        assert undone.kept == ()
        assert state() == before


def test_the_survivor_gets_what_was_chosen_and_what_it_lacked(alice: Person) -> None:
    with alice.at_work() as actor:
        one = create("contact", actor, first_name="Jon", last_name="Smith", email="jon@x.example", city="Oslo")
        other = create(
            "contact",
            actor,
            first_name="John",
            last_name="Smith",
            email="john@x.example",
            phone="+12125550100",
            title="Buyer",
            type="customer",
        )

        merge("contact", one, other, actor=actor, email=one, last_name=one, first_name=other)

        kept, gone = read(one), read(other)
        assert (kept.full_name, kept.email, kept.email2) == ("John Smith", "jon@x.example", "john@x.example")
        assert (kept.phone_key, kept.title, kept.city, kept.type) == ("+12125550100", "Buyer", "Oslo", "customer")
        assert gone.archived_at is not None
        assert find_survivor(record_types.get("contact"), gone, actor=actor) == kept
        assert merged_ids(record_types.get("contact"), kept.pk) == [gone.pk]


def test_no_number_is_lost_while_there_is_room_for_it(alice: Person) -> None:
    with alice.at_work() as actor:
        one = create("contact", actor, first_name="Jon", phone="+12125550100", phone2="+12125550101")
        other = create("contact", actor, first_name="Jon", phone2="(212) 555-0100")

        merge("contact", one, other, actor=actor)

        kept = read(one)
        assert {kept.phone_key, kept.phone2_key} == {"+12125550100", "+12125550101"}


def test_what_was_changed_since_stays_and_is_said(alice: Person) -> None:
    with alice.at_work() as actor:
        kind = record_types.get("company")
        one, other, third = (create("company", actor, name=name) for name in ("Acme", "Acme Ltd", "Third"))
        services.update_record(kind, other.pk, {"city": "Oslo", "sector": "Food"}, actor=actor)
        people = [create("contact", actor, first_name=f"P{n}", last_name="X", company=str(other.pk)) for n in range(2)]
        operation = merge("company", one, other, actor=actor, name=one)
        services.update_record(kind, one.pk, {"city": "Bergen"}, actor=actor)
        contact = record_types.get("contact")
        services.update_record(contact, people[0].pk, {"company": str(third.pk)}, actor=actor)

        undone = undo_merge(operation.pk, actor=actor)

        assert (read(one).city, read(one).sector, read(other).city) == ("Bergen", "", "Oslo")
        assert [read(each).company_id for each in people] == [third.pk, other.pk]
        assert len(undone.kept) == 2
        assert "City" in undone.kept[0]
        with pytest.raises(Conflict):
            undo_merge(operation.pk, actor=actor)


def test_a_restored_record_stands_in_the_way_of_the_undo_and_nothing_changes(alice: Person) -> None:
    with alice.at_work() as actor:
        one, other = (create("company", actor, name=name, city=name) for name in ("Acme", "Acme Ltd"))
        operation = merge("company", one, other, actor=actor)
        services.restore_record(record_types.get("company"), other.pk, actor=actor)
        before = state()

        with pytest.raises(Conflict):
            undo_merge(operation.pk, actor=actor)

        assert state() == before


def test_an_address_taken_meanwhile_stands_in_the_way_of_the_undo(alice: Person) -> None:
    with alice.at_work() as actor:
        one = create("contact", actor, first_name="Jon", email="jon@x.example", email2="j@x.example")
        other = create("contact", actor, first_name="Jon", email="john@x.example")
        operation = merge("contact", one, other, actor=actor, email=one)
        create("contact", actor, first_name="New", email="john@x.example")

        with pytest.raises(Conflict, match="E-mail"):
            undo_merge(operation.pk, actor=actor)


def test_merges_on_top_of_each_other_are_undone_in_turn(alice: Person) -> None:
    with alice.at_work() as actor:
        kind = record_types.get("company")
        one, other, third = (create("company", actor, name=f"Acme {n}") for n in range(3))
        before = state()
        first = merge("company", other, third, actor=actor)
        second = merge("company", one, other, actor=actor)

        assert set(merged_ids(kind, one.pk)) == {other.pk, third.pk}
        assert find_survivor(kind, read(third), actor=actor) == read(one)
        with pytest.raises(Conflict):
            undo_merge(first.pk, actor=actor)
        undo_merge(second.pk, actor=actor)
        undo_merge(first.pk, actor=actor)

        assert state() == before


def test_a_company_that_is_merged_into_its_own_part_is_no_part_of_itself(alice: Person) -> None:
    with alice.at_work() as actor:
        top = create("company", actor, name="Top")
        middle = create("company", actor, name="Middle", parent=str(top.pk))
        low = create("company", actor, name="Low", parent=str(middle.pk))
        before = state()

        operation = merge("company", low, top, actor=actor)

        assert read(low).parent_id is None
        assert read(middle).parent_id == low.pk
        undo_merge(operation.pk, actor=actor)
        assert state() == before


def test_custom_relations_and_unique_values_move_and_come_back(alice: Person) -> None:
    with alice.at_work() as actor:
        custom_fields.create_field(
            {"record_type": "contact", "label": "Supplier", "kind": "relation", "relation": "company"}, actor=actor
        )
        custom_fields.create_field(
            {"record_type": "company", "label": "Tax number", "kind": "text", "unique": True}, actor=actor
        )
    with alice.at_work() as actor:
        one, other = create("company", actor, name="Acme"), create("company", actor, name="Acme Ltd", tax_number="T1")
        contact = create("contact", actor, first_name="P", last_name="X", supplier=str(other.pk))
        before = state()

        operation = merge("company", one, other, actor=actor)

        field = record_types.get("contact").by_key["supplier"]
        assert field.read(read(contact)) == one.pk
        assert record_types.get("company").by_key["tax_number"].read(read(one)) == "T1"
        undo_merge(operation.pk, actor=actor)
        assert state() == before


def test_runs_of_workflows_follow(alice: Person) -> None:
    with alice.at_work() as actor:
        one, other = create("company", actor, name="Acme"), create("company", actor, name="Acme Ltd")
        workflow = ensure_defaults(actor=actor)
        run = WorkflowRun.objects.create(
            workflow=workflow, version=workflow.version, entry_id=1, record_type="company", record_id=other.pk
        )

        operation = merge("company", one, other, actor=actor)
        assert read(run).record_id == one.pk
        undo_merge(operation.pk, actor=actor)
        assert read(run).record_id == other.pk


def rights(acme: Tenant, **fields: str) -> Person:
    every = dict.fromkeys(("read", "create", "update", "delete"), "all")
    return make_person("Bob Baker", acme, make_role(acme, records={"*": every}, fields={"contact": fields}, codes=[]))


def test_what_a_role_hides_is_neither_chosen_nor_lost(acme: Tenant, alice: Person) -> None:
    bob = rights(acme, source="hidden", city="hidden", title="read")
    with alice.at_work() as actor:
        one = create("contact", actor, first_name="Jon", source="Fair")
        other = create("contact", actor, first_name="Jon", source="Web", city="Oslo", title="Buyer")

    with bob.at_work() as actor:
        with pytest.raises(Invalid):
            merge("contact", one, other, actor=actor, source=other)
        merge("contact", one, other, actor=actor)

    with alice.at_work():
        kept = read(one)
        assert (kept.source, kept.city, kept.title) == ("Fair", "Oslo", "Buyer")


def test_a_hidden_address_does_not_turn_up_in_a_field_that_is_open(acme: Tenant, alice: Person) -> None:
    bob = rights(acme, email="hidden")
    with alice.at_work() as actor:
        one = create("contact", actor, first_name="Jon", email="jon@x.example")
        other = create("contact", actor, first_name="Jon", email="secret@x.example")

    with bob.at_work() as actor:
        merge("contact", one, other, actor=actor)

    with alice.at_work():
        assert (read(one).email, read(one).email2) == ("jon@x.example", "")


@pytest.mark.parametrize("missing", ["update", "delete"])
def test_who_may_not_change_one_and_bin_the_other_may_not_merge(acme: Tenant, alice: Person, missing: str) -> None:
    levels = dict.fromkeys({"read", "create", "update", "delete"} - {missing}, "all")
    bob = make_person("Bob Baker", acme, make_role(acme, records={"*": levels}, codes=[]))
    with alice.at_work() as actor:
        one, other = create("contact", actor, first_name="Jon"), create("contact", actor, first_name="Jon")
        before = state()

    with bob.at_work() as actor, pytest.raises(Denied):
        merge("contact", one, other, actor=actor)

    with alice.at_work():
        assert state() == before


def test_nothing_of_another_workspace_can_be_merged(alice: Person, charlie: Person) -> None:
    with alice.at_work() as actor:
        one, other = create("contact", actor, first_name="Jon"), create("contact", actor, first_name="Jon")
        operation = merge("contact", one, other, actor=actor)
    with charlie.at_work() as actor:
        own = create("contact", actor, first_name="Jon")
        with pytest.raises(NotFound):
            merge("contact", own, one, actor=actor)
        with pytest.raises(NotFound):
            undo_merge(operation.pk, actor=actor)


@pytest.mark.parametrize("count", [0, 5])
def test_two_to_five_records_are_merged(alice: Person, count: int) -> None:
    with alice.at_work() as actor:
        one, *others = (create("contact", actor, first_name="Jon") for _n in range(count + 1))
        with pytest.raises(Invalid):
            merge("contact", one, *others, actor=actor)
        with pytest.raises((Invalid, NotFound)):
            merge_records(record_types.get("contact"), one.pk, [UUID(int=new_id().int)], actor=actor)
