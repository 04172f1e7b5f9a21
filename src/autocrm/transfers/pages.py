"""What the mapping page of an import shows: how the file is read, columns, choices, a look at the first rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.encoding import force_str

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import DATE_KINDS, KIND_LABELS, NUMERIC_KINDS, FieldKind
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_type
from autocrm.tenants.selectors import get_tenant
from autocrm.transfers import selectors
from autocrm.transfers.choices import is_open
from autocrm.transfers.engine import Engine
from autocrm.transfers.files import ENCODINGS, Row
from autocrm.transfers.lines import ACTIONS, lines_of
from autocrm.transfers.mapping import (
    NEW,
    NEW_KINDS,
    RECORD_ID,
    check_mapping,
    check_options,
    importable_fields,
    looks_like_row,
    match_keys,
    suggest_formats,
)
from autocrm.transfers.meanings import check_meanings, questions, read_meanings
from autocrm.transfers.models import Import, Match
from autocrm.transfers.new_fields import foresee, grown_columns, guess_kind, may_add_fields
from autocrm.transfers.options import NO_KEY, Alike, Job, Options, Owners
from autocrm.ui.formatting import noun
from autocrm.users.services.placeholders import may_add_placeholders

_PLAIN_KINDS = {FieldKind.TEXT, FieldKind.LONG_TEXT}


@dataclass(frozen=True)
class Choices:
    """What a person chose on the mapping page, or what was suggested."""

    mapping: dict[str, str]
    options: dict[str, Any]


def suggested(batch: Import, actor: Actor) -> Choices:
    """What the file's columns and values suggest; strangers become placeholders where the actor may add them."""
    options = dict(batch.options)
    if not batch.check_state and may_add_placeholders(actor=actor):
        options["owners"] = Owners.PLACEHOLDER.value
    return Choices(batch.mapping, options)


def read_choices(batch: Import, data: Mapping[str, str]) -> Choices:
    """What the form holds: `column-3` is the field of the fourth column."""
    mapping = {
        column: data[f"column-{position}"]
        for position, column in enumerate(batch.columns)
        if data.get(f"column-{position}")
    }
    options = {name: data.get(name, "") for name in ("match", "match_by", "alike", "owners", "decimal", "dates")}
    flags = {name: name in data for name in ("create_related", "create_options", "run_workflows")}
    return Choices(mapping, {**options, **flags, "values": read_meanings(batch.columns, data)})


def mapping_context(batch: Import, choices: Choices, *, actor: Actor) -> dict[str, Any]:
    """The mapping page, with whatever is wrong with the choices."""
    record_type = get_type(batch.record_type)
    look, faults = _look(batch, choices, actor)
    offers = _kinds() if may_add_fields(actor) else []
    columns = [_column(batch, position, choices, faults, look) for position in range(len(batch.columns))]
    options, mapped = _options(batch, choices), set(choices.mapping.values())
    fields = [record_type.by_key[key] for key in mapped if key in record_type.by_key]
    kinds = {each.kind for each in fields} | {FieldKind(key.removeprefix(NEW)) for key in mapped & _new_keys()}
    return {
        "batch": batch,
        "record_type": record_type,
        "columns": columns,
        "mapped": sum(bool(column["key"]) for column in columns),
        "fields": _offered(record_type, actor),
        "options": options,
        "matches": [(value, label) for value, label in Match.choices],
        "match_keys": _keys(record_type, mapped, actor),
        "no_key": NO_KEY,
        "alike_choices": Alike.choices if record_type.match_rules else [],
        "new_kinds": offers,
        "questions": questions(batch, record_type, choices.mapping, options),
        "open_choices": bool(offers) and any(map(is_open, fields)),
        "names_others": any(each.kind is FieldKind.RELATION for each in fields),
        "owner_choices": Owners.choices if "owner" in mapped and may_add_placeholders(actor=actor) else [],
        "reading": _reading(batch, options, kinds, look),
        "is_headless": looks_like_row(batch.columns),
        "faults": [force_str(text) for texts in faults.values() for text in texts],
        "look": look,
        "templates": selectors.fitting_templates(batch, actor),
    }


