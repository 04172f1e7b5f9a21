"""A bulk operation at work: chunk by chunk, each in one transaction together with the note that it is done.

Whatever dies in between, chunks that are done stay done and the others are not, so the next attempt goes on where the
last one stopped. The job's lease, renewed first in each transaction, keeps a worker out that was thought dead. Few
records go the same way within a request.
"""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import AutoCRMError, Denied, Upstream
from autocrm.kernel.jobs import JobRun, LeaseLost
from autocrm.kernel.sentences import FAILED_AGAIN, keep, kept_words
from autocrm.kernel.tenancy import current_database
from autocrm.records.bulk_actions import BulkJob, Outcome, Result, get_action
from autocrm.records.bulk_models import BulkChunk, BulkOperation, BulkResult, BulkState
from autocrm.records.bulk_operations import lifecycle as operations
from autocrm.records.selectors import get_type
from autocrm.users import selectors as users

MAX_KEPT = 10_000
# A job that is claimed this often without an end has something in it that kills workers.
MAX_ATTEMPTS = 50
SECONDS_BETWEEN_HINTS = 0.25

_TROUBLES = (Outcome.REFUSED, Outcome.OUT_OF_REACH)


def actor_of(operation: BulkOperation) -> Actor:
    """The person who began it, or her token, with the rights that hold now. Raises Denied once either is out."""
    if operation.token_id is not None:
        return users.actor_by_token_id(operation.token_id, operation.tenant_id)
    if operation.user_id is None:
        raise Denied
    return users.build_actor(operation.user_id, operation.tenant_id)


def carry_out_now(operation: BulkOperation, *, actor: Actor) -> BulkOperation:
    """Do a prepared operation of few records in the caller's transaction. Raises what the action raises."""
    with transaction.atomic(using=current_database()):
        for chunk in operation.chunks.filter(is_done=False).order_by("number"):
            _do(operation, chunk, actor)
        operations.finish_operation(operation, actor=actor)
    return operation


def run_operation(run: JobRun) -> dict[str, Any]:
    """Carry an operation out from where it stopped to its end. The handler of the job `records.run_bulk`."""
    operation_id = UUID(str(run.payload["operation_id"]))
    try:
        with transaction.atomic(using=current_database()):
            operation = BulkOperation.objects.filter(id=operation_id).first()
            if operation is None or operation.is_finished:
                return {"state": "gone" if operation is None else operation.state}
            locale = actor_of(operation).locale
        with translation.override(locale):
            return {"state": _Work(run, operation_id).carry_out()}
    except Upstream as error:
        if error.retryable and run.attempt < MAX_ATTEMPTS:
            raise
        operations.fail_operation(operation_id, kept_words(error))
    except AutoCRMError as error:
        operations.fail_operation(operation_id, kept_words(error))
    except Exception as error:
        if run.attempt >= MAX_ATTEMPTS and not isinstance(error, LeaseLost):
            operations.fail_operation(operation_id, keep(FAILED_AGAIN))
        raise
    return {"state": BulkState.FAILED.value}


class _Work:
    """One attempt at one operation."""

    def __init__(self, run: JobRun, operation_id: UUID) -> None:
        self._run = run
        self._id = operation_id
        self._hinted_at = 0.0

    def carry_out(self) -> str:
        """Everything that is left to do; the state at the end."""
        while True:
            if self._run.is_cancelled():
                operations.cancel_lost(self._id)
            with transaction.atomic(using=current_database(), durable=True):
                self._run.beat()
                operation = (
                    BulkOperation.objects.select_related("undoes").select_for_update(of=("self",)).get(id=self._id)
                )
                if operation.is_finished:
                    return operation.state
                self._step(operation)

    def _step(self, operation: BulkOperation) -> None:
        """Fix the records, do one chunk, or end."""
        actor = actor_of(operation)
        if operation.total is None:
            operations.fix_records(operation, actor=actor)
            operations.push_state(operation)
            return
        chunk = operation.chunks.filter(is_done=False).order_by("number").first()
        if chunk is None:
            operations.finish_operation(operation, actor=actor)
            return
        _do(operation, chunk, actor)
        moment = time.monotonic()
        if moment - self._hinted_at >= SECONDS_BETWEEN_HINTS:
            self._hinted_at = moment
            operations.push_state(operation)


def _do(operation: BulkOperation, chunk: BulkChunk, actor: Actor) -> None:
    """One chunk, its results and its mark, in the caller's transaction."""
    action = get_action(operation.action)
    data: dict[str, Any] = {"bulk": str(operation.id)}
    if operation.undoes is not None:
        data["undo_of"] = str(operation.undoes.id)
    if not operation.run_workflows:
        data["quiet"] = True
    job = BulkJob(
        record_type=get_type(operation.record_type),
        values=operation.values,
        data=data,
        actor=actor,
        undoes=operation.undoes_id,
        undone_since=operation.undoes.created_at if operation.undoes else None,
    )
    taken_back = get_action(operation.undoes.action).take_back if operation.undoes else None
    apply = taken_back or action.apply
    assert apply is not None  # noqa: S101 - get_action answers no others
    results = apply(job, chunk.record_ids)
    _keep(operation, results)
    chunk.is_done = True
    chunk.save(update_fields=["is_done"])


def _keep(operation: BulkOperation, results: Sequence[Result]) -> None:
    """Count the results and write down as many as there is room for: of the troubles, and of the others."""
    troubles = [each for each in results if each.outcome in _TROUBLES]
    smooth = [each for each in results if each.outcome not in _TROUBLES]
    room = max(MAX_KEPT - operation.refused - operation.out_of_reach, 0)
    smooth_room = max(MAX_KEPT - operation.changed - operation.unchanged, 0)
    BulkResult.objects.bulk_create(
        BulkResult(
            operation=operation,
            record_id=each.record_id,
            label=each.label[:300],
            outcome=each.outcome.value,
            reason=str(each.reason)[:300],
        )
        for each in [*troubles[:room], *smooth[:smooth_room]]
    )
    for outcome in Outcome:
        count = sum(each.outcome is outcome for each in results)
        setattr(operation, outcome.value, getattr(operation, outcome.value) + count)
    operation.save(update_fields=[outcome.value for outcome in Outcome])
