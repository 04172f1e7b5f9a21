"""Bulk operations: begin, cancel, take back, end. The records themselves are the business of `bulk_running`."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.journal import services as journal
from autocrm.kernel import notices, push
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Denied
from autocrm.kernel.jobs import enqueue
from autocrm.kernel.notices import Notice
from autocrm.kernel.permissions import authorize
from autocrm.kernel.tenancy import current_database, current_tenant_id
from autocrm.records import events, sampling
from autocrm.records.bulk_actions import AT_ONCE, get_action, may_do
from autocrm.records.bulk_models import BulkChunk, BulkOperation, BulkState
from autocrm.records.bulk_operations import selectors as bulk_selectors
from autocrm.records.bulk_operations.selection import Selection
from autocrm.records.bulk_operations.wiring import UNDO
from autocrm.records.kinds import BULK_FAILED, BULK_FINISHED
from autocrm.records.registry import RecordType, record_types
from autocrm.records.selectors import get_type
from autocrm.ui.formatting import number
from autocrm.users import selectors as users

JOB = "records.run_bulk"
CHUNK = 2_000
# Beyond so many records workflows do not react unless that is asked for.
QUIET_FROM = 1_000
UNDO_FOR = timedelta(hours=24)


@transaction.atomic
def prepare_operation(  # noqa: PLR0913 - an act, its objects, and how it is to run
    record_type: RecordType,
    action_key: str,
    selection: Selection,
    given: Mapping[str, Any],
    *,
    run_workflows: bool | None = None,
    in_background: bool = False,
    actor: Actor,
) -> BulkOperation:
    """Note down what is to be done with which records. Journal: bulk.started.

    Few records are fixed here and wait for `bulk_running.carry_out_now`; for more a job is enqueued that fixes them
    first. Raises Denied, NotFound, Invalid for values or a selection that cannot be.
    """
    action = get_action(action_key)
    authorize(actor, record_type.permission(Verb.BULK))
    if not action.shown or not may_do(action, record_type, actor):
        raise Denied
    values = action.read(record_type, given, actor)
    selection = selection.settled(record_type, actor)
    ids = (
        None if in_background and selection.ids is None else selection.first_ids(record_type, most=AT_ONCE, actor=actor)
    )
    operation = BulkOperation(
        action=action.key,
        record_type=record_type.key,
        query=selection.query,
        values=values,
        run_workflows=run_workflows,
        user_id=actor.user_id,
        user_label=actor.label[:200],
        token_id=actor.token_id,
    )
    if selection.ids is None and ids is None:
        # Said now what could not be read, not by the job.
        selection.rows(record_type, actor)
    return _begin(operation, ids if ids is not None else selection.ids, in_background=in_background, actor=actor)


@transaction.atomic
def prepare_planned(record_type: RecordType, action_key: str, *, actor: Actor) -> BulkOperation:
    """Begin, in the background, what finds its records itself. Journal: bulk.started. Raises Denied, NotFound."""
    action = get_action(action_key)
    authorize(actor, record_type.permission(Verb.BULK))
    if action.plan is None or not may_do(action, record_type, actor):
        raise Denied
    operation = BulkOperation(
        action=action.key,
        record_type=record_type.key,
        user_id=actor.user_id,
        user_label=actor.label[:200],
        token_id=actor.token_id,
    )
    return _begin(operation, None, in_background=True, actor=actor)


@transaction.atomic
def prepare_undo(operation_id: object, *, in_background: bool = False, actor: Actor) -> BulkOperation:
    """Note down that an operation is to be taken back. Journal: bulk.started.

    Raises NotFound, Denied, and Conflict when it is too late, still at work, or taken back already.
    """
    undone = bulk_selectors.get_operation(operation_id, actor=actor, lock=True)
    record_type = get_type(undone.record_type)
    authorize(actor, record_type.permission(Verb.BULK))
    reason = why_no_undo(undone)
    if reason:
        raise Conflict(reason)
    operation = BulkOperation(
        action=UNDO,
        record_type=undone.record_type,
        undoes=undone,
        run_workflows=undone.run_workflows,
        user_id=actor.user_id,
        user_label=actor.label[:200],
        token_id=actor.token_id,
    )
    is_planned = get_action(undone.action).plan is not None
    return _begin(operation, undone, in_background=in_background or is_planned, actor=actor)


def why_no_undo(operation: BulkOperation) -> str:
    """Why an operation cannot be taken back, "" when it can."""
    action = get_action(operation.action)
    # What is merged again would not be what was merged before.
    is_taken_back = operation.undoes is not None and get_action(operation.undoes.action).take_back is not None
    if not action.undoable or is_taken_back:
        return _("This cannot be undone.")
    if not operation.is_finished or operation.finished_at is None:
        return _("It is still at work.")
    if operation.undone_by.exists():
        return _("It was undone already.")
    if not operation.changed:
        return _("Nothing was changed.")
    return "" if now() - operation.finished_at < UNDO_FOR else _("It can be undone for 24 hours; they are over.")


def _begin(
    operation: BulkOperation,
    records: Sequence[UUID] | BulkOperation | None,
    *,
    in_background: bool,
    actor: Actor,
) -> BulkOperation:
    """Write the operation with its records: ids, those of another operation that it got to, or None for later."""
    if records is not None:
        operation.total = records.done if isinstance(records, BulkOperation) else len(records)
        if operation.run_workflows is None:
            operation.run_workflows = operation.total <= QUIET_FROM
    operation.save()
    if isinstance(records, BulkOperation):
        with connections[current_database()].cursor() as cursor:
            cursor.execute(_COPY, [operation.id, current_tenant_id(), records.id])
    elif records is not None:
        BulkChunk.objects.bulk_create(
            BulkChunk(operation=operation, number=number, record_ids=list(records[first : first + CHUNK]))
            for number, first in enumerate(range(0, len(records), CHUNK))
        )
    _write_entry(events.BULK_STARTED, operation, actor)
    if operation.total is None or operation.total > AT_ONCE or in_background:
        # One after another for each type: two that meet in the same records would wait for each other all the time.
        key = f"records.bulk.{operation.record_type}"
        operation.job_id = enqueue(JOB, {"operation_id": str(operation.id)}, ordering_key=key)
        operation.save(update_fields=["job_id"])
        push_state(operation)
    return operation


_COPY = """
    INSERT INTO records_bulkchunk (tenant_id, id, operation_id, number, record_ids, is_done)
    SELECT tenant_id, gen_random_uuid(), %s, number, record_ids, false
    FROM records_bulkchunk WHERE tenant_id = %s AND operation_id = %s AND is_done
