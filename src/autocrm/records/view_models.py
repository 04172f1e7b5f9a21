"""Lists that people keep: saved views, whose rail they stand in, what a list opens with."""

from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned
from autocrm.users.models import Team, User


class Visibility(models.TextChoices):
    """Who finds a saved view among the tabs."""

    PRIVATE = "private", _("Only me")
    TEAM = "team", _("A team")
    WORKSPACE = "workspace", _("Everybody")


def go_back_to_the_owner(collector: Any, field: Any, views: Any, _using: str) -> None:
    """What becomes of the views of a team that is deleted: each is its owner's alone."""
    collector.add_field_update(views.model._meta.get_field("visibility"), Visibility.PRIVATE.value, views)
    collector.add_field_update(field, None, views)


class SavedView(TenantOwned):
    """A list that somebody keeps: `state` is the query string that its address would have.

    What is shared with a team belongs to that team, whichever teams its owner is in later.
    """

    record_type = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"))
    visibility = models.CharField(
        _("who sees it"), max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=go_back_to_the_owner, related_name="+", verbose_name=_("team")
    )
    position = models.PositiveIntegerField(default=0)
    state = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    owner_id: UUID
    team_id: UUID | None

    class Meta(TenantOwned.Meta):
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(visibility=Visibility.TEAM) | models.Q(team__isnull=False),
                name="records_savedview_team_is_named",
            )
        ]
        indexes = [models.Index(fields=["record_type", "position", "id"], name="records_savedview_tabs")]

    @override
    def __str__(self) -> str:
        return self.name


class ViewPin(TenantOwned):
    """A view that a person keeps in the rail."""

    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="pins")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["user", "view"], name="records_viewpin_once")]

    @override
    def __str__(self) -> str:
        return str(self.pk)


class ViewDefault(TenantOwned):
    """What the bare address of a list opens: for one person, or (without a person) for the workspace.

    Without a view it says that all records are shown, whatever the workspace opens.
    """

    record_type = models.CharField(max_length=40)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    view = models.ForeignKey(SavedView, null=True, on_delete=models.CASCADE, related_name="defaults")

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "user"], nulls_distinct=False, name="records_viewdefault_once"
            )
        ]

    @override
    def __str__(self) -> str:
        return self.record_type
