"""Running one claimed job: handler and completion in one transaction, and what a failure means for the next attempt.

An ordinary handler runs inside a transaction that first locks the job's row under its token. While that transaction
lives nobody can take the job over, and when the process dies its effects vanish with it: exactly once. The lease is
also the transaction's limit, so a handler that hangs gives the job back. A chunked handler opens its own transactions.
"""

import json
import logging
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from autocrm.jobs.claims import Claim
from autocrm.jobs.models import Job
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Denied, Invalid, LimitReached, Upstream
from autocrm.kernel.jobs import JobSpec, LeaseLost, specs
from autocrm.kernel.json_text import to_json_text
from autocrm.kernel.tenancy import current_database, look_afresh, tenant_scope

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 3600.0
MAX_ERROR = 4_000

logger = logging.getLogger(__name__)
_random = random.SystemRandom()


class Run:
    """What a handler is given; see `kernel.jobs.JobRun`."""

    def __init__(self, claim: Claim, lease: timedelta) -> None:
        self._claim = claim
        self._lease = lease
        self._payload: Mapping[str, Any] = json.loads(claim.payload)

    @property
    def id(self) -> UUID:
        return self._claim.job_id

    @property
    def tenant_id(self) -> int:
        return self._claim.tenant_id

    @property
    def payload(self) -> Mapping[str, Any]:
        return self._payload

    @property
    def attempt(self) -> int:
        return self._claim.attempt

    def beat(self) -> None:
        """Prolong the lease. Called first inside a chunk's transaction it also keeps a chunk of a lost lease out."""
        with transaction.atomic(using=current_database()):
            if not _mine(self._claim).update(lease_until=now() + self._lease):
                raise LeaseLost(f"Job {self.id} was taken over by another worker.")

    def is_cancelled(self) -> bool:
        with transaction.atomic(using=current_database()):
            return Job.objects.filter(id=self.id, cancel_requested=True).exists()


def run(claim: Claim) -> None:
    """Run the claimed job to its end, its next attempt or its failure. Errors of the handler end up on the row."""
    about = {"job": str(claim.job_id), "job_name": claim.name, "tenant": claim.tenant_id, "attempt": claim.attempt}
    look_afresh(claim.tenant_id)
    with tenant_scope(claim.tenant_id):
        try:
            _run_as_declared(claim)
        except LeaseLost:
            logger.warning("jobs.lease_lost", extra=about)
        except Exception as error:
            logger.warning("jobs.attempt_failed", exc_info=True, extra=about)
            _note_failure(claim, error)


def _run_as_declared(claim: Claim) -> None:
    spec = specs.find(claim.name)
    if spec is None:
        raise LookupError(f"This worker does not know the job {claim.name!r}.")
    work = Run(claim, spec.lease)
    if spec.chunked:
        _run_chunked(work, claim, spec)
    else:
        _run_whole(work, claim, spec)


def _run_whole(work: Run, claim: Claim, spec: JobSpec) -> None:
    using = current_database()
    with transaction.atomic(using=using, durable=True):
        _limit_transaction(using, spec.lease)
        if not list(_mine(claim).select_for_update().values_list("id")):
            raise LeaseLost
        _finish(claim, Job.State.DONE, result=spec.handler(work))


def _run_chunked(work: Run, claim: Claim, spec: JobSpec) -> None:
    result = spec.handler(work)
    with transaction.atomic(using=current_database(), durable=True):
        state = Job.State.CANCELLED if work.is_cancelled() else Job.State.DONE
        _finish(claim, state, result=result)


def _limit_transaction(using: str, lease: timedelta) -> None:
    """A handler that stops talking to the database, or whose statement never ends, loses its transaction in time."""
    milliseconds = int(lease.total_seconds() * 1000)
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %(limit)s, true), "
            "set_config('statement_timeout', %(limit)s, true)",
            {"limit": str(milliseconds)},
        )


def _mine(claim: Claim) -> Any:
    return Job.objects.filter(id=claim.job_id, lease_token=claim.token, state=Job.State.RUNNING)


def _finish(claim: Claim, state: Job.State, *, result: Mapping[str, Any] | None) -> None:
    plain = None if result is None else json.loads(to_json_text(result))
    finished = _mine(claim).update(
        state=state, result=plain, finished_at=now(), lease_token=None, lease_until=None, error=""
    )
    if not finished:
        raise LeaseLost


def _note_failure(claim: Claim, error: Exception) -> None:
    """Put the error on the row; wait for the next attempt if one is left and trying again can help."""
    last = claim.attempt >= claim.max_attempts or not _can_help_to_retry(error)
    with transaction.atomic(using=current_database()):
        state = Job.State.FAILED if last else Job.State.WAITING
        if _mine(claim).filter(cancel_requested=True).exists():
            state, last = Job.State.CANCELLED, True
        _mine(claim).update(
            state=state,
            run_at=now() + pause_before(claim.attempt + 1, error),
            finished_at=now() if last else None,
            lease_token=None,
            lease_until=None,
            error=f"{type(error).__name__}: {error}".replace("\x00", "")[:MAX_ERROR],
        )


def _can_help_to_retry(error: Exception) -> bool:
    if isinstance(error, Upstream):
        return error.retryable
    return not isinstance(error, Invalid | Denied)


def pause_before(attempt: int, error: Exception | None = None) -> timedelta:
    """How long to wait before attempt 2, 3, ...: doubling, with jitter of a half either way, an hour at most."""
    seconds = min(FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 2), LONGEST_PAUSE_SECONDS) * _random.uniform(0.5, 1.5)
    if isinstance(error, LimitReached) and error.retry_after is not None:
        seconds = max(seconds, float(error.retry_after))
    return timedelta(seconds=seconds)
