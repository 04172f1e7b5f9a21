"""Passes over all records: progress and end are seen, a crash leaves nothing half done, what was stopped says so."""

from collections.abc import Callable
from typing import Any

import pytest

from autocrm.jobs import services as jobs
from autocrm.jobs.models import Job
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict
from autocrm.records import passes
from autocrm.records.bulk import blank_records, insert_records
from autocrm.records.computed import recalculating
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import jobs as custom_jobs
from autocrm.records.custom import kinds as custom_kinds
from autocrm.records.custom import removal, upkeep
from autocrm.records.models import CustomField, CustomObject, CustomRecord, FieldValue
from autocrm.records.pass_models import DataModelPass
from autocrm.records.registry import record_types
from autocrm.records.tasks import find_lost
from autocrm.records.tests.computed_world import add, formula, make, value, work_off
from autocrm.records.tests.test_custom_objects import make_object
from autocrm.users.models import Role
from tests.support.cast import Person, make_role
from tests.support.worker import Worker


class Crashes(Exception):
    """What a process that dies in the middle looks like from outside."""


def five(person: Person) -> list[Any]:
    return [make(person, name=f"N{number}", size=f"{number}") for number in range(5)]


def once_at(call: int, work: Callable[..., Any]) -> Callable[..., Any]:
    """`work`, but its `call`-th call does its part and then everything dies."""
    seen = 0

    def dying(*args: Any, **named: Any) -> Any:
        nonlocal seen
        seen += 1
        done = work(*args, **named)
        if seen == call:
            raise Crashes
        return done

    return dying


def again(person: Person) -> None:
    """The next attempt, as if its pause were over."""
    with person.at_work():
        Job.objects.filter(state=Job.State.WAITING).update(run_at=now())
    jobs.run_due(tenant_id=person.tenant.id)


def pass_of(person: Person, reason: str) -> DataModelPass:
    with person.at_work():
        return DataModelPass.objects.filter(reason=reason).latest("created_at")


