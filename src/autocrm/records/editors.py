"""The control a field is edited with, and what the browser sends back.

Responsibilities: describe one control (the template `records/control.html` draws it), read posted texts into what
`records.services` takes. Do NOT: check or store values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils import formats
from django.utils.encoding import force_str
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.field_kinds import NUMERIC_KINDS, FieldKind
from autocrm.kernel.ids import find_id
from autocrm.kernel.money import parse_number
from autocrm.records import selectors
from autocrm.records.fields import Field
from autocrm.records.filter_schema import picker_of
from autocrm.records.looks import Look
from autocrm.records.representation import reference_label
from autocrm.records.services import ensure_tag
from autocrm.records.values import is_empty


@dataclass(frozen=True)
class Choice:
    """One option of a control."""

    value: str
    label: str
    selected: bool = False


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control.

    `tag` is input, textarea or select; `picker` the address a select finds its choices at; `mode` the keys of a phone.
    """

    field: Field
    name: str
    id: str
    label: str
    tag: str = "input"
    type: str = "text"
    value: str = ""
    choices: Sequence[Choice] = ()
    many: bool = False
    picker: str = ""
    creates: bool = False
    mode: str = ""
    required: bool = False
    error: str = ""
    autofocus: bool = False
    hidden: bool = False
    dup_url: str = ""

    @property
    def help(self) -> str:
        """The line under the control."""
        return force_str(self.field.help_text)

    @property
    def described_by(self) -> str:
        """The ids of the lines that say more."""
        parts = [f"{self.id}_helptext"] * bool(self.help) + [f"{self.id}_error"] * bool(self.error)
        return " ".join(parts)


def control_for(  # noqa: PLR0913 - where it stands, what it holds, what was wrong
    field: Field,
    look: Look,
    *,
    name: str,
    record: Any = None,
    typed: Sequence[str] | None = None,
    error: str = "",
    dup_url: str = "",
) -> Control:
    """The control of `field`: filled from the record, or with what was `typed` when that was refused."""
    texts = list(typed) if typed is not None else _texts_of(field, record, look.actor)
    shape = _SHAPES.get(field.kind, {})
    return Control(
        field=field,
        name=name,
        id=f"f-{name}-{field.key}" if name == "value" else f"f-{field.key}",
        label=force_str(field.label),
        value=texts[0] if texts else "",
        choices=_choices(field, texts, record, look),
        picker=picker_of(field),
        creates=field.tags,
        many=field.kind is FieldKind.MULTI_SELECT,
        required=field.required,
        error=error,
        dup_url=dup_url,
        **shape,
    )


def read_posted(field: Field, data: QueryDict, name: str, *, actor: Actor) -> Any:
    """What the browser sent for `field`, as `records.services` takes it. New words of a tag field become tags."""
    if field.kind in NUMERIC_KINDS:
        return read_number(data.get(name, ""))
    if field.kind is not FieldKind.MULTI_SELECT:
        return data.get(name, "")
    texts = [text for text in data.getlist(name) if text.strip()]
    if not field.tags:
        return texts
    return [find_id(text) or ensure_tag(text, actor=actor).id for text in texts]


def read_number(text: str) -> str:
    """A number as its reader's language writes it, in plain digits; any other text stays, and is refused as such."""
    number = parse_number(text, locale=get_language() or "en") if text.strip() else None
    return text if number is None else f"{number:f}"


# Numbers are texts: a number input drops a comma where the browser's language has none, and sends nothing for a slip.
_SHAPES: dict[FieldKind, dict[str, Any]] = {
    FieldKind.LONG_TEXT: {"tag": "textarea"},
    FieldKind.EMAIL: {"type": "email"},
    FieldKind.PHONE: {"type": "tel"},
    FieldKind.URL: {"type": "url"},
    FieldKind.NUMBER: {"mode": "decimal"},
    FieldKind.PERCENT: {"mode": "decimal"},
    FieldKind.CURRENCY: {"mode": "decimal"},
    FieldKind.DATE: {"type": "date"},
    FieldKind.DATETIME: {"type": "datetime-local"},
    FieldKind.BOOLEAN: {"tag": "select"},
    FieldKind.SELECT: {"tag": "select"},
    FieldKind.MULTI_SELECT: {"tag": "select"},
    FieldKind.USER: {"tag": "select"},
    FieldKind.RELATION: {"tag": "select"},
}


