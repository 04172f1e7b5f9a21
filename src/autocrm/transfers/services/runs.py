"""Imports begin, pause, go on, are cancelled and end. Their rows are the business of `running` and `engine`."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from autocrm.kernel import push
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Denied
from autocrm.kernel.jobs import enqueue
from autocrm.kernel.tenancy import current_database
from autocrm.records.selectors import get_type
from autocrm.transfers import events, selectors
from autocrm.transfers.kinds import IMPORT_FAILED, IMPORT_FINISHED
from autocrm.transfers.mapping import check_mapping, check_options, suggest_formats
from autocrm.transfers.meanings import check_meanings
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.new_fields import add_fields, foresee, grown_columns
from autocrm.transfers.options import Options
from autocrm.transfers.permissions import authorize_import
from autocrm.transfers.services.uploads import forget_check
from autocrm.transfers.telling import push_state, summary, tell, write_entry
from autocrm.users import selectors as users

JOB = "transfers.run_import"
ALIKE_JOB = "transfers.find_alike"


@transaction.atomic
def start_import(
    import_id: object,
    *,
    mapping: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    actor: Actor,
) -> Import:
    """Begin; without a mapping as suggested. Fields it asks for are made. Journal: import.started, field.created.

    Raises Denied, NotFound, Invalid for a mapping or option that cannot be, Conflict when it has begun already.
    """
    batch = get_own_upload(import_id, actor=actor)
    choose(batch, mapping, options, actor=actor)
    forget_check(batch)
    batch.mapping = add_fields(get_type(batch.record_type), batch.mapping, batch, actor=actor)
    batch.state, batch.started_at = ImportState.RUNNING, now()
    batch.token_id = actor.token_id
    _enqueue(batch)
    batch.save()
    write_entry(events.STARTED, batch, actor)
    push_state(batch)
    return batch


def get_own_upload(import_id: object, *, actor: Actor) -> Import:
    """An import that has not begun, locked, for whoever uploaded it. Raises Denied, NotFound, Conflict."""
    batch = selectors.get_import(import_id, actor=actor, lock=True)
    authorize_import(get_type(batch.record_type), actor)
    if batch.user_id != actor.user_id:
        raise Denied
    if batch.state != ImportState.UPLOADED:
        raise Conflict(_("This import has begun already."))
    return batch


def choose(
    batch: Import, mapping: Mapping[str, str] | None, options: Mapping[str, Any] | None, *, actor: Actor
) -> None:
    """Put the choices on an import; without a mapping what was suggested. Nothing is saved. Raises Invalid."""
    record_type = get_type(batch.record_type)
    wanted = batch.mapping if mapping is None else mapping
    batch.mapping = check_mapping(record_type, wanted, batch.columns, actor=actor)
    given = dict(options or {})
    extended, keys = foresee(record_type, batch.mapping, batch, actor=actor)
    more = partial(selectors.first_rows, batch)
    formats = suggest_formats(extended, batch, keys, more=more, actor=actor).by_column
    given["formats"] = {**formats, **given.get("formats", {})}
    chosen = Options.read({**batch.options, **given, "grown": grown_columns(batch.mapping)})
    check_meanings(record_type, batch.mapping, chosen)
    batch.options = check_options(record_type, chosen, batch.mapping, actor=actor).as_dict()


def _enqueue(batch: Import) -> None:
    # One after another in a workspace: two files that name the same new company make it once.
    batch.job_id = enqueue(JOB, {"import_id": str(batch.id)}, ordering_key="transfers.import")


@transaction.atomic
def pause_import(import_id: object, *, actor: Actor) -> Import:
    """Stop for now, after the chunk that is being written. Journal: import.paused. Raises NotFound, Conflict."""
    batch = selectors.get_import(import_id, actor=actor, lock=True)
    if batch.state != ImportState.RUNNING:
        raise Conflict(_("This import is not running."))
    batch.state = ImportState.PAUSED
    batch.save(update_fields=["state"])
    write_entry(events.PAUSED, batch, actor)
    push_state(batch)
    return batch


@transaction.atomic
def resume_import(import_id: object, *, actor: Actor) -> Import:
    """Go on where it was paused. Journal: import.resumed. Raises Denied, NotFound, Conflict."""
    batch = selectors.get_import(import_id, actor=actor, lock=True)
    authorize_import(get_type(batch.record_type), actor)
    if batch.state != ImportState.PAUSED:
        raise Conflict(_("This import is not paused."))
    batch.state = ImportState.RUNNING
    _enqueue(batch)
    batch.save(update_fields=["state", "job_id"])
    write_entry(events.RESUMED, batch, actor)
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
    _end(batch, ImportState.CANCELLED)
    write_entry(events.CANCELLED, batch, actor)
    push_state(batch)


def finish_import(batch: Import, *, actor: Actor) -> None:
    """The last act, in the caller's transaction, on a locked row. Journal: import.finished. Tells the person once."""
    _end(batch, ImportState.DONE)
    write_entry(events.FINISHED, batch, actor)
    tell(batch, IMPORT_FINISHED, summary(batch), actor)
    push_state(batch)
    push.to_tenant(batch.tenant_id, {"type": "changed", "record_type": batch.record_type, "ids": []})


def fail_import(import_id: UUID, kept: str) -> None:
    """Note that it can't go on and tell the person once; nothing when it has ended. Journal: import.failed.

    `kept` is from `kernel.sentences`: each reader of the page reads it in their own language.
    """
    with transaction.atomic(using=current_database()):
        batch = Import.objects.select_for_update().filter(id=import_id).first()
        if batch is None or batch.is_finished:
            return
        actor = Actor.system(batch.tenant_id)
        batch.error = kept
        with translation.override(users.language_of(batch.user_id, batch.tenant_id)):
            _end(batch, ImportState.FAILED)
            write_entry(events.FAILED, batch, actor)
            title = _("“%(file)s” could not be imported") % {"file": batch.filename}
            tell(batch, IMPORT_FAILED, title, actor, body=batch.problem)
            push_state(batch)


def _end(batch: Import, state: ImportState) -> None:
    """No more rows will come: what came is searched for duplicates now, however it ended."""
    batch.state, batch.finished_at = state, now()
    batch.save(update_fields=["state", "finished_at", "error"])
    if batch.created or batch.updated or batch.related:
        enqueue(ALIKE_JOB, {"import_id": str(batch.id)}, dedup_key=f"{ALIKE_JOB}:{batch.id}")
