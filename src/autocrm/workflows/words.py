"""Workflows in words: what starts them, on which condition, what a step is about, what a run was about."""

from collections.abc import Mapping
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.automation import actions, triggers
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.tree import EVERYTHING
from autocrm.kernel.conditions.words import describe
from autocrm.kernel.errors import Invalid
from autocrm.records.looks import look_at
from autocrm.records.registry import record_types
from autocrm.records.schema import RecordSchema
from autocrm.workflows.models import WorkflowVersion
from autocrm.workflows.selectors import RunView


def type_label(key: str) -> str:
    """The name of a record type, also of one that is gone."""
    record_type = record_types.find(key)
    return key if record_type is None else force_str(record_type.label)


def trigger_words(record_type: str, trigger: str) -> str:
    """As "Contact is created"."""
    declared = triggers.find(trigger)
    if declared is None:
        return _("A trigger that is gone")
    if not declared.phrase:
        return force_str(declared.label)
    return force_str(declared.phrase) % {"type": type_label(record_type)}


def condition_words(record_type: str, condition: Any, actor: Actor) -> str:
    """As "Type is Lead"; "" for none. What the actor may not know of is not told."""
    declared = record_types.find(record_type)
    if not condition or declared is None:
        return ""
    schema = RecordSchema(declared, actor)
    try:
        tree = parse(condition, schema, trigger=True)
    except Invalid:
        return _("A condition that names fields you cannot see, or that are gone")
    return "" if tree == EVERYTHING else describe(tree, schema)


def sentence(version: WorkflowVersion | None, actor: Actor) -> str:
    """When it starts, in one sentence: "Contact is created and Type is Lead"."""
    if version is None:
        return _("Nothing is published yet")
    starts = trigger_words(version.record_type, version.trigger)
    condition = condition_words(version.record_type, version.condition, actor)
    return _("%(trigger)s, if %(condition)s") % {"trigger": starts, "condition": condition} if condition else starts


def action_label(key: str) -> str:
    """The name of an action, also of one that is gone."""
    action = actions.find(key)
    return _("An action that is gone") if action is None else force_str(action.label)


def action_icon(key: str) -> str:
    """The icon of an action."""
    action = actions.find(key)
    return "alert-triangle" if action is None else action.icon


def step_title(action_key: str, inputs: Mapping[str, str]) -> str:
    """What a step is about: the text of its first input."""
    action = actions.find(action_key)
    texts = [inputs.get(each.key, "").strip() for each in action.inputs] if action else list(inputs.values())
    return next((text for text in texts if text), _("Not set up yet"))


def record_title(view: RunView, actor: Actor) -> str:
    """What a run was about, as far as the actor may know."""
    record_type = record_types.find(view.run.record_type)
    if view.record is None or record_type is None:
        return _("A record you cannot see")
    return look_at(record_type, actor).title(view.record)


def record_url(view: RunView) -> str:
    """Where that record is; "" when it may not be seen."""
    record_type = record_types.find(view.run.record_type)
    return "" if view.record is None or record_type is None else f"/{record_type.plural}/{view.run.record_id}/"
