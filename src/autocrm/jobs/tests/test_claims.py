"""Claiming: fair between tenants, in order where asked for, and never twice."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections

from autocrm.jobs import claims, services
from autocrm.jobs.models import Job
from autocrm.jobs.tests.workplace import at_work, enqueue, handlers, read
from autocrm.kernel import jobs as port
from autocrm.kernel.clock import now

QUEUES = ("analytics",)


@pytest.fixture
def analytics_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """The job of the tests in a queue that no other test uses, so that claims across tenants see only this one's."""
    spec = port.specs.get("tests.note")
    entries = port.specs._entries
    monkeypatch.setitem(
        entries, "tests.note", port.JobSpec(spec.name, spec.handler, "analytics", 3, timedelta(seconds=60), False)
    )
    services.run_due(queues=QUEUES, limit=100_000)


def enqueue_many(tenant: Any, count: Any) -> None:
    with at_work(tenant):
        for number in range(count):
            port.enqueue("tests.note", {"n": number})


def test_backlog_of_one_tenant_does_not_hold_up_another(acme: Any, globex: Any, analytics_note: Any) -> None:
    enqueue_many(acme, claims.GLANCE * 2)
    enqueue_many(globex, 2)

    turns = claims.claims_in_turn(QUEUES)
    first_four = Counter(next(turns).tenant_id for _ in range(4))

    assert first_four == {acme.id: 2, globex.id: 2}


def test_tenant_with_running_jobs_comes_after_one_without(acme: Any, globex: Any, analytics_note: Any) -> None:
    enqueue_many(acme, 5)
    for _ in range(2):
        assert claims.claim_next(acme.id, QUEUES)
    enqueue_many(globex, 1)

    assert claims.tenants_in_turn(QUEUES) == [globex.id, acme.id]


def test_jobs_come_in_the_order_of_their_time(acme: Any) -> None:
    late = enqueue(acme, payload={"n": "late"}, run_at=now() - timedelta(seconds=1))
    early = enqueue(acme, payload={"n": "early"}, run_at=now() - timedelta(seconds=9))
    enqueue(acme, run_at=now() + timedelta(hours=1))

    assert [claim.job_id for claim in claims.claims_of(acme.id, port.QUEUES)] == [early, late]


def test_future_job_is_taken_when_its_time_has_come(acme: Any) -> None:
    job_id = enqueue(acme, run_at=now() + timedelta(days=2))

    assert services.run_due(tenant_id=acme.id) == 0
    with time_machine.travel(now() + timedelta(days=2, seconds=1)):
        assert services.run_due(tenant_id=acme.id) == 1
    assert read(acme, job_id).state == "done"


def test_no_job_is_taken_twice_by_workers_that_race(acme: Any) -> None:
    expected = {enqueue(acme, payload={"n": number}) for number in range(60)}
    taken: list[object] = []

    def work() -> None:
        taken.extend(claim.job_id for claim in claims.claims_of(acme.id, port.QUEUES))
        connections.close_all()

    race(work, 6)

    assert len(taken) == 60
    assert set(taken) == expected


def test_same_ordering_key_runs_one_after_another_in_order(acme: Any) -> None:
    for number in range(3):
        enqueue(acme, payload={"n": number}, ordering_key="contact 7")
    other = enqueue(acme, payload={"n": "other"}, ordering_key="contact 8")

    first = claims.claim_next(acme.id, port.QUEUES)
    second = claims.claim_next(acme.id, port.QUEUES)
    nothing = claims.claim_next(acme.id, port.QUEUES)

    assert first.payload == '{"n": 0}'
    assert second.job_id == other
    assert nothing is None


def test_attempt_that_failed_keeps_its_place_in_the_order(acme: Any) -> None:
    failing = enqueue(acme, "tests.fail", {"error": "bug"}, ordering_key="k")
    enqueue(acme, payload={"n": "after"}, ordering_key="k")
    handlers.ran.clear()

    assert services.run_due(tenant_id=acme.id) == 1
    assert read(acme, failing).state == "waiting"
    assert handlers.ran == []
    with at_work(acme):
        Job.objects.filter(id=failing).update(state="failed")
    services.run_due(tenant_id=acme.id)

    assert handlers.ran == ["after"]


def test_later_job_of_a_key_does_not_wait_for_one_that_is_not_due_yet(acme: Any) -> None:
    enqueue(acme, ordering_key="k", run_at=now() + timedelta(hours=1))
    due = enqueue(acme, ordering_key="k")

    assert claims.claim_next(acme.id, port.QUEUES).job_id == due
    with time_machine.travel(now() + timedelta(hours=2)):
        assert claims.claim_next(acme.id, port.QUEUES) is None


def test_ordering_holds_between_workers_that_race(acme: Any) -> None:
    """Never two of a key at once, and the order of enqueueing."""
    running, worst, order = Counter(), Counter(), []
    lock = threading.Lock()

    def run(job_run: Any) -> None:
        key = job_run.payload["key"]
        with lock:
            running[key] += 1
            worst[key] = max(worst[key], running[key])
            order.append((key, job_run.payload["n"]))
        threading.Event().wait(0.005)
        with lock:
            running[key] -= 1

    with handlers.act(run) as payload:
        for number in range(24):
            key = f"key {number % 3}"
            enqueue(acme, "tests.do", payload | {"key": key, "n": number}, ordering_key=key)

        def work() -> None:
            for _ in range(200):
                if not services.run_due(tenant_id=acme.id) and len(order) >= 24:
                    break
            connections.close_all()

        race(work, 4)

    assert max(worst.values()) == 1
    for key in worst:
        numbers = [number for one, number in order if one == key]
        assert numbers == sorted(numbers)
        assert len(numbers) == 8


def test_two_claims_of_a_key_at_the_same_moment_are_kept_apart_by_the_database(acme: Any) -> None:
    """What the claim's look cannot see: both become claimable while neither runs."""
    first, second = enqueue(acme), enqueue(acme)
    assert claims.claim_one(acme.id, first)
    with at_work(acme):
        Job.objects.filter(id=first).update(ordering_key="k")
        Job.objects.filter(id=second).update(ordering_key="k", position=0)

    assert claims.claim_one(acme.id, second) is None
    assert read(acme, second).state == "waiting"


def race(work: Any, count: Any) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
