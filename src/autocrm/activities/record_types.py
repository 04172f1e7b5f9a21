"""The declarations of tasks, notes, calls, meetings and e-mails."""

from datetime import date
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from autocrm.activities import consequences, rules
from autocrm.activities.models import Call, Email, Meeting, Note, Task
from autocrm.activities.permissions import CALL, EMAIL, MEETING, NOTE, TASK
from autocrm.activities.states import Direction, Outcome, Priority, Reminder, TaskKind, TaskStatus
from autocrm.kernel.conditions.schema import Option
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType, Search, register


def _options(choices: Any, **words: Text) -> tuple[Option, ...]:
    return tuple(Option(value, words.get(value, label)) for value, label in choices.choices if value)


def _status(default: str = "", **words: Text) -> Field:
    """Where it stands; without a default the rules of the type say with what a new one begins."""
    return Field(
        key="status",
        label=_("Status"),
        kind=FieldKind.SELECT,
        options=_options(TaskStatus, **words),
        default=default or None,
        required=bool(default),
        extra={"tones": {"open": "accent", "done": "ok"}, "quick": True},
    )


def _subject() -> Field:
    return Field(key="subject", label=_("Subject"), kind=FieldKind.TEXT, required=True, in_form=True, max_length=300)


def _moment(key: str, label: Text, **more: Any) -> Field:
    return Field(key=key, label=label, kind=FieldKind.DATETIME, in_form=True, **more)


def _body(label: Text) -> Field:
    return Field(key="body", label=label, kind=FieldKind.LONG_TEXT, sortable=False, in_form=True)


def _choice(key: str, label: Text, choices: Any, default: str = "", **more: Any) -> Field:
    return Field(
        key=key,
        label=label,
        kind=FieldKind.SELECT,
        options=_options(choices),
        default=default or None,
        required=bool(default),
        **more,
    )


def _whole(meeting: Meeting, which: int) -> date | None:
    days = meeting.whole_days
    return None if days is None else days[which]


REMINDER = _choice("remind_before", _("Reminder"), Reminder, in_form=True, extra={"nothing": _("No reminder")})
COMPLETED = Field(key="completed_at", label=_("Completed"), kind=FieldKind.DATETIME, nullable=True, editable=False)
PINNED = Field(key="is_pinned", label=_("Pinned"), kind=FieldKind.BOOLEAN, extra={"on_page": False})

TASK_TYPE = register(
    RecordType(
        key=TASK,
        plural="tasks",
        label=_("Task"),
        label_plural=_("Tasks"),
        icon="checkbox",
        avatar="company",
        model=Task,
        title=lambda task: task.subject,
        title_fields=("subject",),
        list_columns=("subject", "status", "due_at", "priority", "kind", "owner", "tags"),
        highlights=("status", "due_at", "priority", "owner"),
        # No word of a language beside it: what is kept for the search is kept for readers of every language.
        search=Search(subtitle=lambda task: "", terms=lambda task: [task.body], fields=("body",)),
        default_sort=("-created_at",),
        nav_order=40,
        shortcut="t",
        has_activities=False,
        check=rules.check_task,
        derive=rules.derive_planned,
        after_write=consequences.after_write(TASK),
        after_move=consequences.after_move(TASK),
        fields=(
            _subject(),
            _choice("kind", _("Kind"), TaskKind, TaskKind.TODO.value),
            _moment("due_at", _("Due"), nullable=True, extra={"deadline": True, "timed": True}),
            _choice(
                "priority",
                _("Priority"),
                Priority,
                Priority.NORMAL.value,
                extra={"tones": {"high": "bad", "low": "none"}, "quick": True},
            ),
            _status(TaskStatus.OPEN.value),
            REMINDER,
            _body(_("Details")),
            COMPLETED,
            PINNED,
        ),
    )
)

NOTE_TYPE = register(
    RecordType(
        key=NOTE,
        plural="notes",
        label=_("Note"),
        label_plural=_("Notes"),
        icon="note",
        avatar="company",
        model=Note,
        title=lambda note: note.text[:80] or str(_("Note")),
        title_fields=("body", "text"),
        list_columns=("text", "owner", "created_at"),
        search=Search(subtitle=lambda note: "", terms=lambda note: [note.text], fields=("text",)),
        in_nav=False,
        has_activities=False,
        check=rules.check_note,
        derive=rules.derive_text,
        after_write=consequences.after_write(NOTE),
        fields=(
            Field(
                key="body",
                label=_("Note"),
                kind=FieldKind.LONG_TEXT,
                required=True,
                sortable=False,
                max_length=rules.LONGEST_TEXT,
                extra={"html": True, "on_page": False},
            ),
            Field(
                key="text",
                label=_("Words"),
                kind=FieldKind.LONG_TEXT,
                editable=False,
                sortable=False,
                importable=False,
                extra={"on_page": False},
            ),
            Field(key="is_pinned", label=_("Pinned"), kind=FieldKind.BOOLEAN),
        ),
    )
)

