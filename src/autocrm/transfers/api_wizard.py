"""REST of the steps of an import beyond starting it: upload, check, pause, resume, undo, kept mappings."""

from collections.abc import Mapping
from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.kernel.text import read_count
from autocrm.records.registry import record_types
from autocrm.transfers import results, selectors
from autocrm.transfers.api import OPTIONS, ROOT, Taker, read_mapping
from autocrm.transfers.lines import ACTIONS, ALIKE, NOTED
from autocrm.transfers.models import Import
from autocrm.transfers.permissions import authorize_import
from autocrm.transfers.serializers import (
    BULK_SCHEMA,
    CHOICES_SCHEMA,
    IMPORT_SCHEMA,
    ROWS_SCHEMA,
    TEMPLATES_SCHEMA,
    import_to_dict,
    template_to_dict,
)
from autocrm.transfers.services import checks, runs, templates, undoing
from autocrm.users.authentication import actor_of

MOST_ROWS = 200
_ID = OpenApiParameter("import_id", str, OpenApiParameter.PATH)
_ANSWER: Any = {(200, "application/json"): IMPORT_SCHEMA}


def _said(request: Request, batch: Import, code: int = status.HTTP_200_OK) -> Response:
    return Response(import_to_dict(batch, request.build_absolute_uri(ROOT), actor_of(request)), status=code)


def _choices(request: Request) -> dict[str, Any]:
    """Mapping and options of a body, as services take them."""
    data: Any = request.data
    given: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    options = {name: given[name] for name in OPTIONS if name in given}
    return {"mapping": read_mapping(given), "options": options}


class UploadView(Taker):
    """A file or rows kept for an import that does not begin yet."""

    def post(self, request: Request) -> Response:
        """Keep the rows and say how they are read and what they would be mapped to."""
        authorize_import(self.record_type, actor_of(request))
        batch, _given = self.take(request)
        answer = _said(request, batch, status.HTTP_201_CREATED)
        answer["Location"] = f"{request.build_absolute_uri(ROOT)}{batch.id}/"
        return answer


class StartView(APIView):
    """Beginning."""

    @extend_schema(
        operation_id="start_import", tags=["imports"], parameters=[_ID], request=CHOICES_SCHEMA, responses=_ANSWER
    )
    def post(self, request: Request, import_id: str) -> Response:
        """Begin an upload, with a mapping and options or as it was suggested or checked."""
        batch = runs.start_import(import_id, **_choices(request), actor=actor_of(request))
        return _said(request, batch, status.HTTP_202_ACCEPTED)


class CheckView(APIView):
    """The look at all rows before anything is imported."""

    @extend_schema(
        operation_id="check_import", tags=["imports"], parameters=[_ID], request=CHOICES_SCHEMA, responses=_ANSWER
    )
    def post(self, request: Request, import_id: str) -> Response:
        """Look at every row in the background; nothing is imported."""
        batch = checks.start_check(import_id, **_choices(request), actor=actor_of(request))
        return _said(request, batch, status.HTTP_202_ACCEPTED)

    @extend_schema(
        operation_id="list_checked_rows",
        tags=["imports"],
        parameters=[
            _ID,
            OpenApiParameter("outcome", str, enum=[*ACTIONS, NOTED, ALIKE]),
            OpenApiParameter("after", int, description="The number of the row after which to go on."),
            OpenApiParameter("limit", int, description=f"At most {MOST_ROWS}."),
        ],
        responses={(200, "application/json"): ROWS_SCHEMA},
    )
    def get(self, request: Request, import_id: str) -> Response:
        """What would become of each row."""
        batch = selectors.get_with_rows(import_id, actor=actor_of(request))
        params = request.query_params
        outcome = params.get("outcome", "")
        after = read_count(params.get("after", ""), most=2**31 - 1) or 0
        limit = read_count(params.get("limit", ""), most=MOST_ROWS) or 50
        known = outcome if outcome in {*ACTIONS, NOTED, ALIKE} else ""
        lines = results.list_lines(batch, after=after, outcome=known, limit=limit + 1)
        more = lines[limit - 1]["number"] if len(lines) > limit else None
        body = {"status": batch.check_state, "counts": batch.check_counts, "results": lines[:limit], "next": more}
        return Response(body)


