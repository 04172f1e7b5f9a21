"""Entries of a registry that only a test knows: there while it runs, gone when the next one looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from autocrm.kernel.registry import Registry

Entry = TypeVar("Entry")


@contextmanager
def registered(registry: Registry[Entry], entries: dict[str, Entry]) -> Iterator[None]:
    """Add the entries as a start of the programs would, and take them away again."""
    for key, entry in entries.items():
        registry.register(key, entry)
    try:
        yield
    finally:
        for key in entries:
            del registry._entries[key]