CALL_TYPE = register(
    RecordType(
        key=CALL,
        plural="calls",
        label=_("Call"),
        label_plural=_("Calls"),
        icon="phone",
        avatar="company",
        model=Call,
        title=lambda call: call.subject,
        title_fields=("subject",),
        list_columns=("subject", "at", "direction", "outcome", "minutes", "status", "owner"),
        highlights=("status", "at", "direction", "outcome", "owner"),
        search=Search(subtitle=lambda call: "", terms=lambda call: [call.body], fields=("body",)),
        default_sort=("-at",),
        in_nav=False,
        has_activities=False,
        check=rules.check_call,
        derive=rules.derive_planned,
        after_write=consequences.after_write(CALL),
        after_move=consequences.after_move(CALL),
        fields=(
            _subject(),
            _moment("at", _("Time"), extra={"timed": True}),
            _choice("direction", _("Direction"), Direction, Direction.OUT.value, in_form=True),
            _choice(
                "outcome",
                _("Outcome"),
                Outcome,
                in_form=True,
                extra={"tones": {"reached": "ok"}, "nothing": _("Not said")},
            ),
            Field(
                key="minutes",
                label=_("Minutes"),
                kind=FieldKind.NUMBER,
                nullable=True,
                minimum=0,
                maximum=24 * 60,
                decimal_places=0,
                in_form=True,
            ),
            _status(open=_("Planned")),
            REMINDER,
            _body(_("What was said")),
            COMPLETED,
            PINNED,
        ),
    )
)

MEETING_TYPE = register(
    RecordType(
        key=MEETING,
        plural="meetings",
        label=_("Meeting"),
        label_plural=_("Meetings"),
        icon="calendar",
        avatar="company",
        model=Meeting,
        title=lambda meeting: meeting.subject,
        title_fields=("subject",),
        list_columns=("subject", "starts_at", "ends_at", "place", "status", "owner"),
        highlights=("status", "starts_at", "ends_at", "place", "owner"),
        search=Search(
            subtitle=lambda meeting: force_str(meeting.place),
            terms=lambda meeting: [meeting.body, meeting.place],
            fields=("body", "place"),
        ),
        default_sort=("-starts_at",),
        in_nav=False,
        has_activities=False,
        check=rules.check_meeting,
        derive=rules.derive_planned,
        after_write=consequences.after_write(MEETING),
        after_move=consequences.after_move(MEETING),
        fields=(
            _subject(),
            _moment("starts_at", _("Begins"), extra={"timed": True, "whole_day": lambda meeting: _whole(meeting, 0)}),
            _moment(
                "ends_at",
                _("Ends"),
                nullable=True,
                extra={"timed": True, "whole_day": lambda meeting: _whole(meeting, 1)},
            ),
            Field(key="is_all_day", label=_("All day"), kind=FieldKind.BOOLEAN, in_form=True),
            Field(key="place", label=_("Place"), kind=FieldKind.TEXT, max_length=300, in_form=True),
            Field(key="video_url", label=_("Video link"), kind=FieldKind.URL, max_length=500, in_form=True),
            _status(open=_("Planned"), done=_("Held")),
            REMINDER,
            _body(_("Details")),
            COMPLETED,
            PINNED,
        ),
    )
)

EMAIL_TYPE = register(
    RecordType(
        key=EMAIL,
        plural="emails",
        label=_("E-mail"),
        label_plural=_("E-mails"),
        icon="mail",
        avatar="company",
        model=Email,
        title=lambda email: email.subject,
        title_fields=("subject",),
        list_columns=("subject", "at", "direction", "sender", "recipients", "owner"),
        highlights=("at", "direction", "sender", "recipients", "owner"),
        search=Search(
            subtitle=lambda email: email.sender,
            terms=lambda email: [email.text, email.sender, email.recipients],
            fields=("body", "sender", "recipients"),
        ),
        default_sort=("-at",),
        in_nav=False,
        has_activities=False,
        check=rules.check_email,
        derive=rules.derive_text,
        after_write=consequences.after_write(EMAIL),
        fields=(
            _subject(),
            _moment("at", _("Time"), extra={"timed": True}),
            _choice("direction", _("Direction"), Direction, Direction.OUT.value, in_form=True),
            Field(key="sender", label=_("From"), kind=FieldKind.TEXT, max_length=320, in_form=True),
            Field(
                key="recipients",
                label=pgettext_lazy("recipients", "To"),
                kind=FieldKind.LONG_TEXT,
                sortable=False,
                in_form=True,
            ),
            Field(key="copies", label=_("Copy to"), kind=FieldKind.LONG_TEXT, sortable=False),
            Field(
                key="body",
                label=_("Message"),
                kind=FieldKind.LONG_TEXT,
                sortable=False,
                max_length=rules.LONGEST_TEXT,
                extra={"html": True, "on_page": False},
                in_form=True,
            ),
            PINNED,
        ),
    )
)
