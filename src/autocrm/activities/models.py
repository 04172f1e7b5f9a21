"""Tasks, notes, calls, meetings and e-mails, the series they repeat in, and the links that put them on records."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.activities.states import (
    Direction,
    Outcome,
    Priority,
    Reminder,
    RepeatFrom,
    Response,
    TaskKind,
    TaskStatus,
)
from autocrm.kernel.clock import now
from autocrm.kernel.conditions.periods import start_of_day
from autocrm.kernel.owned import TenantOwned
from autocrm.records.models import BINNED, Record
from autocrm.users.models import User

LIVE = Q(archived_at__isnull=True)
OPEN = LIVE & Q(status=TaskStatus.OPEN)
UNTOLD = OPEN & Q(due_told_at__isnull=True)
UNCONTINUED = OPEN & Q(series__isnull=False, is_continued=False)
UNREMINDED = OPEN & Q(reminded_at__isnull=True, remind_at__isnull=False)


def indexes_by(prefix: str, *names: str) -> list[models.Index]:
    """One index for each of these fields: lists are ordered by them, at any size."""
    return [models.Index(fields=[name, "id"], condition=LIVE, name=f"{prefix}_{name}"[:30]) for name in names]


def indexes_of(prefix: str, moment: str, *names: str) -> list[models.Index]:
    """The orders that all activities have, those of one person by their time, and those of their own `names`."""
    falling = models.Index(fields=["owner", f"-{moment}", "-id"], condition=LIVE, name=f"{prefix}_by_owner")
    return [falling, *indexes_by(prefix, "updated_at", "is_pinned", *names)]


class Series(TenantOwned):
    """What repeats: the rule, the wall-clock time and zone it is counted in, and what each next one is made of.

    `starts_at` is the occurrence number `first_number`; occurrences before it followed an earlier rule. `pattern` holds
    the input values of the next one, `about` the records it is about. A series without a rule has ended.
    """

    activity_type = models.CharField(max_length=40)
    rule = models.CharField(max_length=300, blank=True, default="")
    repeat_from = models.CharField(max_length=20, choices=RepeatFrom.choices, default=RepeatFrom.SCHEDULE)
    zone = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    first_number = models.PositiveIntegerField(default=1)
    pattern = models.JSONField(default=dict)
    sequence = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        verbose_name = _("series")
        verbose_name_plural = _("series")

    @override
    def __str__(self) -> str:
        return f"{self.activity_type}: {self.rule}"


class Activity(Record):
    """What all activities have."""

    is_pinned = models.BooleanField(_("pinned"), default=False)

    class Meta(Record.Meta):
        abstract = True


class Planned(Activity):
    """An activity that may lie ahead: open until it is done or cancelled, perhaps with a reminder, perhaps repeating.

    `remind_at` follows from its time and `remind_before`; `reminded_at` says when the owner was. `occurs_at` is the
    place in the series that this one stands for, wherever it was moved to; `number` counts from 1; `is_continued` says
    that what follows it has been made.
    """

    status = models.CharField(_("status"), max_length=20, choices=TaskStatus.choices, default=TaskStatus.OPEN)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True, editable=False)
    remind_before = models.CharField(
        _("reminder"), max_length=10, choices=Reminder.choices, blank=True, default=Reminder.NONE
    )
    remind_at = models.DateTimeField(null=True, editable=False)
    reminded_at = models.DateTimeField(null=True, editable=False)
    series = models.ForeignKey(Series, null=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    occurs_at = models.DateTimeField(null=True, editable=False)
    number = models.PositiveIntegerField(default=1, editable=False)
    is_continued = models.BooleanField(default=False, editable=False)

    series_id: UUID | None

    class Meta(Activity.Meta):
        abstract = True

    @property
    def is_open(self) -> bool:
        """Whether it still waits to be done."""
        return self.status == TaskStatus.OPEN

    @property
    def moment(self) -> datetime | None:
        """Its time: when it is due, when it begins."""
        raise NotImplementedError


class Task(Planned):
    """Something somebody, the owner, has to do, perhaps by a time."""

    subject = models.CharField(_("subject"), max_length=300)
    kind = models.CharField(_("kind"), max_length=20, choices=TaskKind.choices, default=TaskKind.TODO)
    body = models.TextField(_("details"), blank=True, default="")
    priority = models.CharField(_("priority"), max_length=20, choices=Priority.choices, default=Priority.NORMAL)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    # When the owner was told that it is due; empty again when it gets another time or another owner.
    due_told_at = models.DateTimeField(null=True, editable=False)

    class Meta(Planned.Meta):
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(
                fields=["series", "number"], name="activities_task_number", condition=Q(series__isnull=False)
            )
        ]
        indexes = [
            *indexes_of(
                "activities_task",
                "created_at",
                "subject",
                "kind",
                "due_at",
                "priority",
                "status",
                "remind_before",
                "completed_at",
            ),
            models.Index(fields=["-archived_at", "-id"], name="activities_task_binned", condition=BINNED),
            models.Index(fields=["owner", "status", "due_at", "id"], name="activities_task_due", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="activities_task_created", condition=LIVE),
            models.Index(fields=["due_at"], name="activities_task_untold", condition=UNTOLD),
            models.Index(fields=["remind_at"], name="activities_task_remind", condition=UNREMINDED),
        ]

    @override
    def __str__(self) -> str:
        return self.subject

    @property
    @override
    def moment(self) -> datetime | None:
        return self.due_at


class Call(Planned):
    """A call: planned while it is open, logged once it is done."""

    subject = models.CharField(_("subject"), max_length=300)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction.choices, default=Direction.OUT)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices, blank=True, default="")
    at = models.DateTimeField(_("time"), default=now)
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    body = models.TextField(_("what was said"), blank=True, default="")

    class Meta(Planned.Meta):
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        indexes = [
            *indexes_of(
                "activities_call",
                "at",
                "subject",
                "direction",
                "outcome",
                "minutes",
                "status",
                "remind_before",
                "completed_at",
                "created_at",
            ),
            models.Index(fields=["-archived_at", "-id"], name="activities_call_binned", condition=BINNED),
            models.Index(fields=["owner", "status", "at", "id"], name="activities_call_owner", condition=LIVE),
            models.Index(fields=["at", "id"], name="activities_call_at", condition=LIVE),
            models.Index(fields=["remind_at"], name="activities_call_remind", condition=UNREMINDED),
        ]

    @override
    def __str__(self) -> str:
        return self.subject

    @property
    @override
    def moment(self) -> datetime | None:
        return self.at


class Meeting(Planned):
    """People who come together. All-day meetings begin and end at midnight of the zone they were written in."""

    subject = models.CharField(_("subject"), max_length=300)
    starts_at = models.DateTimeField(_("begins"), default=now)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    is_all_day = models.BooleanField(_("all day"), default=False)
    place = models.CharField(_("place"), max_length=300, blank=True, default="")
    video_url = models.CharField(_("video link"), max_length=500, blank=True, default="")
    body = models.TextField(_("details"), blank=True, default="")
    # How often invitations went out, and with which state; calendars take the highest.
    sequence = models.PositiveIntegerField(default=0, editable=False)
    zone = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta(Planned.Meta):
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            models.UniqueConstraint(
                fields=["series", "number"], name="activities_meeting_number", condition=Q(series__isnull=False)
            )
        ]
        indexes = [
            *indexes_of(
                "activities_meeting",
                "starts_at",
                "subject",
                "ends_at",
                "is_all_day",
                "place",
                "video_url",
                "status",
                "remind_before",
                "completed_at",
                "created_at",
            ),
            models.Index(fields=["-archived_at", "-id"], name="activities_meeting_binned", condition=BINNED),
            models.Index(
                fields=["owner", "status", "starts_at", "id"], name="activities_meeting_owner", condition=LIVE
            ),
            models.Index(fields=["starts_at", "id"], name="activities_meeting_starts", condition=LIVE),
            models.Index(fields=["remind_at"], name="activities_meeting_remind", condition=UNREMINDED),
            models.Index(fields=["ends_at"], name="activities_meeting_roll", condition=UNCONTINUED),
        ]

    @override
    def __str__(self) -> str:
        return self.subject

    @property
    @override
    def moment(self) -> datetime | None:
        return self.starts_at

    @property
    def days_in(self) -> ZoneInfo:
        """The zone whose midnights an all-day meeting begins and ends at."""
        return ZoneInfo(self.zone or "UTC")

    @property
    def whole_days(self) -> tuple[date, date] | None:
        """The first and the last day of an all-day meeting, whatever zone one looks from."""
        if not self.is_all_day or self.ends_at is None:
            return None
        first = self.starts_at.astimezone(self.days_in).date()
        return first, max(first, self.ends_at.astimezone(self.days_in).date() - timedelta(days=1))

    def end_from(self, starts_at: datetime) -> datetime:
        """Where it would end if it began at `starts_at`: as long as now, of whole days as many."""
        if (days := self.whole_days) is not None:
            first = starts_at.astimezone(self.days_in).date()
            return start_of_day(first + (days[1] - days[0]) + timedelta(days=1), self.days_in)
        return starts_at + (self.ends_at - self.starts_at if self.ends_at is not None else timedelta(hours=1))


class Attendee(TenantOwned):
    """Somebody who is invited to a meeting: a member, a record that has an address, or an address alone.

    `invited_sequence` is the state that was last sent (-1: none), `told_off` whether it said that the meeting is off.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendees")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    record_type = models.CharField(max_length=40, blank=True, default="")
    record_id = models.UUIDField(null=True)
    name = models.CharField(max_length=300, blank=True, default="")
    email = models.EmailField(max_length=254, blank=True, default="")
    response = models.CharField(_("answer"), max_length=20, choices=Response.choices, default=Response.WAITING)
    invited_sequence = models.IntegerField(default=-1)
    told_off = models.BooleanField(default=False)

    user_id: UUID | None
    meeting_id: UUID

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "user"], name="activities_attendee_user", condition=Q(user__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["meeting", "record_type", "record_id"],
                name="activities_attendee_record",
                condition=Q(record_id__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["user", "meeting"], name="activities_attendee_member")]

    @override
    def __str__(self) -> str:
        return self.name or self.email


