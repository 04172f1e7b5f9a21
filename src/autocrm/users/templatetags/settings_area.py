"""The menu of the settings area."""

from itertools import groupby

from django import template
from django.http import HttpRequest

from autocrm.kernel.settings_pages import SettingsPage, visible_settings_pages
from autocrm.users.door import actor_of

register = template.Library()


@register.simple_tag
def settings_menu(request: HttpRequest) -> list[list[SettingsPage]]:
    """The pages that the person may open, group by group."""
    pages = visible_settings_pages(actor_of(request))
    return [list(group) for _key, group in groupby(pages, key=lambda page: page.group)]
