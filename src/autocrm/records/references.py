"""Whether what a value names exists here: users who are members, related records the actor may see, tags."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field
from autocrm.records.models import Tag
from autocrm.records.querysets import visible_to
from autocrm.records.registry import record_types
from autocrm.users import selectors as users


def check_references(values: dict[Field, Any], *, actor: Actor) -> dict[str, list[Text]]:
    """The faults of the references among `values`, by field key; empty when all are sound."""
    faults: dict[str, list[Text]] = {}
    for field, value in values.items():
        if value is None or value == []:
            continue
        if field.kind is FieldKind.USER and not users.are_members([value]):
            faults[field.key] = [_("This person does not belong to the workspace.")]
        elif field.kind is FieldKind.RELATION and not _is_visible(field, value, actor):
            faults[field.key] = [_("There is no such record, or you may not see it.")]
        elif field.tags and _unknown_tags(value):
            faults[field.key] = [_("There is no such tag.")]
    return faults


def _is_visible(field: Field, value: UUID, actor: Actor) -> bool:
    related = record_types.find(field.relation)
    return related is not None and visible_to(related, actor).filter(pk=value).exists()


def _unknown_tags(ids: Iterable[UUID]) -> bool:
    wanted = set(ids)
    return Tag.objects.filter(pk__in=wanted).count() != len(wanted)


class Referable:
    """The same for the values of many records: told what is asked for, it looks once for each kind of reference."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._people: set[UUID] = set()
        self._tags: set[UUID] = set()
        self._wanted: dict[str, set[UUID]] = defaultdict(set)
        self._related: dict[str, dict[UUID, Any]] = {}

    def ask(self, field: Field, value: Any) -> None:
        """Remember what the value names."""
        if not value:
            return
        if field.kind is FieldKind.USER:
            self._people.add(value)
        elif field.kind is FieldKind.RELATION:
            self._wanted[field.relation].add(value)
        elif field.tags:
            self._tags.update(value)

    def look_up(self) -> None:
        """Find everything asked for."""
        self._people = users.members_among(self._people) if self._people else set()
        self._tags = set(Tag.objects.filter(pk__in=self._tags).values_list("pk", flat=True)) if self._tags else set()
        for key, ids in self._wanted.items():
            related = record_types.find(key)
            found = {} if related is None else visible_to(related, self._actor).in_bulk(list(ids))
            self._related[key] = found

    def fault(self, field: Field, value: Any) -> Text:
        """Why the value cannot be set, "" when it can."""
        if not value:
            return ""
        if field.kind is FieldKind.USER and value not in self._people:
            return _("This person does not belong to the workspace.")
        if field.kind is FieldKind.RELATION and value not in self._related[field.relation]:
            return _("There is no such record, or you may not see it.")
        return ""

    def without_missing(self, field: Field, value: Any) -> Any:
        """The value without tags that are gone."""
        return [each for each in value if each in self._tags] if field.tags and value else value

    def attach(self, field: Field, record: Any, value: Any) -> None:
        """Hand the record what its relation leads to now, so that nobody asks the database for it."""
        related = self._related.get(field.relation, {}).get(value) if field.relation else None
        if related is not None:
            field.attach(record, related)
