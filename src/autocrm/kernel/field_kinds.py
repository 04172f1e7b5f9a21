"""The closed list of field kinds, and which operators of the condition language each kind takes.

Responsibilities: name the kinds and operators and pair them. Do NOT: know how an operator is compiled
(`autocrm.kernel.conditions`) or how a kind is drawn or stored (`autocrm.records`).

Negative operators ("is not", "contains none") are exact complements: they include records whose field is empty.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.errors import Text


class FieldKind(StrEnum):
    """What a field holds. A new kind is an ADR: every face of the product must know it."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    CURRENCY = "currency"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    SELECT = "select"
    MULTI_SELECT = "multi_select"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    USER = "user"
    RELATION = "relation"


KIND_LABELS: Mapping[FieldKind, Text] = MappingProxyType(
    {
        FieldKind.TEXT: _("Text"),
        FieldKind.LONG_TEXT: _("Long text"),
        FieldKind.NUMBER: _("Number"),
        FieldKind.CURRENCY: _("Amount of money"),
        FieldKind.PERCENT: _("Percent"),
        FieldKind.DATE: _("Date"),
        FieldKind.DATETIME: _("Date and time"),
        FieldKind.BOOLEAN: _("Yes or no"),
        FieldKind.SELECT: _("Choice"),
        FieldKind.MULTI_SELECT: _("Several choices"),
        FieldKind.EMAIL: _("E-mail address"),
        FieldKind.PHONE: _("Phone number"),
        FieldKind.URL: _("Web address"),
        FieldKind.USER: _("Person of the team"),
        FieldKind.RELATION: _("Related record"),
    }
)

TEXT_KINDS = frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.EMAIL, FieldKind.PHONE, FieldKind.URL})
NUMERIC_KINDS = frozenset({FieldKind.NUMBER, FieldKind.CURRENCY, FieldKind.PERCENT})
DATE_KINDS = frozenset({FieldKind.DATE, FieldKind.DATETIME})
REFERENCE_KINDS = frozenset({FieldKind.USER, FieldKind.RELATION})


class Operator(StrEnum):
    """How a field is compared. The value is what stands in `cmp` and after `__` in a query parameter."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    MATCHES = "matches"
    ANY_OF = "any_of"
    NONE_OF = "none_of"
    IS_EMPTY = "is_empty"
    IS_NOT_EMPTY = "is_not_empty"

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    BETWEEN = "between"

    IS_TRUE = "is_true"
    IS_FALSE = "is_false"

    ON = "on"
    BEFORE = "before"
    AFTER = "after"
    ON_OR_BEFORE = "on_or_before"
    ON_OR_AFTER = "on_or_after"
    TODAY = "today"
    YESTERDAY = "yesterday"
    TOMORROW = "tomorrow"
    IN_PAST = "in_past"
    IN_FUTURE = "in_future"
    THIS = "this"
    LAST = "last"
    NEXT = "next"
    IN_LAST_N = "in_last_n"
    IN_NEXT_N = "in_next_n"
    MORE_THAN_N_AGO = "more_than_n_ago"
    MORE_THAN_N_AHEAD = "more_than_n_ahead"
    ANNIVERSARY = "anniversary"

    HAS_ANY = "has_any"
    HAS_ALL = "has_all"
    HAS_NONE = "has_none"

    IS_ME = "is_me"
    IS_NOT_ME = "is_not_me"
    IN_MY_TEAM = "in_my_team"
    NOT_IN_MY_TEAM = "not_in_my_team"

    CHANGED = "changed"
    CHANGED_TO = "changed_to"
    CHANGED_FROM = "changed_from"
    WAS = "was"
    INCREASED = "increased"
    DECREASED = "decreased"
    CHANGED_BY_MORE_THAN = "changed_by_more_than"


# Usable only where there is an old and a new state: in the conditions of a trigger.
TRIGGER_OPERATORS = frozenset(
    {
        Operator.CHANGED,
        Operator.CHANGED_TO,
        Operator.CHANGED_FROM,
        Operator.WAS,
        Operator.INCREASED,
        Operator.DECREASED,
        Operator.CHANGED_BY_MORE_THAN,
    }
)

_EMPTY = (Operator.IS_EMPTY, Operator.IS_NOT_EMPTY)
_CHOICE = (Operator.IS, Operator.IS_NOT, Operator.ANY_OF, Operator.NONE_OF)
_STATES = (Operator.CHANGED, Operator.CHANGED_TO, Operator.CHANGED_FROM, Operator.WAS)
_MOVES = (Operator.INCREASED, Operator.DECREASED)

_TEXT = (
    Operator.IS,
    Operator.IS_NOT,
    Operator.CONTAINS,
    Operator.NOT_CONTAINS,
    Operator.STARTS_WITH,
    Operator.ENDS_WITH,
    Operator.ANY_OF,
    Operator.NONE_OF,
    Operator.MATCHES,
    *_EMPTY,
    *_STATES,
)
_NUMERIC = (
    Operator.EQ,
    Operator.NE,
    Operator.GT,
    Operator.GTE,
    Operator.LT,
    Operator.LTE,
    Operator.BETWEEN,
    *_EMPTY,
    *_STATES,
    *_MOVES,
    Operator.CHANGED_BY_MORE_THAN,
)
_DATE = (
    Operator.ON,
    Operator.BEFORE,
    Operator.AFTER,
    Operator.ON_OR_BEFORE,
    Operator.ON_OR_AFTER,
    Operator.BETWEEN,
    Operator.TODAY,
    Operator.YESTERDAY,
    Operator.TOMORROW,
    Operator.IN_PAST,
    Operator.IN_FUTURE,
    Operator.THIS,
    Operator.LAST,
    Operator.NEXT,
    Operator.IN_LAST_N,
    Operator.IN_NEXT_N,
    Operator.MORE_THAN_N_AGO,
    Operator.MORE_THAN_N_AHEAD,
    Operator.ANNIVERSARY,
    *_EMPTY,
    *_STATES,
    *_MOVES,
)
_USER = (
    *_CHOICE,
    Operator.IS_ME,
    Operator.IS_NOT_ME,
    Operator.IN_MY_TEAM,
    Operator.NOT_IN_MY_TEAM,
    *_EMPTY,
    *_STATES,
)

OPERATORS: Mapping[FieldKind, tuple[Operator, ...]] = MappingProxyType(
    {
        FieldKind.TEXT: _TEXT,
        FieldKind.LONG_TEXT: _TEXT,
        FieldKind.EMAIL: _TEXT,
        FieldKind.PHONE: _TEXT,
        FieldKind.URL: _TEXT,
        FieldKind.NUMBER: _NUMERIC,
        FieldKind.CURRENCY: _NUMERIC,
        FieldKind.PERCENT: _NUMERIC,
        FieldKind.DATE: _DATE,
        FieldKind.DATETIME: _DATE,
        FieldKind.BOOLEAN: (Operator.IS_TRUE, Operator.IS_FALSE, *_EMPTY, *_STATES),
        FieldKind.SELECT: (*_CHOICE, *_EMPTY, *_STATES),
        FieldKind.MULTI_SELECT: (Operator.HAS_ANY, Operator.HAS_ALL, Operator.HAS_NONE, *_EMPTY, Operator.CHANGED),
        FieldKind.USER: _USER,
        FieldKind.RELATION: (*_CHOICE, *_EMPTY, *_STATES),
    }
)


def default_operator(kind: FieldKind) -> Operator:
    """The operator meant when only a field and a value are given, as in `?sector=medical`."""
    return OPERATORS[kind][0]
