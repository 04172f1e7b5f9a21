"""The long work that a change of the data model means: all records of a type gone over, and how far that is."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel import sentences
from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned


class DataModelPass(TenantOwned):
    """One pass over the records of a type; `last_id` is where the next chunk begins, written with each chunk.

    `subject_id` is the field or object it is about; None when it is about all computed fields. `total` is None until
    the records are counted, `user_id` None when nobody is waiting for it.
    """

    class Reason(models.TextChoices):
        """What it is done for."""

        DEFINED = "defined", _("a field was defined")
        DAILY = "daily", _("a day began")
        ASKED = "asked", _("somebody asked")
        FILL = "fill", _("lists are made fast")
        EMPTY = "empty", _("lists are no longer made fast")
        SEARCH = "search", _("search looks again")
        CONVERT = "convert", _("a field has another kind")
        REMOVE = "remove", _("a field was deleted")
        OBJECT = "object", _("an object was deleted")

    class State(models.TextChoices):
        """Where it stands."""

        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    record_type = models.CharField(max_length=40)
    label = models.CharField(max_length=80, default="", blank=True)
    reason = models.CharField(max_length=10, choices=Reason)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    subject_id = models.UUIDField(null=True)
    job_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    total = models.PositiveBigIntegerField(null=True)
    done = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)
    last_id = models.UUIDField(null=True)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        # The name is older than what else goes over all records.
        db_table = "records_recalculation"
        indexes = [
            models.Index(fields=["record_type", "-created_at"], name="records_recalculation_late"),
            models.Index(fields=["state"], condition=models.Q(state="running"), name="records_pass_running"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.reason} {self.record_type}: {self.done}"

    @property
    def problem(self) -> str:
        """Why it could not go on, in the language of whoever reads."""
        return sentences.read(self.error)
