"""Reads of automation: workflows with how they fare, their runs and steps, their versions.

Everything here asks for the right to manage workflows. That right says nothing about records: what a run says of its
record is shown only as far as the actor may see that record (see `words`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import find_moment, now
from autocrm.kernel.errors import Invalid, NotFound
from autocrm.kernel.ids import find_id, parse_id
from autocrm.kernel.permissions import authorize, can_read_field, is_allowed
from autocrm.records.querysets import visible_to
from autocrm.records.registry import record_types
from autocrm.workflows.models import RunState, StepLog, Workflow, WorkflowRun, WorkflowVersion
from autocrm.workflows.permissions import MANAGE_WORKFLOWS

LATELY = timedelta(days=30)
PAGE_SIZE = 25
MAX_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class RunCounts:
    """How many runs of the last 30 days stand where."""

    done: int = 0
    failed: int = 0
    running: int = 0
    suppressed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.done + self.failed + self.running + self.suppressed


@dataclass(frozen=True, slots=True)
class Summary:
    """A workflow in the list: its last run, if any, and the counts of its runs."""

    workflow: Workflow
    counts: RunCounts
    last_at: datetime | None = None
    last_state: str = ""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its steps.

    `record` is None where the actor may not see it; `is_open` says whether what went in and came out may be shown: only
    to who may read every field of that record.
    """

    run: WorkflowRun
    steps: list[StepLog]
    record: Any = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class RunPage:
    """Some runs, newest first; `next_cursor` continues, "" at the end."""

    runs: list[RunView] = field(default_factory=list)
    next_cursor: str = ""


def list_workflows(actor: Actor) -> list[Summary]:
    """All workflows by name; three queries however many there are. Raises Denied."""
    authorize(actor, MANAGE_WORKFLOWS)
    latest = WorkflowRun.objects.filter(workflow=OuterRef("pk")).order_by("-started_at")
    found = Workflow.objects.select_related("version").annotate(
        last_at=Subquery(latest.values("started_at")[:1]), last_state=Subquery(latest.values("state")[:1])
    )
    counts = count_runs()
    return [
        Summary(each, counts.get(each.id, RunCounts()), each.last_at, each.last_state or "")
        for each in sorted(found, key=lambda each: each.name.casefold())
    ]


def count_runs(workflow_id: UUID | None = None) -> dict[UUID, RunCounts]:
    """The runs of the last 30 days by workflow; of one alone when its id is given."""
    runs = WorkflowRun.objects.filter(started_at__gte=now() - LATELY)
    if workflow_id is not None:
        runs = runs.filter(workflow=workflow_id)
    rows = (
        runs.order_by()
        .values("workflow_id")
        .annotate(**{state.value: Count("pk", filter=Q(state=state.value)) for state in RunState})
    )
    return {row.pop("workflow_id"): RunCounts(**row) for row in rows}


def get_workflow(workflow_id: object, *, actor: Actor) -> Workflow:
    """A workflow with its present version. Raises Denied, NotFound."""
    authorize(actor, MANAGE_WORKFLOWS)
    found = Workflow.objects.select_related("version").filter(pk=parse_id(workflow_id)).first()
    if found is None:
        raise NotFound
    return found


def list_versions(workflow: Workflow, *, actor: Actor) -> QuerySet[WorkflowVersion]:
    """What was published of a workflow, newest first. Raises Denied."""
    authorize(actor, MANAGE_WORKFLOWS)
    return WorkflowVersion.objects.filter(workflow=workflow).order_by("-number")


def count_failed_at(workflow: Workflow) -> dict[int, int]:
    """At which step the present version's failed runs of the last 30 days stand."""
    failed = WorkflowRun.objects.filter(
        workflow=workflow, version=workflow.version_id, state=RunState.FAILED, started_at__gte=now() - LATELY
    )
    rows = failed.order_by().values("position").annotate(total=Count("pk"))
    return {row["position"]: row["total"] for row in rows}


def list_runs(
    workflow: Workflow, *, state: str = "", cursor: str = "", limit: int = PAGE_SIZE, actor: Actor
) -> RunPage:
    """A page of runs with their steps, newest first. Raises Denied, Invalid for an unknown state or place."""
    authorize(actor, MANAGE_WORKFLOWS)
    runs = WorkflowRun.objects.filter(workflow=workflow).select_related("version")
    if state:
        if state not in RunState.values:
            raise Invalid(fields={"state": [_("There is no such state.")]})
        runs = runs.filter(state=state)
    if cursor:
        runs = runs.filter(_after(cursor))
    limit = max(1, min(limit, MAX_PAGE_SIZE))
    found = list(runs.order_by("-started_at", "-id")[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    following = f"{found[-1].started_at.isoformat()}_{found[-1].id}" if more else ""
    return RunPage(view_runs(found, actor=actor), following)


def get_run(run_id: object, *, actor: Actor) -> RunView:
    """One run with its steps. Raises Denied, NotFound."""
    authorize(actor, MANAGE_WORKFLOWS)
    run = WorkflowRun.objects.select_related("version", "workflow").filter(pk=parse_id(run_id)).first()
    if run is None:
        raise NotFound
    return view_runs([run], actor=actor)[0]


def view_runs(runs: Iterable[WorkflowRun], *, actor: Actor) -> list[RunView]:
    """Runs as this actor may see them: one query for the steps and one for each record type among them."""
    runs = list(runs)
    steps: dict[UUID, list[StepLog]] = {run.id: [] for run in runs}
    for step in StepLog.objects.filter(run__in=list(steps)).order_by("at", "id"):
        steps[step.run_id].append(step)
    records: dict[tuple[str, UUID], Any] = {}
    opened: dict[str, bool] = {}
    for key in {run.record_type for run in runs}:
        record_type = record_types.find(key)
        if record_type is None or not is_allowed(actor, record_type.permission(Verb.READ)):
            continue
        ids = [run.record_id for run in runs if run.record_type == key]
        records |= {(key, each.pk): each for each in visible_to(record_type, actor).filter(pk__in=ids)}
        opened[key] = all(can_read_field(actor, key, each.key) for each in record_type.all_fields)
    views = []
    for run in runs:
        record = records.get((run.record_type, run.record_id))
        is_open = record is not None and opened[run.record_type]
        views.append(RunView(run, steps[run.id], record, is_open))
    return views


def _after(cursor: str) -> Q:
    at, _mark, last_id = cursor.rpartition("_")
    moment, place = find_moment(at), find_id(last_id)
    if moment is None or place is None:
        raise Invalid(fields={"cursor": [_("This place in the list is not known; begin from the top.")]})
    return Q(started_at__lt=moment) | Q(started_at=moment, id__lt=place)
