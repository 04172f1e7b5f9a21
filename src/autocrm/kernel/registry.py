"""A small validated registry: keys are unique, entries are checked at the door, nothing is added after start-up."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from django.core.exceptions import ImproperlyConfigured

Entry = TypeVar("Entry")


class Registry(Generic[Entry]):
    """Named entries of one type. Raises ImproperlyConfigured on a wrong type or a second entry of the same key."""

    def __init__(self, name: str, entry_type: type[Entry]) -> None:
        self.name = name
        self._entry_type = entry_type
        self._entries: dict[str, Entry] = {}

    def register(self, key: str, entry: Entry) -> Entry:
        """Add `entry` under `key`."""
        if not isinstance(entry, self._entry_type):
            raise ImproperlyConfigured(f"{self.name}: {key!r} is not a {self._entry_type.__name__}.")
        if key in self._entries:
            raise ImproperlyConfigured(f"{self.name}: {key!r} is registered twice.")
        self._entries[key] = entry
        return entry

    def find(self, key: str) -> Entry | None:
        """The entry under `key`, or None."""
        return self._entries.get(key)

    def get(self, key: str) -> Entry:
        """The entry under `key`. Raises KeyError: callers with input from outside use `find`."""
        return self._entries[key]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def keys(self) -> list[str]:
        """All keys in order of registration."""
        return list(self._entries)
