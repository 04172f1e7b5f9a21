"""Where imports and exports are found: in the menu and the bulk bar of lists, in the settings, in the palette."""

from collections.abc import Sequence

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.palette import PaletteItem, PaletteProvider, add_provider
from autocrm.kernel.permissions import is_allowed
from autocrm.kernel.settings_pages import WORKSPACE, SettingsPage, add_settings_page
from autocrm.records.bulk_actions import BulkAction, add_bulk_action
from autocrm.records.list_actions import ListAction, add_list_action
from autocrm.records.registry import RecordType, record_types
from autocrm.transfers.permissions import may_import
from autocrm.ui.formatting import noun


def upload_url(record_type: RecordType) -> str:
    """Where a file of such records is uploaded."""
    return f"/{record_type.plural}/import/"


def is_offered(record_type: RecordType, actor: Actor) -> bool:
    """Whether files of this type can be imported, by this actor."""
    return may_import(record_type, actor)


def export_url(record_type: RecordType) -> str:
    """Where a list is exported; with its query string what the list shows."""
    return f"/{record_type.plural}/export/"


def may_export(record_type: RecordType, actor: Actor) -> bool:
    """Whether the actor may export any record of the type."""
    return is_allowed(actor, export_permission(record_type))


def export_permission(record_type: RecordType) -> str:
    """The right that exporting asks for."""
    return record_type.permission(Verb.EXPORT)


def find_commands(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """As in "Import contacts", while that is being typed."""
    words = query.casefold().split()
    if not words:
        return []
    offered = [each for each in record_types if is_offered(each, actor)]
    # What has a place in the rail is what people bring from elsewhere.
    offered.sort(key=lambda each: (not each.in_nav, each.nav_order))
    labels = [(each, _t("Import %(records)s") % {"records": noun(each.label_plural)}) for each in offered]
    return [
        PaletteItem(group=_("Actions"), label=label, url=upload_url(each), icon="file-import")
        for each, label in labels
        if all(word in label.casefold() for word in words)
    ][:limit]


add_list_action(
    ListAction("import", _("Import from a file"), "file-import", url=upload_url, is_offered=is_offered, order=10)
)
add_list_action(
    ListAction(
        "export", _("Export this view"), "file-export", url=export_url, is_offered=may_export, order=20, with_view=True
    )
)
add_bulk_action(
    BulkAction(
        key="export",
        label=_("Export"),
        icon="file-export",
        verb=Verb.EXPORT,
        order=60,
        url=export_url,
        drawer=True,
        undoable=False,
    )
)
add_settings_page(SettingsPage("exports", _("Exports"), "/exports/", "file-export", WORKSPACE, 61))
add_settings_page(SettingsPage("imports", _("Imports"), "/imports/", "file-import", WORKSPACE, 60))
add_provider(PaletteProvider("imports", find_commands, order=50))
