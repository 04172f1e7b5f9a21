"""What other apps put on a record's page: panels in its middle, parts of its peek, actions in its head, related cards.

An app above `records` declares these in its own `panels.py`; `records` draws them without knowing what they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.registry import Registry
from autocrm.records.registry import RecordType, RelatedCard

Render = Callable[[HttpRequest, RecordType, Any], str]


@dataclass(frozen=True, kw_only=True)
class RecordPanel:
    """A tab in the middle of the record page. The first by `order` is drawn with the page, others when opened.

    `render` gets the request, the type and the record (already known to be visible) and answers HTML; `count` stands
    beside the label; `types` narrows it to some record types, empty means all, those that tenants make included; `but`
    leaves some out.
    """

    key: str
    label: Text
    order: int
    render: Render
    count: Callable[[RecordType, Any, Actor], int] | None = None
    types: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class PeekPart:
    """A section of the peek, above the properties when `order` is below 100, else under them."""

    key: str
    order: int
    render: Render
    types: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class RecordAction:
    """A button in the head of a record and its peek. `url` answers "" where the action does not apply.

    `drawer` opens the address in the drawer; otherwise it is a link, so `mailto:`, `tel:` and `#panel` work as well.
    """

    key: str
    label: Text
    icon: str
    order: int
    url: Callable[[RecordType, Any, Actor], str]
    drawer: bool = False
    types: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class HeadPart:
    """A control in the head of a record's page, before the menu: `render` answers its HTML, "" for none."""

    key: str
    order: int
    render: Render
    types: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class AddedCard:
    """A related card that a higher app adds to a record type declared below it."""

    key: str
    on: str
    card: RelatedCard


panels: Registry[RecordPanel] = Registry("record panels", RecordPanel)
peek_parts: Registry[PeekPart] = Registry("peek parts", PeekPart)
actions: Registry[RecordAction] = Registry("record actions", RecordAction)
head_parts: Registry[HeadPart] = Registry("head parts", HeadPart)
added_cards: Registry[AddedCard] = Registry("added related cards", AddedCard)


def add_panel(panel: RecordPanel) -> RecordPanel:
    """Put a tab on record pages."""
    return panels.register(panel.key, panel)


def add_peek_part(part: PeekPart) -> PeekPart:
    """Put a section into the peek."""
    return peek_parts.register(part.key, part)


def add_action(action: RecordAction) -> RecordAction:
    """Put a button into the head of records."""
    return actions.register(action.key, action)


def add_head_part(part: HeadPart) -> HeadPart:
    """Put a control into the head of record pages."""
    return head_parts.register(part.key, part)


def add_related_card(card: AddedCard) -> AddedCard:
    """Put a card on the right of the pages of another app's record type."""
    return added_cards.register(card.key, card)


def panels_of(record_type: RecordType) -> list[RecordPanel]:
    """The tabs of a type, in order."""
    return sorted((each for each in panels if _fits(each, record_type)), key=lambda each: each.order)


def peek_parts_of(record_type: RecordType) -> list[PeekPart]:
    """The sections of a type's peek, in order."""
    return sorted((each for each in peek_parts if _fits(each, record_type)), key=lambda each: each.order)


def actions_of(record_type: RecordType) -> list[RecordAction]:
    """The buttons of a type, in order."""
    return sorted((each for each in actions if _fits(each, record_type)), key=lambda each: each.order)


def head_parts_of(record_type: RecordType) -> list[HeadPart]:
    """The controls in a type's head, in order."""
    return sorted((each for each in head_parts if _fits(each, record_type)), key=lambda each: each.order)


def cards_of(record_type: RecordType) -> list[RelatedCard]:
    """The related cards of a type: its own, then those that other apps added."""
    return [*record_type.related, *(each.card for each in added_cards if each.on == record_type.key)]


def _fits(part: RecordPanel | PeekPart | RecordAction | HeadPart, record_type: RecordType) -> bool:
    return record_type.key not in part.but and (not part.types or record_type.key in part.types)
