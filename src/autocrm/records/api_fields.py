"""REST of the fields that a tenant adds to its record types."""

from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.computed.recalculating import recalculate_all
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import kinds as custom_kinds
from autocrm.records.custom.definitions import COMPUTED, TONES
from autocrm.records.custom.shape import definition_of
from autocrm.records.selectors import get_type
from autocrm.users.authentication import actor_of

ROOT = "/api/v1/custom_fields/"
_TEXT: dict[str, Any] = {"type": "string"}
_YES: dict[str, Any] = {"type": "boolean"}
_OPTION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "value": _TEXT | {"description": "What records hold; made of the label unless given, and never changed."},
        "label": _TEXT | {"maxLength": 80},
        "tone": _TEXT | {"enum": list(TONES)},
        "active": _YES | {"description": "Whether it is offered; choices in use cannot be removed."},
    },
    "required": ["label"],
}
_CONDITION: dict[str, Any] = {
    "type": ["object", "null"],
    "description": "A condition on the record, in the language of `filter`.",
}
_LIMIT: dict[str, Any] = {"type": ["string", "number", "null"]}
_SET: dict[str, Any] = {
    "label": _TEXT | {"maxLength": 80},
    "group": _TEXT | {"maxLength": 80, "description": "The heading it stands under on the record page."},
    "position": {"type": "integer", "minimum": 0},
    "help_text": _TEXT | {"maxLength": 300},
    "required": _YES,
    "unique": _YES | {"description": "No two records have the same value."},
    "indexed": _YES | {"description": "Lists of any size are filtered and sorted by it fast."},
    "in_form": _YES | {"description": "Offered in the create form at once."},
    "searchable": _YES | {"description": "Texts are among the words a record is found by."},
    "default": {"description": "What new records get, as a record would be given it."},
    "options": {"type": "array", "items": _OPTION},
    "relation": _TEXT | {"description": "The key of the record type a relation leads to."},
    "decimal_places": {"type": ["integer", "null"], "minimum": 0, "maximum": 6},
    "max_length": {"type": ["integer", "null"], "minimum": 1},
    "minimum": _LIMIT,
    "maximum": _LIMIT,
    "visible_when": _CONDITION,
    "required_when": _CONDITION,
    "config": {"type": "object", "description": "How a formula or rollup is worked out; `look` of other fields."},
}
_NAMES: dict[str, Any] = {
    "record_type": _TEXT | {"description": "The key of the record type."},
    "kind": _TEXT | {"enum": [*(kind.value for kind in FieldKind), *COMPUTED]},
    "key": _TEXT | {"description": "Names the field everywhere; made of the label unless given, and never changed."},
}
_CREATE = {
    "type": "object",
    "properties": _NAMES | _SET,
    "required": ["record_type", "kind", "label"],
    "additionalProperties": False,
}
_CHANGE = {"type": "object", "properties": _SET, "additionalProperties": False}
_FIELD: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": _TEXT | {"format": "uuid"},
        **_NAMES,
        **_SET,
        "result_kind": _TEXT,
        "archived": _YES,
        "index_ready": _YES | {"description": "Whether lists use the index already; it is filled in the background."},
        "values": {"type": "integer", "description": "How many records hold a value."},
    },
    "required": ["id", "record_type", "key", "kind", "label", "archived"],
}
_FIELDS = {"type": "object", "properties": {"results": {"type": "array", "items": _FIELD}}, "required": ["results"]}
_ORDER = {
    "type": "object",
    "properties": {"record_type": _TEXT, "ids": {"type": "array", "items": _TEXT | {"format": "uuid"}}},
    "required": ["record_type", "ids"],
}
_REMOVE: dict[str, Any] = {
    "type": "object",
    "properties": {"expected": {"type": "integer", "description": "The number of values you know will be lost."}},
    "required": ["expected"],
}
_KIND = {"type": "object", "properties": {"kind": _TEXT, **_REMOVE["properties"]}, "required": ["kind", "expected"]}
_FIT = {
    "type": "object",
    "properties": {
        "values": {"type": "integer", "description": "How many records hold a value."},
        "lost": {"type": "integer", "description": "How many would lose it."},
        "examples": {"type": "array", "items": _TEXT},
        "options": {"type": "array", "items": _TEXT},
    },
    "required": ["values", "lost"],
}
_ID = [OpenApiParameter("field_id", str, OpenApiParameter.PATH)]
_WHICH = [
    OpenApiParameter("record_type", str, description="The key of the record type.", required=True),
    OpenApiParameter("archived", bool, description="Those that were taken out of use."),
]
_TAGS = ["custom_fields"]


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Invalid(code="invalid_body")
    return dict(request.data)


def _expected(body: dict[str, Any]) -> int:
    """How much the asker knows to be lost."""
    expected = body.get("expected")
    if type(expected) is not int:
        raise Invalid(fields={"expected": [_("A whole number.")]})
    return expected


class CustomFieldsView(APIView):
    """The fields that the workspace added."""

    @extend_schema(tags=_TAGS, operation_id="list_custom_fields", parameters=_WHICH, responses={200: _FIELDS})
    def get(self, request: Request) -> Response:
        """List those of one record type, in their order."""
        archived = request.query_params.get("archived", "") in {"1", "true", "yes"}
        record_type = get_type(request.query_params.get("record_type", ""))
        found = custom_fields.list_fields(record_type, archived=archived, actor=actor_of(request))
        return Response({"results": [definition_of(each) for each in found]})

    @extend_schema(
        tags=_TAGS,
        operation_id="create_custom_field",
        request={"application/json": _CREATE},
        responses={201: _FIELD},
    )
    def post(self, request: Request) -> Response:
        """Add a field to a record type."""
        made = custom_fields.create_field(_body(request), actor=actor_of(request))
        answer = Response(definition_of(made), status=status.HTTP_201_CREATED)
        answer["Location"] = request.build_absolute_uri(f"{ROOT}{made.id}/")
        return answer


