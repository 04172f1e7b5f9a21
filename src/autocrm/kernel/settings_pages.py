"""The pages of the settings area: each app registers its own, the area's menu shows what the actor may open.

Templates of these pages extend `users/settings.html`, which draws the menu.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.permissions import is_allowed
from autocrm.kernel.registry import Registry

# The groups of the menu, in order: about oneself, about people and rights, about the workspace and its data.
PERSONAL = "personal"
PEOPLE = "people"
WORKSPACE = "workspace"
GROUPS = (PERSONAL, PEOPLE, WORKSPACE)


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """One page; `permission` empty means every member."""

    key: str
    label: Text
    url: str
    icon: str
    group: str = WORKSPACE
    order: int = 100
    permission: str = ""


settings_pages: Registry[SettingsPage] = Registry("settings pages", SettingsPage)


def add_settings_page(page: SettingsPage) -> SettingsPage:
    """Put a page into the menu; called from the app's `navigation.py`."""
    return settings_pages.register(page.key, page)


def visible_settings_pages(actor: Actor) -> Iterator[SettingsPage]:
    """The pages `actor` may open, in the order of the menu."""
    for page in sorted(settings_pages, key=lambda each: (GROUPS.index(each.group), each.order, each.key)):
        if not page.permission or is_allowed(actor, page.permission):
            yield page
