"""Finding what may be the same record, by keys only: normalised columns with an index, and the table of keys.

One statement for any number of records; how much it may find is bounded whatever the size of the workspace.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, F, Value
from django.db.models.functions import Cast

from autocrm.kernel.any_of import any_of
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.ids import find_id
from autocrm.kernel.normalise import name_key
from autocrm.records.duplicate_models import MatchKey
from autocrm.records.fields import Field
from autocrm.records.match_rules import HARD, NAMES, MatchKind, MatchRule
from autocrm.records.matching.facts import Facts
from autocrm.records.matching.likeness import PersonName, PlainName, name_sound, person_key
from autocrm.records.matching.nicknames import related_to
from autocrm.records.registry import RecordType

# How many records one key may bring for each record that is looked for, and all keys together at most.
MOST_FOR_ONE = 400
MOST_AT_ALL = 40_000
# As many may share a key for it to say anything; few share one, so more than these a key are looked at twice.
MOST_SHARING, FEW_FOR_ONE = 200, 10
# Of many rows none is compared with all whose name merely sounds like one that so many share, nor with a whole staff.
COMMON = 50


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
    record_type: RecordType, rules: Sequence[MatchRule], wanted: Sequence[Facts], *, wide: bool = False
) -> dict[int, set[UUID]]:
    """For each of the facts, by its place, the ids of live records that may be the same one.

    `wide` looks under other forms of given names too, as for what somebody types. Without, as for the rows of a file,
    the sound of a name or a company that more than COMMON share is passed over.
    """
    near: dict[int, set[UUID]] = defaultdict(set)
    limit = min(MOST_FOR_ONE * len(wanted), MOST_AT_ALL)
    asked = _asked(sources_of(record_type, rules), wanted, wide=wide)
    for (source, key), ids in _found(record_type, asked, limit=limit).items():
        is_soft = not source.is_exact and source.kind not in HARD
        if not is_soft or wide or len(ids) <= COMMON:
            _let_meet(near, wanted, asked[source][key], ids)
    return near


def find_sharing(
    record_type: RecordType, rules: Sequence[MatchRule], wanted: Sequence[Facts], *, least: int
) -> dict[int, set[UUID]]:
    """For each of the facts, by its place, the ids of all live records that share a key with it.

    Names that alone are worth less than `least` are no such keys, nor is what only supports. A key that more than
    MOST_SHARING records share says nothing: who asks about one of these finds none of them.
    """
    near: dict[int, set[UUID]] = defaultdict(set)
    telling = [
        source
        for source in sources_of(record_type, rules)
        if source.kind in HARD or (source.kind in NAMES and rules[source.rule].points >= least)
    ]
    asked = _asked(telling, wanted, wide=False)
    found, worn = _complete(record_type, asked)
    sharing: dict[tuple[int, str], set[UUID]] = defaultdict(set)
    for (source, key), ids in found.items():
        sharing[source.rule, key].update(ids)
    for source, key in found:
        all_of_it = sharing[source.rule, key]
        if len(all_of_it) <= MOST_SHARING and (source.rule, key) not in worn:
            _let_meet(near, wanted, asked[source][key], all_of_it)
    return near


def _asked(sources: Iterable[Source], wanted: Sequence[Facts], *, wide: bool) -> dict[Source, dict[str, set[int]]]:
    asked = {source: _keys(source, wanted, wide=wide) for source in sources}
    return {source: keys for source, keys in asked.items() if keys}


def _let_meet(
    near: dict[int, set[UUID]], wanted: Sequence[Facts], places: Iterable[int], ids: Collection[UUID]
) -> None:
    for place in places:
        near[place].update(each for each in ids if each != wanted[place].record_id)


def _found(
    record_type: RecordType, asked: Mapping[Source, Collection[str]], *, limit: int | None
) -> dict[tuple[Source, str], list[UUID]]:
    """The ids by source and key, in one statement, of each source no more than `limit`."""
    found: dict[tuple[Source, str], list[UUID]] = defaultdict(list)
    if not asked:
        return found
    sources = list(asked)
    first, *others = (
        _branch(record_type, source, list(keys), number)[:limit] for number, (source, keys) in enumerate(asked.items())
    )
    for number, key, record_id in first.union(*others, all=True) if others else first:
        found[sources[number], key].append(record_id)
    return found


def _complete(
    record_type: RecordType, asked: Mapping[Source, Collection[str]]
) -> tuple[dict[tuple[Source, str], list[UUID]], set[tuple[int, str]]]:
    """All ids by source and key, and the keys, by the number of their rule, that too many share to be read at all."""
    limit = FEW_FOR_ONE * max(map(len, asked.values()), default=0) + MOST_SHARING
    found = _found(record_type, asked, limit=limit)
    counts = Counter[Source]()
    for (source, _key), ids in found.items():
        counts[source] += len(ids)
    kept = {at: ids for at, ids in found.items() if counts[at[0]] < limit}
    worn: set[tuple[int, str]] = set()
    again: dict[Source, set[str]] = {}
    for source in (each for each, count in counts.items() if count >= limit):
        rows = _branch(record_type, source, list(asked[source]), 0).values("found").annotate(count=Count("pk"))
        shared = set(rows.filter(count__gt=MOST_SHARING).values_list("found", flat=True))
        worn |= {(source.rule, key) for key in shared}
        again[source] = set(asked[source]) - shared
    return kept | _found(record_type, {source: keys for source, keys in again.items() if keys}, limit=None), worn


def _branch(record_type: RecordType, source: Source, keys: list[str], number: int) -> Any:
    mark = Value(number)
    if source.column is None:
        kept = MatchKey.objects.filter(record_type=record_type.key, kind=source.kind.value)
        return (
            kept.filter(any_of("key", keys))
            .annotate(branch=mark, found=F("key"))
            .values_list("branch", "found", "record_id")
        )
    values = [UUID(key) for key in keys] if source.is_id else keys
    rows = record_type.rows().filter(any_of(source.column, values), archived_at__isnull=True)
    if not source.is_id:
        # Says nothing new; it lets an index that leaves out empty keys serve.
        rows = rows.filter(**{f"{source.column}__gt": ""})
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
