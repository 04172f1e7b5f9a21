"""What the pages of bulk operations show: the list of them, one with its progress and results, its file."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from autocrm.kernel.actors import Actor
from autocrm.kernel.text import csv_safe
from autocrm.records.bulk_actions import Outcome, bulk_actions
from autocrm.records.bulk_models import BulkOperation, BulkResult
from autocrm.records.bulk_operations import lifecycle as operations
from autocrm.records.bulk_operations import selectors
from autocrm.records.looks import look_at
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType, record_types
from autocrm.ui.formatting import number

PAGE = 50
SHOWN_RESULTS = 100
TROUBLES = (Outcome.REFUSED.value, Outcome.OUT_OF_REACH.value)


def list_context(found: QuerySet[BulkOperation], actor: Actor) -> dict[str, Any]:
    """A page of operations."""
    rows = list(found[: PAGE + 1])
    return {
        "rows": [
            {"operation": each, "title": selectors.title_of(each, actor), "type": record_types.find(each.record_type)}
            for each in rows[:PAGE]
        ],
        "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
    }


def show_context(operation: BulkOperation, actor: Actor) -> dict[str, Any]:
    """How far it is, or how it ended."""
    record_type = record_types.find(operation.record_type)
    troubles = list(selectors.list_results(operation, TROUBLES)[:SHOWN_RESULTS]) if operation.is_finished else []
    why_not = operations.why_no_undo(operation) if operation.is_finished else ""
    return {
        "operation": operation,
        "record_type": record_type,
        "title": selectors.title_of(operation, actor),
        "is_running": not operation.is_finished,
        "action": bulk_actions.find(operation.action),
        "rows": results_of(operation, troubles, actor),
        "not_shown": max(operation.refused + operation.out_of_reach - len(troubles), 0) if troubles else 0,
        "may_undo": operation.is_finished and not why_not,
        "why_no_undo": why_not,
        "undone_by": operation.undone_by.order_by("-created_at").first(),
    }


def toast_text(operation: BulkOperation) -> str:
    """As in "3 moved to the bin, 1 refused"."""
    action = bulk_actions.find(operation.action)
    parts = [str(action.done(operation.changed))] if action and operation.changed else []
    if operation.refused:
        parts.append(
            ngettext("%(count)s refused", "%(count)s refused", operation.refused) % {"count": number(operation.refused)}
        )
    if operation.out_of_reach:
        skipped = operation.out_of_reach
        parts.append(ngettext("%(count)s skipped", "%(count)s skipped", skipped) % {"count": number(skipped)})
    return ", ".join(parts) or _("Nothing to change")


def results_csv(operation: BulkOperation, actor: Actor) -> str:
    """The results that are kept: record, its id, outcome, reason."""
    found = list(selectors.list_results(operation))
    text = io.StringIO()
    # The mark tells spreadsheets that this is UTF-8.
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow([_("Record"), _("Id"), _("Outcome"), _("Reason")])
    for row in results_of(operation, found, actor):
        writer.writerow([csv_safe(row["label"]), row["id"], row["word"], csv_safe(str(row["reason"]))])
    return text.getvalue()


def outcome_word(outcome: str) -> str:
    """An outcome in words."""
    words = {
        Outcome.CHANGED: pgettext("outcome", "changed"),
        Outcome.UNCHANGED: _("as it was"),
        Outcome.REFUSED: _("refused"),
        Outcome.OUT_OF_REACH: _("out of reach"),
    }
    return words[Outcome(outcome)]


def results_of(operation: BulkOperation, results: Sequence[BulkResult], actor: Actor) -> list[dict[str, Any]]:
    """Results with the names that the reader may see: her own are kept, those of others are asked for."""
    record_type = record_types.find(operation.record_type)
    is_own = operation.user_id == actor.user_id
    asked = [each.record_id for each in results if not (is_own and each.label)]
    names = _names(record_type, asked, actor) if asked and record_type is not None else {}
    return [
        {
            "id": each.record_id,
            "label": names.get(each.record_id) or (is_own and each.label) or _("Not visible to you"),
            "url": f"/{record_type.plural}/{each.record_id}/" if record_type and each.reason else "",
            "outcome": each.outcome,
            "word": outcome_word(each.outcome),
            "reason": each.reason or (_("Your role does not reach it.") if each.outcome == "out_of_reach" else ""),
        }
        for each in results
    ]


def _names(record_type: RecordType, ids: Iterable[UUID], actor: Actor) -> dict[UUID, str]:
    look = look_at(record_type, actor)
    return {each.id: look.title(each) for each in visible_to(record_type, actor).filter(pk__in=list(ids))}
