"""Pages of automation: the list, the editor, runs, versions. All of them are for who may manage workflows."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.kernel.errors import Conflict, Invalid
from autocrm.kernel.permissions import authorize
from autocrm.ui.rendering import changed, no_content, redirect, render_page, toast
from autocrm.users.door import actor_of
from autocrm.users.selectors import get_display_names
from autocrm.workflows import selectors, services, words
from autocrm.workflows.drafts import Draft, change, draft_of, new_draft, part_at_fault, read_draft
from autocrm.workflows.editor import Faults, editor_context
from autocrm.workflows.models import RunState, Workflow
from autocrm.workflows.permissions import MANAGE_WORKFLOWS
from autocrm.workflows.run_page import runs_context

EDITOR = "workflows/editor.html"


@require_GET
@never_cache
def show_list(request: HttpRequest) -> HttpResponse:
    """All workflows with their switches and how they fare."""
    actor = actor_of(request)
    rows = [(each, words.sentence(each.workflow.version, actor)) for each in selectors.list_workflows(actor)]
    return render_page(request, "workflows/list.html", {"rows": rows}, partial="list")


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new workflow: GET the empty editor, POST publishes it and leads to its page."""
    actor = actor_of(request)
    authorize(actor, MANAGE_WORKFLOWS)
    if request.method == "GET":
        return _editor(request, new_draft())
    draft = read_draft(request.POST)
    try:
        workflow = services.create_workflow(
            draft.name, description=draft.description, definition=draft.definition(), actor=actor
        )
    except Invalid as error:
        return _faulty(request, draft, error)
    messages.success(request, _("Published and switched on"))
    return redirect(request, reverse("workflows:workflow", args=[workflow.id]))


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, workflow_id: UUID) -> HttpResponse:
    """The editor of a workflow; POST publishes what is typed."""
    actor = actor_of(request)
    workflow = selectors.get_workflow(workflow_id, actor=actor)
    if request.method == "GET":
        return _editor(request, draft_of(workflow), workflow)
    draft = read_draft(request.POST)
    try:
        revised = services.revise_workflow(
            workflow_id,
            name=draft.name,
            description=draft.description,
            definition=draft.definition(),
            based_on=draft.based_on,
            actor=actor,
        )
    except Invalid as error:
        return _faulty(request, draft, error, workflow)
    except Conflict as error:
        response = _editor(request, draft, workflow, status=409)
        return toast(response, error.message, level="bad")
    number = revised.version.number if revised.version else 0
    said = _("Saved") if number == draft.based_on else _("Version %(number)d is published") % {"number": number}
    messages.success(request, said)
    return redirect(request, reverse("workflows:workflow", args=[workflow_id]))


@require_POST
def redraw(request: HttpRequest, workflow_id: UUID | None = None) -> HttpResponse:
    """The editor after a step was added, moved, taken away or chosen; nothing is kept."""
    actor = actor_of(request)
    authorize(actor, MANAGE_WORKFLOWS)
    workflow = selectors.get_workflow(workflow_id, actor=actor) if workflow_id else None
    draft = read_draft(request.POST)
    change(draft, request.POST.get("wish", ""))
    return _editor(request, draft, workflow)


@require_POST
def switch(request: HttpRequest, workflow_id: UUID) -> HttpResponse:
    """On or off, as the switch stands; answers with the mark beside the name, which the list does not have."""
    workflow = services.switch(workflow_id, is_on="is_on" in request.POST, actor=actor_of(request))
    said = (_("%(name)s is on") if workflow.is_on else _("%(name)s is off")) % {"name": workflow.name}
    if "in_list" in request.POST:
        return changed(no_content(said), "workflow", [workflow.id])
    response = render_page(request, "workflows/state.html", {"workflow": workflow, "oob": True})
    return changed(toast(response, said), "workflow", [workflow.id])


@require_GET
@never_cache
def show_runs(request: HttpRequest, workflow_id: UUID) -> HttpResponse:
    """What a workflow did, newest first; `state` narrows it."""
    actor = actor_of(request)
    workflow = selectors.get_workflow(workflow_id, actor=actor)
    state, cursor = request.GET.get("state", ""), request.GET.get("cursor", "")
    page = selectors.list_runs(workflow, state=state, cursor=cursor, actor=actor)
    context = {**_frame(workflow, "runs"), **runs_context(page, state, actor)}
    return render_page(request, "workflows/runs.html", context, partial="rows" if cursor else "list")


@require_GET
@never_cache
def show_versions(request: HttpRequest, workflow_id: UUID) -> HttpResponse:
    """What was published when by whom."""
    actor = actor_of(request)
    workflow = selectors.get_workflow(workflow_id, actor=actor)
    versions = list(selectors.list_versions(workflow, actor=actor)[:100])
    names = get_display_names({each.published_by_id for each in versions if each.published_by_id})
    rows = [
        (each, words.sentence(each, actor), names.get(each.published_by_id, "") if each.published_by_id else "")
        for each in versions
    ]
    return render_page(request, "workflows/versions.html", {**_frame(workflow, "versions"), "rows": rows})


@require_POST
def replay(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Run a failed run again from the step that failed."""
    run = services.replay(run_id, actor=actor_of(request))
    return changed(no_content(_("Runs again from the step that failed")), "workflow_run", [run.id])


def _frame(workflow: Workflow, tab: str) -> dict[str, Any]:
    """What stands above every page of a workflow."""
    counts = selectors.count_runs(workflow.id).get(workflow.id, selectors.RunCounts())
    return {"workflow": workflow, "tab": tab, "counts": counts, "states": RunState}


def _editor(
    request: HttpRequest,
    draft: Draft,
    workflow: Workflow | None = None,
    *,
    faults: Faults | None = None,
    status: int = 200,
) -> HttpResponse:
    context = editor_context(draft, actor_of(request), workflow=workflow, faults=faults)
    if workflow is not None:
        context |= _frame(workflow, "editor")
    return render_page(request, EDITOR, context, partial="inside", status=status)


def _faulty(request: HttpRequest, draft: Draft, error: Invalid, workflow: Workflow | None = None) -> HttpResponse:
    draft.selected = part_at_fault(draft, error.fields)
    return _editor(request, draft, workflow, faults=error.fields, status=422)
