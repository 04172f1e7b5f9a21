"""The types of a formula's values, and what a caller declares about the names it offers.

What stands for what while a formula runs: texts and choices are `str`, several choices `frozenset[str]`, numbers
`Decimal`, percents `Decimal` (20 % is 0.20), amounts of money `Decimal` in major units, dates `date`, moments aware
`datetime`, yes or no `bool`, people and related records their id. Empty is always None, the empty text too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.conditions.schema import Option
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import KIND_LABELS, NUMERIC_KINDS, TEXT_KINDS, FieldKind

# Numbers keep at most this many decimal places; what would have more is rounded half to even.
MOST_PLACES = 10
LONGEST_TEXT = 10_000
FIRST_YEAR, LAST_YEAR = 1000, 9000
# Numbers of this size or more are empty: nothing that is counted or paid comes near, and every step stays cheap.
LIMIT = Decimal(10) ** 30


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a value: `kind` None is "always empty".

    `places` is how many decimal places a number may have; `currency` names where the currency of an amount comes from
    ("" is the currency of the workspace), so that amounts of different currencies never meet. `options` are the choices
    of a select, as long as it is the field itself; `target` tells references to different things apart.
    """

    kind: FieldKind | None
    places: int = 0
    currency: str = ""
    options: tuple[Option, ...] = ()
    target: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is a number of any sort."""
        return self.kind in NUMERIC_KINDS

    @property
    def plain(self) -> "Type":
        """The same as a value of its own, no longer the field itself."""
        return replace(self, options=()) if self.options else self

    @property
    def label(self) -> Text:
        """What it is in words."""
        return NOTHING_LABEL if self.kind is None else KIND_LABELS[self.kind]


NOTHING_LABEL = _("nothing")
EMPTY = Type(None)
TEXT = Type(FieldKind.TEXT)
BOOLEAN = Type(FieldKind.BOOLEAN)
DATE = Type(FieldKind.DATE)
DATETIME = Type(FieldKind.DATETIME)
WHOLE = Type(FieldKind.NUMBER)


def number(places: int) -> Type:
    """A number with at most so many decimal places."""
    return Type(FieldKind.NUMBER, min(places, MOST_PLACES))


def percent(places: int) -> Type:
    """A share: 0.25 is 25 %. `places` are those of the share, two more than those of the percentage."""
    return Type(FieldKind.PERCENT, min(places, MOST_PLACES))


def money(places: int, currency: str = "") -> Type:
    """An amount in the currency that `currency` names."""
    return Type(FieldKind.CURRENCY, min(places, MOST_PLACES), currency)


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that formulas may use."""

    id: str
    label: Text
    type: Type


class NameTable(Protocol):
    """The names that one formula may use: a name that is not found does not exist."""

    def find(self, name: str) -> Variable | None:
        """What the name stands for, or None."""

    def offered(self) -> Iterable[Variable]:
        """Every name, in the order to offer them."""


@dataclass(frozen=True)
class Names:
    """A table of names that is all there."""

    by_id: Mapping[str, Variable]

    def find(self, name: str) -> Variable | None:
        """What the name stands for, or None."""
        return self.by_id.get(name)

    def offered(self) -> Iterable[Variable]:
        """Every name."""
        return self.by_id.values()


def simple_kind(kind: FieldKind) -> FieldKind:
    """The kind that values of this one have in formulas: addresses and choices are texts."""
    return FieldKind.TEXT if kind in TEXT_KINDS or kind is FieldKind.SELECT else kind


def common_type(one: Type, other: Type) -> Type | None:
    """The type of a value that is one or the other; None when they do not go together."""
    if one.kind is None or other.kind is None:
        return (other if one.kind is None else one).plain
    if one.is_number and other.is_number:
        return _common_number(one, other)
    return one.plain if one.kind is other.kind and one.target == other.target else None


def _common_number(one: Type, other: Type) -> Type | None:
    places = max(one.places, other.places)
    if one.kind is other.kind:
        return replace(one, places=places) if one.currency == other.currency else None
    plain = {one.kind, other.kind} - {FieldKind.NUMBER}
    # A bare number goes with an amount or a percent, these two never with each other.
    return replace(one if other.kind is FieldKind.NUMBER else other, places=places) if len(plain) == 1 else None
