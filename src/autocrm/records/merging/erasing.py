"""What is forgotten with records that are deleted for good: their keys, pairs, and what merges kept of them."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from autocrm.records.duplicate_models import MergedRecord, MergeOperation, NotDuplicate
from autocrm.records.matching.keeping import forget_keys
from autocrm.records.matching.pairs import forget_pairs
from autocrm.records.registry import RecordType


def forget_merges(record_type: RecordType, ids: Sequence[UUID]) -> None:
    """Called in the transaction that deletes records for good; a merge of theirs cannot be undone any more."""
    gone = list(ids)
    forget_keys(record_type, gone)
    forget_pairs(record_type, gone)
    either = Q(left_id__in=gone) | Q(right_id__in=gone)
    NotDuplicate.objects.filter(either, record_type=record_type.key).delete()
    pointers = MergedRecord.objects.filter(record_type=record_type.key)
    operations = set(
        pointers.filter(Q(record_id__in=gone) | Q(survivor_id__in=gone)).values_list("operation", flat=True)
    )
    MergeOperation.objects.filter(pk__in=operations).delete()
