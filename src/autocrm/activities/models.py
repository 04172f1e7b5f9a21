"""Tasks, notes, and the links that put an activity on the records it is about."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned
from autocrm.records.models import Record

LIVE = Q(archived_at__isnull=True)


class TaskStatus(models.TextChoices):
    """Where a task stands."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


UNTOLD = LIVE & Q(status=TaskStatus.OPEN, due_told_at__isnull=True)


class TaskKind(models.TextChoices):
    """What is to be done."""

    TODO = "todo", _("To do")
    CALL = "call", _("Call")
    EMAIL = "email", _("E-mail")
    MEETING = "meeting", _("Meeting")


class Priority(models.TextChoices):
    """How much it presses; kept as words so that the order of an export is readable."""

    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")


class Task(Record):
    """Something somebody, the owner, has to do, perhaps by a time."""

    subject = models.CharField(_("subject"), max_length=300)
    kind = models.CharField(_("kind"), max_length=20, choices=TaskKind.choices, default=TaskKind.TODO)
    body = models.TextField(_("details"), blank=True, default="")
    status = models.CharField(_("status"), max_length=20, choices=TaskStatus.choices, default=TaskStatus.OPEN)
    priority = models.CharField(_("priority"), max_length=20, choices=Priority.choices, default=Priority.NORMAL)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True, editable=False)
    # When the owner was told that it is due; empty again when it gets another time or another owner.
    due_told_at = models.DateTimeField(null=True, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        indexes = [
            models.Index(fields=["owner", "status", "due_at", "id"], name="activities_task_due", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="activities_task_created", condition=LIVE),
            models.Index(fields=["due_at"], name="activities_task_untold", condition=UNTOLD),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_open(self) -> bool:
        """Whether it still waits to be done."""
        return self.status == TaskStatus.OPEN


class Note(Record):
    """What somebody wrote down; `body` is sanitised HTML, `text` the same without marks."""

    body = models.TextField(_("note"))
    text = models.TextField(editable=False, default="")
    is_pinned = models.BooleanField(_("pinned"), default=False)
    edited_at = models.DateTimeField(null=True, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    def __str__(self) -> str:
        return self.text[:80]


class ActivityLink(TenantOwned):
    """One activity on one record. `at` repeats the activity's time, so that a timeline is read from one index."""

    activity_type = models.CharField(max_length=40)
    activity_id = models.UUIDField()
    record_type = models.CharField(max_length=40)
    record_id = models.UUIDField()
    record_label = models.CharField(max_length=300, default="")
    at = models.DateTimeField(default=now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["activity_type", "activity_id", "record_type", "record_id"], name="activities_link_once"
            )
        ]
        indexes = [models.Index(fields=["record_type", "record_id", "-at"], name="activities_link_timeline")]

    def __str__(self) -> str:
        return f"{self.activity_type} on {self.record_label}"
