"""What doctor says about jobs and the journal's neighbours: it finds what waits, and who is at work."""

from datetime import timedelta
from typing import Any

from autocrm.jobs import doctor, selectors, services
from autocrm.jobs.tests.workplace import enqueue, read, wait_over
from autocrm.kernel.checks import Level
from autocrm.kernel.clock import now
from autocrm.kernel.ids import new_id


def test_process_that_shows_itself_is_found(db: None) -> None:
    services.beat_worker(f"worker@{new_id()}")

    worker, _scheduler = list(doctor.check_processes())

    assert worker.level is Level.FINE


def test_job_that_waits_for_minutes_is_a_problem(acme: Any) -> None:
    job_id = enqueue(acme)
    wait_over(acme, job_id, now() - timedelta(minutes=5))

    slow = {queue.queue: queue for queue in selectors.measure_queues()}["default"]
    assert slow.oldest_age_seconds >= 300
    assert Level.PROBLEM in [finding.level for finding in doctor.check_queues()]

    services.run_due(tenant_id=acme.id)
    assert read(acme, job_id).state == "done"
