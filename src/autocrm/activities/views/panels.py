"""The middle of a record page and the peek's sections: composer, upcoming, timeline, tasks, notes."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from autocrm.activities import selectors
from autocrm.activities.cards import note_cards, task_cards
from autocrm.activities.composer import composer_for
from autocrm.activities.forms import read_before, read_only
from autocrm.activities.lines import lines_of
from autocrm.activities.models import Note
from autocrm.activities.permissions import NOTE, TASK
from autocrm.activities.selectors import Show
from autocrm.activities.views.access import record_of
from autocrm.journal import selectors as journal
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.permissions import is_allowed
from autocrm.records.registry import RecordType
from autocrm.ui import formatting
from autocrm.users.door import actor_of
from autocrm.users.selectors import get_display_names

PAGE = 30
RECENT = 4
MOST_LISTED = 100
SHOWS = {
    Show.ALL: _("All types"),
    Show.NOTES: _("Notes"),
    Show.TASKS: _("Tasks and calls"),
    Show.CHANGES: _("Changes"),
}


def render_activity(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """The first tab: composer, what is to be done, what happened."""
    actor = actor_of(request)
    context = _timeline(request, record_type, record, actor) | _upcoming(record_type, record, actor)
    context |= {"composer": composer_for(record_type, record, actor), "record_type": record_type}
    if record_type.key in {TASK, NOTE}:
        context |= _itself(record_type, record, actor)
    return render_to_string("activities/panel.html", context, request)


def render_tasks(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """All tasks of a record, open ones first."""
    actor = actor_of(request)
    found = selectors.tasks_of(record_type.key, record.pk, actor=actor)[:MOST_LISTED]
    cards = task_cards(found, actor)
    upcoming = task_cards(selectors.upcoming_of(record_type.key, record.pk, actor=actor, limit=MOST_LISTED), actor)
    context = {
        "open": upcoming,
        "closed": [card for card in cards if not card.is_open],
        "url": f"/{record_type.plural}/{record.pk}/panels/tasks/",
    }
    return render_to_string("activities/tasks_panel.html", context, request)


def render_notes(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """All notes of a record, the newest first."""
    actor = actor_of(request)
    found = selectors.notes_of(record_type.key, record.pk, actor=actor)[:MOST_LISTED]
    context = {"notes": note_cards(found, actor), "url": f"/{record_type.plural}/{record.pk}/panels/notes/"}
    return render_to_string("activities/notes_panel.html", context, request)


def render_next(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """The peek's next activity."""
    actor = actor_of(request)
    upcoming = selectors.upcoming_of(record_type.key, record.pk, actor=actor, limit=1)
    context = {
        "cards": task_cards(upcoming, actor),
        "url": f"/{record_type.plural}/{record.pk}/",
        "may_add": is_allowed(actor, f"{TASK}.{Verb.CREATE}") and record.archived_at is None,
    }
    return render_to_string("activities/peek_next.html", context, request)


def render_recent(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """The peek's last lines of the timeline."""
    actor = actor_of(request)
    page = selectors.timeline(record_type, record.pk, limit=RECENT, actor=actor)
    context = {"lines": lines_of(record_type, page.items, actor=actor), "url": f"/{record_type.plural}/{record.pk}/"}
    return render_to_string("activities/peek_recent.html", context, request)


@require_GET
def show_timeline(request: HttpRequest, plural: str, record_id: object) -> HttpResponse:
    """The timeline alone, narrowed or not; with `before` only what comes after that in it."""
    record_type, record, actor = record_of(request, plural, record_id)
    context = _timeline(request, record_type, record, actor)
    name = "rows" if context["before"] else "section"
    return HttpResponse(render_to_string(f"activities/timeline.html#{name}", context, request))


@require_GET
def show_upcoming(request: HttpRequest, plural: str, record_id: object) -> HttpResponse:
    """What is to be done, alone."""
    record_type, record, actor = record_of(request, plural, record_id)
    context = _upcoming(record_type, record, actor)
    if record_type.key in {TASK, NOTE}:
        context |= _itself(record_type, record, actor)
    return HttpResponse(render_to_string("activities/upcoming.html", context, request))


@require_GET
def show_authors(request: HttpRequest, plural: str, record_id: object) -> HttpResponse:
    """Whom the timeline can be narrowed to."""
    record_type, record, actor = record_of(request, plural, record_id)
    people = journal.list_authors(record_type.key, record.pk, actor=actor)
    context = {"people": people, "only": read_only(request.GET), "record_url": f"/{record_type.plural}/{record.pk}/"}
    return HttpResponse(render_to_string("activities/authors.html", context, request))


def _upcoming(record_type: RecordType, record: Any, actor: Actor) -> dict[str, Any]:
    tasks = selectors.upcoming_of(record_type.key, record.pk, actor=actor)
    return {
        "upcoming": task_cards(tasks, actor),
        "record_url": f"/{record_type.plural}/{record.pk}/",
        "task_count": len(tasks),
        "note_count": selectors.notes_of(record_type.key, record.pk, actor=actor).count(),
    }


def _itself(record_type: RecordType, record: Any, actor: Actor) -> dict[str, Any]:
    """A task or note on its own page: what it says and what it is about."""
    about = selectors.subjects_of(record_type.key, [record.pk], actor=actor).get(record.pk, [])
    if record_type.key == TASK:
        return {"about": about, "own_tasks": task_cards([record], actor)}
    return {"about": about, "own_notes": note_cards([record], actor)}


def _timeline(request: HttpRequest, record_type: RecordType, record: Any, actor: Actor) -> dict[str, Any]:
    only, before = read_only(request.GET), read_before(request.GET)
    page = selectors.timeline(record_type, record.pk, only=only, before=before, limit=PAGE, actor=actor)
    narrowed = bool(only.show or only.by)
    pinned = selectors.notes_of(record_type.key, record.pk, actor=actor).filter(is_pinned=True)[:MOST_LISTED]
    # What is pinned stands on top, and only there.
    items = [item for item in page.items if narrowed or not _is_pinned(item.activity)]
    return {
        "lines": lines_of(record_type, items, actor=actor, after_day=_day(request.GET.get("day", ""))),
        "pinned": note_cards(pinned, actor) if before is None and not narrowed else [],
        "following": page.following,
        "last_day": formatting.local_day(items[-1].at).isoformat() if items else request.GET.get("day", ""),
        "before": before,
        "only": only,
        "only_query": urlencode({"show": only.show.value, "by": only.by or ""}),
        "show_label": SHOWS[only.show],
        "by_label": get_display_names([only.by]).get(only.by, "") if only.by else "",
        "shows": [(each.value, label) for each, label in SHOWS.items()],
        "record_url": f"/{record_type.plural}/{record.pk}/",
        "type_key": record_type.key,
    }


def _is_pinned(activity: Any) -> bool:
    return isinstance(activity, Note) and activity.is_pinned


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
