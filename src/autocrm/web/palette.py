"""The palette's own provider (pages and "New ...") and the grouping of what all providers found."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.normalise import name_key
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
        for each in list_creatable(actor, everywhere=bool(query.strip()))
    ]
    pages = [PaletteItem(_("Go to"), each.label, each.url, icon=each.icon) for each in list_entries(actor) if each.url]
    verbs = _("new create add")
    found = [each for each in commands if _matches(query, f"{force_str(each.label)} {verbs}")][:limit]
    return found + [each for each in pages if _leads_to(query, each.label)][: limit - len(found)]


def search_settings(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """The pages of the settings area that the actor may open, while their names are being typed."""
    if not query.strip():
        return []
    pages = visible_settings_pages(actor)
    found = [PaletteItem(_("Settings"), each.label, each.url, icon=each.icon) for each in pages]
    return [each for each in found if _matches(query, f"{force_str(each.label)} {_('Settings')}")][:limit]


def grouped(items: Sequence[PaletteItem], query: str) -> list[Group]:
    """The items under their headings, as the providers have them.

    What is called just as the query comes first; groups in which nothing shows it, since all of them were found by a
    slip of the finger or an address, come last.
    """
    wanted = name_key(query)
    first = sorted(items, key=lambda each: name_key(force_str(each.label)) != wanted)
    order: dict[str, tuple[int, int]] = {}
    for at, each in enumerate(first):
        group, rank = force_str(each.group), (_distance(each, wanted), at)
        order[group] = min(order.get(group, rank), rank)
    ranked = sorted(first, key=lambda each: order[force_str(each.group)])
    return [
        Group(label, [Line(each, _cut(force_str(each.label), query)) for each in group])
        for label, group in groupby(ranked, key=lambda each: force_str(each.group))
    ]


def _distance(item: PaletteItem, wanted: str) -> int:
    """0: called so; 1: its line shows all the words, or how they begin; 2: it does not."""
    if name_key(force_str(item.label)) == wanted:
        return 0
    return 1 if _matches(wanted, f"{force_str(item.label)} {force_str(item.context)}") else 2


def _matches(query: str, label: object) -> bool:
    words = name_key(force_str(label)).split()
    return all(any(word.startswith(part) for word in words) for part in name_key(query).split())


def _leads_to(query: str, label: object) -> bool:
    """Whether the query is the page's name, or "go to" it; "t" alone means no page by its "to"."""
    return _matches(query, label) or (len(query.split()) > 1 and _matches(query, f"{_('Go to')} {force_str(label)}"))


def _cut(label: str, query: str) -> tuple[tuple[str, bool], ...]:
    """The label in pieces, each with whether the query has it: without case and accents, as the search finds it."""
    parts = "|".join(re.escape(each) for each in name_key(query).split())
    if not parts:
        return ((label, False),)
    folded = [(letter, at) for at, each in enumerate(label) for letter in _folded(each)]
    found = re.finditer(parts, "".join(letter for letter, _at in folded))
    marked = {folded[at][1] for match in found for at in range(*match.span())}
    pieces = groupby(enumerate(label), key=lambda each: each[0] in marked)
    return tuple(("".join(letter for _at, letter in piece), is_match) for is_match, piece in pieces)


def _folded(letter: str) -> str:
    return letter.lower() if letter.isascii() else name_key(letter) or letter


add_provider(PaletteProvider("pages", search_pages, order=900))
add_provider(PaletteProvider("settings", search_settings, order=950))
