"""Turns a checked formula into one function of a row: closures over closures, with no tree left to look at.

What the names read is given by the caller once, so a batch of ten thousand rows looks nothing up. The function never
raises on values of the declared types, and its cost is bounded by the nodes of the formula.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from autocrm.kernel.field_kinds import DATE_KINDS, FieldKind
from autocrm.kernel.formulas.arithmetic import EXACT, add, divide, modulo, multiply, subtract
from autocrm.kernel.formulas.calendar import add_days
from autocrm.kernel.formulas.checking import Formula
from autocrm.kernel.formulas.comparing import order_test, same_test
from autocrm.kernel.formulas.function import Evaluate, Typed, strict
from autocrm.kernel.formulas.functions import FUNCTIONS
from autocrm.kernel.formulas.text_functions import join_texts
from autocrm.kernel.formulas.tree import Binary, Call, Literal, Name, Unary

# Reads the value of one name from a row, typed as `types` says; None is empty.
Reader = Callable[[Any], Any]


def compile_formula(formula: Formula, readers: Mapping[str, Reader]) -> Evaluate:
    """A function of (row, context) that answers the value; `readers` has one for every name of the formula."""
    return _compile(formula.root, readers)


def _compile(typed: Typed, readers: Mapping[str, Reader]) -> Evaluate:
    node = typed.node
    match node:
        case Literal():
            value = node.value
            return lambda _row, _context: value
        case Name():
            read = readers[node.id]
            return lambda row, _context: read(row)
    parts = [_compile(each, readers) for each in typed.parts]
    match node:
        case Unary():
            return _not(parts[0]) if node.op == "not" else strict(EXACT.minus)(typed.parts, parts)
        case Binary():
            return _BINARY[node.op](node.op, typed, parts[0], parts[1])
        case Call():
            return FUNCTIONS[node.function].build(typed.parts, parts)


def _not(operand: Evaluate) -> Evaluate:
    return lambda row, context: not operand(row, context)


def _and(_op: str, _typed: Typed, left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda row, context: bool(left(row, context) and right(row, context))


def _or(_op: str, _typed: Typed, left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda row, context: bool(left(row, context) or right(row, context))


def _same(op: str, typed: Typed, left: Evaluate, right: Evaluate) -> Evaluate:
    is_same = same_test(typed.parts[0].type, typed.parts[1].type)
    if op == "=":
        return lambda row, context: is_same(left(row, context), right(row, context), context)
    return lambda row, context: not is_same(left(row, context), right(row, context), context)


def _ordered(op: str, typed: Typed, left: Evaluate, right: Evaluate) -> Evaluate:
    test = order_test(op, typed.parts[0].type, typed.parts[1].type)
    return lambda row, context: test(left(row, context), right(row, context), context)


def _join(_op: str, typed: Typed, left: Evaluate, right: Evaluate) -> Evaluate:
    return join_texts(typed.parts, (left, right))


def _arithmetic(op: str, typed: Typed, left: Evaluate, right: Evaluate) -> Evaluate:
    run = _OPERATIONS[op]
    if typed.parts[0].type.kind in DATE_KINDS:
        run = _DAYS[op, typed.type.kind is FieldKind.NUMBER]
    return strict(run)(typed.parts, (left, right))


_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {"+": add, "-": subtract, "*": multiply, "/": divide, "%": modulo}
)


def _days_before(value: date, days: Decimal) -> date | None:
    return add_days(value, -days)


def _days_from(last: date, first: date) -> Decimal:
    return Decimal((last - first).days)


# By operator, and whether two days are subtracted from each other.
_DAYS: Mapping[tuple[str, bool], Callable[[Any, Any], Any]] = MappingProxyType(
    {("+", False): add_days, ("-", False): _days_before, ("-", True): _days_from}
)
_BINARY: Mapping[str, Callable[[str, Typed, Evaluate, Evaluate], Evaluate]] = MappingProxyType(
    {
        "and": _and,
        "or": _or,
        "=": _same,
        "!=": _same,
        "<": _ordered,
        "<=": _ordered,
        ">": _ordered,
        ">=": _ordered,
        "&": _join,
        **dict.fromkeys(_OPERATIONS, _arithmetic),
    }
)
