"""Reads of imports: one's own, or everybody's with the right to manage them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import IO, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from autocrm.kernel import storage
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Denied, NotFound
from autocrm.kernel.ids import parse_id
from autocrm.kernel.long_work import LongWork
from autocrm.kernel.permissions import can_read_field, is_allowed, visible_filter
from autocrm.transfers.files import read_rows
from autocrm.transfers.mapping import NEW, RECORD_ID
from autocrm.transfers.models import FaultKind, Import, ImportFault, ImportState, ImportTemplate
from autocrm.transfers.permissions import MANAGE_IMPORTS

LATELY = timedelta(hours=1)
MOST_TEMPLATES = 300
_AT_WORK = (ImportState.READING, ImportState.RUNNING, ImportState.UNDOING)


def list_imports(actor: Actor) -> QuerySet[Import]:
    """The imports the actor may see, newest first. Raises Denied for whoever is nobody."""
    if actor.user_id is None:
        raise Denied
    found = Import.objects.order_by("-created_at", "-id")
    return found if is_allowed(actor, MANAGE_IMPORTS) else found.filter(user_id=actor.user_id)


def get_import(import_id: object, *, actor: Actor, lock: bool = False) -> Import:
    """One of them, locked for a change if asked. Raises NotFound."""
    found = list_imports(actor).filter(id=parse_id(import_id))
    batch = (found.select_for_update() if lock else found).first()
    if batch is None:
        raise NotFound
    return batch


def may_see_rows(batch: Import, actor: Actor) -> bool:
    """Whether the actor may see what stands in the file: he brought it, or all that its columns go into is open to him.

    A token of his is narrower than he is: it sees the files that it brought itself.
    """
    if batch.user_id == actor.user_id and actor.token_id in {None, batch.token_id}:
        return True
    is_open = all(is_known(batch.record_type, key, actor) for key in batch.mapping.values())
    return is_open and not visible_filter(actor, batch.record_type)


def is_known(record_type: str, key: str, actor: Actor) -> bool:
    """Whether the actor may know what a column is mapped to: a new field, the record's id, a field he may see."""
    return key.startswith(NEW) or key == RECORD_ID.key or can_read_field(actor, record_type, key)


def get_with_rows(import_id: object, *, actor: Actor) -> Import:
    """An import whose rows the actor may see. Raises NotFound, Denied where his role does not show all of them."""
    batch = get_import(import_id, actor=actor)
    if not may_see_rows(batch, actor):
        raise Denied(_("Your role does not show you all that stands in this file."))
    return batch


def get_upload(import_id: object, *, actor: Actor) -> Import:
    """One that has not begun, locked. Raises NotFound, Conflict."""
    batch = get_import(import_id, actor=actor, lock=True)
    if batch.state != ImportState.UPLOADED:
        raise Conflict(_("This import has begun already."))
    return batch


def list_templates(actor: Actor, record_type: str) -> QuerySet[ImportTemplate]:
    """Kept mappings of a type: one's own and shared ones, by name."""
    if actor.user_id is None:
        raise Denied
    mine = Q(user_id=actor.user_id) | Q(is_shared=True)
    return ImportTemplate.objects.filter(mine, record_type=record_type).order_by("name", "id")


def list_own_templates(actor: Actor) -> QuerySet[ImportTemplate]:
    """The mappings this person has kept, of all types."""
    return ImportTemplate.objects.filter(user_id=actor.user_id).exclude(user_id=None).order_by("name", "id")


def get_template(template_id: object, *, actor: Actor) -> ImportTemplate:
    """One of them, of whatever type. Raises NotFound."""
    mine = Q(user_id=actor.user_id) | Q(is_shared=True)
    template = ImportTemplate.objects.filter(mine, id=parse_id(template_id)).first()
    if template is None:
        raise NotFound
    return template


