"""REST: one's own notifications, under /api/v1/notifications/, and following: /api/v1/<plural>/<id>/followers/."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.kernel.actors import Actor
from autocrm.notifications import following, selectors, services
from autocrm.notifications.serializers import (
    ChangedSerializer,
    FollowerSerializer,
    FollowersSerializer,
    IdsSerializer,
    NotificationSerializer,
    PageSerializer,
    QuerySerializer,
    UpToSerializer,
)
from autocrm.records.api_types import OfRecordType
from autocrm.users.authentication import actor_of


def _valid(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values


def _changed(changed: int, actor: Actor) -> Response:
    return Response({"changed": changed, "unread": selectors.count_unread(actor)})


class NotificationsView(APIView):
    """The inbox: newest first, or what came after a number, in order."""

    @extend_schema(tags=["notifications"], parameters=[QuerySerializer], responses=PageSerializer)
    def get(self, request: Request) -> Response:
        """List one's own notifications."""
        actor = actor_of(request)
        query = _valid(QuerySerializer(data=request.query_params))
        limit = query["limit"]
        if "after_seq" in query:
            found = selectors.list_after(actor, query["after_seq"], limit=limit)
            more = f"after_seq={found[-1].seq}&limit={limit}" if len(found) == limit else None
        else:
            page = selectors.list_page(actor, before=query.get("before_seq"), unread=query["unread"], limit=limit)
            found = page.notifications
            unread = "&unread=true" if query["unread"] else ""
            more = None if page.next_before is None else f"before_seq={page.next_before}&limit={limit}{unread}"
        counts = selectors.get_counts(actor)
        return Response(
            {
                "results": NotificationSerializer(found, many=True).data,
                "next": None if more is None else request.build_absolute_uri(f"{request.path}?{more}"),
                "unread": counts.unread,
                "last_seq": counts.last_seq,
            }
        )


class MarkReadView(APIView):
    """Some of them read."""

    @extend_schema(tags=["notifications"], request=IdsSerializer, responses=ChangedSerializer)
    def post(self, request: Request) -> Response:
        """Mark notifications as read."""
        actor = actor_of(request)
        return _changed(services.mark_read(_valid(IdsSerializer(data=request.data))["ids"], actor=actor), actor)


class MarkAllReadView(APIView):
    """All of them read."""

    @extend_schema(tags=["notifications"], request=UpToSerializer, responses=ChangedSerializer)
    def post(self, request: Request) -> Response:
        """Mark all notifications as read, or those up to a number."""
        actor = actor_of(request)
        up_to = _valid(UpToSerializer(data=request.data)).get("up_to_seq")
        return _changed(services.mark_all_read(actor=actor, up_to_seq=up_to), actor)


class ArchiveView(APIView):
    """Some of them put away."""

    @extend_schema(tags=["notifications"], request=IdsSerializer, responses=ChangedSerializer)
    def post(self, request: Request) -> Response:
        """Put notifications away."""
        actor = actor_of(request)
        return _changed(services.archive(_valid(IdsSerializer(data=request.data))["ids"], actor=actor), actor)


class PutBackView(APIView):
    """Some of them back in the inbox."""

    @extend_schema(tags=["notifications"], request=IdsSerializer, responses=ChangedSerializer)
    def post(self, request: Request) -> Response:
        """Take notifications that were put away back."""
        actor = actor_of(request)
        return _changed(services.put_back(_valid(IdsSerializer(data=request.data))["ids"], actor=actor), actor)


_RECORD = [OpenApiParameter(name, str, OpenApiParameter.PATH) for name in ("plural", "record_id")]


class FollowersView(OfRecordType):
    """Who hears what happens to a record; one follows for oneself."""

    @extend_schema(tags=["following"], operation_id="list_followers", parameters=_RECORD, responses=FollowersSerializer)
    def get(self, request: Request, record_id: str) -> Response:
        """List the followers of a record."""
        actor = actor_of(request)
        found = following.list_followers(self.record_type, record_id, actor=actor)
        is_on = any(each.user_id == actor.user_id for each in found)
        return Response({"results": FollowerSerializer(found, many=True).data, "following": is_on})

    @extend_schema(tags=["following"], operation_id="follow", parameters=_RECORD, request=None, responses={204: None})
    def post(self, request: Request, record_id: str) -> Response:
        """Follow a record; nothing happens where one does already."""
        following.follow(self.record_type, record_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(tags=["following"], operation_id="unfollow", parameters=_RECORD, responses={204: None})
    def delete(self, request: Request, record_id: str) -> Response:
        """Follow it no more."""
        following.unfollow(self.record_type, record_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


api_urls = [
    path("<slug:plural>/<str:record_id>/followers/", FollowersView.as_view(), name="api-followers"),
    path("notifications/", NotificationsView.as_view(), name="notifications"),
    path("notifications/mark_read/", MarkReadView.as_view(), name="notifications-mark-read"),
    path("notifications/mark_all_read/", MarkAllReadView.as_view(), name="notifications-mark-all-read"),
    path("notifications/archive/", ArchiveView.as_view(), name="notifications-archive"),
    path("notifications/put_back/", PutBackView.as_view(), name="notifications-put-back"),
]
