"""Pairs that look like one, as the scan found them, and what people said is not one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections, router, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.any_of import any_of
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Invalid, NotFound
from autocrm.kernel.ids import new_id
from autocrm.kernel.permissions import authorize
from autocrm.kernel.staging import Column, staged
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records.duplicate_models import DuplicatePair, NotDuplicate
from autocrm.records.querysets import live
from autocrm.records.registry import RecordType

MOST_AT_ONCE = 20
_UPSERT = """
    INSERT INTO records_duplicatepair AS old (tenant_id, id, record_type, left_id, right_id, score, reasons, found_at)
    SELECT %s, n.id, %s, n.left_id, n.right_id, n.score, n.reasons, n.found_at FROM ({rows}) AS n
    WHERE NOT EXISTS (
        SELECT 1 FROM records_notduplicate d
        WHERE d.tenant_id = %s AND d.record_type = %s AND d.left_id = n.left_id AND d.right_id = n.right_id
    )
    ON CONFLICT (tenant_id, record_type, left_id, right_id) DO UPDATE SET
        score = EXCLUDED.score, reasons = EXCLUDED.reasons, found_at = EXCLUDED.found_at
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A pair to be written; the order of the two does not matter."""

    one: UUID
    other: UUID
    score: int
    reasons: tuple[str, ...]


def write_pairs(record_type: RecordType, found: Iterable[Found]) -> int:
    """Keep these pairs, those that somebody said are none left out; returns how many were given."""
    unique = {tuple(sorted((each.one, each.other))): each for each in found}
    if not unique:
        return 0
    keys, pairs = list(unique), list(unique.values())
    moment = now()
    columns = [
        Column("id", "uuid", [new_id() for _pair in pairs]),
        Column("left_id", "uuid", [key[0] for key in keys]),
        Column("right_id", "uuid", [key[1] for key in keys]),
        Column("score", "smallint", [each.score for each in pairs]),
        Column("reasons", "text[]", [list(each.reasons) for each in pairs]),
        Column("found_at", "timestamptz", [moment for _pair in pairs]),
    ]
    using, tenant = router.db_for_write(DuplicatePair), current_tenant_id()
    with staged(columns, using=using) as rows, connections[using].cursor() as cursor:
        cursor.execute(_UPSERT.format(rows=rows), [tenant, record_type.key, *rows.params, tenant, record_type.key])
    return len(pairs)


def pairs_with(record_type: RecordType, ids: Collection[UUID]) -> Any:
    """The pairs in which any of these records stands."""
    either = Q(any_of("left_id", ids)) | Q(any_of("right_id", ids))
    return DuplicatePair.objects.filter(either, record_type=record_type.key)


def forget_pairs(record_type: RecordType, ids: Collection[UUID]) -> None:
    """Drop the pairs in which any of these records stands."""
    pairs_with(record_type, ids).delete()


@transaction.atomic
def mark_not_duplicates(record_type: RecordType, ids: Sequence[UUID], *, actor: Actor) -> int:
    """Remember that these records are different ones, each from each; returns how many pairs that are.

    It says nothing of the records, so it has no journal entry. Raises Denied, NotFound, Invalid.
    """
    authorize(actor, record_type.permission(Verb.UPDATE))
    wanted = sorted(set(ids))
    if not 2 <= len(wanted) <= MOST_AT_ONCE:
        raise Invalid(_("Name 2 to %(most)d records.") % {"most": MOST_AT_ONCE})
    if live(record_type, actor, Verb.UPDATE).filter(pk__in=wanted).count() != len(wanted):
        raise NotFound
    pairs = [(one, other) for number, one in enumerate(wanted) for other in wanted[number + 1 :]]
    NotDuplicate.objects.bulk_create(
        [
            NotDuplicate(record_type=record_type.key, left_id=one, right_id=other, decided_by_id=actor.user_id)
            for one, other in pairs
        ],
        ignore_conflicts=True,
    )
    DuplicatePair.objects.filter(record_type=record_type.key, left_id__in=wanted, right_id__in=wanted).delete()
    return len(pairs)


@transaction.atomic
def unmark_not_duplicates(record_type: RecordType, ids: Sequence[UUID], *, actor: Actor) -> int:
    """Take that back, so that the records may be found to look alike again. Raises Denied."""
    authorize(actor, record_type.permission(Verb.UPDATE))
    wanted = list(set(ids))
    said = NotDuplicate.objects.filter(record_type=record_type.key, left_id__in=wanted, right_id__in=wanted)
    return said.delete()[0]
