"""Reads one page of an ordered list: from an index wherever one gives the order, and never for longer than it may.

A list ordered by what may be empty is read in two parts, the filled ones and then the empty ones. A page that is not
found in the time it has is looked for piece by piece along the order: what was found until then is a page too, shorter
than asked for, and its place says how far it looked.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from autocrm.kernel.errors import Invalid, TookTooLong
from autocrm.kernel.reading import Plan, reading
from autocrm.records.listing import ListQuery, Page, Sort, encode_cursor, patience
from autocrm.records.stretches import MOST_SORTED, ListedRecords, Part, is_long, parts_of, stretches_of

# Records looked at in the first piece; each that follows is twice as large while there is time.
FIRST_PIECE = 10_000
MOST_IN_A_PIECE = 160_000
# Seconds after which a single piece, or an order that no index gives, is given up; nobody waits longer. Of a piece a
# smaller one is tried then, down to the smallest.
LONGEST_PIECE = 10.0
SMALLEST_PIECE = 1_000


def read_page(listed: ListedRecords, query: ListQuery, *, along: bool) -> Page:
    """The records after the query's place; if it has patience those that are found in at most twice that time.

    `along` says that going along the order may lead to them sooner than finding all and sorting them. Raises Invalid
    for a place of another list, and for an order that takes longer than anybody waits; TookTooLong where even a small
    piece of the list is not looked through in time.
    """
    if not along or not listed.is_by_index:
        return _sorted_page(listed, query)
    is_hopeless = listed.is_cut and query.condition is None and is_long(listed, Q())
    if not is_hopeless:
        if not query.patience:
            return _whole_page(listed, parts_of(listed, query.cursor), query.limit)
        if not query.goes_on:
            with suppress(TookTooLong), reading(seconds=query.patience):
                return _whole_page(listed, parts_of(listed, query.cursor), query.limit)
    parts = stretches_of(listed, query.cursor) if listed.is_cut else parts_of(listed, query.cursor)
    return _Walk(listed, query.limit, query.patience).page(parts)


def _sorted_page(listed: ListedRecords, query: ListQuery) -> Page:
    parts = parts_of(listed, query.cursor)
    # What an index gives is there at once, and no statement more is spent on it.
    if listed.is_by_index or not query.patience:
        return _whole_page(listed, parts, query.limit)
    try:
        with reading(seconds=LONGEST_PIECE):
            return _whole_page(listed, parts, query.limit)
    except TookTooLong as error:
        raise Invalid(fields={"sort": [_too_long(listed.sorts)]}) from error


def _too_long(sorts: Sequence[Sort]) -> str:
    words = _("Sorting by “%(name)s” takes too long with so many records. Leave some out, or sort by another field.")
    field = sorts[0].field if sorts else None
    if field is not None and field.custom:
        words = _(
            "Sorting by “%(name)s” takes too long with so many records. Leave some out, or have fast lists turned on"
            " for the field."
        )
    return words % {"name": field.label if field is not None else ""}


def _whole_page(listed: ListedRecords, parts: Iterable[Part], limit: int) -> Page:
    rows: list[Any] = []
    for part in parts:
        wanted = limit + 1 - len(rows)
        if wanted > 0:
            rows += _first(listed, listed.wide.filter(part.where).order_by(*part.order), wanted)
    return _page(listed, rows, limit)


def _first(listed: ListedRecords, ordered: QuerySet[Any], wanted: int) -> list[Any]:
    """The first of the records in their order.

    Where no index gives it all of them are sorted: by their ids alone, or what they lead to would be fetched for each.
    In one statement, so that none goes missing in between and the page is taken for the last one.
    """
    return list(ordered[:wanted] if listed.is_by_index else _of_their_ids(ordered, wanted))


def _of_their_ids(ordered: QuerySet[Any], wanted: int) -> QuerySet[Any]:
    return ordered.filter(pk__in=ordered.values("pk")[:wanted])


def _page(listed: ListedRecords, rows: list[Any], limit: int) -> Page:
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, encode_cursor(rows[-1], listed.sorts) if more else "")


class _Walk:
    """Looks for a page piece by piece: so many records along the order, those among them that are found, and on."""

    def __init__(self, listed: ListedRecords, limit: int, patience_given: float) -> None:
        self._listed, self._limit, self._patience = listed, limit, patience_given
        self._rows: list[Any] = []
        self._looked = 0
        self._size, self._largest = FIRST_PIECE, MOST_IN_A_PIECE
        self._began = time.monotonic()

    def page(self, parts: Iterator[Part]) -> Page:
        """What is found until the time is up. The first piece is always looked through, so that each page leads on."""
        for part in parts:
            for last in self._through(part):
                if len(self._rows) > self._limit:
                    return _page(self._listed, self._rows, self._limit)
                if last is not None and self._time_is_up():
                    return self._as_far(last)
            # Of several keys nobody knows whether another part follows: to ask would take time too.
            if not part.is_last and self._time_is_up() and (last := self._last_of(part)) is not None:
                return self._as_far(last)
        return _page(self._listed, self._rows, self._limit)

    def _as_far(self, last: Any) -> Page:
        return Page(self._rows, encode_cursor(last, self._listed.sorts), looked=self._looked)

    def _time_is_up(self) -> bool:
        # The next piece is as large as all before it.
        return self._patience > 0 and 2 * (time.monotonic() - self._began) > self._patience

    def _through(self, part: Part) -> Iterator[Any]:
        """Look through the part piece by piece; yields the last record of each piece, None after the last piece.

        A piece that takes too long is followed by a smaller one from the same place. Raises TookTooLong if it is small.
        """
        last: Any = part
        is_begun = False
        if part.is_run and self._found_at_once(part):
            last = None
            yield None
        while last is not None:
            try:
                found, last = self._piece(part)
            except TookTooLong:
                if self._size <= SMALLEST_PIECE:
                    raise
                self._largest = self._size = max(SMALLEST_PIECE, self._size // 10)
                if is_begun:
                    yield last
                continue
            self._rows += found
            is_begun = True
            self._looked += min(self._size, part.most or self._size)
            self._size = min(self._size * 2, self._largest)
            yield last
            if last is not None:
                part = part.after(encode_cursor(last, self._listed.sorts), self._listed.model)

    def _piece(self, part: Part) -> tuple[list[Any], Any]:
        """What is found in the next piece of the part, and its last record; None at the end of the part."""
        with reading(seconds=LONGEST_PIECE, plan=Plan.BY_INDEX):
            last, following = self._end_of_piece(part)
            piece = part.where if following is None else part.where & part.before(following)
            wanted = self._limit + 1 - len(self._rows)
            return list(self._listed.wide.filter(piece).order_by(*part.order)[:wanted]), last

    def _found_at_once(self, part: Part) -> bool:
        """Whether the records that are alike in a key were found without going through them piece by piece."""
        wanted = self._limit + 1 - len(self._rows)
        found = self._listed.wide.filter(part.where).order_by(*part.order)
        try:
            with reading(seconds=(self._patience or patience()) / 4, plan=Plan.BY_INDEX):
                self._rows += found[:wanted]
        except TookTooLong:
            if is_long(self._listed, part.alike):
                return False
            with reading(seconds=LONGEST_PIECE, plan=Plan.SORTED):
                self._rows += _of_their_ids(found, wanted)
        if len(self._rows) <= self._limit:
            self._looked += self._listed.base.filter(part.alike)[:MOST_SORTED].count()
        return True

    def _end_of_piece(self, part: Part) -> tuple[Any, Any]:
        """The last record of the piece and the one that follows it, by the index alone; None at the end of the part."""
        if part.most and part.most <= self._size:
            return None, None
        ordered = self._listed.base.filter(part.where).order_by(*part.order)
        # In one statement with their ids, or one that is archived in between would be missed.
        ends = list(ordered.filter(pk__in=ordered.values("pk")[self._size - 1 : self._size + 1]))
        return (ends[0], ends[1]) if len(ends) == 2 else (None, None)

    def _last_of(self, part: Part) -> Any:
        last = self._listed.base.filter(part.where).order_by(*part.order).reverse().values_list("pk", flat=True)[:1]
        with reading(seconds=LONGEST_PIECE, plan=Plan.SORTED if part.is_run else Plan.BY_INDEX):
            ids = list(last)
        return self._listed.base.filter(pk__in=ids).first()
