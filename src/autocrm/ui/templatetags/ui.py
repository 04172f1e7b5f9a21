"""Marks and formatters for every template: icons, people, gauges, dates, numbers, money. Needs no `load`."""

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import forms, template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms import widgets
from django.forms.boundfield import BoundField
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from autocrm.ui import formatting

register = template.Library()

_SIZES = ("sm", "lg")
_TONES = ("ok", "warn", "bad", "info", "accent", "none", "st1", "st2", "st3", "st4")
_CONTROL_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, ""),
    (forms.RadioSelect, ""),
    (forms.CheckboxInput, "ck"),
    (forms.Select, "form-select"),
    (forms.Textarea, "form-control"),
    (widgets.Input, "form-control"),
)


@lru_cache(maxsize=1)
def sprite_url() -> str:
    """Where the icon sprite is served; asked for once a process."""
    return staticfiles_storage.url("ui/icons.svg")


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """One icon; `classes` may hold sm, lg, flip and any class. Without a label it is decoration."""
    names = " ".join(f"ic-{each}" if each in _SIZES else each for each in classes.split())
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    css = f"ic {names}".strip()
    return format_html('<svg class="{}" {}><use href="{}#i-{}"/></svg>', css, spoken, sprite_url(), name)


@register.simple_tag
def avatar(name: str, size: str = "", *, company: bool = False, src: str = "") -> SafeString:
    """The initials of a person (in a colour of their own) or of a company (grey); decoration beside the name."""
    name = str(name or "")
    kind = "co" if company else f"hue{formatting.hue(name)}"
    css = f"av {kind} {size}".strip()
    if src:
        return format_html('<img class="{}" src="{}" alt="" loading="lazy">', css, src)
    return format_html('<span class="{}" aria-hidden="true">{}</span>', css, formatting.initials(name))


@register.simple_tag
def gauge(value: float | None, top: float = 100, label: str = "") -> SafeString:
    """A small bar for a score; below 40% it is grey."""
    share = max(0.0, min(1.0, float(value or 0) / float(top or 1)))
    dim = " dim" if share < 0.4 else ""
    spoken = label or f"{formatting.number(value or 0)} / {formatting.number(top)}"
    return format_html(
        '<svg class="gauge{}" viewBox="0 0 48 4" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect width="{}" height="4"/></svg>',
        dim,
        spoken,
        f"{share * 48:.1f}",
    )


@register.simple_tag
def dot(tone: str = "") -> SafeString:
    """A coloured dot; always beside a word."""
    return format_html('<span class="dot {}"></span>', tone if tone in _TONES else "")


@register.simple_tag
def kind(label: str, tone: str = "") -> SafeString:
    """A dot and a word: how a table says what something is."""
    return format_html('<span class="kind">{}{}</span>', dot(tone), label)


@register.simple_tag
def control(field: BoundField, **attrs: Any) -> SafeString:
    """The input of a form field alone, with the product's classes; Django adds the aria of help and errors."""
    widget = field.field.widget
    css = next((css for cls, css in _CONTROL_CLASSES if isinstance(widget, cls)), "form-control")
    classes = [css, widget.attrs.get("class", ""), attrs.pop("class", ""), "wrong" if field.errors else ""]
    attrs["class"] = " ".join(each for each in classes if each)
    if isinstance(widget, forms.Textarea):
        # Django's own default of ten lines is too tall; the area grows with its text.
        rows = str(widget.attrs.get("rows", ""))
        attrs.setdefault("rows", "3" if rows in {"", "10"} else rows)
        attrs.setdefault("data-autogrow", True)
    return field.as_widget(attrs={name.replace("_", "-"): value for name, value in attrs.items()})


@register.filter
def as_wrong(markup: SafeString, control_id: str) -> SafeString:
    """The markup with that control said to be wrong by the line below it, as Django does for its own fields."""

    def marked(found: re.Match[str]) -> str:
        tag, end = found[1], found[2]
        said = f' aria-describedby="{control_id}_error"' if "aria-describedby" not in tag else ""
        return tag + end if "aria-invalid" in tag else f'{tag} aria-invalid="true"{said}{end}'

    control = rf'(<(?:input|select|textarea)\b[^>]*?\sid="{re.escape(control_id)}"[^>]*?)(/?>)'
    # Only our own attributes come in: the markup is as safe as it was.
    return SafeString(re.sub(control, marked, markup, count=1))


@register.filter
def is_choice(field: BoundField) -> bool:
    """Whether a field is a tick box or a set of them, whose label stands beside and not above."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Whether a field is a set of tick boxes or radio buttons, which needs a legend instead of a label."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """The query string of this page with `changes`; None drops a parameter, a list repeats it."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        params.pop(name, None)
        values = value if isinstance(value, list | tuple) else [value]
        params.setlist(name, [str(each) for each in values if each is not None])
        if not params.getlist(name):
            params.pop(name, None)
    return str(params.urlencode())


@register.filter
def ago(value: date | datetime | None) -> str:
    """As "2 h ago", "Yesterday", "6 Nov"."""
    return formatting.ago(value) if value else ""


@register.filter
def timetag(value: date | datetime | None) -> SafeString:
    """The same in a `time` element that holds the exact moment."""
    if not value:
        return SafeString("")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), formatting.exact(value), formatting.ago(value)
    )


@register.filter
def until(value: date | datetime | None) -> str:
    """As "in 18 days", "today", "5 days overdue"."""
    return formatting.until(value) if value else ""


@register.filter
def day(value: date | datetime | None) -> str:
    """As "6 Nov", with the year when it is another one."""
    return formatting.day(value) if value else ""


@register.filter
def day_long(value: date | datetime | None) -> str:
    """As in 'Friday 20 November 2026'."""
    return formatting.day_long(value) if value else ""


@register.filter
def clock(value: datetime | None) -> str:
    """As "16:00" in the reader's time zone."""
    return formatting.clock_time(value) if value else ""


@register.filter
def number(value: formatting.Number | None, decimals: int | None = None) -> str:
    """As in '1,284'."""
    return "" if value is None else formatting.number(value, decimals)


@register.filter
def compact_number(value: formatting.Number | None) -> str:
    """As in '26.8 k'."""
    return "" if value is None else formatting.compact_number(value)


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Minor units with their currency: "$26,768.00"."""
    return "" if minor is None else formatting.money(minor, currency)


@register.filter
def money_short(minor: int | None, currency: str) -> str:
    """The same without the cents, for sums and tiles."""
    return "" if minor is None else formatting.money(minor, currency, decimals=0)


@register.filter
def noun(label: object) -> str:
    """A label within a sentence: "contact" of "Contact", in German "Kontakt"."""
    return formatting.noun(label)


@register.filter
def percent(value: formatting.Number | None) -> str:
    """As in '63.1%'."""
    return "" if value is None else formatting.percent(value)


@register.filter
def duration(value: Any) -> str:
    """As in '1 h 20 min'."""
    return formatting.duration(value) if value is not None else ""


@register.filter
def initials(name: str) -> str:
    """Up to two letters."""
    return formatting.initials(name or "")


@register.filter
def hue(name: str) -> int:
    """1 to 6."""
    return formatting.hue(name or "")
