"""What imports write to the journal beside the entries of the records they bring in."""

from django.utils.translation import gettext_lazy as _

from autocrm.journal.entry_types import EntryType, declare

STARTED = "import.started"
FINISHED = "import.finished"
FAILED = "import.failed"
CANCELLED = "import.cancelled"
PAUSED = "import.paused"
RESUMED = "import.resumed"
UNDO_STARTED = "import.undo_started"
UNDONE = "import.undone"
EXPORTED = "records.exported"

declare(EntryType(kind=STARTED, label=_("began an import")))
declare(EntryType(kind=FINISHED, label=_("finished an import")))
declare(EntryType(kind=FAILED, label=_("could not finish an import")))
declare(EntryType(kind=CANCELLED, label=_("cancelled an import")))
declare(EntryType(kind=PAUSED, label=_("paused an import")))
declare(EntryType(kind=RESUMED, label=_("resumed an import")))
declare(EntryType(kind=UNDO_STARTED, label=_("began to take an import back")))
declare(EntryType(kind=UNDONE, label=_("took an import back")))
declare(EntryType(kind=EXPORTED, label=_("exported records")))
