"""Imports: take a file in, start, cancel, end. The rows themselves are the business of `running` and `engine`."""

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.journal import services as journal
from autocrm.kernel import notices, push, storage
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Denied, Invalid
from autocrm.kernel.jobs import enqueue
from autocrm.kernel.notices import Notice
from autocrm.kernel.tenancy import current_database
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_type
from autocrm.tenants import services as tenants
from autocrm.transfers import events, files, selectors
from autocrm.transfers.errors import BadFile
from autocrm.transfers.kinds import IMPORT_FAILED, IMPORT_FINISHED
from autocrm.transfers.mapping import check_mapping, suggest_formats, suggest_mapping
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.options import Options
from autocrm.transfers.permissions import authorize_import
from autocrm.ui.formatting import number

JOB = "transfers.run_import"
MAX_BYTES = 400 * 1024 * 1024
# Up to here the rows are counted while the person waits; larger files are counted by the job.
COUNTED_BYTES = 20 * 1024 * 1024
MAX_JSON_ROWS = 50_000


@transaction.atomic
def upload_file(
    record_type: RecordType,
    stream: IO[bytes],
    *,
    filename: str,
    delimiter: str = "",
    encoding: str = "",
    actor: Actor,
) -> Import:
    """Keep a file and say what it holds, with a mapping suggested. `stream` can be rewound.

    Raises Denied, BadFile, LimitReached when the file or the workspace's storage is too large.
    """
    authorize_import(record_type, actor)
    size = stream.seek(0, io.SEEK_END)
    if size == 0:
        raise BadFile(_("The file is empty."))
    if delimiter and (len(delimiter) != 1 or delimiter not in files.DELIMITERS):
        raise Invalid(fields={"delimiter": [_("Columns are divided by a comma, semicolon, tab or bar.")]})
    layout = files.inspect(stream, delimiter=delimiter, encoding=encoding, count=size <= COUNTED_BYTES)
    tenants.claim_storage(size)
    stream.seek(0)
    stored = storage.put(stream, content_type=storage.UNKNOWN_TYPE, max_bytes=MAX_BYTES)
    mapping = suggest_mapping(record_type, layout.columns, layout.sample, actor=actor)
    formats = suggest_formats(record_type, mapping, layout.columns, layout.sample, actor=actor)
    return Import.objects.create(
        record_type=record_type.key,
        user_id=actor.user_id,
        user_label=actor.label[:200],
        token_id=actor.token_id,
        filename=_cleaned_name(filename),
        file_key=stored.key,
        file_size=stored.size,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        columns=list(layout.columns),
        sample=[list(row) for row in layout.sample],
        mapping=mapping,
        options=Options(formats=formats).as_dict(),
        total_rows=layout.rows,
    )


def upload_rows(
    record_type: RecordType, rows: Sequence[Mapping[str, Any]], *, filename: str = "rows.json", actor: Actor
) -> Import:
    """The same for rows given as mappings of field key (or column name) to value. Raises Invalid as well."""
    if not rows:
        raise Invalid(fields={"rows": [_("There are no rows.")]})
    if len(rows) > MAX_JSON_ROWS:
        message = _("At most %(most)s rows at once; send a CSV file for more.") % {"most": f"{MAX_JSON_ROWS:,}"}
        raise Invalid(fields={"rows": [message]})
    columns: dict[str, None] = {}
    for row in rows:
        if not isinstance(row, Mapping):
            raise Invalid(fields={"rows": [_("Each row is an object of fields and values.")]})
        columns.update(dict.fromkeys(map(str, row)))
    with tempfile.SpooledTemporaryFile(max_size=2 * 1024 * 1024) as spool:
        _write_csv(spool, list(columns), rows)
        return upload_file(record_type, spool, filename=filename, delimiter=",", encoding="utf-8", actor=actor)


