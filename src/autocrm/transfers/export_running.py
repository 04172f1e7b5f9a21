"""A large export at work: written to a file of its own page by page, then stored. One that dies begins again."""

import tempfile
import time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from autocrm.kernel import storage
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import AutoCRMError, Denied
from autocrm.kernel.jobs import JobRun, LeaseLost
from autocrm.kernel.tenancy import current_database
from autocrm.transfers import writers
from autocrm.transfers.exporting import Plan, plan_again
from autocrm.transfers.models import Export, ExportState
from autocrm.transfers.running import words_of
from autocrm.transfers.services import exports
from autocrm.users import selectors as users

MAX_ATTEMPTS = 5
MAX_BYTES = 2 * 1024 * 1024 * 1024
SECONDS_BETWEEN_HINTS = 1.0
_SPOOL_BYTES = 4 * 1024 * 1024


class _GivenUp(Exception):
    """Somebody stopped it."""


def run_export(run: JobRun) -> dict[str, Any]:
    """Write one export. The handler of the job `transfers.run_export`."""
    export_id = UUID(str(run.payload["export_id"]))
    try:
        plan = _plan(export_id)
        if plan is None:
            return {"state": "gone"}
        with translation.override(plan.actor.locale):
            _carry_out(run, export_id, plan)
    except _GivenUp:
        return {"state": "given up"}
    except AutoCRMError as error:
        exports.fail_export(export_id, words_of(error))
    except Exception as error:
        if run.attempt >= MAX_ATTEMPTS and not isinstance(error, LeaseLost):
            exports.fail_export(export_id, _("Something went wrong again and again. The log of the server says more."))
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
    progress = _Progress(run, export_id)
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
            raise _GivenUp
        exports.finish_export(export, stored, plan, rows=progress.done)


class _Progress:
    """Keeps the lease and says how far it is, every second or so."""

    def __init__(self, run: JobRun, export_id: UUID) -> None:
        self._run = run
        self._id = export_id
        self._at = 0.0
        self.done = 0

    def tell(self, done: int) -> None:
        """Another page is written. Raises LeaseLost, _GivenUp."""
        self.done = done
        moment = time.monotonic()
        if moment - self._at < SECONDS_BETWEEN_HINTS:
            return
        self._at = moment
        with transaction.atomic(using=current_database()):
            self._run.beat()
            export = Export.objects.select_for_update().filter(id=self._id, state=ExportState.RUNNING).first()
            if export is None or self._run.is_cancelled():
                raise _GivenUp
            export.done_rows = done
            export.save(update_fields=["done_rows"])
            exports.push_state(export)
