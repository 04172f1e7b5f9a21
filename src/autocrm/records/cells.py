"""How the value of a field is shown, one function for each kind.

Responsibilities: a stored value as HTML (`show`) or as plain words (`say`). Written in Python and not as templates: a
list shows hundreds of cells, and a template or component for each costs ten times as much.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.phones import phone_uri, phone_words
from autocrm.kernel.text import plain_text
from autocrm.records.fields import Field
from autocrm.records.looks import Look
from autocrm.records.markup import activity_dot, avatar, day_in_full, day_words, fill, gauge, kind, number_words
from autocrm.records.models import Tag
from autocrm.records.registry import record_types
from autocrm.records.representation import reference_label
from autocrm.records.values import is_empty
from autocrm.ui import formatting
from autocrm.ui.templatetags import ui

NOTHING = SafeString("")


def show(field: Field, record: Any, look: Look, *, linked: bool = False) -> SafeString:
    """The value of `field` as it stands in a cell; `linked` makes addresses and related records links."""
    value = field.read(record)
    if is_empty(value):
        return _unset(field)
    if field.is_reference:
        return _reference(field, record, look, linked=linked)
    if field.kind is FieldKind.DATETIME and (day := field.whole_day(record)) is not None:
        return _date(field, day, look)
    if linked and field.kind is FieldKind.CURRENCY:
        return fill("{}", formatting.money(value, look.currency))
    if linked and field.kind in _LINKS:
        return _LINKS[field.kind](force_str(value))
    return _SHOW[field.kind](field, value, look)


def say(field: Field, value: Any, look: Look, names: dict[str, str] | None = None) -> str:
    """A stored value in words; `names` has those of users and records by id as text."""
    if is_empty(value):
        return ""
    if field.is_reference:
        return (names or {}).get(str(value), _("someone else") if field.kind is FieldKind.USER else _("a record"))
    if field.tags:
        return ", ".join((names or {}).get(str(each), _("a deleted tag")) for each in value)
    return _SAY[field.kind](field, value, look)


def _unset(field: Field) -> SafeString:
    """Only a deadline that is missing is worth a word in a list."""
    return fill('<span class="mute">{}</span>', _("Not set")) if field.extra.get("deadline") else NOTHING


def _reference(field: Field, record: Any, look: Look, *, linked: bool) -> SafeString:
    related = field.related(record)
    if related is None:
        return NOTHING
    if not look.may_see(field, related):
        return fill('<span class="mute">{}</span>', _("Not visible to you"))
    name = reference_label(field, record, look)
    is_company = field.kind is FieldKind.RELATION and record_types.get(field.relation).avatar == "company"
    mark = avatar(name, company=is_company)
    binned = _in_bin() if getattr(related, "archived_at", None) is not None else ""
    if linked and field.kind is FieldKind.RELATION:
        plural = record_types.get(field.relation).plural
        return fill(
            '<span class="hs">{}<a class="link clip" href="/{}/{}/">{}</a>{}</span>',
            mark,
            plural,
            related.pk,
            name,
            binned,
        )
    return fill('<span class="hs">{}<span class="clip">{}</span>{}</span>', mark, name, binned)


def _in_bin() -> SafeString:
    """A relation may lead to what lies in the bin: it stays, and says so."""
    return fill('<span class="mute">{}</span>', _("in the bin"))


def _text(_field: Field, value: Any, _look: Look) -> SafeString:
    text = force_str(value)
    return fill('<span class="clip" title="{}">{}</span>', text if len(text) > 24 else "", text)


def _number(field: Field, value: Any, look: Look) -> SafeString:
    if field.extra.get("widget") == "gauge":
        return fill(
            '<span class="hs">{}<span class="num grow">{}</span></span>',
            gauge(float(value)),
            _say_number(field, value, look),
        )
    return fill("{}", _say_number(field, value, look))


def _money(_field: Field, value: int, look: Look) -> SafeString:
    """The number alone, without cents: in a list the currency stands once, in the heading."""
    exact = formatting.money(value, look.currency)
    short = formatting.amount(value, look.currency, decimals=0)
    return fill('<span title="{}">{}</span>', exact, short)


def _date(field: Field, value: date, _look: Look) -> SafeString:
    css = ""
    if field.extra.get("deadline"):
        today = formatting.today()
        css = "t-bad medium" if value < today else "medium" if value == today else ""
    template = '<time class="{}" datetime="{}" title="{}">{}</time>'
    return fill(template, css, value.isoformat(), day_in_full(value), day_words(value))


def _moment(field: Field, value: datetime, _look: Look) -> SafeString:
    local = timezone.localtime(value)
    day = local.date()
    if field.extra.get("widget") == "activity":
        return activity_dot(value)
    shown = formatting.ago(value) if day == formatting.today() else day_words(day)
    if field.extra.get("timed"):
        shown = f"{_('Today') if day == formatting.today() else day_words(day)}, {formatting.clock_time(local)}"
    return fill(
        '<time datetime="{}" title="{}, {}">{}</time>', value.isoformat(), day_in_full(day), f"{local:%H:%M}", shown
    )


def _boolean(field: Field, value: bool, _look: Look) -> SafeString:  # noqa: FBT001 - one of a table of functions
    if value:
        return ui.icon("check", "t-ok", _("Yes"))
    # Where nothing may have been said, "no" is an answer.
    return fill('<span class="mute">{}</span>', _("No")) if field.nullable else NOTHING


def _select(field: Field, value: str, _look: Look) -> SafeString:
    return kind(force_str(field.option_label(value)), field.extra.get("tones", {}).get(value, ""))


def _many(field: Field, value: list[Any], look: Look) -> SafeString:
    if field.tags:
        return SafeString(" ".join(_tag(look.tags[each]) for each in value if each in look.tags))
    names = (force_str(field.option_label(each)) for each in value)
    return SafeString(" ".join(fill('<span class="pill line">{}</span>', name) for name in names))


def _tag(tag: Tag) -> SafeString:
    return fill('<span class="pill line"><span class="dot hue{}"></span>{}</span>', tag.hue, tag.name)


_SHOW: dict[FieldKind, Callable[[Field, Any, Look], SafeString]] = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.EMAIL: _text,
    # Its groups of digits stand from left to right in every language.
    FieldKind.PHONE: lambda _field, value, _look: fill('<bdi dir="ltr">{}</bdi>', phone_words(str(value))),
    FieldKind.URL: _text,
    FieldKind.NUMBER: _number,
    FieldKind.PERCENT: _number,
    FieldKind.CURRENCY: _money,
    FieldKind.DATE: _date,
    FieldKind.DATETIME: _moment,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.SELECT: _select,
    FieldKind.MULTI_SELECT: _many,
}

_LINKS: dict[FieldKind, Callable[[str], SafeString]] = {
    FieldKind.EMAIL: lambda text: fill('<a class="link clip" dir="ltr" href="mailto:{0}">{0}</a>', text),
    FieldKind.PHONE: lambda text: fill(
        '<a class="link clip" dir="ltr" href="{}">{}</a>', phone_uri(text), phone_words(text)
    ),
    FieldKind.URL: lambda text: fill(
        '<a class="link clip" dir="ltr" href="{}" rel="noopener noreferrer" target="_blank">{}</a>',
        text if text.startswith(("http://", "https://")) else f"https://{text}",
        text.removeprefix("https://").removeprefix("http://").rstrip("/"),
    ),
    FieldKind.LONG_TEXT: lambda text: fill('<span class="prose">{}</span>', text),
}


def _say_number(field: Field, value: Any, _look: Look) -> str:
    number = Decimal(value).scaleb(-field.places) if field.places else value
    if field.kind is FieldKind.PERCENT:
        return formatting.percent(number)
    return str(number) if field.extra.get("ungrouped") else number_words(number, field.places or None)


def _say_date(_field: Field, value: date | datetime, _look: Look) -> str:
    shown = formatting.day(value)
    return f"{shown}, {formatting.clock_time(value)}" if isinstance(value, datetime) else shown


_SAY: dict[FieldKind, Callable[[Field, Any, Look], str]] = {
    FieldKind.TEXT: lambda _field, value, _look: str(value),
    FieldKind.LONG_TEXT: lambda field, value, _look: plain_text(value) if field.extra.get("html") else str(value),
    FieldKind.EMAIL: lambda _field, value, _look: str(value),
    FieldKind.PHONE: lambda _field, value, _look: phone_words(str(value)),
    FieldKind.URL: lambda _field, value, _look: str(value),
    FieldKind.NUMBER: _say_number,
    FieldKind.PERCENT: _say_number,
    FieldKind.CURRENCY: lambda _field, value, look: formatting.money(value, look.currency),
    FieldKind.DATE: _say_date,
    FieldKind.DATETIME: _say_date,
    FieldKind.BOOLEAN: lambda _field, value, _look: _("yes") if value else _("no"),
    FieldKind.SELECT: lambda field, value, _look: force_str(field.option_label(value)),
    FieldKind.MULTI_SELECT: lambda field, value, _look: ", ".join(
        force_str(field.option_label(each)) for each in value
    ),
}