def _write_csv(spool: Any, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> None:
    text = io.TextIOWrapper(spool, encoding="utf-8", newline="", write_through=True)
    # Quoted throughout: a row whose only value is empty would be a blank line otherwise.
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    text.detach()


def _cell(value: Any) -> str:
    """A JSON value as text; a related record may be given by id or by name."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        named = value.get("id") or value.get("name") or value.get("amount")
        return json.dumps(value) if named is None else str(named)
    if isinstance(value, list):
        return "|".join(_cell(each) for each in value)
    return str(value).replace("\x00", "")


@transaction.atomic
def start_import(
    import_id: object,
    *,
    mapping: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    actor: Actor,
) -> Import:
    """Begin; without a mapping as suggested. Journal: import.started.

    Raises Denied, NotFound, Invalid for a mapping or option that cannot be, Conflict when it has begun already.
    """
    batch = selectors.get_import(import_id, actor=actor, lock=True)
    record_type = get_type(batch.record_type)
    authorize_import(record_type, actor)
    if batch.user_id != actor.user_id:
        raise Denied
    if batch.state != ImportState.UPLOADED:
        raise Conflict(_("This import has begun already."))
    wanted = batch.mapping if mapping is None else mapping
    batch.mapping = check_mapping(record_type, wanted, batch.columns, actor=actor)
    given = dict(options or {})
    formats = suggest_formats(record_type, batch.mapping, batch.columns, batch.sample, actor=actor)
    given["formats"] = {**formats, **given.get("formats", {})}
    batch.options = Options.read({**batch.options, **given}).as_dict()
    batch.state, batch.started_at = ImportState.RUNNING, now()
    batch.token_id = actor.token_id
    # One after another in a workspace: two files that name the same new company make it once.
    batch.job_id = enqueue(JOB, {"import_id": str(batch.id)}, ordering_key="transfers.import")
    batch.save()
    _write_entry(events.STARTED, batch, actor)
    push_state(batch)
    return batch


@transaction.atomic
def cancel_import(import_id: object, *, actor: Actor) -> Import:
    """Stop; what was imported so far stays. Journal: import.cancelled. Raises NotFound, Conflict when it has ended.

    Waits for the chunk that is being written, a second at most.
    """
    batch = selectors.get_import(import_id, actor=actor, lock=True)
    if batch.is_finished:
        raise Conflict(_("This import has ended already."))
    _cancel(batch, actor)
    return batch


def cancel_lost(import_id: UUID) -> None:
    """The same when its job was cancelled by whoever manages jobs; nothing when it has ended."""
    with transaction.atomic(using=current_database()):
        batch = Import.objects.select_for_update().filter(id=import_id, state=ImportState.RUNNING).first()
        if batch is not None:
            _cancel(batch, Actor.system(batch.tenant_id))


def _cancel(batch: Import, actor: Actor) -> None:
    batch.state, batch.finished_at = ImportState.CANCELLED, now()
    batch.save(update_fields=["state", "finished_at"])
    _write_entry(events.CANCELLED, batch, actor)
    push_state(batch)


def finish_import(batch: Import, *, actor: Actor) -> None:
    """The last act, in the caller's transaction, on a locked row. Journal: import.finished. Tells the person once."""
    batch.state, batch.finished_at = ImportState.DONE, now()
    batch.save(update_fields=["state", "finished_at"])
    _write_entry(events.FINISHED, batch, actor)
    _tell(batch, IMPORT_FINISHED, summary(batch), actor)
    push_state(batch)
    push.to_tenant(batch.tenant_id, {"type": "changed", "record_type": batch.record_type, "ids": []})


def fail_import(import_id: UUID, message: str) -> None:
    """Note that it can't go on and tell the person once; nothing when it has ended. Journal: import.failed."""
    with transaction.atomic(using=current_database()):
        batch = Import.objects.select_for_update().filter(id=import_id).first()
        if batch is None or batch.is_finished:
            return
        actor = Actor.system(batch.tenant_id)
        batch.state, batch.finished_at, batch.error = ImportState.FAILED, now(), message[:2000]
        batch.save(update_fields=["state", "finished_at", "error"])
        _write_entry(events.FAILED, batch, actor)
        title = _("“%(file)s” could not be imported") % {"file": batch.filename}
        _tell(batch, IMPORT_FAILED, title, actor, body=message)
        push_state(batch)


def summary(batch: Import) -> str:
    """As in "Imported 10,000 contacts: 9,950 new, 50 matched, 0 faults"."""
    text = ngettext(
        "Imported %(count)s %(records)s: %(new)s new, %(matched)s matched, %(faults)s fault",
        "Imported %(count)s %(records)s: %(new)s new, %(matched)s matched, %(faults)s faults",
        batch.faults,
    )
    return text % {
        "count": number(batch.created + batch.matched),
        "records": str(get_type(batch.record_type).label_plural).lower(),
        "new": number(batch.created),
        "matched": number(batch.matched),
        "faults": number(batch.faults),
    }


def push_state(batch: Import) -> None:
    """Hint to the person's open pages how far it is, after commit."""
    if batch.user_id is not None:
        push.to_user(batch.tenant_id, batch.user_id, selectors.as_work(batch).as_hint())


def delete_file(batch: Import) -> None:
    """Throw the uploaded file away and give its room back; the import and its counts stay."""
    key, batch.file_key = batch.file_key, ""
    if not key:
        return
    batch.save(update_fields=["file_key"])
    tenants.release_storage(batch.file_size)
    transaction.on_commit(lambda: storage.delete(key), using=current_database())


def _tell(batch: Import, kind: str, title: str, actor: Actor, *, body: str = "") -> None:
    if batch.user_id is None:
        return
    notice = Notice(
        kind=kind,
        title=title,
        body=body or batch.filename,
        url=f"/imports/{batch.id}/",
        data=(("import", str(batch.id)), ("record_type", batch.record_type)),
        dedup_key=f"import:{batch.id}",
    )
    notices.tell(notice, user_ids=[batch.user_id], actor=actor)


def _write_entry(kind: str, batch: Import, actor: Actor) -> None:
    counts = ("created", "updated", "skipped", "failed", "faults")
    data = {"import": str(batch.id), "record_type": batch.record_type, "file": batch.filename}
    data |= {name: getattr(batch, name) for name in counts}
    journal.write(kind, record_label=batch.filename, data=data, actor=actor)


def _cleaned_name(filename: str) -> str:
    name = "".join(character for character in filename.replace("\\", "/").rpartition("/")[2] if character.isprintable())
    return name.strip()[-200:] or _("file.csv")
