"""What activities offer to automation: create a task for the owner of the record."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.activities import services
from autocrm.activities.states import Priority
from autocrm.kernel.actors import Actor
from autocrm.kernel.automation import Action, Input, Subject, register_action
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Invalid
from autocrm.kernel.text import read_count

MOST_DAYS = 3650
_PRIORITIES = tuple((each.value, each.label) for each in Priority)


def _create_task(subject: Subject, inputs: Mapping[str, str], actor: Actor) -> Mapping[str, Any]:
    days = inputs.get("due_in_days") or "1"
    count = read_count(days)
    if count is None or count > MOST_DAYS:
        raise Invalid(fields={"due_in_days": [_("A number of days, 0 to %(most)d.") % {"most": MOST_DAYS}]})
    values: dict[str, Any] = {
        "subject": inputs["subject"],
        "body": inputs.get("body", ""),
        "priority": inputs.get("priority") or Priority.NORMAL.value,
        "due_at": now() + timedelta(days=count),
        "owner": subject.owner_id,
    }
    about = [services.About(subject.record_type, subject.record_id)]
    task = services.create_task(values, about=about, actor=actor)
    return {"task_id": str(task.id)}


register_action(
    Action(
        key="create_task",
        label=_("Create a task for the owner"),
        inputs=(
            Input("subject", _("Subject"), required=True),
            Input("body", _("Details"), is_long=True),
            Input("due_in_days", _("Due in days"), template=False, default="1", bounds=(0, MOST_DAYS)),
            Input("priority", _("Priority"), template=False, default=Priority.NORMAL.value, choices=_PRIORITIES),
        ),
        run=_create_task,
        icon="checkbox",
    )
)
