"""Every record type's place in the rail, the phone's bar and the "New" menu."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Verb
from autocrm.kernel.navigation import RECORDS, NavEntry, add_entry
from autocrm.records.registry import RecordType, record_types


def nav_entry(record_type: RecordType) -> NavEntry:
    """The entry of one record type."""
    return NavEntry(
        key=record_type.key,
        label=record_type.label_plural,
        url=f"/{record_type.plural}/",
        icon=record_type.icon,
        group=RECORDS,
        order=record_type.nav_order,
        permission=record_type.permission(Verb.READ),
        shortcut=record_type.shortcut,
        phone=record_type.on_phone,
        create_label=format_lazy(_("New {label}"), label=record_type.label),
        create_url=f"/{record_type.plural}/new/",
        create_permission=record_type.permission(Verb.CREATE),
    )


for each in record_types:
    if each.in_nav:
        add_entry(nav_entry(each))
