"""Whether what a value names exists here: users who are members, related records the actor may see, tags."""

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
