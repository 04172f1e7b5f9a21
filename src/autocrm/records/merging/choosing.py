"""Which values the surviving record gets: what somebody chose, else the newest that is filled.

What the actor may not see or set is never chosen: there the survivor keeps its value, and gets one where it has none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.kernel.field_kinds import DATE_KINDS, FieldKind
from autocrm.kernel.permissions import can_write_field
from autocrm.records.fields import Field
from autocrm.records.match_rules import MatchKind
from autocrm.records.registry import RecordType
from autocrm.records.values import is_empty

DEEPEST_TREE = 50
OWNER = "owner"


@dataclass(frozen=True)
class Choosing:
    """The records of a merge, the survivor apart, and who merges them."""

    record_type: RecordType
    survivor: Any
    losers: tuple[Any, ...]
    actor: Actor

    @property
    def records(self) -> tuple[Any, ...]:
        """All of them, the survivor first."""
        return (self.survivor, *self.losers)

    def open_fields(self) -> list[Field]:
        """The fields somebody may choose for: those the role lets be set."""
        fields = self.record_type.all_fields
        return [each for each in fields if each.editable and not each.tags and not each.computed and self._may(each)]

    def _may(self, field: Field) -> bool:
        return can_write_field(self.actor, self.record_type.key, field.key)


def oldest(records: Iterable[Any]) -> Any:
    """Which of them survives unless somebody says otherwise."""
    return min(records, key=lambda each: (each.created_at, each.pk))


def suggestions(choosing: Choosing) -> dict[str, UUID]:
    """For each field that may be chosen: whose value is suggested."""
    found = {field.key: _suggested(field, choosing).pk for field in choosing.open_fields()}
    for fields in _alternatives(choosing):
        _suggest_different(choosing, [field for field in fields if field.key in found], found)
    return found


def _suggest_different(choosing: Choosing, fields: Sequence[Field], found: dict[str, UUID]) -> None:
    """Not the same address or number in two fields, as long as there is another one."""
    by_id = {each.pk: each for each in choosing.records}
    taken: set[Any] = set()
    for field in fields:
        value = field.read(by_id[found[field.key]])
        if value and _same(field, value) in taken:
            others = (each for each in _newest_first(choosing.records) if field.read(each))
            free = next((each for each in others if _same(field, field.read(each)) not in taken), choosing.survivor)
            found[field.key] = free.pk
            value = field.read(free)
        taken.add(_same(field, value))


def _alternatives(choosing: Choosing) -> list[list[Field]]:
    """Fields of which any may hold an address or number: the first and the second e-mail address."""
    by_key = choosing.record_type.by_key
    rules = (each for each in choosing.record_type.match_rules if each.kind in {MatchKind.EMAIL, MatchKind.PHONE})
    return [[by_key[key] for key in rule.fields] for rule in rules if len(rule.fields) > 1]


def merged_values(choosing: Choosing, choices: Mapping[str, UUID]) -> dict[Field, Any]:
    """What the survivor is to hold where that differs from what it holds; `choices` name records by field key."""
    by_id = {each.pk: each for each in choosing.records}
    suggested = suggestions(choosing)
    values: dict[Field, Any] = {}
    for field in choosing.record_type.all_fields:
        if field.computed or not (field.editable or _is_moment(field)):
            continue
        value: Any
        if field.tags:
            value = _all_tags(choosing)
        elif not field.editable:
            value = max(filter(None, (field.read(each) for each in choosing.records)), default=None)
        elif field.key in suggested:
            value = field.read(by_id[choices.get(field.key, suggested[field.key])])
        else:
            value = field.read(_filled_first(field, choosing))
        values[field] = value
    _keep_leftovers(choosing, values, choices)
    _cut_loops(choosing, values)
    return {field: value for field, value in values.items() if value != field.read(choosing.survivor)}


def merged_unknown(choosing: Choosing) -> dict[str, Any]:
    """Custom values of fields that are out of use: the survivor's, then what only the others have."""
    known = {field.key for field in choosing.record_type.fields if field.custom}
    custom = dict(choosing.survivor.custom)
    for record in _newest_first(choosing.losers):
        custom |= {key: value for key, value in record.custom.items() if key not in known and key not in custom}
    return custom


def _suggested(field: Field, choosing: Choosing) -> Any:
    if field.key == OWNER:
        return _filled_first(field, choosing)
    filled = [each for each in choosing.records if not is_empty(field.read(each))]
    telling = [each for each in filled if field.default is None or field.read(each) != field.default]
    found = telling or filled
    return _newest_first(found)[0] if found else choosing.survivor


def _filled_first(field: Field, choosing: Choosing) -> Any:
    """The survivor, or the newest of the others that has a value where the survivor has none."""
    candidates = (choosing.survivor, *_newest_first(choosing.losers))
    return next((each for each in candidates if not is_empty(field.read(each))), choosing.survivor)


def _newest_first(records: Iterable[Any]) -> list[Any]:
    return sorted(records, key=lambda each: (each.updated_at, each.pk), reverse=True)


def _is_moment(field: Field) -> bool:
    """What the system keeps as the last time of something: the latest of all holds."""
    return field.nullable and field.kind in DATE_KINDS and not field.editable


def _all_tags(choosing: Choosing) -> list[UUID]:
    return list(dict.fromkeys(tag for each in choosing.records for tag in each.tags))


def _keep_leftovers(choosing: Choosing, values: dict[Field, Any], choices: Mapping[str, UUID]) -> None:
    """An address or number that was not taken goes where such a field is left free: the second e-mail address.

    Among the fields that may be set only: what is hidden must not turn up in one that is not.
    """
    open_fields = set(choosing.open_fields())
    for alternatives in _alternatives(choosing):
        fields = [field for field in alternatives if field in values and field in open_fields]
        rest = [value for field in fields for each in choosing.records if (value := field.read(each))]
        held: set[Any] = set()
        for field in fields:
            value = values[field]
            if field.key not in choices and (is_empty(value) or _same(field, value) in held):
                left = next((each for each in rest if _same(field, each) not in _held(fields, values, field)), None)
                values[field] = left if left is not None else field.read(choosing.survivor)
            held.add(_same(field, values[field]))


def _held(fields: Sequence[Field], values: Mapping[Field, Any], but: Field) -> set[Any]:
    return {_same(field, values[field]) for field in fields if field is not but}


def _same(field: Field, value: Any) -> Any:
    return field.normalise(value) if field.normalise and value else value


def _cut_loops(choosing: Choosing, values: dict[Field, Any]) -> None:
    """No record is part of itself: a relation that leads back to one of the merged is left empty."""
    merged = {each.pk for each in choosing.records}
    for field, value in values.items():
        if field.kind is FieldKind.RELATION and field.relation == choosing.record_type.key:
            usable = [value, *(field.read(each) for each in choosing.records)]
            values[field] = next(
                (each for each in usable if each is not None and not _leads_to(choosing, field, each, merged)), None
            )


def _leads_to(choosing: Choosing, field: Field, start: UUID, merged: set[UUID]) -> bool:
    at: UUID | None = start
    for _level in range(DEEPEST_TREE):
        if at is None:
            return False
        if at in merged:
            return True
        record = choosing.record_type.rows().filter(pk=at).first()
        at = None if record is None else field.read(record)
    return True
