"""What contacts write to the journal beside the entries of the record engine."""

from django.utils.translation import gettext_lazy as _

from autocrm.journal.entry_types import EntryType, declare

ENGAGEMENT_CALCULATED = "contact.engagement_calculated"
CONTACTED = "contact.contacted"

declare(EntryType(kind=ENGAGEMENT_CALCULATED, label=_("changed the engagement score")))
declare(EntryType(kind=CONTACTED, label=_("was in touch")))
