"""An import being taken back: chunk by chunk, the last first, each in one transaction with the note that it is done.

What a chunk made goes to the bin and what it changed gets its old values, by the undo that is written from the journal
(`records.reversal`); a record that changed since stays, and the reason is kept. Companies and other records made along
with the rows go last, and only those that nothing else belongs to.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from autocrm.journal.selectors import entries_of_many
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.errors import AutoCRMError, Denied
from autocrm.kernel.jobs import JobRun, LeaseLost
from autocrm.kernel.sentences import FAILED_AGAIN, keep, kept_words
from autocrm.kernel.tenancy import current_database
from autocrm.records.history.reversal import Outcome, Reversed, reverse_entries
from autocrm.records.registry import RecordType, record_types
from autocrm.records.sampling import refresh_after
from autocrm.records.selectors import get_type
from autocrm.records.titles import title_for
from autocrm.transfers import telling
from autocrm.transfers.alike import related_types
from autocrm.transfers.drafts import LONGEST_MESSAGE, LONGEST_VALUE
from autocrm.transfers.models import FaultKind, Import, ImportChunk, ImportFault, ImportState
from autocrm.transfers.permissions import authorize_import
from autocrm.transfers.services import undoing
from autocrm.users import selectors as users

MAX_ATTEMPTS = 50
MAX_KEPT_REFUSALS = 10_000
RECORDS_DONE, ALL_DONE = 1, 2


def run_undo(run: JobRun) -> dict[str, Any]:
    """Take an import back from where it stopped to its end. The handler of the job `transfers.undo_import`."""
    import_id = UUID(str(run.payload["import_id"]))
    try:
        with transaction.atomic(using=current_database()):
            actor = _actor_of(run)
            batch = Import.objects.filter(id=import_id, state=ImportState.UNDOING).first()
            if batch is None:
                return {"state": "gone"}
            authorize_import(get_type(batch.record_type), actor)
        with translation.override(actor.locale):
            _Undo(run, batch, actor).carry_out()
    except AutoCRMError as error:
        undoing.fail_undo(import_id, kept_words(error))
    except Exception as error:
        if run.attempt >= MAX_ATTEMPTS and not isinstance(error, LeaseLost):
            undoing.fail_undo(import_id, keep(FAILED_AGAIN))
        raise
    return {"state": "done"}


def _actor_of(run: JobRun) -> Actor:
    user_id, token_id = run.payload.get("user_id"), run.payload.get("token_id")
    if token_id:
        return users.actor_by_token_id(UUID(token_id), run.tenant_id).acting_as(ActorKind.IMPORT)
    if not user_id:
        raise Denied
    return users.build_actor(UUID(user_id), run.tenant_id).acting_as(ActorKind.IMPORT)


class _Undo:
    """One attempt at taking one import back."""

    def __init__(self, run: JobRun, batch: Import, actor: Actor) -> None:
        self._run = run
        self._id = batch.id
        self._type = get_type(batch.record_type)
        self._actor = actor
        self._since = batch.started_at
        self._related_types = related_types(self._type, batch)

    def carry_out(self) -> None:
        """Everything that is left to do."""
        for step, act in ((RECORDS_DONE, self._take_records), (ALL_DONE, self._take_related)):
            while self._next(step, act):
                pass
        with transaction.atomic(using=current_database(), durable=True):
            self._run.beat()
            batch = Import.objects.select_for_update().filter(id=self._id, state=ImportState.UNDOING).first()
            if batch is not None:
                undoing.finish_undo(batch, actor=self._actor)
                counts = batch.undo_counts
                refresh_after(self._type, counts["binned"] + counts["set_back"])
                for related in self._related_types:
                    refresh_after(related, counts["related"])

    def _next(self, step: int, act: Any) -> bool:
        """One chunk in one transaction; False when none is left."""
        with transaction.atomic(using=current_database(), durable=True):
            self._run.beat()
            batch = Import.objects.select_for_update().filter(id=self._id, state=ImportState.UNDOING).first()
            chunk = ImportChunk.objects.filter(batch_id=self._id, undone__lt=step).order_by("-first_row").first()
            if batch is None or chunk is None:
                return False
            act(batch, chunk)
            chunk.undone = step
            chunk.save(update_fields=["undone"])
            batch.save(update_fields=["undo_counts"])
            telling.push_state(batch)
            return True

    def _take_records(self, batch: Import, chunk: ImportChunk) -> None:
        # A record that several chunks changed is taken back as one, with the last of them.
        done = ImportChunk.objects.filter(batch=batch, undone__gte=RECORDS_DONE, updated_ids__overlap=chunk.updated_ids)
        earlier = {each for ids in done.values_list("updated_ids", flat=True) for each in ids}
        ids = [each for each in (*chunk.created_ids, *chunk.updated_ids) if each not in earlier]
        self._reverse(batch, self._type, ids, chunk.first_row)
        batch.undo_counts["done"] += len(chunk.created_ids) + len(chunk.updated_ids)

    def _take_related(self, batch: Import, chunk: ImportChunk) -> None:
        ids = set(chunk.related_ids)
        types = {each.key: each for each in (*self._related_types, self._type)}
        for related in types.values() if ids else ():
            used = _used(related, ids)
            here = set(related.rows().filter(pk__in=ids).values_list("pk", flat=True))
            kept = here & used
            found = [
                Reversed(related.key, each, Outcome.REFUSED, _("Other records belong to it."), label)
                for each, label in _labels(related, kept, self._actor).items()
            ]
            self._reverse(batch, related, sorted(here - used), chunk.first_row, found, count="related")

    def _reverse(
        self,
        batch: Import,
        record_type: RecordType,
        ids: Sequence[UUID],
        row: int,
        found: Iterable[Reversed] = (),
        *,
        count: str = "binned",
    ) -> None:
        marked = {"import": str(batch.id)}
        entries = entries_of_many(record_type.key, ids, marked=marked, since=self._since, actor=self._actor)
        results = [
            *found,
            *reverse_entries(entries, data={"import_undo": str(batch.id), "quiet": True}, actor=self._actor),
        ]
        counts = batch.undo_counts
        for each in results:
            name = {Outcome.BINNED: count, Outcome.SET_BACK: "set_back", Outcome.REFUSED: "refused"}.get(each.outcome)
            if name:
                counts[name] += 1
        refused = [each for each in results if each.outcome is Outcome.REFUSED]
        ImportFault.objects.bulk_create(
            ImportFault(
                batch=batch,
                kind=FaultKind.UNDO,
                row=row,
                column=each.record_type,
                value=each.label[:LONGEST_VALUE],
                message=str(each.reason)[:LONGEST_MESSAGE],
            )
            for each in refused[: max(MAX_KEPT_REFUSALS - counts["refused"] + len(refused), 0)]
        )


def _labels(record_type: RecordType, ids: Iterable[UUID], actor: Actor) -> dict[UUID, str]:
    return {each.pk: title_for(record_type, each, actor) for each in record_type.rows().filter(pk__in=list(ids))}


def _used(related: RecordType, ids: Iterable[UUID]) -> set[UUID]:
    """Those that a live record still names."""
    wanted, used = list(ids), set[UUID]()
    for record_type in record_types:
        for field in record_type.fields:
            if field.relation != related.key:
                continue
            live = record_type.rows().filter(archived_at__isnull=True)
            if field.custom:
                path, values = f"custom__{field.key}", [str(each) for each in wanted]
            else:
                path, values = field.attribute, wanted  # type: ignore[assignment]  # ids as the column has them
            found = live.filter(**{f"{path}__in": values}).values_list(path, flat=True)
            used |= {UUID(str(each)) for each in found.distinct()}
    return used
