"""The palette's own provider (pages and "New ...") and the grouping of what all providers found."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.palette import PaletteItem, PaletteProvider, add_provider
from autocrm.kernel.settings_pages import visible_settings_pages
from autocrm.web.navigation import list_creatable, list_entries

MAX_QUERY = 200


@dataclass(frozen=True, slots=True)
class Line:
    """An item with its label cut where the query matches."""

    item: PaletteItem
    label: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A heading and its lines."""

    label: str
    lines: list[Line]


def search_pages(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """Pages and commands whose words begin as the query does; with no query the commands and first pages."""
    commands = [
        PaletteItem(_("Actions"), each.create_label, each.create_url, icon="plus", drawer=each.create_drawer)
        for each in list_creatable(actor)
    ]
    pages = [PaletteItem(_("Go to"), each.label, each.url, icon=each.icon) for each in list_entries(actor) if each.url]
    found = [each for each in commands if _matches(query, each.label)][:limit]
    return found + [each for each in pages if _matches(query, each.label)][: limit - len(found)]


def search_settings(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """The pages of the settings area that the actor may open, while their names are being typed."""
    if not query.strip():
        return []
    pages = visible_settings_pages(actor)
    found = [PaletteItem(_("Settings"), each.label, each.url, icon=each.icon) for each in pages]
    return [each for each in found if _matches(query, f"{force_str(each.label)} {_('Settings')}")][:limit]


def grouped(items: Sequence[PaletteItem], query: str) -> list[Group]:
    """The items under their headings; a heading appears where its first item stands."""
    order: dict[str, int] = {}
    for each in items:
        order.setdefault(force_str(each.group), len(order))
    ranked = sorted(items, key=lambda each: order[force_str(each.group)])
    return [
        Group(label, [Line(each, _cut(force_str(each.label), query)) for each in group])
        for label, group in groupby(ranked, key=lambda each: force_str(each.group))
    ]


def _matches(query: str, label: object) -> bool:
    words = force_str(label).casefold().split()
    return all(any(word.startswith(part) for word in words) for part in query.casefold().split())


def _cut(label: str, query: str) -> tuple[tuple[str, bool], ...]:
    parts = [re.escape(each) for each in query.split()]
    if not parts:
        return ((label, False),)
    pieces = re.split(f"({'|'.join(parts)})", label, flags=re.IGNORECASE)
    return tuple((piece, place % 2 == 1) for place, piece in enumerate(pieces) if piece)


add_provider(PaletteProvider("pages", search_pages, order=900))
add_provider(PaletteProvider("settings", search_settings, order=950))
