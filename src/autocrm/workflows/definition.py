"""What a workflow consists of, read and checked when it is published: nothing is left to find out in a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.automation import Action, actions, triggers
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.templates import parse_template
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema

MOST_STEPS = 50


@dataclass(frozen=True)
class Definition:
    """A checked workflow, in the form that is stored."""

    record_type: str
    trigger: str
    condition: Any
    steps: list[dict[str, Any]]


def names_for(record_type: RecordType) -> frozenset[str]:
    """The names templates may use: the record's title and each of its fields."""
    fields = {f"{record_type.key}.{field.key}" for field in record_type.all_fields}
    return frozenset({f"{record_type.key}.title", *fields})


def read_definition(
    *, record_type: str, trigger: str, condition: Any, steps: Sequence[Mapping[str, Any]], actor: Actor
) -> Definition:
    """Check a workflow against the fields, triggers and actions there are. Raises Invalid with every fault at once."""
    faults: dict[str, list[Text]] = {}
    declared = record_types.find(record_type)
    if declared is None:
        raise Invalid(fields={"record_type": [_("There is no such record type.")]})
    if trigger not in triggers:
        faults["trigger"] = [_("There is no such trigger.")]
    try:
        parse(condition, RecordSchema(declared, actor), trigger=True)
    except Invalid as error:
        faults |= {f"condition.{path}" if path else "condition": texts for path, texts in error.fields.items()}
    if not 1 <= len(steps) <= MOST_STEPS:
        faults["steps"] = [_("A workflow has 1 to %(most)d steps.") % {"most": MOST_STEPS}]
    checked = [_read_step(index, step, declared, faults) for index, step in enumerate(steps)]
    if faults:
        raise Invalid(fields=faults)
    return Definition(record_type, trigger, condition, checked)


def _read_step(
    index: int, step: Mapping[str, Any], record_type: RecordType, faults: dict[str, list[Text]]
) -> dict[str, Any]:
    action = actions.find(str(step.get("action", "")))
    if action is None:
        faults[f"steps.{index}.action"] = [_("There is no such action.")]
        return {}
    given = {str(key): str(value) for key, value in dict(step.get("inputs") or {}).items()}
    _check_inputs(f"steps.{index}.inputs", action, given, record_type, faults)
    return {"action": action.key, "inputs": given}


def _check_inputs(
    path: str, action: Action, given: Mapping[str, str], record_type: RecordType, faults: dict[str, list[Text]]
) -> None:
    known = {each.key: each for each in action.inputs}
    for key in given.keys() - known.keys():
        faults[f"{path}.{key}"] = [_("This action has no such input.")]
    names = names_for(record_type)
    for key, declared in known.items():
        text = given.get(key, "")
        if declared.required and not text.strip():
            faults[f"{path}.{key}"] = [_("This is required.")]
        elif declared.template:
            try:
                parse_template(text, names=names)
            except Invalid as error:
                faults[f"{path}.{key}"] = [text for texts in error.fields.values() for text in texts]
