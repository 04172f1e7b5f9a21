"""The Today page: what one has to do, by when, and what one has done; one line adds more."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from autocrm.activities import agendas, services
from autocrm.activities.cards import cards
from autocrm.activities.permissions import CALL, MEETING, TASK
from autocrm.activities.quick_words import read_quick
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Invalid
from autocrm.kernel.permissions import authorize, is_allowed
from autocrm.kernel.text import read_count
from autocrm.records.registry import record_types
from autocrm.ui import formatting
from autocrm.ui.rendering import changed, render_page, toast
from autocrm.users.door import actor_of

TODAY = "activities/today.html"
QUICK = "activities/quick.html"
PARTS = ("overdue", "today", "week", "later", "undated")
TEAM, MONTH = "team", "month"
DONE_PAGE, MOST_DONE = 100, 2_000
TIME_FIELDS = {TASK: "due_at", CALL: "at", MEETING: "starts_at"}


@require_GET
def show_today(request: HttpRequest) -> HttpResponse:
    """Overdue, today, this week, later, without a date; each done or moved by one key. `?of=team`: everybody's."""
    actor = actor_of(request)
    authorize(actor, f"{TASK}.{Verb.READ}")
    of_team = request.GET.get("of") == TEAM
    agenda = agendas.agenda(actor, of_team=of_team)
    shown = {card.id: card for card in cards(agenda, actor, with_subjects=True)}
    context: dict[str, Any] = {key: [shown[each.pk] for each in getattr(agenda, key)] for key in PARTS}
    with_people = [card for card in context["today"] if card.type in {CALL, MEETING}]
    context |= {"tab": "today", "calendar": with_people, "is_empty": not shown, "of_team": of_team}
    context["overdue_count"] = agenda.overdue_count
    return render_page(request, TODAY, context | _frame(actor), "list")


@require_GET
def show_done(request: HttpRequest) -> HttpResponse:
    """What one has completed lately, or with `?of=month` since the month began; `shown` says how many of it."""
    actor = actor_of(request)
    authorize(actor, f"{TASK}.{Verb.READ}")
    moment = now()
    of_month = request.GET.get("of") == MONTH
    first = moment.astimezone(actor.zone).date().replace(day=1)
    since = agendas.begins_at(first, actor) if of_month else moment - agendas.DONE_WINDOW
    shown = min(read_count(request.GET.get("shown", "")) or DONE_PAGE, MOST_DONE)
    done = cards(agendas.list_done(actor, since, limit=shown), actor, with_subjects=True)
    context = {
        "tab": "done",
        "done": done,
        "of_month": of_month,
        "done_count": agendas.count_done(actor, since, moment),
    }
    return render_page(request, TODAY, _frame(actor) | context | {"more": shown + DONE_PAGE}, "list")


@require_POST
def add_quickly(request: HttpRequest) -> HttpResponse:
    """One line becomes a task, a call or a meeting; the answer is the emptied line, or what was wrong beside it."""
    actor = actor_of(request)
    text = request.POST.get("text", "").strip()
    try:
        made, key = _add(text, actor)
    except Invalid as error:
        fault = " ".join(force_str(each) for texts in error.fields.values() for each in texts) or force_str(error)
        return render_page(request, QUICK, {"text": text, "fault": fault, "may_create": True}, status=422)
    response = render_page(request, QUICK, {"may_create": True})
    return changed(toast(response, _added(made, key, actor)), key, [made.pk])


@transaction.atomic
def _add(text: str, actor: Actor) -> tuple[Any, str]:
    if not text:
        raise Invalid(fields={"text": [_("Write what is to be done.")]})
    quick = read_quick(text, moment=now(), zone=actor.zone)
    key = quick.activity_type if is_allowed(actor, f"{quick.activity_type}.{Verb.CREATE}") else TASK
    values: dict[str, Any] = {"subject": quick.subject, "status": "open"}
    values |= {TIME_FIELDS[key]: quick.at} if quick.at is not None else {}
    values |= {"kind": quick.kind} if key == TASK else {}
    return services.create_activity(key, values, actor=actor), key


def _added(made: Any, key: str, actor: Actor) -> str:
    """What was understood, so that a misunderstanding is seen at once."""
    label = force_str(record_types.get(key).label)
    if made.moment is None:
        return _("%(type)s added: %(name)s") % {"type": label, "name": made.subject}
    local = made.moment.astimezone(actor.zone)
    when = {"day": formatting.ago(local.date()), "time": formatting.clock_time(local)}
    return _("%(type)s added: %(name)s, %(day)s at %(time)s") % {"type": label, "name": made.subject, **when}


def _frame(actor: Actor) -> dict[str, Any]:
    """What stands round either list: the day, the counts, the month so far beside the one before."""
    moment = now()
    today = moment.astimezone(actor.zone).date()
    first = today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    done = agendas.count_done(actor, agendas.begins_at(first, actor), moment)
    same_days = before + timedelta(days=min(today.day, (first - before).days))
    done_before = agendas.count_done(actor, agendas.begins_at(before, actor), agendas.begins_at(same_days, actor))
    return {
        "day": today,
        "due": agendas.count_due(actor),
        "done_this_month": done,
        "done_delta": done - done_before,
        "may_create": is_allowed(actor, f"{TASK}.{Verb.CREATE}"),
        "has_team": len(actor.team_user_ids) > 1,
    }
