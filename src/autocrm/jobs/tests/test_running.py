"""Running: effects and completion together, fenced by the lease; failures retried, kept and shown."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from autocrm.jobs import claims, running, selectors, services, sweeping
from autocrm.jobs.models import Job, PeriodicRun
from autocrm.jobs.tests.workplace import at_work, enqueue, expire_lease, handlers, read, wait_over
from autocrm.kernel import jobs as port
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Denied, LimitReached, NotFound
from autocrm.kernel.ids import new_id
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import current_tenant_id


def test_job_runs_in_its_tenant_and_keeps_its_result(acme: Any) -> Any:
    seen = []

    def work(run: Any) -> Any:
        seen.append((current_tenant_id(), run.tenant_id, handlers.in_transaction()))
        return {"id": run.id}

    with handlers.act(work) as payload:
        job_id = enqueue(acme, "tests.do", payload)
        assert services.run_one(job_id, acme.id)

    job = read(acme, job_id)
    assert seen == [(acme.id, acme.id, True)]
    assert (job.state, job.result, job.attempts) == ("done", {"id": str(job_id)}, 1)
    assert job.created_at <= job.started_at <= job.finished_at
    assert not services.run_one(job_id, acme.id)


def test_effects_of_a_failed_attempt_are_rolled_back_with_it(acme: Any) -> None:
    def work(run: Any) -> None:
        enqueued.append(port.enqueue("tests.note", {}))
        if run.attempt == 1:
            raise RuntimeError("half way")

    enqueued: list[object] = []
    with handlers.act(work) as payload:
        job_id = enqueue(acme, "tests.do", payload)
        services.run_one(job_id, acme.id)
        wait_over(acme, job_id)
        services.run_one(job_id, acme.id)

    with at_work(acme):
        assert list(Job.objects.filter(name="tests.note").values_list("id", flat=True)) == enqueued[1:]


@pytest.mark.parametrize("error", ["invalid", "denied", "upstream, never"])
def test_what_cannot_get_better_fails_at_once(acme: Any, error: Any) -> None:
    job_id = enqueue(acme, "tests.fail", {"error": error})

    services.run_due(tenant_id=acme.id)

    job = read(acme, job_id)
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.error.startswith(type(handlers.ERRORS[error]).__name__)


@pytest.mark.parametrize("error", ["bug", "upstream, later"])
def test_what_may_get_better_is_tried_until_its_attempts_are_used_up(acme: Any, error: Any) -> None:
    job_id = enqueue(acme, "tests.fail", {"error": error})

    states = []
    for _ in range(3):
        wait_over(acme, job_id)
        services.run_due(tenant_id=acme.id)
        states.append(read(acme, job_id).state)

    job = read(acme, job_id)
    assert states == ["waiting", "waiting", "failed"]
    assert job.attempts == job.max_attempts == 3
    assert "\x00" not in job.error
    assert job.finished_at


def test_pauses_double_with_jitter_and_heed_the_limit_named() -> None:
    for attempt, middle in ((2, 2.0), (3, 4.0), (6, 32.0), (40, 3600.0)):
        pauses = {running.pause_before(attempt) for _ in range(50)}
        assert min(pauses) >= timedelta(seconds=middle * 0.5)
        assert max(pauses) <= timedelta(seconds=middle * 1.5)
        assert len(pauses) > 1
    assert running.pause_before(2, LimitReached(retry_after=900)) >= timedelta(seconds=900)


def test_job_nobody_knows_is_kept_for_a_worker_that_does(acme: Any) -> None:
    job_id = enqueue(acme)
    with at_work(acme):
        Job.objects.filter(id=job_id).update(name="tests.of_a_newer_version")

    services.run_due(tenant_id=acme.id)

    job = read(acme, job_id)
    assert job.state == "waiting"
    assert "tests.of_a_newer_version" in job.error


def test_worker_that_lost_its_lease_before_it_began_leaves_the_job_alone(acme: Any) -> None:
    handlers.ran.clear()
    job_id = enqueue(acme, payload={"n": "once"})
    late = claims.claim_one(acme.id, job_id)
    expire_lease(acme, job_id)
    services.sweep()
    assert services.run_one(job_id, acme.id)

    running.run(late)

    assert handlers.ran == ["once"]
    assert read(acme, job_id).attempts == 2


def test_job_in_the_middle_of_its_transaction_is_not_given_away(acme: Any) -> None:
    """The lease has ended, the handler has not: the row's lock says so."""
    inside, go_on = threading.Event(), threading.Event()

    def work(_run: Any) -> None:
        inside.set()
        go_on.wait(10)

    with handlers.act(work) as payload:
        job_id = enqueue(acme, "tests.do", payload)
        with at_work(acme):
            Job.objects.filter(id=job_id).update(lease_seconds=0)
        worker = threading.Thread(target=lambda: (services.run_one(job_id, acme.id), connections.close_all()))
        worker.start()
        assert inside.wait(10)
        services.sweep()
        taken_over = services.run_one(job_id, acme.id)
        go_on.set()
        worker.join(10)

    assert not taken_over
    job = read(acme, job_id)
    assert (job.state, job.attempts) == ("done", 1)