def _options(batch: Import, choices: Choices) -> Options:
    try:
        return Options.read({**batch.options, **choices.options})
    except Invalid:
        return Options.read(batch.options)


def _offered(record_type: RecordType, actor: Actor) -> list[dict[str, Any]]:
    currency = str(get_tenant(actor.tenant_id).settings.get("currency", "USD"))
    fields = [
        {"key": each.key, "label": _field_label(each, currency)} for each in importable_fields(record_type, actor)
    ]
    return [*fields, {"key": RECORD_ID.key, "label": force_str(RECORD_ID.label)}]


def _field_label(field: Field, currency: str) -> str:
    if field.kind in _PLAIN_KINDS:
        return force_str(field.label)
    if field.kind is FieldKind.CURRENCY:
        return f"{force_str(field.label)} ({currency})"
    return f"{force_str(field.label)} ({noun(KIND_LABELS[field.kind])})"


def _keys(record_type: RecordType, mapped: set[str], actor: Actor) -> dict[str, Any]:
    """By what records may be found, and what the type's own way is with these columns."""
    offered = match_keys(record_type, mapped, actor)
    usual = [force_str(each.label) for each in offered if each.key in {RECORD_ID.key, *record_type.natural_key}]
    # One that is the usual way already is no second choice.
    others = [each for each in offered if len(usual) > 1 or force_str(each.label) not in usual]
    return {"usual": ", ".join(usual), "offered": [{"key": each.key, "label": each.label} for each in others]}


def _reading(batch: Import, options: Options, kinds: set[FieldKind], look: "dict[str, Any] | None") -> dict[str, Any]:
    """How the file is read: what was recognised, what is a guess, and which of it can be changed here."""
    forms = set((options.formats if look is None else look["formats"]).values())
    return {
        "encoding": ENCODINGS.get(batch.encoding, batch.encoding.upper()),
        "encodings": ENCODINGS.items(),
        "delimiter": {"\t": "tab"}.get(batch.delimiter, batch.delimiter),
        "has_numbers": bool(kinds & NUMERIC_KINDS),
        "has_dates": bool(kinds & DATE_KINDS),
        "decimal": next((form for form in (".", ",") if form in forms), ""),
        "dates": next((form for form in ("dmy", "mdy", "ymd") if form in forms), ""),
        "unsure": [] if look is None or options.dates else look["unsure"],
    }


def _new_keys() -> set[str]:
    return {f"{NEW}{kind}" for kind in NEW_KINDS}


def _kinds() -> list[tuple[str, str]]:
    """The kinds of fields that a column may become."""
    return [(f"{NEW}{kind}", force_str(KIND_LABELS[FieldKind(kind)])) for kind in NEW_KINDS]


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
        "guess": NEW + guess_kind(cells),
        "noted": noted,
        "is_wrong": name in faults or noted > 0,
    }


def _look(batch: Import, choices: Choices, actor: Actor) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """What would become of the first rows, nothing being saved; or what is wrong with the choices."""
    record_type = get_type(batch.record_type)
    try:
        mapping = check_mapping(record_type, choices.mapping, batch.columns, actor=actor)
        extended, keys = foresee(record_type, mapping, batch, actor=actor)
        formats = suggest_formats(extended, batch, keys, more=partial(selectors.first_rows, batch), actor=actor)
        found = {"formats": formats.by_column, "grown": grown_columns(mapping)}
        options = Options.read({**batch.options, **choices.options, **found})
        check_options(record_type, options, mapping, actor=actor)
        check_meanings(record_type, mapping, options)
    except Invalid as error:
        return None, error.fields
    engine = Engine(Job(extended, batch.columns, keys, options), actor, creating=False)
    rows: list[Row] = [(number, list(cells)) for number, cells in enumerate(batch.sample, start=2)]
    drafts = engine.plan(rows)
    counts = Counter(draft.action for draft in drafts)
    return {
        "rows": lines_of(engine, drafts, rows),
        "counts": {action: counts[action] for action in ACTIONS},
        "total": len(rows),
        "noted": Counter(note.column for draft in drafts for note in draft.notes),
        "formats": formats.by_column,
        "unsure": sorted(formats.unsure),
    }, {}
