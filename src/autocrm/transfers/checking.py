"""The look at a whole file at work: planned chunk by chunk with the engine of the import, written down, nothing else.

A look that dies begins again: what it has in mind of earlier rows is gone with it.
"""

import gc
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import AutoCRMError
from autocrm.kernel.jobs import JobRun, LeaseLost
from autocrm.kernel.sentences import FAILED_AGAIN, keep, kept_words
from autocrm.kernel.tenancy import current_database
from autocrm.transfers import selectors, telling
from autocrm.transfers.actors import actor_of
from autocrm.transfers.engine import Engine
from autocrm.transfers.files import Row, count_rows, read_rows
from autocrm.transfers.lines import ALIKE, NOTED, is_alike, is_noted, lines_of
from autocrm.transfers.meanings import WORDS, choice_columns, gather
from autocrm.transfers.models import CheckState, Import, ImportCheckPart, ImportState
from autocrm.transfers.options import Job, Options
from autocrm.transfers.outcomes import CHANGED, NEW, REFUSED, SAME
from autocrm.transfers.permissions import authorize_import
from autocrm.transfers.running import foreseen_job_of, job_of
from autocrm.transfers.services import checks, uploads

CHUNK_ROWS = 1_000
FAULTS, WARNINGS = "faults", "warnings"
MAX_ATTEMPTS = 5
CHUNKS_BETWEEN_COLLECTIONS = 100


def run_check(run: JobRun) -> dict[str, Any]:
    """Look at every row. The handler of the job `transfers.check_import`."""
    import_id = UUID(str(run.payload["import_id"]))
    try:
        with transaction.atomic(using=current_database()):
            batch = _locked(import_id, run.id)
            if batch is None:
                return {"state": "gone"}
            uploads.forget_check(batch)
            batch.check_state = CheckState.RUNNING
            batch.save()
            actor = actor_of(batch)
            with translation.override(actor.locale):
                authorize_import(job_of(batch).record_type, actor)
        with translation.override(actor.locale):
            if not _Look(run, batch, Engine(_job(batch, actor), actor, creating=False)).carry_out():
                return {"state": "given up"}
            checks.finish_check(import_id)
    except AutoCRMError as error:
        checks.finish_check(import_id, error=kept_words(error))
    except Exception as error:
        if run.attempt >= MAX_ATTEMPTS and not isinstance(error, LeaseLost):
            checks.finish_check(import_id, error=keep(FAILED_AGAIN))
        raise
    return {"state": "done"}


def _job(batch: Import, actor: Actor) -> Job:
    with transaction.atomic(using=current_database()):
        return foreseen_job_of(batch, actor)


def _locked(import_id: UUID, job_id: UUID) -> Import | None:
    """The import, locked, as long as this very look is wanted."""
    found = Import.objects.select_for_update().filter(id=import_id, check_job_id=job_id)
    return found.filter(state=ImportState.UPLOADED, check_state=CheckState.RUNNING).first()


class _Look:
    """One attempt at one file."""

    def __init__(self, run: JobRun, batch: Import, engine: Engine) -> None:
        self._run = run
        self._batch = batch
        self._engine = engine
        self._words: dict[str, dict[str, None]] = {}
        self._choice_columns = choice_columns(engine.record_type, batch.mapping, Options.read(batch.options))
        self._counts: Counter[str] = Counter(
            dict.fromkeys((NEW, CHANGED, SAME, REFUSED, NOTED, ALIKE, FAULTS, WARNINGS), 0)
        )

    def carry_out(self) -> bool:
        """Everything; False when somebody gave it up."""
        batch = self._batch
        with selectors.open_file(batch) as file:
            total = batch.total_rows
            if total is None:
                total = count_rows(file, encoding=batch.encoding, delimiter=batch.delimiter)
            rows = read_rows(file, encoding=batch.encoding, delimiter=batch.delimiter)
            for number, chunk in enumerate(_chunks(rows), start=1):
                if self._run.is_cancelled() or not self._look(chunk, total):
                    return False
                if number % CHUNKS_BETWEEN_COLLECTIONS == 0:
                    gc.collect()
        return True

    def _look(self, rows: list[Row], total: int) -> bool:
        with transaction.atomic(using=current_database(), durable=True):
            self._run.beat()
            batch = _locked(self._batch.id, self._run.id)
            if batch is None:
                return False
            drafts = self._engine.plan(rows)
            lines = lines_of(self._engine, drafts, rows)
            counts = Counter(line["action"] for line in lines)
            ImportCheckPart.objects.create(
                batch=batch,
                first_row=rows[0][0],
                new=counts[NEW],
                changed=counts[CHANGED],
                same=counts[SAME],
                refused=counts[REFUSED],
                noted=sum(map(is_noted, lines)),
                alike=sum(map(is_alike, lines)),
                lines=lines,
            )
            notes = [note for draft in drafts for note in draft.notes]
            self._counts.update(counts)
            warned = sum(note.is_warning for note in notes)
            self._counts.update(
                {
                    NOTED: sum(map(is_noted, lines)),
                    ALIKE: sum(map(is_alike, lines)),
                    WARNINGS: warned,
                    FAULTS: len(notes) - warned,
                }
            )
            batch.total_rows = total
            batch.check_rows += len(rows)
            gather(self._words, self._choice_columns, notes)
            more: dict[str, Any] = {WORDS: {column: list(words) for column, words in self._words.items()}}
            more |= {"related": self._engine.would_make, "people": self._engine.would_add}
            batch.check_counts = {**self._counts, **more}
            batch.save(update_fields=["total_rows", "check_rows", "check_counts"])
            telling.push_state(batch)
            return True


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield chunk
