"""The keys that records are found by when one like them is looked for, kept in the transaction that writes them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import router

from autocrm.kernel.ids import new_id
from autocrm.kernel.staging import Column, write_staged
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records.duplicate_models import MatchKey
from autocrm.records.match_rules import HARD, NAMES, MatchRule
from autocrm.records.matching.facts import Facts, Viewer
from autocrm.records.matching.likeness import PersonName, PlainName, name_sound, person_key
from autocrm.records.registry import RecordType

# A single record goes by the ORM, many by a staged statement.
STAGE_FROM = 5
_INSERT = """
    INSERT INTO records_matchkey (tenant_id, id, record_type, kind, key, record_id)
    SELECT %s, n.id, %s, n.kind, n.key, n.record_id FROM ({rows}) AS n
"""


def kept_rules(record_type: RecordType) -> tuple[MatchRule, ...]:
    """The rules whose keys stand in the table: names, and addresses or numbers without a column of their own."""
    return tuple(rule for rule in record_type.match_rules if rule.kind in NAMES or _custom_fields(rule, record_type))


def watched_fields(record_type: RecordType) -> frozenset[str]:
    """The fields whose change makes new keys."""
    return frozenset(key for rule in kept_rules(record_type) for key in rule.fields)


def keep_keys(record_type: RecordType, records: Sequence[Any], *, are_new: bool) -> None:
    """Write the keys of these records, in the transaction that wrote them; of old ones only when they changed."""
    viewer = viewer_of_keys(record_type)
    if viewer is None or not records:
        return
    if not are_new:
        forget_keys(record_type, [record.pk for record in records])
    write_keys(record_type, [(viewer, viewer.of_record(record)) for record in records])


def viewer_of_keys(record_type: RecordType) -> Viewer | None:
    """What makes the facts that kept keys are made of; None for a type without any."""
    rules = kept_rules(record_type)
    if not rules:
        return None
    narrowed = (rule if rule.kind in NAMES else _custom_only(rule, record_type) for rule in rules)
    return Viewer(record_type, tuple(narrowed))


def write_keys(record_type: RecordType, seen: Iterable[tuple[Viewer, Facts]]) -> None:
    """Write the keys of facts made by `viewer_of_keys`."""
    rows: list[tuple[str, str, Any]] = [
        (kind, key, facts.record_id) for viewer, facts in seen for kind, key in keys_of(viewer.rules, facts)
    ]
    if len(rows) < STAGE_FROM:
        MatchKey.objects.bulk_create(
            MatchKey(record_type=record_type.key, kind=kind, key=key, record_id=record_id)
            for kind, key, record_id in rows
        )
        return
    columns = [
        Column("id", "uuid", [new_id() for _row in rows]),
        Column("kind", "text", [row[0] for row in rows]),
        Column("key", "text", [row[1] for row in rows]),
        Column("record_id", "uuid", [row[2] for row in rows]),
    ]
    using = router.db_for_write(MatchKey)
    write_staged(_INSERT, [current_tenant_id(), record_type.key], columns, using=using)


def keys_of(rules: Sequence[MatchRule], facts: Facts) -> list[tuple[str, str]]:
    """Kind and key of each thing a record is found by."""
    found: list[tuple[str, str]] = []
    for rule, fact in zip(rules, facts.by_rule, strict=True):
        match fact:
            case PersonName():
                found.append((rule.kind.value, person_key(fact)))
            case PlainName():
                found.append((rule.kind.value, name_sound(fact)))
            case frozenset():
                found += [(rule.kind.value, key) for key in sorted(fact)]
    return [(kind, key) for kind, key in dict.fromkeys(found) if key]


def forget_keys(record_type: RecordType, ids: Collection[UUID]) -> None:
    """Drop the keys of records; those of records that are gone for good."""
    MatchKey.objects.filter(record_type=record_type.key, record_id__in=list(ids)).delete()


def _custom_fields(rule: MatchRule, record_type: RecordType) -> tuple[str, ...]:
    return tuple(key for key in rule.fields if record_type.by_key[key].custom) if rule.kind in HARD else ()


def _custom_only(rule: MatchRule, record_type: RecordType) -> MatchRule:
    return MatchRule(kind=rule.kind, fields=_custom_fields(rule, record_type), points=rule.points)
