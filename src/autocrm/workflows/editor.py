"""The editor drawn: the canvas of cards, and beside it the settings of each part with its faults."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.automation import Input, actions, triggers
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.tree import EVERYTHING
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.permissions import is_allowed
from autocrm.records.filter_schema import filter_schema
from autocrm.records.registry import record_types
from autocrm.records.schema import RecordSchema
from autocrm.workflows import words
from autocrm.workflows.definition import names_for
from autocrm.workflows.drafts import CONDITION, START, Draft, DraftStep, part_of_path
from autocrm.workflows.models import Workflow
from autocrm.workflows.selectors import count_failed_at

Faults = Mapping[str, Sequence[Text]]


@dataclass(frozen=True, slots=True)
class Node:
    """One card of the canvas. `failed` runs stand there; `wrong` is how many faults its settings have."""

    part: str
    css: str
    icon: str
    label: str
    title: str
    is_selected: bool
    failed: int = 0
    wrong: int = 0
    place: int = 0


@dataclass(frozen=True, slots=True)
class InputView:
    """One input of a step's form."""

    name: str
    id: str
    declared: Input
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class StepView:
    """The settings of one step."""

    place: int
    part: str
    action: str
    label: str
    icon: str
    inputs: tuple[InputView, ...]
    error: str
    is_first: bool
    is_last: bool
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that texts may use: its words, and what is put into the text."""

    label: str
    name: str
    text: str


def editor_context(
    draft: Draft, actor: Actor, *, workflow: Workflow | None = None, faults: Faults | None = None
) -> dict[str, Any]:
    """Everything the editor shows of a draft."""
    faults = faults or {}
    failed = count_failed_at(workflow) if workflow is not None else {}
    return {
        "draft": draft,
        "workflow": workflow,
        "nodes": list(_nodes(draft, actor, failed if _is_published(draft, workflow) else {}, faults)),
        "steps": [_step_view(draft, at, faults) for at in range(len(draft.steps))],
        "types": [
            (each.key, force_str(each.label))
            for each in record_types
            if is_allowed(actor, each.permission(Verb.READ)) or each.key == draft.record_type
        ],
        "triggers": [(each.key, words.trigger_words(draft.record_type, each.key)) for each in triggers],
        "actions": [(each.key, force_str(each.label)) for each in actions],
        "schema": _schema(draft, actor),
        "variables": _variables(draft, actor),
        "errors": {key: _joined(faults.get(key)) for key in ("name", "record_type", "trigger", "steps")},
        "condition_errors": [force_str(text) for path in faults if _is_condition(path) for text in faults[path]],
        "has_faults": bool(faults),
    }


def _nodes(draft: Draft, actor: Actor, failed: Mapping[int, int], faults: Faults) -> Iterator[Node]:
    wrong: dict[str, int] = {}
    for path in faults:
        wrong[part_of_path(path)] = wrong.get(part_of_path(path), 0) + 1
    starts = words.trigger_words(draft.record_type, draft.trigger)
    yield _node(draft, START, ("trig", "bolt", _("Trigger"), starts), wrong)
    condition = words.condition_words(draft.record_type, draft.condition, actor)
    yield _node(draft, CONDITION, ("cond", "filter", _("Only if"), condition or _("Always")), wrong)
    for at, step in enumerate(draft.steps):
        look = ("act", words.action_icon(step.action), words.action_label(step.action), _title(step))
        yield _node(draft, f"step-{at}", look, wrong, failed=failed.get(at, 0), place=at + 1)


def _node(draft: Draft, part: str, look: tuple[str, str, str, str], wrong: Mapping[str, int], **more: int) -> Node:
    css, icon, label, title = look
    return Node(part, css, icon, label, title, draft.selected == part, wrong=wrong.get(part, 0), **more)


def _title(step: DraftStep) -> str:
    return words.step_title(step.action, step.inputs)


def _step_view(draft: Draft, at: int, faults: Faults) -> StepView:
    step = draft.steps[at]
    action = actions.find(step.action)
    inputs = [
        InputView(
            name=f"step-{at}-input-{each.key}",
            id=f"step-{at}-{each.key}",
            declared=each,
            value=step.inputs.get(each.key, "" if each.template else each.default),
            error=_joined(faults.get(f"steps.{at}.inputs.{each.key}")),
        )
        for each in (action.inputs if action else ())
    ]
    return StepView(
        place=at,
        part=f"step-{at}",
        action=step.action,
        label=words.action_label(step.action),
        icon=words.action_icon(step.action),
        inputs=tuple(inputs),
        error=_joined(faults.get(f"steps.{at}.action")),
        is_first=at == 0,
        is_last=at == len(draft.steps) - 1,
        is_selected=draft.selected == f"step-{at}",
    )


def _schema(draft: Draft, actor: Actor) -> list[dict[str, Any]]:
    """The condition language for the filter builder, with the names of what is set now."""
    declared = record_types.find(draft.record_type)
    if declared is None:
        return []
    schema = RecordSchema(declared, actor)
    try:
        condition = parse(draft.condition, schema, trigger=True)
    except Invalid:
        condition = EVERYTHING
    return filter_schema(schema, condition, trigger=True)


def _variables(draft: Draft, actor: Actor) -> list[Variable]:
    declared = record_types.find(draft.record_type)
    if declared is None:
        return []
    names = names_for(declared, actor)
    return [Variable(force_str(label), name, f"{{{{ {name} }}}}") for name, label in names.items()]


def _is_published(draft: Draft, workflow: Workflow | None) -> bool:
    """Whether the draft's steps are those of the present version, so that its failures mean these cards."""
    version = workflow.version if workflow is not None else None
    return version is not None and [(step["action"], step["inputs"]) for step in version.steps] == [
        (step["action"], step["inputs"]) for step in draft.definition()["steps"]
    ]


def _is_condition(path: str) -> bool:
    return path == "condition" or path.startswith("condition.")


def _joined(texts: Sequence[Text] | None) -> str:
    return " ".join(force_str(text) for text in texts or ())