def _act(name: str, words: str, act: Any) -> Any:
    """A view that does one thing with an import."""

    @extend_schema(operation_id=f"{name}_import", tags=["imports"], parameters=[_ID], request=None, responses=_ANSWER)
    def post(_self: APIView, request: Request, import_id: str) -> Response:
        return _said(request, act(import_id, actor=actor_of(request)))

    post.__doc__ = words
    return type(f"Import{name.title()}View", (APIView,), {"__doc__": words, "post": post}).as_view()  # type: ignore[attr-defined]


class TemplatesView(APIView):
    """Kept mappings."""

    @extend_schema(
        operation_id="list_import_templates",
        tags=["imports"],
        parameters=[OpenApiParameter("record_type", str, required=True)],
        responses={(200, "application/json"): TEMPLATES_SCHEMA},
    )
    def get(self, request: Request) -> Response:
        """One's own and shared mappings of a record type."""
        actor = actor_of(request)
        found = selectors.list_templates(actor, request.query_params.get("record_type", ""))
        return Response({"results": [template_to_dict(each, actor) for each in found[:200]]})


class ImportTemplateView(APIView):
    """Keeping the mapping of an import."""

    @extend_schema(
        operation_id="save_import_template",
        tags=["imports"],
        parameters=[_ID],
        request={"application/json": {"type": "object", "properties": {"name": {"type": "string"}}}},
        responses={(201, "application/json"): TEMPLATES_SCHEMA["properties"]["results"]["items"]},
    )
    def post(self, request: Request, import_id: str) -> Response:
        """Keep the import's mapping under a name."""
        actor = actor_of(request)
        data: Any = request.data
        given: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        batch = selectors.get_with_rows(import_id, actor=actor)
        shared = given.get("is_shared") is True
        made = templates.save_template(batch, str(given.get("name") or ""), is_shared=shared, actor=actor)
        return Response(template_to_dict(made, actor), status=status.HTTP_201_CREATED)


class TemplateView(APIView):
    """One kept mapping."""

    @extend_schema(
        operation_id="delete_import_template",
        tags=["imports"],
        parameters=[OpenApiParameter("template_id", str, OpenApiParameter.PATH)],
        responses={204: None},
    )
    def delete(self, request: Request, template_id: str) -> Response:
        """Forget a mapping of one's own."""
        templates.delete_template(template_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _upload_view(key: str, plural: str) -> Any:
    described = extend_schema(
        operation_id=f"upload_{plural}",
        tags=[plural],
        request=BULK_SCHEMA,
        responses={(201, "application/json"): IMPORT_SCHEMA},
        methods=["POST"],
    )
    made: Any = type(f"{key.title()}UploadView", (UploadView,), {"type_key": key, "__doc__": UploadView.__doc__})
    return described(made).as_view()


@extend_schema(exclude=True)
class _TenantsUploadView(UploadView):
    """The same for types that tenants make."""


api_urls = [
    path("imports/templates/", TemplatesView.as_view(), name="api-import-templates"),
    path("imports/templates/<str:template_id>/", TemplateView.as_view(), name="api-import-template"),
    path("imports/<str:import_id>/start/", StartView.as_view(), name="api-import-start"),
    path("imports/<str:import_id>/check/", CheckView.as_view(), name="api-import-check"),
    path(
        "imports/<str:import_id>/pause/",
        _act("pause", "Stop an import for now, after the rows being written.", runs.pause_import),
        name="api-import-pause",
    ),
    path(
        "imports/<str:import_id>/resume/",
        _act("resume", "Go on with a paused import.", runs.resume_import),
        name="api-import-resume",
    ),
    path(
        "imports/<str:import_id>/undo/",
        _act("undo", "Take back what an import wrote, in the background.", undoing.start_undo),
        name="api-import-undo",
    ),
    path("imports/<str:import_id>/template/", ImportTemplateView.as_view(), name="api-import-keep"),
    *(
        path(f"{each.plural}/import/", _upload_view(each.key, each.plural), name=f"api-{each.key}-upload")
        for each in record_types.declared
    ),
    path("<slug:plural>/import/", _TenantsUploadView.as_view(), name="api-upload"),
]
