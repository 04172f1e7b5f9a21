"""The fields of a record type as one actor may see them, for conditions, sorting and columns."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.conditions.context import ConditionContext
from autocrm.kernel.conditions.folding import fold
from autocrm.kernel.conditions.schema import ConditionField, FieldSchema
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import TEXT_KINDS, FieldKind
from autocrm.kernel.ids import find_id
from autocrm.kernel.permissions import can_read_field, visible_filter
from autocrm.records.fields import Field
from autocrm.records.models import Tag
from autocrm.records.registry import RecordType, record_types
from autocrm.records.sql_values import indexed_expression, storage_of, value_expression
from autocrm.records.titles import title_for
from autocrm.tenants.selectors import get_tenant
from autocrm.users.selectors import get_display_names


class RecordSchema:
    """Implements `FieldSchema` for one record type and one actor; a hidden field is as good as unknown."""

    def __init__(self, record_type: RecordType, actor: Actor, *, related: bool = True) -> None:
        self.record_type = record_type
        self.actor = actor
        self._related = related
        self._tags = _TagNames()

    def get(self, field_id: str) -> ConditionField | None:
        """The field with this id, or None when there is none or it is hidden."""
        field = self.record_type.by_key.get(field_id)
        return None if field is None or not field.filterable else self._condition_field(field)

    def fields(self) -> Iterable[ConditionField]:
        """Every field that may be filtered by, in the order of the declaration."""
        for field in self.record_type.all_fields:
            if field.filterable and self.can_read(field):
                yield self._condition_field(field)

    def can_read(self, field: Field) -> bool:
        """Whether the actor's role lets the field be seen at all."""
        return can_read_field(self.actor, self.record_type.key, field.key)

    def readable(self, keys: Iterable[str]) -> list[Field]:
        """The fields named by `keys` that exist and may be seen, in that order. Unknown ones raise Invalid."""
        found: list[Field] = []
        for key in keys:
            field = self.record_type.by_key.get(key)
            if field is None or not self.can_read(field):
                raise Invalid(fields={key: [_("There is no field “%(name)s” here.") % {"name": key[:80]}]})
            found.append(field)
        return found

    def sees_all(self, relation: str) -> bool:
        """Whether no record of that type is closed to the actor: a filter would tell what stands in it."""
        return relation in record_types and not visible_filter(self.actor, relation)

    def _condition_field(self, field: Field) -> ConditionField:
        related: FieldSchema | None = None
        if field.kind is FieldKind.RELATION and self._related and self.sees_all(field.relation):
            related = RecordSchema(record_types.get(field.relation), self.actor, related=False)
        if field.custom:
            return self._custom_field(field, related)
        return ConditionField(
            id=field.key,
            label=field.label,
            kind=field.kind,
            path=field.attribute,
            nullable=field.nullable,
            readable=self.can_read(field),
            storage=field.storage,
            decimal_places=field.decimal_places,
            options=field.options or None,
            is_choice=self._tags.is_known if field.tags else None,
            normalised_path=field.normalised,
            normalise=field.normalise if field.normalised else None,
            array=field.kind is FieldKind.MULTI_SELECT,
            getter=partial(read_stored, field),
            related=related,
            value_label=self._label_of(field),
        )

    def _label_of(self, field: Field) -> Callable[[Any], str] | None:
        """What says a value whose words stand in rows of their own."""
        if field.tags:
            return self._tags.name
        return partial(reference_name, field, self.actor) if field.is_reference else None

    def _custom_field(self, field: Field, related: FieldSchema | None) -> ConditionField:
        """A field without a column. Over a hop the typed value table is no help, so its values come from the JSON."""
        own = field if self._related else replace(field, indexed=False)
        by_text = own.indexed and field.kind in TEXT_KINDS
        return ConditionField(
            id=field.key,
            label=field.label,
            kind=field.kind,
            readable=self.can_read(field),
            storage=storage_of(field),
            decimal_places=field.decimal_places,
            options=field.options or None,
            expression=partial(value_expression, own),
            normalised_expression=partial(_compared_text, own) if by_text else None,
            normalise=fold if by_text else None,
            array=field.kind is FieldKind.MULTI_SELECT,
            getter=partial(read_stored, field),
            related=related,
            value_label=partial(reference_name, field, self.actor) if field.is_reference else None,
        )


class _TagNames:
    """The names of the tags that conditions name; each is looked up once, however many tags the tenant has."""

    def __init__(self) -> None:
        self._found: dict[UUID, str | None] = {}

    def is_known(self, text: str) -> bool:
        """Whether there is such a tag."""
        tag_id = find_id(text)
        return tag_id is not None and self._name_of(tag_id) is not None

    def name(self, value: Any) -> str:
        """The name of a tag that there is."""
        return self._name_of(UUID(str(value))) or _("a deleted tag")

    def _name_of(self, tag_id: UUID) -> str | None:
        if tag_id not in self._found:
            self._found[tag_id] = Tag.objects.filter(pk=tag_id).values_list("name", flat=True).first()
        return self._found[tag_id]


def _compared_text(field: Field, _prefix: str) -> Combinable:
    return indexed_expression(field)


def read_stored(field: Field, row: Any) -> Any:
    """The stored value of a record or of a row of values; the getter of conditions in Python."""
    if isinstance(row, dict):
        return row.get(field.key if field.custom else field.attribute)
    return field.read(row)


def reference_name(field: Field, actor: Actor, value: Any) -> str:
    """The name of the person or record that a stored value of a condition means; said only to who may see it."""
    value = UUID(str(value))
    if field.kind is FieldKind.USER:
        return get_display_names([value]).get(value) or _("somebody who is not here")
    record_type = record_types.get(field.relation)
    visible = record_type.rows().filter(visible_filter(actor, record_type.key), pk=value).first()
    return _("a record you cannot see") if visible is None else title_for(record_type, visible, actor)


def condition_context(actor: Actor) -> ConditionContext:
    """What relative dates, "me" and "my team" mean for this actor at this moment."""
    settings = get_tenant(actor.tenant_id).settings
    return ConditionContext(
        now=now(),
        tz=actor.zone,
        actor_user_id=actor.user_id,
        team_user_ids=actor.team_user_ids,
        base_currency=settings.get("currency", "USD"),
        fiscal_year_start_month=settings.get("fiscal_year_start_month", 1),
        week_start=settings.get("week_start", 0),
    )
