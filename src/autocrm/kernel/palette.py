"""The palette's providers: what a person can find or do by typing, from every app, in one list.

A provider answers within the rights of the actor and is asked at every keystroke: an index, or nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class PaletteItem:
    """One line of the palette.

    `group` is its heading, `context` says which of several (a company, an address), `verb` what Enter does when that
    is not "open". `avatar` shows initials of the label instead of the icon; `drawer` opens the url in the drawer.
    """

    group: Text
    label: Text
    url: str
    context: Text = ""
    icon: str = ""
    verb: Text = ""
    avatar: bool = False
    drawer: bool = False


class Search(Protocol):
    """How a provider is asked; an empty `query` asks for suggestions."""

    def __call__(self, query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]: ...


@dataclass(frozen=True, slots=True)
class PaletteProvider:
    """A source of items; lower `order` stands higher."""

    key: str
    search: Search
    order: int = 100


providers: Registry[PaletteProvider] = Registry("palette providers", PaletteProvider)


def add_provider(provider: PaletteProvider) -> PaletteProvider:
    """Let the palette ask `provider`; called from the app's `palette.py`."""
    return providers.register(provider.key, provider)


def search_all(query: str, *, actor: Actor, limit: int = 6) -> list[PaletteItem]:
    """At most `limit` items of each provider, in the providers' order."""
    found: list[PaletteItem] = []
    for provider in sorted(providers, key=lambda each: (each.order, each.key)):
        found += list(provider.search(query, actor=actor, limit=limit))[:limit]
    return found
