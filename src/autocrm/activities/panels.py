"""What activities put on the pages of records: three tabs, two sections of the peek, three buttons."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.activities import selectors
from autocrm.activities.permissions import ACTIVITIES, MEETING, NOTE, TASK
from autocrm.activities.views import panels as views
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.permissions import is_allowed
from autocrm.records.panels import PeekPart, RecordAction, RecordPanel, add_action, add_panel, add_peek_part
from autocrm.records.registry import RecordType


def _count_tasks(record_type: RecordType, record: Any, actor: Actor) -> int:
    return selectors.open_on(record_type.key, record.pk, actor=actor).count()


def _count_notes(record_type: RecordType, record: Any, actor: Actor) -> int:
    return selectors.notes_of(record_type.key, record.pk, actor=actor).count()


def _compose(form: str, activity_type: str) -> Callable[[RecordType, Any, Actor], str]:
    """The record's page with the composer open at that form."""

    def url(record_type: RecordType, record: Any, actor: Actor) -> str:
        allowed = is_allowed(actor, f"{activity_type}.{Verb.CREATE}") and record.archived_at is None
        return f"/{record_type.plural}/{record.pk}/#compose-{form}" if allowed else ""

    return url


# An activity is written about other records; on its own page it has none of its own but notes.
_ACTIVITIES = frozenset(ACTIVITIES)
_NOTE = frozenset({NOTE})

add_panel(RecordPanel(key="activity", label=_("Activity"), order=10, render=views.render_activity))
add_panel(
    RecordPanel(key="tasks", label=_("Tasks"), order=20, render=views.render_tasks, count=_count_tasks, but=_ACTIVITIES)
)
add_panel(
    RecordPanel(key="notes", label=_("Notes"), order=30, render=views.render_notes, count=_count_notes, but=_NOTE)
)
add_peek_part(PeekPart(key="next-activity", order=50, render=views.render_next, but=_ACTIVITIES))
add_peek_part(PeekPart(key="recent", order=200, render=views.render_recent, but=_ACTIVITIES))
add_action(RecordAction(key="note", label=_("Note"), icon="note", order=30, url=_compose("note", NOTE), but=_NOTE))
add_action(
    RecordAction(key="task", label=_("Task"), icon="checkbox", order=40, url=_compose("task", TASK), but=_ACTIVITIES)
)
add_action(
    RecordAction(
        key="meeting", label=_("Meeting"), icon="calendar", order=45, url=_compose("meeting", MEETING), but=_ACTIVITIES
    )
)
