"""What imports write to the journal beside the entries of the records they bring in."""

from django.utils.translation import gettext_lazy as _

from autocrm.journal.entry_types import EntryType, declare

STARTED = "import.started"
FINISHED = "import.finished"
FAILED = "import.failed"
CANCELLED = "import.cancelled"

declare(EntryType(kind=STARTED, label=_("began an import")))
declare(EntryType(kind=FINISHED, label=_("finished an import")))
declare(EntryType(kind=FAILED, label=_("could not finish an import")))
declare(EntryType(kind=CANCELLED, label=_("cancelled an import")))
