"""REST of automation: workflows, their runs, running again. For who may manage workflows."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.kernel.actors import Actor
from autocrm.users.authentication import actor_of
from autocrm.workflows import selectors, services
from autocrm.workflows.models import Workflow
from autocrm.workflows.selectors import RunCounts
from autocrm.workflows.serializers import (
    ChangeSerializer,
    CreateSerializer,
    RunSerializer,
    RunsQuerySerializer,
    RunsSerializer,
    WorkflowSerializer,
    WorkflowsSerializer,
    run_to_json,
    workflow_to_json,
)

DEFINITION = ("record_type", "trigger", "condition", "steps")
_TAG = ["workflows"]
_ID = [OpenApiParameter("workflow_id", str, OpenApiParameter.PATH)]


def _valid(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values


def _one(workflow: Workflow, actor: Actor, code: int = status.HTTP_200_OK) -> Response:
    counts = selectors.count_runs(workflow.id).get(workflow.id, RunCounts())
    return Response(workflow_to_json(workflow, counts, actor), status=code)


class WorkflowsView(APIView):
    """All workflows."""

    @extend_schema(tags=_TAG, operation_id="list_workflows", responses=WorkflowsSerializer)
    def get(self, request: Request) -> Response:
        """List workflows by name."""
        actor = actor_of(request)
        found = selectors.list_workflows(actor)
        return Response({"results": [workflow_to_json(each.workflow, each.counts, actor) for each in found]})

    @extend_schema(
        tags=_TAG, operation_id="create_workflow", request=CreateSerializer, responses={201: WorkflowSerializer}
    )
    def post(self, request: Request) -> Response:
        """Make a workflow and publish it. Faults name their place: `steps.0.inputs.title`."""
        actor = actor_of(request)
        values = _valid(CreateSerializer(data=request.data))
        workflow = services.create_workflow(
            values["name"],
            description=values.get("description", ""),
            is_on=values["is_on"],
            definition={name: values.get(name) for name in DEFINITION},
            actor=actor,
        )
        response = _one(workflow, actor, status.HTTP_201_CREATED)
        response["Location"] = request.build_absolute_uri(f"{request.path}{workflow.id}/")
        return response


class WorkflowView(APIView):
    """One workflow."""

    @extend_schema(tags=_TAG, operation_id="get_workflow", parameters=_ID, responses=WorkflowSerializer)
    def get(self, request: Request, workflow_id: str) -> Response:
        """Read a workflow with its present version."""
        actor = actor_of(request)
        return _one(selectors.get_workflow(workflow_id, actor=actor), actor)

    @extend_schema(
        tags=_TAG,
        operation_id="update_workflow",
        parameters=_ID,
        request=ChangeSerializer,
        responses=WorkflowSerializer,
    )
    def patch(self, request: Request, workflow_id: str) -> Response:
        """Rename it, switch it, publish a new version."""
        actor = actor_of(request)
        workflow = selectors.get_workflow(workflow_id, actor=actor)
        values = _valid(ChangeSerializer(data=request.data))
        services.revise_workflow(
            workflow.id,
            name=values.get("name"),
            description=values.get("description"),
            definition=_merged(workflow, values),
            based_on=values.get("version"),
            actor=actor,
        )
        if "is_on" in values:
            services.switch(workflow.id, is_on=values["is_on"], actor=actor)
        return _one(selectors.get_workflow(workflow.id, actor=actor), actor)


class RunsView(APIView):
    """What a workflow did."""

    @extend_schema(
        tags=_TAG, operation_id="list_workflow_runs", parameters=[*_ID, RunsQuerySerializer], responses=RunsSerializer
    )
    def get(self, request: Request, workflow_id: str) -> Response:
        """List runs with their steps, newest first."""
        actor = actor_of(request)
        workflow = selectors.get_workflow(workflow_id, actor=actor)
        query = _valid(RunsQuerySerializer(data=request.query_params))
        page = selectors.list_runs(workflow, **query, actor=actor)
        return Response(
            {
                "results": [run_to_json(each, actor) for each in page.runs],
                "next": _next_address(request, page.next_cursor),
                "next_cursor": page.next_cursor or None,
            }
        )


class ReplayView(APIView):
    """Running again."""

    @extend_schema(
        tags=_TAG,
        operation_id="replay_workflow_run",
        parameters=[OpenApiParameter("run_id", str, OpenApiParameter.PATH)],
        request=None,
        responses={202: RunSerializer},
    )
    def post(self, request: Request, run_id: str) -> Response:
        """Go on with a failed run from the step that failed; 409 for any other run."""
        actor = actor_of(request)
        run = services.replay(run_id, actor=actor)
        return Response(run_to_json(selectors.get_run(run.id, actor=actor), actor), status=status.HTTP_202_ACCEPTED)


def _merged(workflow: Workflow, values: dict[str, Any]) -> dict[str, Any] | None:
    """The definition to publish: what was sent over what is in force; None when nothing of it was sent."""
    sent = {name: values[name] for name in DEFINITION if name in values}
    if not sent:
        return None
    version = workflow.version
    return {name: getattr(version, name) for name in DEFINITION if version is not None} | sent


def _next_address(request: Request, cursor: str) -> str | None:
    if not cursor:
        return None
    params = request.query_params.copy()
    params["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")


api_urls = [
    path("workflows/", WorkflowsView.as_view(), name="api-workflows"),
    path("workflows/<str:workflow_id>/", WorkflowView.as_view(), name="api-workflow"),
    path("workflows/<str:workflow_id>/runs/", RunsView.as_view(), name="api-workflow-runs"),
    path("workflow-runs/<str:run_id>/replay/", ReplayView.as_view(), name="api-workflow-replay"),
]
