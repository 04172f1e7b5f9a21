"""Records that look like one: the keys they are found by, pairs, the search for them, and merges that can be undone."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned


class MatchKey(TenantOwned):
    """What a record is found by when one like it is looked for, where no column of its own serves.

    The sound of its name, the normalised values of its custom addresses and numbers; kept with the record.
    """

    record_type = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    record_id = models.UUIDField()

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["record_type", "kind", "key", "record_id"], name="records_matchkey_key"),
            models.Index(fields=["record_type", "record_id"], name="records_matchkey_record"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class DuplicatePair(TenantOwned):
    """Two records that look like one, found by the scan; `left_id` is the smaller id. Reasons are codes of rules."""

    record_type = models.CharField(max_length=40)
    left_id = models.UUIDField()
    right_id = models.UUIDField()
    score = models.PositiveSmallIntegerField()
    reasons = ArrayField(models.CharField(max_length=80))
    found_at = models.DateTimeField(default=now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["record_type", "left_id", "right_id"], name="records_duplicatepair_once"),
            models.CheckConstraint(condition=models.Q(score__lte=100), name="records_duplicatepair_score_at_most_100"),
        ]
        indexes = [
            models.Index(fields=["record_type", "-score", "-id"], name="records_duplicatepair_best"),
            models.Index(fields=["record_type", "right_id"], name="records_duplicatepair_right"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.left_id} and {self.right_id}: {self.score}"


class NotDuplicate(TenantOwned):
    """Two records of which somebody said that they are not one; never offered again."""

    record_type = models.CharField(max_length=40)
    left_id = models.UUIDField()
    right_id = models.UUIDField()
    decided_by_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField(default=now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["record_type", "left_id", "right_id"], name="records_notduplicate_once")
        ]
        indexes = [models.Index(fields=["record_type", "right_id"], name="records_notduplicate_right")]

    @override
    def __str__(self) -> str:
        return f"{self.left_id} is not {self.right_id}"


class DuplicateScan(TenantOwned):
    """The search for duplicates among all records of a type: where it is, and what it found the last time."""

    class State(models.TextChoices):
        """Where a scan stands."""

        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    record_type = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=State, default=State.RUNNING)
    job_id = models.UUIDField(null=True)
    phase = models.PositiveSmallIntegerField(default=0)
    place = models.TextField(default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    started_by_id = models.UUIDField(null=True)
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["record_type"], name="records_duplicatescan_one")]

    @override
    def __str__(self) -> str:
        return f"{self.record_type}: {self.state}"


class MergeOperation(TenantOwned):
    """Records that were made one, and what it takes to take that back: old values, and what was moved from whom."""

    record_type = models.CharField(max_length=40)
    survivor_id = models.UUIDField()
    loser_ids = ArrayField(models.UUIDField())
    snapshot = models.JSONField(default=dict)
    merged_by_id = models.UUIDField(null=True)
    merged_at = models.DateTimeField(default=now)
    undone_by_id = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["record_type", "survivor_id", "-merged_at"], name="records_merge_survivor"),
            models.Index(fields=["merged_at"], condition=~models.Q(snapshot={}), name="records_merge_outdated"),
        ]

    @override
    def __str__(self) -> str:
        return f"{len(self.loser_ids)} into {self.survivor_id}"


class MergedRecord(TenantOwned):
    """Where a record went that was merged into another; heeded while it lies in the bin."""

    record_type = models.CharField(max_length=40)
    record_id = models.UUIDField()
    survivor_id = models.UUIDField()
    operation = models.ForeignKey(MergeOperation, on_delete=models.CASCADE, related_name="pointers")

    operation_id: UUID

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["record_type", "record_id"], name="records_mergedrecord_one")]
        indexes = [models.Index(fields=["record_type", "survivor_id"], name="records_mergedrecord_into")]

    @override
    def __str__(self) -> str:
        return f"{self.record_id} went into {self.survivor_id}"
