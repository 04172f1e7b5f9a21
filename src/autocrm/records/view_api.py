"""REST of saved views: list, create, read, change, delete. `query` is what the list's address would have."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Invalid
from autocrm.kernel.json_text import read_json
from autocrm.kernel.permissions import is_allowed
from autocrm.records.lists import saved_views, view_services
from autocrm.records.lists.saved_views import ViewTab
from autocrm.records.lists.view_state import read_state, readable_part, write_state
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema
from autocrm.records.view_models import SavedView, Visibility
from autocrm.users.authentication import actor_of

_TAG = ["views"]
_ID = [OpenApiParameter("view_id", str, OpenApiParameter.PATH)]


class ViewChangeSerializer(serializers.Serializer[Any]):
    """What may be changed of a view."""

    name = serializers.CharField(max_length=80, required=False)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    team = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="Who sees it by `visibility` `team`: a team of one's own; may be left out by who is in one only.",
    )
    query = serializers.CharField(
        required=False, allow_blank=True, help_text="As in the list's address: `type=customer&sort=-amount`."
    )
    filter = serializers.JSONField(required=False, allow_null=True, help_text="A condition; replaces that of `query`.")
    position = serializers.IntegerField(required=False, min_value=0, max_value=10_000)
    pinned = serializers.BooleanField(required=False, help_text="In one's own sidebar.")
    default = serializers.BooleanField(required=False, help_text="Opened by the bare address of the list, for oneself.")


class ViewCreateSerializer(ViewChangeSerializer):
    """A new view."""

    record_type = serializers.CharField()
    name = serializers.CharField(max_length=80)


class ViewSerializer(ViewCreateSerializer):
    """A view as it stands."""

    id = serializers.UUIDField()
    owner = serializers.UUIDField()
    is_cut = serializers.BooleanField(
        help_text="Parts that the asker may not see, or that exist no more, are left out."
    )
    url = serializers.CharField()


class ViewsSerializer(serializers.Serializer[Any]):
    """Views in the order of their tabs."""

    results = ViewSerializer(many=True)


class ViewsView(APIView):
    """The saved views that the asker may see."""

    @extend_schema(
        tags=_TAG,
        operation_id="list_views",
        parameters=[OpenApiParameter("record_type", str, description="Only views of this type.")],
        responses=ViewsSerializer,
    )
    def get(self, request: Request) -> Response:
        """List the views of one record type, or of all that may be read."""
        actor = actor_of(request)
        asked = request.query_params.get("record_type", "")
        types = [_type_named(asked)] if asked else list(record_types)
        readable = [each for each in types if is_allowed(actor, each.permission(Verb.READ))]
        tabs = [tab for each in readable for tab in saved_views.list_views(each, actor=actor)]
        return Response({"results": [_to_json(tab, actor) for tab in tabs]})

    @extend_schema(tags=_TAG, operation_id="create_view", request=ViewCreateSerializer, responses={201: ViewSerializer})
    def post(self, request: Request) -> Response:
        """Save a list as a view, one's own unless `visibility` says otherwise."""
        actor = actor_of(request)
        given = _valid(ViewCreateSerializer(data=request.data))
        view = view_services.create_view(
            _type_named(given["record_type"]),
            name=given["name"],
            query=_query_of(given, "") or "",
            visibility=given.get("visibility", Visibility.PRIVATE),
            team=given.get("team"),
            actor=actor,
        )
        _place(view, given, actor)
        return Response(_one(view, actor), status=status.HTTP_201_CREATED)


class ViewView(APIView):
    """One saved view."""

    @extend_schema(tags=_TAG, operation_id="get_view", parameters=_ID, responses=ViewSerializer)
    def get(self, request: Request, view_id: str) -> Response:
        """Read a view."""
        actor = actor_of(request)
        return Response(_one(saved_views.get_view(view_id, actor=actor), actor))

    @extend_schema(
        tags=_TAG,
        operation_id="update_view",
        parameters=_ID,
        request=ViewChangeSerializer,
        responses=ViewSerializer,
    )
    def patch(self, request: Request, view_id: str) -> Response:
        """Change a view; what others see only with the right to share views."""
        actor = actor_of(request)
        view = saved_views.get_view(view_id, actor=actor)
        given = _valid(ViewChangeSerializer(data=request.data))
        changes = {name: given[name] for name in ("name", "visibility", "team", "position") if name in given}
        query = _query_of(given, view.state)
        if changes or query is not None:
            view = view_services.update_view(view.pk, query=query, actor=actor, **changes)
        _place(view, given, actor)
        return Response(_one(view, actor))

    @extend_schema(tags=_TAG, operation_id="delete_view", parameters=_ID, responses={204: None})
    def delete(self, request: Request, view_id: str) -> Response:
        """Delete a view; no record is touched."""
        view_services.delete_view(view_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _valid(serializer: Any) -> dict[str, Any]:
    """What was given, checked. A name that means nothing is said: a view that silently keeps nothing helps nobody."""
    given = serializer.initial_data
    unknown = set(given) - set(serializer.fields) if isinstance(given, Mapping) else set()
    if unknown:
        raise Invalid(fields={name: [_("There is no such field, or it cannot be set.")] for name in sorted(unknown)})
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values


def _type_named(key: str) -> RecordType:
    record_type = record_types.find(key)
    if record_type is None:
        raise Invalid(fields={"record_type": [_("There is no such record type.")]})
    return record_type


def _query_of(given: dict[str, Any], state: str) -> str | None:
    """The whole state that was sent, None when nothing of it was."""
    if "query" not in given and "filter" not in given:
        return None
    params = QueryDict(given.get("query", state), mutable=True)
    if "filter" in given:
        params["filter"] = "" if given["filter"] is None else json.dumps(given["filter"])
    return write_state(params)


def _place(view: SavedView, given: dict[str, Any], actor: Actor) -> None:
    if "pinned" in given:
        view_services.pin_view(view.pk, pinned=given["pinned"], actor=actor)
    if "default" in given:
        chosen = view.pk if given["default"] else None
        view_services.set_default_view(record_types.get(view.record_type), chosen, actor=actor)


def _one(view: SavedView, actor: Actor) -> dict[str, Any]:
    return _to_json(saved_views.what_it_is_to(view, actor=actor), actor)


def _to_json(tab: ViewTab, actor: Actor) -> dict[str, Any]:
    """What the asker may know of a view: never a field that is hidden from the role."""
    view, record_type = tab.view, record_types.get(tab.view.record_type)
    params, losses = readable_part(read_state(view.state), RecordSchema(record_type, actor))
    condition = params.get("filter", "")
    return {
        "id": str(view.pk),
        "record_type": view.record_type,
        "name": view.name,
        "visibility": view.visibility,
        "team": None if view.team_id is None else str(view.team_id),
        "owner": str(view.owner_id),
        "position": view.position,
        "query": write_state(params),
        "filter": read_json(condition) if condition else None,
        "is_cut": bool(losses),
        "pinned": tab.is_pinned,
        "default": tab.opens_for_me,
        "url": f"/{record_type.plural}/?view={view.pk}",
    }


api_urls = [
    path("views/", ViewsView.as_view(), name="api-views"),
    path("views/<str:view_id>/", ViewView.as_view(), name="api-view"),
]
