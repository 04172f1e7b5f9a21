"""Files on their way in: kept, looked over, read again in another way, thrown away."""

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from autocrm.kernel import storage
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict, Invalid
from autocrm.kernel.jobs import enqueue
from autocrm.kernel.tenancy import current_database
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_type
from autocrm.tenants import services as tenants
from autocrm.transfers import files, selectors
from autocrm.transfers.errors import BadFile
from autocrm.transfers.mapping import suggest_formats, suggest_mapping
from autocrm.transfers.models import CheckState, Import, ImportCheckPart, ImportState
from autocrm.transfers.options import Options
from autocrm.transfers.permissions import authorize_import
from autocrm.transfers.sources.converting import TEXT, Converted, converted, source_of
from autocrm.transfers.telling import push_state

MAX_BYTES = 400 * 1024 * 1024
# Up to here the rows are counted while the person waits; larger files are counted by the job.
COUNTED_BYTES = 20 * 1024 * 1024
# A larger file that has to be made a table first is made one by a job, where the person can watch.
AT_ONCE_BYTES = 2 * 1024 * 1024
MAX_JSON_ROWS = 50_000
READ_JOB = "transfers.read_file"


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

    A text table, an Excel workbook or address cards; of the latter two their table is kept as well.
    Raises Denied, BadFile, LimitReached when the file or the workspace's storage is too large.
    """
    batch = _new_import(record_type, stream, filename, actor)
    with converted(stream) as table:
        _lay_out(batch, table, delimiter=delimiter, encoding=encoding)
        tenants.claim_storage(batch.file_size + batch.table_size)
        _keep_original(batch, stream)
        _keep_table(batch, table)
    _suggest(batch, record_type, Options(), actor)
    batch.save(force_insert=True)
    return batch


def takes_long(stream: IO[bytes]) -> bool:
    """Whether a file is so large, and no text table, that nobody should wait for its table."""
    return stream.seek(0, io.SEEK_END) > AT_ONCE_BYTES and source_of(stream) != TEXT


@transaction.atomic
def upload_for_later(record_type: RecordType, stream: IO[bytes], *, filename: str, actor: Actor) -> Import:
    """Keep a file as it is; a job makes a table of it, and until then the import is being read.

    Raises Denied, BadFile, LimitReached.
    """
    batch = _new_import(record_type, stream, filename, actor)
    tenants.claim_storage(batch.file_size)
    _keep_original(batch, stream)
    batch.state = ImportState.READING
    batch.job_id = enqueue(READ_JOB, {"import_id": str(batch.id)})
    batch.save(force_insert=True)
    return batch


def _new_import(record_type: RecordType, stream: IO[bytes], filename: str, actor: Actor) -> Import:
    authorize_import(record_type, actor)
    size = stream.seek(0, io.SEEK_END)
    if size == 0:
        raise BadFile(_("The file is empty."))
    return Import(
        record_type=record_type.key,
        user_id=actor.user_id,
        user_label=actor.label[:200],
        token_id=actor.token_id,
        filename=_cleaned_name(filename),
        file_size=size,
    )


def _keep_original(batch: Import, stream: IO[bytes]) -> None:
    stream.seek(0)
    batch.file_key = storage.put(stream, content_type=storage.UNKNOWN_TYPE, max_bytes=MAX_BYTES).key


@transaction.atomic
def take_table(import_id: UUID, table: Converted, *, actor: Actor) -> bool:
    """Put the table that was made of a file on its import; False when somebody gave it up. Raises BadFile."""
    batch = Import.objects.select_for_update().filter(id=import_id, state=ImportState.READING).first()
    if batch is None:
        return False
    record_type = get_type(batch.record_type)
    authorize_import(record_type, actor)
    _lay_out(batch, table, delimiter="", encoding="")
    tenants.claim_storage(batch.table_size)
    _keep_table(batch, table)
    _suggest(batch, record_type, Options(), actor)
    batch.state, batch.check_rows = ImportState.UPLOADED, 0
    batch.save()
    push_state(batch)
    return True


@transaction.atomic
def read_again(import_id: object, *, delimiter: str = "", encoding: str = "", sheet: str = "", actor: Actor) -> Import:
    """Look the file over in another way: another encoding, delimiter or sheet; the mapping is suggested afresh.

    Raises Denied, NotFound, BadFile, Conflict when it has begun already.
    """
    batch = selectors.get_import(import_id, actor=actor, lock=True)
    record_type = get_type(batch.record_type)
    authorize_import(record_type, actor)
    if batch.state != ImportState.UPLOADED:
        raise Conflict(_("This import has begun already."))
    with selectors.open_original(batch) as stream, converted(stream, sheet=sheet or batch.sheet) as table:
        old_key, old_size = batch.table_key, batch.table_size
        _lay_out(batch, table, delimiter=delimiter, encoding=encoding)
        if table.source != TEXT:
            tenants.release_storage(old_size)
            tenants.claim_storage(batch.table_size)
            _keep_table(batch, table)
            _throw_away(old_key)
    _suggest(batch, record_type, Options.read(batch.options), actor)
    forget_check(batch)
    batch.save()
    return batch


def _lay_out(batch: Import, table: Converted, *, delimiter: str, encoding: str) -> None:
    """Put on the import what its table is like."""
    if delimiter and (len(delimiter) != 1 or delimiter not in files.DELIMITERS):
        raise Invalid(fields={"delimiter": [_("Columns are divided by a comma, semicolon, tab or bar.")]})
    is_text = table.source == TEXT
    size = table.stream.seek(0, io.SEEK_END)
    layout = files.inspect(
        table.stream,
        delimiter=delimiter if is_text else ",",
        encoding=encoding if is_text else "utf-8",
        count=size <= COUNTED_BYTES,
    )
    batch.source, batch.sheets, batch.sheet = table.source, list(table.sheets), table.sheet
    batch.encoding, batch.delimiter = layout.encoding, layout.delimiter
    batch.columns, batch.sample = list(layout.columns), [list(row) for row in layout.sample]
    batch.total_rows = layout.rows
    batch.table_size = 0 if is_text else size


def _keep_table(batch: Import, table: Converted) -> None:
    if table.source == TEXT:
        return
    table.stream.seek(0)
    batch.table_key = storage.put(table.stream, content_type=storage.UNKNOWN_TYPE, max_bytes=MAX_BYTES).key


def _suggest(batch: Import, record_type: RecordType, options: Options, actor: Actor) -> None:
    batch.mapping = suggest_mapping(record_type, batch.columns, batch.sample, actor=actor)
    more = partial(selectors.first_rows, batch)
    formats = suggest_formats(record_type, batch, batch.mapping, more=more, actor=actor)
    batch.options = Options.read({**options.as_dict(), "formats": formats.by_column}).as_dict()


def forget_check(batch: Import) -> None:
    """Throw away what a look at all rows found: it is about other choices, or the import itself begins."""
    batch.check_state, batch.check_rows, batch.check_counts = CheckState.NONE, 0, {}
    ImportCheckPart.objects.filter(batch=batch).delete()


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


def delete_file(batch: Import) -> None:
    """Throw the uploaded file away and give its room back; the import and its counts stay."""
    keys = [key for key in (batch.file_key, batch.table_key) if key]
    if not keys:
        return
    batch.file_key = batch.table_key = ""
    batch.save(update_fields=["file_key", "table_key"])
    tenants.release_storage(batch.file_size + batch.table_size)
    for key in keys:
        _throw_away(key)


def _throw_away(key: str) -> None:
    if key:
        transaction.on_commit(lambda: storage.delete(key), using=current_database())


def _cleaned_name(filename: str) -> str:
    name = "".join(character for character in filename.replace("\\", "/").rpartition("/")[2] if character.isprintable())
    return name.strip()[-200:] or _("file.csv")
