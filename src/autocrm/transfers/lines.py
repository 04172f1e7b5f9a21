"""What would become of a row, in words: for the look at the first rows and for the check of the whole file."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.encoding import force_str

from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field
from autocrm.records.matching.candidates import Candidate
from autocrm.records.selectors import names_of_tags, reference_labels
from autocrm.records.titles import title_for
from autocrm.records.values import plain_value
from autocrm.transfers.drafts import Draft
from autocrm.transfers.engine import Engine
from autocrm.transfers.files import Row
from autocrm.transfers.outcomes import CHANGED, NEW, REFUSED, SAME

ACTIONS = (NEW, CHANGED, SAME, REFUSED)
NOTED = "noted"
ALIKE = "alike"
SHOWN_PARTS = 3
MOST_CHANGES = 40
MOST_NOTES = 20
LONGEST = 160

# One row as it is kept and shown: number, action, title, parts, changes, notes, what it looks like.
Line = dict[str, Any]
Names = Mapping[UUID, str]


def lines_of(engine: Engine, drafts: Sequence[Draft], rows: Sequence[Row]) -> list[Line]:
    """The rows of one plan; ask before the engine plans the next ones."""
    names = _names(engine, drafts)
    return [_line(engine, draft, cells, names) for draft, (_number, cells) in zip(drafts, rows, strict=True)]


def is_alike(line: Line) -> bool:
    """Whether a row without a record looks like one that exists."""
    return ALIKE in line


def is_noted(line: Line) -> bool:
    """Whether something is wrong or doubtful about a row."""
    return bool(line["notes"])


def _line(engine: Engine, draft: Draft, cells: Sequence[str], names: Names) -> Line:
    said = [text for position in engine.reader.positions if (text := _cell(cells, position))]
    title = _title(engine, draft)
    return {
        "number": draft.row,
        "action": draft.action,
        "title": (title or (said[0] if said else ""))[:LONGEST],
        "parts": [text for text in said if text not in title][:SHOWN_PARTS] if draft.action == NEW else [],
        "changes": _changes(engine, draft, names) if draft.action == CHANGED else [],
        "notes": [
            {"column": note.column, "value": note.value, "message": note.message, "warning": note.is_warning}
            for note in draft.notes[:MOST_NOTES]
        ],
        **({} if draft.alike is None else {ALIKE: _alike(engine, draft.alike)}),
    }


def _alike(engine: Engine, candidate: Candidate) -> dict[str, Any]:
    """The record a row looks like: where it is, how likely, and why."""
    record_type = engine.record_type
    return {
        "url": f"/{record_type.plural}/{candidate.record.pk}/",
        "title": title_for(record_type, candidate.record, engine.actor)[:LONGEST],
        "score": candidate.score,
        "reasons": [each[:LONGEST] for each in candidate.reasons],
    }


def _cell(cells: Sequence[str], position: int) -> str:
    return cells[position].strip()[:LONGEST] if position < len(cells) else ""


def _title(engine: Engine, draft: Draft) -> str:
    record_type = engine.record_type
    if draft.record is None:
        return record_type.title(engine.sketch(draft))
    if draft.action == NEW:
        record_type.derive(draft.record)
        return record_type.title(draft.record)
    return title_for(record_type, draft.record, engine.actor)


def _changes(engine: Engine, draft: Draft, names: Names) -> list[dict[str, Any]]:
    by_key = engine.record_type.by_key
    return [
        {
            "label": force_str(by_key[key].label),
            "old": _words(by_key[key], old, names),
            "new": draft.words.get(key) or _words(by_key[key], new, names),
        }
        for key, (old, new) in list(_changed(engine, draft).items())[:MOST_CHANGES]
    ]


def _changed(engine: Engine, draft: Draft) -> Mapping[str, tuple[Any, Any]]:
    change = None if draft.record is None else engine.changes.get(draft.record.id)
    return {} if change is None else change.changes


def _names(engine: Engine, drafts: Sequence[Draft]) -> Names:
    """What the changed references of a plan led to before, by id: one query a field."""
    ids: dict[str, set[UUID]] = {}
    for draft in drafts:
        for key, (old, _new) in _changed(engine, draft).items() if draft.action == CHANGED else ():
            if old and (engine.record_type.by_key[key].is_reference or engine.record_type.by_key[key].tags):
                ids.setdefault(key, set()).update(old if isinstance(old, list) else [old])
    names: dict[UUID, str] = {}
    for key, wanted in ids.items():
        field = engine.record_type.by_key[key]
        if field.tags:
            names.update({key: tag.name for key, tag in names_of_tags(wanted).items()})
        else:
            names.update(reference_labels(field, wanted, actor=engine.actor))
    return names


def _words(field: Field, value: Any, names: Names) -> str:
    """A stored value in words; a reference out of sight is only said to be one."""
    if value in (None, "", []):
        return ""
    if field.is_reference or field.tags:
        return ", ".join(names.get(each, "…") for each in (value if isinstance(value, list) else [value]))[:LONGEST]
    if field.kind is FieldKind.SELECT:
        return force_str(field.option_label(value))[:LONGEST]
    plain = plain_value(field, value)
    return (", ".join(map(str, plain)) if isinstance(plain, list) else str(plain))[:LONGEST]
