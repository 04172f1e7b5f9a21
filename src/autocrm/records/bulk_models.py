"""Many records changed at once: the operation, its chunks, and what became of each record."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel import sentences
from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned


class BulkState(models.TextChoices):
    """How far a bulk operation is. It is finished in the last three, and never leaves them."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class BulkOperation(TenantOwned):
    """One act on many records of a type, or (`undoes`) the taking back of one.

    The records are fixed at its start: `BulkChunk` holds their ids, taken from `query` (a list's address) where they
    were not named one by one. Every record ends in one of the four counts; `total` is None until the ids are fixed.
    `values` is what the action needs, as its `read` made it. `job_id` is None for what was done within a request.
    """

    action = models.CharField(_("action"), max_length=40)
    record_type = models.CharField(_("record type"), max_length=40)
    query = models.TextField(default="")
    values = models.JSONField(default=dict)
    run_workflows = models.BooleanField(_("workflows react"), null=True)
    undoes = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="undone_by")
    user_id = models.UUIDField(_("started by"), null=True)
    user_label = models.CharField(max_length=200, default="")
    token_id = models.UUIDField(null=True)
    state = models.CharField(_("state"), max_length=12, choices=BulkState, default=BulkState.RUNNING)
    total = models.PositiveIntegerField(_("records"), null=True)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("left as they were"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    out_of_reach = models.PositiveIntegerField(_("out of reach"), default=0)
    created_at = models.DateTimeField(_("started"), default=now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    job_id = models.UUIDField(null=True)
    error = models.TextField(_("error"), blank=True, default="")

    class Meta(TenantOwned.Meta):
        verbose_name = _("bulk operation")
        verbose_name_plural = _("bulk operations")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="records_bulk_recent"),
            models.Index(fields=["user_id", "-created_at", "-id"], name="records_bulk_own"),
            models.Index(fields=["state"], condition=models.Q(state="running"), name="records_bulk_running"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.action} {self.record_type}"

    @property
    def problem(self) -> str:
        """Why it could not go on, in the language of whoever reads."""
        return sentences.read(self.error)

    @property
    def done(self) -> int:
        """How many records have had their turn."""
        return self.changed + self.unchanged + self.refused + self.out_of_reach

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state != BulkState.RUNNING


class BulkChunk(TenantOwned):
    """Some of an operation's records: `is_done` is written in the transaction that did them, so exactly once."""

    operation = models.ForeignKey(BulkOperation, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    record_ids = ArrayField(models.UUIDField())
    is_done = models.BooleanField(default=False)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["operation", "number"], name="records_bulkchunk_once")]

    @override
    def __str__(self) -> str:
        return f"{self.operation_id} {self.number}"


class BulkResult(TenantOwned):
    """What became of one record; of the refused ones, and of the others, the first 10,000 each are kept."""

    operation = models.ForeignKey(BulkOperation, on_delete=models.CASCADE, related_name="results", db_index=False)
    record_id = models.UUIDField()
    label = models.CharField(max_length=300, default="")
    outcome = models.CharField(max_length=12)
    reason = models.CharField(max_length=300, default="")

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["operation", "outcome", "id"], name="records_bulkresult_outcome")]

    @override
    def __str__(self) -> str:
        return f"{self.label}: {self.outcome}"
