"""Writes of automation: create, publish, switch, start runs, replay."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from autocrm.journal import services as journal
from autocrm.journal.models import Entry
from autocrm.kernel import jobs
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Invalid, NotFound, Text
from autocrm.kernel.ids import parse_id
from autocrm.kernel.json_text import read_json, to_json_text
from autocrm.kernel.permissions import authorize
from autocrm.workflows import events
from autocrm.workflows.definition import Definition, read_definition
from autocrm.workflows.models import RunState, Workflow, WorkflowRun, WorkflowVersion
from autocrm.workflows.permissions import MANAGE_WORKFLOWS

DEEPEST_CHAIN = 8
MAX_NAME = 160


@transaction.atomic
def create_workflow(
    name: str, *, definition: Mapping[str, Any], description: str = "", key: str = "", is_on: bool = True, actor: Actor
) -> Workflow:
    """Make a workflow and publish its first version. Journal: workflow.published. Raises Denied, Invalid."""
    authorize(actor, MANAGE_WORKFLOWS)
    _check_name(name, definition, actor)
    workflow = Workflow.objects.create(name=_clean(name), description=_clean(description), key=key, is_on=is_on)
    return publish(workflow, definition=definition, actor=actor)


@transaction.atomic
def revise_workflow(
    workflow_id: object,
    *,
    name: str | None = None,
    description: str | None = None,
    definition: Mapping[str, Any] | None = None,
    based_on: int | None = None,
    actor: Actor,
) -> Workflow:
    """Change what is given; a definition that differs from the present one is published as a new version.

    Journal: workflow.changed, workflow.published. Raises Denied, NotFound, Invalid; Conflict when somebody
    published since the version `based_on`.
    """
    authorize(actor, MANAGE_WORKFLOWS)
    workflow = _lock(workflow_id)
    present = workflow.version
    if based_on is not None and present is not None and present.number != based_on:
        raise Conflict(
            _("Somebody published version %(number)d meanwhile. Load the page again before you publish.")
            % {"number": present.number},
            details={"version": present.number},
        )
    if name is not None:
        _check_name(name, definition, actor)
    _describe(workflow, name, description, actor)
    if definition is None:
        return workflow
    checked = _read(definition, actor)
    if present is not None and checked == definition_of(present):
        return workflow
    return publish(workflow, definition=definition, actor=actor)


@transaction.atomic
def publish(workflow: Workflow, *, definition: Mapping[str, Any], actor: Actor) -> Workflow:
    """Publish a new version; runs that have begun end on theirs. Journal: workflow.published."""
    authorize(actor, MANAGE_WORKFLOWS)
    checked = _read(definition, actor)
    locked = Workflow.objects.select_for_update(of=("self",)).get(pk=workflow.pk)
    last = locked.versions.aggregate(last=Max("number"))["last"] or 0
    locked.version = WorkflowVersion.objects.create(
        workflow=locked,
        number=last + 1,
        record_type=checked.record_type,
        trigger=checked.trigger,
        condition=checked.condition,
        steps=checked.steps,
        published_by_id=actor.user_id,
    )
    locked.updated_at = now()
    locked.save(update_fields=["version", "updated_at"])
    journal.write(
        events.PUBLISHED, record_id=locked.id, record_label=locked.name, data={"version": last + 1}, actor=actor
    )
    return locked


@transaction.atomic
def switch(workflow_id: object, *, is_on: bool, actor: Actor) -> Workflow:
    """Switch a workflow on or off; what runs already goes on. Journal: workflow.switched."""
    authorize(actor, MANAGE_WORKFLOWS)
    workflow = _lock(workflow_id)
    if workflow.is_on != is_on:
        workflow.is_on, workflow.updated_at = is_on, now()
        workflow.save(update_fields=["is_on", "updated_at"])
        journal.write(
            events.SWITCHED,
            record_id=workflow.id,
            record_label=workflow.name,
            changes={"is_on": [not is_on, is_on]},
            actor=actor,
        )
    return workflow


def start_run(workflow: Workflow, version: WorkflowVersion, entry: Entry) -> WorkflowRun | None:
    """Start a run because of a journal entry, in the consumer's transaction; None when this entry started it already.

    A workflow that would follow from itself on the same record, or at the end of a long chain, is held back and shown.
    """
    link = f"{workflow.id}:{entry.record_id}"
    held_back = link in entry.chain or entry.depth >= DEEPEST_CHAIN
    run, is_new = WorkflowRun.objects.get_or_create(
        workflow=workflow,
        entry_id=entry.id,
        replay_number=0,
        defaults={
            "version": version,
            "record_type": entry.record_type,
            "record_id": entry.record_id,
            "record_label": entry.record_label,
            "state": RunState.SUPPRESSED if held_back else RunState.RUNNING,
            "finished_at": now() if held_back else None,
            "cause": _cause(entry, link),
        },
    )
    if not is_new:
        return None
    if not held_back:
        _enqueue(run)
    return run


def note_unreadable(workflow: Workflow, version: WorkflowVersion, entry: Entry, error: Invalid) -> WorkflowRun:
    """Show as a failed run that a workflow could not tell whether an entry fits it, in the consumer's transaction."""
    said = [str(text) for texts in error.fields.values() for text in texts] or [str(error)]
    run, _is_new = WorkflowRun.objects.get_or_create(
        workflow=workflow,
        entry_id=entry.id,
        replay_number=0,
        defaults={
            "version": version,
            "record_type": entry.record_type,
            "record_id": entry.record_id,
            "record_label": entry.record_label,
            "state": RunState.FAILED,
            "error": _("The condition can no longer be read: %(why)s") % {"why": said[0]},
            "finished_at": now(),
            "cause": _cause(entry, f"{workflow.id}:{entry.record_id}"),
        },
    )
    return run


