"""What the drawer of a custom field asks for formulas and rollups: names, functions, a look at real records.

Responsibilities: contexts of the templates and what is read from their controls. It never persists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.tree import EVERYTHING
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.field_kinds import KIND_LABELS, NUMERIC_KINDS, FieldKind
from autocrm.kernel.formulas.checking import Formula, check_formula
from autocrm.kernel.formulas.errors import Fault, FormulaError
from autocrm.kernel.formulas.function import Function
from autocrm.kernel.formulas.functions import FUNCTIONS, GROUPS
from autocrm.kernel.formulas.types import Variable
from autocrm.kernel.ids import find_id
from autocrm.kernel.json_text import read_json, to_json_text
from autocrm.kernel.permissions import authorize, visible_filter
from autocrm.records import cells
from autocrm.records.computed.filling import related_records
from autocrm.records.computed.formulas import FORMULA, plan_formula, result_kind, source_in_words, usual_places
from autocrm.records.computed.names import TypeNames, formula_context, stored
from autocrm.records.computed.plans import TypePlan, refuse_circle
from autocrm.records.computed.rollups import AVG, COUNT, LATEST, MAX, MIN, SUM, TAKES, fields_for, relations_to
from autocrm.records.fields import Field
from autocrm.records.filter_schema import filter_schema
from autocrm.records.looks import look_at
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.querysets import live
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema

MOST_SAMPLES = 3
FUNCTION_LABELS: Mapping[str, Text] = {
    COUNT: gettext_lazy("How many there are"),
    SUM: gettext_lazy("Sum"),
    AVG: gettext_lazy("Average"),
    MIN: gettext_lazy("Smallest or earliest"),
    MAX: gettext_lazy("Largest or latest"),
    LATEST: gettext_lazy("Value of the newest record"),
}


@dataclass(frozen=True)
class NameGroup:
    """The names one relation away, or the record's own."""

    label: Text
    names: list[Variable]


@dataclass(frozen=True)
class Checked:
    """A formula as the drawer shows it: what is wrong, or what comes of it for some records."""

    faults: tuple[Fault | Text, ...] = ()
    kind: Text = ""
    places: int | None = None
    is_volatile: bool = False
    samples: tuple[tuple[str, str], ...] = ()


def formula_part(record_type: RecordType, values: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """The part of the drawer for formulas."""
    groups: dict[Text, list[Variable]] = {record_type.label: []}
    for each in TypeNames(record_type, actor).offered():
        head, dot, _tail = each.id.partition(".")
        groups.setdefault(record_type.by_key[head].label if dot else record_type.label, []).append(each)
    functions: dict[str, list[Function]] = {}
    for function in FUNCTIONS.values():
        functions.setdefault(function.group, []).append(function)
    return {
        "source": source_in_words(record_type, str(_config(values).get("formula", "")), actor),
        "names": [NameGroup(label, names) for label, names in groups.items()],
        "functions": [(GROUPS[key], found) for key, found in functions.items()],
        "plural": record_type.plural,
        "sample": _config(values).get("sample", ""),
    }


def read_formula_part(data: QueryDict) -> dict[str, Any]:
    """The config of a formula as it was typed."""
    return {"formula": data.get("formula", "").replace("\r\n", "\n")}


def check_source(record_type: RecordType, source: str, *, sample: str = "", key: str = "", actor: Actor) -> Checked:
    """What is wrong with a formula that is being written for the field `key` or a new one, or what comes of it.

    Nothing is said of an empty one. Raises Denied.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    if not source.strip():
        return Checked()
    try:
        formula = check_formula(source, TypeNames(record_type, actor))
        kind = result_kind(formula)
        places = usual_places(formula) if kind in NUMERIC_KINDS else None
        field = _preview_field(formula, kind, places, source)
        if key:
            refuse_circle(record_type, key, field)
    except FormulaError as error:
        return Checked(error.faults)
    except Invalid as error:
        return Checked(tuple(text for texts in error.fields.values() for text in texts))
    samples = _samples(record_type, field, sample, actor)
    return Checked((), KIND_LABELS[kind], places, formula.is_volatile, samples)


def _preview_field(formula: Formula, kind: FieldKind, places: int | None, source: str) -> Field:
    return Field(
        key="preview",
        label="",
        kind=kind,
        custom=True,
        computed=FORMULA,
        decimal_places=places,
        currency_path=formula.type.currency,
        extra={"config": {"formula": source}},
    )


def _samples(record_type: RecordType, field: Field, sample: str, actor: Actor) -> tuple[tuple[str, str], ...]:
    """The values for some records the actor may see: the one that was chosen, else the latest."""
    plan = plan_formula(record_type, field)
    if plan is None:
        return ()
    found = live(record_type, actor).order_by("-created_at", "-pk")
    chosen = find_id(sample)
    records = list((found.filter(pk=chosen) if chosen else found)[:MOST_SAMPLES])
    related = related_records(record_type, TypePlan(formulas=(plan,)), records)
    look = look_at(record_type, actor, records)
    context = formula_context()
    lines = []
    for record in records:
        row = {key: by_id.get(record_type.by_key[key].read(record)) for key, by_id in related.items()}
        value = stored(field, plan.evaluate((record, row), context))
        lines.append((look.title(record), cells.say(field, value, look)))
    return tuple(lines)


def rollup_part(record_type: RecordType, values: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """The part of the drawer for rollups."""
    config = _config(values)
    sources = [
        (source, relation)
        for source in record_types
        if not visible_filter(actor, source.key)
        for relation in RecordSchema(source, actor).readable(each.key for each in relations_to(record_type, source))
    ]
    chosen = next(
        (each for each in sources if (each[0].key, each[1].key) == (config.get("record_type"), config.get("relation"))),
        sources[0] if sources else None,
    )
    function = str(config.get("function"))
    function = function if function in TAKES else COUNT
    return {
        "sources": [
            {
                "value": f"{source.key}:{relation.key}",
                "label": f"{force_str(source.label_plural)} · {force_str(relation.label)}",
                "chosen": chosen == (source, relation),
            }
            for source, relation in sources
        ],
        "functions": list(FUNCTION_LABELS.items()),
        "function": function,
        "takes_field": function != COUNT,
        "field": config.get("field", ""),
        **(_of_source(chosen[0], function, config, actor) if chosen else {}),
    }


def _of_source(source: RecordType, function: str, config: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    schema = RecordSchema(source, actor)
    stored_filter = config.get("filter")
    try:
        condition = parse(stored_filter, schema)
    except Invalid:
        condition, stored_filter = EVERYTHING, None
    return {
        "fields": [each for each in fields_for(function, source) if schema.can_read(each)],
        "schema": filter_schema(schema, condition),
        "filter": to_json_text(stored_filter) if stored_filter else "",
        "source_label": source.label_plural,
    }


def read_rollup_part(data: QueryDict) -> dict[str, Any]:
    """The config of a rollup as it was chosen."""
    source, _colon, relation = data.get("rollup_source", "").partition(":")
    config = {"record_type": source, "relation": relation, "function": data.get("rollup_function", "")}
    if config["function"] != COUNT:
        config["field"] = data.get("rollup_field", "")
    text = data.get("rollup_filter", "").strip()
    if text:
        try:
            return {**config, "filter": read_json(text)}
        except ValueError:
            return {**config, "filter": text}
    return config


def _config(values: Mapping[str, Any]) -> Mapping[str, Any]:
    found = values.get("config")
    return found if isinstance(found, Mapping) else {}
