"""The settings area in the navigation, and the pages of the users app in the area's menu."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.navigation import FOOT, NavEntry, add_entry
from autocrm.kernel.settings_pages import PEOPLE, PERSONAL, WORKSPACE, SettingsPage, add_settings_page
from autocrm.tenants.permissions import MANAGE_SETTINGS
from autocrm.users.permissions import MANAGE_ROLES, MANAGE_USERS

add_entry(NavEntry("settings", _("Settings"), "/settings/", "settings", group=FOOT, order=900, shortcut="s"))

for page in (
    SettingsPage("profile", _("Profile"), "/settings/profile/", "user", PERSONAL, 10),
    SettingsPage("sessions", _("Sessions"), "/settings/sessions/", "device-desktop", PERSONAL, 20),
    SettingsPage("tokens", _("API tokens"), "/settings/tokens/", "key", PERSONAL, 30),
    SettingsPage("members", _("Members"), "/settings/members/", "users", PEOPLE, 10),
    SettingsPage("teams", _("Teams"), "/settings/teams/", "sitemap", PEOPLE, 20, MANAGE_USERS),
    SettingsPage("roles", _("Roles"), "/settings/roles/", "lock", PEOPLE, 30, MANAGE_ROLES),
    SettingsPage("workspace", _("Workspace"), "/settings/workspace/", "building", WORKSPACE, 10, MANAGE_SETTINGS),
):
    add_settings_page(page)
