"""The dashboard in the navigation; home leads here."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.navigation import RECORDS, NavEntry, add_entry

add_entry(
    NavEntry(
        key="dashboard",
        label=_("Dashboard"),
        url="/dashboard/",
        icon="chart-bar",
        group=RECORDS,
        order=900,
        shortcut="d",
    )
)
