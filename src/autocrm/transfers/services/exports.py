"""Exports: small ones are handed out at once, large ones written by a job; each is journalled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.journal import services as journal
from autocrm.kernel import notices, push, storage
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Invalid
from autocrm.kernel.jobs import enqueue
from autocrm.kernel.notices import Notice
from autocrm.kernel.tenancy import current_database
from autocrm.records.bulk_operations.selection import Selection
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_type, list_queryset
from autocrm.tenants import services as tenants
from autocrm.transfers import events, export_selectors, writers
from autocrm.transfers.exporting import OF_VIEW, Plan, make_plan
from autocrm.transfers.kinds import EXPORT_FAILED, EXPORT_FINISHED
from autocrm.transfers.models import Export, ExportState
from autocrm.ui.formatting import number
from autocrm.users import selectors as users

JOB = "transfers.run_export"
# Up to here the file is handed out while the person waits. A workbook is only whole at its end and takes longer.
DIRECT_ROWS = {writers.CSV: 20_000, writers.JSON: 20_000, writers.JSON_LINES: 20_000, writers.XLSX: 5_000}
KEPT = timedelta(days=7)
MOST_RUNNING = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for: which format, which columns ("view", "all" or keys), whether ids, whether a mark."""

    form: str = writers.CSV
    columns: str = OF_VIEW
    with_ids: bool = False
    mark: bool = False

    def as_dict(self) -> dict[str, Any]:
        """What is kept in the row."""
        return {"columns": self.columns, "with_ids": self.with_ids, "mark": self.mark}


def read_wanted(raw: Mapping[str, Any]) -> Wanted:
    """What a form or a body asks for. Raises Invalid for a format there is not."""
    form = str(raw.get("format") or writers.CSV)
    if form not in writers.FORMATS:
        known = ", ".join(writers.FORMATS)
        raise Invalid(fields={"format": [_("This is none of: %(known)s.") % {"known": known}]})
    columns: Any = raw.get("columns_of") or raw.get("columns") or OF_VIEW
    columns = ",".join(map(str, columns)) if isinstance(columns, list) else str(columns)
    return Wanted(form, columns[:2000], _is_on(raw.get("with_ids")), _is_on(raw.get("mark")))


def _is_on(value: Any) -> bool:
    return value in {True, "on", "true", "1"}


def count_rows(plan: Plan, *, most: int) -> int:
    """How many records an export would hold; at most one more than `most` are counted."""
    found = list_queryset(plan.record_type, plan.query, actor=plan.actor)
    return found.order_by().values("pk")[: most + 1].count()


@transaction.atomic
def export_directly(plan: Plan, wanted: Wanted, count: int) -> Iterator[bytes]:
    """The bytes of a small export; it is journalled now. Journal: records.exported."""
    _write_entry(plan.record_type, plan.sentence, wanted.form, count, plan.actor)
    return writers.write(plan, wanted.form, mark=wanted.mark)


@transaction.atomic
def start_export(record_type: RecordType, selection: Selection, wanted: Wanted, *, actor: Actor) -> Export:
    """Have a file written in the background; it is journalled when it is done.

    Raises Denied, Invalid, Conflict when the person has too many on the way.
    """
    selection = selection.settled(record_type, actor)
    make_plan(record_type, selection, columns=wanted.columns, with_ids=wanted.with_ids, actor=actor)
    running = Export.objects.filter(user_id=actor.user_id, state=ExportState.RUNNING)
    if running.count() >= MOST_RUNNING:
        raise Conflict(_("You have enough exports on the way. Wait for one of them."))
    export = Export(
        record_type=record_type.key,
        user_id=actor.user_id,
        user_label=actor.label[:200],
        token_id=actor.token_id,
        query=selection.query,
        ids=None if selection.ids is None else list(selection.ids),
        format=wanted.form,
        options=wanted.as_dict(),
        filename=filename_of(record_type, wanted.form),
    )
    export.job_id = enqueue(JOB, {"export_id": str(export.id)})
    export.save(force_insert=True)
    push_state(export)
    return export


def filename_of(record_type: RecordType, form: str) -> str:
    """As in "contacts-2026-11-22.csv"."""
    return f"{record_type.plural}-{now():%Y-%m-%d}.{form}"


@transaction.atomic
def cancel_export(export_id: object, *, actor: Actor) -> Export:
    """Stop it, or throw its file away. Raises NotFound."""
    export = export_selectors.get_export(export_id, actor=actor, lock=True)
    if not export.is_finished:
        export.state, export.finished_at = ExportState.CANCELLED, now()
    elif export.state == ExportState.DONE:
        export.state = ExportState.EXPIRED
    delete_file(export)
    export.save()
    push_state(export)
    return export


def finish_export(export: Export, stored: storage.StoredFile, plan: Plan, *, rows: int) -> None:
    """The file is there; in the caller's transaction, on a locked row. Journal: records.exported. Tells once."""
    tenants.claim_storage(stored.size)
    export.file_key, export.file_size = stored.key, stored.size
    export.state, export.finished_at, export.expires_at = ExportState.DONE, now(), now() + KEPT
    export.done_rows = export.total_rows = rows
    export.save()
    _write_entry(plan.record_type, plan.sentence, export.format, rows, plan.actor)
    text = ngettext("%(count)s record exported", "%(count)s records exported", rows) % {"count": number(rows)}
    _tell(export, EXPORT_FINISHED, text, export.filename, plan.actor)
    push_state(export)


def fail_export(export_id: UUID, kept: str) -> None:
    """Note that it can't be written and tell the person once; nothing when it has ended."""
    with transaction.atomic(using=current_database()):
        export = Export.objects.select_for_update().filter(id=export_id, state=ExportState.RUNNING).first()
        if export is None:
            return
        export.state, export.finished_at, export.error = ExportState.FAILED, now(), kept
        export.save(update_fields=["state", "finished_at", "error"])
        actor = Actor.system(export.tenant_id)
        with translation.override(users.language_of(export.user_id, export.tenant_id)):
            _tell(export, EXPORT_FAILED, _("An export could not be written"), export.problem, actor)
            push_state(export)


def expire_export(export: Export) -> None:
    """The time of its file is over; on a locked row."""
    delete_file(export)
    export.state = ExportState.EXPIRED
    export.save()


def delete_file(export: Export) -> None:
    """Throw the file away and give its room back; the caller saves."""
    key, export.file_key = export.file_key, ""
    if key:
        tenants.release_storage(export.file_size)
        transaction.on_commit(lambda: storage.delete(key), using=current_database())


def push_state(export: Export) -> None:
    """Hint to the person's open pages how far it is, after commit."""
    if export.user_id is not None:
        push.to_user(export.tenant_id, export.user_id, export_selectors.as_work(export).as_hint())


def _tell(export: Export, kind: str, title: str, body: str, actor: Actor) -> None:
    if export.user_id is None:
        return
    data = (("export", str(export.id)), ("record_type", export.record_type))
    key = f"{kind}:{export.id}"
    notice = Notice(kind=kind, title=title, body=body, url="/exports/", data=data, dedup_key=key)
    notices.tell(notice, user_ids=[export.user_id], actor=actor)


def _write_entry(record_type: RecordType, sentence: str, form: str, count: int, actor: Actor) -> None:
    data = {"record_type": record_type.key, "count": count, "filter": sentence, "format": form}
    journal.write(events.EXPORTED, record_label=str(get_type(record_type.key).label_plural), data=data, actor=actor)