def _texts_of(field: Field, record: Any, actor: Actor) -> list[str]:
    """The record's value as the control writes it; the default where there is no record yet."""
    value = field.default if record is None else field.read(record)
    if is_empty(value):
        return []
    if field.kind is FieldKind.MULTI_SELECT:
        return [str(each) for each in value]
    write: Callable[[Field, Any, Actor], str] = _WRITE.get(field.kind, lambda _field, value, _actor: str(value))
    return [write(field, value, actor)]


def _decimal(field: Field, value: Any, _actor: Actor) -> str:
    """As somebody types it in her language: without groups, and without decimals that say nothing."""
    number = Decimal(value).scaleb(-field.places)
    if number == number.to_integral_value():
        return f"{number:.0f}"
    # Of an amount people write all cents or none.
    written = number if field.kind is FieldKind.CURRENCY else number.normalize()
    return f"{written:f}".replace(".", formats.get_format("DECIMAL_SEPARATOR", use_l10n=True))


def _moment(_field: Field, value: datetime, actor: Actor) -> str:
    return value.astimezone(actor.zone).strftime("%Y-%m-%dT%H:%M")


def _day(_field: Field, value: date, _actor: Actor) -> str:
    return value.isoformat()


_WRITE: dict[FieldKind, Callable[[Field, Any, Actor], str]] = {
    FieldKind.NUMBER: _decimal,
    FieldKind.PERCENT: _decimal,
    FieldKind.CURRENCY: _decimal,
    FieldKind.DATE: _day,
    FieldKind.DATETIME: _moment,
    FieldKind.BOOLEAN: lambda _field, value, _actor: "yes" if value else "no",
}


def _choices(field: Field, texts: Sequence[str], record: Any, look: Look) -> list[Choice]:
    if field.kind is FieldKind.BOOLEAN:
        return [Choice(value, label, value in texts) for value, label in (("", ""), ("yes", _("Yes")), ("no", _("No")))]
    if field.tags:
        return _tag_choices(texts)
    if field.is_reference:
        return _chosen_reference(field, texts, record, look)
    # Where a choice is missing that must be there, none of them may look chosen.
    is_one = field.kind is FieldKind.SELECT and not (field.required and any(texts))
    empty = [Choice("", force_str(field.extra.get("nothing", "")))] if is_one else []
    return empty + [
        Choice(option.value, force_str(option.label), option.value in texts)
        for option in field.options
        # One that is offered no more stays where it stands, or saving would take it off.
        if option.active or option.value in texts
    ]


def _tag_choices(texts: Sequence[str]) -> list[Choice]:
    """The tags that are chosen; all others come from the picker."""
    named = selectors.names_of_tags(each for text in texts if (each := find_id(text)))
    # A tag that was deleted stands in a record until the pass has come to it, and is no word that somebody typed.
    said = (
        (text, named[key].name if key in named else "") if (key := find_id(text)) else (text, text) for text in texts
    )
    return [Choice(text, word, selected=True) for text, word in said if word]


def _chosen_reference(field: Field, texts: Sequence[str], record: Any, look: Look) -> list[Choice]:
    """The one that is chosen; all others come from the picker. One the actor may not see stays, without its name."""
    chosen = find_id(texts[0]) if texts else None
    if chosen is None:
        return [Choice("", "")]
    if record is not None and field.read(record) == chosen:
        related = field.related(record)
        label = reference_label(field, record, look) if look.may_see(field, related) else _("Not visible to you")
    else:
        label = selectors.reference_labels(field, [chosen], actor=look.actor).get(chosen, "")
    return [Choice("", ""), Choice(str(chosen), label, selected=True)]
