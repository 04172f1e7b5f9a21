"""Merging all records that are the same beyond doubt: one bulk operation, a few groups a transaction, with undo."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from autocrm.journal import selectors as journal
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import AutoCRMError, Text
from autocrm.kernel.permissions import is_allowed
from autocrm.kernel.tenancy import current_database
from autocrm.records import events
from autocrm.records.bulk_actions import BulkAction, BulkJob, Outcome, Result
from autocrm.records.duplicate_models import MergeOperation, NotDuplicate
from autocrm.records.looks import look_at
from autocrm.records.matching.facts import sees_all_rules
from autocrm.records.matching.groups import certain_groups
from autocrm.records.merging.choosing import oldest
from autocrm.records.merging.merging import MOST, merge_records
from autocrm.records.merging.page import may_merge
from autocrm.records.merging.undoing import undo_merge
from autocrm.records.querysets import live
from autocrm.records.registry import RecordType
from autocrm.ui.formatting import number

MERGE_CERTAIN = "merge_certain"
RECORDS_AT_ONCE = 60


def plan(record_type: RecordType, _actor: Actor) -> Iterator[list[UUID]]:
    """All records of certain pairs; a group is never torn apart."""
    chunk: list[UUID] = []
    for group in certain_groups(record_type):
        if chunk and len(chunk) + len(group) > RECORDS_AT_ONCE:
            yield chunk
            chunk = []
        chunk += group
    if chunk:
        yield chunk


def merge_groups(job: BulkJob, ids: Sequence[UUID]) -> Sequence[Result]:
    """Merge those of these records that are still the same beyond doubt, each group into its oldest record.

    Journal: record.merged as for each merge. A group that is refused leaves the others as they are.
    """
    results: dict[UUID, Result] = {}
    for group in certain_groups(job.record_type, among=ids):
        results |= {each.record_id: each for each in _merge(job, group)}
    gone = _t("It is not the same beyond doubt any more.")
    return [results.get(each) or Result(each, Outcome.UNCHANGED, reason=gone) for each in ids]


def _merge(job: BulkJob, ids: Sequence[UUID]) -> list[Result]:
    kind, actor = job.record_type, job.actor
    records = {each.pk: each for each in live(kind, actor).filter(pk__in=ids)}
    reach = [is_allowed(actor, kind.permission(Verb.BULK), each) for each in records.values()]
    if len(records) != len(ids) or not all(reach):
        return [Result(each, Outcome.OUT_OF_REACH) for each in ids]
    survivor = oldest(records.values())
    others = [each for each in ids if each != survivor.pk]
    look = look_at(kind, actor)
    titles = {key: look.title(record)[:300] for key, record in records.items()}
    try:
        _refuse_told_apart(kind, ids)
        with transaction.atomic(using=current_database()):
            for first in range(0, len(others), MOST - 1):
                merge_records(kind, survivor.pk, others[first : first + MOST - 1], data=job.data, actor=actor)
    except AutoCRMError as error:
        return [Result(each, Outcome.REFUSED, titles[each], str(error)) for each in ids]
    into = _t("Merged into %(name)s") % {"name": titles[survivor.pk]}
    said = ngettext("One record was merged into it", "%(count)d records were merged into it", len(others))
    return [
        Result(survivor.pk, Outcome.CHANGED, titles[survivor.pk], said % {"count": len(others)}),
        *(Result(each, Outcome.CHANGED, titles[each], into) for each in others),
    ]


def _refuse_told_apart(record_type: RecordType, ids: Sequence[UUID]) -> None:
    """Two that look like a third are not the same where somebody said so."""
    said = NotDuplicate.objects.filter(record_type=record_type.key, left_id__in=ids, right_id__in=ids)
    if said.exists():
        raise AutoCRMError(_("Somebody said that two of these are different records."))


def take_back(job: BulkJob, ids: Sequence[UUID]) -> Sequence[Result]:
    """Undo the merges of an operation, the latest first; each is refused or done as a whole."""
    entries = journal.entries_of_many(
        job.record_type.key, ids, marked={"bulk": str(job.undoes)}, since=job.undone_since, actor=job.actor
    )
    merges = dict.fromkeys(each.data["merge"] for each in entries if each.kind == events.MERGED)
    results: dict[UUID, Result] = {}
    for merge in merges:
        results |= {each.record_id: each for each in _undo(job, merge)}
    return [results.get(each) or Result(each, Outcome.UNCHANGED) for each in ids]


def _undo(job: BulkJob, merge: str) -> list[Result]:
    operation = MergeOperation.objects.filter(pk=merge).defer("snapshot").first()
    if operation is None:
        return []
    ids = [operation.survivor_id, *operation.loser_ids]
    if operation.undone_at is not None:
        return [Result(each, Outcome.UNCHANGED) for each in ids]
    try:
        with transaction.atomic(using=current_database()):
            undone = undo_merge(operation.pk, data=job.data, actor=job.actor)
    except AutoCRMError as error:
        return [Result(each, Outcome.REFUSED, reason=str(error)) for each in ids]
    kept = "; ".join(undone.kept)
    return [Result(each, Outcome.CHANGED, reason=kept if each == operation.survivor_id else "") for each in ids]


def _is_offered(record_type: RecordType, actor: Actor) -> bool:
    """Only to whoever sees all that makes a pair certain: the merge would tell of it."""
    return may_merge(record_type, actor) and sees_all_rules(record_type, actor)


def _merged(count: int) -> Text:
    return ngettext("%(count)s merged", "%(count)s merged", count) % {"count": number(count)}


def _said(_record_type: RecordType, _values: Any, _actor: Actor) -> Text:
    return _t("Merge what is the same beyond doubt")


ACTION = BulkAction(
    key=MERGE_CERTAIN,
    label=_("Merge duplicates"),
    icon="arrow-merge",
    verb=Verb.DELETE,
    shown=False,
    plan=plan,
    apply=merge_groups,
    take_back=take_back,
    done=_merged,
    said=_said,
    is_offered=_is_offered,
)
