"""What activities write to the journal beside the entries of the record engine.

`<type>.completed` and `<type>.reopened` stand on the activity itself; `activity.linked`, `activity.unlinked` and
`activity.completed` stand on each record the activity is about, with `activity_type` and `activity_id` in `data`, so
that its timeline reads one index.
"""

from django.utils.translation import gettext_lazy as _

from autocrm.journal.entry_types import Content, EntryType, declare

TASK_COMPLETED = "task.completed"
TASK_REOPENED = "task.reopened"
CALL_COMPLETED = "call.completed"
MEETING_COMPLETED = "meeting.completed"
ACTIVITY_LINKED = "activity.linked"
ACTIVITY_UNLINKED = "activity.unlinked"
ACTIVITY_COMPLETED = "activity.completed"
ACTIVITY_REPEATS = "activity.repeats"
MEETING_INVITED = "meeting.invited"
MEETING_CALLED_OFF = "meeting.called_off"
MEETING_UNINVITED = "meeting.uninvited"

# By type of activity.
COMPLETED = {"task": TASK_COMPLETED, "call": CALL_COMPLETED, "meeting": MEETING_COMPLETED}
REOPENED = {"task": TASK_REOPENED, "call": "call.reopened", "meeting": "meeting.reopened"}

_REFERENCES = ("activity_type", "activity_id")


def keep_references(content: Content) -> Content:
    """After erasure the entry still says which activity it is about, in no words of its own."""
    return Content(data={name: content.data[name] for name in _REFERENCES if name in content.data})


for _kind in COMPLETED.values():
    declare(EntryType(kind=_kind, label=_("completed")))
for _kind in REOPENED.values():
    declare(EntryType(kind=_kind, label=_("reopened")))
declare(EntryType(kind=ACTIVITY_REPEATS, label=_("set how it repeats")))
declare(EntryType(kind=MEETING_INVITED, label=_("sent the invitations")))
declare(EntryType(kind=MEETING_CALLED_OFF, label=_("told the attendees that it is off")))
declare(EntryType(kind=MEETING_UNINVITED, label=_("told who no longer attends")))
declare(EntryType(kind=ACTIVITY_LINKED, label=_("added an activity"), shred=keep_references))
declare(EntryType(kind=ACTIVITY_UNLINKED, label=_("took an activity off"), shred=keep_references))
declare(EntryType(kind=ACTIVITY_COMPLETED, label=_("completed an activity"), shred=keep_references))