def test_handler_that_hangs_gives_its_job_back(acme: Any) -> None:
    def work(run: Any) -> None:
        if run.attempt == 1:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(30)")

    with handlers.act(work) as payload:
        job_id = enqueue(acme, "tests.do", payload)
        services.run_one(job_id, acme.id)
        assert read(acme, job_id).state == "waiting"
        wait_over(acme, job_id)
        services.run_one(job_id, acme.id)

    assert read(acme, job_id).state == "done"


def test_handler_that_forgets_its_transaction_loses_it(acme: Any) -> None:
    def work(run: Any) -> None:
        if run.attempt == 1:
            threading.Event().wait(2.5)
            Job.objects.count()

    with handlers.act(work) as payload:
        job_id = enqueue(acme, "tests.do", payload)
        services.run_one(job_id, acme.id)
        job = read(acme, job_id)
        assert job.state == "waiting"
        assert job.error


def test_chunked_job_has_transactions_of_its_own_and_prolongs_its_lease(acme: Any) -> Any:
    leases = []

    def work(run: Any) -> Any:
        assert not handlers.in_transaction()
        for _ in range(2):
            with transaction.atomic():
                run.beat()
                leases.append(Job.objects.get(id=run.id).lease_until)
        return {"chunks": 2}

    with handlers.act(work) as payload:
        job_id = enqueue(acme, "tests.chunked", payload)
        services.run_one(job_id, acme.id)

    assert leases[0] < leases[1]
    assert read(acme, job_id).result == {"chunks": 2}


def test_chunk_of_a_lost_lease_does_not_commit(acme: Any) -> None:
    notes = []

    def work(run: Any) -> None:
        if run.attempt > 1:
            return
        expire_lease_and_take_over(run)
        with transaction.atomic():
            run.beat()
            notes.append("must not happen")

    def expire_lease_and_take_over(run: Any) -> None:
        expire_lease(acme, run.id)
        services.sweep()
        claims.claim_one(acme.id, run.id)

    with handlers.act(work) as payload:
        job_id = enqueue(acme, "tests.chunked", payload)
        services.run_one(job_id, acme.id)

    assert notes == []
    job = read(acme, job_id)
    assert (job.state, job.attempts) == ("running", 2)


def test_job_whose_workers_keep_dying_fails_in_the_end(acme: Any) -> None:
    job_id = enqueue(acme)
    for _ in range(3):
        assert claims.claim_one(acme.id, job_id)
        expire_lease(acme, job_id)
        services.sweep()

    job = read(acme, job_id)
    assert (job.state, job.attempts, job.error) == ("failed", 3, sweeping.LOST_WORKER)


def test_running_inside_a_transaction_is_refused(acme: Any) -> None:
    job_id = enqueue(acme)

    with at_work(acme):
        services.run_one(job_id, acme.id)

    assert "durable" in read(acme, job_id).error