def fit(mapping: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """A kept mapping on the columns of a file, however they are capitalised; only those that are there."""
    names = {column.casefold(): column for column in columns}
    return {names[column.casefold()]: key for column, key in mapping.items() if column.casefold() in names}


def fitting_templates(batch: Import, actor: Actor) -> list[ImportTemplate]:
    """The kept mappings whose columns are all in the file, those that say most of it first."""
    found = [each for each in list_templates(actor, batch.record_type)[:MOST_TEMPLATES] if each.mapping]
    fitting = [each for each in found if len(fit(each.mapping, batch.columns)) == len(each.mapping)]
    return sorted(fitting, key=lambda each: -len(each.mapping))


def list_refusals(batch: Import) -> QuerySet[ImportFault]:
    """The records that an undo left as they are, with the reasons."""
    return ImportFault.objects.filter(batch=batch, kind=FaultKind.UNDO).order_by("row", "id")


def list_faults(batch: Import) -> QuerySet[ImportFault]:
    """What was wrong with its cells and rows, in the order of the file; at most as many as are kept."""
    return ImportFault.objects.filter(batch=batch).exclude(kind=FaultKind.UNDO).order_by("row", "id")


def open_file(batch: Import) -> IO[bytes]:
    """The table of the file, which is the file itself where it is a text; close it. Raises NotFound once it is gone."""
    return _open(batch.table_key or batch.file_key)


def open_original(batch: Import) -> IO[bytes]:
    """The file as it was uploaded; close it. Raises NotFound once it was thrown away."""
    return _open(batch.file_key)


def _open(key: str) -> IO[bytes]:
    if not key:
        raise NotFound
    return cast("IO[bytes]", storage.open_file(key).file)


def first_rows(batch: Import) -> Iterator[list[str]]:
    """The rows of the file as they stand in it, for whoever looks at some of them; none once it is gone."""
    if batch.file_key:
        with open_file(batch) as file:
            for _number, cells in read_rows(file, encoding=batch.encoding, delimiter=batch.delimiter):
                yield cells


def count_running(actor: Actor) -> int:
    """How many imports of the actor run."""
    if actor.user_id is None:
        return 0
    return Import.objects.filter(state__in=_AT_WORK, user_id=actor.user_id).count()


def recent_work(actor: Actor, limit: int) -> Sequence[LongWork]:
    """What runs and what ended lately, for the tray of background jobs."""
    if actor.user_id is None:
        return []
    lately = Q(state__in=[*_AT_WORK, ImportState.PAUSED]) | Q(finished_at__gte=now() - LATELY)
    found = Import.objects.filter(lately, user_id=actor.user_id).order_by("-created_at", "-id")
    return [as_work(batch) for batch in found[:limit]]


def as_work(batch: Import) -> LongWork:
    """An import as the tray and open pages see it."""
    states = {
        ImportState.UPLOADED: "queued",
        ImportState.PAUSED: "queued",
        ImportState.READING: "running",
        ImportState.RUNNING: "running",
        ImportState.UNDOING: "running",
        ImportState.FAILED: "failed",
    }
    is_undoing = batch.state == ImportState.UNDOING
    return LongWork(
        id=str(batch.id),
        label=batch.filename,
        state=states.get(ImportState(batch.state), "done"),
        done=_done(batch),
        total=batch.created + batch.updated if is_undoing else batch.total_rows or 0,
        url=f"/imports/{batch.id}/",
        icon="file-import",
        note=batch.problem,
    )


def _done(batch: Import) -> int:
    if batch.state == ImportState.READING:
        return batch.check_rows
    return int(batch.undo_counts.get("done", 0)) if batch.state == ImportState.UNDOING else batch.done_rows


def record_ids_of(batch: Import) -> list[UUID]:
    """The ids of the records an import made, in the order of the file."""
    chunks = batch.chunks.order_by("first_row").values_list("created_ids", flat=True)
    return [record_id for ids in chunks for record_id in ids]
