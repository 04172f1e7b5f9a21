"""What a function of the language is: what it takes, what it answers, how it is evaluated, what is said of it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import KIND_LABELS, NUMERIC_KINDS, FieldKind
from autocrm.kernel.formulas.context import FormulaContext
from autocrm.kernel.formulas.errors import Fault, fault_at
from autocrm.kernel.formulas.tree import Call, Literal, Node, Unary
from autocrm.kernel.formulas.types import EMPTY, LONGEST_TEXT, Type

Evaluate = Callable[[Any, FormulaContext], Any]
Kinds = Collection[FieldKind]

TEXTS: Kinds = (FieldKind.TEXT,)
NUMBERS: Kinds = tuple(sorted(NUMERIC_KINDS))
DAYS: Kinds = (FieldKind.DATE, FieldKind.DATETIME)
CONDITIONS: Kinds = (FieldKind.BOOLEAN,)
ANYTHING: Kinds = tuple(FieldKind)


@dataclass(frozen=True, slots=True)
class Typed:
    """A node of which the type is known, and what stands below it."""

    node: Node
    type: Type
    parts: "tuple[Typed, ...]" = ()


@dataclass(slots=True)
class Arguments:
    """What a function was given, while it is checked."""

    call: Call
    given: Sequence[Typed]
    faults: list[Fault]

    @property
    def types(self) -> list[Type]:
        """The types of the arguments."""
        return [each.type for each in self.given]

    def refuse(self, message: Text, at: int | None = None) -> Type:
        """Note a mistake, at an argument or at the function itself; what follows takes the value as empty."""
        node = self.call if at is None else self.given[at].node
        self.faults.append(fault_at(node.place, message))
        return EMPTY

    def is_kind(self, at: int, kinds: Kinds) -> bool:
        """Whether an argument has one of these kinds; notes the mistake when not. Empty has every kind."""
        found = self.given[at].type
        if found.kind is None or found.kind in kinds:
            return True
        words = {
            "function": self.call.function,
            "number": at + 1,
            "wanted": kinds_label(kinds),
            "found": found.label,
        }
        message = _("Value %(number)d of %(function)s has to be: %(wanted)s. This is: %(found)s.")
        self.refuse(message % words, at)
        return False

    def has_count(self, least: int, most: int | None) -> bool:
        """Whether there are as many arguments as the function takes; notes the mistake when not."""
        count = len(self.given)
        if least <= count and (most is None or count <= most):
            return True
        if count < least:
            message = ngettext(
                "%(function)s takes at least %(count)d value.", "%(function)s takes at least %(count)d values.", least
            )
            self.refuse(message % {"function": self.call.function, "count": least})
        else:
            message = ngettext(
                "%(function)s takes at most %(count)d value.", "%(function)s takes at most %(count)d values.", most or 0
            )
            self.refuse(message % {"function": self.call.function, "count": most})
        return False

    def whole_literal(self, at: int, low: int, high: int) -> int | None:
        """The whole number that stands at an argument; it cannot be worked out, since the type depends on it."""
        value = _literal_number(self.given[at].node)
        if value is None or value != value.to_integral_value() or not low <= value <= high:
            words = {"number": at + 1, "function": self.call.function, "low": low, "high": high}
            self.refuse(_("Value %(number)d of %(function)s is a whole number from %(low)d to %(high)d.") % words, at)
            return None
        return int(value)


def _literal_number(node: Node) -> Decimal | None:
    if isinstance(node, Literal) and isinstance(node.value, Decimal) and not node.percent:
        return node.value
    if isinstance(node, Unary) and node.op == "-":
        inside = _literal_number(node.operand)
        return None if inside is None else -inside
    return None


def kinds_label(kinds: Kinds) -> str:
    """Kinds in words."""
    if set(kinds) == NUMERIC_KINDS:
        return str(KIND_LABELS[FieldKind.NUMBER])
    return _(" or ").join(str(KIND_LABELS[kind]) for kind in kinds)


Check = Callable[[Arguments], Type]
Build = Callable[[Sequence[Typed], Sequence[Evaluate]], Evaluate]


@dataclass(frozen=True)
class Function:
    """One function. `signature`, `says` and `example` are for people; `volatile` when its answer changes by itself."""

    name: str
    group: str
    signature: str
    says: Text
    example: str
    check: Check
    build: Build = field(repr=False)
    volatile: bool = False


def takes(*kinds: Kinds, result: Callable[[list[Type]], Type], least: int | None = None, more: bool = False) -> Check:
    """Checks arguments one by one; the last `kinds` hold for all further arguments when there may be `more`."""

    def check(arguments: Arguments) -> Type:
        most = None if more else len(kinds)
        fits = arguments.has_count(len(kinds) if least is None else least, most)
        fitting = [arguments.is_kind(at, kinds[min(at, len(kinds) - 1)]) for at in range(len(arguments.given)) if kinds]
        return result(arguments.types) if fits and all(fitting) else EMPTY

    return check


def always(type_: Type) -> Callable[[list[Type]], Type]:
    """The result is this, whatever was given."""
    return lambda _types: type_


def strict(run: Callable[..., Any]) -> Build:
    """Calls `run` with the values; when one is empty, so is the answer."""

    def build(_typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
        if len(parts) == 1:
            return _strict_one(run, parts[0])
        if len(parts) == 2:
            return _strict_two(run, parts[0], parts[1])
        return _strict_many(run, tuple(parts))

    return build


def _strict_one(run: Callable[[Any], Any], one: Evaluate) -> Evaluate:
    def evaluate(row: Any, context: FormulaContext) -> Any:
        value = one(row, context)
        return None if value is None else run(value)

    return evaluate


def _strict_two(run: Callable[[Any, Any], Any], one: Evaluate, other: Evaluate) -> Evaluate:
    def evaluate(row: Any, context: FormulaContext) -> Any:
        first = one(row, context)
        if first is None:
            return None
        second = other(row, context)
        return None if second is None else run(first, second)

    return evaluate


def _strict_many(run: Callable[..., Any], parts: tuple[Evaluate, ...]) -> Evaluate:
    def evaluate(row: Any, context: FormulaContext) -> Any:
        values = [part(row, context) for part in parts]
        return None if None in values else run(*values)

    return evaluate


def zoned(run: Callable[..., Any]) -> Build:
    """As `strict`, for what has to know where days begin: the zone comes last."""

    def build(_typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
        def evaluate(row: Any, context: FormulaContext) -> Any:
            values = [part(row, context) for part in parts]
            return None if None in values else run(*values, context.tz)

        return evaluate

    return build


def lenient(run: Callable[..., Any]) -> Build:
    """Calls `run` with the values as they are, empty ones as None."""

    def build(_typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
        many = tuple(parts)
        return lambda row, context: run(*[part(row, context) for part in many])

    return build


def cut(text: str) -> str | None:
    """A text as values of the language are: not empty, and no longer than they may be."""
    return text[:LONGEST_TEXT] or None


def without_options(type_: Type) -> Type:
    """The type of something that is no longer the field itself."""
    return replace(type_, options=())
