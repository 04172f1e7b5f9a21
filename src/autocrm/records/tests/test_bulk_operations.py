"""Bulk operations: the right records, each in one of four outcomes, by the rights of who asks; and back again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import ProgrammingError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autocrm.jobs import services as jobs
from autocrm.journal.models import Entry
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Denied, Invalid, NotFound
from autocrm.records import sampling, services
from autocrm.records.bulk import blank_records, insert_records
from autocrm.records.bulk_models import BulkOperation, BulkResult, BulkState
from autocrm.records.bulk_operations import lifecycle as operations
from autocrm.records.bulk_operations.running import carry_out_now
from autocrm.records.bulk_operations.selection import Selection
from autocrm.records.models import SearchRow, Tag
from autocrm.records.registry import record_types
from tests.support.cast import Person, make_person, make_role

CONTACT = record_types.get("contact")
BULK = {"contact": dict.fromkeys(("create", "read", "update", "delete", "bulk"), "own")}
SETTLED = {"version", "updated_at", "updated_by_id", "_state"}


def make_many(person: Person, count: int, **values: Any) -> list[Any]:
    with person.at_work() as actor:
        blank = blank_records(CONTACT, actor)
        made = []
        for number in range(count):
            record = blank()
            typed = {"first_name": f"Ana{number:05}", **values}
            for key, value in typed.items():
                CONTACT.by_key[key].write(record, value)
            made.append((record, typed))
        insert_records(CONTACT, made, actor=actor)
    return [record for record, _typed in made]


def chosen(records: list[Any]) -> Selection:
    return Selection(tuple(sorted(record.id for record in records)))


def do(person: Person, action: str, selection: Selection, **given_: Any) -> BulkOperation:
    """Begin and carry out to the end: within the request, or by the worker."""
    options = {key: given_.pop(key) for key in ("run_workflows", "in_background") if key in given_}
    with person.at_work() as actor:
        operation = operations.prepare_operation(CONTACT, action, selection, given_, **options, actor=actor)
        if operation.job_id is None:
            carry_out_now(operation, actor=actor)
    return finished(person, operation)


def undo(person: Person, operation: BulkOperation) -> BulkOperation:
    with person.at_work() as actor:
        undone = operations.prepare_undo(operation.id, actor=actor)
        if undone.job_id is None:
            carry_out_now(undone, actor=actor)
    return finished(person, undone)


def finished(person: Person, operation: BulkOperation) -> BulkOperation:
    jobs.run_due(tenant_id=person.tenant.id)
    with person.at_work():
        return BulkOperation.objects.get(id=operation.id)


def counts(operation: BulkOperation) -> tuple[int, int, int, int]:
    return (operation.changed, operation.unchanged, operation.refused, operation.out_of_reach)


def state_of(person: Person) -> dict[UUID, dict[str, Any]]:
    with person.at_work():
        return {
            each.id: {key: value for key, value in each.__dict__.items() if key not in SETTLED}
            for each in CONTACT.model.objects.all()
        }


def reasons(person: Person, operation: BulkOperation) -> list[str]:
    with person.at_work():
        return sorted(
            BulkResult.objects.filter(operation=operation, outcome="refused").values_list("reason", flat=True)
        )


def test_the_planner_looks_again_where_many_records_changed(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MANY", 3)
    records = make_many(alice, 3, type="lead")
    do(alice, "edit", chosen(records[:2]), values={"city": "Oslo"})
    with alice.at_work(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM jobs_job WHERE name = %s", [sampling.REFRESH_JOB])
        assert cursor.fetchone() == (0,)

    with CaptureQueriesContext(connection) as captured:
        do(alice, "edit", chosen(records), values={"city": "Bergen"})

    assert [each["sql"] for each in captured if "records_refresh_statistics('contacts_contact')" in each["sql"]]


@pytest.mark.parametrize("table", ["django_migrations", "pg_class", "contacts_contact; SELECT 1", "nothing"])
def test_nobody_has_the_planner_look_at_anything_else(alice: Any, table: str) -> None:
    with alice.at_work(), connection.cursor() as cursor, pytest.raises(ProgrammingError):
        cursor.execute("SELECT records_refresh_statistics(%s)", [table])


def test_fields_of_selected_records_are_set_and_cleared_at_once(alice: Any) -> None:
    records = make_many(alice, 3, type="lead", city="Oslo")
    others = make_many(alice, 1, type="lead")

    operation = do(alice, "edit", chosen(records), values={"type": "customer", "city": ""})

    assert (operation.state, operation.job_id, counts(operation)) == (BulkState.DONE, None, (3, 0, 0, 0))
    now_ = state_of(alice)
    assert {(now_[each.id]["type"], now_[each.id]["city"]) for each in records} == {("customer", "")}
    assert now_[others[0].id]["type"] == "lead"
    with alice.at_work():
        entries = Entry.objects.filter(kind="record.updated")
        assert {each.data["bulk"] for each in entries} == {str(operation.id)}
        assert not any("quiet" in each.data for each in entries)
        assert set(Entry.objects.filter(kind__startswith="bulk.").values_list("kind", flat=True)) == {
            "bulk.started",
            "bulk.finished",
        }


def test_all_that_match_are_fixed_before_the_first_changes(alice: Any, monkeypatch: Any) -> None:
    """The filter asks for leads, and the edit makes them customers: every lead has its turn all the same."""
    monkeypatch.setattr(operations, "CHUNK", 40)
    make_many(alice, 150, type="lead")
    make_many(alice, 10, type="partner")

    operation = do(alice, "edit", Selection(None, "type=lead"), values={"type": "customer"})

    assert (operation.total, counts(operation)) == (150, (150, 0, 0, 0))
    assert operation.job_id is not None
    with alice.at_work():
        assert CONTACT.model.objects.filter(type="customer").count() == 150
        assert operation.chunks.count() == 4


def test_workflows_react_to_few_and_not_to_many_unless_asked(alice: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(operations, "QUIET_FROM", 3)
    many, few = make_many(alice, 4), make_many(alice, 2)

    quiet = do(alice, "edit", chosen(many), values={"city": "Oslo"})
    loud = do(alice, "edit", chosen(few), values={"city": "Oslo"})
    asked = do(alice, "edit", chosen(many), values={"city": "Bergen"}, run_workflows=True)

    with alice.at_work():
        for operation, expected in ((quiet, {True}), (loud, {None}), (asked, {None})):
            data = Entry.objects.filter(kind="record.updated").values_list("data", flat=True)
            assert {each.get("quiet") for each in data if each["bulk"] == str(operation.id)} == expected


def test_tags_are_added_and_removed_and_what_was_there_stays(alice: Any) -> None:
    records = make_many(alice, 3)
    do(alice, "tag", chosen(records[:1]), tags=["Fair"])

    operation = do(alice, "tag", chosen(records), tags=["VIP", "Fair"])
    removed = do(alice, "untag", chosen(records), tags=["Fair"])

    assert (counts(operation), counts(removed)) == ((3, 0, 0, 0), (3, 0, 0, 0))
    with alice.at_work():
        vip = Tag.objects.get(name="VIP")
        assert all(each.tags == [vip.id] for each in CONTACT.model.objects.all())


def test_what_is_so_already_is_left_alone(alice: Any) -> None:
    records = make_many(alice, 2, type="customer") + make_many(alice, 1, type="lead")

    operation = do(alice, "edit", chosen(records), values={"type": "customer"})

    assert counts(operation) == (1, 2, 0, 0)
    assert {each["type"] for each in state_of(alice).values()} == {"customer"}


def test_into_the_bin_out_of_it_and_gone_for_good(alice: Any) -> None:
    records = make_many(alice, 3, email="")
    assert counts(do(alice, "erase", chosen(records[:1]))) == (0, 0, 1, 0)

    assert counts(do(alice, "archive", chosen(records))) == (3, 0, 0, 0)
    assert counts(do(alice, "restore", chosen(records[:1]))) == (1, 0, 0, 0)
    gone = do(alice, "erase", Selection(None, "view=bin"))

    assert counts(gone) == (2, 0, 0, 0)
    assert set(state_of(alice)) == {records[0].id}
    with alice.at_work():
        assert set(SearchRow.objects.values_list("record_id", flat=True)) == {records[0].id}
        about = Entry.objects.filter(record_id=records[1].id)
        assert set(about.values_list("kind", flat=True)) >= {"record.created", "record.archived", "record.deleted"}
        assert not any(each.record_label or each.changes for each in about)
    with alice.at_work() as actor, pytest.raises(Conflict):
        operations.prepare_undo(gone.id, actor=actor)


def test_a_unique_value_taken_meanwhile_keeps_its_record_in_the_bin(alice: Any) -> None:
    (record,) = make_many(alice, 1, email="ana@example.com")
    do(alice, "archive", chosen([record]))
    make_many(alice, 1, email="ana@example.com")

    operation = do(alice, "restore", chosen([record]))

    assert counts(operation) == (0, 0, 1, 0)
    assert reasons(alice, operation) == ["Another record has the same value in E-mail."]
    assert state_of(alice)[record.id]["archived_at"] is not None


def test_records_out_of_reach_are_skipped_and_counted(alice: Any, acme: Any) -> None:
    rights = {"contact": {**BULK["contact"], "read": "all"}}
    eve = make_person("Eve East", acme, make_role(acme, "Own", records=rights))
    own = make_many(eve, 2, type="lead")
    others = make_many(alice, 3, type="lead")
    before = state_of(alice)

    for action, values in (("edit", {"values": {"type": "customer"}}), ("tag", {"tags": ["VIP"]}), ("archive", {})):
        assert counts(do(eve, action, Selection(None, "sort=name"), **values))[3] == 3

    after = state_of(alice)
    assert all(after[each.id] == before[each.id] for each in others)
    assert all(after[each.id]["type"] == "customer" and after[each.id]["archived_at"] for each in own)


def test_an_action_does_not_reach_farther_than_the_right_to_bulk(alice: Any, acme: Any) -> None:
    rights = {"contact": {"read": "all", "update": "all", "bulk": "own"}}
    eve = make_person("Eve East", acme, make_role(acme, "Own bulk", records=rights))
    others = make_many(alice, 2, type="lead")

    assert counts(do(eve, "edit", chosen(others), values={"type": "customer"})) == (0, 0, 0, 2)


def test_without_the_rights_nothing_begins(alice: Any, bob: Any, charlie: Any) -> None:
    records = make_many(alice, 2, owner=bob.id)
    before = state_of(alice)

    for action, values in (("edit", {"values": {"city": "Oslo"}}), ("tag", {"tags": ["x"]}), ("archive", {})):
        with bob.at_work() as actor, pytest.raises(Denied):
            operations.prepare_operation(CONTACT, action, chosen(records), values, actor=actor)
    with alice.at_work() as actor, pytest.raises(NotFound):
        operations.prepare_operation(CONTACT, "nothing", chosen(records), {}, actor=actor)
    foreign = do(charlie, "archive", chosen(records))

    assert counts(foreign) == (0, 0, 0, 2)
    assert state_of(alice) == before
    with alice.at_work():
        assert not BulkOperation.objects.exists()
        assert not Tag.objects.exists()


def test_hidden_fields_and_values_that_cannot_be_are_refused_before_anything_begins(alice: Any, acme: Any) -> None:
    rights = {"records": BULK, "fields": {"contact": {"source": "hidden", "city": "read"}}}
    eve = make_person("Eve East", acme, make_role(acme, "Few", **rights))
    records = make_many(eve, 1)

    for values in (
        {"source": "x"},
        {"city": "x"},
        {"email": "x@example.com"},
        {"engagement_score": 3},
        {"type": "x"},
        {},
    ):
        with eve.at_work() as actor, pytest.raises(Invalid):
            operations.prepare_operation(CONTACT, "edit", chosen(records), {"values": values}, actor=actor)
    with alice.at_work():
        assert not BulkOperation.objects.exists()


def test_a_role_that_lost_the_right_stops_its_operation(alice: Any, acme: Any) -> None:
    role = make_role(acme, "Own", records=BULK)
    eve = make_person("Eve East", acme, role)
    records = make_many(eve, 120, type="lead")
    with eve.at_work() as actor:
        operation = operations.prepare_operation(
            CONTACT, "edit", chosen(records), {"values": {"type": "customer"}}, actor=actor
        )
    with alice.at_work():
        role.records = {"contact": {"read": "own"}}
        role.save()

    operation = finished(eve, operation)

    assert counts(operation) == (0, 0, 0, 120)
    assert {each["type"] for each in state_of(alice).values()} == {"lead"}


def test_undo_sets_back_all_but_what_somebody_changed_since(alice: Any, acme: Any) -> None:
    dora = make_person("Dora Dean", acme)
    records = make_many(alice, 3, type="lead")
    operation = do(alice, "edit", chosen(records), values={"type": "customer"})
    with dora.at_work() as actor:
        services.update_record(CONTACT, records[0].id, {"type": "partner"}, actor=actor)

    undone = undo(alice, operation)

    assert (undone.undoes_id, counts(undone)) == (operation.id, (2, 0, 1, 0))
    assert reasons(alice, undone) == ["Dora Dean changed Type after that."]
    after = state_of(alice)
    assert [after[each.id]["type"] for each in records] == ["partner", "lead", "lead"]


def test_an_undo_can_be_undone_and_nothing_twice(alice: Any) -> None:
    records = make_many(alice, 2, type="lead")
    operation = do(alice, "edit", chosen(records), values={"type": "customer"})
    undone = undo(alice, operation)
    with alice.at_work() as actor, pytest.raises(Conflict):
        operations.prepare_undo(operation.id, actor=actor)

    again = undo(alice, undone)

    assert counts(again) == (2, 0, 0, 0)
    assert {each["type"] for each in state_of(alice).values()} == {"customer"}


def test_undo_is_over_after_a_day(alice: Any) -> None:
    operation = do(alice, "archive", chosen(make_many(alice, 2)))

    with (
        time_machine.travel(now() + timedelta(hours=25), tick=True),
        alice.at_work() as actor,
        pytest.raises(Conflict, match="24 hours"),
    ):
        operations.prepare_undo(operation.id, actor=actor)


def test_nobody_undoes_or_sees_what_others_did(alice: Any, acme: Any, charlie: Any) -> None:
    eve = make_person("Eve East", acme, make_role(acme, "Own", records=BULK))
    operation = do(alice, "archive", chosen(make_many(alice, 2)))
    before = state_of(alice)

    for person in (eve, charlie):
        for act in (operations.prepare_undo, operations.cancel_operation):
            with person.at_work() as actor, pytest.raises(NotFound):
                act(operation.id, actor=actor)

    assert state_of(alice) == before


def test_a_cancelled_operation_keeps_what_was_done_and_can_be_undone(alice: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(operations, "CHUNK", 50)
    records = make_many(alice, 150, type="lead")
    with alice.at_work() as actor:
        operation = operations.prepare_operation(
            CONTACT, "edit", chosen(records), {"values": {"type": "customer"}}, actor=actor
        )
        chunk = operation.chunks.order_by("number")[0]
        chunk.is_done = True
        chunk.save()
        operations.cancel_operation(operation.id, actor=actor)

    operation = finished(alice, operation)

    assert (operation.state, counts(operation)) == (BulkState.CANCELLED, (0, 0, 0, 0))
    assert {each["type"] for each in state_of(alice).values()} == {"lead"}
    with alice.at_work() as actor, pytest.raises(Conflict):
        operations.cancel_operation(operation.id, actor=actor)


EDITS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["lead", "prospect", "customer", "partner"]),
        "city": st.sampled_from(["", "Oslo", "Bergen"]),
        "next_follow_up_on": st.sampled_from([None, "2026-12-01"]),
        "source": st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
    },
).filter(bool)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("edit"), EDITS.map(lambda values: {"values": values})),
            st.tuples(st.sampled_from(["tag", "untag"]), st.just({"tags": ["VIP"]})),
            st.tuples(st.sampled_from(["archive", "restore"]), st.just({})),
        ),
        min_size=1,
        max_size=4,
    ),
    picks=st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True),
)
def test_whatever_was_done_undoing_it_backwards_leaves_everything_as_it_was(
    alice: Any, steps: list[tuple[str, dict[str, Any]]], picks: list[int]
) -> None:
    with alice.at_work() as actor:
        services.ensure_tag("VIP", actor=actor)
    records = [*make_many(alice, 3, type="lead", city="Oslo"), *make_many(alice, 3, type="customer")]
    before = state_of(alice)

    done = [do(alice, action, chosen([records[each] for each in picks]), **values) for action, values in steps]
    for operation in reversed(done):
        if operation.changed:
            assert undo(alice, operation).refused == 0

    assert state_of(alice) == before
