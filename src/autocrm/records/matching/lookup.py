"""Finding what may be the same record, by keys only: normalised columns with an index, and the table of keys.

One statement for any number of records; how much it may find is bounded whatever the size of the workspace.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast

from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.ids import find_id
from autocrm.kernel.normalise import name_key
from autocrm.records.fields import Field
from autocrm.records.match_rules import HARD, NAMES, MatchKind, MatchRule
from autocrm.records.matching.facts import Facts
from autocrm.records.matching.likeness import PersonName, PlainName, name_sound, person_key
from autocrm.records.matching.nicknames import related_to
from autocrm.records.models import MatchKey
from autocrm.records.registry import RecordType

# How many records one key may bring for each record that is looked for, and all keys together at most.
MOST_FOR_ONE = 400
MOST_AT_ALL = 40_000


@dataclass(frozen=True, slots=True)
class Source:
    """Where records of a type are found by a kind of key: a column, or the kept keys of a kind (`column` None)."""

    rule: int
    kind: MatchKind
    column: str | None = None
    is_id: bool = False
    is_exact: bool = False


def sources_of(record_type: RecordType, rules: Sequence[MatchRule]) -> list[Source]:
    """Where to look for what agrees by any of the rules."""
    return [source for number, rule in enumerate(rules) for source in _sources(record_type, number, rule, rules)]


def _sources(record_type: RecordType, number: int, rule: MatchRule, rules: Sequence[MatchRule]) -> Iterator[Source]:
    if rule.kind in NAMES:
        yield Source(number, rule.kind)
        exact = record_type.by_key.get(rule.exact)
        if exact is not None and exact.normalised:
            yield Source(number, rule.kind, exact.normalised, is_exact=True)
        return
    fields = [record_type.by_key[key] for key in rule.fields]
    if rule.kind is MatchKind.SUPPORT:
        # People of one company are few enough to be looked at one by one; everybody of one city is not.
        has_people = any(each.kind is MatchKind.PERSON for each in rules)
        if has_people and fields[0].kind is FieldKind.RELATION and not fields[0].custom:
            yield Source(number, rule.kind, fields[0].attribute, is_id=True)
        return
    yield from (Source(number, rule.kind, _column(field)) for field in fields if not field.custom)
    if any(field.custom for field in fields):
        yield Source(number, rule.kind)


def _column(field: Field) -> str:
    return field.normalised or field.attribute


def find_near(
    record_type: RecordType,
    rules: Sequence[MatchRule],
    wanted: Sequence[Facts],
    *,
    least: int = 0,
    wide: bool = False,
    support: bool = True,
) -> dict[int, set[UUID]]:
    """For each of the facts, by its place, the ids of live records that may be the same one.

    `wide` looks under other forms of given names too, as for what somebody types. With `least` names are not looked
    for where alone they are worth less: what supports them is looked for instead, unless `support` is off.
    """
    near: dict[int, set[UUID]] = defaultdict(set)
    places: list[dict[str, set[int]]] = []
    branches: list[Any] = []
    limit = min(MOST_FOR_ONE * len(wanted), MOST_AT_ALL)
    for source in sources_of(record_type, rules):
        if (source.kind in NAMES and rules[source.rule].points < least) or (
            source.kind is MatchKind.SUPPORT and not support
        ):
            continue
        keys = _keys(source, wanted, wide=wide)
        if keys:
            branches.append(_branch(record_type, source, list(keys), len(places))[:limit])
            places.append(keys)
    if not branches:
        return near
    first, *others = branches
    for branch, key, record_id in first.union(*others, all=True) if others else first:
        for place in places[branch].get(key, ()):
            if wanted[place].record_id != record_id:
                near[place].add(record_id)
    return near


def _branch(record_type: RecordType, source: Source, keys: list[str], number: int) -> Any:
    mark = Value(number)
    if source.column is None:
        kept = MatchKey.objects.filter(record_type=record_type.key, kind=source.kind.value, key__in=keys)
        return kept.annotate(branch=mark, found=F("key")).values_list("branch", "found", "record_id")
    values = [UUID(key) for key in keys] if source.is_id else keys
    conditions: dict[str, Any] = {f"{source.column}__in": values, "archived_at__isnull": True}
    if not source.is_id:
        # Says nothing new; it lets an index that leaves out empty keys serve.
        conditions[f"{source.column}__gt"] = ""
    rows = record_type.rows().filter(**conditions)
    return rows.annotate(branch=mark, found=Cast(F(source.column), CharField())).values_list("branch", "found", "id")


def _keys(source: Source, wanted: Sequence[Facts], *, wide: bool) -> dict[str, set[int]]:
    """The keys to look for in a source, each with the places of those who look for it."""
    keys: dict[str, set[int]] = defaultdict(set)
    for place, facts in enumerate(wanted):
        for key in _keys_of(source, facts, wide=wide):
            keys[key].add(place)
    return keys


def _keys_of(source: Source, facts: Facts, *, wide: bool) -> Iterable[str]:
    fact = facts.by_rule[source.rule]
    if source.is_exact and isinstance(fact, PersonName | PlainName):
        return [name_key(fact.shown)] if fact else []
    if isinstance(fact, PersonName):
        return _person_keys(fact, wide=wide)
    if isinstance(fact, PlainName):
        return [name_sound(fact)] if fact else []
    if source.kind is MatchKind.SUPPORT:
        return [fact] if isinstance(fact, str) and fact and _is_named(facts) and find_id(fact) else []
    return fact if source.kind in HARD else []


def _is_named(facts: Facts) -> bool:
    return any(isinstance(fact, PersonName) and fact.first and fact.last for fact in facts.by_rule)


def _person_keys(name: PersonName, *, wide: bool) -> list[str]:
    own = person_key(name)
    if not own or not wide:
        return [own] if own else []
    others = (person_key(PersonName(each, name.last, "")) for each in related_to(name.first.split()[0]))
    return list(dict.fromkeys([own, *others]))
