"""What a placeholder owns becomes a member's, type by type, chunk by chunk; begun again it goes on where it was."""

from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.kernel.actors import Actor
from autocrm.kernel.jobs import JobRun
from autocrm.kernel.tenancy import current_database
from autocrm.records.bulk import Change, update_records
from autocrm.records.registry import RecordType, record_types

JOB = "transfers.hand_over"
CHUNK = 1_000


def run_hand_over(run: JobRun) -> dict[str, Any]:
    """Hand everything over. The handler of the job `transfers.hand_over`. Journal: record.updated for each."""
    old, new = UUID(str(run.payload["from"])), UUID(str(run.payload["to"]))
    count = 0
    for record_type in list(record_types):
        while done := _hand_over(run, record_type, old, new):
            count += done
    return {"records": count}


def _hand_over(run: JobRun, record_type: RecordType, old: UUID, new: UUID) -> int:
    """One chunk in one transaction; how many records it held."""
    owner = record_type.by_key["owner"]
    joins = [each.related_path for each in record_type.fields if each.relation and not each.custom]
    with transaction.atomic(using=current_database(), durable=True):
        run.beat()
        found = record_type.rows().filter(owner_id=old).order_by("pk").select_for_update(of=("self",), no_key=True)
        records = list((found.select_related(*joins) if joins else found)[:CHUNK])
        for record in records:
            owner.write(record, new)
        changes = [Change(record, {owner.key: (old, new)}) for record in records]
        update_records(record_type, changes, data={"quiet": True}, actor=Actor.system(run.tenant_id))
    return len(records)
