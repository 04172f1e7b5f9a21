"""Which records are meant: some by their ids, or everything that a list's address matches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.kernel.ids import find_id
from autocrm.records import selectors
from autocrm.records.lists.state import ListState, read_list_state
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType

MOST_IDS = 10_000
LONGEST_QUERY = 20_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Ids, or with None the query string of a list: "select all N matching"."""

    ids: tuple[UUID, ...] | None
    query: str = ""

    def rows(self, record_type: RecordType, actor: Actor) -> QuerySet[Any]:
        """The records meant, as far as the actor sees them; unordered. Raises Invalid, NotFound for a query."""
        if self.ids is not None:
            return visible_to(record_type, actor).filter(pk__in=self.ids)
        return selectors.list_queryset(record_type, self._state(record_type, actor).query(), actor=actor)

    def settled(self, record_type: RecordType, actor: Actor) -> "Selection":
        """The same with what a saved view says now written out. Raises Invalid, NotFound for a query.

        For work that is done later, when the view may say something else, or leave out what it said.
        """
        if self.ids is not None:
            return self
        state = self._state(record_type, actor)
        if state.saved is None:
            return self
        params = state.params.copy()
        params.pop("within", None)
        params["view"] = state.base
        return Selection(None, params.urlencode())

    def _state(self, record_type: RecordType, actor: Actor) -> ListState:
        state = read_list_state(record_type, QueryDict(self.query), actor)
        if state.faults:
            raise Invalid(fields={"query": list(state.faults)})
        return state

    def first_ids(self, record_type: RecordType, *, most: int, actor: Actor) -> list[UUID] | None:
        """The ids when there are at most so many, else None."""
        if self.ids is not None:
            return list(self.ids) if len(self.ids) <= most else None
        found = list(self.rows(record_type, actor).order_by().values_list("pk", flat=True)[: most + 1])
        return found if len(found) <= most else None


def read_selection(data: Mapping[str, Any]) -> Selection:
    """What the bar sends: `ids` joined by commas (in JSON a list), or `all_matching` and `query`. Raises Invalid."""
    if data.get("all_matching") in {"1", "true", True}:
        query = str(data.get("query", ""))
        if len(query) > LONGEST_QUERY:
            raise Invalid(fields={"query": [_("This is too long.")]})
        return Selection(None, query)
    given = data.get("ids", "")
    words = given.split(",") if isinstance(given, str) else given
    if not isinstance(words, list):
        raise Invalid(fields={"ids": [_("This is a list of ids.")]})
    ids = [find_id(str(word).strip()) for word in dict.fromkeys(map(str, words)) if word.strip()]
    if None in ids:
        raise Invalid(fields={"ids": [_("This does not name a record.")]})
    if not 0 < len(ids) <= MOST_IDS:
        raise Invalid(fields={"ids": [_("Select 1 to %(most)d records.") % {"most": MOST_IDS}]})
    return Selection(tuple(sorted(each for each in ids if each is not None)))
