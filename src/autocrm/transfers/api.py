"""REST of imports: a file or rows in, an import out at once; how far it is, what was wrong, and stopping it."""

import tempfile
from collections.abc import Mapping
from typing import IO, Any

from django.db.models import QuerySet
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import parsers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from autocrm.kernel.errors import Invalid, LimitReached
from autocrm.kernel.ids import parse_id
from autocrm.kernel.json_text import read_json
from autocrm.records.api_types import OfRecordType
from autocrm.records.registry import RecordType, record_types
from autocrm.transfers import selectors
from autocrm.transfers.models import Import
from autocrm.transfers.permissions import authorize_import
from autocrm.transfers.serializers import (
    BULK_SCHEMA,
    FAULTS_SCHEMA,
    IMPORT_SCHEMA,
    IMPORTS_SCHEMA,
    STARTED_SCHEMA,
    fault_to_dict,
    import_to_dict,
)
from autocrm.transfers.services import runs, uploads
from autocrm.users.authentication import actor_of

ROOT = "/api/v1/imports/"
PAGE = 50
MAX_JSON_BYTES = 32 * 1024 * 1024
_CHUNK = 256 * 1024
OPTIONS = (
    "match",
    "match_by",
    "alike",
    "owners",
    "create_related",
    "create_options",
    "run_workflows",
    "decimal",
    "dates",
    "values",
)


class CsvParser(parsers.BaseParser):
    """A body that is the file itself: it is left alone until the view reads it."""

    media_type = "text/csv"

    @override
    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        return stream


class LimitedJsonParser(parsers.JSONParser):
    """JSON of a size that fits into memory."""

    @override
    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read(MAX_JSON_BYTES + 1)
        if len(body) > MAX_JSON_BYTES:
            raise LimitReached(_("Send a CSV file for this many rows."), code="body_too_large")
        try:
            return read_json(body)
        except ValueError as error:
            raise Invalid(fields={"": [_("This is not JSON: %(error)s") % {"error": error}]}) from error


class Taker(OfRecordType):
    """A view that takes records in: as a file, a body or a list."""

    parser_classes = [LimitedJsonParser, parsers.MultiPartParser, CsvParser]

    def take(self, request: Request) -> tuple[Import, Mapping[str, Any]]:
        """Keep what was sent, and the options that came along."""
        data: Any = request.data
        query = request.query_params.dict()
        if isinstance(data, list):
            return self._keep_rows(request, data), query
        if hasattr(data, "read"):
            return self._keep_body(request, data, query), query
        if request.FILES:
            given = {**query, **{name: data[name] for name in data if name not in request.FILES}}
            return self._keep_file(request, given), given
        if not isinstance(data, Mapping) or not isinstance(rows := _rows_in(data, self.record_type), list):
            raise Invalid(fields={"rows": [_("Send the rows as a list, or a CSV file as “file”.")]})
        options = data.get("options")
        return self._keep_rows(request, rows), {**query, **data, **(options if isinstance(options, dict) else {})}

    def _keep_rows(self, request: Request, rows: list[Any]) -> Import:
        return uploads.upload_rows(self.record_type, rows, actor=actor_of(request))

    def _keep_body(self, request: Request, body: Any, given: Mapping[str, Any]) -> Import:
        with tempfile.TemporaryFile() as spool:
            _copy(body, spool)
            filename = str(given.get("filename") or f"{self.record_type.plural}.csv")
            return self._keep(request, spool, filename, given)

    def _keep_file(self, request: Request, given: Mapping[str, Any]) -> Import:
        sent = request.FILES.get("file") or next(iter(request.FILES.values()))
        return self._keep(request, sent.file, sent.name or "", given)

    def _keep(self, request: Request, stream: Any, filename: str, given: Mapping[str, Any]) -> Import:
        return uploads.upload_file(
            self.record_type,
            stream,
            filename=filename,
            delimiter=str(given.get("delimiter") or ""),
            encoding=str(given.get("encoding") or ""),
            actor=actor_of(request),
        )


class BulkImportView(Taker):
    """Many records from a file or a list, in the background."""

    def post(self, request: Request) -> Response:
        """Take the rows and answer at once; the import runs in the background and tells when it is done."""
        actor = actor_of(request)
        authorize_import(self.record_type, actor)
        batch, given = self.take(request)
        options = {name: given[name] for name in OPTIONS if name in given}
        started = runs.start_import(batch.id, mapping=read_mapping(given), options=options, actor=actor)
        said = import_to_dict(started, request.build_absolute_uri(ROOT), actor_of(request))
        body = {name: said[name] for name in ("task_id", "status", "url", "mapping", "ignored_columns")}
        answer = Response({**body, "rows": started.total_rows}, status=status.HTTP_202_ACCEPTED)
        answer["Location"] = said["url"]
        return answer


def _rows_in(data: Mapping[str, Any], record_type: RecordType) -> Any:
    return data.get("rows", data.get(record_type.plural))


