"""What workflows write to the journal."""

from django.utils.translation import gettext_lazy as _

from autocrm.journal.entry_types import EntryType, declare

PUBLISHED = "workflow.published"
CHANGED = "workflow.changed"
SWITCHED = "workflow.switched"
REPLAYED = "workflow.replayed"

declare(EntryType(kind=PUBLISHED, label=_("published a workflow")))
declare(EntryType(kind=CHANGED, label=_("changed a workflow")))
declare(EntryType(kind=SWITCHED, label=_("switched a workflow")))
declare(EntryType(kind=REPLAYED, label=_("ran a workflow again")))
