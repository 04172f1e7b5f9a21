"""The workflows every workspace begins with; a workspace may switch them off or publish other versions."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.workflows import services
from autocrm.workflows.models import Workflow

NEW_LEAD = "new_lead"


def new_lead() -> dict[str, Any]:
    """When a contact is created with type lead: a task for its owner, and a message to her."""
    return {
        "record_type": "contact",
        "trigger": "record_created",
        "condition": {"field": "type", "cmp": "is", "value": "lead"},
        "steps": [
            {
                "action": "create_task",
                "inputs": {
                    "subject": _("Get in touch with {{ contact.name }}"),
                    "due_in_days": "1",
                },
            },
            {"action": "notify", "inputs": {"title": _("New lead: {{ contact.name }}")}},
        ],
    }


def ensure_defaults(*, since: datetime | None = None, actor: Actor) -> Workflow:
    """Make the default workflows of this workspace unless they are there; they heed what happened from `since` on.

    Whoever makes a workspace and the worker that hears of it may come at once: the first one makes them.
    """
    found = Workflow.objects.filter(key=NEW_LEAD).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            workflow = services.create_workflow(
                str(_("New lead")),
                description=str(_("A new lead gets a task for its owner, who is told at once.")),
                key=NEW_LEAD,
                definition=new_lead(),
                actor=actor,
            )
    except IntegrityError:
        return Workflow.objects.get(key=NEW_LEAD)
    if since is not None:
        workflow.created_at = since
        workflow.save(update_fields=["created_at"])
    return workflow
