"""An import at work: chunk by chunk, each in one transaction together with how far it got.

Whatever dies in between, the rows that are counted as done are there and the others are not, so the next attempt goes
on where the last one stopped. The job's lease, renewed first in each transaction, keeps a worker out that was thought
dead; the order of chunks is kept by the import's own row.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.behind import writes_behind
from autocrm.kernel.errors import AutoCRMError, Upstream
from autocrm.kernel.jobs import JobRun, LeaseLost
from autocrm.kernel.sentences import FAILED_AGAIN, keep, kept_words
from autocrm.kernel.tenancy import current_database
from autocrm.records.selectors import get_type
from autocrm.records.uniqueness import refusal_in_words
from autocrm.transfers import selectors, telling
from autocrm.transfers.actors import actor_of
from autocrm.transfers.drafts import Draft, Note
from autocrm.transfers.engine import Engine
from autocrm.transfers.files import Row, count_rows, read_rows
from autocrm.transfers.links import Linker
from autocrm.transfers.models import FaultKind, Import, ImportChunk, ImportFault, ImportState
from autocrm.transfers.new_fields import foresee
from autocrm.transfers.options import Job, Options
from autocrm.transfers.outcomes import CHANGED, NEW, REFUSED, SAME, Outcome
from autocrm.transfers.permissions import authorize_import
from autocrm.transfers.services import runs

CHUNK_ROWS = 2_000
MAX_KEPT_FAULTS = 10_000
# A job that is claimed this often without an end has something in it that kills workers.
MAX_ATTEMPTS = 50
SECONDS_BETWEEN_HINTS = 0.25
ROWS_BETWEEN_COLLECTIONS = 100 * CHUNK_ROWS

_COUNTS = {NEW: "created", CHANGED: "updated", SAME: "skipped", REFUSED: "failed"}


def run_import(run: JobRun) -> dict[str, Any]:
    """Carry an import out from where it stopped to its end. The handler of the job `transfers.run_import`."""
    import_id = UUID(str(run.payload["import_id"]))
    try:
        with transaction.atomic(using=current_database()):
            batch = Import.objects.filter(id=import_id).first()
            if batch is None or batch.state != ImportState.RUNNING:
                return {"state": "gone" if batch is None else batch.state}
            actor = actor_of(batch)
        with translation.override(actor.locale), _few_collections():
            return {"state": _Work(run, batch, actor).carry_out()}
    except Upstream as error:
        if error.retryable and run.attempt < MAX_ATTEMPTS:
            raise
        runs.fail_import(import_id, kept_words(error))
    except AutoCRMError as error:
        runs.fail_import(import_id, kept_words(error))
    except Exception as error:
        if run.attempt >= MAX_ATTEMPTS and not isinstance(error, LeaseLost):
            runs.fail_import(import_id, keep(FAILED_AGAIN))
        raise
    return {"state": ImportState.FAILED.value}


def job_of(batch: Import) -> Job:
    """What the engine needs to know of an import."""
    options = Options.read(batch.options)
    data: dict[str, Any] = {"import": str(batch.id)}
    if not options.run_workflows:
        data["quiet"] = True
    return Job(get_type(batch.record_type), batch.columns, batch.mapping, options, data, batch.started_at)


def foreseen_job_of(batch: Import, actor: Actor) -> Job:
    """The same before it begins, with the fields that it will bring along."""
    job = job_of(batch)
    record_type, mapping = foresee(job.record_type, job.mapping, batch, actor=actor)
    return Job(record_type, job.columns, mapping, job.options, job.data)


class _Read(NamedTuple):
    """Rows of a file, and what an engine read in their cells."""

    rows: list[Row]
    drafts: list[Draft]
    engine: Engine


class _Work:
    """One attempt at one import."""

    def __init__(self, run: JobRun, batch: Import, actor: Actor) -> None:
        self._run = run
        self._id = batch.id
        self._job = job_of(batch)
        self._actor = actor
        self._engine = self._make(Engine, actor)
        self._hinted_at = 0.0
        # Columns whose field is gone since the import began, until that is told.
        self._gone: list[str] = []

    def carry_out(self) -> str:
        """Everything that is left to do; the state at the end."""
        batch = self._begin()
        with selectors.open_file(batch) as file:
            if batch.total_rows is None:
                self._count(count_rows(file, encoding=batch.encoding, delimiter=batch.delimiter))
            rows = read_rows(file, encoding=batch.encoding, delimiter=batch.delimiter)
            done = sum(1 for _row in islice(rows, batch.done_rows))
            for chunk in self._read_ahead(rows):
                if self._run.is_cancelled():
                    runs.cancel_lost(self._id)
                if not self._write(done, chunk):
                    return self._state()
                done += len(chunk.rows)
                if done % ROWS_BETWEEN_COLLECTIONS == 0:
                    gc.collect()
        if self._link():
            self._finish()
        return self._state()

    def _read_ahead(self, rows: Iterator[Row]) -> Iterator["_Read"]:
        """Chunks with their cells read; while the database writes one, a thread reads the next."""

        def next_chunk() -> _Read:
            with translation.override(self._actor.locale):
                some, engine = list(islice(rows, CHUNK_ROWS)), self._engine
                return _Read(some, engine.read(some), engine)

        with ThreadPoolExecutor(1, thread_name_prefix="import-reader") as pool:
            coming = pool.submit(next_chunk)
            while True:
                chunk = coming.result()
                if not chunk.rows:
                    return
                coming = pool.submit(next_chunk)
                yield chunk

    def _begin(self) -> Import:
        with self._locked() as batch:
            if batch is None:
                raise LeaseLost
            authorize_import(self._job.record_type, self._actor)
            return batch

    def _count(self, rows: int) -> None:
        with self._locked() as batch:
            if batch is not None:
                batch.total_rows = rows
                batch.save(update_fields=["total_rows"])

    def _write(self, done: int, read: "_Read") -> bool:
        """One chunk in one transaction; False when somebody cancelled."""
        with self._locked() as batch:
            if batch is None:
                return False
            if batch.done_rows != done:
                raise LeaseLost
            self._follow(batch)
            rows = read.rows
            # What was read ahead before the fields or the rights changed is read again.
            outcome = self._apply(rows, read.drafts if read.engine is self._engine else None)
            outcome.notes += self._told_of_gone_fields(rows[0][0])
            batch.done_rows += len(rows)
            for action, name in _COUNTS.items():
                setattr(batch, name, getattr(batch, name) + outcome.counts.get(action, 0))
            chunk = ImportChunk(batch=batch, first_row=rows[0][0], rows=len(rows), pending=outcome.pending)
            chunk.created_ids, chunk.updated_ids = outcome.created_ids, outcome.updated_ids
            self._keep(batch, chunk, outcome)
            return True

    def _apply(self, rows: Sequence[Row], drafts: list[Draft] | None = None) -> Outcome:
        """The chunk; when the database refuses a row, everything but that row.

        Somebody may have written the same e-mail address meanwhile: a second look finds it.
        """
        try:
            with transaction.atomic(using=current_database()), writes_behind(using=current_database()):
                outcome: Outcome = self._engine.apply(rows, drafts)
                return outcome
        except (IntegrityError, DataError) as error:
            self._engine.forget()
            if len(rows) == 1:
                (draft,) = self._engine.read(rows)
                said = refusal_in_words(self._job.record_type, error, values=draft.values)
                return Outcome(counts={REFUSED: 1}, notes=[Note(rows[0][0], "", "", said, is_fatal=True)])
        half = len(rows) // 2
        whole = self._apply(rows[:half])
        whole.add(self._apply(rows[half:]))
        return whole

    def _link(self) -> bool:
        """Set the references that chunks left pending, a chunk a transaction; False when somebody cancelled."""
        linker, last = self._make(Linker, self._actor), 0
        while True:
            with self._locked() as batch:
                if batch is None:
                    return False
                waiting = ImportChunk.objects.filter(batch=batch, first_row__gt=last).exclude(pending=[])
                chunk = waiting.order_by("first_row").first()
                if chunk is None:
                    return True
                if self._follow(batch):
                    linker = self._make(Linker, self._actor)
                outcome = linker.link(chunk.pending)
                last, chunk.pending = chunk.first_row, []
                known = {*chunk.created_ids, *chunk.updated_ids}
                chunk.updated_ids = [*chunk.updated_ids, *(each for each in outcome.updated_ids if each not in known)]
                self._keep(batch, chunk, outcome)

    def _keep(self, batch: Import, chunk: ImportChunk, outcome: Outcome) -> None:
        """Write down what the transaction did, beside what it did."""
        warned = [note for note in outcome.notes if note.is_warning]
        faults = [note for note in outcome.notes if not note.is_warning]
        kept = faults[: max(MAX_KEPT_FAULTS - batch.faults, 0)] + warned[: max(MAX_KEPT_FAULTS - batch.warnings, 0)]
        batch.faults += len(faults)
        batch.warnings += len(warned)
        batch.related += len(outcome.related_ids)
        batch.save()
        chunk.related_ids = [*chunk.related_ids, *outcome.related_ids]
        chunk.save()
        ImportFault.objects.bulk_create(_fault(batch, note) for note in kept)
        moment = time.monotonic()
        if moment - self._hinted_at >= SECONDS_BETWEEN_HINTS:
            self._hinted_at = moment
            telling.push_state(batch)

    def _finish(self) -> None:
        with self._locked() as batch:
            if batch is not None:
                runs.finish_import(batch, actor=self._actor)

    def _follow(self, batch: Import) -> bool:
        """Go on with the rights and the fields there are now, and say whether they changed.

        Raises Denied when too few rights are left, NotFound when the record type is gone.
        """
        actor, job = actor_of(batch), job_of(batch)
        if actor == self._actor and job.record_type is self._job.record_type:
            return False
        authorize_import(job.record_type, actor)
        fields, known = job.record_type.by_key, self._job.record_type.by_key
        self._gone += [name for name, key in job.mapping.items() if key in known and key not in fields]
        self._job, self._actor = job, actor
        self._engine = self._make(Engine, actor)
        return True

    def _told_of_gone_fields(self, row: int) -> list[Note]:
        """A fault for each column whose field was taken away while the file came in."""
        columns, self._gone = self._gone, []
        message = _("The field of this column was deleted or archived while the file was imported.")
        return [Note(row, column, "", message) for column in columns]

    def _make(self, kind: Callable[[Job, Actor], Any], actor: Actor) -> Any:
        return kind(self._job, actor)

    def _locked(self) -> "_Locked":
        return _Locked(self._run, self._id)

    def _state(self) -> str:
        with transaction.atomic(using=current_database()):
            state = Import.objects.filter(id=self._id).values_list("state", flat=True).first()
        return state or "gone"


def _fault(batch: Import, note: Note) -> ImportFault:
    return ImportFault(
        batch=batch,
        kind=FaultKind.WARNING if note.is_warning else FaultKind.FAULT,
        row=note.row,
        column=note.column,
        value=note.value,
        message=note.message,
        is_fatal=note.is_fatal,
    )


class _Locked:
    """A transaction that owns the job and the import; gives the import while it runs, None once it does not."""

    def __init__(self, run: JobRun, import_id: UUID) -> None:
        self._run = run
        self._id = import_id
        self._transaction = transaction.atomic(using=current_database(), durable=True)

    def __enter__(self) -> Import | None:
        self._transaction.__enter__()
        try:
            self._run.beat()
            return Import.objects.select_for_update().filter(id=self._id, state=ImportState.RUNNING).first()
        except BaseException as error:
            self._transaction.__exit__(type(error), error, error.__traceback__)
            raise

    def __exit__(self, *error: Any) -> None:
        self._transaction.__exit__(*error)


@contextmanager
def _few_collections() -> Iterator[None]:
    """No search for cycles while rows are made into objects: there are none, and looking costs a third of the time.

    What a chunk leaves behind goes with its references; the collector has its turn when the import has ended.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
