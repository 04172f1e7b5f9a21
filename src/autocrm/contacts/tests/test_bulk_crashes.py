"""Whatever dies in the middle of a bulk operation, it ends with each record done once, and so does its undo."""

import time
from datetime import timedelta
from typing import Any

import pytest

from autocrm.contacts.models import Contact
from autocrm.jobs import services as jobs
from autocrm.jobs.models import Job
from autocrm.journal.models import Entry
from autocrm.kernel.clock import now
from autocrm.records.bulk import blank_records, insert_records
from autocrm.records.bulk_models import BulkOperation, BulkState
from autocrm.records.bulk_operations import lifecycle as operations
from autocrm.records.bulk_operations.selection import Selection
from autocrm.records.registry import record_types
from tests.support.cast import Person
from tests.support.worker import Worker

pytestmark = pytest.mark.faults

CONTACT = record_types.get("contact")
ROWS = 12_000


def make_many(person: Person, count: int) -> None:
    with person.at_work() as actor:
        blank = blank_records(CONTACT, actor)
        made = []
        for number in range(count):
            record = blank()
            record.first_name = f"Ana{number:05}"
            made.append((record, {"first_name": record.first_name}))
        insert_records(CONTACT, made, actor=actor)


def reread(person: Person, operation: BulkOperation) -> BulkOperation:
    with person.at_work():
        return BulkOperation.objects.get(id=operation.id)


def wait_for_more(person: Person, operation: BulkOperation, than: int) -> int:
    """Until the worker has committed another chunk; how many records are done then."""
    deadline = time.monotonic() + 90
    while (done := reread(person, operation).done) <= than:
        assert time.monotonic() < deadline, "the worker does nothing"
        time.sleep(0.01)
    return done


def end_lease(person: Person, operation: BulkOperation) -> None:
    """As if the time after which a silent worker is given up were over."""
    past = now() - timedelta(seconds=1)
    with person.at_work():
        Job.objects.filter(id=operation.job_id).update(lease_until=past, run_at=past)


def killed_again_and_again(person: Person, operation: BulkOperation) -> BulkOperation:
    seen = 0
    for _time in range(2):
        worker = Worker(person.tenant.id, "autocrm-bulk-test")
        try:
            wait_for_more(person, operation, seen)
        finally:
            worker.kill()
        seen = reread(person, operation).done
        end_lease(person, operation)
    jobs.sweep()
    jobs.run_due(tenant_id=person.tenant.id)
    return reread(person, operation)


def entries_of(person: Person, operation: BulkOperation) -> int:
    """How many entries it wrote; each record has one at most."""
    with person.at_work():
        found = Entry.objects.filter(kind="record.updated", data__bulk=str(operation.id))
        assert found.count() == found.values("record_id").distinct().count()
        return found.count()


def test_killed_in_the_middle_it_ends_exact_and_so_does_its_undo(alice: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(operations, "CHUNK", 1_000)
    make_many(alice, ROWS)
    with alice.at_work() as actor:
        values = {"values": {"city": "Oslo"}}
        operation = operations.prepare_operation(CONTACT, "edit", Selection(None, "sort=name"), values, actor=actor)

    done = killed_again_and_again(alice, operation)

    assert (done.state, done.total, done.changed, done.unchanged) == (BulkState.DONE, ROWS, ROWS, 0)
    assert entries_of(alice, done) == ROWS
    with alice.at_work() as actor:
        assert Contact.objects.filter(city="Oslo", version=2).count() == ROWS
        undo = operations.prepare_undo(done.id, actor=actor)

    undone = killed_again_and_again(alice, undo)

    assert (undone.state, undone.changed, undone.refused) == (BulkState.DONE, ROWS, 0)
    assert entries_of(alice, undone) == ROWS
    with alice.at_work():
        assert Contact.objects.filter(city="", version=3).count() == ROWS
