"""The cards of a board, as HTML. In Python like the rows of a list: a template for each would cost ten times as much.

A card has the name, the line under it, up to two fields somebody chose, an amount, a date, the owner, and a dot for
what is to be done next. Hidden fields are on no card.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records import cells
from autocrm.records.fields import Field
from autocrm.records.lists.grouping import can_sum
from autocrm.records.looks import Look, look_at
from autocrm.records.markup import avatar, day_in_full, day_words, fill
from autocrm.records.next_steps import NextStep, next_steps_of
from autocrm.records.registry import RecordType
from autocrm.records.schema import RecordSchema
from autocrm.records.values import is_empty
from autocrm.ui import formatting

MOST_CHOSEN = 2

_CARD = (
    '<li class="kcard" data-row data-carried data-id="{}" data-version="{}" data-url="{}" data-peek-url="{}peek/"'
    ' tabindex="-1" aria-label="{}"{}>'
    '<div class="t"><a class="clip" href="{}" data-peek-link tabindex="-1">{}</a>{}</div>{}<div class="m">{}</div></li>'
)


@dataclass(frozen=True)
class CardFields:
    """The fields a card shows, all of them such that the actor may see; each may be missing."""

    chosen: tuple[Field, ...] = ()
    amount: Field | None = None
    due: Field | None = None
    owner: Field | None = None

    @property
    def used(self) -> tuple[Field, ...]:
        """All of them."""
        return (*self.chosen, *(each for each in (self.amount, self.due, self.owner) if each is not None))


def card_fields(schema: RecordSchema, chosen: str = "") -> CardFields:
    """What stands on the cards of a type; `chosen` are up to two further fields, as "phone,city" in the address.

    Raises Invalid for a field that is unknown or hidden, or for more than two.
    """
    keys = [key for key in chosen.split(",") if key.strip()]
    if len(keys) > MOST_CHOSEN:
        raise Invalid(fields={"cards": [_("A card has room for two fields.")]})
    record_type = schema.record_type
    ordered = dict.fromkeys((*record_type.highlights, *record_type.list_columns, *record_type.by_key))
    open_fields = [field for key in ordered if schema.can_read(field := record_type.by_key[key])]
    dates = [each for each in open_fields if each.kind is FieldKind.DATE]
    owner = record_type.by_key["owner"]
    return CardFields(
        chosen=tuple(schema.readable(keys)),
        amount=next((each for each in open_fields if each.kind is FieldKind.CURRENCY and can_sum(each)), None),
        due=next((each for each in dates if each.extra.get("deadline")), next(iter(dates), None)),
        owner=owner if schema.can_read(owner) else None,
    )


def choosable_fields(schema: RecordSchema) -> list[Field]:
    """The fields somebody may put on the cards besides those that stand there anyway."""
    standing = card_fields(schema).used
    first = schema.record_type.list_columns[0]
    return [
        each
        for each in schema.record_type.all_fields
        if schema.can_read(each) and each not in standing and each.key != first and each.kind is not FieldKind.LONG_TEXT
    ]


def make_cards(
    record_type: RecordType, records: Sequence[Any], fields: CardFields, by: Field | None, actor: Actor
) -> SafeString:
    """The cards, those that the actor may move to another value of `by` marked as such."""
    look = look_at(record_type, actor, records)
    steps = next_steps_of(record_type.key, [each.pk for each in records], actor)
    return SafeString("".join(_card(each, fields, by, look, steps) for each in records))


def _card(
    record: Any, fields: CardFields, by: Field | None, look: Look, steps: Mapping[UUID, NextStep] | None
) -> SafeString:
    url = f"/{look.record_type.plural}/{record.id}/"
    title = look.title(record)
    fixed = by is None or not look.may_edit(by, record)
    dot = SafeString("") if steps is None else _dot(steps.get(record.pk))
    lines = [_line(look.subtitle(record)), *(_chosen(each, record, look) for each in fields.chosen)]
    return fill(
        _CARD,
        record.id,
        record.version,
        url,
        url,
        title,
        SafeString(" data-fixed") if fixed else "",
        url,
        title,
        dot,
        SafeString("".join(lines)),
        SafeString("".join(_foot(record, fields, look))),
    )


def _line(text: str) -> SafeString:
    return fill('<div class="c"><span class="clip">{}</span></div>', text) if text else SafeString("")


def _chosen(field: Field, record: Any, look: Look) -> SafeString:
    if is_empty(field.read(record)):
        return SafeString("")
    shown = cells.show(field, record, look)
    return fill(
        '<div class="c"><span class="kc-k">{}</span><span class="kc-v clip">{}</span></div>',
        force_str(field.label),
        shown,
    )


def _foot(record: Any, fields: CardFields, look: Look) -> Iterable[SafeString]:
    """Amount, date, owner."""
    if fields.amount is not None and (amount := fields.amount.read(record)) is not None:
        exact = formatting.money(amount, look.currency)
        short = formatting.amount(amount, look.currency, decimals=0)
        yield fill('<b title="{}">{}</b>', exact, short)
    if fields.due is not None and (day := fields.due.read(record)) is not None:
        late = bool(fields.due.extra.get("deadline")) and day < formatting.today()
        said = f"{force_str(fields.due.label)}: {day_in_full(day)}"
        css = "t-bad medium" if late else ""
        yield fill('<time class="{}" datetime="{}" title="{}">{}</time>', css, day.isoformat(), said, day_words(day))
    if fields.owner is not None and (owner := fields.owner.related(record)) is not None:
        yield fill('<span class="push" title="{}">{}</span>', str(owner), avatar(str(owner)))


def _dot(step: NextStep | None) -> SafeString:
    tone, words = _state(step)
    return fill('<span class="dot {}" role="img" aria-label="{}" title="{}"></span>', tone, words, words)


def _state(step: NextStep | None) -> tuple[str, str]:
    """How the dot is coloured, and what it says."""
    if step is None:
        return "none", _("Nothing planned")
    if step.due_at is None:
        return "", _("Planned: %(what)s") % {"what": step.label}
    day, today = _local_day(step.due_at), formatting.today()
    said = {"what": step.label, "when": formatting.day(step.due_at)}
    if day < today:
        return "bad", _("Overdue: %(what)s, %(when)s") % said
    if day == today:
        return "ok", _("Today: %(what)s") % said
    return "", _("%(when)s: %(what)s") % said


def _local_day(moment: datetime) -> Any:
    return timezone.localtime(moment).date()