class Uninvited(TenantOwned):
    """Somebody who was invited to a meeting and attends no more, until the mail that says so has gone out."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="uninvited")
    name = models.CharField(max_length=300, blank=True, default="")
    email = models.EmailField(max_length=254)
    sequence = models.IntegerField()
    created_at = models.DateTimeField(default=now, editable=False)

    meeting_id: UUID

    @override
    def __str__(self) -> str:
        return self.name or self.email


class Email(Activity):
    """An e-mail that was written down here; `body` is sanitised HTML, `text` the same without marks."""

    direction = models.CharField(_("direction"), max_length=10, choices=Direction.choices, default=Direction.OUT)
    subject = models.CharField(_("subject"), max_length=300)
    sender = models.CharField(_("from"), max_length=320, blank=True, default="")
    recipients = models.TextField(_("to"), blank=True, default="")
    copies = models.TextField(_("copy to"), blank=True, default="")
    body = models.TextField(_("message"), blank=True, default="")
    text = models.TextField(editable=False, default="")
    at = models.DateTimeField(_("time"), default=now)

    class Meta(Activity.Meta):
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        indexes = [
            *indexes_of("activities_email", "at", "subject", "direction", "sender", "created_at"),
            models.Index(fields=["at", "id"], name="activities_email_at", condition=LIVE),
            models.Index(fields=["-archived_at", "-id"], name="activities_email_binned", condition=BINNED),
        ]

    @override
    def __str__(self) -> str:
        return self.subject


class Note(Activity):
    """What somebody wrote down; `body` is sanitised HTML, `text` the same without marks."""

    body = models.TextField(_("note"))
    text = models.TextField(editable=False, default="")
    edited_at = models.DateTimeField(null=True, editable=False)

    class Meta(Activity.Meta):
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [
            *indexes_of("activities_note", "created_at"),
            models.Index(fields=["-created_at", "-id"], name="activities_note_created", condition=LIVE),
            models.Index(fields=["-archived_at", "-id"], name="activities_note_binned", condition=BINNED),
        ]

    @override
    def __str__(self) -> str:
        return self.text[:80]


class ActivityLink(TenantOwned):
    """One activity on one record.

    `at` repeats the activity's time of writing, so that a timeline is read from one index; `open_at` is its time while
    it is open and out of the bin, so that the next activity of a record is the first of another.
    """

    activity_type = models.CharField(max_length=40)
    activity_id = models.UUIDField()
    record_type = models.CharField(max_length=40)
    record_id = models.UUIDField()
    record_label = models.CharField(max_length=300, default="")
    at = models.DateTimeField(default=now)
    open_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["activity_type", "activity_id", "record_type", "record_id"], name="activities_link_once"
            )
        ]
        indexes = [
            models.Index(fields=["record_type", "record_id", "-at"], name="activities_link_timeline"),
            models.Index(
                fields=["record_type", "record_id", "open_at"],
                name="activities_link_next",
                condition=Q(open_at__isnull=False),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.activity_type} on {self.record_label}"


class CalendarFeed(TenantOwned):
    """The secret address under which a person's calendar is read; without a row it answers nobody."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    prefix = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    sealed = models.TextField()
    created_at = models.DateTimeField(default=now, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["user"], name="activities_feed_user"),
            models.UniqueConstraint(fields=["prefix"], name="activities_feed_prefix"),
        ]
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    @override
    def __str__(self) -> str:
        return f"calendar of {self.user}"
