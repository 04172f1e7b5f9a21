"""Reads of imports: one's own, or everybody's with the right to manage them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import IO, cast
from uuid import UUID

from django.db.models import Q, QuerySet

from autocrm.kernel import storage
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Denied, NotFound
from autocrm.kernel.ids import parse_id
from autocrm.kernel.long_work import LongWork
from autocrm.kernel.permissions import is_allowed
from autocrm.transfers.models import Import, ImportFault, ImportState
from autocrm.transfers.permissions import MANAGE_IMPORTS

LATELY = timedelta(hours=1)


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


def list_faults(batch: Import) -> QuerySet[ImportFault]:
    """What was wrong with its cells and rows, in the order of the file; at most as many as are kept."""
    return ImportFault.objects.filter(batch=batch).order_by("row", "id")


def faults_of_rows(batch: Import) -> dict[int, list[ImportFault]]:
    """The same by row."""
    by_row: dict[int, list[ImportFault]] = {}
    for fault in list_faults(batch):
        by_row.setdefault(fault.row, []).append(fault)
    return by_row


def open_file(batch: Import) -> IO[bytes]:
    """The uploaded file; close it. Raises NotFound once it was thrown away."""
    if not batch.file_key:
        raise NotFound
    return cast("IO[bytes]", storage.open_file(batch.file_key).file)


def count_running(actor: Actor) -> int:
    """How many imports of the actor run."""
    if actor.user_id is None:
        return 0
    return Import.objects.filter(state=ImportState.RUNNING, user_id=actor.user_id).count()


def recent_work(actor: Actor, limit: int) -> Sequence[LongWork]:
    """What runs and what ended lately, for the tray of background jobs."""
    if actor.user_id is None:
        return []
    lately = Q(state=ImportState.RUNNING) | Q(finished_at__gte=now() - LATELY)
    found = Import.objects.filter(lately, user_id=actor.user_id).order_by("-created_at", "-id")
    return [as_work(batch) for batch in found[:limit]]


def as_work(batch: Import) -> LongWork:
    """An import as the tray and open pages see it."""
    states = {ImportState.UPLOADED: "queued", ImportState.RUNNING: "running", ImportState.FAILED: "failed"}
    return LongWork(
        id=str(batch.id),
        label=batch.filename,
        state=states.get(ImportState(batch.state), "done"),
        done=batch.done_rows,
        total=batch.total_rows or 0,
        url=f"/imports/{batch.id}/",
        icon="file-import",
        note=batch.error or "",
    )


def record_ids_of(batch: Import) -> list[UUID]:
    """The ids of the records an import made, in the order of the file."""
    chunks = batch.chunks.order_by("first_row").values_list("created_ids", flat=True)
    return [record_id for ids in chunks for record_id in ids]
