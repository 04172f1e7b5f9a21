"""What was said not to be a duplicate outlives a merge: it holds for the record that the other one went into."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from autocrm.records.duplicate_models import NotDuplicate
from autocrm.records.merging.participants import Merge, MergeParticipant, add_participant


def _move(merge: Merge) -> list[list[str]]:
    merged = {merge.survivor_id, *merge.loser_ids}
    said = NotDuplicate.objects.filter(record_type=merge.record_type.key)
    others: set[UUID] = set(said.filter(left_id__in=merge.loser_ids).values_list("right_id", flat=True))
    others |= set(said.filter(right_id__in=merge.loser_ids).values_list("left_id", flat=True))
    pairs = {tuple(sorted((merge.survivor_id, each))) for each in others - merged}
    known = set(said.filter(left_id__in=[one for one, _other in pairs]).values_list("left_id", "right_id"))
    new = sorted(pairs - known)
    NotDuplicate.objects.bulk_create(
        NotDuplicate(record_type=merge.record_type.key, left_id=one, right_id=other, decided_by_id=merge.actor.user_id)
        for one, other in new
    )
    return [[str(one), str(other)] for one, other in new]


def _move_back(merge: Merge, kept: Any) -> int:
    for one, other in kept:
        NotDuplicate.objects.filter(record_type=merge.record_type.key, left_id=one, right_id=other).delete()
    return 0


def add_remembered() -> None:
    """Called once, by `wiring`."""
    add_participant(
        MergeParticipant(
            key="not_duplicates", label=_("What is not a duplicate"), move=_move, move_back=_move_back, order=900
        )
    )
