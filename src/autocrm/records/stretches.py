"""The parts of an ordered list that indexes give, one after the other, and where each goes on after a place.

A list ordered by several keys is not in any index, and sorting all that is alike in the first of them may take long:
half of a million contacts are leads. So it is cut along the first key into stretches. Either a stretch is short, and is
sorted; or it is a single value with many records, which an index by the second key gives in their order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Model, Q, QuerySet

from autocrm.records.listing import (
    Sort,
    after_cursor,
    before_record,
    is_among_empty,
    ordering,
    ordering_of_part,
    values_of_cursor,
)
from autocrm.records.ranks import has_one_of, present_ranks

# So many records are sorted without anybody noticing.
STRETCH = 5_000
# And so many that are alike in a key are sorted by the next ones while somebody waits.
MOST_SORTED = 100_000


@dataclass(frozen=True)
class ListedRecords:
    """What a page is read from: the records that are `found` among `base`, all of which stand in the same order.

    `wide` are the found ones with what the rows show; `is_cut` says that no index gives the whole order: several keys
    were asked for, or one whose values have ranks; `is_live` that they are not those in the bin. `scope` is that of
    their record type.
    """

    base: QuerySet[Any]
    wide: QuerySet[Any]
    sorts: tuple[Sort, ...]
    is_cut: bool = False
    is_live: bool = True
    scope: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> type[Model]:
        """The model of both."""
        return self.base.model

    @property
    def is_by_index(self) -> bool:
        """Whether an index gives the order, at least by the first key."""
        return not self.sorts or self.sorts[0].has_index(self.model)


@dataclass(frozen=True)
class Part:
    """Records that stand together in the list, at its end if `is_last`; at most `most`, 0 if nobody knows.

    They are alike in the first `equal` keys; those that are `alike` in the keys before the one they are ordered by are
    a run, unless there is no such key.
    """

    of: Q
    order: list[Any]
    sorts: tuple[Sort, ...]
    equal: int = 0
    most: int = 0
    alike: Q = field(default_factory=Q)
    beyond: Q = field(default_factory=Q)
    is_last: bool = False

    @property
    def is_run(self) -> bool:
        """Whether the records are all that are alike in some keys."""
        return bool(self.alike) and not self.most

    @property
    def where(self) -> Q:
        """Which records they are."""
        return self.of & self.beyond

    def after(self, cursor: str, model: type[Model]) -> "Part":
        """Those of them that stand after the place. Raises Invalid."""
        if not cursor:
            return self
        return replace(self, beyond=after_cursor(cursor, self.sorts, model, equal=self.equal))

    def before(self, record: Model) -> Q:
        """Those of them that stand before one of them."""
        return before_record(record, self.sorts, equal=self.equal)


def parts_of(listed: ListedRecords, cursor: str) -> Iterator[Part]:
    """The records with a value in the first key and then the rest, or all of them; after the place. Raises Invalid."""
    yield from _filled_and_empty(listed, Q(), 0, cursor)


def _filled_and_empty(listed: ListedRecords, alike: Q, equal: int, cursor: str) -> Iterator[Part]:
    sorts, model = listed.sorts, listed.model
    if equal == len(sorts):
        order = ["-id" if sorts and sorts[-1].descending else "id"]
        yield Part(alike, order, sorts, equal, alike=alike, is_last=not equal).after(cursor, model)
        return
    if not sorts[equal].splits:
        yield Part(alike, ordering(sorts[equal:]), sorts, equal, alike=alike, is_last=not equal).after(cursor, model)
        return
    if not cursor or not is_among_empty(cursor, sorts, model, key=equal):
        yield _filled(listed, alike, equal).after(cursor, model)
        cursor = ""
    rest = sorts[equal:]
    empty = alike & rest[0].is_empty(value=True)
    order = ordering_of_part(rest, model)
    yield Part(empty, order, sorts, equal + 1, alike=alike, is_last=not equal).after(cursor, model)


def _filled(listed: ListedRecords, alike: Q, equal: int) -> Part:
    first = replace(listed.sorts[equal], filled=True)
    sorts = (*listed.sorts[:equal], first, *listed.sorts[equal + 1 :])
    of = alike & first.is_empty(value=False) if first.splits else alike
    order = ordering_of_part(sorts[equal:], listed.model) if first.splits else ordering(sorts[equal:])
    return Part(of, order, sorts, equal, alike=alike)


def stretches_of(listed: ListedRecords, cursor: str) -> Iterator[Part]:
    """The list cut along its first key, and what is long along the next. Raises Invalid."""
    yield from _stretches(listed, Q(), 0, cursor)


def _stretches(listed: ListedRecords, alike: Q, equal: int, cursor: str) -> Iterator[Part]:
    sorts, model = listed.sorts, listed.model
    if equal == len(sorts):
        yield from _filled_and_empty(listed, alike, equal, cursor)
        return
    key = sorts[equal]
    if key.ranks and listed.is_live and key.has_index(model) and (not equal or is_long(listed, alike)):
        yield from _by_rank(listed, alike, equal, cursor)
        return
    is_last = equal + 1 == len(sorts) or not key.has_index(model)
    if is_last or (equal and not is_long(listed, alike)):
        yield from _filled_and_empty(listed, alike, equal, cursor)
        return
    if not cursor or not is_among_empty(cursor, sorts, model, key=equal):
        yield from _stretches_of_filled(listed, alike, equal, cursor)
        cursor = ""
    if key.splits:
        yield from _stretches(listed, alike & key.is_empty(value=True), equal + 1, cursor)


def _by_rank(listed: ListedRecords, alike: Q, equal: int, cursor: str) -> Iterator[Part]:
    """A run for each value in the order of the ranks, then those without one."""
    key, model = listed.sorts[equal], listed.model
    ranks = present_ranks(model, listed.scope, key.field, key.ranks)
    if ranks is None:
        yield from _filled_and_empty(listed, alike, equal, cursor)
        return
    at = values_of_cursor(cursor, listed.sorts, model)[equal] if cursor else 0
    order: list[int] = [] if at is None else sorted(ranks, reverse=key.descending)
    for rank in order:
        if cursor and (rank > at if key.descending else rank < at):
            continue
        of = alike & has_one_of(key.field, ranks[rank])
        yield from _stretches(listed, of, equal + 1, cursor if rank == at else "")
    if key.has_empty:
        yield from _stretches(listed, alike & key.is_empty(value=True), equal + 1, cursor if at is None else "")


def is_long(listed: ListedRecords, alike: Q) -> bool:
    """Whether so many records are alike that they cannot be sorted while somebody waits."""
    return listed.base.filter(alike)[MOST_SORTED:].exists()


def _stretches_of_filled(listed: ListedRecords, alike: Q, equal: int, cursor: str) -> Iterator[Part]:
    key, whole = listed.sorts[equal], _filled(listed, alike, equal)
    from_here, beyond, short_of = ("lte", "lt", "gt") if key.descending else ("gte", "gt", "lt")
    along = listed.base.filter(whole.of).order_by(whole.order[0]).annotate(stretch_key=key.expression)
    values = along.values_list("stretch_key", flat=True)
    at = values_of_cursor(cursor, listed.sorts, listed.model)[equal] if cursor else _first_of(values)
    while at is not None:
        here = values.filter(key.compared(from_here, at))
        end = _first_of(here[STRETCH:])
        part = replace(whole, of=whole.of & key.compared(from_here, at))
        if end == at:
            yield from _stretches(listed, alike & key.compared("exact", at), equal + 1, cursor)
            at = _first_of(values.filter(key.compared(beyond, at)))
        else:
            if end is not None:
                part = replace(part, of=part.of & key.compared(short_of, end))
            yield replace(part, most=STRETCH).after(cursor, listed.model)
            at = end
        cursor = ""


def _first_of(values: Sequence[Any] | QuerySet[Any, Any]) -> Any:
    for value in values[:1]:
        return value
    return None
