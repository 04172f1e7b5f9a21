"""Imports, what each of their chunks wrote, and the cells that could not be read."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from autocrm.kernel import sentences
from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned


class ImportState(models.TextChoices):
    """How far an import is. From the last five on nothing more is imported; what was can be taken back."""

    READING = "reading", _("Being read")
    UPLOADED = "uploaded", _("Not started")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    UNDOING = "undoing", _("Being taken back")
    UNDONE = "undone", _("Taken back")


class CheckState(models.TextChoices):
    """How far the look at all rows is, before anything is imported."""

    NONE = "", _("Not checked")
    RUNNING = "running", _("Being checked")
    DONE = "done", _("Checked")
    FAILED = "failed", _("Failed")


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
    A large workbook is `reading` until a job has made its table; only then it has columns. `check_rows` is how many
    rows that job has read, afterwards how many a check has looked at.
    `mapping` is column name -> field key; `options` is what `transfers.options.Options` reads.
    `table_key` is the table made of a file that is none itself, a workbook or address cards. `check_counts` is what the
    look at all rows found; `undo_counts` how many records were taken back and how many could not be.
    """

    record_type = models.CharField(_("record type"), max_length=40)
    user_id = models.UUIDField(_("imported by"), null=True)
    user_label = models.CharField(max_length=200, default="")
    token_id = models.UUIDField(null=True)
    filename = models.CharField(_("file"), max_length=200)
    file_key = models.CharField(max_length=200)
    file_size = models.BigIntegerField(_("size"))
    source = models.CharField(max_length=12, default="text")
    table_key = models.CharField(max_length=200, default="", blank=True)
    table_size = models.BigIntegerField(default=0)
    sheets = models.JSONField(default=list)
    sheet = models.CharField(_("sheet"), max_length=200, default="", blank=True)
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
    warnings = models.PositiveIntegerField(_("warnings"), default=0)
    related = models.PositiveIntegerField(_("related records made"), default=0)
    check_state = models.CharField(max_length=12, choices=CheckState, default=CheckState.NONE, blank=True)
    check_rows = models.PositiveIntegerField(default=0)
    check_counts = models.JSONField(default=dict)
    check_job_id = models.UUIDField(null=True)
    undo_counts = models.JSONField(default=dict)
    undo_job_id = models.UUIDField(null=True)
    undone_at = models.DateTimeField(_("taken back"), null=True)
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
    def problem(self) -> str:
        """Why it could not go on, in the language of whoever reads."""
        return sentences.read(self.error)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in {
            ImportState.READING,
            ImportState.UPLOADED,
            ImportState.RUNNING,
            ImportState.PAUSED,
        }

    @property
    def can_be_undone(self) -> bool:
        """Whether it has written something that can be taken back."""
        ended = self.state in {ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED}
        return ended and self.created + self.updated + self.related > 0

    @property
    def matched(self) -> int:
        """Rows whose record existed already."""
        return self.updated + self.skipped


class FaultKind(models.TextChoices):
    """What a fault is about."""

    FAULT = "fault", _("Fault")
    WARNING = "warning", _("Warning")
    UNDO = "undo", _("Not taken back")


class ImportFault(TenantOwned):
    """What was wrong with one cell (`column` named) or with a whole row; the first `MAX_KEPT_FAULTS` are kept.

    A warning says that a value was kept as written; of kind "undo" it says which record (`value`) stayed, and why.
    """

    kind = models.CharField(max_length=8, choices=FaultKind, default=FaultKind.FAULT)
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
    name]. They are set once all rows are there, and the list is emptied in the same transaction. `undone` is 1 once
    its records were taken back, 2 once those it made along with them were.
    """

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    first_row = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    created_ids = ArrayField(models.UUIDField(), default=list)
    updated_ids = ArrayField(models.UUIDField(), default=list)
    related_ids = ArrayField(models.UUIDField(), default=list)
    pending = models.JSONField(default=list)
    undone = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["batch", "first_row"], name="transfers_chunk_once")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.first_row}+{self.rows}"


class ImportCheckPart(TenantOwned):
    """What would become of some rows of a file, row by row; thrown away when the import begins.

    `lines` is what `transfers.lines` writes and reads; the counts say which parts hold rows of an outcome.
    """

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="check_parts", db_index=False)
    first_row = models.PositiveIntegerField()
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    noted = models.PositiveIntegerField(default=0)
    alike = models.PositiveIntegerField(default=0)
    lines = models.JSONField(default=list)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["batch", "first_row"], name="transfers_check_once")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.first_row}"


class ImportTemplate(TenantOwned):
    """A mapping kept under a name: offered when a file has its columns. Private unless shared."""

    record_type = models.CharField(_("record type"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    user_id = models.UUIDField(null=True)
    is_shared = models.BooleanField(_("shared"), default=False)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("created"), default=now)

    class Meta(TenantOwned.Meta):
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "user_id", "name"], name="transfers_template_name", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name


class ExportState(models.TextChoices):
    """How far an export is."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class Export(TenantOwned):
    """Records on their way into a file; `query` is the list's address, with which it is read again and again."""

    record_type = models.CharField(_("record type"), max_length=40)
    user_id = models.UUIDField(_("exported by"), null=True)
    user_label = models.CharField(max_length=200, default="")
    token_id = models.UUIDField(null=True)
    query = models.TextField(default="", blank=True)
    ids = ArrayField(models.UUIDField(), null=True)
    format = models.CharField(_("format"), max_length=8)
    options = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=12, choices=ExportState, default=ExportState.RUNNING)
    total_rows = models.PositiveIntegerField(_("rows"), null=True)
    done_rows = models.PositiveIntegerField(_("rows done"), default=0)
    filename = models.CharField(_("file"), max_length=200, default="", blank=True)
    file_key = models.CharField(max_length=200, default="", blank=True)
    file_size = models.BigIntegerField(_("size"), default=0)
    created_at = models.DateTimeField(_("asked for"), default=now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)
    job_id = models.UUIDField(null=True)
    error = models.TextField(_("error"), blank=True, default="")

    class Meta(TenantOwned.Meta):
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="transfers_export_recent"),
            models.Index(fields=["user_id", "-created_at", "-id"], name="transfers_export_own"),
        ]

    def __str__(self) -> str:
        return self.filename or self.record_type

    @property
    def problem(self) -> str:
        """Why it could not go on, in the language of whoever reads."""
        return sentences.read(self.error)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state != ExportState.RUNNING