def test_values_are_filled_in_with_progress_and_a_word_at_the_end(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom_jobs, "CHUNK", 2)
    monkeypatch.setattr(passes, "QUIET", 4)
    field = add(alice, "Size", "text")
    five(alice)
    with alice.at_work() as actor:
        custom_fields.update_field(field.id, {"indexed": True}, actor=actor)
        assert passes.count_running(actor) == 1
        assert "Fast lists: Size" in [str(each.label) for each in passes.recent_work(actor, 5)]
    assert "Fast lists: Size" in alice.page.get("/settings/data-model/companies/").content.decode()

    work_off(alice)

    with alice.at_work() as actor:
        work = passes.recent_work(actor, 5)[0]
        assert (work.state, work.done, work.total) == ("done", 5, 5)
        assert FieldValue.objects.filter(field_id=field.id).count() == 5
        assert CustomField.objects.get(pk=field.id).typed == CustomField.Typed.READY
    assert "Done: Fast lists: Size" in alice.page.get("/inbox/").content.decode()


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_crash_while_values_are_filled_in_leaves_no_half_chunk(
    alice: Person, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(custom_jobs, "CHUNK", 2)
    field = add(alice, "Size", "text")
    five(alice)
    with alice.at_work() as actor:
        custom_fields.update_field(field.id, {"indexed": True}, actor=actor)
    monkeypatch.setattr(custom_jobs, "fill_values", once_at(at, custom_jobs.fill_values))

    work_off(alice)

    with alice.at_work():
        assert FieldValue.objects.filter(field_id=field.id).count() == 2 * (at - 1)
        assert CustomField.objects.get(pk=field.id).typed == CustomField.Typed.FILLING
    assert pass_of(alice, "fill").done == 2 * (at - 1)
    again(alice)
    with alice.at_work():
        assert FieldValue.objects.filter(field_id=field.id).count() == 5
        assert CustomField.objects.get(pk=field.id).typed == CustomField.Typed.READY
    assert (pass_of(alice, "fill").state, pass_of(alice, "fill").done) == ("done", 5)


def test_a_crash_while_values_are_converted_loses_none(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_jobs, "CHUNK", 2)
    monkeypatch.setattr(custom_kinds, "AT_ONCE", 0)
    field = add(alice, "Size", "text", indexed=True)
    records = five(alice)
    with alice.at_work() as actor:
        custom_kinds.change_kind(field.id, "number", expected=0, actor=actor)
    monkeypatch.setattr(custom_jobs, "convert", once_at(2, custom_jobs.convert))

    work_off(alice)

    assert [value(alice, each, "size") for each in records] == [0, 1, None, None, None]
    with alice.at_work() as actor, pytest.raises(Conflict) as refused:
        custom_kinds.change_kind(field.id, "text", expected=0, actor=actor)
    assert refused.value.code == "being_converted"
    again(alice)
    assert [value(alice, each, "size") for each in records] == [0, 1, 2, 3, 4]
    with alice.at_work():
        assert sorted(FieldValue.objects.values_list("number", flat=True)) == [0, 1, 2, 3, 4]
        assert "was" not in CustomField.objects.get(pk=field.id).config


def test_a_crash_while_values_are_removed_leaves_none_behind_and_the_key_taken(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom_jobs, "CHUNK", 2)
    field = add(alice, "Size", "text", indexed=True)
    role = make_role(alice.tenant, fields={"company": {"size": "hidden", "sector": "read"}})
    five(alice)
    with alice.at_work() as actor:
        custom_fields.delete_field(field.id, expected=5, actor=actor)
    monkeypatch.setattr(custom_jobs, "index_records", once_at(2, custom_jobs.index_records))

    work_off(alice)

    company = record_types.get("company")
    with alice.at_work():
        assert company.rows().filter(custom__has_key="size").count() == 3
        assert CustomField.objects.filter(pk=field.id).exists()
    again(alice)
    with alice.at_work():
        assert company.rows().filter(custom__has_key="size").count() == 0
        assert FieldValue.objects.count() == 0
        assert (row := CustomField.objects.get(pk=field.id)).deleted_at is not None
        assert (row.key, row.options, row.config) == ("size", [], {})
        assert Role.objects.get(pk=role.pk).fields == {"company": {"sector": "read"}}


def test_a_crash_while_formulas_are_worked_out_goes_on_where_it_stopped(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recalculating, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(recalculating, "CHUNK", 2)
    add(alice, "Size", "text")
    records = five(alice)
    formula(alice, "Twice", "size & size")
    monkeypatch.setattr(recalculating, "recalculate", once_at(2, recalculating.recalculate))

    work_off(alice)

    assert [value(alice, each, "twice") for each in records] == ["00", "11", None, None, None]
    again(alice)
    assert [value(alice, each, "twice") for each in records] == ["00", "11", "22", "33", "44"]
    assert pass_of(alice, "defined").changed == 5


def test_what_was_stopped_is_not_said_to_be_done(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_jobs, "CHUNK", 2)
    field = add(alice, "Size", "text")
    five(alice)
    with alice.at_work() as actor:
        custom_fields.update_field(field.id, {"indexed": True}, actor=actor)
        Job.objects.filter(name=upkeep.FILL_JOB).update(cancel_requested=True)

    work_off(alice)

    assert (pass_of(alice, "fill").state, pass_of(alice, "fill").error) == ("failed", "It was stopped.")
    with alice.at_work():
        assert CustomField.objects.get(pk=field.id).typed == CustomField.Typed.FILLING
    assert "Not done: Fast lists: Size" in alice.page.get("/inbox/").content.decode()


def test_a_pass_whose_job_is_gone_does_not_run_for_ever(alice: Person) -> None:
    field = add(alice, "Size", "text")
    five(alice)
    with alice.at_work() as actor:
        custom_fields.update_field(field.id, {"indexed": True}, actor=actor)
        Job.objects.filter(name=upkeep.FILL_JOB).update(state=Job.State.FAILED)

    find_lost()

    assert pass_of(alice, "fill").state == "failed"
    with alice.at_work() as actor:
        assert passes.count_running(actor) == 0


def test_everything_is_calculated_again_on_the_page_and_over_rest(alice: Person, bob: Person) -> None:
    add(alice, "Size", "text")
    formula(alice, "Twice", "size & size")
    record = make(alice, size="a")
    work_off(alice)
    with alice.at_work():
        record_types.get("company").rows().filter(pk=record.id).update(custom={"size": "a", "twice": "wrong"})
    address = "/settings/data-model/companies/recalculate/"

    assert bob.page.post(address).status_code == 403
    assert bob.api.post("/api/v1/custom_fields/recalculate/", {"record_type": "company"}).status_code == 403
    assert value(alice, record, "twice") == "wrong"
    assert "Calculate all again" in alice.page.get("/settings/data-model/companies/").content.decode()
    assert alice.page.post(address).status_code == 204
    assert alice.api.post("/api/v1/custom_fields/recalculate/", {"record_type": "company"}).status_code == 202
    with alice.at_work():
        assert DataModelPass.objects.filter(reason="asked").count() == 1
    work_off(alice)
    assert value(alice, record, "twice") == "aa"


@pytest.mark.faults
def test_a_worker_killed_while_an_object_is_deleted_leaves_nothing_of_it(alice: Person) -> None:
    made = make_object(alice)
    with alice.at_work() as actor:
        record_type = record_types.get("property")
        blank = blank_records(record_type, actor)
        new = []
        for number in range(3_000):
            record = blank()
            record.name = f"House {number}"
            new.append((record, {"name": record.name}))
        insert_records(record_type, new, actor=actor)
        removal.delete_object(made.id, name="Properties", expected=3_000, actor=actor)
        Job.objects.filter(name=removal.CLEAR_JOB).update(run_at=now())

    worker = Worker(alice.tenant.id, "autocrm-removal-test")
    try:
        while pass_of(alice, "object").done == 0:
            assert worker.process.poll() is None
    finally:
        worker.kill()
    with alice.at_work():
        done = DataModelPass.objects.get(reason="object").done
        assert CustomRecord.objects.count() == 3_000 - done
        Job.objects.filter(name=removal.CLEAR_JOB).update(lease_until=now(), run_at=now())
    jobs.sweep()
    work_off(alice)

    with alice.at_work():
        assert CustomRecord.objects.count() == 0
        assert CustomObject.objects.count() == 0
    assert (pass_of(alice, "object").state, pass_of(alice, "object").done) == ("done", 3_000)
