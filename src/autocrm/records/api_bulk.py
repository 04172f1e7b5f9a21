"""REST of bulk operations: begin one for records of a type, see how far it is, stop it, take it back."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.kernel.errors import Invalid
from autocrm.kernel.ids import parse_id
from autocrm.records.api_types import OfRecordType
from autocrm.records.bulk_actions import get_action
from autocrm.records.bulk_models import BulkOperation
from autocrm.records.bulk_operations import lifecycle as operations
from autocrm.records.bulk_operations import selectors
from autocrm.records.bulk_operations.pages import results_of
from autocrm.records.bulk_operations.selection import Selection, read_selection
from autocrm.records.registry import RecordType, record_types
from autocrm.users.authentication import actor_of

ROOT = "/api/v1/bulk_operations/"
PAGE = 50
MOST_RESULTS = 1_000
_COUNTS = ("total", "changed", "unchanged", "refused", "out_of_reach")
_COUNT = {"type": ["integer", "null"], "minimum": 0}
_TIME = {"type": ["string", "null"], "format": "date-time"}
_ID = {"type": "string", "format": "uuid"}

_OPERATION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": _ID,
        "url": {"type": "string", "format": "uri"},
        "action": {"type": "string"},
        "record_type": {"type": "string"},
        "status": {"type": "string", "enum": ["running", "done", "failed", "cancelled"]},
        **dict.fromkeys(_COUNTS, _COUNT),
        "undoes": {"type": ["string", "null"], "format": "uuid"},
        "can_be_undone": {"type": "boolean"},
        "created_at": _TIME,
        "finished_at": _TIME,
        "error": {"type": "string"},
    },
    "required": ["id", "action", "record_type", "status", *_COUNTS],
}
_OPERATIONS = {
    "type": "object",
    "properties": {"results": {"type": "array", "items": _OPERATION}, "next": {"type": ["string", "null"]}},
    "required": ["results", "next"],
}
_RESULT = {
    "type": "object",
    "properties": {
        "id": _ID,
        "label": {"type": "string"},
        "outcome": {"type": "string", "enum": ["changed", "unchanged", "refused", "out_of_reach"]},
        "reason": {"type": "string"},
    },
    "required": ["id", "outcome", "reason"],
}
_RESULTS = {
    "type": "object",
    "properties": {"kept": {"type": "integer"}, "results": {"type": "array", "items": _RESULT}},
    "required": ["kept", "results"],
}
_BEGIN: dict[str, Any] = {
    "type": "object",
    "properties": {
        "action": {
            "type": "string",
            "description": "edit, assign, tag, untag, archive, restore or erase; or merge_certain, which merges all "
            "that is the same beyond doubt and finds its records itself.",
        },
        "ids": {"type": "array", "items": _ID, "description": "The records; up to 10,000."},
        "filter": {"type": "object", "description": "Or all that match a condition, as in `filter` of lists."},
        "all": {"type": "boolean", "description": "Or all there are."},
        "archived": {"type": "boolean", "description": "With `filter` or `all`: those in the bin."},
        "values": {"type": "object", "description": "For edit: field and value, empty to clear it."},
        "owner": _ID | {"description": "For assign."},
        "tags": {"type": "array", "items": {"type": "string"}, "description": "For tag and untag."},
        "run_workflows": {"type": ["boolean", "null"], "description": "By default only for up to 1,000 records."},
    },
    "required": ["action"],
}
_PATH = [OpenApiParameter("operation_id", str, OpenApiParameter.PATH)]


def to_dict(operation: BulkOperation, request: Request) -> dict[str, Any]:
    """An operation as the API answers it."""
    return {
        "id": str(operation.id),
        "url": request.build_absolute_uri(f"{ROOT}{operation.id}/"),
        "action": operation.action,
        "record_type": operation.record_type,
        "status": operation.state,
        **{name: getattr(operation, name) for name in _COUNTS},
        "undoes": str(operation.undoes_id) if operation.undoes_id else None,
        "can_be_undone": not operations.why_no_undo(operation),
        "created_at": operation.created_at,
        "finished_at": operation.finished_at,
        "error": operation.problem,
    }


class BulkView(OfRecordType):
    """Many records at once, in the background."""

    def post(self, request: Request) -> Response:
        """Begin; the answer names the operation that goes on in the background."""
        data: Any = request.data
        if not isinstance(data, Mapping):
            raise Invalid(fields={"": [_("Send a JSON object.")]})
        action = get_action(str(data.get("action", "")))
        if action.plan is not None:
            _refuse_selection(data)
            operation = operations.prepare_planned(self.record_type, action.key, actor=actor_of(request))
        else:
            operation = operations.prepare_operation(
                self.record_type,
                action.key,
                _selection(data),
                data,
                run_workflows=_flag(data),
                in_background=True,
                actor=actor_of(request),
            )
        return _accepted(operation, request)


def _refuse_selection(data: Mapping[str, Any]) -> None:
    """What finds its records itself would else do more than was asked for."""
    given = data.keys() & {"ids", "filter", "all", "archived", "values", "owner", "tags", "run_workflows"}
    if given:
        raise Invalid(fields={key: [_("This action finds its records itself.")] for key in sorted(given)})


def _selection(data: Mapping[str, Any]) -> Selection:
    """Nothing is meant unless it is said: ids, a filter, or all."""
    if "ids" in data:
        return read_selection({"ids": data["ids"]})
    wanted = data.get("filter")
    if not isinstance(wanted, Mapping) and data.get("all") is not True:
        raise Invalid(fields={"ids": [_("Name records by “ids”, by a “filter”, or say “all”.")]})
    query = {"view": "bin"} if data.get("archived") is True else {}
    if isinstance(wanted, Mapping):
        query["filter"] = json.dumps(wanted)
    return read_selection({"all_matching": True, "query": urlencode(query)})


def _flag(data: Mapping[str, Any]) -> bool | None:
    value = data.get("run_workflows")
    if value is not None and not isinstance(value, bool):
        raise Invalid(fields={"run_workflows": [_("This is neither yes nor no.")]})
    return value


def _accepted(operation: BulkOperation, request: Request) -> Response:
    body = to_dict(operation, request)
    return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": body["url"]})


class BulkOperationsView(APIView):
    """Bulk operations, one's own or with the right to manage them everybody's."""

    @extend_schema(
        operation_id="list_bulk_operations",
        tags=["bulk operations"],
        parameters=[OpenApiParameter("before", str, description="The id after which to go on.")],
        responses={(200, "application/json"): _OPERATIONS},
    )
    def get(self, request: Request) -> Response:
        """List bulk operations, newest first."""
        found = selectors.list_operations(actor_of(request))
        if before := request.query_params.get("before"):
            found = found.filter(id__lt=parse_id(before))
        rows = list(found[: PAGE + 1])
        base = request.build_absolute_uri(ROOT)
        more = f"{base}?before={rows[PAGE - 1].id}" if len(rows) > PAGE else None
        return Response({"results": [to_dict(each, request) for each in rows[:PAGE]], "next": more})


class BulkOperationView(APIView):
    """One bulk operation."""

    @extend_schema(
        operation_id="get_bulk_operation",
        tags=["bulk operations"],
        parameters=_PATH,
        responses={(200, "application/json"): _OPERATION},
    )
    def get(self, request: Request, operation_id: str) -> Response:
        """How far it is."""
        return Response(to_dict(selectors.get_operation(operation_id, actor=actor_of(request)), request))


class BulkResultsView(APIView):
    """What became of the records."""

    @extend_schema(
        operation_id="list_bulk_results",
        tags=["bulk operations"],
        parameters=[
            *_PATH,
            OpenApiParameter("outcome", str, enum=["changed", "unchanged", "refused", "out_of_reach"]),
            OpenApiParameter("offset", int),
            OpenApiParameter("limit", int, description="At most 1000."),
        ],
        responses={(200, "application/json"): _RESULTS},
    )
    def get(self, request: Request, operation_id: str) -> Response:
        """Results by record, as many as are kept: of each kind of outcome the first 10,000."""
        actor = actor_of(request)
        operation = selectors.get_operation(operation_id, actor=actor)
        outcome = request.query_params.get("outcome", "")
        found = selectors.list_results(operation, [outcome] if outcome else [])
        offset, limit = _number(request, "offset", 0), min(_number(request, "limit", 100), MOST_RESULTS)
        rows = results_of(operation, list(found[offset : offset + limit]), actor)
        results = [
            {"id": str(each["id"]), "label": each["label"], "outcome": each["outcome"], "reason": each["reason"]}
            for each in rows
        ]
        return Response({"kept": found.count(), "results": results})


class BulkCancelView(APIView):
    """Stopping one."""

    @extend_schema(
        operation_id="cancel_bulk_operation",
        tags=["bulk operations"],
        parameters=_PATH,
        request=None,
        responses={(200, "application/json"): _OPERATION},
    )
    def post(self, request: Request, operation_id: str) -> Response:
        """Stop; what was done so far stays, and can be undone. 409 when it has ended."""
        return Response(to_dict(operations.cancel_operation(operation_id, actor=actor_of(request)), request))


class BulkUndoView(APIView):
    """Taking one back."""

    @extend_schema(
        operation_id="undo_bulk_operation",
        tags=["bulk operations"],
        parameters=_PATH,
        request=None,
        responses={(202, "application/json"): _OPERATION},
    )
    def post(self, request: Request, operation_id: str) -> Response:
        """Take it back within 24 hours, by an operation of its own. 409 when that cannot be."""
        operation = operations.prepare_undo(operation_id, in_background=True, actor=actor_of(request))
        return _accepted(operation, request)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else default


def _bulk_view(record_type: RecordType) -> Any:
    described = extend_schema(
        operation_id=f"bulk_{record_type.plural}",
        tags=[record_type.plural],
        request={"application/json": _BEGIN},
        responses={(202, "application/json"): _OPERATION},
        methods=["POST"],
    )
    name = f"{record_type.key.title()}BulkView"
    made: Any = type(name, (BulkView,), {"type_key": record_type.key, "__doc__": BulkView.__doc__})
    return described(made).as_view()


@extend_schema(exclude=True)
class _TenantsBulkView(BulkView):
    """The same for types that tenants make."""


api_urls = [
    path("bulk_operations/", BulkOperationsView.as_view(), name="api-bulk-operations"),
    path("bulk_operations/<str:operation_id>/", BulkOperationView.as_view(), name="api-bulk-operation"),
    path("bulk_operations/<str:operation_id>/results/", BulkResultsView.as_view(), name="api-bulk-results"),
    path("bulk_operations/<str:operation_id>/cancel/", BulkCancelView.as_view(), name="api-bulk-cancel"),
    path("bulk_operations/<str:operation_id>/undo/", BulkUndoView.as_view(), name="api-bulk-undo"),
    *(path(f"{each.plural}/bulk/", _bulk_view(each), name=f"api-{each.key}-bulk") for each in record_types.declared),
    path("<slug:plural>/bulk/", _TenantsBulkView.as_view(), name="api-bulk"),
]
