"""The dashboard in words and drawings, ready for its template."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.activities import agendas
from autocrm.activities import selectors as activities
from autocrm.activities.models import ActivityLink, Task
from autocrm.activities.permissions import TASK
from autocrm.analytics import questions
from autocrm.analytics.activity import list_recent
from autocrm.analytics.charts import EMPTY, Chart, Point, spark
from autocrm.analytics.questions import HIGH_VALUE, NEW_DAYS
from autocrm.analytics.selectors import ContactFigures, Dashboard, Figure, get_dashboard
from autocrm.contacts.permissions import CONTACT
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.permissions import is_allowed
from autocrm.records.listing import patience
from autocrm.records.looks import look_at
from autocrm.records.querysets import visible_to
from autocrm.records.registry import record_types
from autocrm.ui import formatting

TASKS = 8
# After so many seconds the page asks for its numbers again; sooner while they are counted behind it.
SECONDS = 30
SECONDS_WHILE_COUNTED = 2


@dataclass(frozen=True, slots=True)
class Tile:
    """One number. `change` is a difference in `tone`, `note` the words after it, a link when `note_url` is set."""

    key: str
    title: str
    value: str
    url: str
    change: str = ""
    tone: str = ""
    note: str = ""
    note_url: str = ""
    drawing: str = EMPTY
    gauge: float | None = None


@dataclass(frozen=True, slots=True)
class DueTask:
    """One of one's own tasks, and the record it is about as far as the actor may see it."""

    id: UUID
    title: str
    url: str
    due_at: datetime
    is_overdue: bool
    may_finish: bool
    about: str = ""
    about_url: str = ""


def page_context(actor: Actor) -> dict[str, Any]:
    """Everything the page shows, in the time that a page has."""
    dashboard = get_dashboard(actor, patience=patience())
    contacts = dashboard.contacts
    return {
        "dashboard": dashboard,
        "seconds": SECONDS_WHILE_COUNTED if dashboard.is_being_counted else SECONDS,
        "tiles": list(_tiles(dashboard)),
        "weeks": weeks_chart(contacts) if contacts and contacts.total.value else None,
        "types": types_chart(contacts) if contacts and contacts.total.value else None,
        "is_empty": contacts is not None and not contacts.total.value,
        "may_create": is_allowed(actor, f"{CONTACT}.{Verb.CREATE}"),
        "tasks": list_due(actor) if dashboard.tasks else None,
        "due": int(dashboard.tasks.due_today.value + dashboard.tasks.overdue.value) if dashboard.tasks else 0,
        "due_url": questions.DUE.url(sort="due_at"),
        "activity": list_recent(actor),
    }


def weeks_chart(contacts: ContactFigures) -> Chart | None:
    """New contacts by week."""
    if contacts.by_week is None:
        return None
    weeks = contacts.by_week
    points = tuple(
        Point(
            formatting.day(week.since),
            week.count,
            week.url,
            ngettext("Week of %(day)s: %(count)s new contact", "Week of %(day)s: %(count)s new contacts", week.count)
            % {"day": formatting.day(week.since), "count": formatting.number(week.count)},
        )
        for week in weeks
    )
    best = max(points, key=lambda point: point.value)
    said = _("The most, %(count)s, in the week of %(day)s.") % {
        "count": formatting.number(best.value),
        "day": best.label,
    }
    return Chart("columns", _("New contacts by week"), said, _("Week of"), _("New contacts"), points)


def types_chart(contacts: ContactFigures) -> Chart | None:
    """Contacts by type."""
    if contacts.by_type is None:
        return None
    points = tuple(Point(each.label or _("None"), each.count, each.url) for each in contacts.by_type)
    best = max(points, key=lambda point: point.value)
    said = _("%(type)s is the largest group with %(count)s.") % {
        "type": best.label,
        "count": formatting.number(best.value),
    }
    return Chart("bars", _("Contacts by type"), said, _("Type"), _("Contacts"), points)


def list_due(actor: Actor, *, limit: int = TASKS) -> list[DueTask]:
    """One's own open tasks that are overdue or due today, the oldest first."""
    agenda = agendas.agenda(actor)
    tasks = [each for each in (*agenda.overdue, *agenda.today) if isinstance(each, Task)][:limit]
    record_type = record_types.get(TASK)
    look = look_at(record_type, actor)
    about = _about(tasks, actor)
    overdue = {task.id for task in agenda.overdue}
    return [
        DueTask(
            id=task.id,
            title=look.title(task),
            url=f"/{record_type.plural}/{task.id}/",
            due_at=task.due_at,
            is_overdue=task.id in overdue,
            may_finish=look.may_edit(record_type.by_key["status"], task),
            **about.get(task.id, {}),
        )
        for task in tasks
        if task.due_at is not None
    ]


