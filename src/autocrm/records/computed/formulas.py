"""Formula fields: their definition, and what of it is needed to work them out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import NUMERIC_KINDS, FieldKind
from autocrm.kernel.formulas.checking import Formula, check_formula
from autocrm.kernel.formulas.compiling import compile_formula
from autocrm.kernel.formulas.errors import FormulaError
from autocrm.kernel.formulas.function import Evaluate
from autocrm.kernel.formulas.printing import respell
from autocrm.records.computed.names import PERCENT_PLACES, TypeNames, reader_of
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType, record_types

FORMULA = "formula"
# What a field keeps of a number that a division made as long as it likes.
USUAL_PLACES = 2
MOST_PLACES = 6
RESULTS = frozenset(
    {
        FieldKind.TEXT,
        FieldKind.NUMBER,
        FieldKind.CURRENCY,
        FieldKind.PERCENT,
        FieldKind.DATE,
        FieldKind.DATETIME,
        FieldKind.BOOLEAN,
    }
)


def read_formula(record_type: RecordType, given: Mapping[str, Any], actor: Actor) -> tuple[dict[str, Any], FieldKind]:
    """The definition of a formula field, checked: what is kept of it, and the kind of its result. Raises Invalid."""
    source = given.get("formula")
    if not isinstance(source, str):
        raise Invalid(fields={"formula": [_("Write a formula.")]})
    formula = check_formula(source, TypeNames(record_type, actor))
    kind = result_kind(formula)
    # Choices may be called otherwise later, and are in other languages: kept are their values.
    by_value = respell(source, {place: option.value for place, option in formula.chosen})
    kept: dict[str, Any] = {"formula": by_value.strip(), "volatile": formula.is_volatile}
    if kind in NUMERIC_KINDS:
        kept["places"] = usual_places(formula)
    if formula.type.currency:
        kept["currency_path"] = formula.type.currency
    return kept, kind


def source_in_words(record_type: RecordType, source: str, actor: Actor) -> str:
    """A formula that is kept as its reader writes it: choices by what they are called. Unchanged where it is wrong."""
    try:
        formula = check_formula(source, TypeNames(record_type, actor))
    except FormulaError:
        return source
    return respell(source, {place: force_str(option.label) for place, option in formula.chosen})


def result_kind(formula: Formula) -> FieldKind:
    """The kind of field that a formula makes. Raises Invalid when no field can hold the result."""
    found = formula.type
    if found.kind is None or found.kind not in RESULTS:
        message = _("A field cannot hold this result: %(kind)s.") % {"kind": found.label}
        raise Invalid(fields={"formula": [message]})
    if "." in found.currency:
        message = _("The result is in the currency of another record; take the currency off with number(…).")
        raise Invalid(fields={"formula": [message]})
    return found.kind


def usual_places(formula: Formula) -> int:
    """How many decimal places its field keeps unless told otherwise."""
    shown = formula.type.places - (PERCENT_PLACES if formula.type.kind is FieldKind.PERCENT else 0)
    if formula.type.kind is FieldKind.CURRENCY or shown > MOST_PLACES:
        return USUAL_PLACES
    return max(shown, 0)


@dataclass(frozen=True)
class FormulaPlan:
    """A formula field that can be worked out; evaluated on (record, what its relations lead to by key)."""

    field: Field
    evaluate: Evaluate
    own: frozenset[str]
    over: Mapping[str, frozenset[str]]
    is_volatile: bool


def plan_formula(record_type: RecordType, field: Field) -> FormulaPlan | None:
    """The plan of a formula field; None when what it names is gone, and then its values stay as they are."""
    source = str(field.extra.get("config", {}).get("formula", ""))
    try:
        formula = check_formula(source, TypeNames(record_type))
    except FormulaError:
        return None
    over: dict[str, set[str]] = {}
    readers: dict[str, Callable[[Any], Any]] = {}
    for name in formula.names:
        head, _dot, tail = name.partition(".")
        own = record_type.by_key[head]
        if tail:
            over.setdefault(head, set()).add(tail)
            readers[name] = _over(head, reader_of(record_types.get(own.relation).by_key[tail]))
        else:
            readers[name] = _own(reader_of(own))
    named = frozenset(name.partition(".")[0] for name in formula.names)
    hops = {key: frozenset(keys) for key, keys in over.items()}
    return FormulaPlan(field, compile_formula(formula, readers), named, hops, formula.is_volatile)


def _own(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda row: read(row[0])


def _over(relation: str, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read_related(row: Any) -> Any:
        related = row[1].get(relation)
        return None if related is None else read(related)

    return read_related
