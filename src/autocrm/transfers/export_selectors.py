"""Reads of exports: one sees one's own, for a file holds what its maker may see."""

from collections.abc import Sequence
from datetime import timedelta
from typing import IO, cast

from django.db.models import Q, QuerySet

from autocrm.kernel import storage
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Denied, NotFound
from autocrm.kernel.ids import parse_id
from autocrm.kernel.long_work import LongWork
from autocrm.transfers.models import Export, ExportState

LATELY = timedelta(hours=1)


def list_exports(actor: Actor) -> QuerySet[Export]:
    """The actor's exports, newest first. Raises Denied for whoever is nobody."""
    if actor.user_id is None:
        raise Denied
    return Export.objects.filter(user_id=actor.user_id).order_by("-created_at", "-id")


def get_export(export_id: object, *, actor: Actor, lock: bool = False) -> Export:
    """One of them, locked for a change if asked. Raises NotFound."""
    found = list_exports(actor).filter(id=parse_id(export_id))
    export = (found.select_for_update() if lock else found).first()
    if export is None:
        raise NotFound
    return export


def open_export(export: Export, actor: Actor) -> IO[bytes]:
    """The file; close it. Raises NotFound once its time is over, and for a token other than the one that made it."""
    is_over = export.expires_at is None or export.expires_at <= now()
    if export.state != ExportState.DONE or is_over or (actor.token_id and actor.token_id != export.token_id):
        raise NotFound
    return cast("IO[bytes]", storage.open_file(export.file_key).file)


def recent_work(actor: Actor, limit: int) -> Sequence[LongWork]:
    """What runs and what ended lately, for the tray of background jobs."""
    if actor.user_id is None:
        return []
    lately = Q(state=ExportState.RUNNING) | Q(finished_at__gte=now() - LATELY)
    found = Export.objects.filter(lately, user_id=actor.user_id).order_by("-created_at", "-id")
    return [as_work(export) for export in found[:limit]]


def count_running(actor: Actor) -> int:
    """How many exports of the actor run."""
    if actor.user_id is None:
        return 0
    return Export.objects.filter(state=ExportState.RUNNING, user_id=actor.user_id).count()


def as_work(export: Export) -> LongWork:
    """An export as the tray and open pages see it."""
    states = {ExportState.RUNNING: "running", ExportState.FAILED: "failed"}
    return LongWork(
        id=str(export.id),
        label=export.filename,
        state=states.get(ExportState(export.state), "done"),
        done=export.done_rows,
        total=export.total_rows or 0,
        url="/exports/",
        icon="file-export",
        note=export.problem,
    )