@transaction.atomic
def replay(run_id: object, *, actor: Actor) -> WorkflowRun:
    """Run a failed run again from the step that failed. Journal: workflow.replayed. Raises Conflict for any other."""
    authorize(actor, MANAGE_WORKFLOWS)
    run = WorkflowRun.objects.select_for_update(of=("self",)).filter(pk=parse_id(run_id)).first()
    if run is None:
        raise NotFound
    if run.state != RunState.FAILED:
        raise Conflict(_("Only a run that failed can be run again."))
    run.state, run.error, run.finished_at = RunState.RUNNING, "", None
    run.save(update_fields=["state", "error", "finished_at"])
    journal.write(events.REPLAYED, record_id=run.id, record_label=run.record_label, actor=actor)
    _enqueue(run)
    return run


def definition_of(version: WorkflowVersion) -> Definition:
    """What a version consists of."""
    return Definition(version.record_type, version.trigger, version.condition, version.steps)


def _lock(workflow_id: object) -> Workflow:
    found = Workflow.objects.select_for_update(of=("self",)).select_related("version")
    workflow = found.filter(pk=parse_id(workflow_id)).first()
    if workflow is None:
        raise NotFound
    return workflow


def _check_name(name: str, definition: Mapping[str, Any] | None, actor: Actor) -> None:
    """Raises Invalid for a bad name, together with the faults of the definition if there is one."""
    if 0 < len(_clean(name)) <= MAX_NAME:
        return
    faults: dict[str, list[Text]] = {
        "name": [_("Give the workflow a name of at most %(most)d characters.") % {"most": MAX_NAME}]
    }
    try:
        if definition is not None:
            _read(definition, actor)
    except Invalid as error:
        faults |= error.fields
    raise Invalid(fields=faults)


def _describe(workflow: Workflow, name: str | None, description: str | None, actor: Actor) -> None:
    wanted = {"name": name, "description": description}
    changes = {
        field: [getattr(workflow, field), _clean(text)]
        for field, text in wanted.items()
        if text is not None and _clean(text) != getattr(workflow, field)
    }
    if not changes:
        return
    for field, (_old, new) in changes.items():
        setattr(workflow, field, new)
    workflow.updated_at = now()
    workflow.save(update_fields=[*changes, "updated_at"])
    journal.write(events.CHANGED, record_id=workflow.id, record_label=workflow.name, changes=changes, actor=actor)


def _clean(text: str) -> str:
    """Without blanks around it, and without the NUL characters that PostgreSQL refuses."""
    return text.replace("\x00", "").strip()


def _read(given: Mapping[str, Any], actor: Actor) -> Definition:
    # As it will be kept: plain JSON, without the NUL characters that PostgreSQL refuses.
    definition = read_json(to_json_text(given))
    return read_definition(
        record_type=str(definition.get("record_type", "")),
        trigger=str(definition.get("trigger", "")),
        condition=definition.get("condition") or None,
        steps=_steps(definition.get("steps")),
        actor=actor,
    )


def _enqueue(run: WorkflowRun) -> None:
    jobs.enqueue("workflows.run", {"run_id": str(run.id)}, ordering_key=f"{run.record_type}:{run.record_id}")


def _cause(entry: Entry, link: str) -> dict[str, Any]:
    cause = journal.cause_of(entry, link)
    return {"entry_id": cause.entry_id, "root_id": cause.root_id, "depth": cause.depth, "chain": list(cause.chain)}


def _steps(steps: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise Invalid(fields={"steps": [_("A list of steps is needed.")]})
    return steps
