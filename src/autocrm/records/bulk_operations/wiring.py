"""The actions of the bulk bar that every record type brings."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Text
from autocrm.kernel.permissions import can_write_field
from autocrm.records.bulk_actions import AT_ONCE, BulkAction, add_bulk_action
from autocrm.records.bulk_operations import changes, reading
from autocrm.records.registry import RecordType
from autocrm.ui.formatting import number

UNDO = "undo"


def _binned(count: int) -> Text:
    return ngettext("%(count)s moved to the bin", "%(count)s moved to the bin", count) % {"count": number(count)}


def _restored(count: int) -> Text:
    return ngettext("%(count)s restored", "%(count)s restored", count) % {"count": number(count)}


def _erased(count: int) -> Text:
    return ngettext("%(count)s deleted for good", "%(count)s deleted for good", count) % {"count": number(count)}


def _undone(count: int) -> Text:
    return ngettext("%(count)s set back", "%(count)s set back", count) % {"count": number(count)}


def _has_fields(record_type: RecordType, actor: Actor) -> bool:
    return bool(reading.editable_fields(record_type, actor))


def _may_tag(record_type: RecordType, actor: Actor) -> bool:
    return can_write_field(actor, record_type.key, "tags")


def _may_assign(record_type: RecordType, actor: Actor) -> bool:
    return can_write_field(actor, record_type.key, "owner")


ACTIONS = (
    BulkAction(
        key="edit",
        label=_("Edit fields"),
        icon="pencil",
        verb=Verb.UPDATE,
        order=10,
        drawer=True,
        read=reading.read_edit,
        apply=changes.edit,
        said=reading.say_edit,
        is_offered=_has_fields,
    ),
    BulkAction(
        key="assign",
        label=_("Assign"),
        icon="user",
        verb=Verb.UPDATE,
        order=20,
        drawer=True,
        read=reading.read_assign,
        apply=changes.edit,
        is_offered=_may_assign,
    ),
    BulkAction(
        key="tag",
        label=_("Add tags"),
        icon="tag",
        verb=Verb.UPDATE,
        order=30,
        drawer=True,
        read=reading.read_added_tags,
        apply=changes.tag,
        said=reading.say_added,
        is_offered=_may_tag,
    ),
    BulkAction(
        key="untag",
        label=_("Remove tags"),
        icon="tag-off",
        verb=Verb.UPDATE,
        order=40,
        drawer=True,
        read=reading.read_removed_tags,
        apply=changes.untag,
        said=reading.say_removed,
        is_offered=_may_tag,
    ),
    BulkAction(
        key="archive",
        label=_("Move to the bin"),
        icon="trash",
        verb=Verb.DELETE,
        order=900,
        tone="bad",
        # Fewer are done at once and come back by the toast that says so.
        confirm=_("Move %(count)s records to the bin? Within 30 days they can be restored from there."),
        confirm_from=AT_ONCE + 1,
        apply=changes.archive,
        done=_binned,
    ),
    BulkAction(
        key="restore",
        label=_("Restore"),
        icon="arrow-back-up",
        verb=Verb.DELETE,
        order=10,
        in_bin=True,
        apply=changes.restore,
        done=_restored,
    ),
    BulkAction(
        key="erase",
        label=_("Delete for good"),
        icon="trash-x",
        verb=Verb.DELETE,
        order=900,
        in_bin=True,
        tone="bad",
        apply=changes.erase,
        done=_erased,
        undoable=False,
        confirm=_("Delete the selected records for good? This cannot be undone."),
    ),
    BulkAction(
        key=UNDO, label=_("Undo"), icon="arrow-back-up", verb=Verb.BULK, shown=False, apply=changes.undo, done=_undone
    ),
)


def add_actions() -> None:
    """Called once, by `wiring`."""
    for action in ACTIONS:
        add_bulk_action(action)
