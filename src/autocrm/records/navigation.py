"""The data model, the tags, the bin and the bulk changes among the pages of the settings."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.navigation import FOOT, NavEntry, add_entry
from autocrm.kernel.settings_pages import WORKSPACE, SettingsPage, add_settings_page
from autocrm.records.permissions import MANAGE_DATA_MODEL

add_entry(NavEntry(key="bin", label=_("Bin"), url="/bin/", icon="trash", group=FOOT, order=10))
add_settings_page(
    SettingsPage("data-model", _("Data model"), "/settings/data-model/", "database", WORKSPACE, 20, MANAGE_DATA_MODEL)
)
add_settings_page(SettingsPage("tags", _("Tags"), "/settings/tags/", "tag", WORKSPACE, 25, MANAGE_DATA_MODEL))
add_settings_page(SettingsPage("bulk", _("Bulk changes"), "/bulk/", "list-check", WORKSPACE, 65))
