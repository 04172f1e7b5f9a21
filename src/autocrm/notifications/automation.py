"""What notifications offer to automation: tell the owner of the record."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.automation import Action, Input, Subject, register_action
from autocrm.notifications import services
from autocrm.notifications.kinds import NotificationKind, declare

WORKFLOW_MESSAGE = declare(NotificationKind("workflow_message", _("Messages of workflows"))).key


def _notify(subject: Subject, inputs: Mapping[str, str], actor: Actor) -> Mapping[str, Any]:
    if subject.owner_id is None:
        return {"notified": 0}
    sent = services.notify(
        user_ids=[subject.owner_id],
        kind=WORKFLOW_MESSAGE,
        title=inputs["title"],
        body=inputs.get("body", ""),
        url=subject.url,
        record_type=subject.record_type,
        record_id=subject.record_id,
        actor=actor,
    )
    return {"notified": len(sent)}


register_action(
    Action(
        key="notify",
        label=_("Notify the owner"),
        inputs=(Input("title", _("Title"), required=True), Input("body", _("Text"), is_long=True)),
        run=_notify,
        icon="bell",
    )
)
