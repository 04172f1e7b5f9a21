"""Periodic work of the installation: rows that any scheduler may claim, so there can be any number of schedulers."""

import logging
from datetime import datetime, timedelta

from autocrm.jobs.models import PeriodicRun
from autocrm.kernel.clock import now
from autocrm.kernel.jobs import PeriodicSpec, periodics
from autocrm.kernel.platform import platform_cursor, rows

# A piece of work that takes longer than this is taken for dead and may be started elsewhere.
BUSY_LIMIT = timedelta(minutes=10)
REASON = "periodic work"

logger = logging.getLogger(__name__)


def run_periodic() -> int:
    """Run what is due and nobody else is running; returns how many pieces of work ran. Their errors are kept."""
    moment = now()
    due = dict(rows(PeriodicRun, reason=REASON).values_list("name", "next_at"))
    ran = 0
    for spec in periodics:
        if due.get(spec.name, moment) <= moment and _claim(spec, moment):
            _run(spec)
            ran += 1
    return ran


def _claim(spec: PeriodicSpec, moment: datetime) -> bool:
    with platform_cursor(reason=REASON) as cursor:
        cursor.execute(
            "INSERT INTO jobs_periodicrun AS known (name, next_at, busy_until, started_at, error) "
            "VALUES (%(name)s, %(next)s, %(busy)s, %(now)s, '') ON CONFLICT (name) DO UPDATE "
            "SET next_at = excluded.next_at, busy_until = excluded.busy_until, started_at = excluded.started_at "
            "WHERE known.next_at <= %(now)s AND (known.busy_until IS NULL OR known.busy_until < %(now)s)",
            {"name": spec.name, "next": moment + spec.every, "busy": moment + BUSY_LIMIT, "now": moment},
        )
        return bool(cursor.rowcount)


def _run(spec: PeriodicSpec) -> None:
    error = ""
    try:
        spec.run()
    except Exception as failure:
        logger.exception("jobs.periodic_failed", extra={"periodic": spec.name})
        error = f"{type(failure).__name__}: {failure}".replace("\x00", "")[:2_000]
    rows(PeriodicRun, reason=REASON).filter(name=spec.name).update(busy_until=None, finished_at=now(), error=error)
