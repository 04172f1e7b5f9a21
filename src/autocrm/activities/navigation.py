"""The Today page in the navigation, the calendar address in the settings."""

from django.utils.translation import gettext_lazy as _

from autocrm.activities.agendas import count_due
from autocrm.activities.permissions import TASK
from autocrm.kernel.actors import Verb
from autocrm.kernel.navigation import NavEntry, add_entry
from autocrm.kernel.settings_pages import PERSONAL, SettingsPage, add_settings_page

add_entry(
    NavEntry(
        key="today",
        label=_("Today"),
        url="/today/",
        icon="calendar-check",
        order=5,
        permission=f"{TASK}.{Verb.READ}",
        shortcut="y",
        phone=True,
        count=count_due,
    )
)
add_settings_page(SettingsPage("calendar", _("Calendar"), "/settings/calendar/", "calendar-share", PERSONAL, 40))
