"""Workflows in the navigation, for who may manage them."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.navigation import RECORDS, NavEntry, add_entry
from autocrm.workflows.permissions import MANAGE_WORKFLOWS

add_entry(
    NavEntry(
        key="workflows",
        label=_("Workflows"),
        url="/workflows/",
        icon="git-branch",
        group=RECORDS,
        order=800,
        permission=MANAGE_WORKFLOWS,
        shortcut="w",
        create_label=_("New workflow"),
        create_url="/workflows/new/",
        create_permission=MANAGE_WORKFLOWS,
        create_drawer=False,
    )
)
