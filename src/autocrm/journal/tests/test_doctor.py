"""What doctor says about the journal: partitions ahead, consumers that lag, events set aside."""

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from autocrm.journal import doctor, services
from autocrm.journal.models import DeadLetter
from autocrm.journal.tests.workplace import at_work, consumer, note
from autocrm.kernel.checks import Level
from autocrm.kernel.clock import now


def levels(findings: Any) -> list[Level]:
    return [finding.level for finding in findings]


def test_missing_partition_is_a_warning(db: None) -> None:
    with time_machine.travel(datetime(2041, 1, 31, tzinfo=UTC)):
        before = levels(doctor.check_partitions())
        services.ensure_partitions()
        after = levels(doctor.check_partitions())

    assert (before, after) == ([Level.WARNING], [Level.FINE])


def test_consumer_that_lags_is_a_problem_and_dead_letters_a_warning(acme: Any) -> None:
    with consumer(lambda entries: None) as one:
        with time_machine.travel(now() - timedelta(minutes=10)):
            entry = note(acme)
        assert Level.PROBLEM in levels(doctor.check_consumers())
        services.run_consumers(tenant_id=acme.id, consumer=one.name)
    with at_work(acme):
        DeadLetter.objects.create(
            consumer=one.name,
            entry_id=entry.id,
            entry_at=entry.at,
            kind=entry.kind,
            error="no",
            attempts=4,
            created_at=now(),
        )

    assert Level.WARNING in levels(doctor.check_consumers())
