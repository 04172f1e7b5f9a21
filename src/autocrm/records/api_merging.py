"""REST of duplicates and merging, for every record type: what was found, merging, undoing, what is no duplicate."""

from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.kernel.errors import Invalid
from autocrm.kernel.ids import find_id, parse_id
from autocrm.records.api_types import OfRecordType
from autocrm.records.looks import look_at
from autocrm.records.matching.pairs import mark_not_duplicates
from autocrm.records.matching.scans import find_scan, start_scan
from autocrm.records.merging.duplicates_page import list_pairs
from autocrm.records.merging.merging import merge_records
from autocrm.records.merging.undoing import undo_merge
from autocrm.users.authentication import actor_of

_ID = {"type": "string", "format": "uuid"}
_IDS: dict[str, Any] = {"type": "array", "items": _ID}
_RECORD = {"type": "object", "properties": {"id": _ID, "title": {"type": "string"}}}
_PAIR = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "minimum": 0, "maximum": 100},
        "reasons": {"type": "array", "items": {"type": "string"}},
        "records": {"type": "array", "items": _RECORD, "minItems": 2, "maxItems": 2},
    },
}
_PAIRS = {
    "type": "object",
    "properties": {
        "results": {"type": "array", "items": _PAIR},
        "next_cursor": {"type": ["string", "null"]},
        "scan": {"type": ["object", "null"]},
    },
}
_MERGE = {
    "type": "object",
    "properties": {
        "survivor": _ID,
        "records": _IDS | {"description": "The records that go into it: one to four."},
        "values": {
            "type": "object",
            "additionalProperties": _ID,
            "description": "By field: the record whose value is kept. The newest filled value unless named.",
        },
        "versions": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "description": "By record: the version you have seen. 409 where it is another one by now.",
        },
    },
    "required": ["survivor", "records"],
    "additionalProperties": False,
}
_MERGED = {"type": "object", "properties": {"id": _ID, "survivor": _ID, "merged": _IDS}}
_UNDONE = {
    "type": "object",
    "properties": {"id": _ID, "records": _IDS, "kept": {"type": "array", "items": {"type": "string"}}},
}
_PLURAL = OpenApiParameter("plural", str, OpenApiParameter.PATH, description="As in /contacts/.")
_TAG = ["duplicates"]


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Invalid(fields={"": [_("This is not a JSON object.")]})
    return request.data


def _read_ids(data: dict[str, Any], name: str) -> list[Any]:
    given = data.get(name)
    ids = [find_id(each) if isinstance(each, str) else None for each in given] if isinstance(given, list) else [None]
    if None in ids:
        raise Invalid(fields={name: [_("This is a list of ids.")]})
    return ids


def _read_versions(data: dict[str, Any]) -> dict[UUID, int]:
    given = data.get("versions") or {}
    if not isinstance(given, dict) or not all(type(each) is int for each in given.values()):
        raise Invalid(fields={"versions": [_("This is a JSON object of ids and versions.")]})
    return {parse_id(ident): version for ident, version in given.items()}


class Duplicates(OfRecordType):
    """Pairs of records that look like one."""

    @extend_schema(
        operation_id="list_duplicates",
        tags=_TAG,
        parameters=[_PLURAL, OpenApiParameter("cursor", str)],
        responses={(200, "application/json"): _PAIRS},
    )
    def get(self, request: Request) -> Response:
        """List the pairs, the likeliest first."""
        actor = actor_of(request)
        pairs, following, records = list_pairs(
            self.record_type, after=request.query_params.get("cursor", ""), actor=actor
        )
        look = look_at(self.record_type, actor)
        scan = find_scan(self.record_type)
        results = [
            {
                "score": pair.score,
                "reasons": pair.reasons,
                "records": [{"id": str(each), "title": look.title(records[each])} for each in (pair.left, pair.right)],
            }
            for pair in pairs
        ]
        state = None if scan is None else {"state": scan.state, "done": scan.done, "total": scan.total}
        return Response({"results": results, "next_cursor": following or None, "scan": state})

    @extend_schema(operation_id="scan_duplicates", tags=_TAG, parameters=[_PLURAL], request=None, responses={202: None})
    def post(self, request: Request) -> Response:
        """Compare all records in the background."""
        start_scan(self.record_type, actor=actor_of(request))
        return Response(status=status.HTTP_202_ACCEPTED)


class NotDuplicates(OfRecordType):
    """Records that look like one and are not."""

    @extend_schema(
        operation_id="mark_not_duplicates",
        tags=_TAG,
        parameters=[_PLURAL],
        request={"application/json": {"type": "object", "properties": {"records": _IDS}, "required": ["records"]}},
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Remember that these are different records."""
        mark_not_duplicates(self.record_type, _read_ids(_body(request), "records"), actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Merging(OfRecordType):
    """Making several records one."""

    @extend_schema(
        operation_id="merge_records",
        tags=_TAG,
        parameters=[_PLURAL],
        request={"application/json": _MERGE},
        responses={(200, "application/json"): _MERGED},
    )
    def post(self, request: Request) -> Response:
        """Merge records into the survivor."""
        data = _body(request)
        survivor = parse_id(data.get("survivor"))
        values = data.get("values") or {}
        if not isinstance(values, dict):
            raise Invalid(fields={"values": [_("This is not a JSON object.")]})
        choices = {str(key): parse_id(value) for key, value in values.items()}
        losers = _read_ids(data, "records")
        versions = _read_versions(data)
        operation = merge_records(
            self.record_type, survivor, losers, choices, versions=versions, actor=actor_of(request)
        )
        return Response({"id": str(operation.pk), "survivor": str(survivor), "merged": [str(each) for each in losers]})


class MergeUndo(APIView):
    """Taking a merge back."""

    @extend_schema(
        operation_id="undo_merge",
        tags=_TAG,
        parameters=[OpenApiParameter("operation_id", str, OpenApiParameter.PATH)],
        request=None,
        responses={(200, "application/json"): _UNDONE},
    )
    def post(self, request: Request, operation_id: str) -> Response:
        """Undo a merge; `kept` says what was changed since and stays."""
        undone = undo_merge(operation_id, actor=actor_of(request))
        ids = [str(each) for each in undone.record_ids]
        return Response({"id": str(undone.operation.pk), "records": ids, "kept": undone.kept})


api_urls = [
    path("merges/<str:operation_id>/undo/", MergeUndo.as_view(), name="api-merge-undo"),
    path("<slug:plural>/duplicates/", Duplicates.as_view(), name="api-duplicates"),
    path("<slug:plural>/not_duplicates/", NotDuplicates.as_view(), name="api-not-duplicates"),
    path("<slug:plural>/merge/", Merging.as_view(), name="api-merge"),
]
