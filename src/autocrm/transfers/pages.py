"""What the pages of an import show: the columns with what they may go into, a look at the first rows, the result."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid, NotFound
from autocrm.kernel.field_kinds import KIND_LABELS, FieldKind
from autocrm.kernel.text import csv_safe
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_type
from autocrm.records.values import plain_value
from autocrm.tenants.selectors import get_tenant
from autocrm.transfers import selectors
from autocrm.transfers.drafts import Draft
from autocrm.transfers.engine import CHANGED, NEW, REFUSED, SAME, Engine, Job
from autocrm.transfers.files import Row, read_rows
from autocrm.transfers.mapping import check_mapping, importable_fields, suggest_formats
from autocrm.transfers.models import Import, ImportFault, ImportState, Match
from autocrm.transfers.options import Options

SHOWN_FAULTS = 100
SHOWN_PARTS = 3
_PLAIN_KINDS = {FieldKind.TEXT, FieldKind.LONG_TEXT}


@dataclass(frozen=True)
class Choices:
    """What a person chose on the mapping page, or what was suggested."""

    mapping: dict[str, str]
    options: dict[str, Any]


def suggested(batch: Import) -> Choices:
    """What the file's columns and values suggest."""
    return Choices(batch.mapping, batch.options)


def read_choices(batch: Import, data: Mapping[str, str]) -> Choices:
    """What the form holds: `column-3` is the field of the fourth column."""
    mapping = {
        column: data[f"column-{position}"]
        for position, column in enumerate(batch.columns)
        if data.get(f"column-{position}")
    }
    options = {
        "match": data.get("match", Match.SKIP.value),
        "create_related": "create_related" in data,
        "run_workflows": "run_workflows" in data,
    }
    return Choices(mapping, options)


def mapping_context(batch: Import, choices: Choices, *, actor: Actor) -> dict[str, Any]:
    """The mapping page, with whatever is wrong with the choices."""
    record_type = get_type(batch.record_type)
    fields = importable_fields(record_type, actor)
    currency = str(get_tenant(actor.tenant_id).settings.get("currency", "USD"))
    look, faults = _look(batch, choices, actor)
    columns = [_column(batch, position, choices, faults, look) for position in range(len(batch.columns))]
    return {
        "batch": batch,
        "record_type": record_type,
        "columns": columns,
        "mapped": sum(bool(column["key"]) for column in columns),
        "fields": [{"key": field.key, "label": _field_label(field, currency)} for field in fields],
        "keys": [record_type.by_key[key].label for key in record_type.natural_key if key in choices.mapping.values()],
        "matches": [(value, label) for value, label in Match.choices],
        "options": Options.read({**batch.options, **choices.options}),
        "names_others": any(
            record_type.by_key[key].kind is FieldKind.RELATION
            for key in choices.mapping.values()
            if _known(record_type, key)
        ),
        "faults": [force_str(text) for texts in faults.values() for text in texts],
        "look": look,
    }


def _known(record_type: RecordType, key: str) -> bool:
    return key in record_type.by_key


def _field_label(field: Field, currency: str) -> str:
    if field.kind in _PLAIN_KINDS:
        return force_str(field.label)
    if field.kind is FieldKind.CURRENCY:
        return f"{force_str(field.label)} ({currency})"
    return f"{force_str(field.label)} ({force_str(KIND_LABELS[field.kind]).lower()})"


def _column(
    batch: Import, position: int, choices: Choices, faults: Mapping[str, Any], look: "dict[str, Any] | None"
) -> dict[str, Any]:
    name = batch.columns[position]
    cells = [row[position] for row in batch.sample if len(row) > position and row[position].strip()]
    noted = 0 if look is None else look["noted"].get(name, 0)
    return {
        "name": name,
        "position": position,
        "sample": ", ".join(list(dict.fromkeys(cells))[:3])[:120],
        "key": choices.mapping.get(name, ""),
        "noted": noted,
        "is_wrong": name in faults or noted > 0,
    }


