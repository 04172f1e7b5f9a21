"""A small validated registry: keys are unique, entries are checked at the door, nothing is added after start-up.

A tenant may have entries of its own: whoever keeps them binds a function that answers what holds in its scope.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from django.core.exceptions import ImproperlyConfigured

from autocrm.kernel.tenancy import find_tenant_id

Entry = TypeVar("Entry")


class Registry(Generic[Entry]):
    """Named entries of one type. Raises ImproperlyConfigured on a wrong type or a second entry of the same key."""

    def __init__(self, name: str, entry_type: type[Entry]) -> None:
        self.name = name
        self._entry_type = entry_type
        self._entries: dict[str, Entry] = {}
        self._in_tenant: Callable[[Mapping[str, Entry]], Mapping[str, Entry]] | None = None

    def register(self, key: str, entry: Entry) -> Entry:
        """Add `entry` under `key`."""
        if not isinstance(entry, self._entry_type):
            raise ImproperlyConfigured(f"{self.name}: {key!r} is not a {self._entry_type.__name__}.")
        if key in self._entries:
            raise ImproperlyConfigured(f"{self.name}: {key!r} is registered twice.")
        self._entries[key] = entry
        return entry

    def bind(self, in_tenant: Callable[[Mapping[str, Entry]], Mapping[str, Entry]]) -> None:
        """Name the function that makes of the registered entries those of the tenant in force. It is asked often."""
        self._in_tenant = in_tenant

    @property
    def declared(self) -> tuple[Entry, ...]:
        """What was registered, as every tenant begins with it."""
        return tuple(self._entries.values())

    def find(self, key: str) -> Entry | None:
        """The entry under `key`, or None."""
        return self._here().get(key)

    def get(self, key: str) -> Entry:
        """The entry under `key`. Raises KeyError: callers with input from outside use `find`."""
        return self._here()[key]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._here().values())

    def __contains__(self, key: object) -> bool:
        return key in self._here()

    def __len__(self) -> int:
        return len(self._here())

    def keys(self) -> list[str]:
        """All keys in order of registration."""
        return list(self._here())

    def _here(self) -> Mapping[str, Entry]:
        if self._in_tenant is None or find_tenant_id() is None:
            return self._entries
        return self._in_tenant(self._entries)
