"""Shapes of people and rights in the API; they check and show, services save."""

from typing import Any

from rest_framework import serializers

from autocrm.users.models import ApiToken, Invitation, Membership, Role, Team, User


class UserSerializer(serializers.Serializer[User]):
    """A person as others in the workspace see them."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(read_only=True)
    email = serializers.EmailField(read_only=True)


class RoleRefSerializer(serializers.Serializer[Role]):
    """A role by its id and name."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(read_only=True)


class MemberSerializer(serializers.Serializer[Membership]):
    """A member of the workspace."""

    user = UserSerializer(read_only=True)
    role = RoleRefSerializer(read_only=True)
    title = serializers.CharField(read_only=True)
    is_active = serializers.BooleanField(read_only=True)
    is_owner = serializers.BooleanField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)


class MemberChangeSerializer(serializers.Serializer[Any]):
    """What can be changed of a member."""

    role = serializers.UUIDField(required=False, help_text="Id of a role.")
    title = serializers.CharField(required=False, allow_blank=True, max_length=120)
    is_active = serializers.BooleanField(required=False)


class InvitationSerializer(serializers.Serializer[Invitation]):
    """An invitation that waits for an answer."""

    id = serializers.UUIDField(read_only=True)
    email = serializers.EmailField(read_only=True)
    name = serializers.CharField(read_only=True)
    role = RoleRefSerializer(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)


class InviteSerializer(serializers.Serializer[Any]):
    """Whom to invite, with which role."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    role = serializers.UUIDField(help_text="Id of a role.")


class RoleSerializer(serializers.Serializer[Role]):
    """A role with all its rights."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    everything = serializers.BooleanField(read_only=True)
    records = serializers.JSONField(read_only=True, help_text='{"contact": {"read": "team"}, "*": {"read": "all"}}')
    fields_access = serializers.JSONField(source="fields", read_only=True)
    codes = serializers.ListField(child=serializers.CharField(), read_only=True)
    members_count = serializers.IntegerField(read_only=True, default=0)


class RoleChangeSerializer(serializers.Serializer[Any]):
    """What can be set of a role; the service knows which words exist."""

    name = serializers.CharField(max_length=80, required=False)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    records = serializers.DictField(child=serializers.DictField(child=serializers.CharField()), required=False)
    fields_access = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField()), required=False, source="fields"
    )
    codes = serializers.ListField(child=serializers.CharField(), required=False)


class TeamSerializer(serializers.Serializer[Team]):
    """A team and its place in the tree."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(read_only=True)
    parent = serializers.UUIDField(source="parent_id", read_only=True, allow_null=True)  # type: ignore[assignment]  # named as in the model
    members_count = serializers.IntegerField(read_only=True, default=0)


class TeamChangeSerializer(serializers.Serializer[Any]):
    """What can be set of a team."""

    name = serializers.CharField(max_length=120)
    parent = serializers.UUIDField(required=False, allow_null=True, default=None)  # type: ignore[assignment]  # named as in the model


class TeamMemberSerializer(serializers.Serializer[Any]):
    """Whom to put into a team."""

    user = serializers.UUIDField()


class TokenSerializer(serializers.Serializer[ApiToken]):
    """A token without its text, which nobody keeps."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(read_only=True)
    prefix = serializers.CharField(read_only=True)
    user = UserSerializer(read_only=True)
    role = RoleRefSerializer(read_only=True)
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True, allow_null=True)
    expires_at = serializers.DateTimeField(read_only=True, allow_null=True)
    last_used_at = serializers.DateTimeField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)


class NewTokenSerializer(serializers.Serializer[Any]):
    """What a new token is to be."""

    name = serializers.CharField(max_length=120)
    role = serializers.UUIDField(required=False, allow_null=True, default=None)
    scopes = serializers.ListField(child=serializers.CharField(), required=False, allow_null=True, default=None)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class MadeTokenSerializer(TokenSerializer):
    """A new token with its text: this once."""

    token = serializers.CharField(read_only=True)


class WorkspaceSerializer(serializers.Serializer[Any]):
    """The workspace in force."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    subdomain = serializers.CharField(read_only=True)
    settings = serializers.JSONField(read_only=True)


class MeSerializer(serializers.Serializer[Any]):
    """Who asks, where, and what they may do."""

    kind = serializers.CharField(read_only=True)
    user = UserSerializer(read_only=True)
    workspace = WorkspaceSerializer(read_only=True)
    locale = serializers.CharField(read_only=True)
    time_zone = serializers.CharField(read_only=True)
    everything = serializers.BooleanField(read_only=True)
    records = serializers.JSONField(read_only=True)
    codes = serializers.ListField(child=serializers.CharField(), read_only=True)
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True, allow_null=True)


class ProfileSerializer(serializers.Serializer[Any]):
    """What one can change of oneself."""

    name = serializers.CharField(max_length=200, required=False)
    locale = serializers.CharField(max_length=12, required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=64, required=False, allow_blank=True)
