"""The Today page in the navigation."""

from django.utils.translation import gettext_lazy as _

from autocrm.activities.permissions import TASK
from autocrm.activities.selectors import count_due
from autocrm.kernel.actors import Verb
from autocrm.kernel.navigation import NavEntry, add_entry

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
