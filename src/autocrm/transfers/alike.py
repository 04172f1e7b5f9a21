"""What an import wrote is searched for duplicates once it has ended, however it ended.

While it runs that would cost it more than half of its pace; so the journal's consumer of duplicates passes its entries
over, and this job looks at what the chunks name.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.kernel.jobs import JobRun
from autocrm.kernel.tenancy import current_database
from autocrm.records.matching.rescanning import rescan_steps
from autocrm.records.registry import RecordType, record_types
from autocrm.records.sampling import refresh_after
from autocrm.transfers.models import Import, ImportChunk

MAX_ATTEMPTS = 20


def run_search(run: JobRun) -> dict[str, Any]:
    """Look at all records of one import, a part a transaction. The handler of the job `transfers.find_alike`.

    Whoever takes over begins again: a look at what was looked at changes nothing.
    """
    import_id = UUID(str(run.payload["import_id"]))
    pairs, steps = 0, _steps(import_id)
    while not run.is_cancelled():
        with transaction.atomic(using=current_database(), durable=True):
            run.beat()
            found = next(steps, None)
        if found is None:
            break
        pairs += found
    return {"pairs": pairs}


def _steps(import_id: UUID) -> Iterator[int]:
    """The search, step by step: records of the import's own type, then those that came along with them."""
    batch = Import.objects.get(id=import_id)
    record_type = record_types.find(batch.record_type)
    if record_type is None:
        return
    refresh_after(record_type, batch.created + batch.updated)
    yield from rescan_steps(record_type, _ids(import_id, "created_ids", "updated_ids"))
    # An id is one of one type: where it is none, nothing is found.
    for each in related_types(record_type, batch):
        refresh_after(each, batch.related)
        yield from rescan_steps(each, _ids(import_id, "related_ids"))


def _ids(import_id: UUID, *names: str) -> Iterator[list[UUID]]:
    """What the chunks of an import name, a chunk at a time."""
    last = 0
    while True:
        chunks = ImportChunk.objects.filter(batch_id=import_id, first_row__gt=last).order_by("first_row")
        found = chunks.values_list("first_row", *names).first()
        if found is None:
            return
        last, *ids = found
        yield [each for some in ids for each in some]


def related_types(record_type: RecordType, batch: Import) -> list[RecordType]:
    """The types of records that an import may make along with its own."""
    fields = (record_type.by_key.get(key) for key in batch.mapping.values())
    found = (record_types.find(field.relation) for field in fields if field is not None)
    return list({each.key: each for each in found if each is not None}.values())
