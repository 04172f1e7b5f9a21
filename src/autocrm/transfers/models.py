"""Imports, what each of their chunks wrote, and the cells that could not be read."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned


class ImportState(models.TextChoices):
    """How far an import is. It is finished in the last three, and never leaves them."""

    UPLOADED = "uploaded", _("Not started")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Match(models.TextChoices):
    """What happens to a row whose record exists already."""

    SKIP = "skip", _("Leave it as it is")
    FILL = "fill", _("Fill its empty fields")
    UPDATE = "update", _("Overwrite its fields")
    CREATE = "create", _("Add another one")


class Import(TenantOwned):
    """One file on its way into records of one type.

    `done_rows` is written in the transaction of the rows it counts: it is where the work goes on after a crash.
    `created + updated + skipped + failed` add up to it. `faults` counts what is wrong with cells and rows, kept or not.
    `mapping` is column name -> field key; `options` is what `transfers.options.Options` reads.
    """

    record_type = models.CharField(_("record type"), max_length=40)
    user_id = models.UUIDField(_("imported by"), null=True)
    user_label = models.CharField(max_length=200, default="")
    token_id = models.UUIDField(null=True)
    filename = models.CharField(_("file"), max_length=200)
    file_key = models.CharField(max_length=200)
    file_size = models.BigIntegerField(_("size"))
    encoding = models.CharField(_("encoding"), max_length=20)
    delimiter = models.CharField(_("delimiter"), max_length=1)
    columns = models.JSONField(default=list)
    sample = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=12, choices=ImportState, default=ImportState.UPLOADED)
    total_rows = models.PositiveIntegerField(_("rows"), null=True)
    done_rows = models.PositiveIntegerField(_("rows done"), default=0)
    created = models.PositiveIntegerField(_("new"), default=0)
    updated = models.PositiveIntegerField(_("changed"), default=0)
    skipped = models.PositiveIntegerField(_("left as they were"), default=0)
    failed = models.PositiveIntegerField(_("not imported"), default=0)
    faults = models.PositiveIntegerField(_("faults"), default=0)
    related = models.PositiveIntegerField(_("related records made"), default=0)
    created_at = models.DateTimeField(_("uploaded"), default=now)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    job_id = models.UUIDField(null=True)
    error = models.TextField(_("error"), blank=True, default="")

    class Meta(TenantOwned.Meta):
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="transfers_import_recent"),
            models.Index(fields=["user_id", "-created_at", "-id"], name="transfers_import_own"),
            models.Index(fields=["state"], condition=Q(state="running"), name="transfers_import_running"),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in {ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED}

    @property
    def matched(self) -> int:
        """Rows whose record existed already."""
        return self.updated + self.skipped


class ImportFault(TenantOwned):
    """What was wrong with one cell (`column` named) or with a whole row; the first `MAX_KEPT_FAULTS` are kept."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="kept_faults", db_index=False)
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=200, default="")
    value = models.CharField(_("value"), max_length=200, default="")
    message = models.CharField(_("message"), max_length=300)
    is_fatal = models.BooleanField(_("row not imported"), default=False)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["batch", "row", "id"], name="transfers_fault_row")]

    def __str__(self) -> str:
        return f"{self.row}, {self.column}: {self.message}"


class ImportChunk(TenantOwned):
    """What one transaction of an import wrote: proof that these rows are done, and what an undo would take back.

    `pending` holds references to records of the same file that may stand further down: [row, record id, field key,
    name]. They are set once all rows are there, and the list is emptied in the same transaction.
    """

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    first_row = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    created_ids = ArrayField(models.UUIDField(), default=list)
    updated_ids = ArrayField(models.UUIDField(), default=list)
    related_ids = ArrayField(models.UUIDField(), default=list)
    pending = models.JSONField(default=list)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["batch", "first_row"], name="transfers_chunk_once")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.first_row}+{self.rows}"
