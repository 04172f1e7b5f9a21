"""Whatever dies in the middle of an import, it ends with exactly its rows and one notification."""

import time
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from autocrm.jobs import services as jobs
from autocrm.jobs.models import Job
from autocrm.journal.models import Entry
from autocrm.kernel.clock import now
from autocrm.records.models import SearchRow
from autocrm.transfers import running
from autocrm.transfers.models import Import, ImportChunk, ImportState
from autocrm.transfers.tests.workplace import COMPANY, Company, Contact, counts_of, people, reread, start, told, upload
from tests.support.cast import Person
from tests.support.database import admin_url
from tests.support.worker import Worker

pytestmark = pytest.mark.faults

APPLICATION = "autocrm-import-test"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s AND datname = %s"
ROWS = 16_000


def done_rows(person: Person, batch: Import) -> int:
    return reread(person, batch).done_rows


def wait_for_more(person: Person, batch: Import, than: int) -> None:
    """Until the worker has committed another chunk."""
    deadline = time.monotonic() + 90
    while done_rows(person, batch) <= than:
        assert time.monotonic() < deadline, "the worker does nothing"
        time.sleep(0.01)


def end_lease(person: Person, batch: Import) -> None:
    """As if the time after which a silent worker is given up were over."""
    with person.at_work():
        Job.objects.filter(id=batch.job_id).update(
            lease_until=now() - timedelta(seconds=1), run_at=now() - timedelta(seconds=1)
        )


def run_to_the_end(person: Person, batch: Import) -> Import:
    end_lease(person, batch)
    jobs.sweep()
    jobs.run_due(tenant_id=person.tenant.id)
    return reread(person, batch)


def assert_exact(person: Person, batch: Import, rows: int) -> None:
    assert (batch.state, batch.done_rows, *counts_of(batch)) == (ImportState.DONE, rows, rows, 0, 0, 0)
    with person.at_work():
        assert Contact.objects.count() == rows
        assert Contact.objects.values("email_key").distinct().count() == rows
        assert SearchRow.objects.filter(record_type="contact").count() == rows
        assert Entry.objects.filter(kind="record.created").count() == rows
        made = [each for chunk in ImportChunk.objects.filter(batch=batch) for each in chunk.created_ids]
        assert len(made) == len(set(made)) == rows
        assert Entry.objects.filter(kind="import.finished").count() == 1
    assert [kind for kind, _title in told(person)] == ["import_finished"]


def test_a_worker_killed_again_and_again_ends_exact(alice: Any) -> None:
    batch = start(alice, upload(alice, people(ROWS)))

    seen = 0
    for _time in range(3):
        worker = Worker(alice.tenant.id, APPLICATION)
        try:
            wait_for_more(alice, batch, seen)
        finally:
            worker.kill()
        seen = done_rows(alice, batch)
        assert 0 < seen < ROWS
        end_lease(alice, batch)

    assert_exact(alice, run_to_the_end(alice, batch), ROWS)


def test_connections_cut_in_the_middle_end_exact(alice: Any) -> None:
    batch = start(alice, upload(alice, people(ROWS)))

    worker = Worker(alice.tenant.id, APPLICATION)
    seen = 0
    try:
        with psycopg.connect(admin_url(), autocommit=True) as admin:
            for _time in range(3):
                wait_for_more(alice, batch, seen)
                admin.execute(CUT, [APPLICATION, connection.settings_dict["NAME"]])
                seen = done_rows(alice, batch)
                end_lease(alice, batch)
    finally:
        worker.kill()

    assert_exact(alice, run_to_the_end(alice, batch), ROWS)


def test_a_worker_that_was_thought_dead_cannot_go_on(alice: Any, monkeypatch: Any) -> None:
    """Its lease ends in the middle of a chunk, another one finishes: the first must not write a row more."""
    batch = start(alice, upload(alice, people(5_000)))
    write, calls = running._Work._write, []

    def slow_write(self: Any, done: int, *chunk: Any) -> bool:
        calls.append(done)
        if len(calls) == 2:
            end_lease(alice, batch)
            jobs.sweep()
            jobs.run_due(tenant_id=alice.tenant.id)
        return write(self, done, *chunk)

    monkeypatch.setattr(running._Work, "_write", slow_write)
    jobs.run_due(tenant_id=alice.tenant.id)

    assert_exact(alice, reread(alice, batch), 5_000)


def test_references_left_pending_by_a_crash_are_set_by_the_next_attempt(alice: Any, monkeypatch: Any) -> None:
    rows = "\n".join(f"Child {number},Parent {number}\nParent {number}," for number in range(1_200))
    batch = start(alice, upload(alice, f"account,subsidiary_of\n{rows}\n", into=COMPANY))
    link, calls = running.Linker.link, []

    def failing_link(self: Any, pending: Any) -> Any:
        calls.append(len(pending))
        if len(calls) == 2:
            raise ConnectionResetError("the network went away")
        return link(self, pending)

    monkeypatch.setattr(running.Linker, "link", failing_link)
    jobs.run_due(tenant_id=alice.tenant.id)
    assert reread(alice, batch).state == ImportState.RUNNING

    ended = run_to_the_end(alice, batch)

    assert (ended.state, ended.created, ended.faults) == (ImportState.DONE, 2_400, 0)
    with alice.at_work():
        children = Company.objects.filter(name__startswith="Child")
        assert all(
            each.parent.name == each.name.replace("Child", "Parent") for each in children.select_related("parent")
        )
        assert Entry.objects.filter(kind="record.updated").count() == 1_200
    assert len(told(alice)) == 1
