"""The plain tests every operator comes down to. Each is written once in SQL and once in Python, and nowhere else."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from autocrm.kernel.conditions.context import ConditionContext
from autocrm.kernel.conditions.operands import Key, Operand
from autocrm.kernel.conditions.patterns import SafePattern
from autocrm.kernel.conditions.periods import local_date, start_of_day
from autocrm.kernel.conditions.schema import ConditionField
from autocrm.kernel.field_kinds import FieldKind, Operator

Stored = str | int | float | bool | Decimal | date | datetime | UUID


@dataclass(frozen=True, slots=True)
class Empty:
    """NULL, the empty text, the empty list."""


@dataclass(frozen=True, slots=True)
class Never:
    """No row at all."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Equal to one of `values`; with `comparable` both sides are in the comparable form of text."""

    values: tuple[Stored, ...]
    comparable: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range."""

    value: Stored
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Range:
    """Between two ends, either of which may be open."""

    low: Bound | None = None
    high: Bound | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The comparable text contains, starts with or ends with `text`."""

    where: Literal["contains", "starts", "ends"]
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """The text as it stands matches `pattern`."""

    pattern: SafePattern


@dataclass(frozen=True, slots=True)
class DayOfYear:
    """Day and month (month * 100 + day), for instants as seen in `tz`."""

    days: frozenset[int]
    tz: ZoneInfo | None


@dataclass(frozen=True, slots=True)
class HasAny:
    """At least one of `values` is among the choices."""

    values: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class HasAll:
    """Each of `values` is among the choices."""

    values: tuple[Key, ...]


Test = Empty | Never | OneOf | Range | Part | Match | DayOfYear | HasAny | HasAll


@dataclass(frozen=True, slots=True)
class Lowered:
    """A test, or with `negated` its complement (which therefore includes what is empty)."""

    test: Test
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One leaf being lowered: field, operator, operand and context side by side."""

    field: ConditionField
    operator: Operator
    operand: Operand
    context: ConditionContext

    @property
    def today(self) -> date:
        return local_date(self.context.now, self.context.tz)

    @property
    def is_instant(self) -> bool:
        return self.field.kind is FieldKind.DATETIME

    @property
    def now(self) -> datetime:
        return self.context.now.astimezone(UTC)

    def start(self, day: date) -> Stored:
        """The first value that lies in `day`."""
        return start_of_day(day, self.context.tz) if self.is_instant else day

    def days(self, first: date, after: date) -> Range:
        return Range(Bound(self.start(first), inclusive=True), Bound(self.start(after), inclusive=False))
