"""Many merges at once, of records that are the same beyond doubt; as a job, a few a transaction, till none are left."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import AutoCRMError, Denied
from autocrm.kernel.jobs import JobRun, enqueue
from autocrm.kernel.permissions import authorize
from autocrm.kernel.tenancy import current_database
from autocrm.records.matching.groups import certain_groups
from autocrm.records.matching.pairs import forget_pairs
from autocrm.records.merging.choosing import oldest
from autocrm.records.merging.merging import LEAST, MOST, merge_records
from autocrm.records.querysets import live
from autocrm.records.registry import RecordType, record_types
from autocrm.users import selectors as users

MERGE_JOB = "records.merge_certain"
PAIRS_AT_ONCE = 50


def merge_certain_later(record_type: RecordType, *, actor: Actor) -> None:
    """Begin to merge every pair that is the same beyond doubt. Raises Denied."""
    authorize(actor, record_type.permission(Verb.UPDATE))
    authorize(actor, record_type.permission(Verb.DELETE))
    if actor.user_id is None:
        raise Denied
    payload = {"record_type": record_type.key, "user": str(actor.user_id)}
    enqueue(MERGE_JOB, payload, dedup_key=f"{MERGE_JOB}:{record_type.key}")


def run_merge_certain(run: JobRun) -> Mapping[str, Any]:
    """The handler of MERGE_JOB. Pairs that cannot be merged leave the list, so that it comes to an end."""
    merged = refused = 0
    while not run.is_cancelled():
        with transaction.atomic(using=current_database(), durable=True):
            run.beat()
            record_type = record_types.find(str(run.payload["record_type"]))
            actor = users.build_actor(UUID(str(run.payload["user"])), run.tenant_id)
            groups = [] if record_type is None else certain_groups(record_type, pairs=PAIRS_AT_ONCE, most=MOST)
            if record_type is None or not groups:
                break
            done, left = merge_groups(record_type, groups, actor=actor)
            merged, refused = merged + done, refused + len(left)
            forget_pairs(record_type, [each for group in left for each in group])
    return {"merged": merged, "refused": refused}


def merge_groups(
    record_type: RecordType, groups: Sequence[Sequence[UUID]], *, actor: Actor
) -> tuple[int, list[Sequence[UUID]]]:
    """Merge each group into its oldest record; answers how many were merged, and the groups that could not be.

    Journal: record.merged as for each merge. A group that is refused leaves the others as they are. Raises Denied.
    """
    authorize(actor, record_type.permission(Verb.UPDATE))
    merged, left = 0, []
    for ids in groups:
        records = list(live(record_type, actor).filter(pk__in=ids))
        try:
            if len(records) < LEAST:
                raise Denied
            survivor = oldest(records)
            with transaction.atomic(using=current_database()):
                others = [each.pk for each in records if each is not survivor]
                merge_records(record_type, survivor.pk, others, actor=actor)
            merged += 1
        except AutoCRMError:
            left.append(ids)
    return merged, left
