"""What the record engine writes to the journal: one set of kinds for every record type."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from autocrm.journal.entry_types import EntryType, declare

CREATED = "record.created"
UPDATED = "record.updated"
ARCHIVED = "record.archived"
RESTORED = "record.restored"
DELETED = "record.deleted"
MERGED = "record.merged"
UNMERGED = "record.unmerged"
TAG_CREATED = "tag.created"
TAG_UPDATED = "tag.updated"
TAG_DELETED = "tag.deleted"
OBJECT_CREATED = "object.created"
OBJECT_UPDATED = "object.updated"
OBJECT_ARCHIVED = "object.archived"
OBJECT_RESTORED = "object.restored"
OBJECT_DELETED = "object.deleted"
FIELD_CREATED = "field.created"
FIELD_UPDATED = "field.updated"
FIELD_ARCHIVED = "field.archived"
FIELD_RESTORED = "field.restored"
FIELD_DELETED = "field.deleted"
BULK_STARTED = "bulk.started"
BULK_FINISHED = "bulk.finished"
BULK_FAILED = "bulk.failed"
BULK_CANCELLED = "bulk.cancelled"
VIEW_CREATED = "view.created"
VIEW_UPDATED = "view.updated"
VIEW_DELETED = "view.deleted"


declare(EntryType(kind=BULK_STARTED, label=_("began a bulk change")))
declare(EntryType(kind=BULK_FINISHED, label=_("finished a bulk change")))
declare(EntryType(kind=BULK_FAILED, label=_("could not finish a bulk change")))
declare(EntryType(kind=BULK_CANCELLED, label=_("cancelled a bulk change")))
declare(EntryType(kind=CREATED, label=_("created")))
declare(EntryType(kind=UPDATED, label=pgettext_lazy("entry", "changed")))
declare(EntryType(kind=ARCHIVED, label=_("moved to the bin")))
declare(EntryType(kind=RESTORED, label=_("restored")))
declare(EntryType(kind=DELETED, label=_("deleted for good")))
declare(EntryType(kind=TAG_CREATED, label=_("added a tag")))
declare(EntryType(kind=TAG_UPDATED, label=_("changed a tag")))
declare(EntryType(kind=TAG_DELETED, label=_("deleted a tag")))
declare(EntryType(kind=OBJECT_CREATED, label=_("made an object")))
declare(EntryType(kind=OBJECT_UPDATED, label=_("changed an object")))
declare(EntryType(kind=OBJECT_ARCHIVED, label=_("archived an object")))
declare(EntryType(kind=OBJECT_RESTORED, label=_("brought back an object")))
declare(EntryType(kind=OBJECT_DELETED, label=_("deleted an object for good")))
declare(EntryType(kind=FIELD_CREATED, label=_("added a field")))
declare(EntryType(kind=FIELD_UPDATED, label=_("changed a field")))
declare(EntryType(kind=FIELD_ARCHIVED, label=_("archived a field")))
declare(EntryType(kind=FIELD_RESTORED, label=_("brought back a field")))
declare(EntryType(kind=FIELD_DELETED, label=_("deleted a field")))
declare(EntryType(kind=VIEW_CREATED, label=_("saved a view")))
declare(EntryType(kind=VIEW_UPDATED, label=_("changed a view")))
declare(EntryType(kind=VIEW_DELETED, label=_("deleted a view")))
declare(EntryType(kind=MERGED, label=_("merged")))
declare(EntryType(kind=UNMERGED, label=_("separated again")))
