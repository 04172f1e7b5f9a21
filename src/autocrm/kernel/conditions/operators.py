"""What each operator is called, what it says in a sentence, and the shape of the value it takes."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import DATE_KINDS, NUMERIC_KINDS, TEXT_KINDS, FieldKind, Operator


class Shape(StrEnum):
    """The form of a value; the page draws one input for each."""

    NONE = "none"
    TEXT = "text"
    TEXTS = "texts"
    PATTERN = "pattern"
    NUMBER = "number"
    NUMBERS = "number_range"
    BOOLEAN = "boolean"
    DAY = "day"
    MOMENT = "moment"
    MOMENTS = "moment_range"
    UNIT = "unit"
    SPAN = "span"
    ANNIVERSARY = "anniversary"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"
    REFERENCES = "references"


# A negative operator is the exact complement of its positive one, so it includes what is empty.
NEGATIVES: Mapping[Operator, Operator] = MappingProxyType(
    {
        Operator.IS_NOT: Operator.IS,
        Operator.NOT_CONTAINS: Operator.CONTAINS,
        Operator.NONE_OF: Operator.ANY_OF,
        Operator.IS_NOT_EMPTY: Operator.IS_EMPTY,
        Operator.NE: Operator.EQ,
        Operator.HAS_NONE: Operator.HAS_ANY,
        Operator.IS_NOT_ME: Operator.IS_ME,
        Operator.NOT_IN_MY_TEAM: Operator.IN_MY_TEAM,
    }
)

_FIXED_SHAPES: Mapping[Operator, Shape] = MappingProxyType(
    {
        Operator.IS_EMPTY: Shape.NONE,
        Operator.IS_NOT_EMPTY: Shape.NONE,
        Operator.IS_TRUE: Shape.NONE,
        Operator.IS_FALSE: Shape.NONE,
        Operator.IS_ME: Shape.NONE,
        Operator.IS_NOT_ME: Shape.NONE,
        Operator.IN_MY_TEAM: Shape.NONE,
        Operator.NOT_IN_MY_TEAM: Shape.NONE,
        Operator.TODAY: Shape.NONE,
        Operator.YESTERDAY: Shape.NONE,
        Operator.TOMORROW: Shape.NONE,
        Operator.IN_PAST: Shape.NONE,
        Operator.IN_FUTURE: Shape.NONE,
        Operator.CHANGED: Shape.NONE,
        Operator.INCREASED: Shape.NONE,
        Operator.DECREASED: Shape.NONE,
        Operator.MATCHES: Shape.PATTERN,
        Operator.BEFORE: Shape.MOMENT,
        Operator.AFTER: Shape.MOMENT,
        Operator.ON_OR_BEFORE: Shape.MOMENT,
        Operator.ON_OR_AFTER: Shape.MOMENT,
        Operator.THIS: Shape.UNIT,
        Operator.LAST: Shape.UNIT,
        Operator.NEXT: Shape.UNIT,
        Operator.IN_LAST_N: Shape.SPAN,
        Operator.IN_NEXT_N: Shape.SPAN,
        Operator.MORE_THAN_N_AGO: Shape.SPAN,
        Operator.MORE_THAN_N_AHEAD: Shape.SPAN,
        Operator.ANNIVERSARY: Shape.ANNIVERSARY,
        Operator.CHANGED_BY_MORE_THAN: Shape.NUMBER,
    }
)

_SINGLE: Mapping[FieldKind, Shape] = MappingProxyType(
    dict.fromkeys(TEXT_KINDS, Shape.TEXT)
    | dict.fromkeys(NUMERIC_KINDS, Shape.NUMBER)
    | dict.fromkeys(DATE_KINDS, Shape.DAY)
    | {
        FieldKind.BOOLEAN: Shape.BOOLEAN,
        FieldKind.SELECT: Shape.CHOICE,
        FieldKind.MULTI_SELECT: Shape.CHOICE,
        FieldKind.USER: Shape.REFERENCE,
        FieldKind.RELATION: Shape.REFERENCE,
    }
)

_PLURAL: Mapping[Shape, Shape] = MappingProxyType(
    {
        Shape.TEXT: Shape.TEXTS,
        Shape.NUMBER: Shape.NUMBERS,
        Shape.DAY: Shape.MOMENTS,
        Shape.CHOICE: Shape.CHOICES,
        Shape.REFERENCE: Shape.REFERENCES,
    }
)

_LIST_OPERATORS = frozenset(
    {
        Operator.ANY_OF,
        Operator.NONE_OF,
        Operator.HAS_ANY,
        Operator.HAS_ALL,
        Operator.HAS_NONE,
        Operator.BETWEEN,
    }
)

LIST_SHAPES = frozenset(_PLURAL.values())


def shape_of(kind: FieldKind, operator: Operator) -> Shape:
    """The shape of the value that `operator` takes on a field of `kind`."""
    fixed = _FIXED_SHAPES.get(operator)
    if fixed is not None:
        return fixed
    single = _SINGLE[kind]
    return _PLURAL[single] if operator in _LIST_OPERATORS else single


LABELS: Mapping[Operator, Text] = MappingProxyType(
    {
        Operator.IS: _("is"),
        Operator.IS_NOT: _("is not"),
        Operator.CONTAINS: _("contains"),
        Operator.NOT_CONTAINS: _("does not contain"),
        Operator.STARTS_WITH: _("starts with"),
        Operator.ENDS_WITH: _("ends with"),
        Operator.MATCHES: _("matches the pattern"),
        Operator.ANY_OF: _("is any of"),
        Operator.NONE_OF: _("is none of"),
        Operator.IS_EMPTY: _("is empty"),
        Operator.IS_NOT_EMPTY: _("is not empty"),
        Operator.EQ: _("equals"),
        Operator.NE: _("does not equal"),
        Operator.GT: _("is more than"),
        Operator.GTE: _("is at least"),
        Operator.LT: _("is less than"),
        Operator.LTE: _("is at most"),
        Operator.BETWEEN: _("is between"),
        Operator.IS_TRUE: _("is yes"),
        Operator.IS_FALSE: _("is no"),
        Operator.ON: _("is on"),
        Operator.BEFORE: _("is before"),
        Operator.AFTER: _("is after"),
        Operator.ON_OR_BEFORE: _("is on or before"),
        Operator.ON_OR_AFTER: _("is on or after"),
        Operator.TODAY: _("is today"),
        Operator.YESTERDAY: _("is yesterday"),
        Operator.TOMORROW: _("is tomorrow"),
        Operator.IN_PAST: _("is in the past"),
        Operator.IN_FUTURE: _("is in the future"),
        Operator.THIS: _("is in this"),
        Operator.LAST: _("is in last"),
        Operator.NEXT: _("is in next"),
        Operator.IN_LAST_N: _("is in the last"),
        Operator.IN_NEXT_N: _("is in the next"),
        Operator.MORE_THAN_N_AGO: _("is longer ago than"),
        Operator.MORE_THAN_N_AHEAD: _("is further ahead than"),
        Operator.ANNIVERSARY: _("has its anniversary"),
        Operator.HAS_ANY: _("has any of"),
        Operator.HAS_ALL: _("has all of"),
        Operator.HAS_NONE: _("has none of"),
        Operator.IS_ME: _("is me"),
        Operator.IS_NOT_ME: _("is not me"),
        Operator.IN_MY_TEAM: _("is in my team"),
        Operator.NOT_IN_MY_TEAM: _("is not in my team"),
        Operator.CHANGED: _("changed"),
        Operator.CHANGED_TO: _("changed to"),
        Operator.CHANGED_FROM: _("changed from"),
        Operator.WAS: _("was"),
        Operator.INCREASED: _("increased"),
        Operator.DECREASED: _("decreased"),
        Operator.CHANGED_BY_MORE_THAN: _("changed by more than"),
    }
)

# Whole sentences, because word order differs between languages.
SENTENCES: Mapping[Operator, Text] = MappingProxyType(
    {
        Operator.IS: _("%(field)s is %(value)s"),
        Operator.IS_NOT: _("%(field)s is not %(value)s"),
        Operator.CONTAINS: _("%(field)s contains %(value)s"),
        Operator.NOT_CONTAINS: _("%(field)s does not contain %(value)s"),
        Operator.STARTS_WITH: _("%(field)s starts with %(value)s"),
        Operator.ENDS_WITH: _("%(field)s ends with %(value)s"),
        Operator.MATCHES: _("%(field)s matches %(value)s"),
        Operator.ANY_OF: _("%(field)s is any of %(value)s"),
        Operator.NONE_OF: _("%(field)s is none of %(value)s"),
        Operator.IS_EMPTY: _("%(field)s is empty"),
        Operator.IS_NOT_EMPTY: _("%(field)s is not empty"),
        Operator.EQ: _("%(field)s is %(value)s"),
        Operator.NE: _("%(field)s is not %(value)s"),
        Operator.GT: _("%(field)s is more than %(value)s"),
        Operator.GTE: _("%(field)s is at least %(value)s"),
        Operator.LT: _("%(field)s is less than %(value)s"),
        Operator.LTE: _("%(field)s is at most %(value)s"),
        Operator.BETWEEN: _("%(field)s is between %(low)s and %(high)s"),
        Operator.IS_TRUE: _("%(field)s is yes"),
        Operator.IS_FALSE: _("%(field)s is no"),
        Operator.ON: _("%(field)s is on %(value)s"),
        Operator.BEFORE: _("%(field)s is before %(value)s"),
        Operator.AFTER: _("%(field)s is after %(value)s"),
        Operator.ON_OR_BEFORE: _("%(field)s is on or before %(value)s"),
        Operator.ON_OR_AFTER: _("%(field)s is on or after %(value)s"),
        Operator.TODAY: _("%(field)s is today"),
        Operator.YESTERDAY: _("%(field)s is yesterday"),
        Operator.TOMORROW: _("%(field)s is tomorrow"),
        Operator.IN_PAST: _("%(field)s is in the past"),
        Operator.IN_FUTURE: _("%(field)s is in the future"),
        Operator.THIS: _("%(field)s is in %(value)s"),
        Operator.LAST: _("%(field)s is in %(value)s"),
        Operator.NEXT: _("%(field)s is in %(value)s"),
        Operator.IN_LAST_N: _("%(field)s is in the last %(value)s"),
        Operator.IN_NEXT_N: _("%(field)s is in the next %(value)s"),
        Operator.MORE_THAN_N_AGO: _("%(field)s is more than %(value)s ago"),
        Operator.MORE_THAN_N_AHEAD: _("%(field)s is more than %(value)s ahead"),
        Operator.ANNIVERSARY: _("%(field)s has its anniversary %(value)s"),
        Operator.HAS_ANY: _("%(field)s has any of %(value)s"),
        Operator.HAS_ALL: _("%(field)s has all of %(value)s"),
        Operator.HAS_NONE: _("%(field)s has none of %(value)s"),
        Operator.IS_ME: _("%(field)s is me"),
        Operator.IS_NOT_ME: _("%(field)s is not me"),
        Operator.IN_MY_TEAM: _("%(field)s is in my team"),
        Operator.NOT_IN_MY_TEAM: _("%(field)s is not in my team"),
        Operator.CHANGED: _("%(field)s changed"),
        Operator.CHANGED_TO: _("%(field)s changed to %(value)s"),
        Operator.CHANGED_FROM: _("%(field)s changed from %(value)s"),
        Operator.WAS: _("%(field)s was %(value)s"),
        Operator.INCREASED: _("%(field)s increased"),
        Operator.DECREASED: _("%(field)s decreased"),
        Operator.CHANGED_BY_MORE_THAN: _("%(field)s changed by more than %(value)s"),
    }
)
