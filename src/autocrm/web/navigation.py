"""Where one can go and what one can make: the registered pages and the record types, filtered by the actor's rights."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.utils.translation import gettext as _

from autocrm.kernel import navigation
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.navigation import NavEntry
from autocrm.kernel.permissions import is_allowed
from autocrm.records.registry import RecordType, record_types
from autocrm.ui.formatting import noun

# Letters that mean something else after `g`, or none.
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def list_entries(actor: Actor) -> list[NavEntry]:
    """The pages `actor` may open, in order, each with its letter."""
    found = [*navigation.visible_entries(actor), *_record_pages(actor)]
    return list(_with_letters(sorted(found, key=lambda each: (each.order, each.key))))


def list_creatable(actor: Actor, *, everywhere: bool = False) -> list[NavEntry]:
    """What `actor` may create, in order; `everywhere` also what has no place of its own in the navigation."""
    of_types = [each for each in _record_entries(everywhere=everywhere) if is_allowed(actor, each.create_permission)]
    found = [*navigation.creatable_entries(actor), *of_types]
    return sorted(found, key=lambda each: (each.order, each.key))


def find_current(entries: Iterable[NavEntry], path: str, view: str = "") -> str:
    """The key of the entry that `path` lies under; the longest address wins, the root only matches itself.

    `view` is the saved view that the page shows: its own entry wins over that of its list.
    """
    entries = list(entries)
    address = f"{path}?view={view}"
    matches = [
        each
        for each in entries
        if each.url in {path, address} or (each.url not in {"", "/"} and path.startswith(each.url))
    ]
    return max(matches, key=lambda each: len(each.url)).key if matches else ""


def _record_pages(actor: Actor) -> Iterator[NavEntry]:
    for entry in _record_entries():
        if is_allowed(actor, entry.permission):
            yield entry


def _record_entries(*, everywhere: bool = False) -> Iterator[NavEntry]:
    for each in record_types:
        if each.in_nav or everywhere:
            yield _entry_of(each)


def _entry_of(record_type: RecordType) -> NavEntry:
    return NavEntry(
        key=record_type.key,
        label=record_type.label_plural,
        url=f"/{record_type.plural}/",
        icon=record_type.icon,
        group=navigation.RECORDS,
        order=record_type.nav_order,
        permission=record_type.permission(Verb.READ),
        shortcut=record_type.shortcut,
        phone=True,
        create_label=_("New %(label)s") % {"label": noun(record_type.label)},
        create_url=f"/{record_type.plural}/new/",
        create_permission=record_type.permission(Verb.CREATE),
    )


def _with_letters(entries: list[NavEntry]) -> Iterator[NavEntry]:
    """Give record types the first letter of their name that is still free; what an app asked for stays."""
    taken = {each.shortcut for each in entries}
    for entry in entries:
        if entry.shortcut or entry.group != navigation.RECORDS:
            yield entry
            continue
        name = entry.url.strip("/").lower()
        letter = next((each for each in name if each in _LETTERS and each not in taken), "")
        taken.add(letter)
        yield replace(entry, shortcut=letter)
