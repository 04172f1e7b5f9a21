"""Taking the steps of a run, one transaction each: the run is locked, the effect made, the position moved, or nothing.

A worker that dies leaves the position where it was, so the step is taken again from the start and its effects inside
the database exist exactly once.
"""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.encoding import force_str

from autocrm.kernel.actors import Actor, ActorKind, Cause
from autocrm.kernel.automation import Action, Subject, actions
from autocrm.kernel.clock import now
from autocrm.kernel.errors import AutoCRMError, Invalid, Upstream
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.template_filters import Rendering
from autocrm.kernel.templates import parse_template
from autocrm.records import selectors as records
from autocrm.records.looks import Look, look_at
from autocrm.records.representation import reference_label
from autocrm.records.values import plain_value
from autocrm.users import selectors as users
from autocrm.workflows.definition import names_for
from autocrm.workflows.models import RunState, StepLog, StepState, WorkflowRun

MAX_ERROR = 2_000


def take_next_step(run_id: UUID) -> bool:
    """Take one step of a run; False when there is none left to take. Raises what the step raises, nothing done."""
    started = time.monotonic()
    with transaction.atomic():
        run = WorkflowRun.objects.select_for_update(of=("self",)).select_related("version", "workflow").get(pk=run_id)
        if run.state != RunState.RUNNING:
            return False
        steps = run.version.steps
        if run.position >= len(steps):
            _finish(run, RunState.DONE)
            return False
        step = steps[run.position]
        action = actions.get(step["action"])
        actor = acting_for(run)
        subject, inputs = _prepare(run, action, step["inputs"], actor)
        outputs = dict(action.run(subject, inputs, actor))
        _log(run, action.key, StepState.DONE, started, inputs=inputs, outputs=outputs)
        run.outputs = {**run.outputs, str(run.position): outputs}
        run.position += 1
        if run.position == len(steps):
            _finish(run, RunState.DONE)
        else:
            run.save(update_fields=["position", "outputs"])
        return run.state == RunState.RUNNING


def note_failure(run_id: UUID, error: Exception, *, is_last: bool) -> None:
    """Log a failed attempt, and end the run visibly when no further one will be made."""
    text = _told(error)
    with transaction.atomic():
        run = WorkflowRun.objects.select_for_update(of=("self",)).select_related("version").get(pk=run_id)
        if run.state != RunState.RUNNING or run.position >= len(run.version.steps):
            return
        _log(run, run.version.steps[run.position]["action"], StepState.FAILED, time.monotonic(), error=text[:MAX_ERROR])
        if is_last:
            run.error = text[:MAX_ERROR]
            _finish(run, RunState.FAILED)


def _told(error: Exception) -> str:
    """What went wrong, for the page of runs; of faulty input each fault, since no form stands beside it."""
    if isinstance(error, Invalid) and error.fields:
        return " ".join(
            f"{path}: {text}" if path else str(text) for path in error.fields for text in error.fields[path]
        )
    return str(error) if isinstance(error, AutoCRMError) else f"{type(error).__name__}: {error}"


def is_worth_retrying(error: Exception) -> bool:
    """Whether the same step may succeed later: not when the input is wrong, the right missing or the record gone."""
    return error.retryable if isinstance(error, Upstream) else not isinstance(error, AutoCRMError)


def acting_for(run: WorkflowRun) -> Actor:
    """Who acts in a run: the workflow, with the rights its publisher has now.

    What was made together with the workspace has no publisher and every right.
    """
    cause = Cause(
        entry_id=run.cause["entry_id"],
        root_id=run.cause["root_id"],
        depth=run.cause["depth"],
        chain=tuple(run.cause["chain"]),
    )
    publisher = run.version.published_by_id
    base = Actor.system(run.tenant_id) if publisher is None else users.build_actor(publisher, run.tenant_id)
    return base.acting_as(ActorKind.WORKFLOW, label=run.workflow.name, cause=cause)


def _prepare(
    run: WorkflowRun, action: Action, given: Mapping[str, str], actor: Actor
) -> tuple[Subject, dict[str, str]]:
    record_type = records.get_type(run.record_type)
    record = records.get_record(record_type, run.record_id, actor=actor)
    url = f"/{record_type.plural}/{record.id}/"
    look = look_at(record_type, actor)
    subject = Subject(record_type.key, record.id, look.title(record), record.owner_id, url)
    how = Rendering(locale=actor.locale, zone=actor.zone)
    names = names_for(record_type, actor)
    inputs: dict[str, str] = {}
    for each in action.inputs:
        text = given.get(each.key, each.default)
        if each.template:
            text = parse_template(text, names=names).render(lambda name: _look_up(look, record, name), how)
        inputs[each.key] = text
    return subject, inputs


def _look_up(look: Look, record: Any, name: str) -> object:
    """What a name of a text stands for, as far as the acting workflow may see it."""
    record_type = look.record_type
    key = name.removeprefix(f"{record_type.key}.")
    if key == "title" and "title" not in record_type.by_key:
        return look.title(record)
    field = record_type.by_key[key]
    if field.is_reference:
        return reference_label(field, record, look)
    if field.kind in {FieldKind.DATE, FieldKind.DATETIME, FieldKind.BOOLEAN}:
        return field.read(record)
    value = field.read(record)
    if field.options and value is not None:
        chosen = value if isinstance(value, list) else [value]
        return ", ".join(force_str(field.option_label(each)) for each in chosen)
    return plain_value(field, field.read(record))


def _finish(run: WorkflowRun, state: RunState) -> None:
    run.state, run.finished_at = state, now()
    run.save(update_fields=["state", "finished_at", "position", "outputs", "error"])


def _log(run: WorkflowRun, action: str, state: StepState, started: float, **values: Any) -> None:
    StepLog.objects.create(
        run=run,
        position=run.position,
        action=action,
        state=state,
        milliseconds=round((time.monotonic() - started) * 1000),
        **values,
    )
