"""The calendar: a list laid out over the days of a month or a week, by any field that holds a date or a moment.

In the address stand `on` the field, `span` month or week, `day` a day within it; search, filters and tabs are those of
the list. Only the days in sight are asked for, and of each only as many records as there is room for. Dates are days
and never moments; moments fall on the reader's days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import DateField, DateTimeField, Model, QuerySet, Value
from django.db.models.expressions import OrderBy
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.conditions.periods import start_of_day
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import DATE_KINDS, FieldKind
from autocrm.kernel.permissions import can_write_field, is_allowed
from autocrm.records.fields import Field
from autocrm.records.lists.addresses import query_string
from autocrm.records.lists.grouping import field_expression
from autocrm.records.lists.moving import day_place
from autocrm.records.lists.state import ListState
from autocrm.records.looks import Look, look_at
from autocrm.records.markup import day_in_full, fill
from autocrm.records.registry import RecordType
from autocrm.records.sampling import is_dear
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import list_queryset, with_references
from autocrm.tenants.selectors import get_tenant
from autocrm.ui import formatting

CALENDAR = "calendar"
ON, SPAN, DAY = "on", "span", "day"
MONTH, WEEK = "month", "week"
ROOM = {MONTH: 3, WEEK: 40}
# So many records of a span are read together and counted; of more each day is asked for by itself.
READ_TOGETHER = 500
_FIRST_YEAR, _LAST_YEAR = 1000, 8999

_ITEM = (
    '<li class="cal-i{}" data-row data-carried data-id="{}" data-version="{}" data-url="{}" data-peek-url="{}peek/"'
    ' tabindex="-1" aria-label="{}"{}>{}<a class="clip" href="{}" data-peek-link tabindex="-1">{}</a></li>'
)


@dataclass(frozen=True)
class Calendar:
    """What a calendar asks for, read from the address and checked; `day` is the one it is built around."""

    state: ListState
    on: Field
    span: str
    day: date
    week_start: int

    @property
    def first(self) -> date:
        """The first day in sight: the beginning of a week."""
        day = self.day.replace(day=1) if self.span == MONTH else self.day
        return day - timedelta(days=(day.weekday() - self.week_start) % 7)

    @property
    def days(self) -> list[date]:
        """Every day in sight: one week, or the whole weeks that hold the month."""
        if self.span == WEEK:
            return [self.first + timedelta(days=at) for at in range(7)]
        following = _month_after(self.day, 1)
        weeks = -(-(following - self.first).days // 7)
        return [self.first + timedelta(days=at) for at in range(weeks * 7)]

    @property
    def before(self) -> date:
        """A day of the span before this one."""
        return _month_after(self.day, -1) if self.span == MONTH else self.day - timedelta(days=7)

    @property
    def after(self) -> date:
        """A day of the span after this one."""
        return _month_after(self.day, 1) if self.span == MONTH else self.day + timedelta(days=7)


@dataclass(frozen=True)
class CalendarDay:
    """One day: its place for drops, its items, how many more there are; where there are very many nobody counted."""

    day: date
    place: str
    label: str
    said: str
    is_today: bool
    is_off: bool
    items: SafeString
    count: int
    more: int
    is_counted: bool
    more_url: str
    add_url: str


def _month_after(day: date, months: int) -> date:
    at = day.year * 12 + day.month - 1 + months
    return date(at // 12, at % 12 + 1, 1)


def calendar_fields(record_type: RecordType, actor: Actor) -> list[Field]:
    """The fields a calendar can be over, the most telling first."""
    schema = RecordSchema(record_type, actor)
    found = [
        each for each in record_type.all_fields if each.kind in DATE_KINDS and each.filterable and schema.can_read(each)
    ]
    return sorted(found, key=lambda each: (not each.extra.get("deadline"), not each.editable))


def read_calendar(state: ListState, actor: Actor) -> Calendar:
    """The calendar that the address asks for. Raises Invalid for a field that is no date, or a day that is none."""
    key = state.option(ON)
    on = next((each for each in calendar_fields(state.record_type, actor) if not key or each.key == key), None)
    if on is None:
        raise Invalid(fields={ON: [_("There is no calendar over this field.")]})
    span = state.option(SPAN) or MONTH
    if span not in ROOM:
        raise Invalid(fields={SPAN: [_("A calendar shows a month or a week.")]})
    week_start = int(get_tenant(actor.tenant_id).settings.get("week_start", 0))
    return Calendar(state, on, span, _day(state.option(DAY)), week_start)


def _day(text: str) -> date:
    if not text:
        return formatting.today()
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Invalid(fields={DAY: [_("This is not a date like 2026-11-22.")]})
    return day


def draw_calendar(request: HttpRequest, state: ListState, actor: Actor) -> SafeString:
    """The whole calendar as HTML. Raises Invalid."""
    calendar = read_calendar(state, actor)
    days = _days(calendar, actor)
    context = {
        "record_type": state.record_type,
        "calendar": calendar,
        "title": _title(calendar),
        "days": days,
        "headings": [(date_format(each, "D"), date_format(each, "l")) for each in calendar.days[:7]],
        "fields": calendar_fields(state.record_type, actor),
        "is_empty": not any(each.count for each in days),
        "may_move": _may_move(calendar, actor),
    }
    return SafeString(render_to_string("records/calendar.html", context, request))


def draw_item(calendar: Calendar, record: Any, actor: Actor) -> SafeString:
    """One item."""
    return _item(record, calendar, look_at(calendar.state.record_type, actor))


def _title(calendar: Calendar) -> str:
    if calendar.span == MONTH:
        return date_format(calendar.day, "F Y")
    days = calendar.days
    return _("%(first)s to %(last)s") % {"first": formatting.day(days[0]), "last": formatting.day_full(days[-1])}


def _may_move(calendar: Calendar, actor: Actor) -> bool:
    return calendar.on.editable and can_write_field(actor, calendar.state.record_type.key, calendar.on.key)


def _days(calendar: Calendar, actor: Actor) -> list[CalendarDay]:
    look = look_at(calendar.state.record_type, actor)
    by_day, is_counted = _records_by_day(calendar, actor)
    add_url = _add_url(calendar, actor)
    return [_day_of_page(calendar, day, by_day[day], look, (is_counted, add_url)) for day in calendar.days]


def _day_of_page(
    calendar: Calendar, day: date, records: Sequence[Any], look: Look, same: tuple[bool, str]
) -> CalendarDay:
    is_counted, add_url = same
    label, count = day_in_full(day), len(records)
    shown = records[: ROOM[calendar.span]]
    many = ngettext("%(count)s record", "%(count)s records", count) % {"count": formatting.number(count)}
    return CalendarDay(
        day=day,
        place=day_place(day),
        label=label,
        said=f"{label}, {many}" if count and is_counted else label,
        is_today=day == formatting.today(),
        is_off=calendar.span == MONTH and day.month != calendar.day.month,
        items=SafeString("".join(_item(each, calendar, look) for each in shown)),
        count=count,
        more=count - len(shown),
        is_counted=is_counted,
        more_url=_more_url(calendar, day),
        add_url=f"{add_url}{_start(calendar.on, day)}" if add_url else "",
    )


def _records_by_day(calendar: Calendar, actor: Actor) -> tuple[dict[date, list[Any]], bool]:
    """The records of each day in sight, and whether these are all: of very many only as many as there is room for."""
    days, room = calendar.days, ROOM[calendar.span]
    within = _between(calendar, days[0], days[-1] + timedelta(days=1), actor)[: READ_TOGETHER + 1]
    if is_dear(within):
        raise Invalid(_("There are too many records to look through for a calendar. Narrow the list by a filter."))
    together = list(within)
    if len(together) > READ_TOGETHER:
        one = timedelta(days=1)
        found = {day: _in_order(_between(calendar, day, day + one, actor), calendar) for day in days}
        return {day: list(each[: room + 1]) for day, each in found.items()}, False
    # In whatever order the database finds them fastest: there are few.
    together.sort(key=lambda each: (calendar.on.read(each), each.pk))
    by_day: dict[date, list[Any]] = {day: [] for day in days}
    for record in together:
        by_day[day_of(calendar.on.read(record), actor)].append(record)
    return by_day, True


def day_of(value: date | datetime, actor: Actor) -> date:
    """The day on which a value falls for the reader; a date is that day wherever one is."""
    return timezone.localtime(value, actor.zone).date() if isinstance(value, datetime) else value


def _between(calendar: Calendar, first: date, until: date, actor: Actor) -> QuerySet[Any]:
    """The records from one day on and before another, in their order."""
    state, on = calendar.state, calendar.on
    expression = field_expression(on, state.schema)
    low: date | datetime = first
    high: date | datetime = until
    kind: DateField[Any, Any] = DateField()
    if on.kind is FieldKind.DATETIME:
        low, high = start_of_day(first, actor.zone), start_of_day(until, actor.zone)
        kind = DateTimeField()
    found: QuerySet[Model] = list_queryset(state.record_type, replace(state.query(), cursor=""), actor=actor)
    found = found.filter(
        GreaterThanOrEqual(expression, Value(low, output_field=kind)),
        LessThan(expression, Value(high, output_field=kind)),
    )
    titles = [state.record_type.by_key[key] for key in state.record_type.title_fields]
    return with_references(found, state.record_type, titles)


def _in_order(found: QuerySet[Any], calendar: Calendar) -> QuerySet[Any]:
    """By time. None of them is empty, but indexes of moments are read from their end, where empty ones come first."""
    expression: Any = field_expression(calendar.on, calendar.state.schema)
    empty_first = True if calendar.on.kind is FieldKind.DATETIME and calendar.on.nullable else None
    return found.order_by(OrderBy(expression, nulls_first=empty_first), "id")


def _item(record: Any, calendar: Calendar, look: Look) -> SafeString:
    url = f"/{look.record_type.plural}/{record.id}/"
    title, value = look.title(record), calendar.on.read(record)
    clock, late = SafeString(""), False
    if isinstance(value, datetime):
        clock = fill("<time>{}</time>", formatting.clock_time(value))
    if calendar.on.extra.get("deadline"):
        late = day_of(value, look.actor) < formatting.today()
    said = f"{title}, {formatting.clock_time(value)}" if isinstance(value, datetime) else title
    fixed = SafeString("") if look.may_edit(calendar.on, record) else SafeString(" data-fixed")
    css = " late" if late else ""
    return fill(_ITEM, css, record.id, record.version, url, url, said, fixed, clock, url, title)


def _more_url(calendar: Calendar, day: date) -> str:
    """The table of that very day, under the same filters."""
    rest = query_string(calendar.state.params, "cursor", "peek", "layout", ON, SPAN, DAY, calendar.on.key)
    return f"/{calendar.state.record_type.plural}/?{rest}&{urlencode({calendar.on.key: day.isoformat()})}"


def _add_url(calendar: Calendar, actor: Actor) -> str:
    """Where a record is made, "" for whoever may not make one with such a date."""
    record_type = calendar.state.record_type
    if calendar.state.is_bin or not _may_move(calendar, actor):
        return ""
    return f"/{record_type.plural}/new/" if is_allowed(actor, record_type.permission(Verb.CREATE)) else ""


def _start(on: Field, day: date) -> str:
    start = f"{day.isoformat()}T09:00" if on.kind is FieldKind.DATETIME else day.isoformat()
    return f"?{urlencode({on.key: start})}"
