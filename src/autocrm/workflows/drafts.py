"""A workflow while it is edited: everything stands in the form, nothing is kept until it is published.

Each button of the editor sends the whole form; the draft is read, changed and drawn again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from autocrm.kernel.automation import actions
from autocrm.kernel.json_text import read_json
from autocrm.kernel.text import read_count
from autocrm.workflows.definition import MOST_STEPS
from autocrm.workflows.models import Workflow

# The parts of the editor's side; a step's is "step-" and its place.
START, CONDITION = "start", "condition"
LONGEST_FORM = 200


@dataclass
class DraftStep:
    """One step as typed."""

    action: str
    inputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Draft:
    """What is typed; `selected` is the part whose settings are open, `based_on` the version it began from."""

    name: str = ""
    description: str = ""
    record_type: str = "contact"
    trigger: str = "record_created"
    condition: Any = None
    steps: list[DraftStep] = field(default_factory=list)
    based_on: int | None = None
    selected: str = START

    def definition(self) -> dict[str, Any]:
        """What would be published."""
        return {
            "record_type": self.record_type,
            "trigger": self.trigger,
            "condition": self.condition,
            "steps": [{"action": step.action, "inputs": _filled(step)} for step in self.steps],
        }

    @property
    def condition_text(self) -> str:
        """The condition as the filter builder reads it."""
        return json.dumps(self.condition) if self.condition else ""


def new_draft() -> Draft:
    """Where a new workflow begins: with one step, since none would do nothing."""
    return Draft(steps=[DraftStep(first_action())], selected=START)


def draft_of(workflow: Workflow) -> Draft:
    """What is published at present."""
    version = workflow.version
    draft = Draft(name=workflow.name, description=workflow.description)
    if version is None:
        return draft
    draft.record_type, draft.trigger, draft.condition = version.record_type, version.trigger, version.condition
    draft.steps = [DraftStep(step["action"], dict(step["inputs"])) for step in version.steps]
    draft.based_on = version.number
    return draft


def read_draft(form: QueryDict) -> Draft:
    """What the form holds. Anything odd in it is kept for the check that publishing makes."""
    record_type = form.get("record_type", "")
    kept = record_type == form.get("shown_type", record_type)
    based_on = form.get("based_on", "")
    return Draft(
        name=form.get("name", ""),
        description=form.get("description", ""),
        record_type=record_type,
        trigger=form.get("trigger", ""),
        # A condition names fields of its record type; with another type it has no meaning.
        condition=_read_condition(form.get("condition", "")) if kept else None,
        steps=[_read_step(form, at) for at in range(_count(form.get("steps", "")))],
        based_on=read_count(based_on),
        selected=form.get("selected", START),
    )


def change(draft: Draft, wish: str) -> None:
    """Do what a button asks for: "select:step-1", "add:1", "remove:0", "up:1", "down:0", "copy:0"; else nothing."""
    verb, _colon, what = wish.partition(":")
    if verb == "select" and what in parts_of(draft):
        draft.selected = what
    elif (at := read_count(what)) is not None:
        _change_steps(draft, verb, at)


def parts_of(draft: Draft) -> list[str]:
    """Every part of the editor's side."""
    return [START, CONDITION, *(f"step-{at}" for at in range(len(draft.steps)))]


def part_at_fault(draft: Draft, faults: Mapping[str, Any]) -> str:
    """The first part with a fault; the present one when it has one itself or nothing else has."""
    at_fault = {part_of_path(path) for path in faults}
    if draft.selected in at_fault:
        return draft.selected
    return next((part for part in parts_of(draft) if part in at_fault), draft.selected)


def part_of_path(path: str) -> str:
    """The part in which the fault of a path is mended: "steps.0.inputs.title" in "step-0"."""
    head, _dot, rest = path.partition(".")
    if head == "steps" and rest:
        return f"step-{rest.partition('.')[0]}"
    return CONDITION if head == "condition" else START


def first_action() -> str:
    """The action a new step begins with."""
    return actions.keys()[0]


def _change_steps(draft: Draft, verb: str, at: int) -> None:
    steps = draft.steps
    if verb == "add" and at <= len(steps) < MOST_STEPS:
        steps.insert(at, DraftStep(first_action()))
        draft.selected = f"step-{at}"
    elif at >= len(steps):
        return
    elif verb == "remove":
        steps.pop(at)
        draft.selected = f"step-{min(at, len(steps) - 1)}" if steps else START
    elif verb == "copy" and len(steps) < MOST_STEPS:
        steps.insert(at + 1, DraftStep(steps[at].action, dict(steps[at].inputs)))
        draft.selected = f"step-{at + 1}"
    elif verb in {"up", "down"}:
        to = at + (1 if verb == "down" else -1)
        if 0 <= to < len(steps):
            steps[at], steps[to] = steps[to], steps[at]
            draft.selected = f"step-{to}"


def _read_condition(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return read_json(text)
    except ValueError:
        return text


def _count(text: str) -> int:
    return min(int(text), LONGEST_FORM) if text.isdecimal() and len(text) < 6 else 0


def _read_step(form: QueryDict, at: int) -> DraftStep:
    """One step; texts that belong to another action than the chosen one fall away."""
    chosen = form.get(f"step-{at}-action", "")
    action = actions.find(chosen)
    known = [each.key for each in action.inputs] if action else []
    named = ((key, form.get(f"step-{at}-input-{key}")) for key in known)
    return DraftStep(chosen, {key: text for key, text in named if text is not None})


def _filled(step: DraftStep) -> dict[str, str]:
    """The texts that say something; an input left empty takes its default in the run."""
    return {key: text for key, text in step.inputs.items() if text.strip()}
