"""Workflows, what was published of them, their runs and what each step did."""

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned


class RunState(models.TextChoices):
    """Where a run stands."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Held back")


class StepState(models.TextChoices):
    """How one attempt at a step ended."""

    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Workflow(TenantOwned):
    """A named automation. `is_on` starts and stops it; `version` is the one new runs take."""

    name = models.CharField(_("name"), max_length=160)
    description = models.TextField(_("description"), blank=True, default="")
    key = models.CharField(max_length=60, default="", blank=True)
    is_on = models.BooleanField(_("on"), default=False)
    version = models.ForeignKey(
        "WorkflowVersion", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    version_id: UUID | None

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(key__gt=""), name="workflows_workflow_key_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class WorkflowVersion(TenantOwned):
    """What was published: trigger, condition and steps. Never changed; a run ends on the version it started with."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    record_type = models.CharField(max_length=40)
    trigger = models.CharField(max_length=60)
    condition = models.JSONField(null=True)
    steps = models.JSONField(default=list)
    published_by_id = models.UUIDField(null=True)
    published_at = models.DateTimeField(default=now)

    workflow_id: UUID

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["workflow", "number"], name="workflows_version_number_unique")]

    def __str__(self) -> str:
        return f"{self.workflow_id} v{self.number}"


class WorkflowRun(TenantOwned):
    """One execution about one record. `position` is the index of the next step; it moves with the step's effect."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey(WorkflowVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    entry_id = models.BigIntegerField()
    replay_of = models.UUIDField(null=True)
    replay_number = models.PositiveIntegerField(default=0)
    record_type = models.CharField(max_length=40)
    record_id = models.UUIDField()
    record_label = models.CharField(max_length=300, default="")
    state = models.CharField(max_length=20, choices=RunState, default=RunState.RUNNING)
    position = models.PositiveIntegerField(default=0)
    outputs = models.JSONField(default=dict)
    cause = models.JSONField(default=dict)
    error = models.TextField(default="", blank=True)
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    workflow_id: UUID
    version_id: UUID

    class Meta(TenantOwned.Meta):
        constraints = [
            # One journal entry starts a workflow at most once; a replay is counted on purpose.
            models.UniqueConstraint(
                fields=["workflow", "entry_id", "replay_number"], name="workflows_run_once_per_entry"
            )
        ]
        indexes = [
            models.Index(fields=["workflow", "-started_at"], name="workflows_run_recent"),
            models.Index(fields=["record_type", "record_id"], name="workflows_run_of_record"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id} on {self.record_label}"


class StepLog(TenantOwned):
    """One attempt at one step: what went in, what came out, how long it took."""

    run = models.ForeignKey(WorkflowRun, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    action = models.CharField(max_length=60)
    state = models.CharField(max_length=20, choices=StepState)
    inputs = models.JSONField(default=dict)
    outputs = models.JSONField(default=dict)
    error = models.TextField(default="", blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=now)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["run", "position", "at"], name="workflows_steplog_run")]

    def __str__(self) -> str:
        return f"{self.action}: {self.state}"
