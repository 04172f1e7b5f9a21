"""What the pages of a check and of an import under way or at its end show; rows with something wrong as a file."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import NotFound
from autocrm.kernel.text import csv_safe, read_count, unguarded
from autocrm.records.registry import RecordType, record_types
from autocrm.records.selectors import get_type
from autocrm.transfers import selectors
from autocrm.transfers.files import Row, read_rows
from autocrm.transfers.lines import ACTIONS, ALIKE, NOTED, Line, is_alike, is_noted
from autocrm.transfers.models import CheckState, FaultKind, Import, ImportCheckPart, ImportFault, ImportState
from autocrm.ui.formatting import number

SHOWN_FAULTS = 100
LINES_A_PAGE = 50
MOST_FAULTY_ROWS = 10_000
# Outcomes that say something beside what becomes of a row.
_ASIDE = {NOTED: is_noted, ALIKE: is_alike}

# What is wrong with a row: column, value and words, as kept by an import or by a check.
Problem = tuple[str, str, str]


def result_context(batch: Import, actor: Actor) -> dict[str, Any]:
    """How far it is, or how it ended. Its record type may be archived or deleted by now: then that is all there is.

    What stands in its rows is shown to whoever may see these.
    """
    record_type = record_types.find(batch.record_type)
    is_open = selectors.may_see_rows(batch, actor)
    noted = batch.faults + batch.warnings if is_open else 0
    faults = list(selectors.list_faults(batch)[:SHOWN_FAULTS]) if batch.is_finished and noted else []
    return {
        "batch": batch,
        "record_type": record_type,
        "is_gone": record_type is None,
        "can_be_undone": batch.can_be_undone and record_type is not None,
        "is_reading": batch.state == ImportState.READING,
        "is_running": batch.state in {ImportState.READING, ImportState.RUNNING, ImportState.UNDOING},
        "is_paused": batch.state == ImportState.PAUSED,
        "is_finished": batch.is_finished and batch.state != ImportState.UNDOING,
        # What never began has no rows to count.
        "has_begun": batch.started_at is not None,
        "undo_words": _undo_words(batch),
        "undo_total": batch.created + batch.updated,
        "noted": noted,
        "not_kept": max(noted - len(faults), 0),
        "fault_rows": faults,
        "refusals": list(selectors.list_refusals(batch)[:SHOWN_FAULTS]) if batch.undo_counts and is_open else [],
        "new_url": _records_url(record_type, batch),
    }


def _undo_words(batch: Import) -> str:
    """What became of the records once the import was taken back; "" before."""
    counts = {name: batch.undo_counts.get(name, 0) for name in ("binned", "related", "set_back", "refused")}
    binned, related, back, refused = counts.values()
    said = [
        (binned, ngettext("%(count)s record went to the bin.", "%(count)s records went to the bin.", binned)),
        (related, ngettext("%(count)s related one went along.", "%(count)s related ones went along.", related)),
        (back, ngettext("%(count)s has its old values again.", "%(count)s have their old values again.", back)),
        (refused, ngettext("%(count)s stayed as it is.", "%(count)s stayed as they are.", refused)),
    ]
    return " ".join(text % {"count": number(count)} for count, text in said if count)


def _records_url(record_type: RecordType | None, batch: Import) -> str:
    """The list of what the import made: created by this person while it ran. "" where there is nothing to show."""
    if record_type is None or not batch.created or batch.state == ImportState.UNDONE:
        return ""
    if batch.started_at is None or batch.finished_at is None:
        return f"/{record_type.plural}/"
    times = [batch.started_at.isoformat(), batch.finished_at.isoformat()]
    condition = {
        "op": "and",
        "args": [
            {"field": "created_at", "cmp": "between", "value": times},
            {"field": "created_by", "cmp": "is", "value": str(batch.user_id)},
        ],
    }
    return f"/{record_type.plural}/?{urlencode({'filter': json.dumps(condition, separators=(',', ':'))})}"


def check_context(batch: Import, params: Mapping[str, str]) -> dict[str, Any]:
    """What a look at all rows has found so far; `outcome` names which rows, `after` is where the page begins."""
    outcome = params.get("outcome", "")
    outcome = outcome if outcome in {*ACTIONS, NOTED, ALIKE} else ""
    after = read_count(params.get("after", ""), most=2**31 - 1) or 0
    lines = list(_lines_after(batch, after, outcome, LINES_A_PAGE + 1))
    return {
        "batch": batch,
        "record_type": get_type(batch.record_type),
        "is_running": batch.check_state == CheckState.RUNNING,
        "is_done": batch.check_state == CheckState.DONE,
        "has_failed": batch.check_state == CheckState.FAILED,
        "counts": {action: batch.check_counts.get(action, 0) for action in (*ACTIONS, NOTED, ALIKE)},
        "found": batch.check_counts,
        "alike": batch.options.get("alike", ""),
        "outcome": outcome,
        "lines": lines[:LINES_A_PAGE],
        "next": lines[LINES_A_PAGE - 1]["number"] if len(lines) > LINES_A_PAGE else None,
    }


def list_lines(batch: Import, *, after: int, outcome: str, limit: int) -> list[Line]:
    """The rows of a check from a place on, in the order of the file."""
    return list(_lines_after(batch, after, outcome, limit))


def _lines_after(batch: Import, after: int, outcome: str, limit: int) -> Iterator[Line]:
    """A part holds a thousand rows: few are read, and none that holds no row of the outcome."""
    parts = ImportCheckPart.objects.filter(batch=batch).order_by("first_row")
    begun = parts.filter(first_row__lte=after).order_by("-first_row").values_list("first_row", flat=True).first()
    parts = parts.filter(first_row__gte=begun) if begun else parts
    if outcome:
        parts = parts.filter(**{f"{outcome}__gt": 0})
    left = limit
    for lines in parts.values_list("lines", flat=True).iterator(chunk_size=2):
        for line in lines:
            if line["number"] > after and _is_of(line, outcome):
                yield line
                left -= 1
                if not left:
                    return


def _is_of(line: Line, outcome: str) -> bool:
    if outcome in _ASIDE:
        return _ASIDE[outcome](line)
    return not outcome or line["action"] == outcome


def faulty_rows_csv(batch: Import) -> str:
    """The rows with something wrong as they stood in the file, each with what was wrong, to mend and upload again.

    Once the file is thrown away only the faults themselves are left.
    """
    by_row = _problems(batch)
    text = io.StringIO()
    # The mark tells spreadsheets that this is UTF-8.
    text.write("\ufeff")
    writer = csv.writer(text)
    try:
        rows = _rows_in(batch, by_row)
    except NotFound:
        writer.writerow([_("Row"), _("Column"), _("Value"), _("Problem")])
        for number, problems in by_row.items():
            writer.writerows([number, *map(csv_safe, problem)] for problem in problems)
        return text.getvalue()
    writer.writerow([*map(csv_safe, batch.columns), _("Row"), _("Problem")])
    for number, cells in rows:
        padded = (cells + [""] * len(batch.columns))[: len(batch.columns)]
        # A cell that carries its guard already means the same with it and without.
        guarded = [csv_safe(unguarded(cell)) for cell in padded]
        writer.writerow([*guarded, number, csv_safe(_in_words(by_row[number]))])
    return text.getvalue()


def _problems(batch: Import) -> dict[int, list[Problem]]:
    """By row: of the import once it began, before that of its check."""
    by_row: dict[int, list[Problem]] = {}
    if batch.state == ImportState.UPLOADED:
        for line in _lines_after(batch, 0, NOTED, MOST_FAULTY_ROWS):
            by_row[line["number"]] = [(note["column"], note["value"], note["message"]) for note in line["notes"]]
        return by_row
    for fault in selectors.list_faults(batch):
        by_row.setdefault(fault.row, []).append((fault.column, fault.value, fault.message))
    return by_row


def _rows_in(batch: Import, wanted: Mapping[int, Sequence[Problem]]) -> list[Row]:
    found: list[Row] = []
    with selectors.open_file(batch) as file:
        for row in read_rows(file, encoding=batch.encoding, delimiter=batch.delimiter):
            if row[0] in wanted:
                found.append(row)
                if len(found) == len(wanted):
                    break
    return found


def _in_words(problems: Sequence[Problem]) -> str:
    return "; ".join(f"{column}: {message}" if column else message for column, _value, message in problems)


def has_problems(batch: Import) -> bool:
    """Whether there is anything to download."""
    if batch.state == ImportState.UPLOADED:
        return bool(batch.check_counts.get(NOTED))
    return batch.faults + batch.warnings > 0


def refusals_csv(batch: Import) -> str:
    """The records that an undo left as they are, each with the reason."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow([_("Record"), _("Reason")])
    for fault in ImportFault.objects.filter(batch=batch, kind=FaultKind.UNDO).order_by("row", "id"):
        writer.writerow([csv_safe(fault.value), csv_safe(fault.message)])
    return text.getvalue()
