"""What cells need besides the record: the workspace's currency, the names of tags, and whose eyes look.

Responsibilities: gather that once for a whole page of records, so that no cell asks the database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.permissions import can_read_field, can_write_field, is_allowed
from autocrm.records.fields import Field
from autocrm.records.markup import avatar
from autocrm.records.models import Tag
from autocrm.records.registry import RecordType, record_types
from autocrm.records.selectors import names_of_tags
from autocrm.records.titles import is_named, title_for
from autocrm.tenants.selectors import get_tenant
from autocrm.ui.templatetags import ui


@dataclass(frozen=True)
class Look:
    """Everything a cell of this record type needs for this actor."""

    record_type: RecordType
    actor: Actor
    currency: str
    tags: Mapping[UUID, Tag] = field(default_factory=dict)

    def may_see(self, target: Field, related: Any) -> bool:
        """Whether the actor may know the record that a relation leads to; people of the workspace always."""
        return target.kind is FieldKind.USER or is_allowed(
            self.actor, record_types.get(target.relation).permission(Verb.READ), related
        )

    def may_edit(self, target: Field, record: Any) -> bool:
        """Whether the actor may change this field of this record."""
        return self.may_write(target) and self.may_update(record)

    def may_write(self, target: Field) -> bool:
        """Whether the actor may change this field of any record at all: whose value he may see, too."""
        return (
            target.editable
            and can_write_field(self.actor, self.record_type.key, target.key)
            and can_read_field(self.actor, self.record_type.key, target.key)
        )

    def may_update(self, record: Any) -> bool:
        """Whether the actor may change this record; one in the bin is not changed."""
        return record.archived_at is None and is_allowed(self.actor, self.record_type.permission(Verb.UPDATE), record)

    def readable(self) -> list[Field]:
        """All fields of the type that the actor may see, in the order of the declaration."""
        return [
            each for each in self.record_type.all_fields if can_read_field(self.actor, self.record_type.key, each.key)
        ]

    def title(self, record: Any) -> str:
        """What the record is called; where the role hides the name, only what it is."""
        return title_for(self.record_type, record, self.actor)

    def mark(self, title: str, size: str = "") -> SafeString:
        """What stands before a record's name: initials, or the icon of its type."""
        is_company = self.record_type.avatar == "company"
        if self.record_type.avatar:
            return ui.avatar(title, size, company=is_company) if size else avatar(title, company=is_company)
        symbol = ui.icon(self.record_type.icon, "lg" if size == "xl" else "sm")
        return format_html('<span class="av co {}" aria-hidden="true">{}</span>', size, symbol)

    def subtitle(self, record: Any) -> str:
        """The line under the name; "" when it is made of anything the actor may not see."""
        for key in self.record_type.subtitle_fields:
            target = self.record_type.by_key[key]
            related = target.related(record) if target.is_reference else None
            if not self._is_open(key) or (related is not None and not self._may_name(target, related)):
                return ""
        return self.record_type.subtitle(record)

    def _may_name(self, target: Field, related: Any) -> bool:
        """Whether the actor may know what the record that a reference leads to is called."""
        if target.kind is FieldKind.USER:
            return True
        return self.may_see(target, related) and is_named(record_types.get(target.relation), self.actor)

    def _is_open(self, key: str) -> bool:
        return can_read_field(self.actor, self.record_type.key, key)


def look_at(record_type: RecordType, actor: Actor, records: Iterable[Any] = ()) -> Look:
    """The look for these records; one query when any of them is tagged."""
    ids = {tag for record in records for tag in record.tags}
    currency = str(get_tenant(actor.tenant_id).settings.get("currency", "USD"))
    return Look(record_type, actor, currency, names_of_tags(ids) if ids else {})
