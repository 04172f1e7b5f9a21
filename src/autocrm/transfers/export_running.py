"""A large export at work: written to a file of its own page by page, then stored. One that dies begins again."""

import tempfile
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation

from autocrm.kernel import storage
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import AutoCRMError, Denied, TookTooLong
from autocrm.kernel.jobs import JobRun, LeaseLost
from autocrm.kernel.sentences import FAILED_AGAIN, keep, kept_words
from autocrm.kernel.tenancy import current_database
from autocrm.transfers import writers
from autocrm.transfers.exporting import Plan, plan_again
from autocrm.transfers.models import Export, ExportState
from autocrm.transfers.progress import GivenUp, Progress
from autocrm.transfers.services import exports
from autocrm.users import selectors as users

MAX_ATTEMPTS = 5
MAX_BYTES = 2 * 1024 * 1024 * 1024
_SPOOL_BYTES = 4 * 1024 * 1024


def run_export(run: JobRun) -> dict[str, Any]:
    """Write one export. The handler of the job `transfers.run_export`."""
    export_id = UUID(str(run.payload["export_id"]))
    try:
        plan = _plan(export_id)
        if plan is None:
            return {"state": "gone"}
        with translation.override(plan.actor.locale):
            _carry_out(run, export_id, plan)
    except GivenUp:
        return {"state": "given up"}
    except AutoCRMError as error:
        if isinstance(error, TookTooLong) and run.attempt < MAX_ATTEMPTS:
            raise
        exports.fail_export(export_id, kept_words(error))
    except Exception as error:
        if run.attempt >= MAX_ATTEMPTS and not isinstance(error, LeaseLost):
            exports.fail_export(export_id, keep(FAILED_AGAIN))
        raise
    return {"state": "done"}


def _plan(export_id: UUID) -> Plan | None:
    with transaction.atomic(using=current_database()):
        export = Export.objects.filter(id=export_id, state=ExportState.RUNNING).first()
        if export is None:
            return None
        actor = _actor_of(export)
        with translation.override(actor.locale):
            plan = plan_again(export.record_type, export.query, export.ids, export.options, actor)
        if export.total_rows is None:
            total = exports.count_rows(plan, most=100_000_000)
            Export.objects.filter(id=export_id).update(total_rows=total)
        return plan


def _actor_of(export: Export) -> Actor:
    """Whoever asked, with the rights that hold now. Raises Denied."""
    if export.token_id is not None:
        return users.actor_by_token_id(export.token_id, export.tenant_id)
    if export.user_id is None:
        raise Denied
    return users.build_actor(export.user_id, export.tenant_id)


def _carry_out(run: JobRun, export_id: UUID, plan: Plan) -> None:
    running = Export.objects.filter(id=export_id, state=ExportState.RUNNING)
    progress = Progress(run, running, "done_rows", exports.push_state)
    with transaction.atomic(using=current_database()):
        export = Export.objects.get(id=export_id)
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        for piece in writers.write(plan, export.format, mark=bool(export.options.get("mark")), told=progress.tell):
            spool.write(piece)
        spool.seek(0)
        stored = storage.put(spool, content_type=storage.UNKNOWN_TYPE, max_bytes=MAX_BYTES)
    with transaction.atomic(using=current_database(), durable=True):
        run.beat()
        export = Export.objects.select_for_update().get(id=export_id)
        if export.state != ExportState.RUNNING:
            storage.delete(stored.key)
            raise GivenUp
        exports.finish_export(export, stored, plan, rows=progress.done)
