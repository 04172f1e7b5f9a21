"""What can be done with many records at once: a registry, so that apps above add to the bulk bar of every list.

An action either works on the chunks of a `BulkOperation` (`apply`), in the background, with undo; or it has an address
of its own that takes the selection (`url`): a merge page, an export. Do NOT: know any concrete action here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import ngettext

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import NotFound, Text
from autocrm.kernel.permissions import is_allowed
from autocrm.kernel.registry import Registry
from autocrm.records.registry import RecordType
from autocrm.ui.formatting import number


class Outcome(StrEnum):
    """What became of one record."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    OUT_OF_REACH = "out_of_reach"


@dataclass(frozen=True, slots=True)
class Result:
    """One record's outcome; `reason` in words where it was refused."""

    record_id: UUID
    outcome: Outcome
    label: str = ""
    reason: Text = ""


@dataclass(frozen=True, slots=True)
class BulkJob:
    """What an action is told: the type, the values its `read` made, what goes into journal entries, and who acts.

    `undoes` names the operation that is taken back, `undone_since` the moment it began.
    """

    record_type: RecordType
    values: Mapping[str, Any]
    data: Mapping[str, Any]
    actor: Actor
    undoes: UUID | None = None
    undone_since: datetime | None = None


Read = Callable[[RecordType, Mapping[str, Any], Actor], dict[str, Any]]
Apply = Callable[[BulkJob, Sequence[UUID]], Sequence[Result]]
# As many records are changed while somebody waits; more go into the background.
AT_ONCE = 100
Plan = Callable[[RecordType, Actor], Iterable[Sequence[UUID]]]


def _nothing(_record_type: RecordType, _given: Mapping[str, Any], _actor: Actor) -> dict[str, Any]:
    return {}


def _changed(count: int) -> Text:
    return ngettext("%(count)s changed", "%(count)s changed", count) % {"count": number(count)}


def _to_everybody(_record_type: RecordType, _actor: Actor) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class BulkAction:
    """One button of the bulk bar.

    `verb`        the right it needs beside "bulk", each by its reach; records out of reach are skipped and counted.
    `read`        input to what `apply` needs, as JSON; raises Invalid. It is asked before anything begins.
    `apply`       does one chunk of up to 2,000 records in the caller's transaction and answers for each of them.
    `done`        the words of the toast for so many records: "3 moved to the bin".
    `said`        what it does in words, as a heading: "Add tags: VIP". By default its label.
    `confirm`     asked before it begins, of `confirm_from` records on; "%(count)s" in it is their number.
    `in_bin`      offered in the bin instead of on live records.
    `drawer`      it asks for values in a drawer at `/<plural>/bulk/<key>/` first.
    `url`         an address of the app that takes the selection itself (read by `bulk_selection`); it is posted
                  there, or with `drawer` opened there.
    `most`        how many records it can take; None for any number.
    `shown`       whether the bar has a button for it ("undo" has none).
    `plan`        the action finds its records itself, when it begins: the ids of each chunk. It always runs in the
                  background; a page begins it by `prepare_planned`.
    `take_back`   `apply` of its undo, where that is more than setting values back from the journal.
    """

    key: str
    label: Text
    icon: str
    verb: Verb
    order: int = 100
    read: Read = _nothing
    apply: Apply | None = None
    plan: Plan | None = None
    take_back: Apply | None = None
    done: Callable[[int], Text] = _changed
    said: Callable[[RecordType, Mapping[str, Any], Actor], Text] | None = None
    confirm: Text = ""
    confirm_from: int = 1
    tone: str = ""
    in_bin: bool = False
    drawer: bool = False
    undoable: bool = True
    shown: bool = True
    most: int | None = None
    url: Callable[[RecordType], str] | None = None
    is_offered: Callable[[RecordType, Actor], bool] = _to_everybody


bulk_actions: Registry[BulkAction] = Registry("bulk actions", BulkAction)


def add_bulk_action(action: BulkAction) -> BulkAction:
    """Put an action into the bulk bar of lists; called from an app's `wiring.py` or `navigation.py`."""
    return bulk_actions.register(action.key, action)


def get_action(key: str) -> BulkAction:
    """An action that works on chunks. Raises NotFound."""
    action = bulk_actions.find(key)
    if action is None or action.apply is None:
        raise NotFound
    return action


def may_do(action: BulkAction, record_type: RecordType, actor: Actor) -> bool:
    """Whether the actor may do it with any record of the type at all."""
    verbs = (Verb.BULK, action.verb)
    return all(is_allowed(actor, record_type.permission(verb)) for verb in verbs) and action.is_offered(
        record_type, actor
    )


def offered_bulk_actions(record_type: RecordType, actor: Actor, *, in_bin: bool) -> list[dict[str, Any]]:
    """The buttons of the bulk bar, ready for the template."""
    found = [each for each in bulk_actions if each.shown and each.in_bin == in_bin and may_do(each, record_type, actor)]
    return [
        {
            "action": each,
            "url": each.url(record_type) if each.url else f"/{record_type.plural}/bulk/{each.key}/",
        }
        for each in sorted(found, key=lambda each: (each.order, each.key))
    ]
