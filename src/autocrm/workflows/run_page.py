"""Runs ready for their page: what each was about, how it ended, and what its steps did."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.automation import actions
from autocrm.ui import formatting
from autocrm.workflows import words
from autocrm.workflows.models import RunState, StepLog, StepState, WorkflowRun
from autocrm.workflows.selectors import RunPage, RunView

_TONES = {
    RunState.RUNNING: ("info", "loader-2"),
    RunState.DONE: ("ok", "check"),
    RunState.FAILED: ("bad", "alert-triangle"),
    RunState.SUPPRESSED: ("warn", "player-pause"),
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One attempt at a step."""

    number: int
    label: str
    icon: str
    is_done: bool
    took: str
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    error: str


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run; `waiting` are the labels of steps that have not been taken."""

    run: WorkflowRun
    title: str
    url: str
    tone: str
    icon: str
    state: str
    took: str
    version: int
    steps: tuple[StepLine, ...]
    waiting: tuple[tuple[int, str, str], ...]
    is_open: bool
    is_failed: bool
    reason: str


def runs_context(page: RunPage, state: str, actor: Actor) -> dict[str, Any]:
    """What the page of runs shows."""
    runs = [_line(each, actor) for each in page.runs]
    return {
        "runs": runs,
        "next_cursor": page.next_cursor,
        "state": state,
        "choices": [("", _("All")), *((each.value, force_str(each.label)) for each in RunState)],
        "is_moving": any(each.run.state == RunState.RUNNING for each in runs),
    }


def _line(view: RunView, actor: Actor) -> RunLine:
    run = view.run
    state = RunState(run.state)
    tone, icon = _TONES[state]
    return RunLine(
        run=run,
        title=words.record_title(view, actor),
        url=words.record_url(view),
        tone=tone,
        icon=icon,
        state=force_str(state.label),
        took=_took(run),
        version=run.version.number,
        steps=tuple(_steps(view)),
        waiting=tuple(_waiting(view)),
        is_open=view.is_open,
        is_failed=state is RunState.FAILED,
        reason=_reason(view, state),
    )


def _steps(view: RunView) -> Iterator[StepLine]:
    for step in view.steps:
        yield StepLine(
            number=step.position + 1,
            label=words.action_label(step.action),
            icon=words.action_icon(step.action),
            is_done=step.state == StepState.DONE,
            took=_milliseconds(step.milliseconds),
            inputs=_given(step) if view.is_open else (),
            outputs=_came_out(step) if view.is_open else (),
            error=_error(step, is_open=view.is_open),
        )


def _waiting(view: RunView) -> Iterator[tuple[int, str, str]]:
    """The steps of a run that goes on or may go on, without the one that failed and is shown already."""
    run = view.run
    if run.state not in {RunState.RUNNING, RunState.FAILED}:
        return
    taken = {step.position for step in view.steps} if run.state == RunState.FAILED else set()
    for at, step in enumerate(run.version.steps):
        if at >= run.position and at not in taken:
            yield at + 1, words.action_label(step["action"]), words.action_icon(step["action"])


def _reason(view: RunView, state: RunState) -> str:
    if state is RunState.SUPPRESSED:
        return _("Held back: the workflow followed from itself on this record, or stood at the end of a long chain.")
    if state is RunState.FAILED and not view.is_open:
        return _("A step failed. What exactly is told to who may see the record.")
    return view.run.error


def _error(step: StepLog, *, is_open: bool) -> str:
    return step.error if is_open or not step.error else _("This step failed.")


def _given(step: StepLog) -> tuple[tuple[str, str], ...]:
    """What went in, in the words of the action's form; what is empty says nothing."""
    action = actions.find(step.action)
    declared = {each.key: each for each in action.inputs} if action else {}
    shown = []
    for key, value in step.inputs.items():
        each = declared.get(key)
        choices = dict(each.choices) if each else {}
        if value not in (None, ""):
            shown.append((force_str(each.label) if each else key, force_str(choices.get(value) or _said(value))))
    return tuple(shown)


def _came_out(step: StepLog) -> tuple[tuple[str, str], ...]:
    return tuple((key, _said(value)) for key, value in step.outputs.items() if value not in (None, ""))


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _took(run: WorkflowRun) -> str:
    if run.finished_at is None or run.state == RunState.SUPPRESSED:
        return ""
    length = run.finished_at - run.started_at
    return (
        formatting.duration(length)
        if length >= timedelta(seconds=10)
        else _milliseconds(round(length.total_seconds() * 1000))
    )


def _milliseconds(count: int) -> str:
    if count < 1000:
        return _("%(count)d ms") % {"count": count}
    return _("%(count)s s") % {"count": formatting.number(count / 1000, 1)}