def _look(batch: Import, choices: Choices, actor: Actor) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """What would become of the first rows, nothing being saved; or what is wrong with the choices."""
    record_type = get_type(batch.record_type)
    try:
        mapping = check_mapping(record_type, choices.mapping, batch.columns, actor=actor)
        formats = suggest_formats(record_type, mapping, batch.columns, batch.sample, actor=actor)
        options = Options.read({**batch.options, **choices.options, "formats": formats})
    except Invalid as error:
        return None, error.fields
    engine = Engine(Job(record_type, batch.columns, mapping, options), actor, creating=False)
    rows: list[Row] = [(number, list(cells)) for number, cells in enumerate(batch.sample, start=2)]
    drafts = engine.plan(rows)
    noted: dict[str, int] = {}
    for note in (note for draft in drafts for note in draft.notes):
        noted[note.column] = noted.get(note.column, 0) + 1
    counts = {action: sum(draft.action == action for draft in drafts) for action in (NEW, CHANGED, SAME, REFUSED)}
    shown = [
        _shown(record_type, engine, draft, dict(zip(batch.columns, cells, strict=False)), mapping)
        for draft, (_number, cells) in zip(drafts, rows, strict=True)
    ]
    return {"rows": shown, "counts": counts, "total": len(rows), "noted": noted}, {}


def _shown(
    record_type: RecordType, engine: Engine, draft: Draft, cells: Mapping[str, str], mapping: Mapping[str, str]
) -> dict[str, Any]:
    tones = {NEW: "ok", CHANGED: "info", SAME: "", REFUSED: "bad"}
    words = {NEW: _("New"), CHANGED: _("Change"), SAME: _("Same"), REFUSED: _("Error")}
    title = ""
    if draft.record is not None:
        record_type.derive(draft.record)
        title = record_type.title(draft.record)
    said = [cells[column] for column in mapping if cells.get(column, "").strip()]
    return {
        "number": draft.row,
        "tone": tones[draft.action],
        "word": words[draft.action],
        "title": title or (said[0] if said else ""),
        "parts": [text for text in said if text not in title][:SHOWN_PARTS] if draft.action == NEW else [],
        "changes": _changes(record_type, engine, draft) if draft.action == CHANGED else [],
        "notes": draft.notes,
    }


def _changes(record_type: RecordType, engine: Engine, draft: Draft) -> list[dict[str, Any]]:
    change = engine.changes.get(draft.record.id)
    found = [] if change is None else list(change.changes.items())
    return [
        {
            "label": record_type.by_key[key].label,
            "old": plain_value(record_type.by_key[key], old) or "",
            "new": draft.words.get(key) or plain_value(record_type.by_key[key], new),
        }
        for key, (old, new) in found[: SHOWN_PARTS * 2]
    ]


def result_context(batch: Import) -> dict[str, Any]:
    """How far it is, or how it ended."""
    record_type = get_type(batch.record_type)
    faults = list(selectors.list_faults(batch)[:SHOWN_FAULTS]) if batch.is_finished and batch.faults else []
    return {
        "batch": batch,
        "record_type": record_type,
        "is_running": batch.state == ImportState.RUNNING,
        "is_finished": batch.is_finished,
        "not_kept": max(batch.faults - len(faults), 0),
        "fault_rows": faults,
        "new_url": _records_url(record_type, batch) if batch.created else "",
    }


def _records_url(record_type: RecordType, batch: Import) -> str:
    """The list of what the import made: created by this person while it ran."""
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


def faulty_rows_csv(batch: Import) -> str:
    """The rows with something wrong as they stood in the file, each with what was wrong, to mend and upload again.

    Once the file is thrown away only the faults themselves are left.
    """
    by_row = selectors.faults_of_rows(batch)
    text = io.StringIO()
    # The mark tells spreadsheets that this is UTF-8.
    text.write("\ufeff")
    writer = csv.writer(text)
    try:
        rows = _rows_in(batch, by_row)
    except NotFound:
        writer.writerow([_("Row"), _("Column"), _("Value"), _("Problem")])
        for faults in by_row.values():
            writer.writerows(
                [fault.row, csv_safe(fault.column), csv_safe(fault.value), fault.message] for fault in faults
            )
        return text.getvalue()
    writer.writerow([*map(csv_safe, batch.columns), _("Row"), _("Problem")])
    for number, cells in rows:
        padded = (cells + [""] * len(batch.columns))[: len(batch.columns)]
        writer.writerow([*map(csv_safe, padded), number, csv_safe(_problem(by_row[number]))])
    return text.getvalue()


def _rows_in(batch: Import, wanted: Mapping[int, Sequence[ImportFault]]) -> list[Row]:
    found: list[Row] = []
    with selectors.open_file(batch) as file:
        for row in read_rows(file, encoding=batch.encoding, delimiter=batch.delimiter):
            if row[0] in wanted:
                found.append(row)
                if len(found) == len(wanted):
                    break
    return found


def _problem(faults: Sequence[ImportFault]) -> str:
    return "; ".join(f"{fault.column}: {fault.message}" if fault.column else fault.message for fault in faults)
