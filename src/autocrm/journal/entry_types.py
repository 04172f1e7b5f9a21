"""The kinds of entries: each app declares what it writes, so that every entry has words and a way to be erased."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from autocrm.journal.errors import UndeclaredKind
from autocrm.kernel.errors import Text
from autocrm.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class Content:
    """The part of an entry that may hold personal data."""

    record_label: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)


Shred = Callable[[Content], Content]


@dataclass(frozen=True, slots=True)
class EntryType:
    """One kind of entry, such as "contact.created".

    `shred` returns what may stay of an entry's content once the record's subject asked to be forgotten; it must be
    idempotent. None lets nothing stay: a kind that says nothing about personal data loses all its content.
    """

    kind: str
    label: Text
    shred: Shred | None = None


entry_types: Registry[EntryType] = Registry("journal entry types", EntryType)


def declare(entry_type: EntryType) -> EntryType:
    """Make a kind known. Raises ImproperlyConfigured when it is declared twice."""
    return entry_types.register(entry_type.kind, entry_type)


def require_declared(kinds: Iterable[str]) -> None:
    """Raises UndeclaredKind for the first kind that no app declared."""
    for kind in kinds:
        if kind not in entry_types:
            raise UndeclaredKind(f"No app declares the journal entry kind {kind!r}.")


def shredded(kind: str, content: Content) -> Content:
    """What stays of `content` after erasure; also for kinds whose app is gone."""
    entry_type = entry_types.find(kind)
    if entry_type is None or entry_type.shred is None:
        return Content()
    return entry_type.shred(content)