class CustomFieldOrderView(APIView):
    """The order of the fields of a record type."""

    @extend_schema(
        tags=_TAGS,
        operation_id="order_custom_fields",
        request={"application/json": _ORDER},
        responses={200: _FIELDS},
    )
    def post(self, request: Request) -> Response:
        """Put fields into this order; those not named follow."""
        body = _body(request)
        ids = body.get("ids")
        if not isinstance(ids, list):
            raise Invalid(fields={"ids": [_("A list of ids.")]})
        record_type = get_type(str(body.get("record_type") or ""))
        ordered = custom_fields.reorder_fields(record_type, ids, actor=actor_of(request))
        return Response({"results": [definition_of(each) for each in ordered]})


class CustomFieldView(APIView):
    """One field."""

    @extend_schema(tags=_TAGS, operation_id="get_custom_field", parameters=_ID, responses={200: _FIELD})
    def get(self, request: Request, field_id: str) -> Response:
        """Read a field, and how many records hold a value."""
        actor = actor_of(request)
        found = custom_fields.get_field(field_id, actor=actor)
        return Response({**definition_of(found), "values": custom_fields.count_values(found, actor=actor)})

    @extend_schema(
        tags=_TAGS,
        operation_id="update_custom_field",
        parameters=_ID,
        request={"application/json": _CHANGE},
        responses={200: _FIELD},
    )
    def patch(self, request: Request, field_id: str) -> Response:
        """Change a field; its key and kind stay."""
        return Response(definition_of(custom_fields.update_field(field_id, _body(request), actor=actor_of(request))))

    @extend_schema(tags=_TAGS, operation_id="archive_custom_field", parameters=_ID, responses={204: None})
    def delete(self, request: Request, field_id: str) -> Response:
        """Take a field out of use; the values stay and come back with it."""
        custom_fields.archive_field(field_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class CustomFieldRestoreView(APIView):
    """Bringing a field back."""

    @extend_schema(
        tags=_TAGS, operation_id="restore_custom_field", parameters=_ID, request=None, responses={200: _FIELD}
    )
    def post(self, request: Request, field_id: str) -> Response:
        """Bring an archived field back with its values."""
        return Response(definition_of(custom_fields.restore_field(field_id, actor=actor_of(request))))


class CustomFieldRemoveView(APIView):
    """Deleting a field with all its values."""

    @extend_schema(
        tags=_TAGS,
        operation_id="remove_custom_field",
        parameters=_ID,
        request={"application/json": _REMOVE},
        responses={200: {"type": "object", "properties": {"values": {"type": "integer"}}}},
    )
    def post(self, request: Request, field_id: str) -> Response:
        """Delete a field for good. 409 when more records hold a value than `expected`."""
        expected = _expected(_body(request))
        return Response({"values": custom_fields.delete_field(field_id, expected=expected, actor=actor_of(request))})


class CustomFieldKindView(APIView):
    """Another kind for a field."""

    @extend_schema(
        tags=_TAGS,
        operation_id="try_custom_field_kind",
        parameters=[*_ID, OpenApiParameter("kind", str, description="The new kind.", required=True)],
        responses={200: _FIT},
    )
    def get(self, request: Request, field_id: str) -> Response:
        """What turning the field into `kind` would do; nothing is changed."""
        fit = custom_kinds.try_kind(field_id, request.query_params.get("kind", ""), actor=actor_of(request))
        return Response({"values": fit.values, "lost": fit.lost, "examples": fit.examples, "options": fit.options})

    @extend_schema(
        tags=_TAGS,
        operation_id="change_custom_field_kind",
        parameters=_ID,
        request={"application/json": _KIND},
        responses={200: _FIELD},
    )
    def post(self, request: Request, field_id: str) -> Response:
        """Turn the field into `kind`. 409 when more values than `expected` would be lost."""
        body, actor = _body(request), actor_of(request)
        kind = str(body.get("kind") or "")
        changed = custom_kinds.change_kind(field_id, kind, expected=_expected(body), actor=actor)
        return Response(definition_of(changed))


class CustomFieldRecalculateView(APIView):
    """Formulas and rollups worked out again."""

    @extend_schema(
        tags=_TAGS,
        operation_id="recalculate_custom_fields",
        request={"application/json": {"type": "object", "properties": {"record_type": _TEXT}}},
        responses={202: {"type": "object", "properties": {"id": _TEXT, "state": _TEXT}}},
    )
    def post(self, request: Request) -> Response:
        """Work out all computed values of a record type again, in the background."""
        record_type = get_type(str(_body(request).get("record_type") or ""))
        made = recalculate_all(record_type, actor=actor_of(request))
        return Response({"id": str(made.id), "state": made.state}, status=status.HTTP_202_ACCEPTED)


api_urls = [
    path("custom_fields/", CustomFieldsView.as_view(), name="api-custom-fields"),
    path("custom_fields/order/", CustomFieldOrderView.as_view(), name="api-custom-fields-order"),
    path("custom_fields/recalculate/", CustomFieldRecalculateView.as_view(), name="api-custom-fields-recalculate"),
    path("custom_fields/<str:field_id>/", CustomFieldView.as_view(), name="api-custom-field"),
    path("custom_fields/<str:field_id>/restore/", CustomFieldRestoreView.as_view(), name="api-custom-field-restore"),
    path("custom_fields/<str:field_id>/remove/", CustomFieldRemoveView.as_view(), name="api-custom-field-remove"),
    path("custom_fields/<str:field_id>/kind/", CustomFieldKindView.as_view(), name="api-custom-field-kind"),
]
