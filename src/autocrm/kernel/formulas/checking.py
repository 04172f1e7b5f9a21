"""Checks a formula before anybody evaluates it: names exist, functions are known, types fit. All mistakes at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType

from django.utils.translation import gettext as _

from autocrm.kernel.conditions.schema import Option
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import DATE_KINDS, FieldKind
from autocrm.kernel.formulas.comparing import comparison_fault
from autocrm.kernel.formulas.errors import Fault, FormulaError, fault_at
from autocrm.kernel.formulas.function import Arguments, Typed
from autocrm.kernel.formulas.functions import FUNCTIONS, suggest_function
from autocrm.kernel.formulas.parsing import COMPARISONS, parse_formula
from autocrm.kernel.formulas.text_functions import WRITABLE
from autocrm.kernel.formulas.tree import Binary, Call, Literal, Name, Node, Place, Unary, children, walk
from autocrm.kernel.formulas.types import (
    BOOLEAN,
    EMPTY,
    MOST_PLACES,
    TEXT,
    WHOLE,
    NameTable,
    Type,
    common_type,
    number,
    percent,
)


@dataclass(frozen=True)
class Formula:
    """A formula that may be evaluated; `root` carries the types.

    `chosen` are the choices that stand in it as texts, each with its place.
    """

    root: Typed
    chosen: tuple[tuple[Place, Option], ...] = ()

    @property
    def tree(self) -> Node:
        """What it is made of."""
        return self.root.node

    @property
    def type(self) -> Type:
        """The type of its result."""
        return self.root.type.plain

    @property
    def names(self) -> frozenset[str]:
        """Every name it looks at, whether or not an evaluation comes to it."""
        return names_of(self.tree)

    @property
    def is_volatile(self) -> bool:
        """Whether the result changes while the record stays as it is."""
        return any(isinstance(node, Call) and FUNCTIONS[node.function].volatile for node in walk(self.tree))


def names_of(tree: Node) -> frozenset[str]:
    """The names that stand in a tree."""
    return frozenset(node.id for node in walk(tree) if isinstance(node, Name))


def check_formula(source: str, names: NameTable) -> Formula:
    """Read and check a formula. Raises FormulaError with all mistakes."""
    return check_tree(parse_formula(source), names)


def check_tree(tree: Node, names: NameTable) -> Formula:
    """Check a tree. Raises FormulaError with all mistakes."""
    checker = _Checker(names)
    root = checker.typed(tree)
    if not checker.faults and root.type.kind is None:
        checker.refuse(tree, _("This is always empty."))
    if checker.faults:
        raise FormulaError(sorted(checker.faults, key=lambda fault: (fault.line, fault.column)))
    return Formula(root, tuple(checker.chosen))


class _Checker:
    def __init__(self, names: NameTable) -> None:
        self._names = names
        self.faults: list[Fault] = []
        self.chosen: list[tuple[Place, Option]] = []

    def refuse(self, node: Node, message: Text) -> Type:
        """Note a mistake; what follows takes the value as empty, so that one mistake is told once."""
        self.faults.append(fault_at(node.place, message))
        return EMPTY

    def typed(self, node: Node) -> Typed:
        parts = tuple(self.typed(child) for child in children(node))
        match node:
            case Literal():
                return Typed(node, _literal_type(node))
            case Name():
                return Typed(node, self.name(node))
            case Unary():
                return Typed(node, self.unary(node, parts[0]), parts)
            case Binary():
                parts = self.choices(node.op, parts)
                return Typed(node, self.binary(node, parts[0], parts[1]), parts)
            case Call():
                parts = self.choices(node.function, parts)
                return Typed(node, self.call(node, parts), parts)

    def name(self, node: Name) -> Type:
        found = self._names.find(node.id)
        if found is not None:
            return found.type
        meant = get_close_matches(node.id[:100], [each.id for each in self._names.offered()], n=1)
        words = {"name": node.id[:60], "meant": meant[0] if meant else ""}
        if meant:
            return self.refuse(node, _("There is no field %(name)s; did you mean %(meant)s?") % words)
        return self.refuse(node, _("There is no field %(name)s.") % words)

    def unary(self, node: Unary, operand: Typed) -> Type:
        found = operand.type
        if node.op == "not":
            return self.condition(operand)
        if found.kind is None:
            return WHOLE
        if not found.is_number:
            return self.refuse(node, _("Only a number has a sign. This is: %(found)s.") % {"found": found.label})
        return found

    def condition(self, *operands: Typed) -> Type:
        for each in operands:
            if each.type.kind not in {None, FieldKind.BOOLEAN}:
                message = _("Here stands a condition, something that is true or false. This is: %(found)s.")
                self.refuse(each.node, message % {"found": each.type.label})
        return BOOLEAN

    def binary(self, node: Binary, left: Typed, right: Typed) -> Type:
        if node.op in {"and", "or"}:
            return self.condition(left, right)
        if node.op in COMPARISONS:
            fault = comparison_fault(node.op, left, right)
            return self.refuse(node, fault) if fault else BOOLEAN
        if node.op == "&":
            return self.joined(left, right)
        found = _ARITHMETIC[node.op](left.type, right.type)
        if found is not None:
            return found
        if left.type.kind is right.type.kind is FieldKind.CURRENCY and left.type.currency != right.type.currency:
            return self.refuse(node, _("These amounts may be in different currencies."))
        words = {"one": left.type.label, "op": node.op, "other": right.type.label}
        hint = (
            _(" To join texts, write &.")
            if node.op == "+" and FieldKind.TEXT in {left.type.kind, right.type.kind}
            else ""
        )
        return self.refuse(node, _("This cannot be worked out: %(one)s %(op)s %(other)s.") % words + hint)

    def joined(self, *operands: Typed) -> Type:
        for each in operands:
            if each.type.kind is not None and each.type.kind not in WRITABLE:
                message = _("This cannot be written as a text: %(found)s.")
                self.refuse(each.node, message % {"found": each.type.label})
        return TEXT

    def call(self, node: Call, parts: tuple[Typed, ...]) -> Type:
        function = FUNCTIONS.get(node.function)
        if function is not None:
            return function.check(Arguments(node, parts, self.faults))
        words = {"name": node.function[:40], "meant": suggest_function(node.function)}
        if words["meant"]:
            return self.refuse(node, _("There is no function %(name)s; did you mean %(meant)s?") % words)
        return self.refuse(node, _("There is no function %(name)s.") % words)

    def choices(self, op: str, parts: tuple[Typed, ...]) -> tuple[Typed, ...]:
        """A choice is compared with one of its choices: by value or by label, and never with anything else."""
        if op in {"=", "!="}:
            subject = next((each for each in parts if each.type.options), None)
            return tuple(self.choice(subject, each) for each in parts) if subject else parts
        if op in {"switch", "contains"} and parts and parts[0].type.options:
            compared = range(1, len(parts) - 1, 2) if op == "switch" else (1,)
            return tuple(self.choice(parts[0], each) if at in compared else each for at, each in enumerate(parts))
        return parts

    def choice(self, subject: Typed, other: Typed) -> Typed:
        node = other.node
        if not isinstance(node, Literal) or not isinstance(node.value, str):
            return other
        options = subject.type.options
        meant = _choice_named(node.value, options)
        if meant is not None and subject.type.kind in {FieldKind.TEXT, FieldKind.MULTI_SELECT}:
            self.chosen.append((node.place, meant))
            return replace(other, node=replace(node, value=meant.value))
        known = ", ".join(f"“{option.label}”" for option in options[:8])
        words = {"value": node.value[:60], "known": known}
        self.refuse(node, _("“%(value)s” is not one of the choices: %(known)s.") % words)
        return other


def _choice_named(text: str, options: Sequence[Option]) -> Option | None:
    """The choice that a text means: the one it is kept as, or else the one that is called so."""
    wanted = text.casefold()
    by_value = {option.value: option for option in reversed(options)}
    by_label = {str(option.label).casefold(): option for option in reversed(options)}
    folded = {option.value.casefold(): option for option in reversed(options)}
    return by_value.get(text) or by_label.get(wanted) or folded.get(wanted)


def _literal_type(node: Literal) -> Type:
    match node.value:
        case None:
            return EMPTY
        case bool():
            return BOOLEAN
        case str():
            return TEXT
        case Decimal():
            places = max(0, -int(node.value.as_tuple().exponent))
            return percent(places) if node.percent else number(places)


def _plain_numbers(one: Type, other: Type) -> bool:
    return one.kind in {None, FieldKind.NUMBER, FieldKind.PERCENT} and other.kind in {
        None,
        FieldKind.NUMBER,
        FieldKind.PERCENT,
    }


def _sum(one: Type, other: Type) -> Type | None:
    """Numbers of one sort; a day and a number of days."""
    if one.kind in DATE_KINDS and other.kind in {None, FieldKind.NUMBER}:
        return one
    return _total(one, other)


def _total(one: Type, other: Type) -> Type | None:
    if not all(each.kind is None or each.is_number for each in (one, other)):
        return None
    if one.kind is None and other.kind is None:
        return WHOLE
    if {one.kind, other.kind} == {FieldKind.NUMBER, FieldKind.PERCENT}:
        return number(max(one.places, other.places))
    return common_type(one, other)


def _difference(one: Type, other: Type) -> Type | None:
    if one.kind is other.kind is FieldKind.DATE:
        return WHOLE
    return _sum(one, other)


def _product(one: Type, other: Type) -> Type | None:
    places = min(one.places + other.places, MOST_PLACES)
    if _plain_numbers(one, other):
        both = one.kind is other.kind is FieldKind.PERCENT
        return percent(places) if both else number(places)
    amount = one if one.kind is FieldKind.CURRENCY else other
    factor = other if amount is one else one
    if amount.kind is FieldKind.CURRENCY and factor.kind in {None, FieldKind.NUMBER, FieldKind.PERCENT}:
        return replace(amount, places=places)
    return None


def _quotient(one: Type, other: Type) -> Type | None:
    if _plain_numbers(one, other):
        is_share = one.kind is FieldKind.PERCENT and other.kind is not FieldKind.PERCENT
        return percent(MOST_PLACES) if is_share else number(MOST_PLACES)
    if one.kind is FieldKind.CURRENCY and other.kind in {None, FieldKind.NUMBER, FieldKind.PERCENT}:
        return replace(one, places=MOST_PLACES)
    if one.kind is other.kind is FieldKind.CURRENCY and one.currency == other.currency:
        return number(MOST_PLACES)
    return None


_ARITHMETIC: Mapping[str, Callable[[Type, Type], Type | None]] = MappingProxyType(
    {"+": _sum, "-": _difference, "*": _product, "/": _quotient, "%": _total}
)
