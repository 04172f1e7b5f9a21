"""The middle of a record page and the peek's sections: composer, upcoming, timeline, tasks, notes."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from autocrm.activities import selectors
from autocrm.activities.cards import cards
from autocrm.activities.composer import composer_for
from autocrm.activities.forms import read_before, read_only
from autocrm.activities.lines import lines_of
from autocrm.activities.permissions import ACTIVITIES, MEETING, TASK
from autocrm.activities.timelines import Only, Show, timeline
from autocrm.activities.views.access import record_of
from autocrm.activities.views.actions import about_context
from autocrm.activities.views.meetings import meeting_context
from autocrm.activities.views.repeating import repeating_context
from autocrm.journal import selectors as journal
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.permissions import is_allowed
from autocrm.records.registry import RecordType
from autocrm.ui import formatting
from autocrm.users.door import actor_of
from autocrm.users.selectors import get_display_names

PAGE = 30
RECENT = 4
FEW_AHEAD = 5
MOST_LISTED = 100
SHOWS = {
    Show.NOTES: gettext_lazy("Notes"),
    Show.TASKS: gettext_lazy("Tasks"),
    Show.CALLS: gettext_lazy("Calls"),
    Show.MEETINGS: gettext_lazy("Meetings"),
    Show.EMAILS: gettext_lazy("E-mails"),
    Show.CHANGES: gettext_lazy("Changes"),
}


def render_activity(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """The first tab: composer, what is to be done, what happened."""
    actor = actor_of(request)
    context = _timeline(request, record_type, record, actor) | _upcoming(record_type, record, actor)
    context |= {"composer": composer_for(record_type, record, actor), "record_type": record_type}
    return render_to_string("activities/panel.html", context, request)


def render_tasks(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """All tasks of a record, open ones first."""
    actor = actor_of(request)
    found = cards(selectors.tasks_of(record_type.key, record.pk, actor=actor)[:MOST_LISTED], actor)
    upcoming = sorted(
        (card for card in found if card.is_open), key=lambda card: (card.moment is None, card.moment or card.at)
    )
    context = {
        "open": upcoming,
        "closed": [card for card in found if not card.is_open],
        "url": f"/{record_type.plural}/{record.pk}/panels/tasks/",
    }
    return render_to_string("activities/tasks_panel.html", context, request)


def render_notes(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """All notes of a record, the newest first."""
    actor = actor_of(request)
    found = selectors.notes_of(record_type.key, record.pk, actor=actor)[:MOST_LISTED]
    context = {"notes": cards(found, actor), "url": f"/{record_type.plural}/{record.pk}/panels/notes/"}
    return render_to_string("activities/notes_panel.html", context, request)


def render_next(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """The peek's next activity."""
    actor = actor_of(request)
    upcoming = selectors.upcoming_of(record_type.key, record.pk, actor=actor, limit=1)
    context = {
        "cards": cards(upcoming, actor),
        "url": f"/{record_type.plural}/{record.pk}/",
        "may_add": record.archived_at is None and is_allowed(actor, f"{TASK}.{Verb.CREATE}"),
    }
    return render_to_string("activities/peek_next.html", context, request)


def render_recent(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """The peek's last few things that happened."""
    actor = actor_of(request)
    page = timeline(record_type, record.pk, limit=RECENT, actor=actor)
    context = {"lines": lines_of(record_type, page.items, actor=actor)}
    return render_to_string("activities/peek_recent.html", context, request)


@require_GET
def show_timeline(request: HttpRequest, plural: str, record_id: object) -> HttpResponse:
    """The timeline alone, or only the lines that follow those that are there."""
    record_type, record, actor = record_of(request, plural, record_id)
    context = _timeline(request, record_type, record, actor)
    name = "rows" if context["before"] else "section"
    return HttpResponse(render_to_string(f"activities/timeline.html#{name}", context, request))


@require_GET
def show_upcoming(request: HttpRequest, plural: str, record_id: object) -> HttpResponse:
    """What is to be done, alone."""
    record_type, record, actor = record_of(request, plural, record_id)
    context = _upcoming(record_type, record, actor, show_all="all" in request.GET)
    return HttpResponse(render_to_string("activities/upcoming.html", context, request))


@require_GET
def show_authors(request: HttpRequest, plural: str, record_id: object) -> HttpResponse:
    """Whom the timeline can be narrowed to."""
    record_type, record, actor = record_of(request, plural, record_id)
    people = journal.list_authors(record_type.key, record.pk, actor=actor)
    only = read_only(request.GET)
    base = f"/{record_type.plural}/{record.pk}/timeline/"
    choices = [(key, name, f"{base}?{_query(Only(only.show, key))}", key == only.by) for key, name in people]
    context = {"people": choices, "everyone_url": f"{base}?{_query(Only(only.show))}", "only": only}
    return HttpResponse(render_to_string("activities/authors.html", context, request))


def _upcoming(record_type: RecordType, record: Any, actor: Actor, *, show_all: bool = False) -> dict[str, Any]:
    """What lies ahead of a record, the next few of it at first; of an activity, what it says and what it is about."""
    key = record_type.key
    context: dict[str, Any] = {"record_url": f"/{record_type.plural}/{record.pk}/"}
    if key in ACTIVITIES:
        context |= {"own": cards([record], actor)} | about_context(record, actor)
        context |= repeating_context(record, actor)
        return context | (meeting_context(record, actor) if key == MEETING else {})
    ahead = selectors.upcoming_of(key, record.pk, actor=actor)
    context["task_count"] = sum(1 for each in ahead if selectors.type_of(each) == TASK)
    context["note_count"] = selectors.notes_of(key, record.pk, actor=actor).count()
    shown = ahead[: MOST_LISTED if show_all else FEW_AHEAD]
    return context | {"upcoming": cards(shown, actor), "ahead_count": len(ahead), "show_all": show_all}


def _timeline(request: HttpRequest, record_type: RecordType, record: Any, actor: Actor) -> dict[str, Any]:
    only, before = read_only(request.GET), read_before(request.GET)
    page = timeline(record_type, record.pk, only=only, before=before, limit=PAGE, actor=actor)
    pinned = [] if only or before else selectors.pinned_on(record_type.key, record.pk, actor=actor)
    # What is pinned stands on top, and only there.
    items = [item for item in page.items if only or not (item.activity is not None and item.activity.is_pinned)]
    return {
        "lines": lines_of(record_type, items, actor=actor, after_day=_day(request.GET.get("day", ""))),
        "pinned": cards(pinned, actor),
        "following": page.following,
        "last_day": formatting.local_day(items[-1].at).isoformat() if items else request.GET.get("day", ""),
        "before": before,
        "only": only,
        "only_query": _query(only),
        "show_label": _show_label(only),
        "by_label": get_display_names([only.by]).get(only.by, "") if only.by else "",
        "shows": [(each.value, label, each in only.show) for each, label in SHOWS.items()],
        "record_url": f"/{record_type.plural}/{record.pk}/",
        "type_key": record_type.key,
        "refresh_on": " ".join(f"changed:{key}" for key in dict.fromkeys((record_type.key, *ACTIVITIES))),
    }


def _show_label(only: Only) -> str:
    if not only.show:
        return _("All types")
    if len(only.show) == 1:
        return force_str(SHOWS[next(iter(only.show))])
    return ngettext("%(count)d type", "%(count)d types", len(only.show)) % {"count": len(only.show)}


def _query(only: Only) -> str:
    pairs = [("show", each.value) for each in Show if each in only.show]
    return urlencode([*pairs, ("by", str(only.by))] if only.by else pairs)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
