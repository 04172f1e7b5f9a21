"""The figures below the columns in words; asked for after the list is there."""

from typing import Any

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.field_kinds import DATE_KINDS, FieldKind
from autocrm.records import cells
from autocrm.records.lists.aggregates import Aggregate, Figure, list_aggregates
from autocrm.records.lists.state import ListState
from autocrm.records.looks import Look, look_at
from autocrm.ui import formatting

_COUNTS = frozenset({Figure.EMPTY, Figure.FILLED, Figure.DIFFERENT})


def sums_in_words(state: ListState, actor: Actor) -> list[dict[str, Any]]:
    """Each figure with the key of its column, of those columns that are shown. Raises Denied, Invalid."""
    shown = {column.field.key for column in state.columns}
    asked = tuple(each for each in state.sums if each[0].key in shown)
    if not asked or state.faults:
        return []
    look = look_at(state.record_type, actor)
    found = list_aggregates(state.record_type, state.query(), asked, actor=actor)
    return [
        {"key": each.field.key, "words": figure_in_words(each, look), "exact": each.exact, "title": _reason(each)}
        for each in found
    ]


def figure_in_words(aggregate: Aggregate, look: Look) -> str:
    """As "26,768", "about 1,200" or "at least 300"."""
    said = _said(aggregate, look)
    if aggregate.exact or not said:
        return said
    if aggregate.figure is Figure.DIFFERENT:
        return _("at least %(figure)s") % {"figure": said}
    return _("about %(figure)s") % {"figure": said}


def _reason(aggregate: Aggregate) -> str:
    return "" if aggregate.exact else _("The list is long: worked out from a part of it.")


def _said(aggregate: Aggregate, look: Look) -> str:
    field, value = aggregate.field, aggregate.value
    if value is None:
        return "–"
    if aggregate.figure in _COUNTS:
        return formatting.number(value)
    if field.kind in DATE_KINDS:
        return cells.say(field, value, look)
    if field.kind is FieldKind.CURRENCY:
        # As in the cells: the heading of the column names the currency.
        return formatting.amount(round(value), look.currency, decimals=0)
    plain = float(value) / 10**field.places
    if field.kind is FieldKind.PERCENT:
        return formatting.percent(round(plain, 1))
    return formatting.number(round(plain, 1) if aggregate.figure is Figure.AVERAGE else plain)
