"""What activities write to the journal beside the entries of the record engine.

`task.completed` and `task.reopened` stand on the task itself; `activity.linked` and `activity.completed` stand on each
record the activity is about, with `activity_type` and `activity_id` in `data`, so that its timeline reads one index.
"""

from django.utils.translation import gettext_lazy as _

from autocrm.journal.entry_types import Content, EntryType, declare

TASK_COMPLETED = "task.completed"
TASK_REOPENED = "task.reopened"
ACTIVITY_LINKED = "activity.linked"
ACTIVITY_COMPLETED = "activity.completed"

_REFERENCES = ("activity_type", "activity_id")


def keep_references(content: Content) -> Content:
    """After erasure the entry still says which activity it is about, in no words of its own."""
    return Content(data={name: content.data[name] for name in _REFERENCES if name in content.data})


declare(EntryType(kind=TASK_COMPLETED, label=_("completed")))
declare(EntryType(kind=TASK_REOPENED, label=_("reopened")))
declare(EntryType(kind=ACTIVITY_LINKED, label=_("added an activity"), shred=keep_references))
declare(EntryType(kind=ACTIVITY_COMPLETED, label=_("completed an activity"), shred=keep_references))
