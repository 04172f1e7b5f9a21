"""REST of tags: everybody who sees tags on records may list them, whoever keeps the data model changes them."""

from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.kernel.errors import Invalid, Text
from autocrm.records import tags
from autocrm.records.api_query import read_limit
from autocrm.records.models import Tag
from autocrm.records.tag_names import LONGEST_NAME
from autocrm.users.authentication import actor_of

_TAGS = ["tags"]
_SET: dict[str, Any] = {
    "name": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
    "hue": {"type": "integer", "minimum": tags.HUES[0], "maximum": tags.HUES[-1], "description": "Its colour."},
}
_CHANGE = {"type": "object", "properties": _SET, "additionalProperties": False}
_TAG: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        **_SET,
        "created_at": {"type": "string", "format": "date-time"},
    },
    "required": ["id", "name", "hue", "created_at"],
}
_PAGE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "results": {"type": "array", "items": _TAG},
        "next": {"type": ["string", "null"], "format": "uri"},
        "next_cursor": {"type": ["string", "null"]},
    },
    "required": ["results", "next", "next_cursor"],
}
_ID = [OpenApiParameter("tag_id", str, OpenApiParameter.PATH)]
_WHICH = [
    OpenApiParameter("search", str, description="A part of the name."),
    OpenApiParameter("cursor", str, description="The place to go on from: `next_cursor` of the page before."),
    OpenApiParameter("limit", int, description="Tags a page, 1 to 200."),
]


def to_dict(tag: Tag) -> dict[str, Any]:
    """A tag as the API answers it."""
    return {"id": str(tag.id), "name": tag.name, "hue": tag.hue, "created_at": tag.created_at.isoformat()}


class TagsView(APIView):
    """The tags of the workspace."""

    @extend_schema(tags=_TAGS, operation_id="list_tags", parameters=_WHICH, responses={200: _PAGE})
    def get(self, request: Request) -> Response:
        """List them by name. Records get new ones by naming them in `tags`."""
        asked = request.query_params
        page = tags.list_page(
            search=asked.get("search", ""),
            cursor=asked.get("cursor", ""),
            limit=read_limit(asked.get("limit", "")),
            actor=actor_of(request),
        )
        following = None
        if page.next_cursor:
            params = asked.copy()
            params["cursor"] = page.next_cursor
            following = request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
        results = [to_dict(each) for each in page.rows]
        return Response({"results": results, "next": following, "next_cursor": page.next_cursor or None})


class TagView(APIView):
    """One tag."""

    @extend_schema(tags=_TAGS, operation_id="get_tag", parameters=_ID, responses={200: _TAG})
    def get(self, request: Request, tag_id: str) -> Response:
        """Read a tag."""
        return Response(to_dict(tags.get_tag(tag_id, actor=actor_of(request))))

    @extend_schema(
        tags=_TAGS,
        operation_id="update_tag",
        parameters=_ID,
        request={"application/json": _CHANGE},
        responses={200: _TAG},
    )
    def patch(self, request: Request, tag_id: str) -> Response:
        """Rename a tag or give it another colour, for all records at once."""
        values = _read_change(request.data)
        return Response(to_dict(tags.change_tag(tag_id, **values, actor=actor_of(request))))

    @extend_schema(tags=_TAGS, operation_id="delete_tag", parameters=_ID, responses={204: None})
    def delete(self, request: Request, tag_id: str) -> Response:
        """Delete a tag; it goes from the records in the background. 409 while a rollup counts by it."""
        tags.delete_tag(tag_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _read_change(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Invalid(code="invalid_body")
    faults: dict[str, list[Text]] = {
        key: [_("There is no such field, or it cannot be set.")] for key in body if key not in _SET
    }
    if "name" in body and not isinstance(body["name"], str):
        faults["name"] = [_("This is not a text.")]
    if "hue" in body and type(body["hue"]) is not int:
        faults["hue"] = [_("A whole number.")]
    if faults:
        raise Invalid(fields=faults)
    return dict(body)


api_urls = [
    path("tags/", TagsView.as_view(), name="api-tags"),
    path("tags/<str:tag_id>/", TagView.as_view(), name="api-tag"),
]
