"""The words of activities: where one stands, how much it presses, which way it went, what became of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskStatus(models.TextChoices):
    """Where anything that is planned stands."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class TaskKind(models.TextChoices):
    """What is to be done. A meeting is no task: it has a beginning and an end, and people who attend."""

    TODO = "todo", _("To do")
    CALL = "call", _("Call")
    EMAIL = "email", _("E-mail")


class Priority(models.TextChoices):
    """How much it presses; kept as words so that the order of an export is readable."""

    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")


class Reminder(models.TextChoices):
    """How many minutes before its time the owner is reminded."""

    NONE = "", _("No reminder")
    AT_TIME = "0", _("At its time")
    MINUTES_5 = "5", _("5 minutes before")
    MINUTES_15 = "15", _("15 minutes before")
    MINUTES_30 = "30", _("30 minutes before")
    HOUR = "60", _("1 hour before")
    DAY = "1440", _("1 day before")
    WEEK = "10080", _("1 week before")


class Direction(models.TextChoices):
    """Who called or wrote: somebody of the workspace, or the other side."""

    OUT = "out", _("Outgoing")
    IN = "in", _("Incoming")


class Outcome(models.TextChoices):
    """What became of a call."""

    REACHED = "reached", _("Reached")
    VOICEMAIL = "voicemail", _("Left a message")
    NO_ANSWER = "no_answer", _("No answer")
    BUSY = "busy", _("Busy")
    WRONG_NUMBER = "wrong_number", _("Wrong number")


class Response(models.TextChoices):
    """What somebody answered to an invitation."""

    WAITING = "waiting", _("No answer yet")
    ACCEPTED = "accepted", _("Accepted")
    TENTATIVE = "tentative", _("Maybe")
    DECLINED = "declined", _("Declined")


class RepeatFrom(models.TextChoices):
    """What the next one is counted from."""

    SCHEDULE = "schedule", _("On schedule")
    COMPLETION = "completion", _("After completion")
