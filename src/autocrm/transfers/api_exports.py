"""REST of exports: asked for, looked at, fetched."""

from typing import Any

from django.http import FileResponse, QueryDict
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.kernel.errors import Invalid
from autocrm.kernel.json_text import to_json_text
from autocrm.kernel.permissions import authorize
from autocrm.records.api_types import OfRecordType
from autocrm.records.bulk_operations.selection import Selection, read_selection
from autocrm.records.registry import RecordType, record_types
from autocrm.transfers import export_selectors, writers
from autocrm.transfers.models import Export
from autocrm.transfers.navigation import export_permission
from autocrm.transfers.serializers import EXPORT_REQUEST_SCHEMA, EXPORT_SCHEMA, export_to_dict
from autocrm.transfers.services import exports
from autocrm.users.authentication import actor_of

ROOT = "/api/v1/exports/"
_OURS = frozenset({"format", "columns", "columns_of", "with_ids", "mark", "ids", "all_matching", "query"})
_ID = OpenApiParameter("export_id", str, OpenApiParameter.PATH)


def _said(request: Request, export: Export, code: int = status.HTTP_200_OK) -> Response:
    return Response(export_to_dict(export, request.build_absolute_uri(ROOT)), status=code)


class RecordsExportView(OfRecordType):
    """Records of one type on their way into a file."""

    def post(self, request: Request) -> Response:
        """Have the records that a list shows written into a file, in the background."""
        actor = actor_of(request)
        authorize(actor, export_permission(self.record_type))
        data: Any = request.data
        if isinstance(data, QueryDict):
            data = data.dict()
        if not isinstance(data, dict):
            raise Invalid(fields={"": [_("Send a JSON object.")]})
        export = exports.start_export(self.record_type, _selection(data), exports.read_wanted(data), actor=actor)
        answer = _said(request, export, status.HTTP_202_ACCEPTED)
        answer["Location"] = answer.data["url"]
        return answer


def _selection(data: dict[str, Any]) -> Selection:
    """Some records by id, a list's query string, or what shapes a list as keys of its own. Raises Invalid."""
    if "ids" in data:
        return read_selection({"ids": data["ids"]})
    if "query" in data:
        return read_selection({"all_matching": True, "query": data["query"]})
    params = QueryDict(mutable=True)
    for name, value in data.items():
        if name not in _OURS:
            params[name] = value if isinstance(value, str) else to_json_text(value)
    return read_selection({"all_matching": True, "query": params.urlencode()})


class ExportsView(APIView):
    """One's exports."""

    @extend_schema(
        operation_id="list_exports",
        tags=["exports"],
        responses={(200, "application/json"): {"type": "object", "properties": {"results": {"type": "array"}}}},
    )
    def get(self, request: Request) -> Response:
        """List the newest ones."""
        base = request.build_absolute_uri(ROOT)
        found = export_selectors.list_exports(actor_of(request))[:100]
        return Response({"results": [export_to_dict(each, base) for each in found]})


class ExportView(APIView):
    """One export."""

    @extend_schema(
        operation_id="get_export",
        tags=["exports"],
        parameters=[_ID],
        responses={(200, "application/json"): EXPORT_SCHEMA},
    )
    def get(self, request: Request, export_id: str) -> Response:
        """How far an export is, and where its file is once it is there."""
        return _said(request, export_selectors.get_export(export_id, actor=actor_of(request)))

    @extend_schema(
        operation_id="cancel_export",
        tags=["exports"],
        parameters=[_ID],
        responses={(200, "application/json"): EXPORT_SCHEMA},
    )
    def delete(self, request: Request, export_id: str) -> Response:
        """Stop it, or throw its file away."""
        return _said(request, exports.cancel_export(export_id, actor=actor_of(request)))


class ExportFileView(APIView):
    """The file of an export."""

    @extend_schema(
        operation_id="get_export_file",
        tags=["exports"],
        parameters=[_ID],
        responses={(200, "application/octet-stream"): {"type": "string", "format": "binary"}},
    )
    def get(self, request: Request, export_id: str) -> Any:
        """The file itself, as long as it is kept."""
        actor = actor_of(request)
        export = export_selectors.get_export(export_id, actor=actor)
        file: Any = export_selectors.open_export(export, actor)
        kind = writers.CONTENT_TYPES[export.format]
        return FileResponse(file, as_attachment=True, filename=export.filename, content_type=kind)


def _export_view(record_type: RecordType) -> Any:
    described = extend_schema(
        operation_id=f"export_{record_type.plural}",
        tags=[record_type.plural],
        request=EXPORT_REQUEST_SCHEMA,
        responses={(202, "application/json"): EXPORT_SCHEMA},
        methods=["POST"],
    )
    name = f"{record_type.key.title()}ExportView"
    body = {"type_key": record_type.key, "__doc__": RecordsExportView.__doc__}
    made: Any = type(name, (RecordsExportView,), body)
    return described(made).as_view()


@extend_schema(exclude=True)
class _TenantsExportView(RecordsExportView):
    """The same for types that tenants make."""


api_urls = [
    path("exports/", ExportsView.as_view(), name="api-exports"),
    path("exports/<str:export_id>/", ExportView.as_view(), name="api-export"),
    path("exports/<str:export_id>/file/", ExportFileView.as_view(), name="api-export-file"),
    *(
        path(f"{each.plural}/export/", _export_view(each), name=f"api-{each.key}-export")
        for each in record_types.declared
    ),
    path("<slug:plural>/export/", _TenantsExportView.as_view(), name="api-records-export"),
]
