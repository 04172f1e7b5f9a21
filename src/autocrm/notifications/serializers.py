"""The shape of notifications in the API and on the socket."""

from typing import Any

from rest_framework import serializers

from autocrm.notifications.models import Notification


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """One notification as its person sees it."""

    class Meta:
        model = Notification
        fields = [
            "id",
            "seq",
            "kind",
            "severity",
            "title",
            "body",
            "url",
            "record_type",
            "record_id",
            "data",
            "actor_label",
            "created_at",
            "seen_at",
            "read_at",
        ]
        read_only_fields = fields


class PageSerializer(serializers.Serializer[Any]):
    """A page of the inbox: newest first, or in order after `after_seq`. `next` continues, null at the end."""

    results = NotificationSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    unread = serializers.IntegerField()
    last_seq = serializers.IntegerField()


class FollowerSerializer(serializers.Serializer[Any]):
    """Somebody who follows a record."""

    id = serializers.UUIDField(source="user_id")
    name = serializers.CharField()
    since = serializers.DateTimeField()


class FollowersSerializer(serializers.Serializer[Any]):
    """Who follows a record, those who did first first; `following`: whether the asker is among them."""

    results = FollowerSerializer(many=True)
    following = serializers.BooleanField()


class QuerySerializer(serializers.Serializer[Any]):
    """What may be asked of the list."""

    after_seq = serializers.IntegerField(required=False, min_value=0)
    before_seq = serializers.IntegerField(required=False, min_value=0)
    unread = serializers.BooleanField(required=False, default=False)
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=200)


class IdsSerializer(serializers.Serializer[Any]):
    """Which notifications."""

    ids = serializers.ListField(child=serializers.UUIDField(), max_length=1000)


class UpToSerializer(serializers.Serializer[Any]):
    """How far; without it, all."""

    up_to_seq = serializers.IntegerField(required=False, min_value=0)


class ChangedSerializer(serializers.Serializer[Any]):
    """How many were changed, and what the bell shows now."""

    changed = serializers.IntegerField()
    unread = serializers.IntegerField()
