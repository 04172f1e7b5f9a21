"""REST of the record types that a tenant makes; their records have addresses of their own."""

from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.kernel.errors import Invalid
from autocrm.records.custom import objects as custom_objects
from autocrm.records.custom import removal
from autocrm.records.models import CustomObject
from autocrm.users.authentication import actor_of

ROOT = "/api/v1/custom_objects/"
_TEXT = {"type": "string"}
_SET: dict[str, Any] = {
    "label": _TEXT | {"maxLength": 60},
    "label_plural": _TEXT | {"maxLength": 60},
    "name_label": _TEXT | {"maxLength": 60, "description": "What the name field is called."},
    "description": _TEXT | {"maxLength": 300},
    "icon": _TEXT,
    "in_nav": {"type": "boolean"},
    "position": {"type": "integer", "minimum": 0, "maximum": 1000},
}
_NAMES: dict[str, Any] = {
    "key": _TEXT | {"description": "Names the type in rights and filters; made of the label unless given."},
    "plural": _TEXT | {"description": "The word in its addresses; made of the plural unless given."},
}
_CREATE = {"type": "object", "properties": _SET | _NAMES, "required": ["label"], "additionalProperties": False}
_CHANGE = {"type": "object", "properties": _SET, "additionalProperties": False}
_OBJECT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        **_NAMES,
        **_SET,
        "archived": {"type": "boolean"},
        "records": {"type": "string", "format": "uri"},
    },
    "required": ["id", "key", "plural", "label", "label_plural", "archived"],
}
_OBJECTS = {"type": "object", "properties": {"results": {"type": "array", "items": _OBJECT}}, "required": ["results"]}
_ID = [OpenApiParameter("object_id", str, OpenApiParameter.PATH)]


def to_dict(made: CustomObject, request: Request) -> dict[str, Any]:
    """An object as the API answers it."""
    return {
        "id": str(made.id),
        "key": made.key,
        "plural": made.plural,
        **{name: getattr(made, name) for name in _SET},
        "archived": made.archived_at is not None,
        "records": request.build_absolute_uri(f"/api/v1/{made.plural}/"),
    }


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Invalid(code="invalid_body")
    return dict(request.data)


class CustomObjectsView(APIView):
    """The objects that the workspace made."""

    @extend_schema(tags=["custom_objects"], operation_id="list_custom_objects", responses={200: _OBJECTS})
    def get(self, request: Request) -> Response:
        """List them; with `archived=true` those that were taken out of use."""
        archived = request.query_params.get("archived", "") in {"1", "true", "yes"}
        found = custom_objects.list_objects(archived=archived, actor=actor_of(request))
        return Response({"results": [to_dict(each, request) for each in found]})

    @extend_schema(
        tags=["custom_objects"],
        operation_id="create_custom_object",
        request={"application/json": _CREATE},
        responses={201: _OBJECT},
    )
    def post(self, request: Request) -> Response:
        """Make an object; its fields are added as custom fields."""
        made = custom_objects.create_object(_body(request), actor=actor_of(request))
        answer = Response(to_dict(made, request), status=status.HTTP_201_CREATED)
        answer["Location"] = request.build_absolute_uri(f"{ROOT}{made.id}/")
        return answer


class CustomObjectView(APIView):
    """One object."""

    @extend_schema(tags=["custom_objects"], operation_id="get_custom_object", parameters=_ID, responses={200: _OBJECT})
    def get(self, request: Request, object_id: str) -> Response:
        """Read an object."""
        return Response(to_dict(custom_objects.get_object(object_id, actor=actor_of(request)), request))

    @extend_schema(
        tags=["custom_objects"],
        operation_id="update_custom_object",
        parameters=_ID,
        request={"application/json": _CHANGE},
        responses={200: _OBJECT},
    )
    def patch(self, request: Request, object_id: str) -> Response:
        """Change how an object is called and shown."""
        made = custom_objects.update_object(object_id, _body(request), actor=actor_of(request))
        return Response(to_dict(made, request))

    @extend_schema(tags=["custom_objects"], operation_id="archive_custom_object", parameters=_ID, responses={204: None})
    def delete(self, request: Request, object_id: str) -> Response:
        """Take an object out of use; its records stay and come back with it."""
        custom_objects.archive_object(object_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class CustomObjectRestoreView(APIView):
    """Bringing an object back."""

    @extend_schema(
        tags=["custom_objects"],
        operation_id="restore_custom_object",
        parameters=_ID,
        request=None,
        responses={200: _OBJECT},
    )
    def post(self, request: Request, object_id: str) -> Response:
        """Bring an archived object back with its records."""
        return Response(to_dict(custom_objects.restore_object(object_id, actor=actor_of(request)), request))


_LOSS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "records": {"type": "integer"},
        "relations": {"type": "array", "items": _TEXT, "description": "Fields of other types that lead to it."},
        "related": {"type": "integer", "description": "Records that hold a value in these."},
        "others": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "required": ["records", "relations", "related", "others"],
}
_REMOVE = {
    "type": "object",
    "properties": {
        "name": _TEXT | {"description": "The object's plural, as a confirmation."},
        "expected": {"type": "integer", "description": "The number of records you know will be lost."},
    },
    "required": ["name", "expected"],
}


class CustomObjectRemoveView(APIView):
    """Deleting an object for good."""

    @extend_schema(
        tags=["custom_objects"], operation_id="count_custom_object_loss", parameters=_ID, responses={200: _LOSS}
    )
    def get(self, request: Request, object_id: str) -> Response:
        """What would go with it; nothing is changed."""
        actor = actor_of(request)
        return Response(_said(removal.object_loss(custom_objects.get_object(object_id, actor=actor), actor=actor)))

    @extend_schema(
        tags=["custom_objects"],
        operation_id="remove_custom_object",
        parameters=_ID,
        request={"application/json": _REMOVE},
        responses={202: _LOSS},
    )
    def post(self, request: Request, object_id: str) -> Response:
        """Delete it with all its records, in the background. 409 when there are more than `expected`."""
        body, actor = _body(request), actor_of(request)
        expected = body.get("expected")
        if type(expected) is not int:
            raise Invalid(fields={"expected": [_("A whole number.")]})
        loss = removal.delete_object(object_id, name=str(body.get("name") or ""), expected=expected, actor=actor)
        return Response(_said(loss), status=status.HTTP_202_ACCEPTED)


def _said(loss: removal.ObjectLoss) -> dict[str, Any]:
    others = {each.key: each.count for each in loss.others}
    return {"records": loss.records, "relations": loss.relations, "related": loss.related, "others": others}


api_urls = [
    path("custom_objects/", CustomObjectsView.as_view(), name="api-custom-objects"),
    path("custom_objects/<str:object_id>/", CustomObjectView.as_view(), name="api-custom-object"),
    path("custom_objects/<str:object_id>/restore/", CustomObjectRestoreView.as_view(), name="api-object-restore"),
    path("custom_objects/<str:object_id>/remove/", CustomObjectRemoveView.as_view(), name="api-object-remove"),
]
