"""Reads of bulk operations: one's own, or everybody's with the right to manage them."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Denied, NotFound, Text
from autocrm.kernel.ids import parse_id
from autocrm.kernel.long_work import LongWork
from autocrm.kernel.permissions import is_allowed
from autocrm.records.bulk_actions import bulk_actions
from autocrm.records.bulk_models import BulkOperation, BulkResult, BulkState
from autocrm.records.permissions import MANAGE_BULK
from autocrm.records.registry import record_types

LATELY = timedelta(hours=1)


def list_operations(actor: Actor) -> QuerySet[BulkOperation]:
    """The operations the actor may see, newest first. Raises Denied for whoever is nobody."""
    if actor.user_id is None:
        raise Denied
    found = BulkOperation.objects.select_related("undoes").order_by("-created_at", "-id")
    return found if is_allowed(actor, MANAGE_BULK) else found.filter(user_id=actor.user_id)


def get_operation(operation_id: object, *, actor: Actor, lock: bool = False) -> BulkOperation:
    """One of them, locked for a change if asked. Raises NotFound."""
    found = list_operations(actor).filter(id=parse_id(operation_id))
    operation = (found.select_for_update(of=("self",)) if lock else found).first()
    if operation is None:
        raise NotFound
    return operation


def list_results(operation: BulkOperation, outcomes: Sequence[str] = ()) -> QuerySet[BulkResult]:
    """What became of its records, as many as are kept."""
    found = BulkResult.objects.filter(operation=operation).order_by("outcome", "id")
    return found.filter(outcome__in=outcomes) if outcomes else found


def title_of(operation: BulkOperation, actor: Actor) -> Text:
    """What it does, as in "Add tags: VIP" or "Undo: Assign"."""
    if operation.undoes is not None:
        return _("Undo: %(what)s") % {"what": title_of(operation.undoes, actor)}
    action, record_type = bulk_actions.find(operation.action), record_types.find(operation.record_type)
    if action is None:
        return operation.action
    if action.said is None or record_type is None:
        return force_str(action.label)
    return force_str(action.said(record_type, operation.values, actor))


def count_running(actor: Actor) -> int:
    """How many of the actor's operations run in the background."""
    if actor.user_id is None:
        return 0
    return BulkOperation.objects.filter(state=BulkState.RUNNING, user_id=actor.user_id, job_id__isnull=False).count()


def recent_work(actor: Actor, limit: int) -> Sequence[LongWork]:
    """What runs and what ended lately, for the tray of background jobs."""
    if actor.user_id is None:
        return []
    lately = Q(state=BulkState.RUNNING) | Q(finished_at__gte=now() - LATELY)
    found = BulkOperation.objects.filter(lately, user_id=actor.user_id, job_id__isnull=False)
    return [as_work(each) for each in found.order_by("-created_at", "-id")[:limit]]


def as_work(operation: BulkOperation) -> LongWork:
    """An operation as the tray and open pages see it."""
    states = {BulkState.RUNNING: "running", BulkState.FAILED: "failed"}
    action, record_type = bulk_actions.find(operation.action), record_types.find(operation.record_type)
    label = force_str(action.label) if action else operation.action
    return LongWork(
        id=str(operation.id),
        label=f"{label}: {record_type.label_plural}" if record_type else label,
        state=states.get(BulkState(operation.state), "done"),
        done=operation.done,
        total=operation.total or 0,
        url=f"/bulk/{operation.id}/",
        icon=action.icon if action else "refresh",
        note=operation.problem,
    )
