"""What a record's page, its head and its peek show, ready for the templates."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.encoding import force_str
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.permissions import can_read_field, is_allowed
from autocrm.records import cells
from autocrm.records.access import may_explain
from autocrm.records.field_rules import has_rules, hidden_keys
from autocrm.records.fields import Field
from autocrm.records.looks import Look, look_at
from autocrm.records.models import Tag
from autocrm.records.panels import actions_of, cards_of, panels_of, peek_parts_of
from autocrm.records.querysets import live
from autocrm.records.registry import RecordType, RelatedCard, record_types
from autocrm.records.sql_values import has_value
from autocrm.records.values import is_empty
from autocrm.ui.formatting import noun

CARD_ROWS = 5
NEXT_ACTIVITY = "next_activity"
COUNT_TO = 1_000


@dataclass(frozen=True)
class Property:
    """One field of a record: its label, its value as HTML, where it is edited ("" when it is not)."""

    key: str
    label: str
    html: SafeString
    is_empty: bool
    edit_url: str


@dataclass(frozen=True)
class Group:
    """Properties under one heading."""

    key: str
    label: str
    properties: tuple[Property, ...]


@dataclass(frozen=True)
class Action:
    """A button in the head."""

    key: str
    label: str
    icon: str
    url: str
    drawer: bool


@dataclass(frozen=True)
class CardRow:
    """One related record in a card."""

    url: str
    title: str
    detail: str
    mark: SafeString
    next_activity: SafeString = cells.NOTHING


@dataclass(frozen=True)
class Card:
    """A card of related records. `count` is exact up to COUNT_TO; `more_url` lists all, `add_url` makes another."""

    key: str
    label: str
    rows: tuple[CardRow, ...]
    count: int | None = None
    more_url: str = ""
    add_url: str = ""
    add_label: str = ""


def head_context(record_type: RecordType, record: Any, actor: Actor) -> dict[str, Any]:
    """The head: name, subtitle, tags, highlights, actions."""
    look = look_at(record_type, actor, [record])
    return {
        "record_type": record_type,
        "refreshed_by": _refreshed_by(record_type),
        "record": record,
        "url": f"/{record_type.plural}/{record.id}/",
        "title": look.title(record),
        "mark": look.mark(look.title(record), "xl"),
        "subtitle": look.subtitle(record),
        "tags": _tags(record, look),
        "highlights": _properties(_highlights(record_type, record, look), record, look, "page"),
        "actions": _actions(record_type, record, actor),
        "may_archive": is_allowed(actor, record_type.permission(Verb.DELETE), record),
        "may_explain": may_explain(actor),
        "may_merge": bool(record_type.match_rules) and is_allowed(actor, record_type.permission(Verb.UPDATE), record),
    }


def body_context(record_type: RecordType, record: Any, actor: Actor, request: HttpRequest) -> dict[str, Any]:
    """The rest of the page: property groups, panels (the first one drawn), related cards."""
    look = look_at(record_type, actor, [record])
    panels = panels_of(record_type)
    return {
        **props_context(record_type, record, actor),
        "panels": [
            {
                "key": panel.key,
                "label": panel.label,
                "count": panel.count(record_type, record, actor) if panel.count else None,
                "html": mark_safe(panel.render(request, record_type, record)) if at == 0 else "",  # noqa: S308 - a template
            }
            for at, panel in enumerate(panels)
        ],
        "cards": [*_own_cards(record_type, record, look), *_related_cards(record_type, record, actor)],
    }


def props_context(record_type: RecordType, record: Any, actor: Actor) -> dict[str, Any]:
    """The fields in their groups; they are asked for again after what changes others than the one that was edited."""
    look = look_at(record_type, actor, [record])
    # An activity is done or moved beside its fields.
    follows = not record_type.has_activities or has_rules(record_type)
    return {
        "groups": property_groups(record_type, record, look),
        "fields_refreshed_by": _refreshed_by(
            record_type, itself=follows or any(field.computed for field in record_type.all_fields)
        ),
    }


def peek_context(record_type: RecordType, record: Any, actor: Actor, request: HttpRequest) -> dict[str, Any]:
    """The peek: the head, what other apps add, and the key fields."""
    look = look_at(record_type, actor, [record])
    keys = dict.fromkeys((*record_type.highlights, *record_type.list_columns[1:]))
    fields = [record_type.by_key[key] for key in keys]
    parts = [(part.order, mark_safe(part.render(request, record_type, record))) for part in peek_parts_of(record_type)]  # noqa: S308 - templates
    return head_context(record_type, record, actor) | {
        "properties": _properties([field for field in fields if _readable(field, look)], record, look, "peek"),
        "above": [html for order, html in parts if order < 100],
        "below": [html for order, html in parts if order >= 100],
    }


def property_groups(record_type: RecordType, record: Any, look: Look) -> list[Group]:
    """All fields the actor may see, under the headings of the declaration, the system's own last."""
    system = _("System")
    grouped: dict[str, list[Field]] = {}
    hidden = hidden_keys(record_type, record, actor=look.actor)
    for field in look.readable():
        if field.extra.get("on_page", True) and field.key not in hidden:
            grouped.setdefault(force_str(field.group) or _("Details"), []).append(field)
    ordered = sorted(grouped, key=lambda label: label == system)
    return [
        Group(f"{record_type.key}-{at}", label, tuple(_properties(grouped[label], record, look, "page")))
        for at, label in enumerate(ordered)
    ]


