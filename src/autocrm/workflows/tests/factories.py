"""Workflows for tests."""

from typing import Any

from autocrm.workflows import services
from autocrm.workflows.defaults import new_lead
from autocrm.workflows.models import Workflow
from tests.support.cast import Person


def make_workflow(person: Person, name: str = "New lead", **definition: Any) -> Workflow:
    """A published workflow that is on: the default one unless parts of the definition are given."""
    with person.at_work() as actor:
        return services.create_workflow(name, definition=new_lead() | definition, actor=actor)


def form_of(**values: Any) -> dict[str, str]:
    """What the editor's form sends for a workflow of one step."""
    form = {
        "name": "Welcome",
        "description": "",
        "record_type": "contact",
        "shown_type": "contact",
        "trigger": "record_created",
        "condition": "",
        "steps": "1",
        "selected": "start",
        "step-0-action": "notify",
        "step-0-input-title": "New: {{ contact.title }}",
        "step-0-input-body": "",
    }
    return form | {key.replace("__", "-"): value for key, value in values.items()}