def _about(tasks: Sequence[Task], actor: Actor) -> dict[UUID, dict[str, str]]:
    """The first record each task is about that the actor may see; a query for each record type among them."""
    links = [link for found in activities.records_of(TASK, [task.id for task in tasks]).values() for link in found]
    found: dict[UUID, dict[str, str]] = {}
    for key in dict.fromkeys(link.record_type for link in links):
        record_type = record_types.get(key)
        mine: list[ActivityLink] = [link for link in links if link.record_type == key]
        records = visible_to(record_type, actor).in_bulk([link.record_id for link in mine])
        look = look_at(record_type, actor)
        for link in mine:
            record = records.get(link.record_id)
            if record is not None:
                url = f"/{record_type.plural}/{record.pk}/"
                found.setdefault(link.activity_id, {"about": look.title(record), "about_url": url})
    return found


def _tiles(dashboard: Dashboard) -> Iterator[Tile]:
    contacts = dashboard.contacts
    if contacts is not None:
        yield from _contact_tiles(contacts, _number_in_words(dashboard))
    if dashboard.tasks is not None:
        overdue = dashboard.tasks.overdue
        number = {"count": formatting.number(overdue.value)}
        yield Tile(
            "tasks",
            _("My tasks due today"),
            formatting.number(dashboard.tasks.due_today.value),
            dashboard.tasks.due_today.url,
            tone="t-bad" if overdue.value else "",
            note=_("%(count)s overdue") % number,
            note_url=overdue.url,
        )
    if dashboard.companies is not None:
        yield _company_tile(dashboard.companies, contacts, _number_in_words(dashboard))


def _number_in_words(dashboard: Dashboard) -> Callable[[float], str]:
    """How the dashboard says a count: what was counted in part is "about" that."""
    if not dashboard.is_about:
        return formatting.number
    return lambda count: _("about %(figure)s") % {"figure": formatting.number(count)}


def _contact_tiles(contacts: ContactFigures, say: Callable[[float], str]) -> Iterator[Tile]:
    weeks = [week.count for week in contacts.by_week or ()]
    total = int(contacts.total.value)
    earlier = total - sum(weeks)
    yield Tile(
        "contacts",
        _("Contacts"),
        say(total),
        contacts.total.url,
        note=_("%(count)s this week") % {"count": say(weeks[-1])} if weeks else "",
        note_url=contacts.by_week[-1].url if contacts.by_week else "",
        drawing=spark([earlier + each for each in accumulate(weeks)]),
    )
    if contacts.new is not None and contacts.new_before is not None:
        change, tone = _change(contacts.new.value, contacts.new_before.value)
        yield Tile(
            "new",
            _("New in %(count)d days") % {"count": NEW_DAYS},
            say(contacts.new.value),
            contacts.new.url,
            change=change,
            tone=tone,
            note=_("against %(count)s before") % {"count": say(contacts.new_before.value)},
            note_url=contacts.new_before.url,
            drawing=spark(weeks),
        )
    if contacts.sees_engagement:
        yield from _engagement_tiles(contacts, total, say)


def _engagement_tiles(contacts: ContactFigures, total: int, say: Callable[[float], str]) -> Iterator[Tile]:
    average = contacts.average_engagement
    yield Tile(
        "engagement",
        _("Average engagement"),
        formatting.number(average.value, 1) if average else "–",
        average.url if average else contacts.total.url,
        note=_("Of 100"),
        gauge=average.value if average else None,
    )
    if contacts.high_value is not None:
        high = contacts.high_value
        share = formatting.percent(100 * high.value / total) if total else formatting.percent(0)
        yield Tile(
            "high",
            _("High value"),
            say(high.value),
            high.url,
            change=share,
            note=_("score %(least)d or more") % {"least": HIGH_VALUE},
        )


def _company_tile(companies: Figure, contacts: ContactFigures | None, say: Callable[[float], str]) -> Tile:
    note = ""
    if contacts is not None and companies.value:
        each = formatting.number(round(contacts.total.value / companies.value, 1))
        note = _("%(count)s contacts each") % {"count": each}
    return Tile("companies", _("Companies"), say(companies.value), companies.url, note=note)


def _change(value: float, before: float) -> tuple[str, str]:
    """The difference in percent with its sign, and whether it is good."""
    if not before or value == before:
        return "", ""
    percent = formatting.percent(abs(round(100 * (value - before) / before, 1)))
    return (f"+{percent}", "t-ok") if value > before else (f"−{percent}", "t-bad")
