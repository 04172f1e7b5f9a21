"""What activities offer to registries of the kernel and of records."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from autocrm.activities.erasing import forget_links
from autocrm.activities.models import ActivityLink
from autocrm.activities.permissions import TASK
from autocrm.activities.selectors import count_recent, next_of
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.engagement import Signal, register
from autocrm.kernel.permissions import can_read_field, is_allowed
from autocrm.records.erasing import on_erase
from autocrm.records.merge_participants import add_participant, linked_rows
from autocrm.records.next_steps import NextStep, answer_next_steps
from autocrm.records.registry import record_types


def _next_steps(record_type: str, ids: Sequence[UUID], actor: Actor) -> Mapping[UUID, NextStep] | None:
    """The next open task of each record, as far as the actor may see tasks; nothing is planned about a task."""
    task = record_types.get(TASK)
    shown = can_read_field(actor, TASK, "subject") and can_read_field(actor, TASK, "due_at")
    if record_type == TASK or not shown or not is_allowed(actor, task.permission(Verb.READ)):
        return None
    found = next_of(record_type, ids, actor=actor)
    return {record_id: NextStep(each.subject, each.due_at) for record_id, each in found.items()}


register(Signal(key="activities", weight=10, count=count_recent))
answer_next_steps(_next_steps)
on_erase(forget_links)
add_participant(
    linked_rows("activities", _("Tasks and notes"), ActivityLink, once=("activity_type", "activity_id"), order=20)
)
# Where activities are merged themselves, what they are about follows.
add_participant(
    linked_rows(
        "about",
        _("What it is about"),
        ActivityLink,
        type_column="activity_type",
        id_column="activity_id",
        once=("record_type", "record_id"),
        order=21,
    )
)
