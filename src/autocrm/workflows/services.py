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
from autocrm.kernel.errors import Conflict, Invalid, NotFound
from autocrm.kernel.ids import parse_id
from autocrm.kernel.permissions import authorize
from autocrm.workflows import events
from autocrm.workflows.definition import read_definition
from autocrm.workflows.models import RunState, Workflow, WorkflowRun, WorkflowVersion
from autocrm.workflows.permissions import MANAGE_WORKFLOWS

DEEPEST_CHAIN = 8


@transaction.atomic
def create_workflow(
    name: str, *, definition: Mapping[str, Any], description: str = "", key: str = "", is_on: bool = True, actor: Actor
) -> Workflow:
    """Make a workflow and publish its first version. Journal: workflow.published. Raises Denied, Invalid."""
    authorize(actor, MANAGE_WORKFLOWS)
    if not name.strip() or len(name) > 160:
        raise Invalid(fields={"name": [_("Give the workflow a name of at most 160 characters.")]})
    workflow = Workflow.objects.create(name=name.strip(), description=description, key=key, is_on=is_on)
    return publish(workflow, definition=definition, actor=actor)


@transaction.atomic
def publish(workflow: Workflow, *, definition: Mapping[str, Any], actor: Actor) -> Workflow:
    """Publish a new version; runs that have begun end on theirs. Journal: workflow.published."""
    authorize(actor, MANAGE_WORKFLOWS)
    checked = read_definition(
        record_type=str(definition.get("record_type", "")),
        trigger=str(definition.get("trigger", "")),
        condition=definition.get("condition"),
        steps=_steps(definition.get("steps")),
        actor=actor,
    )
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
    workflow = Workflow.objects.select_for_update(of=("self",)).filter(pk=parse_id(workflow_id)).first()
    if workflow is None:
        raise NotFound
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


def _enqueue(run: WorkflowRun) -> None:
    jobs.enqueue("workflows.run", {"run_id": str(run.id)}, ordering_key=f"{run.record_type}:{run.record_id}")


def _cause(entry: Entry, link: str) -> dict[str, Any]:
    cause = journal.cause_of(entry, link)
    return {"entry_id": cause.entry_id, "root_id": cause.root_id, "depth": cause.depth, "chain": list(cause.chain)}


def _steps(steps: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise Invalid(fields={"steps": [_("A list of steps is needed.")]})
    return steps