"""
_SNAPSHOT = """
    INSERT INTO records_bulkchunk (tenant_id, id, operation_id, number, record_ids, is_done)
    SELECT %s, gen_random_uuid(), %s, numbered.chunk, array_agg(numbered.pk ORDER BY numbered.pk), false
    FROM (
        SELECT found.pk, (row_number() OVER (ORDER BY found.pk) - 1) / {chunk} AS chunk FROM ({found}) AS found(pk)
    ) AS numbered
    GROUP BY numbered.chunk
"""


def fix_records(operation: BulkOperation, *, actor: Actor) -> None:
    """Take down which records the query matches now, in one statement, or those that the action finds itself.

    Edits move none of them in or out later.

    Within the caller's transaction, on a locked operation.
    """
    record_type, plan = get_type(operation.record_type), get_action(operation.action).plan
    with connections[current_database()].cursor() as cursor:
        if plan is not None:
            BulkChunk.objects.bulk_create(
                BulkChunk(operation=operation, number=number, record_ids=list(ids))
                for number, ids in enumerate(plan(record_type, actor))
            )
        else:
            found = Selection(None, operation.query).rows(record_type, actor).order_by().values("pk")
            sql, params = found.query.sql_with_params()
            cursor.execute(_SNAPSHOT.format(found=sql, chunk=CHUNK), [current_tenant_id(), operation.id, *params])
        cursor.execute(
            "SELECT COALESCE(sum(cardinality(record_ids)), 0) FROM records_bulkchunk"
            " WHERE tenant_id = %s AND operation_id = %s",
            [current_tenant_id(), operation.id],
        )
        operation.total = int(cursor.fetchone()[0])
    if operation.run_workflows is None:
        operation.run_workflows = operation.total <= QUIET_FROM
    operation.save(update_fields=["total", "run_workflows"])


@transaction.atomic
def cancel_operation(operation_id: object, *, actor: Actor) -> BulkOperation:
    """Stop; what was done so far stays, and can be undone. Journal: bulk.cancelled.

    Waits for the chunk at work, a second at most. Raises NotFound, Conflict when it has ended.
    """
    operation = bulk_selectors.get_operation(operation_id, actor=actor, lock=True)
    if operation.is_finished:
        raise Conflict(_("This has ended already."))
    _end(operation, BulkState.CANCELLED, events.BULK_CANCELLED, actor)
    return operation


def cancel_lost(operation_id: UUID) -> None:
    """The same when its job was cancelled by whoever manages jobs; nothing when it has ended."""
    with transaction.atomic(using=current_database()):
        operation = _running(operation_id)
        if operation is not None:
            _end(operation, BulkState.CANCELLED, events.BULK_CANCELLED, Actor.system(operation.tenant_id))


def finish_operation(operation: BulkOperation, *, actor: Actor) -> None:
    """The last act, in the caller's transaction, on a locked row. Journal: bulk.finished. Tells the person once."""
    _end(operation, BulkState.DONE, events.BULK_FINISHED, actor)
    if operation.job_id is not None:
        _tell(operation, BULK_FINISHED, summary(operation, actor), actor)
        push.to_tenant(operation.tenant_id, {"type": "changed", "record_type": operation.record_type, "ids": []})


