"""What a workflow consists of, read and checked when it is published: nothing is left to find out in a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.automation import Action, actions, triggers
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.permissions import can_read_field
from autocrm.kernel.templates import parse_template
from autocrm.kernel.text import read_count
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


def names_for(record_type: RecordType, actor: Actor) -> dict[str, Text]:
    """The names templates may use with their words: the record's title and each field that `actor` may read."""
    names: dict[str, Text] = {f"{record_type.key}.title": _("Title")}
    for field in record_type.all_fields:
        if can_read_field(actor, record_type.key, field.key):
            names[f"{record_type.key}.{field.key}"] = field.label
    if not all(can_read_field(actor, record_type.key, key) for key in record_type.title_fields):
        names.pop(f"{record_type.key}.title")
    return names


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
    names = names_for(declared, actor)
    checked = [_read_step(index, step, names, faults) for index, step in enumerate(steps)]
    if faults:
        raise Invalid(fields=faults)
    return Definition(record_type, trigger, condition, checked)


def _read_step(
    index: int, step: Mapping[str, Any], names: Mapping[str, Text], faults: dict[str, list[Text]]
) -> dict[str, Any]:
    action = actions.find(str(step.get("action", "")))
    if action is None:
        faults[f"steps.{index}.action"] = [_("There is no such action.")]
        return {}
    given = {str(key): str(value) for key, value in dict(step.get("inputs") or {}).items()}
    _check_inputs(f"steps.{index}.inputs", action, given, names, faults)
    return {"action": action.key, "inputs": given}


def _check_inputs(
    path: str, action: Action, given: Mapping[str, str], names: Mapping[str, Text], faults: dict[str, list[Text]]
) -> None:
    known = {each.key: each for each in action.inputs}
    for key in given.keys() - known.keys():
        faults[f"{path}.{key}"] = [_("This action has no such input.")]
    for key, declared in known.items():
        text = given.get(key, "")
        if declared.required and not text.strip():
            faults[f"{path}.{key}"] = [_("This is required.")]
        elif declared.choices and text and text not in {value for value, _label in declared.choices}:
            faults[f"{path}.{key}"] = [_("This is not one of the choices.")]
        elif declared.bounds and text and not _is_within(text, declared.bounds):
            least, most = declared.bounds
            faults[f"{path}.{key}"] = [_("A whole number from %(least)d to %(most)d.") % {"least": least, "most": most}]
        elif declared.template:
            try:
                parse_template(text, names=names)
            except Invalid as error:
                faults[f"{path}.{key}"] = [text for texts in error.fields.values() for text in texts]


def _is_within(text: str, bounds: tuple[int, int]) -> bool:
    count = read_count(text)
    return count is not None and bounds[0] <= count <= bounds[1]
