"""The long work of computed fields: all records of a type worked out anew, and how far that is."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned


class Recalculation(TenantOwned):
    """One pass over all records of a type; `last_id` is where the next chunk begins."""

    class Reason(models.TextChoices):
        """What it is done for."""

        DEFINED = "defined", _("a field was defined")
        DAILY = "daily", _("a day began")
        ASKED = "asked", _("somebody asked")

    class State(models.TextChoices):
        """Where it stands."""

        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    record_type = models.CharField(max_length=40)
    label = models.CharField(max_length=80, default="", blank=True)
    reason = models.CharField(max_length=10, choices=Reason)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    user_id = models.UUIDField(null=True)
    total = models.PositiveBigIntegerField(null=True)
    done = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)
    last_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["record_type", "-created_at"], name="records_recalculation_late")]

    @override
    def __str__(self) -> str:
        return f"{self.record_type}: {self.done}"
