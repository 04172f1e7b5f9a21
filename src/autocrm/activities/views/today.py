"""The Today page: what one has to do, by when, and what one has done."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from autocrm.activities import selectors
from autocrm.activities.cards import task_cards
from autocrm.activities.models import TaskKind
from autocrm.activities.permissions import TASK
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.conditions.periods import start_of_day
from autocrm.kernel.permissions import authorize, can_read_field, is_allowed
from autocrm.ui.rendering import render_page
from autocrm.users.door import actor_of

TODAY = "activities/today.html"
WITH_PEOPLE = frozenset({TaskKind.MEETING, TaskKind.CALL})


@require_GET
def show_today(request: HttpRequest) -> HttpResponse:
    """Overdue, today, later, without a date; each task done or moved by one key."""
    actor = actor_of(request)
    authorize(actor, f"{TASK}.{Verb.READ}")
    agenda = selectors.agenda(actor)
    parts = {"overdue": agenda.overdue, "today": agenda.today, "later": agenda.later, "undated": agenda.undated}
    tasks = [task for part in parts.values() for task in part]
    cards = {card.id: card for card in task_cards(tasks, actor, with_subjects=True)}
    context: dict[str, Any] = {key: [cards[task.pk] for task in part] for key, part in parts.items()}
    meetings = [task for task in agenda.today if task.kind in WITH_PEOPLE and can_read_field(actor, TASK, "kind")]
    context |= {"tab": "today", "calendar": [cards[task.pk] for task in meetings], "is_empty": not tasks}
    return render_page(request, TODAY, context | _frame(actor), "list")


@require_GET
def show_done(request: HttpRequest) -> HttpResponse:
    """What one has completed lately."""
    actor = actor_of(request)
    authorize(actor, f"{TASK}.{Verb.READ}")
    done = task_cards(selectors.done_lately(actor), actor, with_subjects=True)
    return render_page(request, TODAY, _frame(actor) | {"tab": "done", "done": done}, "list")


def _frame(actor: Actor) -> dict[str, Any]:
    """What stands round either list: the day, the counts, the month so far beside the one before."""
    moment = now()
    today = moment.astimezone(actor.zone).date()
    first = today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    done = selectors.count_done(actor, _begin(first, actor), moment)
    same_days = before + timedelta(days=min(today.day, (first - before).days))
    done_before = selectors.count_done(actor, _begin(before, actor), _begin(same_days, actor))
    return {
        "day": today,
        "due": selectors.count_due(actor),
        "done_this_month": done,
        "done_delta": done - done_before,
        "may_create": is_allowed(actor, f"{TASK}.{Verb.CREATE}"),
    }


def _begin(day: date, actor: Actor) -> Any:
    return start_of_day(day, actor.zone)
