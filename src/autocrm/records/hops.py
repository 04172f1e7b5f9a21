"""Columns one hop away: a field of the record that a relation leads to, such as "company.sector". Read only."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from typing_extensions import override

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.permissions import is_allowed
from autocrm.records.fields import Field
from autocrm.records.registry import record_types
from autocrm.records.schema import RecordSchema


@dataclass(frozen=True, kw_only=True)
class Hop(Field):
    """A field of another record, seen through the relation `via` by one actor; of a record out of reach it is empty."""

    via: Field
    inner: Field
    actor: Actor

    @override
    def __hash__(self) -> int:
        return hash(self.key)

    @cached_property
    @override
    def sort_path(self) -> str:
        return f"{self.via.related_path}__{self.inner.sort_path}"

    @override
    def read(self, record: Any) -> Any:
        related = self.via.related(record)
        right = record_types.get(self.via.relation).permission(Verb.READ)
        if related is None or not is_allowed(self.actor, right, related):
            return None
        return self.inner.read(related)

    @override
    def whole_day(self, record: Any) -> date | None:
        return self.inner.whole_day(self.via.related(record))


def find_hop(key: str, schema: RecordSchema) -> Hop:
    """The column that "company.sector" means. Raises Invalid for one that is unknown, hidden or leads further."""
    first, _dot, second = key.partition(".")
    via = schema.readable([first])[0]
    for hop in _hops_of(via, schema):
        if hop.inner.key == second:
            return hop
    raise Invalid(fields={key: [_("There is no field “%(name)s” here.") % {"name": key[:80]}]})


def list_hops(schema: RecordSchema) -> Iterator[Hop]:
    """Every column one hop away that the actor may see, relation by relation."""
    for via in schema.record_type.all_fields:
        if schema.can_read(via):
            yield from _hops_of(via, schema)


def hop_to_name(via: Field, schema: RecordSchema) -> Hop | None:
    """The name of the record that a relation leads to, under the relation's own key; None where it is not one field."""
    target = record_types.find(via.relation)
    if target is None or len(target.title_fields) != 1 or not is_allowed(schema.actor, target.permission(Verb.READ)):
        return None
    name = target.by_key[target.title_fields[0]]
    if not RecordSchema(target, schema.actor, related=False).can_read(name):
        return None
    return replace(_hop(via, name, schema.actor), key=via.key, label=via.label)


def _hops_of(via: Field, schema: RecordSchema) -> Iterator[Hop]:
    target = record_types.find(via.relation) if via.kind is FieldKind.RELATION else None
    if target is None or not is_allowed(schema.actor, target.permission(Verb.READ)):
        return
    there = RecordSchema(target, schema.actor, related=False)
    named = frozenset(target.title_fields)
    for inner in target.all_fields:
        # Whom and what they lead to would be a second hop; the name is what the relation's own column shows.
        if not inner.is_reference and not inner.tags and inner.key not in named and there.can_read(inner):
            yield _hop(via, inner, schema.actor)


def _hop(via: Field, inner: Field, actor: Actor) -> Hop:
    return Hop(
        key=f"{via.key}.{inner.key}",
        label=f"{force_str(via.label)}: {force_str(inner.label)}",
        kind=inner.kind,
        options=inner.options,
        decimal_places=inner.decimal_places,
        currency_path=inner.currency_path,
        extra=inner.extra,
        nullable=True,
        editable=False,
        sortable=False,
        filterable=False,
        importable=False,
        via=via,
        inner=inner,
        actor=actor,
    )
