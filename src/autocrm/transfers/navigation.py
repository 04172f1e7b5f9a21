"""Where imports are found: in the menu of every list that a file can fill, in the settings, in the palette."""

from collections.abc import Sequence

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.palette import PaletteItem, PaletteProvider, add_provider
from autocrm.kernel.settings_pages import WORKSPACE, SettingsPage, add_settings_page
from autocrm.records.list_actions import ListAction, add_list_action
from autocrm.records.registry import RecordType, record_types
from autocrm.transfers.permissions import may_import


def upload_url(record_type: RecordType) -> str:
    """Where a file of such records is uploaded."""
    return f"/{record_type.plural}/import/"


def is_offered(record_type: RecordType, actor: Actor) -> bool:
    """Whether files of this type can be imported, by this actor."""
    return bool(record_type.natural_key) and may_import(record_type, actor)


def find_commands(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """As in "Import contacts", while that is being typed."""
    words = query.casefold().split()
    if not words:
        return []
    offered = [each for each in record_types if is_offered(each, actor)]
    labels = [(each, _t("Import %(records)s") % {"records": str(each.label_plural).lower()}) for each in offered]
    return [
        PaletteItem(group=_("Actions"), label=label, url=upload_url(each), icon="file-import")
        for each, label in labels
        if all(word in label.casefold() for word in words)
    ][:limit]


add_list_action(
    ListAction("import", _("Import from a file"), "file-import", url=upload_url, is_offered=is_offered, order=10)
)
add_settings_page(SettingsPage("imports", _("Imports"), "/imports/", "file-import", WORKSPACE, 60))
add_provider(PaletteProvider("imports", find_commands, order=50))
