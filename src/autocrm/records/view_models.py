"""Lists that people keep: saved views, whose rail they stand in, what a list opens with."""

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned
from autocrm.users.models import User


class Visibility(models.TextChoices):
    """Who finds a saved view among the tabs."""

    PRIVATE = "private", _("Only me")
    TEAM = "team", _("My teams")
    WORKSPACE = "workspace", _("Everybody")


class SavedView(TenantOwned):
    """A list that somebody keeps: `state` is the query string that its address would have."""

    record_type = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"))
    visibility = models.CharField(
        _("who sees it"), max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE
    )
    position = models.PositiveIntegerField(default=0)
    state = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    owner_id: UUID

    class Meta(TenantOwned.Meta):
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
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