def property_of(field: Field, record: Any, look: Look, place: str) -> Property:
    """One field as it stands on the page or in the peek."""
    value = field.read(record)
    url = f"/{look.record_type.plural}/{record.id}/edit/{field.key}/?in={place}"
    return Property(
        key=field.key,
        label=force_str(field.label),
        html=cells.show(field, record, look, linked=True),
        is_empty=is_empty(value),
        edit_url=url if look.may_edit(field, record) else "",
    )


def _properties(fields: Iterable[Field], record: Any, look: Look, place: str) -> list[Property]:
    hidden = hidden_keys(look.record_type, record, actor=look.actor)
    return [property_of(field, record, look, place) for field in fields if field.key not in hidden]


def _readable(field: Field, look: Look) -> bool:
    return can_read_field(look.actor, look.record_type.key, field.key)


def _tags(record: Any, look: Look) -> list[Tag]:
    if not can_read_field(look.actor, look.record_type.key, "tags"):
        return []
    return [look.tags[each] for each in record.tags if each in look.tags]


def _actions(record_type: RecordType, record: Any, actor: Actor) -> list[Action]:
    if record.archived_at is not None:
        return []
    made = ((each, each.url(record_type, record, actor)) for each in actions_of(record_type))
    return [Action(each.key, force_str(each.label), each.icon, url, each.drawer) for each, url in made if url]


def _own_cards(record_type: RecordType, record: Any, look: Look) -> list[Card]:
    """The records this one names: its company, its parent."""
    cards = []
    for field in record_type.fields:
        if field.kind is not FieldKind.RELATION or not _readable(field, look):
            continue
        related = field.related(record)
        if related is not None and look.may_see(field, related):
            row = card_row(look_at(record_types.get(field.relation), look.actor), related)
            cards.append(Card(field.key, force_str(field.label), (row,)))
    return cards


def _related_cards(record_type: RecordType, record: Any, actor: Actor) -> list[Card]:
    made = (_related_card(each, record, actor) for each in cards_of(record_type) if each.record_type in record_types)
    return [card for card in made if card is not None]


def _related_card(card: RelatedCard, record: Any, actor: Actor) -> Card | None:
    related = record_types.get(card.record_type)
    field = related.by_key[card.field]
    if not is_allowed(actor, related.permission(Verb.READ)) or not can_read_field(actor, related.key, field.key):
        return None
    found = live(related, actor).filter(has_value(field, record.pk))
    relations = [each for each in related.fields if each.kind is FieldKind.RELATION and not each.custom]
    references = [each.related_path for each in relations]
    rows = list(found.select_related(*references).order_by("-updated_at", "-id")[: CARD_ROWS + 1])
    count = len(rows) if len(rows) <= CARD_ROWS else found.values("pk")[: COUNT_TO + 1].count()
    query = f"{card.field}={record.pk}"
    may_add = is_allowed(actor, related.permission(Verb.CREATE)) and record.archived_at is None
    return Card(
        key=f"{card.record_type}-{card.field}",
        label=force_str(card.label),
        rows=tuple(card_row(look_at(related, actor), each) for each in rows[:CARD_ROWS]),
        count=count,
        more_url=f"/{related.plural}/?{query}" if count > CARD_ROWS else "",
        add_url=f"/{related.plural}/new/?{query}" if may_add else "",
        add_label=_("New %(label)s") % {"label": noun(related.label)},
    )


def card_row(look: Look, record: Any) -> CardRow:
    """A record as one line of a card."""
    title = look.title(record)
    return CardRow(
        url=f"/{look.record_type.plural}/{record.pk}/",
        title=title,
        detail=look.subtitle(record),
        mark=look.mark(title, "lg"),
        next_activity=_next_activity(look, record),
    )


def _next_activity(look: Look, record: Any) -> SafeString:
    """When something is planned about the record, as a dot and a day; nothing where it is not, or may not be known."""
    field = look.record_type.by_key.get(NEXT_ACTIVITY)
    if field is None or not _readable(field, look) or is_empty(field.read(record)):
        return cells.NOTHING
    return cells.show(field, record, look)


def _highlights(record_type: RecordType, record: Any, look: Look) -> list[Field]:
    """The fields of the head: the declared ones, and the next activity where there is one."""
    keys = [*record_type.highlights]
    if _next_activity(look, record) and NEXT_ACTIVITY not in keys:
        keys.append(NEXT_ACTIVITY)
    return [field for field in (record_type.by_key[key] for key in keys) if _readable(field, look)]


def _refreshed_by(record_type: RecordType, *, itself: bool = True) -> str:
    """After which changes the page is another: those of the record, and of activities about it."""
    keys = [record_type.key] if itself else []
    if record_type.has_activities:
        keys += [each.key for each in record_types if not each.has_activities]
    return " ".join(f"changed:{key}" for key in keys)
