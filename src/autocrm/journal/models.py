"""The journal's rows: entries, how far each consumer has read, and what it could not digest."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.owned import AcrossTenants, TenantManager, TenantOwned
from autocrm.kernel.tenant_column import TenantIdField


class Entry(models.Model):
    """One thing that happened. Written once, never changed; partitioned by month on `at` (raw SQL in 0002).

    `txid` is the transaction that wrote it: (txid, id) is the order in which consumers read. `changes` maps a field to
    [old, new]; `data` holds what else the kind wants to tell. `root_id` is the first entry of the cause chain (the
    entry itself when nothing caused it) and `chain` the links a workflow adds for its loop guard.
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = TenantIdField()
    txid = models.BigIntegerField(editable=False)
    at = models.DateTimeField()
    kind = models.TextField()
    record_type = models.TextField(blank=True, default="")
    record_id = models.UUIDField(null=True)
    record_label = models.TextField(blank=True, default="")
    actor_kind = models.TextField()
    actor_id = models.UUIDField(null=True)
    actor_label = models.TextField(blank=True, default="")
    changes = models.JSONField(default=dict)
    data = models.JSONField(default=dict)
    cause_id = models.BigIntegerField(null=True)
    root_id = models.BigIntegerField()
    depth = models.SmallIntegerField(default=0)
    chain = models.JSONField(default=list)
    schema_version = models.SmallIntegerField(default=1)

    # Of an entry that was read for somebody: all that it changed is hidden from him.
    is_emptied: bool = False

    objects: ClassVar[models.Manager[Self]] = TenantManager()
    across_tenants: ClassVar[models.Manager[Self]] = AcrossTenants()

    class Meta:
        base_manager_name = "objects"
        default_manager_name = "objects"
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")

    @override
    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Cursor(TenantOwned):
    """How far one consumer has read one tenant's entries, and its troubles on the way."""

    consumer = models.TextField()
    txid = models.BigIntegerField(default=0)
    entry_id = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consumer"], name="journal_cursor_consumer")]

    @override
    def __str__(self) -> str:
        return f"{self.consumer} at {self.txid}/{self.entry_id}"


class DeadLetter(TenantOwned):
    """An entry that a consumer failed on, kept for people to look at and to replay."""

    consumer = models.TextField()
    entry_id = models.BigIntegerField()
    entry_at = models.DateTimeField()
    kind = models.TextField()
    error = models.TextField()
    attempts = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consumer", "entry_id"], name="journal_deadletter_entry")]
        indexes = [models.Index(fields=["-created_at"], name="journal_deadletter_recent")]
        verbose_name = _("event that could not be handled")
        verbose_name_plural = _("events that could not be handled")

    @override
    def __str__(self) -> str:
        return f"{self.consumer}: {self.kind} #{self.entry_id}"


class ConsumerStart(models.Model):
    """Where a consumer began in this installation; a row of the installation, written when it is first met."""

    consumer = models.TextField(primary_key=True)
    txid = models.BigIntegerField()
    introduced_at = models.DateTimeField()

    @override
    def __str__(self) -> str:
        return f"{self.consumer} from {self.txid}"
