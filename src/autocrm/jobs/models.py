"""The rows behind `kernel.jobs`: jobs of tenants; periodic work and heartbeats of the installation."""

from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.owned import TenantOwned

NEXT_POSITION = RawSQL("nextval('jobs_job_position_seq')", [])


class Job(TenantOwned):
    """One piece of work. `attempts` counts starts, so a job that kills its worker runs out of them too.

    While it runs, `lease_token` names the one run that may finish it and `lease_until` when others may take it over.
    `position` is the order of enqueueing; `due_at` the moment first asked for, `run_at` the moment of the next attempt.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    position = models.BigIntegerField(db_default=NEXT_POSITION, editable=False)
    name = models.TextField()
    queue = models.TextField()
    payload = models.JSONField(default=dict)
    state = models.TextField(choices=State, default=State.WAITING)
    due_at = models.DateTimeField()
    run_at = models.DateTimeField()
    lease_seconds = models.PositiveIntegerField()
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField()
    dedup_key = models.TextField(blank=True, default="")
    ordering_key = models.TextField(blank=True, default="")
    cancel_requested = models.BooleanField(default=False)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(
                fields=["dedup_key"],
                condition=~models.Q(dedup_key="") & models.Q(state__in=["waiting", "running"]),
                name="jobs_job_dedup",
            ),
            # The claim looks before it takes; this holds even when two claims look at the same moment.
            models.UniqueConstraint(
                fields=["ordering_key"],
                condition=~models.Q(ordering_key="") & models.Q(state="running"),
                name="jobs_job_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["run_at", "position"], condition=models.Q(state="waiting"), name="jobs_job_due"),
            models.Index(
                fields=["ordering_key", "position"],
                condition=~models.Q(ordering_key="") & models.Q(state="waiting"),
                name="jobs_job_in_order",
            ),
            models.Index(fields=["lease_until"], condition=models.Q(state="running"), name="jobs_job_leased"),
            models.Index(fields=["-position"], name="jobs_job_recent"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.name} {self.pk}"


class PeriodicRun(models.Model):
    """When a piece of periodic work runs next; claimed by whichever scheduler comes first."""

    name = models.TextField(primary_key=True)
    next_at = models.DateTimeField()
    busy_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    @override
    def __str__(self) -> str:
        return self.name


class WorkerBeat(models.Model):
    """A process that takes jobs or schedules, and when it last showed that it does."""

    name = models.TextField(primary_key=True)
    kind = models.TextField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    @override
    def __str__(self) -> str:
        return self.name
