"""Rights as plain data: read from a role, compared, and narrowed to what two of them share. Pure functions."""

from collections.abc import Iterable, Mapping
from typing import Any

from autocrm.kernel.actors import FieldAccess, Grants, Level, Verb

EVERY_TYPE = "*"
LEVELS = tuple(Level)
ACCESSES = tuple(FieldAccess)


def read_grants(
    *, everything: bool, records: Mapping[str, Any], fields: Mapping[str, Any], codes: Iterable[str]
) -> Grants:
    """The rights that a role's stored columns mean; a word that is not known gives nothing."""
    return Grants(
        everything=everything,
        records={
            record_type: {verb: _level(level) for verb, level in verbs.items()}
            for record_type, verbs in records.items()
        },
        fields={
            record_type: {field_id: _access(access) for field_id, access in accesses.items()}
            for record_type, accesses in fields.items()
        },
        codes=frozenset(codes),
    )


def covers(mine: Grants, other: Grants) -> bool:
    """Whether `mine` gives at least all that `other` gives: nobody may hand out a right they do not have."""
    if mine.everything:
        return True
    if other.everything or not other.codes <= mine.codes:
        return False
    return all(
        LEVELS.index(mine.level(record_type, verb)) >= LEVELS.index(other.level(record_type, verb))
        for record_type in _types(mine, other)
        for verb in Verb
    ) and all(
        ACCESSES.index(mine.field_access(record_type, field_id))
        >= ACCESSES.index(other.field_access(record_type, field_id))
        for record_type, field_id in _fields(mine)
    )


def shows_as_much(mine: Grants, other: Grants) -> bool:
    """Whether whoever has `mine` may read all records and fields that `other` lets be read."""
    reads = all(
        LEVELS.index(mine.level(record_type, Verb.READ)) >= LEVELS.index(other.level(record_type, Verb.READ))
        for record_type in _types(mine, other)
    )
    return reads and all(
        mine.field_access(record_type, field_id) is not FieldAccess.HIDDEN
        or other.field_access(record_type, field_id) is FieldAccess.HIDDEN
        for record_type, field_id in _fields(mine)
    )


def narrowed(first: Grants, second: Grants) -> Grants:
    """What both give: the rights of a token are those of its role as far as its maker still has them."""
    if first.everything:
        return second
    if second.everything:
        return first
    named = {*_fields(first), *_fields(second)}
    return Grants(
        records={
            record_type: {
                verb: min(first.level(record_type, verb), second.level(record_type, verb), key=LEVELS.index)
                for verb in Verb
            }
            for record_type in _types(first, second)
        },
        fields={
            record_type: {
                field_id: min(
                    first.field_access(record_type, field_id),
                    second.field_access(record_type, field_id),
                    key=ACCESSES.index,
                )
                for owner, field_id in named
                if owner == record_type
            }
            for record_type in {owner for owner, _field in named}
        },
        codes=first.codes & second.codes,
    )


def _types(*grants: Grants) -> set[str]:
    return {EVERY_TYPE}.union(*(each.records for each in grants))


def _fields(grants: Grants) -> set[tuple[str, str]]:
    return {(record_type, field_id) for record_type, accesses in grants.fields.items() for field_id in accesses}


def _level(value: Any) -> Level:
    return Level(value) if value in LEVELS else Level.NONE


def _access(value: Any) -> FieldAccess:
    return FieldAccess(value) if value in ACCESSES else FieldAccess.HIDDEN