def _copy(source: Any, spool: IO[bytes]) -> None:
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > uploads.MAX_BYTES:
            raise LimitReached(_("This file is too large."), code="file_too_large")
        spool.write(chunk)


def read_mapping(given: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Which column goes into which field, if it was said. Raises Invalid."""
    raw = given.get("mapping")
    if raw in (None, ""):
        return None
    if isinstance(raw, str):
        try:
            raw = read_json(raw)
        except ValueError:
            raw = None
    if not isinstance(raw, Mapping):
        raise Invalid(fields={"mapping": [_("This is a JSON object of columns and fields.")]})
    return {str(column): str(key) for column, key in raw.items()}


class ImportsView(APIView):
    """Imports, one's own or with the right to manage them everybody's."""

    @extend_schema(
        operation_id="list_imports",
        tags=["imports"],
        parameters=[OpenApiParameter("before", str, description="The id after which to go on.")],
        responses={(200, "application/json"): IMPORTS_SCHEMA},
    )
    def get(self, request: Request) -> Response:
        """List imports, newest first."""
        actor = actor_of(request)
        found: QuerySet[Import] = selectors.list_imports(actor)
        if before := request.query_params.get("before"):
            found = found.filter(id__lt=parse_id(before))
        rows = list(found[: PAGE + 1])
        base = request.build_absolute_uri(ROOT)
        more = f"{base}?before={rows[PAGE - 1].id}" if len(rows) > PAGE else None
        return Response({"results": [import_to_dict(each, base, actor) for each in rows[:PAGE]], "next": more})


class ImportView(APIView):
    """One import."""

    @extend_schema(
        operation_id="get_import",
        tags=["imports"],
        parameters=[OpenApiParameter("import_id", str, OpenApiParameter.PATH)],
        responses={(200, "application/json"): IMPORT_SCHEMA},
    )
    def get(self, request: Request, import_id: str) -> Response:
        """How far an import is."""
        batch = selectors.get_import(import_id, actor=actor_of(request))
        return Response(import_to_dict(batch, request.build_absolute_uri(ROOT), actor_of(request)))


class ImportFaultsView(APIView):
    """What was wrong."""

    @extend_schema(
        operation_id="list_import_faults",
        tags=["imports"],
        parameters=[
            OpenApiParameter("import_id", str, OpenApiParameter.PATH),
            OpenApiParameter("offset", int),
            OpenApiParameter("limit", int, description="At most 1000."),
        ],
        responses={(200, "application/json"): FAULTS_SCHEMA},
    )
    def get(self, request: Request, import_id: str) -> Response:
        """Faults by row and column, in the order of the file."""
        batch = selectors.get_with_rows(import_id, actor=actor_of(request))
        offset, limit = _number(request, "offset", 0), min(_number(request, "limit", 100), 1000)
        kept = selectors.list_faults(batch)
        results = [fault_to_dict(fault) for fault in kept[offset : offset + limit]]
        return Response({"count": batch.faults, "kept": kept.count(), "results": results})


class ImportCancelView(APIView):
    """Stopping an import."""

    @extend_schema(
        operation_id="cancel_import",
        tags=["imports"],
        parameters=[OpenApiParameter("import_id", str, OpenApiParameter.PATH)],
        request=None,
        responses={(200, "application/json"): IMPORT_SCHEMA},
    )
    def post(self, request: Request, import_id: str) -> Response:
        """Stop it; what was imported so far stays."""
        batch = runs.cancel_import(import_id, actor=actor_of(request))
        return Response(import_to_dict(batch, request.build_absolute_uri(ROOT), actor_of(request)))


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else default


def _bulk_view(record_type: RecordType) -> Any:
    name = f"{record_type.key.title()}BulkImportView"
    described = extend_schema(
        operation_id=f"bulk_import_{record_type.plural}",
        tags=[record_type.plural],
        parameters=[OpenApiParameter("match", str, enum=["skip", "fill", "update", "create"])],
        request=BULK_SCHEMA,
        responses={(202, "application/json"): STARTED_SCHEMA},
        methods=["POST"],
    )
    made: Any = type(name, (BulkImportView,), {"type_key": record_type.key, "__doc__": BulkImportView.__doc__})
    return described(made).as_view()


@extend_schema(exclude=True)
class _TenantsBulkImportView(BulkImportView):
    """The same for types that tenants make."""


api_urls = [
    path("imports/", ImportsView.as_view(), name="api-imports"),
    path("imports/<str:import_id>/", ImportView.as_view(), name="api-import"),
    path("imports/<str:import_id>/faults/", ImportFaultsView.as_view(), name="api-import-faults"),
    path("imports/<str:import_id>/cancel/", ImportCancelView.as_view(), name="api-import-cancel"),
    *(
        path(f"{each.plural}/bulk_import/", _bulk_view(each), name=f"api-{each.key}-bulk-import")
        for each in record_types.declared
    ),
    path("<slug:plural>/bulk_import/", _TenantsBulkImportView.as_view(), name="api-bulk-import"),
]
