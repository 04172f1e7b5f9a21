"""Enqueueing: a row in the business transaction, one for each dedup key, and a hint after commit."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from autocrm.jobs import hints, services, sweeping
from autocrm.jobs.models import Job
from autocrm.jobs.tests.workplace import at_work, enqueue, read
from autocrm.kernel import jobs as port
from autocrm.kernel.clock import now
from autocrm.kernel.tenancy import TenantMissing, tenant_scope


@pytest.fixture
def given() -> Iterator[Any]:
    """The hints that were given, as (queue, tenant, job)."""
    seen = []
    before = list(hints._send)
    hints.bind(lambda *hint: seen.append(hint))
    yield seen
    hints._send[:] = before


def test_row_says_what_to_do_and_when(acme: Any) -> None:
    moment = now()

    job = read(acme, enqueue(acme, payload={"id": moment.date(), "amount": Decimal("1.5")}))

    assert (job.name, job.queue, job.state, job.attempts) == ("tests.note", "default", "waiting", 0)
    assert job.payload == {"id": date.isoformat(moment.date()), "amount": "1.5"}
    assert (job.max_attempts, job.lease_seconds) == (3, 5)
    assert moment <= job.run_at <= now()


def test_job_of_a_rolled_back_transaction_never_was(acme: Any, given: Any) -> None:
    with pytest.raises(RuntimeError), at_work(acme):
        port.enqueue("tests.note", {})
        raise RuntimeError

    with at_work(acme):
        assert not Job.objects.exists()
    assert given == []


def test_unknown_name_is_refused_at_the_door(acme: Any) -> None:
    with at_work(acme), pytest.raises(ImproperlyConfigured, match=r"tests\.unheard"):
        port.enqueue("tests.unheard", {})


def test_enqueueing_outside_a_transaction_is_refused(acme: Any) -> None:
    with tenant_scope(acme), pytest.raises(TenantMissing):
        port.enqueue("tests.note", {})


def test_charlie_sees_no_job_of_acme(acme: Any, globex: Any) -> None:
    job_id = enqueue(acme)

    with at_work(globex):
        assert not Job.objects.filter(id=job_id).exists()


def test_same_dedup_key_gives_the_same_job_until_it_has_ended(acme: Any, globex: Any) -> None:
    first = enqueue(acme, dedup_key="contact 7")

    assert enqueue(acme, dedup_key="contact 7") == first
    assert enqueue(acme, dedup_key="contact 8") != first
    assert enqueue(globex, dedup_key="contact 7") != first
    services.run_due(tenant_id=acme.id)
    assert enqueue(acme, dedup_key="contact 7") != first


def test_dedup_holds_between_transactions_that_do_not_see_each_other(acme: Any) -> None:
    ids: list[object] = []
    barrier = threading.Barrier(4)

    def write() -> None:
        barrier.wait(10)
        ids.append(enqueue(acme, dedup_key="only one"))
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_hint_is_given_after_commit(acme: Any, given: Any) -> None:
    with at_work(acme):
        job_id = port.enqueue("tests.note", {})
        assert given == []

    assert given == [("default", acme.id, job_id)]


def test_later_job_gets_no_hint_yet(acme: Any, given: Any) -> None:
    enqueue(acme, run_at=datetime(2300, 1, 1, tzinfo=UTC))

    assert given == []


def test_transaction_of_many_jobs_gives_few_hints(acme: Any, given: Any) -> None:
    with at_work(acme):
        for _ in range(200):
            port.enqueue("tests.note", {})

    assert len(given) == hints.HINTS_PER_TRANSACTION


def test_hint_that_fails_hurts_nobody(acme: Any) -> None:
    before = list(hints._send)
    hints.bind(lambda *hint: 1 / 0)
    try:
        job_id = enqueue(acme)
    finally:
        hints._send[:] = before

    assert read(acme, job_id).state == "waiting"


def test_sweep_gives_the_hints_again_that_were_lost(acme: Any, given: Any) -> None:
    enqueue(acme)
    later = enqueue(acme, run_at=now() + timedelta(hours=1))
    given.clear()

    services.sweep()

    assert 1 <= [queue for queue, _tenant, _job in given].count("default") <= sweeping.HINTS_PER_QUEUE
    assert later not in [job for _queue, _tenant, job in given]
