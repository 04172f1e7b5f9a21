"""What activities write to the journal beside the entries of the record engine."""

from django.utils.translation import gettext_lazy as _

from autocrm.journal.entry_types import EntryType, declare

TASK_COMPLETED = "task.completed"
TASK_REOPENED = "task.reopened"
ACTIVITY_LINKED = "activity.linked"

declare(EntryType(kind=TASK_COMPLETED, label=_("completed")))
declare(EntryType(kind=TASK_REOPENED, label=_("reopened")))
declare(EntryType(kind=ACTIVITY_LINKED, label=_("added an activity")))
