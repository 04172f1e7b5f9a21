"""Notifications, the counter that numbers them for each person, and who wants which kind by which channel."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.owned import TenantManager, TenantOwned
from autocrm.notifications.kinds import Channel, Severity
from autocrm.notifications.querysets import NotificationQuerySet


class Notification(TenantOwned):
    """Something that one person should know.

    `seq` rises by one for each notification of a person and becomes visible in that order, so "everything after the
    last one I saw" misses nothing. `user_id` is no foreign key: people live on the main database, tenants may not.
    """

    user_id = models.UUIDField(_("person"))
    seq = models.BigIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=80)
    severity = models.CharField(_("severity"), max_length=8, default=Severity.INFO.value)
    title = models.CharField(_("title"), max_length=300)
    body = models.TextField(_("text"), blank=True, default="")
    url = models.CharField(_("address"), max_length=1000, blank=True, default="")
    record_type = models.CharField(_("record type"), max_length=80, blank=True, default="")
    record_id = models.UUIDField(_("record"), null=True, blank=True)
    data = models.JSONField(_("data"), default=dict, blank=True)
    actor_label = models.CharField(_("who did it"), max_length=200, blank=True, default="")
    dedup_key = models.CharField(_("said once by this key"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(_("created"))
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    archived_at = models.DateTimeField(_("put away"), null=True, blank=True)

    objects: ClassVar = TenantManager.from_queryset(NotificationQuerySet)()

    class Meta(TenantOwned.Meta):
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["user_id", "seq"], name="notification_seq"),
            models.UniqueConstraint(
                fields=["user_id", "dedup_key"], condition=~Q(dedup_key=""), name="notification_dedup"
            ),
        ]
        indexes = [
            models.Index(fields=["user_id"], condition=Q(read_at=None, archived_at=None), name="notification_unread"),
        ]

    @override
    def __str__(self) -> str:
        return self.title

    @property
    def is_unread(self) -> bool:
        """Whether it still counts for the bell."""
        return self.read_at is None and self.archived_at is None


class NotificationCounter(TenantOwned):
    """The last number given out to a person; its row lock makes numbers visible in their order."""

    user_id = models.UUIDField(_("person"))
    last_seq = models.BigIntegerField(_("last number"), default=0)

    class Meta(TenantOwned.Meta):
        verbose_name = _("notification counter")
        verbose_name_plural = _("notification counters")
        constraints = [models.UniqueConstraint(fields=["user_id"], name="notification_counter_user")]

    @override
    def __str__(self) -> str:
        return f"{self.user_id}: {self.last_seq}"


class NotificationPreference(TenantOwned):
    """One person's wish for one kind and channel; without a row the kind's default holds: on."""

    user_id = models.UUIDField(_("person"))
    kind = models.CharField(_("kind"), max_length=80)
    channel = models.CharField(_("channel"), max_length=20, choices=[(Channel.IN_APP.value, _("In the app"))])
    is_on = models.BooleanField(_("on"), default=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        constraints = [
            models.UniqueConstraint(fields=["user_id", "kind", "channel"], name="notification_preference_once"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.channel}: {self.is_on}"


class Follow(TenantOwned):
    """Somebody who wants to hear what others do to a record. As above, `user_id` is no foreign key."""

    user_id = models.UUIDField(_("person"))
    record_type = models.CharField(_("record type"), max_length=80)
    record_id = models.UUIDField(_("record"))
    created_at = models.DateTimeField(_("since"))

    class Meta(TenantOwned.Meta):
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        constraints = [
            models.UniqueConstraint(fields=["record_type", "record_id", "user_id"], name="notification_follow_once"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.user_id}: {self.record_type} {self.record_id}"
