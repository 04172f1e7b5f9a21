"""What was said of a record outlives its merge: that it is no duplicate of another one, and the views that name it."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from autocrm.records.duplicate_models import NotDuplicate
from autocrm.records.merging.participants import Merge, MergeParticipant, add_participant
from autocrm.records.view_models import SavedView


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


def _move_views(merge: Merge) -> list[list[str]]:
    """Views that show what belongs to a record show what belongs to the one it went into."""
    moved = []
    for loser in map(str, merge.loser_ids):
        for view in SavedView.objects.select_for_update().filter(state__contains=loser).order_by("pk"):
            before, view.state = view.state, view.state.replace(loser, str(merge.survivor_id))
            view.save(update_fields=["state"])
            moved.append([str(view.pk), before, view.state])
    return moved


def _move_views_back(_merge: Merge, kept: Any) -> int:
    staying = 0
    for key, before, after in reversed(kept):
        staying += 1 - SavedView.objects.filter(pk=key, state=after).update(state=before)
    return staying


def add_remembered() -> None:
    """Called once, by `wiring`."""
    add_participant(
        MergeParticipant(
            key="not_duplicates", label=_("What is not a duplicate"), move=_move, move_back=_move_back, order=900
        )
    )
    add_participant(
        MergeParticipant(
            key="saved_views", label=_("Saved views"), move=_move_views, move_back=_move_views_back, order=910
        )
    )
