"""Order by a field of the record that a relation leads to: contacts by their company, or by its industry.

It is read along the other table's index, from each record there to those that lead to it. A record without such a
related record, or with one that lies in the bin, stands with those whose field there is empty: at the end.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Model, Q, When
from django.db.models.expressions import F, OrderBy
from typing_extensions import override

from autocrm.records.hops import Hop
from autocrm.records.listing import Sort
from autocrm.records.registry import record_types


@dataclass(frozen=True, slots=True)
class RelatedSort(Sort):
    """A sort key one hop away. Its values are compared where they stand; what may be seen is the hop's business."""

    field: Hop

    @property
    def _there(self) -> Sort:
        """The same order among the related records."""
        return Sort(self.field.inner, self.descending)

    @property
    def _model_there(self) -> type[Model]:
        return record_types.get(self.field.via.relation).model

    @property
    @override
    def has_blanks(self) -> bool:
        # Something is always left to be told from NULL: what lies in the bin has a value.
        return True

    @override
    def has_index(self, model: type[Model]) -> bool:
        return self._there.has_index(self._model_there)

    @override
    def is_empty(self, *, value: bool) -> Q:
        path, via = self.field.sort_path, self.field.via.related_path
        if not value:
            return self.compared(*("gt", "") if self._there.has_blanks else ("isnull", False))
        empty = Q(**{f"{path}__isnull": True}) | Q(**{f"{via}__archived_at__isnull": False})
        return empty | Q(**{path: ""}) if self._there.has_blanks else empty

    @override
    def order_by_index(self, model: type[Model]) -> list[OrderBy]:
        """Nothing among the empty ones: they go on as the next key has it."""
        if not self.filled:
            return []
        (there,) = self._there.order_by_index(self._model_there)
        return [OrderBy(F(self.field.sort_path), self.descending, there.nulls_first, there.nulls_last)]

    @override
    def value_of(self, record: Any) -> Any:
        related = self.field.via.related(record)
        if related is None or related.archived_at is not None:
            return None
        value = self._there.value_of(related)
        return None if value == "" else value

    @override
    def compared(self, lookup: str, value: Any) -> Q:
        is_there = Q(**{f"{self.field.via.related_path}__archived_at__isnull": True})
        return is_there & Q(**{f"{self.field.sort_path}__{lookup}": value})

    @override
    def column(self, model: type[Model]) -> Any:
        return self._there.column(self._model_there)

    @override
    def order(self) -> list[OrderBy]:
        if self.filled:
            return [OrderBy(F(self.field.sort_path), self.descending)]
        value = Case(When(self.is_empty(value=False), then=F(self.field.sort_path)), default=None)
        return [OrderBy(value, self.descending, nulls_last=True)]
