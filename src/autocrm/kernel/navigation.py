"""The navigation registry: each app says where its pages are, the shell shows what the actor may open.

Responsibilities: hold the entries and their groups; filter them by right. Do NOT: render, count or know any page.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.permissions import is_allowed
from autocrm.kernel.registry import Registry

# Places beside the named groups: the unlabelled head of the rail, and its foot.
HEAD = ""
RECORDS = "records"
FOOT = "foot"


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One page of the rail.

    `group` is HEAD, FOOT or the key of a declared group; `permission` empty means everybody; `shortcut` is the letter
    after `g`; `phone` puts it in the phone's bottom bar; `count` is asked at every whole page and must be one cheap
    query. With `create_url` the entry also stands in "+ New" and among the palette's commands under `create_label`,
    for whoever has `create_permission`; `create_drawer` opens it in the drawer. An empty `url` only creates. `dot` (a,
    b or c) is a colour mark in the icon's place.
    """

    key: str
    label: Text
    url: str
    icon: str = ""
    group: str = HEAD
    order: int = 100
    permission: str = ""
    shortcut: str = ""
    phone: bool = False
    count: Callable[[Actor], int] | None = None
    create_label: Text = ""
    create_url: str = ""
    create_permission: str = ""
    create_drawer: bool = True
    dot: str = ""


@dataclass(frozen=True, slots=True)
class NavSection:
    """A labelled group of the rail."""

    key: str
    label: Text
    order: int = 100


entries: Registry[NavEntry] = Registry("navigation", NavEntry)
sections: Registry[NavSection] = Registry("navigation groups", NavSection)


@dataclass(frozen=True, slots=True)
class NavSource:
    """Pages that each person has of their own, such as pinned views; `list_entries` is at most one cheap query."""

    key: str
    list_entries: Callable[[Actor], Iterable[NavEntry]]


sources: Registry[NavSource] = Registry("personal navigation", NavSource)


def add_source(source: NavSource) -> NavSource:
    """Have pages of a person's own in the navigation; called from the app's `navigation.py` or `wiring.py`."""
    return sources.register(source.key, source)


def personal_entries(actor: Actor) -> Iterator[NavEntry]:
    """The pages that only this person has, in order; asked within the tenant's scope and a transaction."""
    for source in sources:
        yield from source.list_entries(actor)


def add_entry(entry: NavEntry) -> NavEntry:
    """Put a page into the navigation; called from the app's `navigation.py`."""
    return entries.register(entry.key, entry)


def add_section(section: NavSection) -> NavSection:
    """Declare a labelled group; called from the app's `navigation.py`."""
    return sections.register(section.key, section)


def visible_entries(actor: Actor) -> Iterator[NavEntry]:
    """The entries `actor` may open, in order."""
    for entry in sorted(entries, key=lambda each: (each.order, each.key)):
        if not entry.permission or is_allowed(actor, entry.permission):
            yield entry


def creatable_entries(actor: Actor) -> Iterator[NavEntry]:
    """The entries of which `actor` may create something, in order."""
    for entry in sorted(entries, key=lambda each: (each.order, each.key)):
        if entry.create_url and (not entry.create_permission or is_allowed(actor, entry.create_permission)):
            yield entry
