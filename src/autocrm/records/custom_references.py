"""What the custom fields of records lead to: users and records, one query for each kind of them and page of rows."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.query import ModelIterable
from typing_extensions import override

from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field
from autocrm.records.registry import record_types
from autocrm.users.models import User


def with_custom_references(found: QuerySet[Any], fields: Sequence[Field]) -> QuerySet[Any]:
    """The same rows, each carrying what `fields` lead to (`Field.related`) as soon as they are read."""
    copied = found.all()
    rows: Any = copied
    rows._iterable_class = type("_WithReferences", (_AttachingIterable,), {"references": tuple(fields)})  # noqa: SLF001 - Django offers no other place
    return copied


def attach_references(rows: Sequence[Any], fields: Sequence[Field]) -> None:
    """Load what `fields` lead to and hand it to the rows; what is gone is None."""
    for leads_to in dict.fromkeys((field.kind, field.relation) for field in fields):
        alike = [field for field in fields if (field.kind, field.relation) == leads_to]
        ids = {value for row in rows for field in alike if (value := field.read(row)) is not None}
        found = _load(alike[0], ids) if ids else {}
        for row in rows:
            for field in alike:
                field.attach(row, found.get(field.read(row)))


class _AttachingIterable(ModelIterable):  # type: ignore[type-arg]
    references: tuple[Field, ...] = ()

    @override
    def __iter__(self) -> Iterator[Any]:
        if self.chunked_fetch:
            yield from self._by_chunks()
            return
        rows = list(super().__iter__())
        attach_references(rows, self.references)
        yield from rows

    def _by_chunks(self) -> Iterator[Any]:
        rows: list[Any] = []
        for row in super().__iter__():
            rows.append(row)
            if len(rows) == self.chunk_size:
                attach_references(rows, self.references)
                yield from rows
                rows = []
        attach_references(rows, self.references)
        yield from rows


def _load(field: Field, ids: set[UUID]) -> dict[UUID, Any]:
    if field.kind is FieldKind.USER:
        return User.objects.in_bulk(ids)
    related = record_types.find(field.relation)
    return {} if related is None else related.rows().in_bulk(ids)