def test_waiting_job_can_be_cancelled_and_repeated(acme: Any, alice: Any) -> None:
    handlers.ran.clear()
    job_id = enqueue(acme, payload={"n": "again"})
    with alice.at_work() as actor:
        assert services.cancel(job_id, actor=actor).state == "cancelled"
    assert services.run_due(tenant_id=acme.id) == 0

    with alice.at_work() as actor:
        with pytest.raises(Conflict):
            services.cancel(job_id, actor=actor)
        services.repeat(job_id, actor=actor)
    services.run_due(tenant_id=acme.id)

    assert handlers.ran == ["again"]
    with alice.at_work() as actor:
        assert selectors.get_job(job_id, actor).state == "done"
        with pytest.raises(Conflict):
            services.repeat(job_id, actor=actor)


def test_chunked_job_stops_when_somebody_cancels_it(acme: Any, alice: Any) -> Any:
    def work(run: Any) -> Any:
        with alice.at_work() as actor:
            services.cancel(run.id, actor=actor)
        return {"stopped": run.is_cancelled()}

    with handlers.act(work) as payload:
        job_id = enqueue(acme, "tests.chunked", payload)
        services.run_one(job_id, acme.id)

    job = read(acme, job_id)
    assert (job.state, job.result) == ("cancelled", {"stopped": True})


def test_jobs_are_shown_to_those_who_may_and_to_no_other_tenant(acme: Any, alice: Any, bob: Any, charlie: Any) -> None:
    job_id = enqueue(acme)

    with alice.at_work() as actor:
        assert [job.id for job in selectors.list_recent(actor)] == [job_id]
    with charlie.at_work() as actor:
        assert not selectors.list_recent(actor).exists()
        with pytest.raises(NotFound):
            selectors.get_job(job_id, actor)
        with pytest.raises(NotFound):
            services.cancel(job_id, actor=actor)
    with bob.at_work() as actor:
        for call in (selectors.list_recent, lambda actor: services.cancel(job_id, actor=actor)):
            with pytest.raises(Denied):
                call(actor)
    with alice.at_work() as actor, pytest.raises(NotFound):
        selectors.get_job(new_id(), actor)


def test_old_jobs_are_forgotten(acme: Any) -> None:
    old, young, waiting = enqueue(acme), enqueue(acme), enqueue(acme, run_at=now() + timedelta(hours=1))
    services.run_due(tenant_id=acme.id)
    with at_work(acme):
        Job.objects.filter(id=old).update(finished_at=now() - timedelta(days=8))

    sweeping.forget_old()

    with at_work(acme):
        assert set(Job.objects.values_list("id", flat=True)) == {young, waiting}


def test_periodic_work_is_done_by_one_of_many_schedulers(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    runs, name = [], f"tests.{new_id().hex[-12:]}"
    spec = port.PeriodicSpec(name, lambda: runs.append(1) or threading.Event().wait(0.1), timedelta(hours=1))
    monkeypatch.setattr(port.periodics, "_entries", {name: spec})

    def schedule() -> None:
        services.run_periodic()
        connections.close_all()

    threads = [threading.Thread(target=schedule) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert services.run_periodic() == 0

    assert runs == [1]
    row = rows(PeriodicRun, reason="test").get(name=name)
    assert row.next_at > now() + timedelta(minutes=59)
    assert (row.busy_until, row.error) == (None, "")


def test_periodic_work_that_fails_is_tried_again_at_its_next_time(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"tests.{new_id().hex[-12:]}"
    spec = port.PeriodicSpec(name, lambda: 1 / 0, timedelta(0))
    monkeypatch.setattr(port.periodics, "_entries", {name: spec})

    assert services.run_periodic() == 1
    assert "ZeroDivisionError" in rows(PeriodicRun, reason="test").get(name=name).error
    assert services.run_periodic() == 1


def test_heartbeats_show_who_is_at_work(db: None) -> None:
    name = f"worker@tests:{new_id().hex}"

    services.beat_worker(name)
    services.beat_worker(name)

    assert [beat.name for beat in selectors.list_live()].count(name) == 1
    assert name not in [beat.name for beat in selectors.list_live("scheduler")]