def fail_operation(operation_id: UUID, kept: str) -> None:
    """Note that it can't go on and tell the person once; nothing when it has ended. Journal: bulk.failed."""
    with transaction.atomic(using=current_database()):
        operation = _running(operation_id)
        if operation is None:
            return
        actor = Actor.system(operation.tenant_id)
        operation.error = kept
        with translation.override(users.language_of(operation.user_id, operation.tenant_id)):
            _end(operation, BulkState.FAILED, events.BULK_FAILED, actor)
            _tell(operation, BULK_FAILED, _("A bulk change could not be finished"), actor, body=operation.problem)


def summary(operation: BulkOperation, actor: Actor) -> str:
    """As in "Add tags: VIP: 200,000 changed, 12 refused"."""
    parts = [
        (operation.changed, ngettext("%(count)s changed", "%(count)s changed", operation.changed)),
        (operation.unchanged, ngettext("%(count)s as it was", "%(count)s as they were", operation.unchanged)),
        (operation.refused, ngettext("%(count)s refused", "%(count)s refused", operation.refused)),
        (operation.out_of_reach, ngettext("%(count)s skipped", "%(count)s skipped", operation.out_of_reach)),
    ]
    said = [text % {"count": number(count)} for count, text in parts if count] or [_("nothing to do")]
    return f"{bulk_selectors.title_of(operation, actor)}: {', '.join(said)}"


def push_state(operation: BulkOperation) -> None:
    """Hint to the person's open pages how far it is, after commit."""
    if operation.user_id is not None and operation.job_id is not None:
        push.to_user(operation.tenant_id, operation.user_id, bulk_selectors.as_work(operation).as_hint())


def _running(operation_id: UUID) -> BulkOperation | None:
    found = BulkOperation.objects.select_for_update(of=("self",))
    return found.filter(id=operation_id, state=BulkState.RUNNING).first()


def _end(operation: BulkOperation, state: BulkState, kind: str, actor: Actor) -> None:
    operation.state, operation.finished_at = state, now()
    operation.save()
    _write_entry(kind, operation, actor)
    record_type = record_types.find(operation.record_type)
    if record_type is not None:
        # However it ended: what was changed until then stays.
        sampling.refresh_after(record_type, operation.changed)
    push_state(operation)


def _tell(operation: BulkOperation, kind: str, title: str, actor: Actor, *, body: str = "") -> None:
    if operation.user_id is None:
        return
    record_type = record_types.find(operation.record_type)
    notice = Notice(
        kind=kind,
        title=title,
        body=body or (str(record_type.label_plural) if record_type else ""),
        url=f"/bulk/{operation.id}/",
        data=(("bulk", str(operation.id)), ("record_type", operation.record_type)),
        dedup_key=f"bulk:{operation.id}",
    )
    notices.tell(notice, user_ids=[operation.user_id], actor=actor)


def _write_entry(kind: str, operation: BulkOperation, actor: Actor) -> None:
    counts = ("total", "changed", "unchanged", "refused", "out_of_reach")
    data: dict[str, Any] = {
        "bulk": str(operation.id),
        "action": operation.action,
        "record_type": operation.record_type,
        **{name: getattr(operation, name) for name in counts},
    }
    if operation.undoes_id is not None:
        data["undo_of"] = str(operation.undoes_id)
    journal.write(kind, data=data, actor=actor)
